//! Goal: a partition in which nothing happens holds up no window for long, and what it says later has the same verdict in
//! every replay.
//! Method: a real host that counts a partition as asleep after a moment; waits are for what must become true.

use foldline_tests::host::{Home, Host, wait_for};
use serde_json::{Value, json};

const CONFIGURATION: &str = "[log.embedded]\npartitions = 3\n\n[topics]\nidle_after = \"300ms\"\n";
const MINUTE_MS: i64 = 60_000;
const START_MS: i64 = 1_767_225_600_000;

fn like(user: &str, minute: i64, partition: u32) -> String {
    let timestamp = START_MS + minute * MINUTE_MS;
    let value = json!({"user_id": user, "post_id": "p1", "timestamp": timestamp});
    json!({"topic": "likes", "partition": partition, "value": value}).to_string() + "\n"
}

fn append(home: &Home, host: &Host, lines: &str) {
    let file = home.write("likes.jsonl", lines);
    host.ask(&["append", file.to_str().expect("a text")]);
}

fn version(host: &Host) -> Value {
    host.status()["projections"][0].clone()
}

/// Goes on in one partition until something is true: others are only moved on while one is awake.
fn go_on_until<T>(home: &Home, host: &Host, minute: i64, mut found: impl FnMut() -> Option<T>) -> T {
    wait_for("what a waking partition brings about", || {
        append(home, host, &like("bob", minute, 0));
        found()
    })
}

fn count(host: &Host) -> Option<u64> {
    let (status, body) = host.get("/api/v1/projections/trending/documents/p1");
    let document: Value = serde_json::from_str(&body).ok()?;
    (status == 200).then(|| document["document"]["count"].as_u64()).flatten()
}

#[test]
fn sleeping_partitions_are_moved_on_and_a_late_waker_is_late_in_every_replay() {
    let home = Home::new(CONFIGURATION).with_module("trending");
    let host = home.start();
    // One partition says something and falls asleep, one never says anything.
    append(&home, &host, &(like("ann", 0, 0) + &like("eve", 0, 1)));
    let shown = go_on_until(&home, &host, 60, || count(&host));
    assert_eq!(shown, 2, "ann and eve are within the window, bob's is still open");
    let watermark_ms = version(&host)["watermark_ms"].as_i64().expect("a watermark");
    assert_eq!(watermark_ms, START_MS + 59 * MINUTE_MS);

    // The sleeper wakes after an hour: what it says of back then is late, what it says of now is not.
    append(&home, &host, &(like("zoe", 1, 1) + &like("max", 61, 1)));
    host.wait("trending");
    assert_eq!(version(&host)["late"], 1);
    let tail = host.ask(&["tail", "likes", "--from-start"]);
    assert!(tail.contains("\"punctuation\""), "{tail}");
    let shown = go_on_until(&home, &host, 70, || count(&host).filter(|&count| count > 3));
    assert_eq!(shown, 4, "ann, eve, bob and max, without zoe");

    host.wait("trending");
    let before = (version(&host)["late"].clone(), host.documents("trending"));
    assert!(host.stop().success());
    std::fs::remove_dir_all(home.version().join("state")).expect("state deleted");
    std::fs::remove_file(home.version().join("documents.sqlite")).expect("documents deleted");
    let host = home.start();
    host.wait("trending");
    assert_eq!((version(&host)["late"].clone(), host.documents("trending")), before);
}
