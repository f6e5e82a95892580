//! The posts of each tribe, ranked by the number of users who like them.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts", time = timestamp, unit = "ms")]
struct Post<'a> {
    post_id: &'a str,
    author_id: &'a str,
    tribe_id: Option<&'a str>,
    title: &'a str,
    deleted: Option<bool>,
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
enum Input<'a> {
    Post(Post<'a>),
    Like(Like<'a>),
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    author_id: Last<Text>,
    /// `None` if the post is in no tribe. Contributing nothing would leave it in its former tribe.
    tribe_id: Last<Option<Text>>,
    title: Last<Text>,
    deleted: Last<Boolean>,
    likes: Distinct,
}

#[derive(Document)]
struct TribePost {
    post_id: String,
    author_id: Option<String>,
    tribe_id: Option<String>,
    title: Option<String>,
    #[sortable]
    likes: u64,
}

#[reducer]
impl Reducer for TribePosts {
    type Event<'a> = Input<'a>;
    type Table = Posts;
    type Document = TribePost;

    fn extract(event: Input<'_>, out: &mut Contributions<Posts>) -> Result<()> {
        match event {
            Input::Post(post) => out.add(
                Posts::key(post.post_id)
                    .author_id(post.author_id)
                    .tribe_id(post.tribe_id.filter(|tribe| !tribe.is_empty()))
                    .title(post.title)
                    .deleted(post.deleted.unwrap_or(false)),
            ),
            Input::Like(like) => out.add(Posts::key(like.post_id).likes(like.user_id)),
        }
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<TribePost>) -> Result<()> {
        // A post that was liked before it is known, or that is deleted.
        if row.deleted != Some(false) {
            return out.nothing();
        }
        if let Some(tribe) = row.tribe_id {
            out.member(format!("tribe:{tribe}"), row.post_id, row.likes)?;
        }
        out.document(TribePost {
            post_id: row.post_id.into(),
            author_id: row.author_id.map(Into::into),
            tribe_id: row.tribe_id.map(Into::into),
            title: row.title.map(Into::into),
            likes: row.likes,
        })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::Harness;

    use super::*;

    fn post<'a>(post_id: &'a str, tribe_id: Option<&'a str>, timestamp: i64) -> Input<'a> {
        let deleted = None;
        Input::Post(Post { post_id, author_id: "ann", tribe_id, title: "Hello", deleted, timestamp })
    }

    fn like<'a>(user_id: &'a str, post_id: &'a str) -> Input<'a> {
        Input::Like(Like { user_id, post_id, timestamp: 1 })
    }

    #[test]
    fn posts_are_ranked_within_their_tribe() {
        let mut posts = Harness::<TribePosts>::new();
        posts.event(post("p1", Some("t1"), 1)).event(post("p2", Some("t1"), 2)).event(post(
            "p3",
            Some("t2"),
            3,
        ));
        posts.event(like("ann", "p2")).event(like("bob", "p2")).event(like("ann", "p3"));
        assert_eq!(posts.members("tribe:t1"), [("p2".into(), 2.0), ("p1".into(), 0.0)]);
        assert_eq!(posts.members("tribe:t2"), [("p3".into(), 1.0)]);
    }

    #[test]
    fn a_post_that_moves_leaves_its_tribe() {
        let mut posts = Harness::<TribePosts>::new();
        posts.event(post("p1", Some("t1"), 1)).event(post("p1", Some("t2"), 2));
        assert!(posts.members("tribe:t1").is_empty());
        assert_eq!(posts.members("tribe:t2"), [("p1".into(), 0.0)]);
        posts.event(post("p1", None, 3));
        assert!(posts.members("tribe:t2").is_empty());
        assert!(posts.document("p1").is_some());
    }

    #[test]
    fn a_post_that_is_deleted_or_not_yet_known_is_nowhere() {
        let mut posts = Harness::<TribePosts>::new();
        posts.event(like("ann", "p1"));
        assert!(posts.documents().is_empty());
        posts.event(post("p1", Some("t1"), 1));
        assert_eq!(posts.members("tribe:t1"), [("p1".into(), 1.0)]);
        posts.json(
            "posts",
            r#"{"post_id":"p1","author_id":"ann","tribe_id":"t1","title":"","deleted":true,"timestamp":2}"#,
        );
        assert!(posts.members("tribe:t1").is_empty() && posts.documents().is_empty());
    }
}
