//! Goal: a decision gets a projection past records that halt it, without a restart, and is never forgotten.
//! Method: a host with a guest that traps on some records. Operators skip, take back and raise limits. What is served, verified
//! and replayed is that of the other records.

use foldline_lifecycle::{OperatorRequest, Skip};

use super::*;

/// Drops a guest's file under a version.
fn drop_version(world: &World, version: &str) {
    let mut guest = echo("strict", "timestamp");
    let Body::Answer(description) = &mut guest.describe else { panic!("described by an answer") };
    description["version"] = json!(version);
    std::fs::write(world.path().join(format!("modules/strict@{version}.wasm")), guest.build()).unwrap();
}

fn skip(from: u64, to: u64, undone: bool) -> OperatorRequest {
    let (topic, reason) = ("likes".to_owned(), "a bad deploy".to_owned());
    OperatorRequest::Skip(Skip { topic, partition: 0, from, to, relay: false, undone, reason, at_ms: 0 })
}

/// A hundred good records, two hundred that trap, and a hundred good ones.
fn append_poison(host: &Host) {
    let deed = |user: u64| if (100..300).contains(&user) { deeds::TRAP } else { 0 };
    let post = |user: u64| if user < 300 { "p1" } else { "p2" };
    host.append("likes", (0..400).map(|user| like(post(user), user, deed(user))).collect()).unwrap();
}

fn halted(host: &Host) -> String {
    wait_for("the stop", host, "strict", |status| status.phase == Phase::Halted).reason.unwrap()
}

fn verified(host: &Host) -> bool {
    let verified = host.verify("strict", &mut |_, _| true).unwrap();
    verified.difference.is_none()
}

#[test]
fn a_halted_projection_goes_on_without_the_records_that_stop_it_and_so_does_every_later_version() {
    let world = World::new(&[("strict", echo("strict", "timestamp"))]);
    let mut host = world.start();
    append_poison(&host);
    let reason = halted(&host);
    assert!(reason.contains("foldline skip strict likes 0 FROM TO"), "{reason}");
    let message = host.request("strict", skip(100, 300, false)).unwrap();
    assert!(message.contains("offsets 100 to 300"), "{message}");
    for start in 0..2 {
        let status = wait_shown(&host, "strict");
        assert_eq!((status.events, status.dead_letters), (200, 0), "start {start}");
        assert_eq!(ids(&host, "strict"), ["p1", "p2"]);
        assert!(verified(&host));
        assert_eq!(host.fingerprint("strict").unwrap().skipped, ["likes:0:100-300"]);
        assert_eq!(host.status().unwrap().skips[0].reason, "a bad deploy");
        host.stop();
        drop(host);
        host = world.start();
    }
    wait_shown(&host, "strict");
    drop_version(&world, "0.2.0");
    let deadline = Instant::now() + PATIENCE;
    let candidate = loop {
        let found = host.status().unwrap().projections.into_iter().find(|of| of.version == "0.2.0");
        if let Some(found) = found.filter(|found| found.phase != Phase::Replaying) {
            break found;
        }
        assert!(Instant::now() < deadline, "the next version does not catch up");
        std::thread::yield_now();
    };
    assert_eq!((candidate.phase, candidate.events, candidate.dead_letters), (Phase::CaughtUp, 200, 0));
    let error = host.request("strict", skip(100, 300, false)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Refused, "these records are skipped already"));
    host.stop();
}

#[test]
fn records_that_were_folded_are_skipped_by_a_replay_alongside_what_is_served_and_come_back_when_that_is_taken_back()
 {
    let world = World::new(&[("strict", echo("strict", "timestamp"))]);
    let host = world.start();
    host.append("likes", (0..300).map(|user| like(if user < 100 { "p1" } else { "p2" }, user, 0)).collect())
        .unwrap();
    wait_shown(&host, "strict");
    let before = host.fingerprint("strict").unwrap();
    for (undone, expected_events, expected_ids) in [(false, 100, &["p1"][..]), (true, 300, &["p1", "p2"])] {
        let message = host.request("strict", skip(100, 300, undone)).unwrap();
        assert!(message.contains("rebuilt") && message.contains("strict@0.1.0"), "{message}");
        assert!(!ids(&host, "strict").is_empty(), "what it showed is served meanwhile");
        let deadline = Instant::now() + PATIENCE;
        while ids(&host, "strict") != expected_ids {
            assert!(Instant::now() < deadline, "{:?}", status(&host, "strict"));
            std::thread::yield_now();
        }
        let status = wait_for("the replay", &host, "strict", |status| {
            status.events == expected_events && status.reason.is_none()
        });
        assert_eq!(status.phase, Phase::Live);
        assert!(verified(&host));
    }
    let after = host.fingerprint("strict").unwrap();
    assert_eq!((after.fingerprint, after.skipped), (before.fingerprint, Vec::<String>::new()));
    host.stop();
}

