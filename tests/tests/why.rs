//! Goal: the divergence of two versions over a key is found at the first event that causes it, and reported as a fixture that the
//! old module passes and the new one fails.
//! Method: reducers of this repository are compared with versions of them with one change each, over random logs. Each fixture is
//! run by the fixture runner, and each divergence is compared with the traces of both modules.

use std::collections::BTreeMap;

use foldline_api::TraceLine;
use foldline_engine::verify::Folding;
use foldline_inspect::fixture;
use foldline_inspect::trace::{Compared, Comparer, Divergence, TraceTarget, Tracer};
use foldline_module::ValidatedModule;
use foldline_sink::Membership;
use foldline_tests::runs::{RunSettings, World, worlds};
use foldline_tests::variants::variant;
use foldline_tests::windowed::{Model, PARTITIONS, add_all, events};
use foldline_tests::world::{Placed, Rng};
use serde_json::{Value, json};

/// A log, the live module, and the folding of the next version.
struct Two {
    world: World,
    old: Folding,
    new: Folding,
}

impl Two {
    fn new(
        reducer: &str,
        topic: &'static [&'static str],
        partitions: u32,
        new: ValidatedModule,
        parts: &[Vec<Placed>],
    ) -> Self {
        let mut world = World::new(reducer, topic, partitions);
        for part in parts {
            part.chunks(700).for_each(|some| world.append(some));
        }
        let running = world.start("old", RunSettings::QUIET);
        running.wait_shown(&world.end());
        let old = running.handle.folding().expect("it ran");
        running.stop();
        let new = Folding { module: new, ..old.clone() };
        Self { world, old, new }
    }

    fn compare(&self, id: &str) -> Compared {
        let comparer = Comparer { old: &self.old, new: &self.new, log: self.world.log() };
        comparer.compare(id, &mut |read, of| read <= of).expect("compared")
    }

    /// Returns the differences that a fixture finds with each module.
    fn run(&self, fixture: &str) -> [Vec<String>; 2] {
        let lines = fixture::parse::parse("fixture", fixture.as_bytes()).expect("a fixture");
        [&self.old, &self.new].map(|of| fixture::run_in_memory(&of.module, &lines, 1 << 20).expect("it runs"))
    }

    /// Checks that the old module passes the fixture and the new one fails it, because of the document alone.
    fn check_fixture(&self, divergence: &Divergence) {
        let fixture = divergence.fixture.as_ref().expect("a fixture");
        let [old, new] = self.run(fixture);
        assert_eq!(old, Vec::<String>::new(), "{fixture}");
        let about = |difference: &String| difference.contains(&divergence.id);
        assert!(!new.is_empty() && new.iter().all(about), "{new:?}\n{fixture}");
    }

    /// Returns every document of a row over time, by (time, id), for the old and the new module.
    fn histories(&self, id: &str) -> [BTreeMap<(i64, String), Option<Value>>; 2] {
        [&self.old, &self.new].map(|folding| {
            let asked = TraceTarget::new(id, folding.module.description()).expect("a key");
            let mut history = BTreeMap::new();
            let traced = Tracer { folding, log: self.world.log() }.trace(asked, u64::MAX, &mut |line| {
                if let TraceLine::Time(time) = line {
                    let after = time.after.map(|json| serde_json::from_str(json.get()).expect("JSON"));
                    history.insert((time.time_ms, time.id), after);
                }
                true
            });
            traced.expect("traced");
            history
        })
    }
}

fn like(post: &str, user: u64, time_ms: i64) -> Placed {
    let value = json!({"post_id": post, "user_id": format!("u{user}"), "timestamp": time_ms});
    Placed { topic: 0, partition: 0, value: value.to_string().into_bytes(), punctuation_ms: None }
}

