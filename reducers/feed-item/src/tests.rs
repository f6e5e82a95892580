use foldline_sdk::testing::{Harness, json};

use super::*;

fn user<'a>(user_id: &'a str, name: &'a str, ms: i64) -> Input<'a> {
    Input::User { user_id, name, avatar: None, timestamp: Time::from_ms(ms) }
}

fn tribe<'a>(tribe_id: &'a str, name: &'a str, ms: i64) -> Input<'a> {
    Input::Tribe { tribe_id, name, timestamp: Time::from_ms(ms) }
}

fn post<'a>(post_id: &'a str, tribe_id: Option<&'a str>, ms: i64) -> Input<'a> {
    let (title, timestamp) = ("Hello", Time::from_ms(ms));
    Input::Post { post_id, author_id: "ann", tribe_id, title, media: None, deleted: None, timestamp }
}

fn deleted(post_id: &str, ms: i64) -> Input<'_> {
    let timestamp = Time::from_ms(ms);
    let (author_id, tribe_id, title, deleted) = ("ann", Some("t1"), "Hello", Some(true));
    Input::Post { post_id, author_id, tribe_id, title, media: None, deleted, timestamp }
}

fn like<'a>(user_id: &'a str, post_id: &'a str) -> Input<'a> {
    Input::Like { post_id, user_id, timestamp: Time::from_ms(1) }
}

fn members(feed: &Harness<FeedItems>, set: &str) -> Vec<String> {
    feed.members(set).into_iter().map(|(member, _)| member).collect()
}

#[test]
fn a_document_shows_author_tribe_and_counts() {
    let mut feed = Harness::<FeedItems>::new();
    let (timestamp, media) = (Time::from_ms(3), Some(Json::from_text(r#"[{"url":"a.png"}]"#)));
    let (post_id, author_id, tribe_id) = ("p1", "ann", Some("t1"));
    feed.event(Input::User { user_id: "ann", name: "Ann", avatar: Some("ann.png"), timestamp });
    feed.event(tribe("t1", "Tea", 2));
    feed.event(Input::Post {
        post_id,
        author_id,
        tribe_id,
        title: "Oolong",
        media,
        deleted: None,
        timestamp,
    });
    feed.event(Input::View { post_id, timestamp }).event(Input::Comment { post_id, timestamp });
    feed.event(like("bob", post_id)).event(like("bob", post_id)).event(like("cem", post_id));
    feed.event(Input::Bump { post_id, user_id: "bob", timestamp });
    assert_eq!(
        feed.document("p1"),
        Some(json!({
            "post_id": "p1",
            "author": {"key": "ann", "known": true, "name": "Ann", "avatar": "ann.png"},
            "tribe": {"key": "t1", "known": true, "name": "Tea"},
            "title": "Oolong",
            "media": [{"url": "a.png"}],
            "created": 3,
            "rank": rank::hot(2 + 2 + 3, timestamp),
            "views": 1, "likes": 2, "comments": 1, "bumps": 1,
        }))
    );
}

#[test]
fn a_rename_is_shown_by_all_posts_of_the_author() {
    let mut feed = Harness::<FeedItems>::new();
    feed.event(user("ann", "Ann", 1)).event(post("p1", None, 2)).event(post("p2", None, 3));
    feed.event(user("ann", "Anna", 5)).event(user("ann", "Old", 4));
    for id in ["p1", "p2"] {
        assert_eq!(feed.document(id).unwrap()["author"]["name"], "Anna", "{id}");
    }
}

#[test]
fn an_author_who_comes_later_or_never_is_shown_as_far_as_known() {
    let mut feed = Harness::<FeedItems>::new();
    feed.event(post("p1", Some("t1"), 2));
    let item = feed.document("p1").unwrap();
    assert_eq!(item["author"], json!({"key": "ann", "known": false, "name": null, "avatar": null}));
    assert_eq!(item["tribe"], json!({"key": "t1", "known": false, "name": null}));
    feed.event(user("ann", "Ann", 1));
    assert_eq!(feed.document("p1").unwrap()["author"]["name"], "Ann");
    assert_eq!(members(&feed, "author:ann"), ["p1"]);
}

#[test]
fn a_post_that_moves_shows_its_new_tribe_and_leaves_the_old_one() {
    let mut feed = Harness::<FeedItems>::new();
    feed.event(tribe("t1", "Tea", 1)).event(tribe("t2", "Coffee", 1)).event(post("p1", Some("t1"), 2));
    assert_eq!(members(&feed, "tribe:t1"), ["p1"]);
    feed.event(post("p1", Some("t2"), 4)).event(post("p1", Some("t1"), 3));
    assert_eq!(feed.document("p1").unwrap()["tribe"]["name"], "Coffee");
    assert_eq!((members(&feed, "tribe:t1"), members(&feed, "tribe:t2")), (vec![], vec!["p1".to_owned()]));
    feed.event(post("p1", None, 5));
    assert_eq!(feed.document("p1").unwrap()["tribe"], json!(null));
    assert!(members(&feed, "tribe:t2").is_empty());
}

#[test]
fn a_post_that_is_deleted_or_not_yet_known_shows_nothing() {
    let mut feed = Harness::<FeedItems>::new();
    feed.event(like("bob", "p1"));
    assert!(feed.documents().is_empty());
    feed.event(post("p1", Some("t1"), 2));
    assert_eq!(feed.document("p1").unwrap()["likes"], 1);
    feed.event(deleted("p1", 4)).event(post("p1", Some("t1"), 3));
    assert!(feed.documents().is_empty());
    assert!(members(&feed, "tribe:t1").is_empty() && members(&feed, "author:ann").is_empty());
    feed.event(post("p1", Some("t1"), 5));
    assert_eq!(members(&feed, "tribe:t1"), ["p1"]);
}

#[test]
fn posts_are_ranked_by_what_happens_to_them_and_then_by_age() {
    let mut feed = Harness::<FeedItems>::new();
    feed.event(post("p1", Some("t1"), 1)).event(post("p2", Some("t1"), 2)).event(post("p3", Some("t1"), 3));
    feed.event(like("bob", "p1")).event(like("cem", "p1"));
    assert_eq!(members(&feed, "tribe:t1"), ["p1", "p3", "p2"]);
}

#[test]
fn the_order_of_events_does_not_show() {
    let events = || {
        [
            user("ann", "Ann", 5),
            user("ann", "Anna", 9),
            tribe("t1", "Tea", 4),
            post("p1", Some("t2"), 2),
            post("p1", Some("t1"), 7),
            like("bob", "p1"),
            deleted("p2", 3),
            post("p2", None, 6),
        ]
    };
    let fed = |first: usize, backwards: bool| {
        let mut events = events();
        events.rotate_left(first);
        if backwards {
            events.reverse();
        }
        let mut feed = Harness::<FeedItems>::new();
        for event in events {
            feed.event(event);
        }
        (feed.documents(), feed.members("tribe:t1"), feed.members("author:ann"))
    };
    let expected = fed(0, false);
    for first in 0..events().len() {
        assert_eq!(fed(first, false), expected, "beginning with event {first}");
        assert_eq!(fed(first, true), expected, "backwards, ending with event {first}");
    }
}
