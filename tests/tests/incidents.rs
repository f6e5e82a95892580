//! Goal: in an incident an operator can go on with a single command, whatever is unreachable, poisoned or no longer wanted, and
//! the decision survives restarts and crashes.
//! Method: a real host with a real Redis behind a proxy. What readers see there and over HTTP must equal a model.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use foldline_tests::client::{Client, counts};
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::http;
use foldline_tests::proxy::tcp::{Fault, TcpProxy};
use foldline_tests::relayed;
use foldline_tests::servers::redis::RedisServer;
use redis::Commands;
use serde_json::Value;

const NAME: &str = "like-count";

fn with_cache(address: &str) -> String {
    format!(
        "[log.embedded]\npartitions = 1\n[sinks.cache.redis]\nurl = \"redis://{address}\"\n[projections]\nsinks = [\"cache\"]\n\
         [topics.likes]\ndead_letters_max = 0.2\n"
    )
}

/// Waits until readers of the cache are pointed to a version.
#[track_caller]
fn await_pointed(redis: &RedisServer, version: &str) {
    let label = format!("{NAME}@{version}-");
    wait_for(&format!("the cache to show {version}"), || {
        redis.live_prefix(NAME).filter(|prefix| prefix.contains(&label))
    });
}

fn cached(redis: &RedisServer) -> BTreeMap<String, u64> {
    let count = |(id, document): (String, Value)| (id, document["count"].as_u64().expect("a count"));
    redis.documents(NAME).into_iter().map(count).collect()
}

