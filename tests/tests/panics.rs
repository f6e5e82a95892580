//! Goal: a bug of ours ends only its own work, and is reported. Where other work would build on something half-done, it ends the
//! process, and the next start recovers.
//! Method: `FOLDLINE_PANIC_AT` makes a real host panic in one projection's work, alongside another projection.

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::likes::likes;

const HURT: &str = "post-stats";
const OTHER: &str = "like-count";

fn home() -> Home {
    Home::new("[checkpoint]\nevery = \"50ms\"\n").with_module(HURT).with_module(OTHER)
}

fn start(home: &Home, panic_at: &str) -> Host {
    let mut host = home.spawn_with("127.0.0.1:0", &[("FOLDLINE_PANIC_AT", panic_at)]);
    host.await_start();
    host
}

fn append(home: &Home, host: &Host, seed: u64) {
    let file = home.write("likes.ndjson", likes(2_000, 40, 90, seed).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// Waits until a projection has halted. Returns the reason.
fn await_halted(host: &Host, name: &str) -> String {
    host.await_phase(name, "0.1.0", "halted")["reason"].as_str().expect("a reason").to_owned()
}

#[test]
fn a_panic_in_the_work_of_one_projection_halts_it_alone_and_status_says_so() {
    for place in ["extract", "project"] {
        let home = home();
        let host = start(&home, &format!("{place}:{HURT}"));
        append(&home, &host, 1);
        let reason = await_halted(&host, HURT);
        assert!(reason.contains("foldline panicked at host/"), "{place}: {reason}");
        append(&home, &host, 2);
        host.wait(OTHER);
        let documents = host.documents(OTHER);
        assert!(host.stop().success(), "{place}: it stops in order");

        // Nothing was lost: without the bug it continues from its last checkpoint.
        let host = home.start();
        host.wait(HURT);
        assert_eq!(host.documents(OTHER), documents);
        assert!(host.ask(&["verify", HURT]).contains("matches the log"));
        assert!(host.stop().success());
    }
}

#[test]
fn a_panic_while_a_topic_is_decoded_halts_its_readers_and_not_the_host() {
    let home = home();
    let host = start(&home, "decode:likes");
    append(&home, &host, 1);
    for name in [HURT, OTHER] {
        assert!(await_halted(&host, name).contains("foldline panicked"));
    }
    assert_eq!(host.get("/livez").0, 200);
    assert!(host.stop().success());
}

#[test]
fn a_panic_in_a_comparison_is_an_answer() {
    let home = home();
    let host = start(&home, &format!("compare:{OTHER}"));
    append(&home, &host, 1);
    host.wait(OTHER);
    home.add_version(OTHER, "0.2.0");
    let diff = || {
        let output = host.run(&["diff", OTHER]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.contains("foldline panicked").then_some(output.status.code())
    };
    assert_eq!(wait_for("the comparison", diff), Some(4));
    append(&home, &host, 2);
    host.wait(OTHER);
    assert!(host.stop().success());
}

#[test]
fn a_panic_while_a_module_is_judged_is_its_verdict() {
    let home = home();
    let host = start(&home, "judge:like-count@0.2.0.wasm");
    append(&home, &host, 1);
    home.add_version(OTHER, "0.2.0");
    wait_for("the verdict", || host.ask(&["modules"]).contains("foldline panicked").then_some(()));
    host.wait(OTHER);
    assert!(host.stop().success());
}

#[test]
fn a_panic_while_appending_deciding_or_committing_ends_the_process_and_the_next_start_recovers() {
    for place in ["append:likes", "decide:like-count", "commit:like-count"] {
        let home = home();
        let mut host = home.spawn_with("127.0.0.1:0", &[("FOLDLINE_PANIC_AT", place)]);
        if place != "decide:like-count" {
            host.await_start();
            let file = home.write("likes.ndjson", likes(2_000, 40, 90, 1).lines);
            // The host may end before it answers.
            host.run(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        }
        assert_eq!(host.await_end().code(), Some(101), "{place}:\n{}", host.log());
        let host = home.start();
        append(&home, &host, 2);
        host.wait(OTHER);
        assert!(host.ask(&["verify", OTHER]).contains("matches the log"), "{place}");
        assert!(host.stop().success());
    }
}
