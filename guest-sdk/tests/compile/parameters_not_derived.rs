use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts")]
struct Post<'a> { post_id: &'a str }

#[derive(Document)]
struct Announced { post_id: String }

struct Limits { orders: i64 }

#[relay(parameters = Limits)]
impl Relay for Announcements {
    type Event<'a> = Post<'a>;
    const TOPICS: &'static [&'static str] = &["new-posts"];

    fn relay(post: Post<'_>, out: &mut Messages) -> Result<()> {
        out.send("new-posts", post.post_id, &Announced { post_id: post.post_id.into() })
    }
}

fn main() {}
