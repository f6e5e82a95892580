use super::*;

/// A log of one partition a topic.
#[derive(Default)]
struct Log {
    model: Model,
    next_offsets: BTreeMap<&'static str, u64>,
}

impl Log {
    fn add(&mut self, topic: &'static str, value: &str) -> &mut Self {
        let offset = self.next_offsets.entry(topic).or_default();
        let value = value.as_bytes().to_vec();
        self.model.add(&Record { topic, partition: 0, offset: *offset, key: String::new(), value });
        *offset += 1;
        self
    }

    fn user(&mut self, user: &str, name: &str, time_ms: i64) -> &mut Self {
        self.add("users", &json!({"user_id": user, "name": name, "timestamp": time_ms}).to_string())
    }

    fn post(&mut self, title: &str, tribe: Option<&str>, time_ms: i64) -> &mut Self {
        let post = json!({"post_id": "p1", "author_id": "u1", "tribe_id": tribe, "title": title, "timestamp": time_ms});
        self.add("posts", &post.to_string())
    }

    fn document(&self) -> Value {
        let documents: Vec<_> = self.model.documents().collect();
        assert!(documents.len() < 2, "{documents:?}");
        documents.into_iter().next().map_or(Value::Null, |(_, document)| document)
    }

    fn sets(&self) -> Vec<String> {
        self.model.sets(|_| 1.0).into_keys().collect()
    }
}

