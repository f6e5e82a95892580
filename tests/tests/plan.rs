//! Goal: a plan says what a module would do, and changes nothing.
//! Method: a real host plans one reducer under several versions, before and after it is live; then the same file is dropped.

use foldline_tests::host::{Home, Host, module, renumbered, wait_for};
use foldline_tests::likes::likes;
use serde_json::Value;

const NAME: &str = "like-count";
/// More events than a host needs to measure the speed of replays.
const EVENTS: u64 = 20_000;

fn append(home: &Home, host: &Host) {
    let file = home.write("likes.ndjson", likes(EVENTS, 40, 900, 1).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// Returns a plan, with the exit code.
fn plan(host: &Host, file: &std::path::Path) -> (Option<i32>, Value) {
    let output = host.run(&["plan", file.to_str().expect("a text"), "-o", "json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let plan = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code(), plan)
}

fn text<'a>(plan: &'a Value, field: &str) -> &'a str {
    plan[field].as_str().unwrap_or_default()
}

/// Returns everything that a host stores of modules.
fn kept(home: &Home) -> Vec<String> {
    let files = ["data/modules", "data/cache", "data/versions"].into_iter().flat_map(|folder| {
        std::fs::read_dir(home.path(folder))
            .into_iter()
            .flatten()
            .map(move |entry| format!("{folder}/{}", entry.expect("readable").file_name().to_string_lossy()))
    });
    let mut files: Vec<String> = files.collect();
    files.sort();
    files
}

fn verdict(host: &Host, file: &str) -> Option<Value> {
    let modules: Value = serde_json::from_str(&host.ask(&["modules", "-o", "json"])).expect("JSON");
    modules["modules"].as_array()?.iter().find(|of| of["file"] == file).cloned()
}

#[test]
fn a_plan_says_what_a_first_version_reads_and_leaves_nothing_behind() {
    let home = Home::new("[log.embedded]\npartitions = 2");
    let host = home.start();
    let kept_before = kept(&home);
    let (code, before) = plan(&host, &module(NAME));
    assert_eq!((code, text(&before, "outcome")), (Some(0), "replays"), "{before}");
    assert_eq!(before["module"]["inputs"][0]["exists"], false, "{before}");
    append(&home, &host);

    let (code, plan) = plan(&host, &module(NAME));
    assert_eq!((code, text(&plan, "outcome")), (Some(0), "replays"), "{plan}");
    assert!(text(&plan, "message").ends_with("it is served as soon as it has caught up"), "{plan}");
    let planned = &plan["module"];
    assert_eq!((&planned["name"], &planned["version"]), (&NAME.into(), &"0.1.0".into()), "{plan}");
    let input = &planned["inputs"][0];
    assert_eq!((&input["topic"], &input["name"]), (&"likes".into(), &"likes".into()), "{plan}");
    assert_eq!((&input["complete"], &input["records"]), (&true.into(), &EVENTS.into()), "{plan}");
    assert_eq!(input["partitions"].as_array().expect("partitions").len(), 2);
    assert_eq!(planned["records"], EVENTS);
    assert!(planned["bytes"].as_u64().expect("bytes") > EVENTS, "{plan}");
    assert!(planned["tables"][0].as_str().is_some_and(|table| table.contains(" by text: ")), "{plan}");
    assert!(planned.get("replay_ms").is_none() && planned.get("disk_bytes").is_none(), "{plan}");
    assert_eq!(kept(&home), kept_before);
    assert_eq!(host.status()["projections"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_plan_alongside_a_live_version_says_what_would_become_of_each_file() {
    let home = Home::default();
    let host = home.start();
    append(&home, &host);
    home.add_module(NAME);
    host.wait(NAME);
    let kept_before = kept(&home);
    let write = |version: &str, bytes: &[u8]| home.write(&format!("{NAME}@{version}.wasm"), bytes);

    let (code, known) = plan(&host, &module(NAME));
    assert_eq!((code, text(&known, "outcome")), (Some(1), "known"), "{known}");
    assert!(text(&known, "message").contains("is live"), "{known}");

    // A custom section without meaning makes other bytes of the same version.
    let mut other = std::fs::read(module(NAME)).expect("a module");
    other.extend([0, 2, 1, b'x']);
    let (code, conflict) = plan(&host, &write("0.1.0", &other));
    assert_eq!((code, text(&conflict, "code")), (Some(1), "conflict"), "{conflict}");
    assert!(text(&conflict, "hint").contains("raise the version"), "{conflict}");

    let (code, lower) = plan(&host, &write("0.0.9", &renumbered(NAME, "0.0.9")));
    assert_eq!((code, text(&lower, "outcome")), (Some(1), "registered"), "{lower}");
    assert!(text(&lower, "message").ends_with("like-count@0.1.0 is higher"), "{lower}");

    let misnamed = home.write("other@0.2.0.wasm", renumbered(NAME, "0.2.0"));
    let (code, misnamed) = plan(&host, &misnamed);
    assert_eq!((code, text(&misnamed, "code")), (Some(1), "wrong_name"), "{misnamed}");

    let (code, junk) = plan(&host, &write("0.3.0", b"junk"));
    assert_eq!((code, text(&junk, "code")), (Some(1), "invalid_module"), "{junk}");
    assert!(junk.get("module").is_none(), "{junk}");

    let file = write("0.2.0", &renumbered(NAME, "0.2.0"));
    let (code, higher) = plan(&host, &file);
    assert_eq!((code, text(&higher, "outcome")), (Some(0), "replays"), "{higher}");
    assert!(text(&higher, "message").contains("alongside like-count@0.1.0, which keeps running"), "{higher}");
    assert!(text(&higher, "message").contains("`foldline promote like-count@0.2.0`"), "{higher}");
    let planned = &higher["module"];
    assert_eq!(planned["live"], "0.1.0");
    let rate = planned["records_per_s"].as_u64().expect("a rate");
    assert_eq!(planned["measured_by"], "like-count@0.1.0");
    assert_eq!(planned["replay_ms"], (EVENTS * 1_000).div_ceil(rate));
    assert!(planned["disk_bytes"].as_u64().expect("a size") > 0, "{higher}");

    // Planning left nothing behind, and the file does what was planned.
    assert_eq!(kept(&home), kept_before);
    assert_eq!(host.status()["projections"].as_array().map(Vec::len), Some(1));
    home.add_version(NAME, "0.2.0");
    wait_for("its verdict", || {
        (verdict(&host, "like-count@0.2.0.wasm")?["verdict"] == "accepted").then_some(())
    });
    host.ask(&["wait", NAME, "--version", "0.2.0", "--timeout", "120s"]);
    let said = host.run(&["plan", file.to_str().expect("a text")]);
    assert_eq!(said.status.code(), Some(1));
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.starts_with("like-count@0.2.0 is registered with these bytes, and is a candidate\n"),
        "{said}"
    );
    assert!(said.contains("to read: 20000 records, "), "{said}");
}

#[test]
fn a_module_longer_than_may_be_dropped_is_not_planned() {
    let home = Home::new("[limits]\nmodule_bytes_max = \"1MiB\"");
    let host = home.start();
    let file = home.write("large@1.0.0.wasm", vec![0; (1 << 20) + 1]);
    let output = host.run(&["plan", file.to_str().expect("a text")]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("limits.module_bytes_max"), "{output:?}");
}
