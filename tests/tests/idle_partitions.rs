//! Goal: an idle partition does not hold up windows for long, and its later records get the same verdict in every replay.
//! Method: a real host that counts a partition as idle after a moment. The test only waits for conditions that must come true.

use std::time::{SystemTime, UNIX_EPOCH};

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

/// Keeps appending to one partition until a condition holds: idle partitions are only moved on while another one is active.
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
fn idle_partitions_are_moved_on_and_a_late_record_of_one_is_late_in_every_replay() {
    let home = Home::new(CONFIGURATION).with_module("trending");
    let host = home.start();
    // One partition gets records and becomes idle, one never gets any.
    append(&home, &host, &(like("ann", 0, 0) + &like("eve", 0, 1)));
    let shown = go_on_until(&home, &host, 60, || count(&host));
    assert_eq!(shown, 2, "ann and eve are within the window, bob's is still open");
    let watermark_ms = version(&host)["watermark_ms"].as_i64().expect("a watermark");
    assert_eq!(watermark_ms, START_MS + 59 * MINUTE_MS);

    // The idle partition wakes after an hour: its old event is late, its current one is not.
    append(&home, &host, &(like("zoe", 1, 1) + &like("max", 61, 1)));
    host.wait("trending");
    assert_eq!(version(&host)["late"], 1);
    let tail = host.ask(&["tail", "likes", "--from-start"]);
    assert!(tail.contains("\"punctuation\""), "{tail}");
    let shown = go_on_until(&home, &host, 70, || count(&host).filter(|&count| count > 3));
    assert_eq!(shown, 4, "ann, eve, bob and max, without zoe");

    host.wait("trending");
    let before = (version(&host)["late"].clone(), host.documents("trending"));
    let host = replayed(&home, host);
    assert_eq!((version(&host)["late"].clone(), host.documents("trending")), before);
}

/// Stops the host, deletes what it made of the log, and returns another that has made it again.
fn replayed(home: &Home, host: Host) -> Host {
    assert!(host.stop().success());
    std::fs::remove_dir_all(home.version().join("state")).expect("state deleted");
    std::fs::remove_file(home.version().join("documents.sqlite")).expect("documents deleted");
    let host = home.start();
    host.wait("trending");
    host
}

fn like_at(user: &str, timestamp_ms: i64, partition: u32) -> String {
    let value = json!({"user_id": user, "post_id": "p1", "timestamp": timestamp_ms});
    json!({"topic": "likes", "partition": partition, "value": value}).to_string() + "\n"
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    since.as_millis().try_into().expect("a time of today")
}

#[test]
fn a_device_that_is_fast_makes_nobody_elses_records_late() {
    let home = Home::new(CONFIGURATION).with_module("trending");
    let host = home.start();
    let punctuated = || host.ask(&["tail", "likes", "--from-start"]).matches("\"punctuation\"").count();
    append(&home, &host, &(like_at("ann", now_ms(), 1) + &like_at("eve", now_ms(), 2)));
    // The others become idle, and are moved on more than once while the device continues.
    wait_for("punctuations", || {
        append(&home, &host, &like_at("fast", now_ms() + 55 * MINUTE_MS, 0));
        (punctuated() >= 4).then_some(())
    });
    append(&home, &host, &(like_at("ann", now_ms(), 1) + &like_at("eve", now_ms(), 2)));
    host.wait("trending");
    assert_eq!(version(&host).get("late"), None, "what comes at its time is late nowhere");
    let watermark_ms = version(&host)["watermark_ms"].as_i64().expect("a watermark");
    assert!(
        watermark_ms <= now_ms() - MINUTE_MS,
        "time has come to {watermark_ms}, ahead of the others' bound"
    );
}

#[test]
fn empty_partitions_hold_nothing_for_long_also_through_a_whole_replay() {
    let home = Home::new(&CONFIGURATION.replace('3', "4")).with_module("trending");
    let host = home.start();
    let likes: String = (0..200).map(|at| like(&format!("u{at}"), at, 0)).collect();
    append(&home, &host, &likes);
    // No more records arrive anywhere.
    let shown = wait_for("a window", || count(&host));
    assert!(shown > 100, "{shown}");
    // More records in that partition alone; then none, even for a host that has just started.
    append(&home, &host, &(200..400).map(|at| like(&format!("u{at}"), at, 0)).collect::<String>());
    host.kill();
    let host = home.start();
    let watermark_ms = || version(&host)["watermark_ms"].as_i64();
    wait_for("the end", || (watermark_ms() == Some(START_MS + 398 * MINUTE_MS)).then_some(()));
    host.wait("trending");
    let before = (version(&host)["watermark_ms"].clone(), host.documents("trending"));
    let host = replayed(&home, host);
    assert_eq!((version(&host)["watermark_ms"].clone(), host.documents("trending")), before);
    assert_eq!(version(&host).get("late"), None);
}

#[test]
fn status_names_who_holds_event_time_and_why() {
    let home = Home::new(&CONFIGURATION.replace("300ms", "1h")).with_module("trending");
    let host = home.start();
    append(&home, &host, &(like("ann", 0, 0) + &like("eve", 5, 2)));
    host.wait("trending");
    let held_by = |partition: u32| {
        wait_for("a holder", || {
            let held_by = version(&host)["held_by"].clone();
            let found = held_by.as_array()?.iter().find(|holder| holder["partition"] == partition)?.clone();
            (held_by.as_array()?.len() == 1).then_some(found)
        })
    };
    let holder = held_by(1);
    assert_eq!((&holder["topic"], &holder["why"]), (&json!("likes"), &json!("it has no records")));
    let text = host.ask(&["status"]);
    let line =
        "event time is held by likes:1: it has no records; the host moves it on after 1h without a record";
    assert!(text.contains(line), "{text}");
    append(&home, &host, &like("zoe", 9, 1));
    let holder = held_by(0);
    assert_eq!(holder["why"], "its records are the oldest");
}
