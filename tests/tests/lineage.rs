//! Goal: a log that is not the one that was read is noticed before anything continues with it, whatever its offsets. What was
//! made of the former log stays as it is, nothing is appended, and `adopt-log` starts over.
//! Method: a real host whose topic is replaced by an older copy, or by another installation's, while it is down; also with more
//! records than before, or none. And a whole data folder is restored while a real Redis has seen more.

use foldline_tests::folders::replace;
use foldline_tests::host::{Home, Host, module, wait_for};
use foldline_tests::likes::likes;
use foldline_tests::relayed::{self, NEW_POSTS, POSTS, await_relayed, posts, records};
use foldline_tests::servers::redis::RedisServer;
use foldline_tests::slow_module::with_dead_weight;
use serde_json::Value;

/// With one partition, an older copy lacks exactly what was appended last.
const ONE: &str = "[log.embedded]\npartitions = 1\n[checkpoint]\nevery = \"50ms\"\n";
/// Also relays what exists at first.
const RELAY: &str = "[log.embedded]\npartitions = 1\n[relays.relay]\nfrom = \"start\"\n";

fn append(home: &Home, host: &Host, lines: &str) {
    let file = home.write("more.ndjson", lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// Returns likes number `from` to `to` of one sequence.
fn lines(from: usize, to: usize, seed: u64) -> String {
    let all = likes(1_000, 20, 200, seed);
    all.lines.split_inclusive('\n').skip(from).take(to - from).collect()
}

fn halt_of(host: &Host, name: &str) -> Option<String> {
    let status = host.status();
    let versions = status["projections"].as_array()?;
    let found = versions.iter().find(|version| version["name"] == name)?;
    (found["phase"] == "halted").then(|| found["reason"].as_str().unwrap_or_default().to_owned())
}

fn await_halt(host: &Host, name: &str) -> String {
    wait_for(&format!("{name} to halt"), || halt_of(host, name))
}

fn refused(host: &Host, arguments: &[&str]) -> String {
    let output = host.run(arguments);
    assert!(!output.status.success(), "{arguments:?} was done");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a host until it has folded 600 likes, and stops it. `older` then holds its log as of 300.
fn folded(home: &Home) {
    let host = home.start();
    append(home, &host, &lines(0, 300, 1));
    host.wait("like-count");
    assert!(host.stop().success());
    replace(&home.path("data/log"), &home.path("older"));
    let host = home.start();
    append(home, &host, &lines(300, 600, 1));
    host.wait("like-count");
    assert!(host.stop().success());
}

fn documents_of(lines: &str) -> Vec<String> {
    let home = Home::new(ONE).with_module("like-count");
    let host = home.start();
    append(&home, &host, lines);
    host.wait("like-count");
    host.documents("like-count")
}

#[test]
fn an_older_log_that_was_put_back_halts_what_was_made_of_the_newer_one_and_takes_no_appends() {
    let home = Home::new(ONE).with_module("like-count");
    folded(&home);
    replace(&home.path("older"), &home.path("data/log"));
    let host = home.start();
    // At once: nothing may be acknowledged before the log has been compared.
    let more = home.write("more.ndjson", lines(600, 1_000, 1));
    let append = ["append", "likes", more.to_str().expect("a text"), "--key", "post_id"];
    let why = refused(&host, &append);
    assert!(why.contains("topic `likes` is not the one that was read"), "{why}");
    assert!(why.contains("foldline adopt-log likes"), "{why}");
    let halt = await_halt(&host, "like-count");
    assert!(
        halt.contains("partition 0 ends at offset 300, but offset 600 was already folded or shown"),
        "{halt}"
    );
    assert_eq!(host.get("/readyz").0, 503);
    assert_eq!(host.appended("likes"), 300);
}

/// Adds a module that takes longer to compile than a start waits.
fn add_slow(home: &Home, name: &str) {
    let wasm = std::fs::read(module(name)).expect("a module");
    home.drop_file(&format!("{name}@0.1.0.wasm"), with_dead_weight(&wasm, 40, 2_000));
}

#[test]
fn a_version_that_is_to_be_compiled_first_has_compared_the_log_before_anything_is_appended() {
    let home = Home::new(ONE);
    add_slow(&home, "like-count");
    folded(&home);
    replace(&home.path("older"), &home.path("data/log"));
    // As for another build of the host, which has no machine code for it.
    std::fs::remove_dir_all(home.path("data/cache")).expect("no machine code");
    let host = home.start();
    let more = home.write("more.ndjson", lines(600, 1_000, 1));
    let append = ["append", "likes", more.to_str().expect("a text"), "--key", "post_id"];
    let why = refused(&host, &append);
    assert!(why.contains("topic `likes` is not the one that was read"), "{why}");
    assert_eq!(host.appended("likes"), 300);
    await_halt(&host, "like-count");
}

/// Relays forty posts, and restores the input's file with only the first twenty; the frontier shows the loss. Returns the number
/// of messages.
fn relayed_and_put_back(home: &Home) -> usize {
    let host = home.start();
    assert!(relayed::append(&host.url, &posts(0, 20)));
    await_relayed(&host);
    assert!(host.stop().success());
    replace(&home.path("data/log").join(POSTS), &home.path("older"));
    let host = home.start();
    assert!(relayed::append(&host.url, &posts(20, 20)));
    await_relayed(&host);
    let sent = records(&host, NEW_POSTS).len();
    assert!(host.stop().success());
    replace(&home.path("older"), &home.path("data/log").join(POSTS));
    sent
}

#[test]
fn a_relay_that_is_to_be_compiled_first_has_compared_the_log_before_anything_is_appended() {
    let home = Home::new(RELAY);
    add_slow(&home, relayed::NAME);
    relayed_and_put_back(&home);
    std::fs::remove_dir_all(home.path("data/cache")).expect("no machine code");

    let host = home.start();
    assert!(!relayed::append(&host.url, &posts(100, 40)), "an append was acknowledged");
    relayed::await_halt(&host);
}

#[test]
fn a_log_that_went_another_way_is_noticed_also_when_it_is_as_long() {
    let home = Home::new(ONE).with_module("like-count");
    folded(&home);
    let data = home.path("data");
    let elsewhere = home.path("elsewhere");
    // A host that never saw the newer log appends other likes to the older one, more of them than were folded.
    let other = Home::new(ONE).with_module("like-count");
    replace(&home.path("older"), &other.path("data/log"));
    replace(&data.join("modules"), &other.path("data/modules"));
    let host = other.start();
    append(&other, &host, &lines(0, 400, 2));
    host.wait("like-count");
    let expected = host.documents("like-count");
    assert!(host.stop().success());
    replace(&data, &elsewhere);
    replace(&other.path("data/log"), &data.join("log"));

    let host = home.start();
    let halt = await_halt(&host, "like-count");
    assert!(halt.contains("partition 0 holds another record at offset 599"), "{halt}");
    assert!(!halt.contains("adopted"), "{halt}");
    let said = host.ask(&["adopt-log", "likes"]);
    assert!(said.contains("started again: like-count@0.1.0"), "{said}");
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), expected);
    host.ask(&["verify", "like-count"]);
    let why = refused(&host, &["adopt-log", "likes"]);
    assert!(why.contains("topic `likes` is the one that was read"), "{why}");
    append(&home, &host, &lines(400, 500, 2));
    host.wait("like-count");
    let grown = host.documents("like-count");
    host.kill();
    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), grown, "an adopted log is an ordinary one");
    host.kill();

    // A crash after the decision: state of the other log is still recognised.
    replace(&elsewhere.join("versions"), &data.join("versions"));
    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), grown);
}

