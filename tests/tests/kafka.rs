//! Goal: what holds for the embedded log holds for Kafka: the same counts, the same documents after kills, the same demo.
//! Method: real hosts on a real broker.

use std::process::Command;
use std::time::Duration;

use foldline_tests::cargo::forget_this_test;
use foldline_tests::client::{Client, Watch};
use foldline_tests::host::{Home, Host, root, wait_for};
use foldline_tests::http;
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::likes::likes;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;

fn configuration(broker: &Broker, topic: &str) -> String {
    format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\npartitions = 4\ncreate = true\n\n\
         [checkpoint]\nevery = \"50ms\"\n",
        broker.address()
    )
}

#[test]
fn killed_hosts_on_kafka_end_in_the_documents_of_an_undisturbed_one() {
    let Some(broker) = Broker::shared() else { return };
    let configuration = configuration(broker, &unique_topic("likes"));
    let data = likes(40_000, 300, 10_000, 5);
    let lines: Vec<&str> = data.lines.split_inclusive('\n').collect();

    let home = Home::new(&configuration).with_module("like-count");
    let mut host = home.start();
    for (kill, part) in lines.chunks(lines.len() / 5).enumerate() {
        let file = home.write("likes.ndjson", part.concat());
        host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        if kill % 2 == 0 {
            host.wait("like-count");
        }
        host.kill();
        host = home.start();
    }
    host.wait("like-count");
    let (documents, fingerprint) = (host.documents("like-count"), host.ask(&["fingerprint", "like-count"]));
    assert_eq!(documents.len(), data.users.len());
    assert_eq!(host.status()["projections"][0]["events"], data.events);
    assert!(host.stop().success());

    // The undisturbed run: a new data folder over the same topic.
    let calm = Home::new(&configuration).with_module("like-count");
    let host = calm.start();
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), documents);
    assert_eq!(host.ask(&["fingerprint", "like-count"]), fingerprint);
    assert_eq!(host.status()["projections"][0]["events"], data.events);
}

#[test]
fn an_upgrade_and_a_rollback_while_records_are_produced_lose_nothing_and_show_nothing_older() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new(&configuration(broker, &unique_topic("likes"))).with_module("like-count");
    let host = home.start();
    let mut client = Client::new(6);
    client.append(&host.url, 20_000);
    client.check(&host);
    let appending = client.keep_appending(&host);
    home.add_version("like-count", "0.2.0");
    host.await_phase("like-count", "0.2.0", "caught_up");
    appending.goes_on();
    // Then as fast as the broker accepts it, so that neither version ever quite reaches the end.
    let (appending, watch) = (appending.stop().keep_appending_unread(&host), Watch::start(&host));
    host.ask(&["promote", "like-count@0.2.0"]);
    for live in ["0.2.0", "0.1.0", "0.2.0", "0.1.0", "0.2.0"] {
        host.await_phase("like-count", live, "live");
        appending.goes_on();
        host.ask(&["rollback", "like-count"]);
    }
    host.await_phase("like-count", "0.1.0", "live");
    assert_eq!(Vec::from_iter(watch.stop()), ["like-count@0.1.0", "like-count@0.2.0"]);
    let client = appending.stop();
    client.check(&host);
    host.ask(&["rollback", "like-count"]);
    client.check(&host);
    for version in host.status()["projections"].as_array().expect("versions") {
        assert_eq!(version["events"], client.likes());
    }
    // A restarted host continues with both.
    assert!(host.stop().success());
    client.check(&home.start());
}

#[test]
fn a_replaced_topic_halts_the_projection_and_says_so() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    let home = Home::new(&configuration(broker, &topic)).with_module("like-count");
    let host = home.start();
    let file = home.write("likes.ndjson", likes(1_000, 10, 100, 6).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    assert!(host.stop().success());
    broker.tool("topics", &["--delete", "--topic", &topic], "");
    let host = home.start();
    let reason = foldline_tests::host::wait_for("the halt", || {
        let status = host.status();
        let version = &status["projections"][0];
        (version["phase"] == "halted").then(|| version["reason"].as_str().expect("a reason").to_owned())
    });
    assert!(reason.contains("likes") && reason.contains("replaced"), "{reason}");
    // What it showed is still served.
    let path = "/api/v1/projections/like-count/documents?limit=100";
    foldline_tests::host::wait_for("the documents", || (host.get(path).0 == 200).then_some(()));
    assert_eq!(host.documents("like-count").len(), 10);
}

