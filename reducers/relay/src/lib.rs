//! New posts for other systems: a message on `new-posts` for each post that was not deleted.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts", time = timestamp, unit = "ms")]
struct Post<'a> {
    post_id: &'a str,
    author_id: &'a str,
    title: &'a str,
    deleted: Option<bool>,
    timestamp: i64,
}

#[derive(Document)]
struct Announced {
    post_id: String,
    author_id: String,
    title: String,
}

#[relay]
impl Relay for Announcements {
    type Event<'a> = Post<'a>;
    const TOPICS: &'static [&'static str] = &["new-posts"];

    fn relay(post: Post<'_>, out: &mut Messages) -> Result<()> {
        if post.deleted == Some(true) {
            return Ok(());
        }
        if post.post_id.is_empty() {
            return Err("a post without an id".into());
        }
        let announced = Announced {
            post_id: post.post_id.into(),
            author_id: post.author_id.into(),
            title: post.title.into(),
        };
        out.send("new-posts", post.post_id, &announced)
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{RelayHarness, json};

    use super::*;

    fn post(post_id: &str, deleted: bool) -> Post<'_> {
        Post { post_id, author_id: "ann", title: "hello", deleted: Some(deleted), timestamp: 1 }
    }

    #[test]
    fn a_post_is_announced_and_a_deleted_one_is_not() {
        let mut posts = RelayHarness::<Announcements>::new();
        posts.event(post("p1", false)).event(post("p2", true));
        let [announced] = posts.messages() else { panic!("{:?}", posts.messages()) };
        assert_eq!((announced.topic.as_str(), announced.key.as_deref()), ("new-posts", Some("p1")));
        assert_eq!(announced.value, json!({"post_id": "p1", "author_id": "ann", "title": "hello"}));
    }

    #[test]
    fn a_post_without_an_id_is_refused_and_nothing_of_it_is_sent() {
        let mut posts = RelayHarness::<Announcements>::new();
        posts.event(post("", false));
        assert_eq!(posts.rejected()[0].reason, "a post without an id");
        assert_eq!(posts.messages(), []);
    }
}
