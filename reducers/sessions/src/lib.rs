//! What each user viewed in one session; a session ends after half an hour without a view.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "views", time = timestamp, unit = "ms", bound = "1m")]
struct View<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: Time,
}

#[derive(Table)]
#[table(window = "session 30m", keep = "every 7d")]
struct Sessions {
    #[key]
    user_id: Text,
    views: Count,
    first_post: First<Text>,
    last_post: Last<Text>,
    last_view: Max<Time>,
}

#[derive(Document)]
struct Session {
    user_id: String,
    #[sortable]
    start: Time,
    #[sortable]
    duration_ms: i64,
    #[sortable]
    count: u64,
    first_post: Option<String>,
    last_post: Option<String>,
}

#[reducer]
impl Reducer for UserSessions {
    type Event<'a> = View<'a>;
    type Table = Sessions;
    type Document = Session;

    fn extract(view: View<'_>, out: &mut Contributions<Sessions>) -> Result<()> {
        let posts = Sessions::key(view.user_id).first_post(view.post_id).last_post(view.post_id);
        out.add(posts.views(1).last_view(view.timestamp))
    }

    fn project(row: Row<'_, Sessions>, out: &mut Projected<Session>) -> Result<()> {
        // A session's window begins with its first view, and ends half an hour after its last.
        let last_view = row.last_view.unwrap_or(row.window_start);
        out.document(Session {
            user_id: row.user_id.into(),
            start: row.window_start,
            duration_ms: last_view.ms() - row.window_start.ms(),
            count: row.views,
            first_post: row.first_post.map(Into::into),
            last_post: row.last_post.map(Into::into),
        })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn view(post_id: &str, ms: i64) -> View<'_> {
        View { user_id: "bob", post_id, timestamp: Time::from_ms(ms) }
    }

    #[test]
    fn a_session_is_served_once_half_an_hour_has_passed_without_a_view() {
        let mut sessions = Harness::<UserSessions>::new();
        sessions.event(view("p1", 0)).event(view("p2", 29 * MINUTE_MS));
        sessions.watermark(59 * MINUTE_MS - 1);
        assert!(sessions.documents().is_empty());
        sessions.watermark(59 * MINUTE_MS);
        assert_eq!(
            sessions.document("bob@0"),
            Some(json!({
                "user_id": "bob", "start": 0, "duration_ms": 29 * MINUTE_MS, "count": 2,
                "first_post": "p1", "last_post": "p2",
            }))
        );
    }

    #[test]
    fn each_session_has_a_document_of_its_own() {
        let mut sessions = Harness::<UserSessions>::new();
        sessions.event(view("p1", 0)).event(view("p2", 30 * MINUTE_MS)).watermark("1970-01-01T02:00:00Z");
        let ids: Vec<String> = sessions.documents().into_keys().collect();
        assert_eq!(ids, ["bob@0", "bob@1800000"]);
    }

    #[test]
    fn a_view_between_two_sessions_makes_one_of_them() {
        let mut sessions = Harness::<UserSessions>::new();
        for ms in [0, 30 * MINUTE_MS + 20_000, 30 * MINUTE_MS - 10_000] {
            sessions.event(view("p1", ms));
        }
        sessions.watermark(2 * 60 * MINUTE_MS);
        assert_eq!(sessions.documents().len(), 1);
        assert_eq!(sessions.document("bob@0").unwrap()["count"], 3);
    }
}