#[test]
fn a_higher_limit_counts_without_a_restart_and_only_where_it_is_set() {
    let world = World::new(&[("strict", echo("strict", "timestamp")), ("other", echo("other", "timestamp"))]);
    let file = world.path().join("foldline.toml");
    std::fs::write(&file, "").unwrap();
    let host = Host::start(Config { file: Some(file.clone()), ..world.config() }).unwrap();
    append_poison(&host);
    halted(&host);
    wait_for("the stop", &host, "other", |status| status.phase == Phase::Halted);
    std::fs::write(&file, "[projections.strict]\ndead_letters_max = 2").unwrap();
    let error = host.request("strict", OperatorRequest::Resume).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    halted(&host);
    std::fs::write(&file, "[projections.strict]\ndead_letters_max = 0.5").unwrap();
    for name in ["strict", "other"] {
        let message = host.request(name, OperatorRequest::Resume).unwrap();
        assert!(message.contains(&format!("resumed: {name}@0.1.0")), "{message}");
    }
    let status = wait_shown(&host, "strict");
    assert_eq!((status.events, status.dead_letters), (200, 200));
    wait_for("the stop", &host, "other", |status| status.phase == Phase::Halted);
    assert!(
        host.request("strict", OperatorRequest::Resume).unwrap().contains("nothing of `strict` has halted")
    );
    host.stop();
}

#[test]
fn what_cannot_be_skipped_is_refused_with_the_reason() {
    let world = World::new(&[("strict", echo("strict", "timestamp"))]);
    let host = world.start();
    host.append("likes", (0..10).map(|user| like("p1", user, 0)).collect()).unwrap();
    wait_shown(&host, "strict");
    for (change, expected) in [
        (skip(5, 5, false), "offsets 5 to 5 contain no record"),
        (skip(5, 11, false), "partition 0 of topic `likes` ends at offset 10"),
        (skip(2, 4, true), "these records are not skipped anyway"),
    ] {
        let error = host.request("strict", change).unwrap_err();
        assert!(error.message().contains(expected), "{error}");
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
    let other = |topic: &str, partition| {
        let OperatorRequest::Skip(skip) = skip(1, 2, false) else { unreachable!() };
        OperatorRequest::Skip(Skip { topic: topic.to_owned(), partition, ..skip })
    };
    let error = host.request("strict", other("posts", 0)).unwrap_err();
    assert!(error.message().contains("no running version of `strict` reads topic `posts`"), "{error}");
    let error = host.request("strict", other("likes", 1)).unwrap_err();
    assert!(error.message().contains("topic `likes` has no partition 1"), "{error}");
    assert_eq!(host.request("nobody", skip(1, 2, false)).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(host.status().unwrap().skips.is_empty());
    host.stop();
}

#[test]
fn dead_letters_show_their_records_where_that_is_asked_for() {
    let world = World::new(&[("strict", echo("strict", "timestamp"))]);
    let host = world.start();
    host.append(
        "likes",
        (0..30).map(|user| like("p1", user, if user % 15 == 7 { deeds::TRAP } else { 0 })).collect(),
    )
    .unwrap();
    wait_shown(&host, "strict");
    let letters = host.dead_letters(Some("strict"), 10, None, true).unwrap().dead_letters;
    let users: Vec<_> =
        letters.iter().map(|letter| letter.record.clone().unwrap()["value"]["user_id"].clone()).collect();
    assert_eq!(users, ["u7", "u22"]);
    host.stop();
}
