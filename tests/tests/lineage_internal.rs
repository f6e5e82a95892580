//! Goal: the host does not continue with its own topics, frontiers and decisions, after they have gone back. A topic without
//! readers that has lost its end takes no appends.
//! Method: a real host. The folder of one topic is replaced by an older copy, with its end mark, or deleted, while the host is
//! down.

use foldline_tests::folders::replace;
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::relayed::{
    self, NEW_POSTS, POSTS, assert_each_once, await_relayed, expected_messages, posts, records,
};
use serde_json::Value;

const RELAY: &str = "[log.embedded]\npartitions = 1\n[relays.relay]\nfrom = \"start\"\n";
const FRONTIERS: &str = "foldline.frontiers";
const DECISIONS: &str = "foldline.decisions";

fn relay_posts(host: &Host, first: u64) {
    assert!(relayed::append(&host.url, &posts(first, 20)));
    await_relayed(host);
}

/// Returns the messages of the relay, each an id and a post.
fn sent(host: &Host) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let messages = records(host, NEW_POSTS);
    messages.iter().map(|message| (text(&message["id"]), text(&message["value"]["post_id"]))).collect()
}

#[test]
fn frontiers_that_went_back_are_named_and_nothing_is_sent_again() {
    for (from, is_deleted) in [("end", false), ("end", true), ("start", false)] {
        let home = Home::new(RELAY).with_module(relayed::NAME);
        let host = home.start();
        relay_posts(&host, 0);
        assert!(host.stop().success());
        let frontiers = home.path("data/log").join(FRONTIERS);
        replace(&frontiers, &home.path("older"));
        let host = home.start();
        relay_posts(&host, 20);
        let before = sent(&host);
        assert!(host.stop().success());
        match is_deleted {
            true => std::fs::remove_dir_all(&frontiers).expect("deleted"),
            false => replace(&home.path("older"), &frontiers),
        }

        let host = home.start();
        let halt = relayed::await_halt(&host);
        assert!(halt.contains("topic `foldline.frontiers` is not the one that was read"), "{halt}");
        assert!(halt.contains("`foldline adopt-log foldline.frontiers`: relays continue"), "{halt}");
        let (ready, why) = host.get("/readyz");
        assert!(ready == 503 && why.contains(FRONTIERS), "{ready} {why}");
        assert!(host.ask(&["status"]).contains("topic `foldline.frontiers` is not the one that was read"));
        assert!(relayed::append(&host.url, &posts(40, 20)), "facts are taken all the same");
        assert_eq!(sent(&host), before);
        let said = host.ask(&["adopt-log", FRONTIERS, "--from", from]);
        assert!(said.contains("started again: relay relay"), "{said}");
        relay_posts(&host, 60);
        host.await_ready();
        let expected = expected_messages(&records(&host, POSTS));
        match from {
            "end" => assert_each_once(&expected, sent(&host)),
            _ => assert!(
                sent(&host).len() > expected.len(),
                "as asked for, what the topic does not know is sent again"
            ),
        }
        let after = sent(&host);
        host.kill();
        let host = home.start();
        await_relayed(&host);
        assert_eq!(sent(&host), after, "an adopted topic is an ordinary one");
    }
}

#[test]
fn a_log_that_was_put_back_is_told_by_a_relay_alone_and_its_input_takes_no_appends() {
    let home = Home::new(RELAY).with_module(relayed::NAME);
    let host = home.start();
    relay_posts(&host, 0);
    assert!(host.stop().success());
    replace(&home.path("data/log"), &home.path("older"));
    let host = home.start();
    relay_posts(&host, 20);
    assert!(host.stop().success());
    replace(&home.path("older"), &home.path("data/log"));

    let host = home.start();
    relayed::await_halt(&host);
    assert!(!relayed::append(&host.url, &posts(100, 40)), "an append was acknowledged");
    let ready = host.get("/readyz").1;
    assert!(ready.contains("`posts`") && ready.contains(FRONTIERS), "{ready}");
    host.ask(&["adopt-log", POSTS]);
    let before = sent(&host).len();
    relay_posts(&host, 100);
    host.await_ready();
    let fresh = sent(&host).split_off(before);
    let expected: Vec<String> =
        (100..120).filter(|post| post % 20 != 19 && post % 7 != 6).map(|post| format!("p{post}")).collect();
    let mut posts: Vec<String> = fresh.into_iter().map(|(_, post)| post).collect();
    posts.sort();
    assert_eq!(posts, expected, "what came after the adoption, and nothing else");
}

#[test]
fn decisions_that_went_back_are_named_and_nothing_is_decided_until_they_are_adopted() {
    // The whole folder, or only a segment; then the end mark reveals the loss.
    for part in ["", "0/00000000000000000000.seg"] {
        let home = Home::default().with_module("like-count");
        let host = home.start();
        host.wait("like-count");
        assert!(host.stop().success());
        let decisions = home.path("data/log").join(DECISIONS);
        replace(&decisions, &home.path("older"));
        let host = home.start();
        home.add_version("like-count", "9.0.0");
        host.await_phase("like-count", "9.0.0", "caught_up");
        host.ask(&["promote", "like-count@9.0.0"]);
        assert!(host.stop().success());
        match part {
            "" => replace(&home.path("older"), &decisions),
            segment => {
                std::fs::copy(home.path("older").join(segment), decisions.join(segment)).expect("a copy");
            }
        }

        let host = home.start();
        let (ready, why) = host.get("/readyz");
        assert!(ready == 503 && why.contains("topic `foldline.decisions`"), "{why}");
        assert!(why.contains("adopt-log foldline.decisions"), "{why}");
        let verdict = wait_for("the verdict on the module", || {
            let text = host.ask(&["modules"]);
            text.contains("waiting").then_some(text)
        });
        assert!(verdict.contains("nothing is decided: topic `foldline.decisions`"), "{verdict}");
        host.await_phase("like-count", "0.1.0", "live");
        host.ask(&["adopt-log", DECISIONS]);
        host.await_phase("like-count", "9.0.0", "caught_up");
        host.ask(&["promote", "like-count@9.0.0"]);
        host.await_ready();
        host.kill();
        let host = home.start();
        host.await_phase("like-count", "9.0.0", "live");
        host.await_ready();
    }
}

#[test]
fn a_topic_that_nobody_reads_and_that_lost_its_end_takes_no_appends() {
    let home = Home::new("[log.embedded]\npartitions = 1\n");
    let host = home.start();
    let append = |host: &Host, user: u64| {
        let file = home.write("one.ndjson", format!("{{\"user_id\":\"u{user}\"}}\n"));
        host.run(&["append", "visits", file.to_str().expect("a text")])
    };
    assert!(append(&host, 1).status.success());
    assert!(host.stop().success());
    let segments = home.path("data/log/visits/0");
    replace(&segments, &home.path("older"));
    let host = home.start();
    assert!(append(&host, 2).status.success());
    assert!(host.stop().success());
    // Only the segment: the end mark reveals the loss.
    for entry in std::fs::read_dir(home.path("older")).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            std::fs::copy(&path, segments.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }

    let host = home.start();
    let (ready, why) = host.get("/readyz");
    assert!(ready == 503 && why.contains("visits") && why.contains("adopt-log visits"), "{ready} {why}");
    assert!(host.ask(&["status"]).contains("adopt-log visits"));
    let refused = append(&host, 3);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("adopt-log visits"), "{refused:?}");
    host.ask(&["adopt-log", "visits"]);
    assert!(append(&host, 3).status.success());
    host.await_ready();
    assert_eq!(records(&host, "visits").len(), 2);
}