#[test]
fn a_topic_that_is_gone_takes_no_appends_and_starts_over_where_that_is_decided() {
    let home = Home::new(ONE).with_module("like-count");
    folded(&home);
    std::fs::remove_dir_all(home.path("data/log/likes")).expect("deleted");
    let host = home.start();
    let more = home.write("more.ndjson", lines(0, 100, 2));
    let append = ["append", "likes", more.to_str().expect("a text"), "--key", "post_id"];
    let why = refused(&host, &append);
    assert!(why.contains("it is gone, but offset 600 of partition 0 was already folded or shown"), "{why}");
    assert!(why.contains("foldline adopt-log likes"), "{why}");
    await_halt(&host, "like-count");
    assert_eq!(host.get("/readyz").0, 503);
    host.kill();

    let host = home.start();
    await_halt(&host, "like-count");
    host.ask(&["adopt-log", "likes"]);
    host.ask(&append);
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), documents_of(&lines(0, 100, 2)));
    host.ask(&["verify", "like-count"]);
    host.kill();
    let host = home.start();
    host.wait("like-count");
    assert_eq!(host.documents("like-count").len(), documents_of(&lines(0, 100, 2)).len());
}

#[test]
fn a_log_that_was_put_back_is_told_by_documents_alone_that_no_checkpoint_holds() {
    let home =
        Home::new("[log.embedded]\npartitions = 1\n[checkpoint]\nevery = \"1h\"\n").with_module("like-count");
    let host = home.start();
    append(&home, &host, &lines(0, 300, 1));
    host.wait("like-count");
    assert!(host.stop().success());
    replace(&home.path("data/log/likes"), &home.path("older"));
    let host = home.start();
    append(&home, &host, &lines(300, 600, 1));
    host.wait("like-count");
    host.kill();
    replace(&home.path("older"), &home.path("data/log/likes"));

    let host = home.start();
    let halt = await_halt(&host, "like-count");
    assert!(halt.contains("ends at offset 300, but offset 600 was already folded or shown"), "{halt}");
    let more = home.write("more.ndjson", lines(600, 700, 1));
    let why = refused(&host, &["append", "likes", more.to_str().expect("a text"), "--key", "post_id"]);
    assert!(why.contains("topic `likes` is not the one that was read"), "{why}");
    host.ask(&["adopt-log", "likes"]);
    append(&home, &host, &lines(300, 400, 1));
    host.wait("like-count");
    assert_eq!(host.documents("like-count"), documents_of(&lines(0, 400, 1)));
    host.ask(&["verify", "like-count"]);
}