#[test]
fn a_post_shows_its_author_its_tribe_and_its_counts() {
    let mut log = Log::default();
    log.add("users", r#"{"user_id":"u1","name":"Ann","avatar":"a.jpg","timestamp":1}"#);
    log.add("tribes", r#"{"tribe_id":"t1","name":"Chess","timestamp":1}"#);
    log.add(
        "posts",
        r#"{"post_id":"p1","author_id":"u1","tribe_id":"t1","title":"e4","media":{"n":[1]},"timestamp":5}"#,
    );
    for (topic, user) in [("likes", "u1"), ("likes", "u2"), ("likes", "u2"), ("bumps", "u2"), ("bumps", "u2")]
    {
        log.add(topic, &json!({"post_id": "p1", "user_id": user, "timestamp": 2}).to_string());
    }
    for topic in ["views", "views", "views", "comments", "comments"] {
        log.add(topic, r#"{"post_id":"p1","timestamp":9}"#);
    }
    let expected = json!({
        "post_id": "p1", "author": {"key": "u1", "known": true, "name": "Ann", "avatar": "a.jpg"},
        "tribe": {"key": "t1", "known": true, "name": "Chess"}, "title": "e4", "media": {"n": [1]}, "created": 5,
        "views": 3, "likes": 2, "comments": 2, "bumps": 1,
    });
    assert_eq!(log.document(), expected);
    let votes = log.model.sets(|post| {
        assert_eq!((post.post_id, post.created_ms), ("p1", 5));
        post.votes as f64
    });
    let member = BTreeMap::from([("p1".to_owned(), 9.0)]);
    assert_eq!(
        votes,
        Sets::from([("author:u1".to_owned(), member.clone()), ("tribe:t1".to_owned(), member)])
    );
}

#[test]
fn an_author_who_never_came_is_not_known_and_one_who_comes_late_is() {
    let mut log = Log::default();
    log.post("e4", Some("t1"), 5);
    assert_eq!(log.document()["author"], json!({"key": "u1", "known": false, "name": null, "avatar": null}));
    assert_eq!(log.document()["tribe"], json!({"key": "t1", "known": false, "name": null}));
    log.user("u1", "Ann", 1);
    assert_eq!(log.document()["author"], json!({"key": "u1", "known": true, "name": "Ann", "avatar": null}));
}

#[test]
fn the_latest_name_is_shown_whatever_comes_last() {
    let mut log = Log::default();
    log.post("e4", None, 5).user("u1", "Ann", 7).user("u1", "Anna", 9).user("u1", "An", 8);
    assert_eq!(log.document()["author"]["name"], "Anna");
    // Of the same time, the later offset.
    log.user("u1", "Annie", 9);
    assert_eq!(log.document()["author"]["name"], "Annie");
    // A picture that is not named is none.
    log.add("users", r#"{"user_id":"u1","name":"Ann","avatar":"a.jpg","timestamp":10}"#)
        .user("u1", "Ann", 11);
    assert_eq!(log.document()["author"]["avatar"], Value::Null);
}

#[test]
fn of_equal_times_the_later_partition_counts() {
    for order in [[0, 1], [1, 0]] {
        let mut model = Model::default();
        for partition in order {
            let value = json!({"post_id": "p1", "author_id": "u1", "title": partition, "timestamp": 5});
            let value = value
                .to_string()
                .replace(&format!("\"title\":{partition}"), &format!("\"title\":\"{partition}\""));
            // The offset decides within a partition only.
            let offset = if partition == 0 { 9 } else { 0 };
            model.add(&Record {
                topic: "posts",
                partition,
                offset,
                key: String::new(),
                value: value.into_bytes(),
            });
        }
        let (_, document) = model.documents().next().unwrap();
        assert_eq!(document["title"], "1", "{order:?}");
    }
}

#[test]
fn a_post_moves_leaves_its_tribe_and_keeps_its_first_time() {
    let mut log = Log::default();
    log.post("a", Some("t1"), 5).post("b", Some("t2"), 6);
    assert_eq!(log.sets(), ["author:u1", "tribe:t2"]);
    log.post("c", None, 7);
    assert_eq!(log.sets(), ["author:u1"]);
    assert_eq!((&log.document()["tribe"], &log.document()["created"]), (&Value::Null, &json!(5)));
    // An earlier one that comes late changes nothing but the beginning.
    log.post("z", Some("t3"), 4);
    assert_eq!((&log.document()["title"], &log.document()["created"]), (&json!("c"), &json!(4)));
    assert_eq!(log.sets(), ["author:u1"]);
}

#[test]
fn a_deleted_post_is_not_there_until_it_is_restored() {
    let deleted = r#"{"post_id":"p1","author_id":"u1","title":"a","deleted":true,"timestamp":6}"#;
    let mut log = Log::default();
    log.post("a", None, 5)
        .add("posts", deleted)
        .add("likes", r#"{"post_id":"p1","user_id":"u9","timestamp":9}"#);
    assert_eq!((log.document(), log.sets().len()), (Value::Null, 0));
    log.post("a", None, 7);
    assert_eq!(log.document()["likes"], 1);
}

#[test]
fn what_is_only_liked_is_not_there() {
    let mut log = Log::default();
    log.add("likes", r#"{"post_id":"p1","user_id":"u9","timestamp":9}"#);
    assert_eq!(log.document(), Value::Null);
}

#[test]
fn what_does_not_decode_is_counted_and_follows_are_not_read() {
    let mut log = Log::default();
    for (topic, value) in [
        ("likes", r#"{"post_id":"p1","user_id":"u9"}"#),
        ("likes", r#"{"post_id":"","user_id":"u9","timestamp":1}"#),
        ("likes", "{"),
        ("users", r#"{"user_id":"u1","timestamp":1}"#),
        ("users", r#"{"user_id":"u1","name":"a","avatar":7,"timestamp":1}"#),
        ("posts", r#"{"post_id":"p1","author_id":"u1","title":"a","deleted":"no","timestamp":1}"#),
        ("posts", r#"{"post_id":"p1","author_id":"u1","title":"a","tribe_id":1,"timestamp":1}"#),
        ("follows", "{"),
    ] {
        log.add(topic, value);
    }
    assert_eq!((log.model.events, log.model.dead_letters), (0, 7));
}

#[test]
fn documents_are_compared_by_the_fields_that_the_model_knows() {
    let mut log = Log::default();
    log.post("a", None, 5);
    let mut other = log.document();
    other["rank"] = json!(7.5);
    other["author"]["followers"] = json!(7);
    other.as_object_mut().unwrap().remove("tribe");
    assert_eq!(comparable(&other), log.document());
    other["title"] = json!("b");
    assert_ne!(comparable(&other), log.document());
}