#[test]
fn a_module_that_would_replay_half_a_topic_is_refused_and_the_live_version_goes_on() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    let home = Home::new(&configuration(broker, &topic)).with_module("like-count");
    let host = home.start();
    let append = |seed| {
        let file = home.write("likes.ndjson", likes(1_000, 10, 100, seed).lines);
        host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        host.wait("like-count");
    };
    append(7);
    // Lower than the live one, so it is registered, to be replayed on request.
    home.add_version("like-count", "0.0.1");
    let report = |file: &str| {
        let modules: Value = serde_json::from_str(&host.ask(&["modules", "-o", "json"])).expect("JSON");
        modules["modules"].as_array().expect("modules").iter().find(|of| of["file"] == file).cloned()
    };
    wait_for("0.0.1 to be registered", || {
        report("like-count@0.0.1.wasm").filter(|of| of["verdict"] == "registered")
    });
    let end_offset: Value = serde_json::from_str(&host.get("/api/v1/topics/likes").1).expect("a topic");
    let partitions = end_offset["partitions"].as_array().expect("partitions");
    let of = partitions.iter().find(|of| of["end_offset"].as_u64() > Some(5)).expect("records");
    let removed = serde_json::json!([{"topic": topic, "partition": of["partition"], "offset": 5}]);
    let plan =
        home.write("removed.json", serde_json::json!({"partitions": removed, "version": 1}).to_string());
    broker.tool("delete-records", &["--offset-json-file", plan.to_str().expect("a text")], "");

    home.add_version("like-count", "0.2.0");
    home.add_module("post-stats");
    let expected = format!(
        "partition {} of topic `likes` (`{topic}` in the log) begins at offset 5, and a replay reads from offset 0",
        of["partition"]
    );
    for (file, keep) in [("like-count@0.2.0.wasm", true), ("post-stats@0.1.0.wasm", false)] {
        // The log may need a moment to answer; until then the module waits.
        let report = wait_for("its verdict", || report(file).filter(|of| of["verdict"] != "waiting"));
        assert_eq!(
            (&report["verdict"], &report["code"]),
            (&"rejected".into(), &"history_missing".into()),
            "{report}"
        );
        let reason = report["reason"].as_str().expect("a reason");
        assert!(reason.contains(&expected), "{reason}");
        assert_eq!(reason.contains("keep like-count@0.1.0"), keep, "{reason}");
    }
    let output = host.run(&["plan", home.path("modules/like-count@0.2.0.wasm").to_str().expect("a text")]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("would be rejected (history_missing): ") && said.contains(&expected), "{said}");
    assert!(said.contains("records are missing"), "{said}");
    let output = host.run(&["replay", "like-count@0.0.1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains(&expected), "{said}");

    // The live version continues folding, also from its position at the stop.
    append(8);
    assert!(host.stop().success());
    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.status()["projections"].as_array().expect("versions").len(), 1);
    assert_eq!(host.status()["projections"][0]["events"], 2_000);
    for command in [&["verify", "like-count"][..], &["trace", "like-count", "p1"]] {
        let output = host.run(command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && said.contains("begins at offset 5"),
            "{command:?}: {said}"
        );
        assert!(said.contains("what is served stays as it is"), "{said}");
    }
}

#[test]
fn a_compacted_topic_is_refused_unless_the_input_is_a_changelog() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    let home = Home::new(&configuration(broker, &topic));
    let compacted = ["--create", "--topic", &topic, "--config", "cleanup.policy=delete,compact"];
    broker.tool("topics", &compacted, "");
    let host = home.start();
    home.add_module("like-count");
    let report = wait_for("its verdict", || {
        let modules: Value = serde_json::from_str(&host.ask(&["modules", "-o", "json"])).expect("JSON");
        let first = modules["modules"].as_array().expect("modules").first().cloned();
        first.filter(|report| report["verdict"] != "waiting")
    });
    assert_eq!((&report["verdict"], &report["code"]), (&"rejected".into(), &"history_missing".into()));
    let reason = report["reason"].as_str().expect("a reason");
    assert!(reason.contains(&format!("topic `likes` (`{topic}` in the log) is compacted")), "{reason}");
}

#[test]
fn a_module_waits_for_a_log_that_does_not_answer_and_is_registered_once_it_does() {
    let Some(broker) = Broker::own() else { return };
    let home = Home::new(&configuration(&broker, &unique_topic("likes"))).with_module("like-count");
    let host = home.start();
    host.wait("like-count");
    broker.stop();
    home.add_version("like-count", "0.2.0");
    let verdict = |expected: &str| {
        wait_for(expected, || {
            let modules: Value = serde_json::from_str(&host.ask(&["modules", "-o", "json"])).expect("JSON");
            let reports = modules["modules"].as_array().expect("modules");
            let report = reports.iter().find(|of| of["file"] == "like-count@0.2.0.wasm")?.clone();
            (report["verdict"] == expected && report["code"] != "judging").then_some(report)
        })
    };
    assert_eq!(verdict("waiting")["code"], "log_unavailable");
    assert_eq!(host.status()["projections"].as_array().expect("versions").len(), 1);
    broker.start();
    verdict("accepted");
    host.ask(&["wait", "like-count", "--version", "0.2.0", "--timeout", "120s"]);
}

