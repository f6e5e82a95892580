//! Goal: a process without file descriptors waits for them. Appends are refused, nothing healthy is given up, and everything
//! continues by itself once descriptors are available again.
//! Method: a real host whose limit is set to its open descriptors plus a few; its clients are already connected.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use foldline_tests::host::{Home, Host, foldline, wait_for};
use foldline_tests::http::{self, Http};
use foldline_tests::likes::likes;

/// Sets a running host's limit of file descriptors.
fn limit(host: &Host, descriptors: u64) {
    let pid = host.id().to_string();
    let limit = format!("--nofile={descriptors}:");
    assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().expect("prlimit runs").success());
}

/// Leaves a host this many free descriptors.
fn leave(host: &Host, free: usize) {
    let open = std::fs::read_dir(format!("/proc/{}/fd", host.id())).expect("open files");
    let mut open: Vec<u64> = open
        .map(|file| file.expect("a file").file_name().to_str().expect("a number").parse().expect("a number"))
        .collect();
    open.sort_unstable();
    // The lowest unused numbers are assigned first.
    let unused =
        (0..).filter(|number| open.binary_search(number).is_err()).nth(free).expect("there are more");
    limit(host, unused);
}

#[test]
fn a_host_that_may_open_too_few_files_says_so_instead_of_starting() {
    let home = Home::default();
    let run = r#"ulimit -n 32 && exec "$0" run --listen 127.0.0.1:0 --data data --modules modules"#;
    let mut command = Command::new("sh");
    let output =
        command.args(["-c", run]).arg(foldline()).current_dir(home.path("")).output().expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("the limit of open files is 32, and a host needs at least 256"), "{said}");
    assert!(!home.path("data").exists(), "nothing was begun");
}

#[test]
fn a_host_without_descriptors_goes_on_by_itself_and_gives_nothing_up() {
    let home = Home::new("[checkpoint]\nevery = \"50ms\"\n").with_module("like-count");
    let host = home.start();
    let data = likes(2_000, 200, 500, 31);
    let file = home.write("likes.ndjson", &data.lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    let documents = host.documents("like-count");
    let path = home.version().join("documents.sqlite");
    let file_before = std::fs::metadata(&path).expect("documents").ino();

    // One connection that stays open.
    let http = Http::default();
    let append = |topic: &str| {
        let answer =
            http.post(&http::records(&host.url, topic), http::VALUES, "x\n").expect("the host answers");
        (answer.status, answer.body)
    };
    assert_eq!(append("first").0, 200);
    for free in 0..6 {
        leave(&host, free);
        let topic = format!("with-{free}");
        let (status, said) = append(&topic);
        assert!(status == 200 || said.contains("Too many open files"), "{free} more: {status} {said}");
        limit(&host, 1_024);
        for topic in [&topic, "first"] {
            let (status, said) = append(topic);
            assert_eq!(status, 200, "{free} more, `{topic}`: {said}");
        }
    }
    leave(&host, 0);
    wait_for("the documents to be looked at", || {
        let status = http.get(&format!("{}/api/v1/status", host.url)).expect("the host answers");
        status.body.contains("documents.sqlite").then_some(())
    });
    limit(&host, 1_024);
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), documents);
    assert!(!host.log().contains("projected again"), "{}", host.log());
    assert_eq!(std::fs::metadata(&path).expect("documents").ino(), file_before, "the file is the same");
    assert!(host.ask(&["verify", "like-count"]).contains("matches the log"));
    assert!(host.stop().success());
}
