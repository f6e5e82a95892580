//! Goal: a trace explains a row: each event with its verdict, each change with its cause, up to exactly the document that is
//! served.
//! Method: random logs, each traced for some keys, are compared with what a version serves and with brute force over the events.
//! A real host is asked on the command line.

use std::collections::BTreeMap;
use std::io::Write as _;

use foldline_api::{TraceLine, TracedEvent};
use foldline_engine::verify::Folding;
use foldline_inspect::trace::{TraceOutcome, TraceTarget, Tracer};
use foldline_tests::host::{Home, Host, foldline, root, wait_for};
use foldline_tests::likes::likes;
use foldline_tests::pages;
use foldline_tests::runs::{RunSettings, World, worlds};
use foldline_tests::windowed::{
    BOUND_MS, DAY_MS, HOUR_MS, Kept, MINUTE_MS, Model, PARTITIONS, add_all, events,
};
use foldline_tests::world::{Placed, Rng, TOPICS, records};
use serde_json::{Value, json};

/// Everything that a trace reported.
#[derive(Default)]
struct Story {
    events: Vec<TracedEvent>,
    /// Time, id, document after.
    times: Vec<(i64, String, Option<Value>)>,
    /// The documents after all changes.
    documents: BTreeMap<String, Value>,
}

fn value(json: Option<&serde_json::value::RawValue>) -> Option<Value> {
    json.map(|json| serde_json::from_str(json.get()).expect("JSON"))
}

/// Traces a row, and checks that each change begins where the previous one ended.
fn trace(world: &World, folding: &Folding, id: &str) -> (Story, TraceOutcome) {
    let mut story = Story::default();
    let asked = TraceTarget::new(id, world.module().description()).expect("a key");
    let tracer = Tracer { folding, log: world.log() };
    let told = tracer.trace(asked, u64::MAX, &mut |line| {
        match line {
            TraceLine::Progress { read, of } => assert!(read <= of),
            TraceLine::Event(event) => {
                assert_eq!(event.failed, None);
                let after = value(event.after.as_deref());
                if !event.open && !event.late {
                    assert_eq!(value(event.before.as_deref()), story.documents.get(id).cloned());
                    story.documents.extend(after.map(|document| (id.to_owned(), document)));
                } else {
                    assert_eq!(value(event.before.as_deref()), after, "an event changes no window");
                }
                story.events.push(event);
            }
            TraceLine::Time(time) => {
                let (before, after) = (value(time.before.as_deref()), value(time.after.as_deref()));
                assert_eq!(before, story.documents.remove(&time.id), "{id}");
                assert_ne!(before, after);
                story.documents.extend(after.clone().map(|document| (time.id.clone(), document)));
                story.times.push((time.time_ms, time.id, after));
            }
            TraceLine::Traced(_) | TraceLine::Failed(_) => panic!("the host's own lines"),
        }
        true
    });
    let traced = told.expect("traced");
    assert_eq!((traced.events, traced.times), (story.events.len() as u64, story.times.len() as u64));
    assert!(traced.position.covers(&world.end()) && !traced.more, "{traced:?}");
    (story, traced)
}

/// Folds the log. Returns the folding, and the documents that are served in the end.
fn served(world: &mut World) -> (Folding, BTreeMap<String, Value>) {
    let running = world.start("quiet", RunSettings::QUIET);
    running.wait_shown(&world.end());
    let folding = running.handle.folding().expect("it ran");
    running.stop();
    (folding, world.documents("quiet"))
}

#[test]
fn without_windows_the_last_document_is_the_one_that_is_served() {
    for seed in worlds() {
        let mut rng = Rng::new(seed + 7_000);
        let partitions = rng.of(&[1, 3]);
        let mut world = World::new("post-stats", &TOPICS, partitions);
        let count = rng.of(&[3, 300, 6_000]);
        for _ in 0..2 {
            let some = records(&mut rng, count, 20, partitions);
            world.append(&some);
        }
        let (folding, documents) = served(&mut world);
        let nobody = "nobody".to_owned();
        for id in documents.keys().take(4).chain([&nobody]) {
            let (story, _) = trace(&world, &folding, id);
            assert_eq!(story.documents.get(id), documents.get(id), "seed {seed}, {id}");
            assert!(story.times.is_empty());
            let of_key = |event: &TracedEvent| {
                let line = foldline_log::json::parse(event.record.get().as_bytes()).expect("a record");
                let value = line.record.value.expect("a value");
                let value: Value = serde_json::from_slice(&value).expect("JSON");
                assert_eq!(&value["post_id"], id, "a record that touches the row");
                line.topic.as_deref() == Some("views")
            };
            let views = story.events.iter().filter(|event| of_key(event)).count();
            let served = documents.get(id).map_or(0, |document| document["views"].as_u64().expect("a count"));
            assert_eq!(views as u64, served, "seed {seed}, {id}: each view once");
        }
    }
}

