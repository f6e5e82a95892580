//! Goal: a Kafka topic that was deleted and made anew under its name is another log, however many records it holds.
//! Method: a real broker; the topic is made anew with more records than were folded, while the host is down and while it runs.

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::kafka::{Broker, unique_topic};
use serde_json::Value;

fn configuration(broker: &Broker, topic: &str) -> String {
    format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{topic}\"\n\n[checkpoint]\nevery = \"50ms\"\n",
        broker.address()
    )
}

fn create(broker: &Broker, topic: &str) {
    broker.tool(
        "topics",
        &["--create", "--topic", topic, "--partitions", "1", "--replication-factor", "1"],
        "",
    );
}

/// Deletes a topic and makes it anew, with likes of one post.
fn make_anew(broker: &Broker, topic: &str, post: &str, likes: u64) {
    broker.tool("topics", &["--delete", "--topic", topic], "");
    wait_for("the topic to be gone", || {
        let topics = broker.tool("topics", &["--list"], "");
        (!topics.lines().any(|line| line == topic)).then_some(())
    });
    create(broker, topic);
    produce(broker, topic, post, likes);
}

fn produce(broker: &Broker, topic: &str, post: &str, likes: u64) {
    let lines: String = (0..likes)
        .map(|like| {
            let time = 1_700_000_000_000_u64 + like;
            format!("{{\"user_id\":\"{post}-u{like}\",\"post_id\":\"{post}\",\"timestamp\":{time}}}\n")
        })
        .collect();
    broker.tool("producer", &["--topic", topic], &lines);
}

fn await_halt(host: &Host) -> String {
    wait_for("the projection to halt", || {
        let status = host.status();
        let version = status["projections"].as_array()?.first()?.clone();
        (version["phase"] == "halted").then(|| version["reason"].as_str().unwrap_or_default().to_owned())
    })
}

fn count_of(host: &Host, post: &str) -> Option<u64> {
    let (status, body) = host.get(&format!("/api/v1/projections/like-count/documents/{post}"));
    let document: Value = serde_json::from_str(&body).ok()?;
    (status == 200).then(|| document["document"]["count"].as_u64()).flatten()
}

#[test]
fn a_topic_made_anew_while_the_host_is_down_is_not_folded_upon_what_the_former_one_left() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("anew");
    create(broker, &topic);
    produce(broker, &topic, "old-post", 5);
    let home = Home::new(&configuration(broker, &topic)).with_module("like-count");
    let host = home.start();
    host.wait("like-count");
    assert!(host.stop().success());
    make_anew(broker, &topic, "new-post", 8);

    let host = home.start();
    let halt = await_halt(&host);
    assert!(halt.contains("topic `likes` is not the one that was read: it was made anew"), "{halt}");
    assert_eq!((count_of(&host, "old-post"), count_of(&host, "new-post")), (Some(5), None));
    host.ask(&["adopt-log", "likes"]);
    host.wait("like-count");
    assert_eq!((count_of(&host, "old-post"), count_of(&host, "new-post")), (None, Some(8)));
    host.ask(&["verify", "like-count"]);
}

#[test]
fn a_topic_made_anew_while_the_host_runs_is_not_folded_upon_what_the_former_one_left() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("anew");
    create(broker, &topic);
    produce(broker, &topic, "old-post", 5);
    let home = Home::new(&configuration(broker, &topic)).with_module("like-count");
    let host = home.start();
    host.wait("like-count");
    make_anew(broker, &topic, "new-post", 20);
    let halt = await_halt(&host);
    assert!(halt.contains("likes"), "{halt}");
    assert_eq!((count_of(&host, "old-post"), count_of(&host, "new-post")), (Some(5), None));
    host.ask(&["adopt-log", "likes"]);
    host.wait("like-count");
    assert_eq!((count_of(&host, "old-post"), count_of(&host, "new-post")), (None, Some(20)));
}
