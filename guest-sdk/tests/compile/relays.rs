use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts")]
struct Post<'a> {
    post_id: &'a str,
}

#[derive(Event)]
#[event(topic = "likes")]
struct Like<'a> {
    post_id: &'a str,
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    posts: Count,
}

#[derive(Document)]
struct Counted {
    posts: u64,
}

#[relay]
impl Posts {}

#[relay(once)]
impl Relay for Misled {}

#[relay]
impl Reducer for Confused {}

#[reducer(relays)]
impl Reducer for Misspelt {}

#[reducer(relay)]
impl Reducer for Counter {
    type Event<'a> = Post<'a>;
    type Table = Posts;
    type Document = Counted;

    fn extract(post: Post<'_>, out: &mut Contributions<Posts>) -> Result<()> {
        out.add(Posts::key(post.post_id).posts(1))
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<Counted>) -> Result<()> {
        out.document(Counted { posts: row.posts })
    }
}

impl Relay for Counter {
    type Event<'a> = Like<'a>;
    const TOPICS: &'static [&'static str] = &["mail"];

    fn relay(like: Like<'_>, out: &mut Messages) -> Result<()> {
        out.send("mail", like.post_id, &like.post_id)
    }
}

fn main() {}