/// Traces some keys of a random log with windows. `check` receives the events of a key that are not late, how far event time
/// has come, and the story.
fn check(
    reducer: &str,
    topic: &'static [&'static str],
    key: &str,
    order: bool,
    check: impl Fn(&[Kept], Option<i64>, &Story),
) {
    for seed in worlds() {
        let mut rng = Rng::new(seed + 8_000);
        let mut world = World::new(reducer, topic, PARTITIONS);
        let mut clocks = [1_700_000_000_000_i64, 1_700_000_100_000, 1_700_000_200_000];
        let keys = rng.of(&[2, 20, 300]);
        let mut parts: Vec<Vec<Placed>> = (0..1 + rng.below(3))
            .map(|_| {
                let count = rng.of(&[1, 50, 1_000, 5_000]);
                events(&mut rng, &mut clocks, count, keys, topic[0])
            })
            .collect();
        if order {
            parts.iter_mut().flatten().for_each(as_order);
        }
        let other = if key == "post_id" { "user_id" } else { "post_id" };
        let mut model = Model::default();
        add_all(&mut model, &parts, key, other);
        for part in &parts {
            // In more than one batch.
            part.chunks(1 + rng.below(2_000) as usize).for_each(|some| world.append(some));
        }
        let (folding, documents) = served(&mut world);
        let mut asked: Vec<&String> = model.by_key.keys().chain(model.late_of.keys()).collect();
        asked.dedup();
        for id in asked.into_iter().take(5) {
            let (story, _) = trace(&world, &folding, id);
            let of_key = |of: &&String| *of == id || of.starts_with(&format!("{id}@"));
            let served: BTreeMap<String, Value> = documents
                .iter()
                .filter(|(of, _)| of_key(of))
                .map(|(of, document)| (of.clone(), document.clone()))
                .collect();
            assert_eq!(story.documents, served, "seed {seed}, {id}");
            let none = Vec::new();
            let kept = model.by_key.get(id).unwrap_or(&none);
            let late = story.events.iter().filter(|event| event.late).count() as u64;
            if !order {
                // Lateness is allowed there, which the model does not know.
                assert_eq!(late, model.late_of.get(id).copied().unwrap_or(0), "seed {seed}, {id}");
                assert_eq!(story.events.len() as u64 - late, kept.len() as u64, "seed {seed}, {id}");
                check(kept, model.watermark_ms(), &story);
            }
            // The same with the ids of single windows.
            for (window, document) in served.iter().filter(|(of, _)| *of != id).take(2) {
                let (one, _) = trace(&world, &folding, window);
                assert_eq!(one.documents, [(window.clone(), document.clone())].into(), "seed {seed}");
                assert!(!one.events.is_empty() && one.events.len() <= story.events.len());
            }
        }
    }
}

/// Converts a like to an order: shops are posts, orders are users.
fn as_order(placed: &mut Placed) {
    let like: Value = serde_json::from_slice(&placed.value).expect("JSON");
    let order = json!({
        "shop_id": like["post_id"], "order_id": like["user_id"], "timestamp": like["timestamp"], "amount": "1.50",
        "post_id": like["post_id"], "user_id": like["user_id"],
    });
    placed.value = order.to_string().into_bytes();
}

#[test]
fn every_change_of_a_sliding_window_is_told_at_its_time() {
    const SLIDE_MS: i64 = 2 * MINUTE_MS;
    check("trending", &["likes"], "post_id", false, |kept, watermark_ms, story| {
        // All windows, one by one.
        let mut expected: Vec<(i64, Option<Value>)> = Vec::new();
        let mut kept = kept.to_vec();
        kept.sort();
        let mut shown = None;
        let first = kept.first().map_or(i64::MAX, |event| event.time_ms);
        let mut end = first.div_euclid(SLIDE_MS).saturating_mul(SLIDE_MS).saturating_add(SLIDE_MS);
        while watermark_ms.is_some_and(|watermark_ms| end <= watermark_ms) {
            let from = kept.partition_point(|event| event.time_ms < end - DAY_MS);
            let to = kept.partition_point(|event| event.time_ms < end);
            let mut users: Vec<&str> = kept[from..to].iter().map(|event| &*event.value).collect();
            users.sort_unstable();
            users.dedup();
            let count = Some(users.len()).filter(|count| *count > 0);
            if count != shown {
                expected.push((end, count.map(|count| json!(count))));
                shown = count;
            }
            end += SLIDE_MS;
        }
        let counts = story.times.iter().map(|(time_ms, _, document)| {
            let count = document.as_ref().map(|document| document["count"].clone());
            (*time_ms, count)
        });
        assert_eq!(counts.collect::<Vec<_>>(), expected);
    });
}