#[test]
fn the_demo_counts_a_million_likes_from_a_kafka_topic() {
    let Some(broker) = Broker::shared() else { return };
    let mut demo = Command::new("cargo");
    demo.args(["xtask", "demo", "--exit", "--kafka", broker.address()]).current_dir(root());
    forget_this_test(&mut demo);
    let output = demo.output().expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1000000 events folded"), "{text}");
}

#[test]
fn a_partition_that_is_added_makes_nothing_be_built_again_and_begins_at_the_same_time_in_every_replay() {
    const HOUR_MS: i64 = 3_600_000;
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    let configuration = format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\npartitions = 1\ncreate = true\n",
        broker.address()
    );
    let home = Home::new(&configuration).with_module("trending");
    let host = home.start();
    let append = |host: &Host, likes: &[(&str, i64, u32)]| {
        let lines = likes.iter().map(|(user, after_ms, partition)| {
            let timestamp = 1_767_225_600_000 + after_ms;
            let value = serde_json::json!({"user_id": user, "post_id": "p1", "timestamp": timestamp});
            serde_json::json!({"topic": "likes", "partition": partition, "value": value}).to_string() + "\n"
        });
        let file = home.write("likes.jsonl", lines.collect::<String>());
        host.ask(&["append", file.to_str().expect("a text")]);
    };
    let count = |host: &Host| {
        let (status, body) = host.get("/api/v1/projections/trending/documents/p1");
        let document: serde_json::Value = serde_json::from_str(&body).ok()?;
        (status == 200).then(|| document["document"]["count"].as_u64()).flatten()
    };
    let late = |host: &Host| host.status()["projections"][0]["late"].as_u64().unwrap_or(0);
    append(&host, &[("ann", 0, 0), ("bob", HOUR_MS, 0)]);
    assert_eq!(wait_for("the first window", || count(&host)), 1);

    let grow_to = |partitions: &str| {
        broker.tool("topics", &["--alter", "--topic", &topic, "--partitions", partitions], "");
    };
    let added = |host: &Host| {
        wait_for("the host's decision", || host.log().contains("a partition was added").then_some(()));
    };
    grow_to("2");
    added(&host);
    assert_eq!(count(&host), Some(1), "what was shown is still served");
    assert!(host.stop().success());
    // Another partition is added while no host runs. Producers learn of it at their start.
    grow_to("3");
    let host = home.start();
    added(&host);
    assert_eq!(count(&host), Some(1));
    // Windows have closed after eve's like; kim's is within the bound of the new partition's beginning.
    let likes = [("eve", 60_000, 1), ("kim", HOUR_MS - 30_000, 1), ("zoe", HOUR_MS, 2)];
    append(&host, &likes);
    append(&host, &[("max", 2 * HOUR_MS, 0), ("max", 2 * HOUR_MS, 1), ("max", 2 * HOUR_MS, 2)]);
    assert_eq!(
        wait_for("all of them", || count(&host).filter(|&count| count > 3)),
        4,
        "ann, bob, kim and zoe"
    );
    assert_eq!(late(&host), 1, "eve");
    assert!(!host.log().contains("thrown away"), "{}", host.log());
    host.ask(&["verify", "trending"]);
    let trace = host.ask(&["trace", "trending", "p1", "-o", "json"]);
    assert_eq!(trace.matches("\"late\":true").count(), 1, "{trace}");

    host.wait("trending");
    let documents = host.documents("trending");
    assert!(host.stop().success());
    std::fs::remove_dir_all(home.version().join("state")).expect("state deleted");
    std::fs::remove_file(home.version().join("documents.sqlite")).expect("documents deleted");
    let host = home.start();
    host.wait("trending");
    assert_eq!((late(&host), host.documents("trending")), (1, documents));
}

