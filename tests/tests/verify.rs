//! Goal: a state can be checked at any time, in the background; for a wrong state, the first differing key is reported.
//! Method: a real host is asked while a client appends; a state is tampered with behind the host's back, including checksums.

use foldline_state::{Cut, CutRow, StateStore};
use foldline_tests::host::Home;
use foldline_tests::likes::likes;
use serde_json::Value;

#[test]
fn fingerprint_and_verify_answer_while_appends_go_on() {
    let home = Home::new("[checkpoint]\nevery = \"100ms\"\n").with_module("like-count");
    let host = home.start();
    let data = likes(400_000, 5_000, 50_000, 21);
    let file = home.write("likes.ndjson", &data.lines);
    // Its module may take longer to compile than the appends take.
    foldline_tests::host::wait_for("the projection", || {
        let status = host.status();
        (status["projections"][0]["phase"] == "live").then_some(())
    });
    let mut client = host.spawn(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    let mut meanwhile = 0;
    while client.try_wait().expect("the client can be looked after").is_none() {
        let fingerprint = host.ask(&["fingerprint", "like-count"]);
        let verified = host.ask(&["verify", "like-count"]);
        assert!(verified.contains("matches the log"), "{verified}");
        assert_eq!(fingerprint.split_whitespace().count(), 2, "{fingerprint}");
        meanwhile += 1;
    }
    assert!(meanwhile > 0, "the appends were done before anything was asked");
    host.wait("like-count");
    let fingerprint = host.ask(&["fingerprint", "like-count"]);
    let verified: Value =
        serde_json::from_str(&host.ask(&["verify", "like-count", "-o", "json"])).expect("an answer");
    let expected = format!(
        "{} {}\n",
        verified["fingerprint"].as_str().expect("a hash"),
        verified["position"].as_str().expect("a position")
    );
    assert_eq!(fingerprint, expected);
    assert_eq!(verified["rows"], data.users.len());
    assert_eq!(host.status()["projections"][0]["events"], data.events);
}

#[test]
fn a_row_that_was_tampered_with_is_named() {
    let home = Home::default().with_module("like-count");
    let data = likes(20_000, 200, 3_000, 22);
    let file = home.write("likes.ndjson", &data.lines);
    let host = home.start();
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    host.ask(&["verify", "like-count"]);
    let digest = host.status()["projections"][0]["digest"].as_str().expect("a digest").to_owned();
    assert!(host.stop().success());

    // Two posts get the row of a third one, in a valid checkpoint.
    let (store, checkpointed) =
        StateStore::open(&home.version().join("state"), &digest, 1 << 20).expect("a store");
    let scan = store.scan().expect("readable").expect("a checkpoint");
    let rows: Vec<_> = scan.rows(None).map(|row| row.expect("a row")).collect();
    let row = |key: &str| rows.iter().find(|row| row.key() == key.as_bytes()).expect("a row").row().to_vec();
    let tampered = |key: &str| CutRow { table: 0, key: key.into(), row: Some(row("p0")) };
    let mut cut = Cut {
        checkpointed: checkpointed.expect("a checkpoint"),
        row_count: scan.row_count(),
        rows: vec![tampered("p57"), tampered("p33")],
        ..Cut::default()
    };
    store.commit(&mut cut).expect("committed");
    drop((scan, store));

    let host = home.start();
    host.wait("like-count");
    let output = host.run(&["verify", "like-count"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("a text");
    assert!(text.contains("first at key `p33` of table likes"), "{text}");
    let count = |part: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(part)).expect("a line");
        let row: Value = serde_json::from_str(line.trim()).expect("results");
        row["users"].as_u64().expect("a count")
    };
    assert!(count("state:") > 2 * count("log:"), "{text}");
    // The log is authoritative: without its state the version is right again.
    assert!(host.stop().success());
    std::fs::remove_dir_all(home.version().join("state")).expect("deleted");
    let host = home.start();
    host.wait("like-count");
    host.ask(&["verify", "like-count"]);
}