#[test]
fn the_first_event_after_which_the_counts_differ_is_named() {
    let changes = [
        ("count: row.users }", "count: row.users + u64::from(row.users >= 3), rate: 7 }"),
        ("    count: u64,", "    count: u64,\n    rate: u64,"),
    ];
    let users = [1, 2, 2, 1, 2, 3, 4, 5].iter().zip(0..);
    let mut records: Vec<Placed> = users
        .flat_map(|(&user, at)| [like("p1", user, at), like("p2", user % 2, at), like("p3", 9, at)])
        .collect();
    records.insert(4, Placed { value: b"{".to_vec(), ..like("p1", 1, 1) });
    let two = Two::new("like-count", &["likes"], 1, variant("like-count", &changes), &[records]);
    let compared = two.compare("p1");
    assert_eq!(compared.alone, [Vec::new(), vec!["rate".to_owned()]]);
    let divergence = compared.divergence.expect("they diverge");
    assert_eq!((compared.events, &divergence.fields), (6, &vec!["count".to_owned()]));
    let record: Value = serde_json::from_str(divergence.record.as_deref().expect("a record")).expect("JSON");
    assert_eq!((&record["offset"], &record["value"]["user_id"]), (&json!(16), &json!("u3")));
    let count = |document: Option<&str>| -> Value {
        serde_json::from_str::<Value>(document.expect("a document")).expect("JSON")["count"].clone()
    };
    let counts = [&divergence.old, &divergence.new].map(|side| count(side.document.as_deref()));
    assert_eq!(counts, [json!(3), json!(4)]);
    two.check_fixture(&divergence);
    let fixture = divergence.fixture.expect("a fixture");
    assert_eq!(fixture.lines().count(), 7);
    assert_eq!(fixture.lines().last(), Some(r#"{"expect":{"p1":{"count":3,"post_id":"p1"}}}"#));
    // Both pass a fixture that ends one event earlier: nothing diverges before.
    let mut before: Vec<&str> = fixture.lines().take(5).collect();
    before.push(r#"{"expect":{"p1":{"count":2}}}"#);
    assert_eq!(two.run(&before.join("\n")), [Vec::<String>::new(), Vec::new()]);

    for same in ["p2", "p3", "nobody"] {
        let compared = two.compare(same);
        assert!(compared.divergence.is_none(), "a field that only one declares is no difference");
        assert_eq!(compared.events, if same == "nobody" { 0 } else { 8 });
    }
}

/// A follow, or its end.
fn follow(user: &str, target: &str, action: &str, time_ms: i64) -> Placed {
    let value = json!({"user_id": user, "target_id": target, "action": action, "timestamp": time_ms});
    Placed { topic: 0, partition: 0, value: value.to_string().into_bytes(), punctuation_ms: None }
}

#[test]
fn memberships_diverge_where_the_documents_never_do() {
    let place = |set: &str, member: &str, score| Membership { set: set.into(), member: member.into(), score };
    // Whoever follows again is then someone else's follower.
    let records = vec![
        follow("ann", "bob", "follow", 1_000),
        follow("cem", "bob", "follow", 1_500),
        follow("ann", "bob", "unfollow", 2_000),
        follow("ann", "bob", "follow", 3_000),
    ];
    let moved = variant("followers", &[("\"following:{user}\"", "\"follows:{user}\"")]);
    let two = Two::new("followers", &["follows"], 1, moved, std::slice::from_ref(&records));
    let divergence = two.compare("ann/bob").divergence.expect("they diverge");
    assert_eq!(
        (divergence.fields.as_slice(), divergence.time_ms),
        (&["(memberships)".to_owned()][..], 1_000)
    );
    assert_eq!([&divergence.old.document, &divergence.new.document], [&None, &None]);
    let followed = place("followers:bob", "ann", 1_000.0);
    assert_eq!(divergence.old.memberships, [followed.clone(), place("following:ann", "bob", 1_000.0)]);
    assert_eq!(divergence.new.memberships, [followed, place("follows:ann", "bob", 1_000.0)]);
    let fixture = divergence.fixture.expect("a fixture");
    let [old, new] = two.run(&fixture);
    assert_eq!(old, Vec::<String>::new(), "{fixture}");
    assert!(!new.is_empty() && new.iter().all(|new| new.contains("set follow")), "{new:?}");
    assert_eq!(
        fixture.lines().last(),
        Some(r#"{"expect_members":{"following:ann":["bob"],"follows:ann":[]}}"#)
    );
    assert!(two.compare("dan/bob").divergence.is_none());
}

#[test]
fn scores_diverge_without_a_fixture_and_documents_come_first() {
    let post = |id: &str, title: &str, time_ms: i64| {
        let value = json!({"post_id": id, "author_id": "ann", "title": title, "tribe_id": "t1", "timestamp": time_ms});
        Placed { topic: 0, partition: 0, value: value.to_string().into_bytes(), punctuation_ms: None }
    };
    let liked = |id: &str, user: u64, time_ms: i64| Placed { topic: 1, ..like(id, user, time_ms) };
    let records = vec![post("p1", "one", 1), liked("p1", 1, 2), post("p2", "one", 3), post("p1", "two", 4)];
    let topics: &[&str] = &["posts", "likes"];
    let scored = ("row.post_id, row.likes)", "row.post_id, row.likes * 2)");
    let new = variant("tribe-posts", &[scored]);
    let two = Two::new("tribe-posts", topics, 1, new, std::slice::from_ref(&records));
    let divergence = two.compare("p1").divergence.expect("they diverge");
    let scores = [&divergence.old, &divergence.new].map(|side| side.memberships[0].score);
    assert_eq!((scores, divergence.fields.as_slice()), ([1.0, 2.0], &["(memberships)".to_owned()][..]));
    assert!(divergence.fixture.is_err_and(|why| why.contains("only scores differ")));
    assert!(two.compare("p2").divergence.is_none(), "twice nothing is nothing");

    let titled = ("row.title.map(Into::into)", "row.title.filter(|title| *title != \"two\").map(Into::into)");
    let new = variant("tribe-posts", &[scored, titled]);
    let two = Two::new("tribe-posts", topics, 1, new, &[records]);
    let divergence = two.compare("p1").divergence.expect("they diverge");
    assert_eq!(divergence.fields, ["title", "(memberships)"]);
    assert!(divergence.record.as_ref().is_some_and(|record| record.contains("two")), "{divergence:?}");
    two.check_fixture(&divergence);
}

#[test]
fn a_record_that_only_one_version_accepts_makes_them_diverge() {
    // The old one rejects what the new one counts.
    let changes = [
        ("    user_id: &'a str,", "    user_id: Option<&'a str>,"),
        ("users(like.user_id)", "users(like.user_id.unwrap_or(\"nobody\"))"),
    ];
    let anonymous = Placed {
        value: json!({"post_id": "p1", "timestamp": 5}).to_string().into_bytes(),
        ..like("p1", 1, 1)
    };
    let records = vec![like("p1", 1, 1), anonymous, like("p1", 2, 2)];
    let two = Two::new("like-count", &["likes"], 1, variant("like-count", &changes), &[records]);
    let divergence = two.compare("p1").divergence.expect("they diverge");
    let fixture = divergence.fixture.expect("a fixture");
    let [old, new] = two.run(&fixture);
    assert_eq!(old, Vec::<String>::new(), "{fixture}");
    assert!(!new.is_empty(), "{fixture}");
    assert!(fixture.contains(r#"{"expect_error":"missing field `user_id`"}"#), "{fixture}");
}

/// What may differ between two versions of a windowed reducer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Differs {
    /// The documents of the same events: the histories of both are the same until they diverge.
    Documents,
    /// Which events are late.
    Late,
    /// Which events are late, in a log with punctuations. A fixture cannot punctuate a single partition.
    LateByPunctuations,
}

/// Compares versions of a windowed reducer over random logs.
fn check(reducer: &str, topic: &'static [&'static str], key: &str, change: (&str, &str), differs: Differs) {
    let new = variant(reducer, &[change]);
    let (mut diverged, mut with_fixture) = (0, 0);
    for seed in worlds().take(5) {
        let mut rng = Rng::new(seed + 9_000);
        let mut clocks = [1_700_000_000_000_i64, 1_700_000_100_000, 1_700_000_200_000];
        let mut parts: Vec<Vec<Placed>> =
            (0..2).map(|_| events(&mut rng, &mut clocks, 2_000, 12, topic[0])).collect();
        if differs == Differs::Late {
            parts.iter_mut().for_each(|part| part.retain(|placed| placed.punctuation_ms.is_none()));
        }
        let mut model = Model::default();
        add_all(&mut model, &parts, key, if key == "post_id" { "user_id" } else { "post_id" });
        let two = Two::new(reducer, topic, PARTITIONS, new.clone(), &parts);
        for id in model.by_key.keys().take(6) {
            let divergence = two.compare(id).divergence;
            if differs == Differs::Documents {
                let [old, new] = two.histories(id);
                let Some(divergence) = &divergence else {
                    assert_eq!(old, new, "seed {seed}, {id}");
                    continue;
                };
                let [old, new] = [old, new].map(|mut history| {
                    let mut then = history.split_off(&(divergence.time_ms, String::new()));
                    then.retain(|(at, _), _| *at == divergence.time_ms);
                    (history, then)
                });
                assert_eq!(old.0, new.0, "seed {seed}, {id}: the same until they diverge");
                assert_ne!(old.1, new.1, "seed {seed}, {id}: and not then");
            }
            let Some(divergence) = divergence else { continue };
            diverged += 1;
            assert_eq!(divergence.record, None, "only time changes the documents of windows");
            match &divergence.fixture {
                Ok(_) => {
                    with_fixture += 1;
                    two.check_fixture(&divergence);
                }
                Err(why) => {
                    assert!(differs == Differs::LateByPunctuations, "{why}");
                    assert!(why.contains("a punctuation of one partition"), "{why}");
                }
            }
        }
    }
    let said = format!("{diverged} diverged, {with_fixture} with a fixture");
    match differs {
        // Whether a punctuation was decisive depends on the worlds. At least one must be, and must be reported.
        Differs::LateByPunctuations => assert!(diverged > with_fixture, "{said}"),
        Differs::Documents | Differs::Late => assert!(diverged > 0 && with_fixture == diverged, "{said}"),
    }
}

#[test]
fn windows_of_another_length_diverge_when_time_moves_on() {
    check("trending", &["likes"], "post_id", ("24h / 2m", "12h / 2m"), Differs::Documents);
}

#[test]
fn sessions_with_another_gap_diverge_when_one_of_them_closes() {
    check("sessions", &["views"], "user_id", ("session 30m", "session 20m"), Differs::Documents);
}

#[test]
fn only_a_bound_that_makes_other_events_late_makes_them_diverge() {
    // Late events are another matter than the time of showing: documents are compared at equal event times.
    let wide = ("bound = \"1m\"", "bound = \"10m\"");
    let narrow = ("bound = \"1m\"", "bound = \"1s\"");
    check("trending", &["likes"], "post_id", wide, Differs::Late);
    check("trending", &["likes"], "post_id", narrow, Differs::Late);
    check("trending", &["likes"], "post_id", wide, Differs::LateByPunctuations);
}
