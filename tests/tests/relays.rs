//! Goal: whatever is killed, promoted and rolled back, a relay sends each message once, in the embedded log.
//! Method: a real host with a steady stream of posts. Its topic of posts shows which messages must have been sent, by id.
//! `FOLDLINE_RELAYS` sets the number of rounds (4; `cargo xtask soak` uses 50). Each is an upgrade; a rollback follows every
//! fourth; two of three have a kill at a random moment (the seed is printed).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use foldline_base::failpoints::Failpoint;
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::http;
use foldline_tests::relayed::{NAME, NEW_POSTS, append, check, posts, records, status};
use foldline_tests::soak::{rng, rounds};
use foldline_tests::variants::variant_bytes;
use serde_json::{Value, json};

/// Also relays what exists at first, so that messages of all records are expected.
const FROM_START: &str = "[relays.relay]\nfrom = \"start\"\n";

/// Appends posts until stopped, to the host that is up.
fn load(url: &Mutex<Option<String>>, stop: &AtomicBool) {
    let mut next = 0;
    while !stop.load(Ordering::Acquire) {
        let up = url.lock().expect("nobody panics with it").clone();
        // The log shows what a killed host has accepted.
        if up.is_some_and(|url| append(&url, &posts(next, 40))) {
            next += 40;
        }
        std::thread::park_timeout(Duration::from_millis(3));
    }
}

#[test]
fn each_message_is_sent_once_whatever_is_killed_upgraded_and_rolled_back() {
    let upgrades = rounds("FOLDLINE_RELAYS", 4);
    let mut rng = rng("relays");
    let home = Home::new(FROM_START).logging("warn").with_module(NAME);
    let (url, stop) = (Mutex::new(None), AtomicBool::new(false));
    let begin = || {
        let host = home.start();
        *url.lock().expect("nobody panics with it") = Some(host.url.clone());
        host
    };
    std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(&url, &stop));
        let mut host = begin();
        host.await_phase(NAME, "0.1.0", "live");
        let mut kills = 0;
        // Sends a command, and possibly kills the host a moment later.
        let mut ask = |host: Host, arguments: &[&str], kill: bool| -> Host {
            if !kill {
                host.ask(arguments);
                return host;
            }
            let mut command = host.spawn(arguments);
            let until = Instant::now() + Duration::from_micros(rng.below(250_000));
            while Instant::now() < until {
                std::thread::park_timeout(until - Instant::now());
            }
            *url.lock().expect("nobody panics with it") = None;
            host.kill();
            command.wait().expect("the command ends");
            kills += 1;
            begin()
        };
        for upgrade in 0..upgrades {
            let version = format!("{}.{}.{}", 1 + upgrade / 100, upgrade / 10 % 10, upgrade % 10);
            let label = format!("{NAME}@{version}");
            home.add_version(NAME, &version);
            host = ask(host, &["status"], upgrade % 3 == 2);
            host.await_phase(NAME, &version, "caught_up");
            host = ask(host, &["promote", &label], upgrade % 3 != 0);
            if host.phase(NAME, &version).as_deref() != Some("live") {
                host.await_phase(NAME, &version, "caught_up");
                host = ask(host, &["promote", &label], false);
            }
            host.await_phase(NAME, &version, "live");
            if upgrade % 4 == 3 {
                host = ask(host, &["rollback", NAME], upgrade % 8 == 7);
            }
        }
        stop.store(true, Ordering::Release);
        loading.join().expect("the load ends");
        host.wait(NAME);
        let messages = check(&host);
        assert!(messages > 0, "posts came");
        println!("{upgrades} upgrades, {kills} kills, {messages} messages, each once");
    });
}

#[test]
fn a_crash_between_any_two_steps_of_a_relay_sends_each_message_once() {
    // Failpoints that only exist on Kafka are tested there.
    let places =
        Failpoint::ALL.iter().filter(|(point, _)| point.is_relays() && *point != Failpoint::RelayUncommitted);
    for (_, place) in places {
        let home = Home::new(FROM_START).with_module(NAME);
        let host = home.start();
        assert!(append(&host.url, &posts(0, 100)));
        host.wait(NAME);
        assert!(host.stop().success());
        for _ in 0..2 {
            let mut host = home.spawn_dying(place);
            // Some die before the first append.
            let up = wait_for("a start or an end", || {
                if host.log().contains("FOLDLINE_CRASH_AT=") {
                    return Some(false);
                }
                host.log().contains("listening on ").then_some(true)
            });
            if up && !host.log().contains("FOLDLINE_CRASH_AT=") {
                host.await_start();
                append(&host.url, &posts(100, 100));
            }
            let status = host.await_end();
            assert!(!status.success() && host.log().contains(place), "{place}: {status}\n{}", host.log());
        }
        let host = home.start();
        assert!(append(&host.url, &posts(200, 10)));
        host.wait(NAME);
        assert!(check(&host) > 60, "{place}");
    }
}

