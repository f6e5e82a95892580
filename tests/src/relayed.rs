//! The messages that a relay must have sent, by the records of its input, and those that it has sent, by the records of its
//! topic.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::host::{Host, wait_for};
use crate::http::{self, Http};

/// The reducer that relays.
pub const NAME: &str = "relay";
/// The topic that it reads.
pub const POSTS: &str = "posts";
/// The topic that it writes.
pub const NEW_POSTS: &str = "new-posts";

/// Returns posts as record lines, numbered from `first` on. Every seventh is deleted, every twentieth lacks its title.
///
/// # Panics
/// Never panics: writing to a text cannot fail.
pub fn posts(first: u64, count: u64) -> String {
    let mut lines = String::new();
    for post in first..first + count {
        let title = if post % 20 == 19 { String::new() } else { format!(r#""title":"title {post}","#) };
        let deleted = post % 7 == 6;
        writeln!(
            lines,
            r#"{{"key":"p{post}","value":{{"post_id":"p{post}","author_id":"a{}",{title}"deleted":{deleted},"timestamp":{post}}}}}"#,
            post % 10
        )
        .expect("writing to a text cannot fail");
    }
    lines
}

/// Appends record lines to the relay's input. Returns whether the host accepted them.
pub fn append(url: &str, lines: &str) -> bool {
    http::append(url, POSTS, lines.to_owned()).is_ok_and(|answer| answer.is_success())
}

/// Returns all records of a topic of the embedded log; none if it does not exist.
///
/// # Panics
/// Panics when the host does not answer.
pub fn records(host: &Host, topic: &str) -> Vec<Value> {
    let http = Http::default();
    let mut records = Vec::new();
    let mut from = String::new();
    loop {
        let url = format!("{}?limit=10000{from}", http::records(&host.url, topic));
        let answer = http.get(&url).expect("the host answers");
        if answer.status == 404 {
            return records;
        }
        assert_eq!(answer.status, 200, "reading `{topic}`");
        if answer.body.is_empty() {
            return records;
        }
        records
            .extend(answer.body.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record")));
        from = format!("&position={}", answer.header("foldline-position"));
    }
}

/// Returns the messages that the input's records must have made: the post of each message id.
pub fn expected_messages(records: &[Value]) -> BTreeMap<String, String> {
    let mut expected = BTreeMap::new();
    for record in records {
        let value = &record["value"];
        if value["title"].is_string() && value["deleted"] != Value::Bool(true) {
            let (partition, offset) = (&record["partition"], &record["offset"]);
            expected.insert(format!("{NAME}/{POSTS}/{partition}/{offset}/0"), text(&value["post_id"]));
        }
    }
    expected
}

/// Checks that the messages, each an id and a post, are exactly the expected ones, each once.
///
/// # Panics
/// Panics with those that are missing or unexpected.
pub fn assert_each_once(
    expected: &BTreeMap<String, String>,
    sent: impl IntoIterator<Item = (String, String)>,
) {
    let mut left = expected.clone();
    for (id, post) in sent {
        match left.remove(&id) {
            Some(of_record) => assert_eq!(post, of_record, "{id}"),
            None if expected.contains_key(&id) => panic!("{id} was sent twice"),
            None => panic!("{id} was sent, which is none"),
        }
    }
    let lost = left.len();
    assert!(
        left.is_empty(),
        "{lost} of {} messages were lost, {:?} among them",
        expected.len(),
        left.first_key_value()
    );
}

/// Checks the relay's topic in the embedded log against its input there. Returns the number of messages.
///
/// # Panics
/// As [`assert_each_once`].
pub fn check(host: &Host) -> usize {
    let expected = expected_messages(&records(host, POSTS));
    let sent = records(host, NEW_POSTS);
    assert_each_once(
        &expected,
        sent.iter().map(|message| (text(&message["id"]), text(&message["value"]["post_id"]))),
    );
    expected.len()
}

/// Returns the status of the relay; null before there is one.
///
/// # Panics
/// Panics when the host does not answer.
pub fn status(host: &Host) -> Value {
    host.status()["relays"].get(0).cloned().unwrap_or_default()
}

/// Waits until the relay has passed all of its input.
///
/// # Panics
/// Panics when that does not happen.
pub fn await_relayed(host: &Host) {
    wait_for("the relay to catch up", || {
        let status = status(host);
        let positions = status["positions"].as_array().filter(|positions| !positions.is_empty())?;
        positions.iter().all(|of| of["next_offset"] == of["end_offset"]).then_some(())
    });
}

/// Waits until the relay has halted. Returns the reason.
///
/// # Panics
/// Panics when it does not halt.
pub fn await_halt(host: &Host) -> String {
    wait_for("the relay to halt", || {
        let status = status(host);
        status["reason"].as_str().filter(|_| status["phase"] == "halted").map(str::to_owned)
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
