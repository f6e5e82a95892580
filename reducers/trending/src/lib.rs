//! Distinct users who liked each post in the last 24 hours, every two minutes.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "likes", time = timestamp, unit = "ms", bound = "1m")]
struct Like<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: i64,
}

#[derive(Table)]
#[table(window = "24h / 2m", keep = "latest", when_empty = "delete")]
struct Likes {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Document)]
struct Trend {
    post_id: String,
    #[sortable]
    count: u64,
    /// The end of the newest closed window at the time when the count last changed.
    window_end: Time,
}

#[reducer]
impl Reducer for Trending {
    type Event<'a> = Like<'a>;
    type Table = Likes;
    type Document = Trend;

    fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
        out.add(Likes::key(like.post_id).users(like.user_id))
    }

    fn project(row: Row<'_, Likes>, out: &mut Projected<Trend>) -> Result<()> {
        out.document(Trend { post_id: row.post_id.into(), count: row.users, window_end: row.window_end })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    const MINUTE_MS: i64 = 60_000;
    const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

    fn like(user_id: &str, minute: i64) -> Like<'_> {
        Like { user_id, post_id: "p1", timestamp: minute * MINUTE_MS }
    }

    #[test]
    fn a_like_counts_from_the_next_slide_on_and_for_24_hours() {
        let mut trending = Harness::<Trending>::new();
        trending.event(like("ann", 1)).event(like("bob", 1)).event(like("ann", 3));
        assert_eq!(
            trending.document("p1"),
            Some(json!({"post_id": "p1", "count": 2, "window_end": 120_000}))
        );
        trending.watermark(DAY_MS + 2 * MINUTE_MS);
        assert_eq!(trending.document("p1").unwrap()["count"], 1, "bob's like has left the window");
        trending.watermark(DAY_MS + 4 * MINUTE_MS);
        assert_eq!(trending.document("p1"), None);
    }

    #[test]
    fn a_like_that_comes_more_than_a_minute_late_counts_nowhere() {
        let mut trending = Harness::<Trending>::new();
        trending.event(like("ann", 5)).event(like("bob", 4)).event(like("eve", 3));
        assert_eq!(trending.late(), 1);
        trending.watermark(6 * MINUTE_MS);
        assert_eq!(trending.document("p1").unwrap()["count"], 2);
    }
}