#[test]
fn a_relay_starts_where_the_log_ended_and_says_where_it_stands() {
    let home = Home::default();
    let host = home.start();
    assert!(append(&host.url, &posts(0, 10)));
    home.add_module(NAME);
    host.await_phase(NAME, "0.1.0", "live");
    host.wait(NAME);
    assert_eq!(records(&host, NEW_POSTS), [] as [Value; 0], "what was there before is nobody's news");

    // 16, 17 and 18 are announced, 19 has no title, 20 is deleted.
    assert!(append(&host.url, &posts(16, 5)));
    host.wait(NAME);
    let sent = records(&host, NEW_POSTS);
    let mut announced: Vec<&str> = sent.iter().filter_map(|message| message["key"].as_str()).collect();
    announced.sort_unstable();
    assert_eq!(announced, ["p16", "p17", "p18"]);
    assert!(sent.iter().any(|message| {
        message["value"] == json!({"post_id": "p16", "author_id": "a6", "title": "title 16"})
    }));
    let said = status(&host);
    let (phase, version) = (said["phase"].as_str(), said["version"].as_str());
    assert_eq!((phase, version), (Some("relaying"), Some("0.1.0")));
    assert_eq!((said["sent"].as_u64(), said["dead_letters"].as_u64()), (Some(3), Some(1)));
    assert_eq!(said["letters"][0]["reason"], "missing field `title`");
    let letters = host.ask(&["dead-letters", NAME]);
    assert!(letters.contains("relay: missing field `title`"), "{letters}");
    let table = host.ask(&["status"]);
    assert!(table.contains("RELAY") && table.contains("last dead letter"), "{table}");
    let metrics = host.get("/metrics").1;
    assert!(
        metrics.contains("foldline_relay_messages_total{projection=\"relay\",version=\"0.1.0\"} 3"),
        "{metrics}"
    );

    // All of it survives, and nothing is sent again.
    host.kill();
    let host = home.start();
    host.wait(NAME);
    let again = status(&host);
    assert_eq!((again["sent"].clone(), again["dead_letters"].clone()), (json!(3), json!(1)));
    assert_eq!(records(&host, NEW_POSTS).len(), 3);
    // It has neither documents nor state.
    let output = host.run(&["verify", NAME]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && stderr.contains("only relays"), "{stderr}");
}

#[test]
fn a_reducer_that_relays_as_well_goes_on_at_its_frontier_when_it_is_live_again() {
    let relay = "\
impl Relay for LikeCounter {
    type Event<'a> = LikeEvent<'a>;
    const TOPICS: &'static [&'static str] = &[\"liked\"];

    fn relay(like: LikeEvent<'_>, out: &mut Messages) -> Result<()> {
        out.send(\"liked\", like.post_id, &LikeCount { post_id: like.post_id.into(), count: 1 })
    }
}

#[cfg(test)]";
    let relays = variant_bytes("like-count", &[("#[reducer]", "#[reducer(relay)]"), ("#[cfg(test)]", relay)]);
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let like = |post: &str| {
        let line =
            format!(r#"{{"key":"{post}","value":{{"user_id":"u","post_id":"{post}","timestamp":1}}}}"#);
        http::append(&host.url, "likes", line).expect("the host answers").accepted();
        host.wait("like-count");
    };
    let liked = || -> Vec<String> {
        let mut keys: Vec<String> = records(&host, "liked")
            .iter()
            .map(|message| message["key"].as_str().unwrap_or_default().to_owned())
            .collect();
        keys.sort_unstable();
        keys
    };
    let await_liked =
        |expected: &[&str]| wait_for(&format!("{expected:?}"), || (liked() == expected).then_some(()));
    like("before");
    home.drop_file("like-count@0.2.0.wasm", relays);
    wait_for("0.2.0 to catch up", || host.ask(&["status"]).contains("caught up").then_some(()));
    like("alongside");
    host.ask(&["promote", "like-count@0.2.0"]);
    like("p1");
    await_liked(&["p1"]);
    // The earlier version relays nothing. What arrives meanwhile is sent when the relay is back.
    host.ask(&["rollback", "like-count"]);
    wait_for("the relay to stop", || host.status()["relays"].is_null().then_some(()));
    like("meanwhile");
    assert_eq!(liked(), ["p1"]);
    host.ask(&["promote", "like-count@0.2.0"]);
    await_liked(&["meanwhile", "p1"]);
    // There and back before the relay has even stopped.
    for _ in 0..5 {
        host.ask(&["rollback", "like-count"]);
        host.ask(&["rollback", "like-count"]);
    }
    like("p2");
    await_liked(&["meanwhile", "p1", "p2"]);
    assert_eq!(host.documents("like-count").len(), 5, "and it reduces");
}
