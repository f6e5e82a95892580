//! Goal: what holds on the embedded log holds on Kafka: the same counts, the same documents after kills, the same demo.
//! Method: real hosts on a real broker.

use std::process::Command;

use foldline_tests::host::{Home, Host, root, wait_for};
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::likes::likes;

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
    // What was shown is still served.
    let path = "/api/v1/projections/like-count/documents?limit=100";
    foldline_tests::host::wait_for("the documents", || (host.get(path).0 == 200).then_some(()));
    assert_eq!(host.documents("like-count").len(), 10);
}

#[test]
fn the_demo_counts_a_million_likes_from_a_kafka_topic() {
    let Some(broker) = Broker::shared() else { return };
    let output = Command::new("cargo")
        .args(["xtask", "demo", "--exit", "--kafka", broker.address()])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1000000 events folded"), "{text}");
}

#[test]
fn partitions_that_appear_when_windows_have_moved_on_make_the_state_be_built_again() {
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
    append(&host, &[("ann", 0, 0), ("bob", HOUR_MS, 0)]);
    assert_eq!(wait_for("the first window", || count(&host)), 1);

    broker.tool("topics", &["--alter", "--topic", &topic, "--partitions", "2"], "");
    wait_for("the host's notice", || host.log().contains("state is out of date").then_some(()));
    assert_eq!(count(&host), Some(1), "what was shown is still served");
    // A producer hears of new partitions minutes later, or at its start.
    assert!(host.stop().success());
    let host = home.start();
    // Back then windows had closed over it; whoever reads the log anew waits for both partitions. Ann and eve alone may be
    // seen on the way, where the one partition is read before the other.
    append(&host, &[("eve", 60_000, 1), ("max", 2 * HOUR_MS, 0), ("max", 2 * HOUR_MS, 1)]);
    assert_eq!(wait_for("all of them", || count(&host).filter(|&count| count > 2)), 3, "ann, bob and eve");
    assert_eq!(host.status()["projections"][0].get("late"), None);
}