#[test]
fn sessions_are_told_as_they_close_and_as_they_go() {
    const GAP_MS: i64 = 30 * MINUTE_MS;
    const KEPT_MS: i64 = 7 * DAY_MS;
    check("sessions", &["views"], "user_id", false, |_, watermark_ms, story| {
        for (time_ms, id, document) in &story.times {
            assert!(watermark_ms.is_some_and(|watermark_ms| *time_ms <= watermark_ms));
            if let Some(document) = document {
                let number = |name: &str| document[name].as_i64().expect("a number");
                let end_ms = number("start") + number("duration_ms") + GAP_MS;
                assert_eq!(*time_ms, end_ms, "{id}");
                let gone = story.times.iter().find(|(_, other, document)| other == id && document.is_none());
                let expected = Some(end_ms + KEPT_MS).filter(|gone_ms| Some(*gone_ms) <= watermark_ms);
                assert_eq!(gone.map(|gone| gone.0), expected, "{id}");
            }
        }
    });
}

#[test]
fn windows_that_are_all_kept_are_those_that_are_served() {
    check("hourly-sales", &["orders"], "post_id", true, |_, _, _| {});
}

#[test]
fn a_trace_ends_at_its_limit_and_when_nobody_listens() {
    let mut world = World::new("like-count", &["likes"], 1);
    let like = |user: u64| Placed {
        topic: 0,
        partition: 0,
        value: json!({"post_id": "p1", "user_id": format!("u{user}"), "timestamp": user}).to_string().into(),
        punctuation_ms: None,
    };
    world.append(&(0..10).map(like).collect::<Vec<_>>());
    let (folding, _) = served(&mut world);
    let asked = TraceTarget::new("p1", world.module().description()).expect("a key");
    let tracer = Tracer { folding: &folding, log: world.log() };
    for (limit, told, more) in [(9, 9, true), (10, 10, false), (11, 10, false)] {
        let mut events = 0;
        let traced = tracer.trace(asked.clone(), limit, &mut |line| {
            events += u64::from(matches!(line, TraceLine::Event(_)));
            true
        });
        let traced = traced.expect("traced");
        assert_eq!((traced.events, events, traced.more), (told, told, more), "{limit}");
    }
    let mut events = 0;
    let stopped = tracer.trace(asked, 10, &mut |line| {
        events += u64::from(matches!(line, TraceLine::Event(_)));
        events < 3
    });
    assert!(stopped.is_err());
    assert_eq!(events, 3);
}

fn lines(host: &Host, arguments: &[&str]) -> Vec<Value> {
    let answer = host.ask(arguments);
    answer.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn the_last_document_of_a_trace_is_the_one_that_a_host_serves() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let data = likes(20_000, 200, 3_000, 31);
    let file = home.write("likes.ndjson", &data.lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    let told = lines(&host, &["trace", "like-count", "p7", "-o", "json", "--limit", "100000"]);
    let (end, events) = told.split_last().expect("an end");
    assert_eq!(end["traced"]["more"], false);
    assert_eq!(end["traced"]["events"].as_u64(), Some(events.len() as u64));
    assert_eq!(end["traced"]["version"], "like-count@0.1.0");
    let served: Value = serde_json::from_str(&host.ask(&["query", "like-count", "p7"])).expect("a document");
    assert_eq!(events.last().expect("events")["event"]["after"], served["document"]);
    assert_eq!(events[0]["event"].get("before"), None);

    let text = host.ask(&["trace", "like-count", "p7", "--limit", "2"]);
    let last = text.lines().last().expect("lines");
    assert!(last.contains("the first 2 events of `p7`") && last.contains("there are more"), "{text}");
    assert!(text.contains("  no document → {\"post_id\":\"p7\",\"count\":1}\n"), "{text}");

    let refused = |arguments: &[&str], part: &str| {
        let output = host.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty() && stderr.contains(part), "{arguments:?}: {stderr}");
    };
    refused(&["trace", "like-count", "nobody"], "nothing touched `nobody` of like-count@0.1.0");
    refused(&["trace", "like-count", "nobody", "-o", "json"], "nothing touched `nobody`");
    refused(&["trace", "like-counts", "p7"], "projection `like-counts` does not exist");
    refused(&["trace", "like-count", "p7", "--version", "9.9.9"], "version like-count@9.9.9 does not run");
}

