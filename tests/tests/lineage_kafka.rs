//! Goal: a Kafka topic that was deleted and re-created under its name is another log, however many records it holds. What one
//! installation wrote into a Redis is not another's. Deleting the topic of frontiers causes nothing to be sent again.
//! Method: a real broker. The topic is re-created with more records than were folded, while the host is down and while it runs.
//! Two hosts with separate logs share a real Redis.

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::relayed::{self, posts};
use foldline_tests::relayed_kafka::{Topics, check};
use foldline_tests::servers::redis::RedisServer;
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

fn delete(broker: &Broker, topic: &str) {
    broker.tool("topics", &["--delete", "--topic", topic], "");
    wait_for("the topic to be gone", || {
        let topics = broker.tool("topics", &["--list"], "");
        (!topics.lines().any(|line| line == topic)).then_some(())
    });
}

/// Deletes a topic and re-creates it with likes of one post.
fn recreate(broker: &Broker, topic: &str, post: &str, likes: u64) {
    delete(broker, topic);
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

/// Returns a topic with likes of one post, and a host that has folded them.
fn folded(broker: &Broker, post: &str, likes: u64) -> (String, Home, Host) {
    let topic = unique_topic("again");
    create(broker, &topic);
    produce(broker, &topic, post, likes);
    let home = Home::new(&configuration(broker, &topic)).with_module("like-count");
    let host = home.start();
    host.wait("like-count");
    (topic, home, host)
}

/// Checks that only the former topic's post is served, and after the adoption only the new one's.
fn adopt(host: &Host, likes: u64) {
    assert_eq!((count_of(host, "old-post"), count_of(host, "new-post")), (Some(5), None));
    host.ask(&["adopt-log", "likes"]);
    host.wait("like-count");
    assert_eq!((count_of(host, "old-post"), count_of(host, "new-post")), (None, Some(likes)));
    host.ask(&["verify", "like-count"]);
}

#[test]
fn a_topic_recreated_while_the_host_is_down_is_not_folded_upon_what_the_former_one_left() {
    let Some(broker) = Broker::shared() else { return };
    let (topic, home, host) = folded(broker, "old-post", 5);
    assert!(host.stop().success());
    recreate(broker, &topic, "new-post", 8);
    let host = home.start();
    let halt = await_halt(&host);
    assert!(halt.contains("topic `likes` is not the one that was read: it was re-created"), "{halt}");
    adopt(&host, 8);
}

#[test]
fn a_topic_recreated_while_the_host_runs_is_not_folded_upon_what_the_former_one_left() {
    let Some(broker) = Broker::shared() else { return };
    let (topic, _home, host) = folded(broker, "old-post", 5);
    recreate(broker, &topic, "new-post", 20);
    let halt = await_halt(&host);
    assert!(halt.contains("likes"), "{halt}");
    adopt(&host, 20);
}

#[test]
fn a_shorter_topic_that_is_adopted_is_what_every_sink_shows() {
    let Some(broker) = Broker::shared() else { return };
    let Some(cache) = RedisServer::start() else { return };
    let topic = unique_topic("shorter");
    create(broker, &topic);
    produce(broker, &topic, "old-post", 9);
    let sink = format!("[sinks.cache.redis]\nurl = \"redis://{}\"\n", cache.address());
    let configuration = configuration(broker, &topic);
    let home = Home::new(&format!("{configuration}\n{sink}[projections]\nsinks = [\"cache\"]\n"))
        .with_module("like-count");
    let host = home.start();
    host.wait("like-count");
    assert!(host.stop().success());
    recreate(broker, &topic, "new-post", 2);
    let host = home.start();
    await_halt(&host);
    assert_eq!(ids_in(&cache), ["old-post"], "what it shows stays");
    host.ask(&["adopt-log", "likes"]);
    host.wait("like-count");
    wait_for("Redis to show the topic", || (ids_in(&cache) == ["new-post"]).then_some(()));
    produce(broker, &topic, "newer-post", 1);
    wait_for("Redis to follow", || (ids_in(&cache) == ["new-post", "newer-post"]).then_some(()));
    host.ask(&["verify", "like-count"]);
}

#[test]
fn frontiers_that_are_deleted_are_named_and_nothing_is_sent_again() {
    let Some(broker) = Broker::shared() else { return };
    let topics = Topics::new();
    let home = Home::new(&topics.configuration(broker.address())).with_module(relayed::NAME);
    let mut host = home.start();
    for round in 0..2 {
        assert!(relayed::append(&host.url, &posts(round * 40, 40)));
        check(&host, broker, &topics);
        let runs = round > 0;
        if runs {
            // The relay notices it when it sends.
            delete(broker, &topics.frontiers);
            assert!(relayed::append(&host.url, &posts(1_000, 40)));
        } else {
            assert!(host.stop().success());
            delete(broker, &topics.frontiers);
            host = home.start();
        }
        let halt = relayed::await_halt(&host);
        let topic = &topics.frontiers;
        assert!(halt.contains(&format!("topic `{topic}` is not the one that was read")), "{halt}");
        assert_eq!(host.get("/readyz").0, 503);
        host.ask(&["adopt-log", topic]);
        check(&host, broker, &topics);
        host.await_ready();
    }
}

/// Returns the ids of the documents that readers of a Redis find.
fn ids_in(cache: &RedisServer) -> Vec<String> {
    cache.documents("like-count").into_keys().collect()
}

#[test]
fn of_two_installations_on_one_redis_the_second_waits_to_be_told_and_the_first_stays_out_then() {
    let Some(broker) = Broker::shared() else { return };
    let Some(cache) = RedisServer::start() else { return };
    let installation = |name: &str| {
        let topic = unique_topic(name);
        create(broker, &topic);
        let log = format!("[log.kafka]\ninstallation = \"{name}\"\n");
        let configuration = configuration(broker, &topic).replace("[log.kafka]\n", &log);
        let sink = format!("[sinks.cache.redis]\nurl = \"redis://{}\"\n", cache.address());
        let home = Home::new(&format!("{configuration}\n{sink}[projections]\nsinks = [\"cache\"]\n"))
            .with_module("like-count");
        (home, topic)
    };
    let finds = |ids: &[&str]| wait_for("documents in Redis", || (ids_in(&cache) == ids).then_some(()));
    let follows = |host: &Host| {
        wait_for("the sink to follow", || {
            host.sink()
                .filter(|sink| sink["phase"] == "following" && sink["lag"] == 0 && sink["pointed"] == true)
        })
    };
    let ((shop, of_shop), (blog, of_blog)) = (installation("shop"), installation("blog"));
    let first = shop.start();
    produce(broker, &of_shop, "of-shop", 1);
    follows(&first);
    finds(&["of-shop"]);
    let second = blog.start();
    produce(broker, &of_blog, "of-blog", 1);
    let reason = second.await_halted_sink();
    assert!(reason.contains("belongs to installation `shop`") && reason.contains("`blog`"), "{reason}");
    assert_eq!(ids_in(&cache), ["of-shop"]);

    let said = second.ask(&["adopt", "like-count", "cache"]);
    assert!(said.contains("now belong to this installation"), "{said}");
    finds(&["of-blog"]);
    follows(&second);
    produce(broker, &of_shop, "too-late", 1);
    first.await_halted_sink();
    // No restart takes anything back.
    assert!(first.stop().success() && second.stop().success());
    let (first, second) = (shop.start(), blog.start());
    let reason = first.await_halted_sink();
    assert!(reason.contains("belongs to installation `blog`"), "{reason}");
    produce(broker, &of_blog, "of-blog-again", 1);
    finds(&["of-blog", "of-blog-again"]);
    let output = second.run(&["adopt", "like-count", "search"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("its sinks: cache"));
}
