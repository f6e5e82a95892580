//! Goal: bad input gets a clear answer that names thing, value, place and next step; nothing else stops.
//! Method: real hosts get bad records, bad folders, bad ports and bad configuration.

use std::process::Command;

use foldline_tests::host::{Home, foldline, module, wait_for};
use serde_json::Value;

#[test]
fn bad_records_become_dead_letters_and_good_ones_pass() {
    let home = Home::new("[log.embedded]\npartitions = 1\n\n[limits]\nrecord_bytes_max = \"16MiB\"\n")
        .with_module("like-count");
    let host = home.start();
    let mut lines: Vec<Vec<u8>> = vec![
        br#"{"user_id":"u1","post_id":"p1","timestamp":1}"#.to_vec(),
        b"not json".to_vec(),
        br#"{"user_id":"u1","timestamp":1}"#.to_vec(),
        br#"{"user_id":5,"post_id":"p1","timestamp":1}"#.to_vec(),
        b"{\"user_id\":\"\xff\",\"post_id\":\"p1\",\"timestamp\":1}".to_vec(),
        br#"{"user_id":"u2","post_id":"p1","timestamp":2}"#.to_vec(),
    ];
    let long = format!(r#"{{"user_id":"u3","post_id":"p1","timestamp":3,"x":"{}"}}"#, "x".repeat(10 << 20));
    lines.push(long.into_bytes());
    let file = home.write("likes.ndjson", lines.join(&b'\n'));
    host.ask(&["append", "likes", file.to_str().expect("a text")]);
    let empty = home.write("empty.jsonl", "{\"topic\":\"likes\",\"value_base64\":\"\"}\n");
    host.ask(&["append", empty.to_str().expect("a text")]);
    host.wait("like-count");

    let answer = host.ask(&["query", "like-count", "p1"]);
    let document: Value = serde_json::from_str(&answer).expect("a document");
    assert_eq!(document["document"]["count"], 3);
    let letters: Vec<Value> = host
        .ask(&["dead-letters", "like-count"])
        .lines()
        .map(|line| serde_json::from_str(line).expect("a dead letter"))
        .collect();
    let expected = [
        (1, "invalid JSON"),
        (2, "missing field `post_id`"),
        (3, "field `user_id`: expected a text"),
        (4, "invalid UTF-8"),
        (7, "empty value"),
    ];
    assert_eq!(letters.len(), expected.len(), "{letters:?}");
    for (letter, (offset, reason)) in letters.iter().zip(expected) {
        assert_eq!(letter["projection"], "like-count");
        assert_eq!(letter["topic"], "likes");
        assert_eq!(letter["partition"], 0);
        assert_eq!(letter["offset"], offset, "{letter}");
        assert!(letter["reason"].as_str().is_some_and(|text| text.contains(reason)), "{letter}");
    }
    assert_eq!(host.status()["projections"][0]["dead_letters"], expected.len());
    // Dead letters are part of the state: a restart neither loses nor repeats them.
    assert!(host.stop().success());
    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.ask(&["dead-letters"]).lines().count(), expected.len());
}

#[test]
fn a_record_over_the_limit_is_refused_by_append_with_its_line() {
    let home = Home::default();
    let host = home.start();
    let file = home.write("likes.ndjson", format!("short\n{}\n", "x".repeat(10 << 20)));
    let output = host.run(&["append", "likes", file.to_str().expect("a text")]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("10485760") || text.contains("10 MiB"), "{text}");
    assert!(text.contains('2'), "{text}");
}

