//! What trends in each tribe: distinct users who liked its posts in the last 24 hours, every two minutes.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(time = timestamp)]
enum Input<'a> {
    #[topic("likes")]
    #[event(bound = "1m")]
    Like { user_id: &'a str, post_id: &'a str, tribe_id: Option<&'a str>, timestamp: Time },
    /// Without `untimed`, a day without new posts would hold back a day of windows.
    #[topic("posts")]
    #[event(untimed)]
    Post { post_id: &'a str, title: &'a str, timestamp: Time },
}

#[derive(Table)]
#[table(window = "24h / 2m")]
struct Trends {
    #[key]
    tribe_id: Text,
    #[key]
    #[refers(Posts { title })]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    title: Last<Text>,
}

#[derive(Tables)]
struct Tribes {
    trends: Trends,
    posts: Posts,
}

#[derive(Document)]
struct Trend {
    tribe_id: String,
    post_id: String,
    /// Absent until the post itself is known.
    title: Option<String>,
    #[sortable]
    count: u64,
    /// The end of the newest closed window at the time when the count last changed.
    window_end: Time,
}

#[reducer]
impl Reducer for TribeStats {
    type Event<'a> = Input<'a>;
    type Table = Tribes;
    type Document = Trend;

    fn extract(event: Input<'_>, out: &mut Contributions<Tribes>) -> Result<()> {
        match event {
            Input::Like { user_id, post_id, tribe_id: Some(tribe_id), .. } => {
                out.add(Trends::key(tribe_id, post_id).users(user_id))
            }
            // The post is in no tribe.
            Input::Like { tribe_id: None, .. } => Ok(()),
            Input::Post { post_id, title, .. } => out.add(Posts::key(post_id).title(title)),
        }
    }

    fn project(row: Row<'_, Trends>, out: &mut Projected<Trend>) -> Result<()> {
        out.member(format!("tribe:{}", row.tribe_id), row.post_id, row.users)?;
        out.document(Trend {
            tribe_id: row.tribe_id.into(),
            post_id: row.post_id.into(),
            title: row.post.title.map(Into::into),
            count: row.users,
            window_end: row.window_end,
        })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    const MINUTE_MS: i64 = 60_000;
    const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

    fn like<'a>(user_id: &'a str, tribe_id: Option<&'a str>, minute: i64) -> Input<'a> {
        Input::Like { user_id, post_id: "p1", tribe_id, timestamp: Time::from_ms(minute * MINUTE_MS) }
    }

    fn post(title: &str, minute: i64) -> Input<'_> {
        Input::Post { post_id: "p1", title, timestamp: Time::from_ms(minute * MINUTE_MS) }
    }

    #[test]
    fn a_post_trends_in_each_tribe_by_itself() {
        let mut tribes = Harness::<TribeStats>::new();
        tribes.event(like("ann", Some("t1"), 1)).event(like("bob", Some("t1"), 1));
        tribes.event(like("ann", Some("t2"), 1)).event(like("eve", None, 1));
        tribes.watermark(2 * MINUTE_MS);
        assert_eq!(
            tribes.document("t1/p1"),
            Some(json!({
                "tribe_id": "t1", "post_id": "p1", "title": null, "count": 2, "window_end": 120_000
            }))
        );
        assert_eq!(tribes.members("tribe:t2"), [("p1".into(), 1.0)]);
        assert_eq!(tribes.documents().len(), 2);
    }

    #[test]
    fn the_title_comes_at_any_time_and_moves_no_window() {
        let mut tribes = Harness::<TribeStats>::new();
        tribes.event(post("Old", 0)).event(like("ann", Some("t1"), 1)).event(post("New", 9_000));
        assert_eq!(tribes.document("t1/p1"), None, "the window is open");
        tribes.watermark(2 * MINUTE_MS);
        assert_eq!(tribes.document("t1/p1").unwrap()["title"], "New");
        tribes.event(post("Newest", 9_001)).event(post("Late", 5));
        assert_eq!(tribes.document("t1/p1").unwrap()["title"], "Newest");
        tribes.watermark(DAY_MS + 2 * MINUTE_MS);
        assert!(tribes.documents().is_empty() && tribes.members("tribe:t1").is_empty());
        assert_eq!(tribes.late(), 0);
    }
}
