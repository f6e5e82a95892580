//! Goal: state larger than memory is the same state.
//! Method: a real host with a budget of 32 MiB over ten times as much, and one without a limit, on the same log. What the
//! engine holds is read in its own log.

use std::fmt::Write as _;

use foldline_tests::host::Home;
use foldline_tests::world::Chance;

/// Posts with a title of 8 KiB each: 320 MiB of rows.
const POSTS: u64 = 40 << 10;
const TITLE_BYTES: usize = 8 << 10;
const BUDGET_BYTES: u64 = 32 << 20;

/// Cold rows met again, all over the state.
const VIEWS: u64 = 60_000;

fn records(chance: &mut Chance) -> String {
    let mut lines = String::with_capacity(POSTS as usize * (TITLE_BYTES + 100));
    for post in 0..POSTS {
        write!(lines, r#"{{"topic":"posts","key":"p{post}","value":{{"post_id":"p{post}","title":""#)
            .expect("text");
        let title = lines.len();
        while lines.len() - title < TITLE_BYTES {
            write!(lines, "{:016x}", chance.below(u64::MAX)).expect("text");
        }
        writeln!(lines, r#"","timestamp":{post}}}}}"#).expect("text");
    }
    for view in 0..VIEWS {
        let post = chance.below(POSTS);
        let value = format!(r#"{{"post_id":"p{post}","timestamp":{view}}}"#);
        writeln!(lines, r#"{{"topic":"views","key":"p{post}","value":{value}}}"#).expect("text");
    }
    lines
}

/// Returns the numbers of a field in the lines about evictions.
fn numbers<'a>(log: &'a str, field: &'a str) -> impl Iterator<Item = u64> + 'a {
    let evictions = log.lines().filter(|line| line.contains("evicted rows"));
    evictions.filter_map(move |line| {
        let text = line.split(field).nth(1)?.split_whitespace().next()?;
        Some(text.trim_end_matches(',').parse().expect("a number"))
    })
}

#[test]
fn ten_times_the_memory_folds_to_the_same_state() {
    let budget = "[engine]\nmemory_max = \"32MiB\"\n";
    let mut home = Home::new(budget).with_module("post-stats").logging("foldline::engine::memory=debug,info");
    let host = home.start();
    let records = records(&mut Chance::new(17));
    let file = home.write("records.jsonl", &records);
    host.ask(&["append", file.to_str().expect("a text")]);
    host.wait("post-stats");
    let within = host.ask(&["fingerprint", "post-stats"]);
    let sample = host.ask(&["query", "post-stats", "p0", "p7", "p40000"]);
    let peak_within = host.peak_bytes();
    let log = host.log();
    assert!(host.stop().success());

    let evicted: u64 = numbers(&log, "rows=").sum();
    assert!(evicted > POSTS / 2, "{evicted} rows were evicted:\n{log}");
    // Half as much again is where the engine waits for a checkpoint; a step brings what a batch of records brings back.
    let held = numbers(&log, "held=").max().expect("evictions");
    let batch = 4_096 * (TITLE_BYTES as u64 + 512);
    assert!(held < BUDGET_BYTES * 3 / 2 + batch, "{held} bytes of rows were held");

    home.configure("");
    std::fs::remove_dir_all(home.path("data/versions")).expect("versions deleted");
    let host = home.start();
    host.wait("post-stats");
    assert_eq!(host.ask(&["fingerprint", "post-stats"]), within);
    assert_eq!(host.ask(&["query", "post-stats", "p0", "p7", "p40000"]), sample);
    let status = &host.status()["projections"][0];
    assert_eq!((status["events"].as_u64(), status["rows"].as_u64()), (Some(POSTS + VIEWS), Some(POSTS)));
    println!("peak {} MiB within the budget, {} MiB without", peak_within >> 20, host.peak_bytes() >> 20);

    // And from where the small one stopped: a restart restores what fits.
    assert!(host.stop().success());
    home.configure(budget);
    let host = home.start();
    host.wait("post-stats");
    assert_eq!(host.ask(&["fingerprint", "post-stats"]), within);
}
