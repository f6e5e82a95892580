//! Goal: sets show exactly what rows claim: nothing is left behind by an unfollow, a move or a deletion, across kills and
//! upgrades.
//! Method: a real host with `followers` and `tribe-posts`. Random records are appended over HTTP and read back with the append's
//! token, set by set, and compared with maps that share no code with the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use foldline_core::position::Position;
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::http::{self, Http};
use foldline_tests::variants::variant_bytes;
use foldline_tests::world::Rng;
use serde_json::json;

const MODULES: [&str; 2] = ["followers", "tribe-posts"];
const USERS: u64 = 12;
const TRIBES: u64 = 4;
const POSTS: u64 = 25;

/// The topics that a projection reads.
fn topics(name: &str) -> std::slice::Iter<'static, &'static str> {
    match name {
        "followers" => ["follows"].iter(),
        _ => ["likes", "posts"].iter(),
    }
}

/// Appends records, one per line. Returns the position after them.
fn append(host: &Host, topic: &str, lines: String) -> Position {
    let answer = http::append(&host.url, topic, lines).expect("the host answers").accepted();
    answer.value()["token"].as_str().and_then(|token| token.parse().ok()).expect("a token")
}

/// Reads a set page by page once it shows everything before a position. Returns members with scores, and the version that
/// answered.
fn read(host: &Host, name: &str, set: &str, order: &str, at_least: &Position) -> (Members, String) {
    let url = format!("{}/api/v1/projections/{name}/sets/{set}", host.url);
    let after = at_least.to_string();
    let (http, mut members, mut cursor) = (Http::default(), Vec::new(), None::<String>);
    loop {
        let mut parameters = vec![("order", order), ("limit", "5"), ("at_least", &after), ("wait", "60s")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let answer = http.query(&url, &parameters);
        let answer = answer.unwrap_or_else(|error| panic!("{set} of {name} at {at_least}: {error:?}"));
        assert_eq!(answer.status, 200, "{set} of {name} at {at_least}: {}", answer.body);
        let version = answer.header("foldline-version").to_owned();
        let position: Position = answer.header("foldline-position").parse().expect("a position");
        let expected = at_least.of_topics(topics(name).copied());
        assert!(position.covers(&expected), "{position} is shown where {expected} is expected");
        let page = answer.value();
        assert_eq!(page["set"], set);
        for member in page["members"].as_array().expect("members") {
            let name = member["member"].as_str().expect("a member").to_owned();
            members.push((name, member["score"].as_f64().expect("a score")));
        }
        match page.get("cursor") {
            Some(next) => cursor = Some(next.as_str().expect("a cursor").to_owned()),
            None => return (members, version),
        }
    }
}

/// Members with their scores.
type Members = Vec<(String, f64)>;

#[derive(Default)]
struct Post {
    tribe: Option<u64>,
    known: bool,
    deleted: bool,
    likes: BTreeSet<u64>,
}

/// Everything that was appended, and the resulting sets.
struct Model {
    rng: Rng,
    time_ms: u64,
    /// By user and target: when the user followed the target; `None` if that is over.
    follows: BTreeMap<(String, String), Option<u64>>,
    posts: BTreeMap<u64, Post>,
    /// The position after everything that was appended.
    end: Position,
}

impl Model {
    fn new(seed: u64) -> Self {
        let (follows, posts, end) = Default::default();
        Self { rng: Rng::new(seed), time_ms: 1_700_000_000_000, follows, posts, end }
    }

    fn next_ms(&mut self) -> u64 {
        self.time_ms += 1;
        self.time_ms
    }

    /// Appends random records of all topics.
    fn append(&mut self, host: &Host, count: usize) {
        let (follows, posts, likes) =
            (self.make_follows(count), self.make_posts(count / 2), self.make_likes(count));
        for (topic, lines) in [("follows", follows), ("posts", posts), ("likes", likes)] {
            self.end.raise_to(&append(host, topic, lines));
        }
    }

    fn make_follows(&mut self, count: usize) -> String {
        let mut lines = String::new();
        for _ in 0..count {
            let user = format!("u{}", self.rng.below(USERS));
            let (kind, target) = match self.rng.below(3) {
                0 => ("tribe", format!("t{}", self.rng.below(TRIBES))),
                _ => ("user", format!("u{}", self.rng.below(USERS))),
            };
            let action = self.rng.of(&["follow", "follow", "unfollow"]);
            let timestamp = self.next_ms();
            let value = json!({
                "user_id": user, "target_id": target, "kind": kind, "action": action, "timestamp": timestamp,
            });
            writeln!(lines, "{}", json!({"key": user, "value": value})).expect("a text");
            self.follows.insert((user, target), (action == "follow").then_some(timestamp));
        }
        lines
    }

    fn make_posts(&mut self, count: usize) -> String {
        let mut lines = String::new();
        for _ in 0..count {
            let id = self.rng.below(POSTS);
            // Most of them stay; some move, leave all tribes, are deleted, or come back.
            let tribe = (self.rng.below(8) > 0).then(|| self.rng.below(TRIBES));
            let deleted = self.rng.below(5) == 0;
            let mut value = json!({
                "post_id": format!("p{id}"), "author_id": "u1", "title": "Hello", "timestamp": self.next_ms(),
            });
            if let Some(tribe) = tribe {
                value["tribe_id"] = json!(format!("t{tribe}"));
            }
            if deleted {
                value["deleted"] = json!(true);
            }
            writeln!(lines, "{}", json!({"key": format!("p{id}"), "value": value})).expect("a text");
            let post = self.posts.entry(id).or_default();
            (post.tribe, post.known, post.deleted) = (tribe, true, deleted);
        }
        lines
    }

    fn make_likes(&mut self, count: usize) -> String {
        let mut lines = String::new();
        for _ in 0..count {
            let (id, user) = (self.rng.below(POSTS), self.rng.below(USERS));
            let timestamp = self.next_ms();
            let value =
                json!({"user_id": format!("u{user}"), "post_id": format!("p{id}"), "timestamp": timestamp});
            writeln!(lines, "{}", json!({"key": format!("p{id}"), "value": value})).expect("a text");
            self.posts.entry(id).or_default().likes.insert(user);
        }
        lines
    }

    /// Returns every set that may have members: projection, set, members.
    fn sets(&self) -> Vec<(&'static str, String, Members)> {
        let mut sets = Vec::new();
        let users = (0..USERS).map(|user| format!("u{user}"));
        let tribes = (0..TRIBES).map(|tribe| format!("t{tribe}"));
        for id in users.chain(tribes) {
            let follows = || self.follows.iter().filter_map(|(of, since)| Some((of, (*since)? as f64)));
            let followers = follows().filter(|((_, target), _)| *target == id);
            let following = follows().filter(|((user, _), _)| *user == id);
            let followers = followers.map(|((user, _), since)| (user.clone(), since)).collect();
            let following = following.map(|((_, target), since)| (target.clone(), since)).collect();
            sets.push(("followers", format!("followers:{id}"), followers));
            sets.push(("followers", format!("following:{id}"), following));
        }
        for tribe in 0..TRIBES {
            let posts = self.posts.iter().filter(|(_, post)| post.known && !post.deleted);
            let posts = posts.filter(|(_, post)| post.tribe == Some(tribe));
            let posts = posts.map(|(id, post)| (format!("p{id}"), post.likes.len() as f64)).collect();
            sets.push(("tribe-posts", format!("tribe:t{tribe}"), posts));
        }
        sets
    }

    /// Asserts that a host shows exactly these sets, in both directions, by versions with this number.
    #[track_caller]
    fn check(&self, host: &Host, version: &str) {
        let mut shown = 0;
        for (name, set, mut expected) in self.sets() {
            for order in ["desc", "asc"] {
                expected.sort_by(|one, other| {
                    let scores = one.1.total_cmp(&other.1);
                    (if order == "asc" { scores } else { scores.reverse() }).then(one.0.cmp(&other.0))
                });
                let (members, by) = read(host, name, &set, order, &self.end);
                assert_eq!(members, expected, "{set} {order} at {}", self.end);
                assert_eq!(by, format!("{name}@{version}"));
            }
            shown += expected.len();
        }
        assert!(shown > 30, "only {shown} members are in all sets");
    }
}

fn home() -> Home {
    Home::new("[checkpoint]\nevery = \"50ms\"\n").with_module("followers").with_module("tribe-posts")
}

/// Starts a host whose projections are all served.
fn start(home: &Home) -> Host {
    let host = home.start();
    for name in MODULES {
        host.wait(name);
    }
    host
}

#[test]
fn sets_are_read_as_they_were_written_over_kills_an_upgrade_and_a_rollback() {
    let home = home();
    let mut host = start(&home);
    let mut model = Model::new(5);
    model.append(&host, 150);
    model.check(&host, "0.1.0");
    for _ in 0..3 {
        // Killed with everything shown, and with appends that are not read yet.
        model.append(&host, 60);
        model.check(&host, "0.1.0");
        model.append(&host, 60);
        host.kill();
        host = start(&home);
        model.check(&host, "0.1.0");
    }
    for name in MODULES {
        home.add_version(name, "0.2.0");
        host.ask(&["wait", name, "--version", "0.2.0", "--timeout", "120s"]);
    }
    model.append(&host, 60);
    model.check(&host, "0.1.0");
    for name in MODULES {
        let same = host.ask(&["diff", name]);
        assert!(same.contains(" 0 changed, 0 only in old, 0 only in new"), "{same}");
        assert!(!same.contains("documents: 0 same"), "{same}");
        host.ask(&["promote", &format!("{name}@0.2.0")]);
    }
    model.check(&host, "0.2.0");
    model.append(&host, 60);
    model.check(&host, "0.2.0");
    host.kill();
    let host = start(&home);
    model.check(&host, "0.2.0");
    for name in MODULES {
        host.ask(&["rollback", name]);
    }
    model.check(&host, "0.1.0");
    model.append(&host, 60);
    model.check(&host, "0.1.0");
}

/// A first load of many rows, some of them in sets, gives the same as flushing these rows one by one.
#[test]
fn sets_that_are_loaded_at_once_are_those_of_flushes() {
    let home = Home::default();
    let host = home.start();
    let mut model = Model::new(6);
    model.append(&host, 5_000);
    for name in MODULES {
        home.add_module(name);
        wait_for("the module's first load", || {
            host.run(&["query", name, "--limit", "1"]).status.success().then_some(())
        });
    }
    model.check(&host, "0.1.0");
}

#[test]
fn sets_are_asked_traced_and_compared_on_the_command_line() {
    let home = home();
    let host = start(&home);
    let follow = |user: &str, target: &str, action: &str, timestamp: u64| {
        let value = json!({"user_id": user, "target_id": target, "action": action, "timestamp": timestamp});
        format!("{}\n", json!({"key": user, "value": value}))
    };
    let lines = [
        follow("ann", "bob", "follow", 1_000),
        follow("cem", "bob", "follow", 2_000),
        follow("ann", "t1", "follow", 3_000),
        follow("cem", "bob", "unfollow", 4_000),
        follow("dan", "bob", "follow", 5_000),
    ];
    append(&host, "follows", lines.concat());
    host.wait("followers");
    let both = "{\"member\":\"dan\",\"score\":5000,\"id\":\"dan/bob\"}\n{\"member\":\"ann\",\"score\":1000,\"id\":\"ann/bob\"}\n";
    let one = &both[both.find('\n').expect("two lines") + 1..];
    assert_eq!(host.ask(&["query", "followers", "--set", "followers:bob"]), both);
    let asked = ["query", "followers", "--set", "followers:bob", "--order", "asc", "--limit", "1"];
    assert_eq!(host.ask(&asked), one);
    assert_eq!(host.ask(&["query", "followers", "--set", "followers:bob", "--member", "ann"]), one);
    let missing = host.run(&["query", "followers", "--set", "followers:bob", "--member", "cem"]);
    assert_eq!(missing.status.code(), Some(1));
    let traced = host.ask(&["trace", "followers", "cem/bob"]);
    for told in ["set followers:bob: cem: - → 2000", "set following:cem: bob: 2000 → -"] {
        assert!(traced.contains(told), "{traced}");
    }

    let renamed = variant_bytes("followers", &[("\"following:{user}\"", "\"follows:{user}\"")]);
    home.drop_file("followers@0.2.0.wasm", renamed);
    host.ask(&["wait", "followers", "--version", "0.2.0", "--timeout", "120s"]);
    let output = host.run(&["diff", "followers"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("documents: 0 same, 3 changed, 0 only in old, 0 only in new"), "{said}");
    assert!(said.contains("(memberships)"), "{said}");

    let output = host.run(&["diff", "followers", "--why", "cem/bob"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let fixture = String::from_utf8_lossy(&output.stdout);
    let expected = r#"{"expect_members":{"following:cem":["bob"],"follows:cem":[]}}"#;
    assert_eq!(fixture.lines().last(), Some(expected), "{fixture}");
    let said = String::from_utf8_lossy(&output.stderr);
    for told in [
        "diverge at `cem/bob` after follows:",
        "set following:cem: bob: 2000 → -",
        "set follows:cem: bob: - → 2000",
        "what differs: (memberships)",
    ] {
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn a_row_whose_place_has_no_possible_name_fails_alone_and_stays_where_it_was() {
    let home = home();
    let host = start(&home);
    let post = |id: &str, tribe: &str, timestamp: u64| {
        let value = json!({
            "post_id": id, "author_id": "ann", "title": "Hello", "tribe_id": tribe, "timestamp": timestamp,
        });
        format!("{}\n", json!({"key": id, "value": value}))
    };
    append(&host, "posts", post("p1", "t1", 1) + &post("p2", "t1", 2) + &post("p3", "t1", 3));
    host.wait("tribe-posts");
    let end = append(&host, "posts", post("p2", &"x".repeat(600), 4) + &post("p3", "t2", 5));
    let members = |set: &str| -> Vec<String> {
        read(&host, "tribe-posts", set, "asc", &end).0.into_iter().map(|(member, _)| member).collect()
    };
    assert_eq!(
        (members("tribe:t1"), members("tribe:t2")),
        (vec!["p1".into(), "p2".into()], vec!["p3".into()])
    );
    let status = host.status();
    let versions = status["projections"].as_array().expect("versions");
    let of = versions.iter().find(|of| of["name"] == "tribe-posts").expect("it runs");
    assert_eq!(of["failed_rows"], 1, "{of}");
    // Its next record repairs it.
    let end = append(&host, "posts", post("p2", "t2", 6));
    let members = read(&host, "tribe-posts", "tribe:t2", "desc", &end).0;
    assert_eq!(members, [("p2".into(), 0.0), ("p3".into(), 0.0)]);
}