#[test]
fn changes_that_only_time_made_are_said_so() {
    let home = Home::new("[topics.likes]\npartitions = 1\n").with_module("trending");
    let host = home.start();
    let like = |user: &str, time_ms: i64| {
        format!("{{\"user_id\":\"{user}\",\"post_id\":\"p1\",\"timestamp\":{time_ms}}}\n")
    };
    let at = 1_767_225_600_000_i64;
    let data = [like("ann", at), like("bob", at + 1), like("eve", at + DAY_MS), like("ann", at + HOUR_MS)];
    let file = home.write("likes.ndjson", data.concat());
    host.ask(&["append", "likes", file.to_str().expect("a text")]);
    let end = (at + DAY_MS + BOUND_MS + 2 * MINUTE_MS).to_string();
    host.ask(&["punctuate", "likes", "--time", &end]);
    host.wait("trending");
    let text = host.ask(&["trace", "trending", "p1"]);
    for part in [
        "  in a window that is still open\n",
        "time 2026-01-01T00:02:00Z: `p1` changed by time alone, without an event\n  no document → ",
        "  late: no window accepts it\n",
        "time 2026-01-02T00:02:00Z: `p1` changed by time alone, without an event\n  count: 2 → 1\n",
        "4 events touched `p1` of trending@0.1.0 up to likes:0:5, 2 changes made by time alone\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let served: Value = serde_json::from_str(&host.ask(&["query", "trending", "p1"])).expect("a document");
    let told = lines(&host, &["trace", "trending", "p1", "-o", "json"]);
    assert_eq!(told[told.len() - 2]["time"]["after"], served["document"]);
}

#[test]
fn a_client_that_stalls_and_goes_away_leaves_its_place_to_the_next() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let data = likes(400_000, 2, 50_000, 32);
    let file = home.write("likes.ndjson", &data.lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    // A client that never reads: the trace waits for it, whatever the size of the buffers in between.
    let address = host.url.strip_prefix("http://").expect("an address");
    let path = "/api/v1/projections/like-count/trace?key=p1&limit=1000000";
    let client = wait_for("a place for the trace", || {
        let mut client = std::net::TcpStream::connect(address).expect("the host answers");
        write!(client, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("sent");
        let mut begins = [0; 12];
        std::io::Read::read_exact(&mut client, &mut begins).expect("an answer");
        (&begins == b"HTTP/1.1 200").then_some(client)
    });
    let another = || host.get("/api/v1/projections/like-count/trace?key=p0&limit=1");
    wait_for("the trace", || {
        let (status, body) = another();
        (status == 503 && body.contains("another trace is under way")).then_some(())
    });
    drop(client);
    wait_for("the end of the trace", || (another().0 == 200).then_some(()));
}

#[test]
fn every_command_of_the_page_on_tracing_answers_as_shown() {
    let page = std::fs::read_to_string(root().join("docs/tracing.md")).expect("a page");
    let home =
        Home::new("[topics.likes]\npartitions = 1\n").with_module("like-count").with_module("trending");
    let host = home.start();
    let like = |post: &str, user: &str, seconds: i64| {
        let timestamp = 1_767_225_600_000 + seconds * 1_000;
        format!("{{\"user_id\":\"{user}\",\"post_id\":\"{post}\",\"timestamp\":{timestamp}}}\n")
    };
    let likes =
        [("p1", "ann", 0), ("p2", "ann", 5), ("p1", "bob", 10), ("p1", "ann", 20), ("p2", "eve", 200)];
    home.write("likes.ndjson", likes.map(|(post, user, seconds)| like(post, user, seconds)).concat());
    let mut shell = std::process::Command::new("bash");
    let path = std::env::var("PATH").expect("a PATH");
    let binaries = foldline().parent().expect("a folder").display().to_string();
    shell
        .current_dir(home.path(""))
        .env("FOLDLINE_HOST", &host.url)
        .env("PATH", format!("{binaries}:{path}"));
    pages::check("docs/tracing.md", &page, &mut shell, "");
}
