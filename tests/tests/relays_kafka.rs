//! Goal: on Kafka a reader of committed records sees each message of a relay once, whatever is killed, promoted, rolled back,
//! paused or restarted, hosts and brokers alike.
//! Method: real hosts on a real broker. A separate consumer reads the relay's topic (read_committed) and its input, whose records
//! show which messages must have been sent. `FOLDLINE_RELAYS` as in `relays.rs`; the default is three.

use std::process::Command;
use std::time::{Duration, Instant};

use foldline_base::failpoints::Failpoint;
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::kafka::Broker;
use foldline_tests::relayed::{NAME, append, posts, status};
use foldline_tests::relayed_kafka::{PARTITIONS, Topics, check};
use foldline_tests::soak::{rng, rounds};

#[test]
fn readers_of_committed_records_see_each_message_once_whatever_is_killed_and_upgraded() {
    let Some(broker) = Broker::shared() else { return };
    let upgrades = rounds("FOLDLINE_RELAYS", 3);
    let (mut rng, topics) = (rng("relays on kafka"), Topics::new());
    let home = Home::new(&topics.configuration(broker.address())).logging("warn").with_module(NAME);
    let mut host = home.start();
    let (mut next, mut kills) = (0, 0);
    let mut some = |host: &Host| {
        for _ in 0..10 {
            append(&host.url, &posts(next, 50));
            next += 50;
        }
    };
    some(&host);
    host.await_phase(NAME, "0.1.0", "live");
    for upgrade in 0..upgrades {
        let version = format!("{}.{}.{}", 1 + upgrade / 100, upgrade / 10 % 10, upgrade % 10);
        home.add_version(NAME, &version);
        host.await_phase(NAME, &version, "caught_up");
        some(&host);
        let label = format!("{NAME}@{version}");
        let mut command = host.spawn(&["promote", &label]);
        some(&host);
        let until = Instant::now() + Duration::from_micros(rng.below(300_000));
        while Instant::now() < until {
            std::thread::park_timeout(until - Instant::now());
        }
        host.kill();
        command.wait().expect("the command ends");
        kills += 1;
        host = home.start();
        some(&host);
        if host.phase(NAME, &version).as_deref() != Some("live") {
            host.await_phase(NAME, &version, "caught_up");
            host.ask(&["promote", &label]);
        }
        if upgrade % 2 == 1 {
            host.ask(&["rollback", NAME]);
        }
        some(&host);
    }
    let messages = check(&host, broker, &topics);
    println!("{upgrades} upgrades, {kills} kills, {messages} messages, each once");
}

#[test]
fn a_crash_between_any_two_steps_sends_each_message_once() {
    let Some(broker) = Broker::shared() else { return };
    for (_, place) in Failpoint::ALL.iter().filter(|(point, _)| point.is_relays()) {
        let topics = Topics::new();
        let home = Home::new(&topics.configuration(broker.address())).with_module(NAME);
        let host = home.start();
        append(&host.url, &posts(0, 100));
        host.wait(NAME);
        assert!(host.stop().success());
        let mut host = home.spawn_dying(place);
        let died = |host: &Host| host.log().contains("FOLDLINE_CRASH_AT=");
        wait_for("a start or an end", || (died(&host) || host.log().contains("listening on ")).then_some(()));
        if !died(&host) {
            host.await_start();
            append(&host.url, &posts(100, 100));
        }
        assert!(!host.await_end().success() && host.log().contains(place), "{place}:\n{}", host.log());
        let host = home.start();
        append(&host.url, &posts(200, 10));
        assert!(check(&host, broker, &topics) > 60, "{place}");
    }
}

#[test]
fn a_host_that_was_paused_while_another_took_over_sends_nothing_any_more() {
    let Some(broker) = Broker::shared() else { return };
    let topics = Topics::new();
    let homes = [(); 2].map(|()| Home::new(&topics.configuration(broker.address())).with_module(NAME));
    let zombie = homes[0].start();
    append(&zombie.url, &posts(0, 200));
    zombie.wait(NAME);
    let signal = |signal: &str| {
        let id = zombie.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill starts").success());
    };
    signal("-STOP");
    // The successor reads the frontier, so what was sent is not sent again.
    let successor = homes[1].start();
    append(&successor.url, &posts(200, 200));
    successor.wait(NAME);
    signal("-CONT");
    append(&successor.url, &posts(400, 200));
    wait_for("the zombie to notice", || (status(&zombie)["phase"] == "halted").then_some(()));
    let reason = status(&zombie)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("another host relays as `relay`"), "{reason}");
    assert!(check(&successor, broker, &topics) > 400);
}

#[test]
fn a_broker_that_is_away_for_a_while_costs_no_message() {
    let Some(broker) = Broker::own() else { return };
    let topics = Topics::new();
    let home = Home::new(&topics.configuration(broker.address())).with_module(NAME);
    let host = home.start();
    append(&host.url, &posts(0, 2_000));
    broker.stop();
    broker.start();
    append(&host.url, &posts(2_000, 500));
    assert!(check(&host, &broker, &topics) > 400);
}

#[test]
fn a_topic_that_may_not_be_created_is_named_and_waited_for() {
    let Some(broker) = Broker::shared() else { return };
    let topics = Topics::new();
    let configuration = topics
        .configuration(broker.address())
        .replace("[topics.new-posts]\n", "[topics.new-posts]\ncreate = false\n");
    let home = Home::new(&configuration).with_module(NAME);
    let host = home.start();
    append(&host.url, &posts(0, 10));
    wait_for("the trouble", || {
        let reason = status(&host)["reason"].as_str().unwrap_or_default().to_owned();
        (reason.contains(&topics.new_posts) && reason.contains("[topics.new-posts] create = true"))
            .then_some(())
    });
    let partitions = PARTITIONS.to_string();
    broker.tool("topics", &["--create", "--topic", &topics.new_posts, "--partitions", &partitions], "");
    assert!(check(&host, broker, &topics) > 5);
}