/// Returns a configuration whose projections are served from a Redis.
fn with_sink(cache: &RedisServer) -> String {
    let address = cache.address();
    format!("{ONE}[sinks.cache.redis]\nurl = \"redis://{address}\"\n[projections]\nsinks = [\"cache\"]\n")
}

/// Returns the number of likes of a post that a Redis serves.
fn count_in(cache: &RedisServer, post: &str) -> Option<u64> {
    cache.documents("like-count").get(post)?["count"].as_u64()
}

#[test]
fn a_data_folder_that_was_put_back_is_told_by_a_sink_that_saw_more_and_takes_no_appends() {
    let Some(cache) = RedisServer::start() else { return };
    for remedy in [&["adopt-log", "likes"][..], &["resync", "like-count", "cache"]] {
        let home = Home::new(&with_sink(&cache)).with_module("like-count");
        let like =
            |user: u64| format!("{{\"post_id\":\"p\",\"user_id\":\"u{user}\",\"timestamp\":{user}}}\n");
        let host = home.start();
        append(&home, &host, &like(1));
        host.wait("like-count");
        assert!(host.stop().success());
        replace(&home.path("data"), &home.path("older"));
        let host = home.start();
        append(&home, &host, &(2..9).map(like).collect::<String>());
        host.wait("like-count");
        assert_eq!(count_in(&cache, "p"), Some(8));
        assert!(host.stop().success());
        replace(&home.path("older"), &home.path("data"));

        let host = home.start();
        let halted = host.await_halted_sink();
        assert!(
            halted.contains("partition 0 ends at offset 1, but offset 8 was already folded or shown"),
            "{halted}"
        );
        assert!(halted.contains("adopt-log likes") && halted.contains("resync like-count cache"), "{halted}");
        assert_eq!(host.get("/readyz").0, 503);
        let one = home.write("one.ndjson", like(30));
        let again = ["append", "likes", one.to_str().expect("a text"), "--key", "post_id"];
        let why = refused(&host, &again);
        assert!(why.contains("topic `likes` is not the one that was read"), "{why}");
        assert_eq!(count_in(&cache, "p"), Some(8), "what it shows stays");
        host.ask(remedy);
        host.ask(&again);
        host.wait("like-count");
        wait_for("the sink to show what the log says", || (count_in(&cache, "p") == Some(2)).then_some(()));
        host.ask(&["verify", "like-count"]);
        let mut connection = cache.connection();
        redis::cmd("FLUSHALL").query::<()>(&mut connection).expect("emptied");
    }
}

