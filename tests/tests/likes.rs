//! Goal: a topic becomes a projection, and crashes leave no trace in it.
//! Method: a real host on real data; the exact answers come from sets that share no code with it.

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::likes::{Likes, likes};
use serde_json::Value;

fn append(home: &Home, host: &Host, lines: &str) {
    let file = home.write("likes.ndjson", lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// Asserts that every post is shown, with an estimate within max(2, 4 sigma) of the exact count.
fn assert_close(documents: &[String], data: &Likes) {
    assert_eq!(documents.len(), data.users.len());
    for line in documents {
        let document: Value = serde_json::from_str(line).expect("a document");
        let post = document["id"].as_str().expect("an id");
        let count = document["document"]["count"].as_u64().expect("a count");
        let exact = data.users[post];
        let allowed = (4.0 * 1.04 / 128.0 * exact as f64).max(2.0);
        assert!((count as f64 - exact as f64).abs() <= allowed, "{post}: {count} shown, {exact} exact");
        assert_eq!(document["document"]["post_id"], post);
    }
}

#[test]
fn likes_become_counts_close_to_the_exact_ones() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let data = likes(50_000, 500, 20_000, 1);
    append(&home, &host, &data.lines);
    host.wait("like-count");
    assert_close(&host.documents("like-count"), &data);
    let version = &host.status()["projections"][0];
    assert_eq!(version["events"], data.events);
    assert_eq!(version["phase"], "live");
    assert_eq!(version["documents"], data.users.len());
}

#[test]
fn a_stopped_host_resumes_where_it_was() {
    let home = Home::default().with_module("like-count");
    let data = likes(20_000, 300, 5_000, 2);
    let (first, second) = data.lines.split_at(data.lines.len() / 2);
    let cut = first.rfind('\n').expect("lines") + 1;
    let host = home.start();
    append(&home, &host, &first[..cut]);
    host.wait("like-count");
    let before = host.ask(&["fingerprint", "like-count"]);
    assert!(host.stop().success());
    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.ask(&["fingerprint", "like-count"]), before);
    append(&home, &host, &format!("{}{second}", &first[cut..]));
    host.wait("like-count");
    assert_close(&host.documents("like-count"), &data);
    assert_eq!(host.status()["projections"][0]["events"], data.events);
}

#[test]
fn killed_hosts_end_in_the_documents_of_an_undisturbed_one() {
    let configuration = "[checkpoint]\nevery = \"50ms\"\n";
    let data = likes(60_000, 400, 10_000, 3);
    let lines: Vec<&str> = data.lines.split_inclusive('\n').collect();

    let calm = Home::new(configuration).with_module("like-count");
    let host = calm.start();
    append(&calm, &host, &data.lines);
    host.wait("like-count");
    let (expected, fingerprint) = (host.documents("like-count"), host.ask(&["fingerprint", "like-count"]));
    assert!(host.stop().success());

    let home = Home::new(configuration).with_module("like-count");
    let mut host = home.start();
    for (kill, part) in lines.chunks(lines.len() / 6).enumerate() {
        append(&home, &host, &part.concat());
        // Every other kill comes while records are being folded, the others after some were shown.
        if kill % 2 == 0 {
            host.wait("like-count");
        }
        host.kill();
        host = home.start();
    }
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), expected);
    assert_eq!(host.ask(&["fingerprint", "like-count"]), fingerprint);
    assert_eq!(host.status()["projections"][0]["events"], data.events);
}

