//! Goal: a candidate that misbehaves halts at the configured limits, its gate stays shut, and the live version is not affected.
//! Method: versions of a real reducer with quirks, alongside the live one, under appends whose answers are read back.

use foldline_tests::client::{Appending, Client};
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::quirks::{Quirk, TRAPS_AT, like_count};
use serde_json::Value;

const NAME: &str = "like-count";

/// So many likes keep a slow version busy for a minute, so that it never catches up during a test, even a slow one.
const LIKES_FOR_A_MINUTE: u64 = 60_000;

/// Starts a host with `like-count@0.1.0` live, which has folded the thousandth like, and a client that keeps appending.
fn start(configuration: &str) -> (Home, Host, Appending) {
    start_with_likes(TRAPS_AT + 2_000, configuration)
}

fn start_with_likes(likes: u64, configuration: &str) -> (Home, Host, Appending) {
    let home = Home::new(configuration).with_module(NAME);
    let host = home.start();
    let mut client = Client::new(2);
    client.append(&host.url, likes);
    client.check(&host);
    let appending = client.keep_appending(&host);
    (home, host, appending)
}

fn drop_in(home: &Home, quirk: Quirk, version: &str) {
    home.drop_file(&format!("{NAME}@{version}.wasm"), like_count(quirk, version));
}

fn version(host: &Host, version: &str) -> Option<Value> {
    let status = host.status();
    let versions = status["projections"].as_array().expect("versions");
    versions.iter().find(|of| of["version"] == version).cloned()
}

/// Asserts that a version has halted for a reason, and cannot be promoted.
#[track_caller]
fn halts(host: &Host, of: &str, reason: &str) {
    let halted = host.await_phase(NAME, of, "halted");
    assert!(halted["reason"].as_str().is_some_and(|text| text.contains(reason)), "{halted}");
    let output = host.run(&["promote", &format!("{NAME}@{of}")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("has halted"), "{stderr}");
}

#[test]
fn the_gate_holds_for_candidates_that_halt_and_opens_for_one_that_does_not() {
    let (home, host, appending) =
        start("[projections]\npromote = \"when-caught-up\"\n\n[limits]\ndead_letters_max = 0\n");
    drop_in(&home, Quirk::TrapsOnce, "0.2.0");
    halts(&host, "0.2.0", "the thousandth like");
    appending.goes_on();
    drop_in(&home, Quirk::RefusesHalf, "0.3.0");
    halts(&host, "0.3.0", "an odd like");
    appending.goes_on();
    assert_eq!(host.await_phase(NAME, "0.1.0", "live")["dead_letters"], 0);
    // The fix needs only a higher version.
    drop_in(&home, Quirk::Same, "0.4.0");
    assert_eq!(host.await_phase(NAME, "0.4.0", "live")["dead_letters"], 0);
    appending.goes_on();
    appending.stop().check(&host);
}

#[test]
fn a_trap_is_one_dead_letter_and_half_of_the_records_are_too_many() {
    let (home, host, appending) = start("");
    drop_in(&home, Quirk::TrapsOnce, "0.2.0");
    assert_eq!(host.await_phase(NAME, "0.2.0", "caught_up")["dead_letters"], 1);
    appending.goes_on();
    // A dependence on the number of likes that an instance has seen does not show, because calls are repeated in fresh instances.
    drop_in(&home, Quirk::TrapsByCount, "0.3.0");
    assert_eq!(host.await_phase(NAME, "0.3.0", "caught_up")["dead_letters"], 0);
    appending.goes_on();
    drop_in(&home, Quirk::RefusesHalf, "0.4.0");
    halts(&host, "0.4.0", "more than 100 of the 1000 records");
    appending.goes_on();
    assert_eq!(host.await_phase(NAME, "0.1.0", "live")["dead_letters"], 0);
    host.ask(&["discard", "like-count@0.4.0"]);
    appending.stop().check(&host);
}

#[test]
fn one_that_is_too_slow_is_shown_replaying_and_can_be_given_up_or_replaced() {
    let (home, host, appending) =
        start_with_likes(LIKES_FOR_A_MINUTE, "[projections]\npromote = \"when-caught-up\"\n");
    let replays = |of: &str| {
        let version =
            wait_for("its pace", || version(&host, of).filter(|version| version["records_per_s"].is_u64()));
        assert_eq!(version["phase"], "replaying", "{version}");
        appending.goes_on();
    };
    drop_in(&home, Quirk::Slow, "0.2.0");
    replays("0.2.0");
    host.ask(&["discard", "like-count@0.2.0"]);
    assert!(version(&host, "0.2.0").is_none());
    wait_for("its folder to go", || (home.versions() == 1).then_some(()));
    appending.goes_on();

    drop_in(&home, Quirk::Slow, "0.3.0");
    replays("0.3.0");
    drop_in(&home, Quirk::Same, "0.4.0");
    host.await_phase(NAME, "0.4.0", "live");
    assert!(version(&host, "0.3.0").is_none());
    appending.goes_on();
    wait_for("the folder of the slow one to go", || (home.versions() == 2).then_some(()));

    // A host with a slow candidate still stops.
    drop_in(&home, Quirk::Slow, "0.5.0");
    wait_for("its pace", || version(&host, "0.5.0").filter(|version| version["records_per_s"].is_u64()));
    appending.stop().check(&host);
    assert!(host.stop().success());
}