/// Appends likes of one post by users numbered from `first` on. Those of `broken` posts are not JSON.
fn like(host: &Host, post: &str, first: u64, likes: u64) {
    let mut lines = String::new();
    for user in first..first + likes {
        let value = match post {
            "broken" => r#""no object""#.to_owned(),
            post => format!(r#"{{"user_id":"u{user}","post_id":"{post}","timestamp":{user}}}"#),
        };
        writeln!(lines, r#"{{"value":{value}}}"#).expect("writing to a text cannot fail");
    }
    http::append(&host.url, "likes", lines).expect("the host answers").accepted();
}

/// Starts a host whose projection shows a hundred likes, also in the cache.
fn with_good_likes(redis: &RedisServer) -> (Home, Host) {
    let home = Home::new(&with_cache(&redis.address())).with_module(NAME);
    let host = home.start();
    like(&host, "good", 0, 100);
    host.wait(NAME);
    (home, host)
}

#[test]
fn a_rollback_leaves_a_cache_behind_that_is_away_and_its_readers_follow_when_it_is_back() {
    let Some(redis) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&redis.address());
    let home = Home::new(&with_cache(&proxy.address())).with_module(NAME);
    let host = home.start();
    let mut client = Client::new(1);
    client.append(&host.url, 1_000);
    host.wait(NAME);
    home.add_version(NAME, "0.2.0");
    host.await_phase(NAME, "0.2.0", "caught_up");
    host.ask(&["wait", NAME, "--version", "0.2.0"]);
    host.ask(&["promote", "like-count@0.2.0"]);
    await_pointed(&redis, "0.2.0");

    client.append(&host.url, 500);
    host.wait(NAME);
    let seen = cached(&redis);
    proxy.set(Fault::Refuse);
    proxy.cut();
    client.append(&host.url, 500);
    host.wait_embedded(NAME);
    let answer = host.ask(&["rollback", NAME, "--leave-sinks"]);
    assert!(answer.contains("like-count@0.1.0 is live") && answer.contains("`cache`"), "{answer}");
    client.append(&host.url, 100);
    client.check(&host);
    assert!(redis.live_prefix(NAME).expect("a pointer").contains("@0.2.0-"), "its readers read on");

    // A restart keeps the decision and what was shown.
    assert!(host.stop().success());
    let host = home.start();
    host.await_phase(NAME, "0.1.0", "live");
    client.check(&host);
    proxy.set(Fault::None);
    await_pointed(&redis, "0.1.0");
    let now = cached(&redis);
    for (post, count) in seen {
        assert!(
            now.get(&post).is_some_and(|now| *now >= count),
            "{post}: {count} was seen, then {:?}",
            now.get(&post)
        );
    }
    host.wait(NAME);
    assert_eq!(cached(&redis), client.counts());
    assert!(host.stop().success());
}

#[test]
fn records_that_no_reader_can_decode_are_skipped_in_every_sink_and_by_the_next_version() {
    let Some(redis) = RedisServer::start() else { return };
    let (home, host) = with_good_likes(&redis);
    like(&host, "broken", 0, 300);
    like(&host, "good", 100, 100);
    host.await_phase(NAME, "0.1.0", "halted");
    let status = host.ask(&["status"]);
    assert!(status.contains("no reader of the topic can decode"), "{status}");
    let letters = host.ask(&["dead-letters", NAME]);
    assert!(letters.contains(r#""record":{"#) && letters.contains("no object"), "{letters}");
    assert_eq!(host.ask(&["tail", "likes", "--from", "0:399", "-n", "2"]).lines().count(), 2);
    let answer = host.ask(&["skip", NAME, "likes", "0", "100", "400", "--reason", "a bad deploy"]);
    assert!(answer.contains("offsets 100 to 400"), "{answer}");
    host.wait(NAME);
    let expected = BTreeMap::from([("good".to_owned(), 200)]);
    assert_eq!((counts(&host.documents(NAME)), cached(&redis)), (expected.clone(), expected.clone()));
    assert!(host.ask(&["status"]).contains("a bad deploy"));
    assert!(host.run(&["verify", NAME]).status.success());

    // The next version reads the same records.
    home.add_version(NAME, "0.2.0");
    host.await_phase(NAME, "0.2.0", "caught_up");
    assert!(host.run(&["diff", NAME]).status.success());

    // A replay removes what was folded, also from the cache.
    like(&host, "wrong", 0, 50);
    host.wait(NAME);
    assert!(cached(&redis).contains_key("wrong"));
    let answer = host.ask(&["skip", NAME, "likes", "0", "500", "550", "--reason", "a test in production"]);
    assert!(answer.contains("like-count@0.1.0") && answer.contains("like-count@0.2.0"), "{answer}");
    // Commands refuse to answer until it is rebuilt; then everything shows the result.
    for command in [&["diff", NAME][..], &["verify", NAME], &["fingerprint", NAME]] {
        let output = host.run(command);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || text.contains("is being rebuilt"), "{command:?}: {text}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains(" at -"), "{command:?}");
    }
    host.wait(NAME);
    assert_eq!((counts(&host.documents(NAME)), cached(&redis)), (expected.clone(), expected.clone()));
    assert!(host.run(&["verify", NAME]).status.success());
    assert!(host.ask(&["fingerprint", NAME]).contains("without likes:0:100-400,likes:0:500-550"));
    host.kill();
    let host = home.start();
    host.wait(NAME);
    assert_eq!((counts(&host.documents(NAME)), cached(&redis)), (expected.clone(), expected));
    assert!(host.stop().success());
}

#[test]
fn a_relay_skips_only_what_it_is_told_to_and_what_was_sent_stays_sent() {
    let home = Home::new("[log.embedded]\npartitions = 1\n").with_module(relayed::NAME);
    let host = home.start();
    host.await_phase(relayed::NAME, "0.1.0", "live");
    assert!(relayed::append(&host.url, &relayed::posts(0, 3)));
    relayed::await_relayed(&host);
    let refused = host.run(&["skip", relayed::NAME, "posts", "0", "1", "2", "--reason", "twice"]);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && text.contains("`--relay` skips"), "{text}");
    let answer = host.ask(&["skip", relayed::NAME, "posts", "0", "1", "2", "--reason", "twice", "--relay"]);
    assert!(!answer.contains("rebuilt"), "it has no state: {answer}");
    assert!(host.ask(&["status"]).contains("relay, and its relay skips offsets 1 to 2"));
    let sent = relayed::records(&host, relayed::NEW_POSTS);
    assert!(sent.iter().any(|record| record.to_string().contains("p1\"")), "what was sent stays sent");
    assert!(host.stop().success());
}

#[test]
fn a_projection_that_is_removed_leaves_nothing_and_its_file_does_not_bring_it_back() {
    let Some(redis) = RedisServer::start() else { return };
    let (home, host) = with_good_likes(&redis);
    home.add_version(NAME, "0.2.0");
    host.await_phase(NAME, "0.2.0", "caught_up");
    let answer = host.ask(&["remove", NAME, "--keep-documents"]);
    assert!(answer.contains("what servers hold of it stays"), "{answer}");
    wait_for("no folder", || (home.versions() == 0).then_some(()));
    assert_eq!(host.get(&format!("/api/v1/projections/{NAME}/documents")).0, 404);
    assert_eq!(cached(&redis), BTreeMap::from([("good".to_owned(), 100)]));
    home.add_version(NAME, "0.3.0");
    await_pointed(&redis, "0.3.0");
    let old = || -> Vec<String> { redis.connection().keys("*@0.1.0-*doc*").expect("KEYS") };
    wait_for("what stayed to go", || old().is_empty().then_some(()));
    host.ask(&["remove", NAME]);
    let keys = || -> Vec<String> { redis.connection().keys("*").expect("KEYS") };
    wait_for("nothing in the cache", || keys().is_empty().then_some(()));
    host.await_ready();
    assert!(host.stop().success());

    let host = home.start();
    host.await_ready();
    assert!(host.status()["projections"].as_array().expect("versions").is_empty());
    assert_eq!(host.run(&["remove", "nothing"]).status.code(), Some(1));
    host.ask(&["replay", "like-count@0.1.0"]);
    host.await_phase(NAME, "0.1.0", "live");
    host.wait(NAME);
    assert_eq!(cached(&redis), BTreeMap::from([("good".to_owned(), 100)]));
    assert!(host.stop().success());

    // A host that dies just after the decision.
    let mut host = home.spawn_dying("remove-decided");
    host.await_start();
    host.wait(NAME);
    let _ = host.run(&["remove", NAME]);
    assert!(!host.await_end().success());
    let host = home.start();
    host.await_ready();
    wait_for("no folder", || (home.versions() == 0).then_some(()));
    wait_for("nothing in the cache", || keys().is_empty().then_some(()));
    assert!(host.stop().success());
}

#[test]
fn one_that_failed_its_first_replay_can_be_removed() {
    let home =
        Home::new("[log.embedded]\npartitions = 1\n[limits]\ndead_letters_max = 0.0\n").with_module(NAME);
    let host = home.start();
    like(&host, "broken", 0, 1);
    host.await_phase(NAME, "0.1.0", "halted");
    host.ask(&["remove", NAME]);
    wait_for("no folder", || (home.versions() == 0).then_some(()));
    assert!(host.status()["projections"].as_array().expect("versions").is_empty());
    assert!(host.stop().success());
}

#[test]
fn a_sink_that_has_halted_names_the_command_that_ends_it_and_that_command_does() {
    let Some(redis) = RedisServer::start() else { return };
    let (_home, host) = with_good_likes(&redis);
    let control = format!("{}control", redis.live_prefix(NAME).expect("a pointer"));
    let () = redis.connection().del(&control).expect("DEL");
    let () = redis.connection().set(&control, "a text").expect("SET");
    like(&host, "good", 100, 1);
    let reason = host.await_halted_sink();
    assert!(reason.contains(&format!("delete `{control}`")), "{reason}");
    assert!(reason.contains("`foldline resume like-count`"), "{reason}");
    assert!(reason.contains("`foldline resync like-count cache`"), "{reason}");
    let () = redis.connection().del(&control).expect("DEL");
    let answer = host.ask(&["resume", NAME]);
    assert!(answer.contains("sink `cache`"), "{answer}");
    host.wait(NAME);
    assert_eq!(cached(&redis), BTreeMap::from([("good".to_owned(), 101)]));
    assert!(host.stop().success());
}