#[test]
fn records_for_a_new_partition_are_appended_as_soon_as_the_host_knows_of_it() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    let home = Home::new(&format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\npartitions = 1\ncreate = true\n",
        broker.address()
    ));
    let host = home.start();
    let append = |values: &[(u32, &str)]| {
        let lines = values.iter().map(|(partition, value)| {
            serde_json::json!({"topic": "likes", "partition": partition, "value": value}).to_string() + "\n"
        });
        let file = home.write("likes.jsonl", lines.collect::<String>());
        host.run(&["append", file.to_str().expect("a text")])
    };
    // The producer knows the topic now.
    assert!(append(&[(0, "a")]).status.success());
    broker.tool("topics", &["--alter", "--topic", &topic, "--partitions", "2"], "");
    wait_for("the host to know", || {
        let topic: serde_json::Value =
            serde_json::from_str(&host.get("/api/v1/topics/likes").1).expect("a topic");
        (topic["partitions"].as_array().map(Vec::len) == Some(2)).then_some(())
    });
    let output = append(&[(0, "b"), (1, "c")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Each of them is there once.
    assert_eq!(host.appended("likes"), 3);
    assert!(host.stop().success());
}

#[test]
fn an_append_that_fails_in_the_middle_says_which_lines_are_in_the_log() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    let home = Home::new(&format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\n",
        broker.address()
    ));
    let small = ["--create", "--topic", &topic, "--partitions", "2", "--config", "max.message.bytes=2000"];
    broker.tool("topics", &small, "");
    let host = home.start();
    let mut rng = foldline_tests::world::Rng::new(3);
    let noise: String = (0..20_000).map(|_| char::from(b'a' + rng.below(26) as u8)).collect();
    let line = |partition: u32, value: &str| {
        serde_json::json!({"topic": "likes", "partition": partition, "value": value}).to_string() + "\n"
    };
    let file = home.write("likes.jsonl", line(0, "good") + "\n" + &line(1, &noise));
    let output = host.run(&["append", file.to_str().expect("a text")]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("partly appended: 1; not in the log: line 3"), "{said}");
    assert!(said.contains("append again only the lines that are not in the log"), "{said}");
    assert_eq!(host.appended("likes"), 1);

    let answer = http::append(&host.url, "likes", line(1, &noise) + &line(0, "good"));
    let answer = answer.expect("the host answers");
    let problem = answer.value();
    assert_eq!(answer.status, 400, "{problem}");
    // The second one is sent, unless the first was refused earlier.
    let partly = &problem["partly"];
    if !partly.is_null() {
        assert_eq!(
            (&partly["appended"], &partly["unknown"]),
            (&1.into(), &serde_json::json!([])),
            "{problem}"
        );
        assert_eq!(partly["missing"], serde_json::json!([[1, 1]]), "{problem}");
    }
    let there = if partly.is_null() { 1 } else { 2 };
    assert_eq!(host.appended("likes"), there);
    assert!(host.stop().success());
}

#[test]
fn records_without_a_timestamp_are_events_and_move_windows_by_their_fields() {
    const LIKED_MS: i64 = 1_767_225_600_000;
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("likes");
    broker.tool("topics", &["--create", "--topic", &topic, "--partitions", "1"], "");
    let configuration =
        format!("[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\n", broker.address());
    let home = Home::new(&configuration).with_module("like-count").with_module("trending");
    let host = home.start();
    let mut client = ClientConfig::new();
    let producer: BaseProducer =
        client.set("bootstrap.servers", broker.address()).create().expect("a producer");
    let send = |timestamp: i64, value: Option<&str>| {
        let mut message = BaseRecord::<str, str>::to(&topic).partition(0).timestamp(timestamp);
        message.payload = value;
        if value.is_none() {
            let time = (LIKED_MS + 600_000).to_string();
            let header = Header { key: "foldline-time", value: Some(&time) };
            message.headers = Some(OwnedHeaders::new().insert(header));
        }
        producer.send(message).map_err(|(error, _)| error).expect("sent");
    };
    for user in 0..5 {
        let like = |post: &str| {
            serde_json::json!({"user_id": format!("u{user}"), "post_id": post, "timestamp": LIKED_MS})
                .to_string()
        };
        // Kafka's own value for "none", and a valid time, from which the event times are too far ahead: dead letters.
        send(-1, Some(&like("no-time")));
        send(1_000, Some(&like("other-time")));
    }
    send(-1, None);
    producer.flush(Duration::from_secs(60)).expect("flushed");

    let count = |projection: &str, post: &str| {
        let (status, body) = host.get(&format!("/api/v1/projections/{projection}/documents/{post}"));
        let document: Value = serde_json::from_str(&body).ok()?;
        (status == 200).then(|| document["document"]["count"].as_u64()).flatten()
    };
    assert_eq!(wait_for("the window", || count("trending", "no-time")), 5);
    host.wait("like-count");
    assert_eq!((count("like-count", "no-time"), count("like-count", "other-time")), (Some(5), None));
    assert_eq!(host.status()["projections"][0]["dead_letters"], 5);
    let letters = host.ask(&["dead-letters", "like-count"]);
    assert!(
        letters.contains("1970-01-01T00:00:01Z (1000 ms)") && !letters.contains("looks like"),
        "{letters}"
    );
    let tail = host.ask(&["tail", "likes", "--from-start"]);
    assert_eq!((tail.lines().count(), tail.matches("\"time\":").count()), (11, 5), "{tail}");
}