#[test]
fn a_host_killed_while_a_client_appends_keeps_whole_requests_and_loses_nothing() {
    let configuration = "[checkpoint]\nevery = \"50ms\"\n";
    let data = likes(300_000, 400, 50_000, 7);
    let lines: Vec<&str> = data.lines.split_inclusive('\n').collect();

    let calm = Home::new(configuration).with_module("like-count");
    let host = calm.start();
    append(&calm, &host, &data.lines);
    host.wait("like-count");
    let expected = host.documents("like-count");
    assert!(host.stop().success());

    let home = Home::new(configuration).with_module("like-count");
    let mut host = home.start();
    let mut done = 0;
    for kill in 1..=3 {
        let file = home.write("likes.ndjson", lines[done..].concat());
        let mut client = host.spawn(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        let enough = (lines.len() * kill / 5) as u64;
        wait_for("a part of the likes", || (host.appended("likes") >= enough).then_some(()));
        host.kill();
        client.wait().expect("the client ends");
        host = home.start();
        // A request is appended whole or not at all, and the client sends lines in order, so the log holds a prefix.
        done = host.appended("likes") as usize;
        assert!(done as u64 >= enough, "{done} of {enough} records are left");
    }
    append(&home, &host, &lines[done..].concat());
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), expected);
    assert_eq!(host.status()["projections"][0]["events"], data.events);
}

#[test]
fn lost_state_and_lost_documents_come_back_from_the_log() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let data = likes(10_000, 100, 2_000, 4);
    append(&home, &host, &data.lines);
    host.wait("like-count");
    let expected = host.documents("like-count");
    assert!(host.stop().success());
    for lost in ["state", "documents.sqlite"] {
        let path = home.version().join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).expect("state deleted");
        } else {
            std::fs::remove_file(&path).expect("documents deleted");
        }
        let host = home.start();
        host.wait("like-count");
        assert_eq!(host.documents("like-count"), expected, "after the loss of {lost}");
        assert_eq!(host.status()["projections"][0]["events"], data.events);
        assert!(host.stop().success());
    }
}

#[test]
fn a_read_with_the_token_of_an_append_shows_the_append() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    for user in 1..=20_u64 {
        let line = format!("{{\"user_id\":\"u{user}\",\"post_id\":\"p1\",\"timestamp\":1}}\n");
        let file = home.write("one.ndjson", line);
        let answer = host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        let token = answer.split_whitespace().last().expect("a token").to_owned();
        let path = format!("/api/v1/projections/like-count/documents/p1?at_least={token}&wait=60s");
        let (status, body) = host.get(&path);
        assert_eq!(status, 200, "{body}");
        let document: Value = serde_json::from_str(&body).expect("a document");
        assert_eq!(document["document"]["count"], user);
    }
}

#[test]
fn four_topics_become_one_document() {
    let home = Home::default().with_module("post-stats");
    let host = home.start();
    let records = home.write(
        "records.jsonl",
        concat!(
            r#"{"topic":"posts","key":"p1","value":{"post_id":"p1","author_id":"a","tribe_id":"t","title":"First","body":"","media":"","timestamp":1}}"#,
            "\n",
            r#"{"topic":"views","key":"p1","value":{"post_id":"p1","user_id":"u1","timestamp":2}}"#,
            "\n",
            r#"{"topic":"views","key":"p1","value":{"post_id":"p1","user_id":"u1","timestamp":3}}"#,
            "\n",
            r#"{"topic":"likes","key":"p1","value":{"post_id":"p1","user_id":"u1","timestamp":4}}"#,
            "\n",
            r#"{"topic":"likes","key":"p1","value":{"post_id":"p1","user_id":"u1","timestamp":5}}"#,
            "\n",
            r#"{"topic":"comments","key":"p1","value":{"comment_id":"c1","post_id":"p1","user_id":"u1","text":"hi","timestamp":6}}"#,
            "\n",
            r#"{"topic":"posts","key":"p1","value":{"post_id":"p1","author_id":"a","tribe_id":"t","title":"Second","body":"","media":"","timestamp":7}}"#,
            "\n",
        ),
    );
    host.ask(&["append", records.to_str().expect("a text")]);
    host.wait("post-stats");
    let answer = host.ask(&["query", "post-stats", "p1"]);
    let document: Value = serde_json::from_str(&answer).expect("a document");
    let expected = serde_json::json!({"post_id":"p1","title":"Second","views":2,"likes":1,"comments":1});
    assert_eq!(document["document"], expected);
}
