//! Goal: a full disk only costs time. What exists is served, appends are refused with the reason, and everything continues by
//! itself once there is space, in a running host as in one that is starting.
//! Method: real hosts with their state, or all their data, on a disk of a few megabytes (a tmpfs, which needs root), filled to
//! the last page.

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::likes::likes;
use foldline_tests::small_disk::SmallDisk;
use serde_json::Value;

const CHECKPOINTS: &str = "[checkpoint]\nevery = \"50ms\"\n";

fn append(home: &Home, host: &Host, lines: &[&str]) {
    let file = home.write("likes.ndjson", lines.concat());
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

fn projection(host: &Host) -> Value {
    host.status()["projections"][0].clone()
}

/// Waits until the status reports trouble, while the disk stays full whatever space the host frees.
#[track_caller]
fn await_trouble(host: &Host, disk: &mut SmallDisk) {
    wait_for("the trouble to be said", || {
        disk.fill();
        let projection = projection(host);
        assert_ne!(projection["phase"], "halted", "{projection:#}");
        projection["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("retried until it works"))
            .then_some(())
    });
}

/// Waits until the status reports no trouble, and everything is shown.
#[track_caller]
fn await_recovery(host: &Host, events: u64) {
    host.wait("like-count");
    wait_for("the trouble to be over", || {
        let projection = projection(host);
        (projection["reason"].is_null() && projection["events"] == events).then_some(())
    });
}

fn a_full_disk_of_state_is_waited_for(configuration: &str) {
    let home = Home::new(configuration).with_module("like-count");
    let Some(mut disk) = SmallDisk::at(&home.path("data/versions"), 24) else { return };
    let data = likes(40_000, 400, 5_000, 21);
    let lines: Vec<&str> = data.lines.split_inclusive('\n').collect();
    let parts: Vec<&[&str]> = lines.chunks(lines.len() / 4).collect();
    let events = |parts: usize| (lines.len() / 4 * parts) as u64;

    let host = home.start();
    append(&home, &host, parts[0]);
    host.wait("like-count");
    let served = host.documents("like-count").len();
    disk.fill();
    append(&home, &host, parts[1]);
    await_trouble(&host, &mut disk);
    assert!(host.documents("like-count").len() >= served, "what is there is served");
    append(&home, &host, parts[2]);
    disk.empty();
    await_recovery(&host, events(3));
    let served = host.documents("like-count");
    assert!(host.stop().success());

    // The disk is full when the host starts.
    disk.fill();
    let host = home.start();
    append(&home, &host, parts[3]);
    await_trouble(&host, &mut disk);
    assert_eq!(host.documents("like-count"), served, "what is there is served");
    disk.empty();
    await_recovery(&host, data.events);
    assert_eq!(host.documents("like-count").len(), data.users.len());
    assert!(host.ask(&["verify", "like-count"]).contains("matches the log"));
    assert!(!host.log().contains("thrown away"), "{}", host.log());
    assert!(host.stop().success());
}

#[test]
fn a_full_disk_of_state_is_waited_for_on_the_embedded_log() {
    a_full_disk_of_state_is_waited_for(CHECKPOINTS);
}

#[test]
fn a_full_disk_of_state_is_waited_for_on_kafka() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    a_full_disk_of_state_is_waited_for(&format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\npartitions = 2\ncreate = true\n\n{CHECKPOINTS}",
        broker.address()
    ));
}

#[test]
fn a_full_disk_of_the_log_refuses_appends_until_there_is_room() {
    let home = Home::new(CHECKPOINTS).with_module("like-count");
    let Some(mut disk) = SmallDisk::at(&home.path("data"), 32) else { return };
    let data = likes(20_000, 400, 5_000, 22);
    let lines: Vec<&str> = data.lines.split_inclusive('\n').collect();
    let (before, after) = lines.split_at(lines.len() / 2);
    let host = home.start();
    append(&home, &host, before);
    host.wait("like-count");
    let served = host.documents("like-count");

    let file = home.write("likes.ndjson", after.concat());
    let refusal = wait_for("a refusal", || {
        disk.fill();
        let output = host.run(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    });
    assert!(refusal.contains("No space left"), "{refusal}");
    assert!(refusal.contains("make room"), "{refusal}");
    assert!(host.documents("like-count").len() >= served.len(), "what is there is served");
    // A module has to wait as well.
    home.add_version("like-count", "0.2.0");
    disk.empty();
    append(&home, &host, after);
    host.wait("like-count");
    assert_eq!(host.documents("like-count").len(), data.users.len());
    wait_for("the other version", || {
        let status = host.status();
        let found = status["projections"].as_array()?.iter().find(|of| of["version"] == "0.2.0")?.clone();
        (found["phase"] == "caught_up").then_some(())
    });
    assert!(host.ask(&["verify", "like-count"]).contains("matches the log"));
    assert!(host.stop().success());
}
