//! Goal: everything between two decisions is derived, so a host resumes after a crash at any point.
//! Method: a data folder as a crash would leave it, made by removing a decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::parameters::Values;
use foldline_lifecycle::decisions::{Decision, Decisions, TOPIC};
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_tests::host::Home;
use foldline_tests::likes::likes;

#[test]
fn a_version_that_was_loaded_but_not_decided_goes_live_after_the_crash() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let data = likes(5_000, 50, 1_000, 8);
    let file = home.write("likes.ndjson", &data.lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    let expected = host.documents("like-count");
    let digest = host.status()["projections"][0]["digest"].as_str().expect("a digest").to_owned();
    assert!(host.stop().success());

    // As after a crash between the first flush and the decision: registered, loaded, not live.
    std::fs::remove_dir_all(home.path("data/log").join(TOPIC)).expect("decisions deleted");
    let options = EmbeddedOptions {
        partitions: 4,
        partitions_of: BTreeMap::new(),
        record_bytes_max: 1 << 20,
        clock: Arc::new(|| 0),
    };
    let log = Arc::new(EmbeddedLog::open(&home.path("data/log"), options).expect("the log opens"));
    let (decisions, known) =
        Decisions::open(Arc::clone(&log), Arc::default(), &home.path("data")).expect("decisions open");
    assert_eq!(known, []);
    let version = "0.1.0".parse().expect("a version");
    let digest = digest.parse().expect("a digest");
    let values = Values::default();
    let registered = Decision::Registered { name: "like-count".to_owned(), version, digest, values };
    decisions.record(&registered).expect("recorded");
    drop((decisions, log));

    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), expected);
    assert_eq!(host.status()["projections"][0]["phase"], "live");
}

#[test]
fn a_data_folder_whose_log_is_gone_is_refused() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let file = home.write("likes.ndjson", likes(100, 5, 50, 9).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    assert!(host.stop().success());
    std::fs::remove_dir_all(home.path("data/log")).expect("the log deleted");
    let mut host = home.spawn("127.0.0.1:0");
    assert_eq!(host.await_end().code(), Some(4));
    let log = host.log();
    assert!(log.contains("its log is gone") && log.contains("data/versions"), "{log}");
}