#[test]
fn a_data_folder_that_was_put_back_behind_an_adoption_needs_one_more_and_no_two() {
    let Some(cache) = RedisServer::start() else { return };
    let home = Home::new(&with_sink(&cache)).with_module("like-count");
    let like = |user: u64| format!("{{\"post_id\":\"p\",\"user_id\":\"u{user}\",\"timestamp\":{user}}}\n");
    let lived = |likes: std::ops::Range<u64>| {
        let host = home.start();
        append(&home, &host, &likes.map(like).collect::<String>());
        host.wait("like-count");
        assert!(host.stop().success());
    };
    lived(0..3);
    replace(&home.path("data"), &home.path("older"));
    lived(3..8);
    replace(&home.path("older/log/likes"), &home.path("data/log/likes"));
    let host = home.start();
    await_halt(&host, "like-count");
    host.ask(&["adopt-log", "likes"]);
    host.wait("like-count");
    assert!(host.stop().success());
    lived(20..26);
    assert_eq!(count_in(&cache, "p"), Some(9));
    // The decision to adopt is lost with the folder, but Redis remembers it.
    replace(&home.path("older"), &home.path("data"));
    let host = home.start();
    host.await_halted_sink();
    host.ask(&["adopt-log", "likes"]);
    append(&home, &host, &like(30));
    host.wait("like-count");
    assert_eq!(count_in(&cache, "p"), Some(4));
    host.await_ready();
    host.ask(&["verify", "like-count"]);
}

#[test]
fn another_installations_log_is_noticed() {
    let home = Home::new(ONE).with_module("like-count");
    folded(&home);
    let other = Home::new(ONE);
    let host = other.start();
    append(&other, &host, &lines(0, 1_000, 1));
    assert!(host.stop().success());
    // The very same likes at the same offsets, in a separate log.
    replace(&other.path("data/log/likes"), &home.path("data/log/likes"));
    let mut host = home.spawn("127.0.0.1:0");
    assert!(!host.await_end().success());
    let log = host.log();
    assert!(log.contains("likes") && log.contains("is of a topic of log"), "{log}");
    assert_eq!(documents_of(&lines(0, 1_000, 1)).len(), 20, "the likes are sound in a host of their own");
}

#[test]
fn a_relay_does_not_go_on_in_a_log_that_it_did_not_read() {
    for from in ["end", "start"] {
        let home = Home::new(RELAY).with_module(relayed::NAME);
        let sent = relayed_and_put_back(&home);

        let host = home.start();
        let halt = relayed::await_halt(&host);
        assert!(halt.contains("topic `posts` is not the one that was read"), "{halt}");
        assert!(!relayed::append(&host.url, &posts(100, 40)), "an append was acknowledged");
        assert_eq!(records(&host, NEW_POSTS).len(), sent);
        host.ask(&["adopt-log", POSTS, "--from", from]);
        assert!(relayed::append(&host.url, &posts(100, 40)));
        await_relayed(&host);
        let fresh: Vec<Value> = records(&host, NEW_POSTS).split_off(sent);
        let is_new = |message: &&Value| {
            let post = message["value"]["post_id"].as_str().expect("a post");
            post.trim_start_matches('p').parse::<u64>().expect("a number") >= 100
        };
        let new = fresh.iter().filter(is_new).count();
        let expected =
            |posts: std::ops::Range<u64>| posts.filter(|post| post % 20 != 19 && post % 7 != 6).count();
        assert_eq!(new, expected(100..140), "{from}: what came after the adoption is sent");
        let held = if from == "start" { expected(0..20) } else { 0 };
        assert_eq!(fresh.len() - new, held, "{from}: what the log held");
        let all = records(&host, NEW_POSTS);
        let ids: std::collections::BTreeSet<&str> =
            all.iter().map(|message| message["id"].as_str().expect("an id")).collect();
        assert_eq!(
            ids.len(),
            all.len(),
            "{from}: offsets start again, and no receiver takes a message for another"
        );
    }
}
