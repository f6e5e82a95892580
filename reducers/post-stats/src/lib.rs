//! Statistics of each post: its title, views, likes and comments, folded from four topics into one document.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts", time = timestamp, unit = "ms")]
struct Post<'a> {
    post_id: &'a str,
    title: &'a str,
    timestamp: i64,
}

#[derive(Event)]
#[event(topic = "views", time = timestamp, unit = "ms")]
struct View<'a> {
    post_id: &'a str,
    timestamp: i64,
}

#[derive(Event)]
#[event(topic = "likes", time = timestamp, unit = "ms")]
struct Like<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: i64,
}

#[derive(Event)]
#[event(topic = "comments", time = timestamp, unit = "ms")]
struct Comment<'a> {
    post_id: &'a str,
    timestamp: i64,
}

#[derive(Event)]
enum Input<'a> {
    Post(Post<'a>),
    View(View<'a>),
    Like(Like<'a>),
    Comment(Comment<'a>),
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    title: Last<Text>,
    views: Count,
    likes: Distinct,
    comments: Count,
}

#[derive(Document)]
struct Stats {
    post_id: String,
    /// Absent until the post itself is known: events of its readers may come first.
    title: Option<String>,
    #[sortable]
    views: u64,
    #[sortable]
    likes: u64,
    #[sortable]
    comments: u64,
}

#[reducer]
impl Reducer for PostStats {
    type Event<'a> = Input<'a>;
    type Table = Posts;
    type Document = Stats;

    fn extract(event: Input<'_>, out: &mut Contributions<Posts>) -> Result<()> {
        match event {
            Input::Post(post) => out.add(Posts::key(post.post_id).title(post.title)),
            Input::View(view) => out.add(Posts::key(view.post_id).views(1)),
            Input::Like(like) => out.add(Posts::key(like.post_id).likes(like.user_id)),
            Input::Comment(comment) => out.add(Posts::key(comment.post_id).comments(1)),
        }
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<Stats>) -> Result<()> {
        out.document(Stats {
            post_id: row.post_id.into(),
            title: row.title.map(Into::into),
            views: row.views,
            likes: row.likes,
            comments: row.comments,
        })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    fn post(title: &str, timestamp: i64) -> Input<'_> {
        Input::Post(Post { post_id: "p1", title, timestamp })
    }

    #[test]
    fn four_topics_meet_in_one_document() {
        let mut stats = Harness::<PostStats>::new();
        stats.event(post("Hello", 1));
        for (user_id, timestamp) in [("ann", 2), ("bob", 3), ("ann", 4)] {
            stats.event(Input::View(View { post_id: "p1", timestamp }));
            stats.event(Input::Like(Like { user_id, post_id: "p1", timestamp }));
        }
        stats.event(Input::Comment(Comment { post_id: "p1", timestamp: 5 }));
        assert_eq!(
            stats.document("p1"),
            Some(json!({"post_id": "p1", "title": "Hello", "views": 3, "likes": 2, "comments": 1}))
        );
    }

    #[test]
    fn the_title_is_the_latest_by_event_time_whatever_comes_last() {
        let mut stats = Harness::<PostStats>::new();
        stats.event(post("Hello, world", 20)).event(post("Helo", 10));
        assert_eq!(stats.document("p1").unwrap()["title"], "Hello, world");
    }

    #[test]
    fn a_post_that_is_read_before_it_is_known_has_no_title_yet() {
        let mut stats = Harness::<PostStats>::new();
        stats.event(Input::View(View { post_id: "p1", timestamp: 1 }));
        assert_eq!(stats.document("p1").unwrap()["title"], json!(null));
        stats.event(post("Hello", 0));
        assert_eq!(stats.document("p1").unwrap()["title"], "Hello");
    }
}
