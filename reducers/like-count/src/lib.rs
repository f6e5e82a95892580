//! Distinct users who liked each post.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "likes", time = timestamp, unit = "ms")]
struct LikeEvent<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: i64,
}

#[derive(Table)]
struct Likes {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Document)]
struct LikeCount {
    post_id: String,
    #[sortable]
    count: u64,
}

#[reducer]
impl Reducer for LikeCounter {
    type Event<'a> = LikeEvent<'a>;
    type Table = Likes;
    type Document = LikeCount;

    fn extract(like: LikeEvent<'_>, out: &mut Contributions<Likes>) -> Result<()> {
        out.add(Likes::key(like.post_id).users(like.user_id))
    }

    fn project(row: Row<'_, Likes>, out: &mut Projected<LikeCount>) -> Result<()> {
        out.document(LikeCount { post_id: row.post_id.into(), count: row.users })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    #[test]
    fn a_user_who_likes_twice_counts_once() {
        let mut likes = Harness::<LikeCounter>::new();
        for user_id in ["ann", "bob", "ann"] {
            likes.event(LikeEvent { user_id, post_id: "p1", timestamp: 1 });
        }
        assert_eq!(likes.document("p1"), Some(json!({"post_id": "p1", "count": 2})));
        assert_eq!(likes.document("p2"), None);
    }

    #[test]
    fn a_like_without_a_user_is_refused_and_counts_nowhere() {
        let mut likes = Harness::<LikeCounter>::new();
        likes.json("likes", r#"{"post_id": "p1", "timestamp": 1}"#);
        assert_eq!(likes.rejected()[0].reason, "missing field `user_id`");
        assert_eq!(likes.document("p1"), None);
    }
}