#[test]
fn a_bad_line_ends_an_append_with_its_number() {
    let home = Home::default();
    let host = home.start();
    let file = home.write("records.jsonl", "{\"topic\":\"likes\",\"value\":{}}\n{\"topic\":\n");
    let output = host.run(&["append", file.to_str().expect("a text")]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2"), "{output:?}");
}

#[test]
fn everything_strange_in_the_modules_folder_has_a_verdict_and_the_host_goes_on() {
    let home = Home::new("[limits]\nmodule_bytes_max = \"1MiB\"");
    let host = home.start();
    let folder = home.path("modules");
    let good = std::fs::read(module("like-count")).expect("a module");
    std::fs::write(folder.join("junk@1.0.0.wasm"), b"junk").expect("written");
    std::fs::write(folder.join("empty@1.0.0.wasm"), b"").expect("written");
    std::fs::write(folder.join("half@1.0.0.wasm"), &good[..good.len() / 2]).expect("written");
    std::fs::write(folder.join("other@1.0.0.wasm"), &good).expect("written");
    std::fs::write(folder.join("notes.txt"), b"hello").expect("written");
    std::fs::write(folder.join("copied@1.0.0.wasm.part"), b"hal").expect("written");
    std::fs::write(folder.join("large@1.0.0.wasm"), vec![0; (1 << 20) + 1]).expect("written");
    std::fs::create_dir(folder.join("folder@1.0.0.wasm")).expect("made");
    std::os::unix::fs::symlink(module("like-count"), folder.join("link@1.0.0.wasm")).expect("linked");
    assert!(Command::new("mkfifo").arg(folder.join("fifo@1.0.0.wasm")).status().expect("mkfifo").success());
    home.add_module("like-count");

    let expected = [
        ("junk@1.0.0.wasm", "rejected", "invalid_module", ""),
        ("empty@1.0.0.wasm", "rejected", "invalid_module", "empty"),
        ("half@1.0.0.wasm", "rejected", "invalid_module", ""),
        ("large@1.0.0.wasm", "rejected", "too_large", "limits.module_bytes_max"),
        ("other@1.0.0.wasm", "rejected", "wrong_name", "like-count"),
        ("notes.txt", "ignored", "ignored_extension", "NAME@VERSION.wasm"),
        ("copied@1.0.0.wasm.part", "ignored", "ignored_temporary", "rename it"),
        ("folder@1.0.0.wasm", "rejected", "not_regular", "folder"),
        ("link@1.0.0.wasm", "rejected", "not_regular", "link"),
        ("fifo@1.0.0.wasm", "rejected", "not_regular", "FIFO"),
        ("like-count@0.1.0.wasm", "accepted", "", ""),
    ];
    let modules = wait_for("a verdict on every file", || {
        let (_, body) = host.get("/api/v1/modules");
        let answer: Value = serde_json::from_str(&body).expect("verdicts are JSON");
        let modules = answer["modules"].as_array().expect("a list").clone();
        let is_judged = |report: &&Value| report["verdict"] != "waiting";
        (modules.iter().filter(is_judged).count() == expected.len()).then_some(modules)
    });
    for (file, verdict, code, reason) in expected {
        let report = modules.iter().find(|report| report["file"] == file).expect("a report");
        assert_eq!(report["verdict"], verdict, "{report}");
        assert_eq!(report["code"].as_str().unwrap_or_default(), code, "{report}");
        if !code.is_empty() {
            assert!(report["reason"].as_str().is_some_and(|text| text.contains(reason)), "{report}");
        }
    }
    host.wait("like-count");
    assert_eq!(host.get("/livez").0, 200);
    assert_eq!(host.get("/readyz").0, 200);
}

#[test]
fn a_second_host_on_the_data_folder_is_refused_by_name() {
    let home = Home::default();
    let _first = home.start();
    let mut second = home.spawn("127.0.0.1:0");
    assert_eq!(second.await_end().code(), Some(3));
    let log = second.log();
    assert!(log.contains("in use by another host (process"), "{log}");
    assert!(log.contains("--data"), "{log}");
}

#[test]
fn a_taken_port_is_named_with_the_next_step() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let home = Home::default();
    let mut host = home.spawn(&address);
    assert!(!host.await_end().success());
    let log = host.log();
    assert!(log.contains(&address) && log.contains("--listen"), "{log}");
}

#[test]
fn an_unknown_configuration_key_is_named_with_its_place_and_the_nearest() {
    let home = Home::new("listn = \"127.0.0.1:1\"\n");
    let mut host = home.spawn("127.0.0.1:0");
    assert_eq!(host.await_end().code(), Some(3));
    let log = host.log();
    assert!(log.contains("foldline.toml:1:1") && log.contains("listn") && log.contains("`listen`"), "{log}");
}

#[test]
fn an_unreachable_broker_is_named() {
    let home = Home::new("[log.kafka]\nbrokers = \"127.0.0.1:1\"\n");
    let mut host = home.spawn("127.0.0.1:0");
    assert_eq!(host.await_end().code(), Some(4));
    assert!(host.log().contains("127.0.0.1:1"), "{}", host.log());
}

#[test]
fn a_command_without_a_host_says_how_to_start_one() {
    let output = Command::new(foldline())
        .args(["status", "--host", "http://127.0.0.1:1"])
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("http://127.0.0.1:1") && text.contains("foldline run"), "{text}");
}
