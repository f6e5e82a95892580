//! Goal: SIGKILL at any moment leaves no trace: not while records arrive, are folded, flushed or checkpointed, nor while a host
//! that was killed before opens its log, restores, replays or loads.
//! Method: real hosts, killed at random moments (the seed is printed), and one that is left undisturbed. `FOLDLINE_KILLS` sets
//! how often (3; `cargo xtask soak` uses 20), on Kafka a quarter as often.

use std::time::{Duration, Instant};

use foldline_tests::host::{Home, Host};
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::likes::{Likes, likes};
use foldline_tests::soak::{rng, rounds};
use foldline_tests::world::Rng;

/// Checkpoints all the time, so that one is nearly always in progress when the kill comes.
const CONFIGURATION: &str = "[checkpoint]\nevery = \"20ms\"\n";

fn kills() -> u64 {
    rounds("FOLDLINE_KILLS", 3)
}

/// Waits for a random moment.
fn a_moment(rng: &mut Rng, millis_max: u64) -> Duration {
    let moment = Duration::from_millis(rng.below(millis_max));
    let until = Instant::now() + moment;
    while Instant::now() < until {
        std::thread::park_timeout(until - Instant::now());
    }
    moment
}

fn append(home: &Home, host: &Host, lines: &[&str]) {
    let file = home.write("likes.ndjson", lines.concat());
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// The final state of a host.
#[derive(PartialEq)]
struct Outcome {
    documents: Vec<String>,
    fingerprint: String,
    events: u64,
}

fn outcome(host: &Host) -> Outcome {
    host.wait("like-count");
    Outcome {
        documents: host.documents("like-count"),
        fingerprint: host.ask(&["fingerprint", "like-count"]),
        events: host.status()["projections"][0]["events"].as_u64().expect("a number"),
    }
}

/// Sometimes deletes what can be restored from the log, so that the next run replays or loads.
fn lose_something(home: &Home, rng: &mut Rng) -> &'static str {
    let Some(run) = home.run() else { return "nothing" };
    match rng.below(4) {
        0 => {
            let _ = std::fs::remove_dir_all(run.join("state"));
            "state"
        }
        1 => {
            let _ = std::fs::remove_file(run.join("documents.sqlite"));
            "documents"
        }
        _ => "nothing",
    }
}

#[test]
fn a_host_killed_at_random_moments_ends_as_one_that_was_left_alone() {
    let mut rng = rng("kills on the embedded log");
    let data = likes(200_000, 3_000, 30_000, 11);
    let lines: Vec<&str> = data.lines.split_inclusive('\n').collect();

    let calm = Home::default().with_module("like-count");
    let host = calm.start();
    append(&calm, &host, &lines);
    let expected = outcome(&host);
    assert!(host.stop().success());
    assert_eq!(expected.events, data.events);

    let home = Home::new(CONFIGURATION).with_module("like-count");
    let mut done = 0;
    for kill in 1..=kills() {
        // Killed while it starts: opens the log, restores, replays.
        let host = home.spawn("127.0.0.1:0");
        let early = a_moment(&mut rng, 250);
        host.kill();
        let lost = lose_something(&home, &mut rng);
        // Killed while a client appends and records are folded.
        let host = home.start();
        done = host.appended("likes") as usize;
        let part = &lines[done..(done + 1 + lines.len() / kills() as usize).min(lines.len())];
        let file = home.write("likes.ndjson", part.concat());
        let mut client = host.spawn(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
        let late = a_moment(&mut rng, 700);
        host.kill();
        client.wait().expect("the client ends");
        println!(
            "kill {kill}: after {early:?} of a start, {lost} lost, then with {done} records after {late:?}"
        );
    }
    let host = home.start();
    let left = host.appended("likes") as usize;
    assert!(left >= done, "{done} records were there, {left} are left");
    append(&home, &host, &lines[left..]);
    assert!(outcome(&host) == expected, "{} kills left a trace", 2 * kills());
}

#[test]
fn a_host_on_kafka_killed_at_random_moments_ends_as_one_that_was_left_alone() {
    let Some(broker) = Broker::shared() else { return };
    let mut rng = rng("kills on Kafka");
    let configuration = format!(
        "[log.kafka]\nbrokers = \"{}\"\n\n[topics.likes]\nname = \"{}\"\npartitions = 4\ncreate = true\n\n{CONFIGURATION}",
        broker.address(),
        unique_topic("likes")
    );
    let kills = kills().div_ceil(4);
    let Likes { lines, users, events } = likes(100_000, 3_000, 30_000, 12);
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();

    let home = Home::new(&configuration).with_module("like-count");
    for (kill, part) in (1..).zip(lines.chunks(lines.len().div_ceil(kills as usize))) {
        let host = home.start();
        append(&home, &host, part);
        let late = a_moment(&mut rng, 500);
        host.kill();
        let lost = lose_something(&home, &mut rng);
        let host = home.spawn("127.0.0.1:0");
        let early = a_moment(&mut rng, 500);
        host.kill();
        println!("kill {kill}: {late:?} after an append, {lost} lost, then after {early:?} of a start");
    }
    let host = home.start();
    let killed = outcome(&host);
    assert!(host.stop().success());

    // The undisturbed host: a new data folder over the same topic.
    let calm = Home::new(&configuration).with_module("like-count");
    let host = calm.start();
    let expected = outcome(&host);
    assert_eq!((expected.events, expected.documents.len()), (events, users.len()));
    assert!(killed == expected, "{} kills left a trace", 2 * kills);
}
