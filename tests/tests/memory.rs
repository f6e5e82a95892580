//! Goal: state larger than memory is the same state, without windows, over windows, and with closed windows.
//! Method: a real host with a budget for state up to ten times as large, and one without a limit, on the same log. The engine's
//! memory use is read from its log.

use std::fmt::Write as _;

use foldline_tests::host::{Home, Host};
use foldline_tests::world::Rng;

/// Posts with a title of 8 KiB each: 320 MiB of rows.
const POSTS: u64 = 40 << 10;
const TITLE_BYTES: usize = 8 << 10;
const BUDGET_BYTES: u64 = 32 << 20;

/// Views that bring back cold rows, all over the state.
const VIEWS: u64 = 60_000;

fn records(rng: &mut Rng) -> String {
    let mut lines = String::with_capacity(POSTS as usize * (TITLE_BYTES + 100));
    for post in 0..POSTS {
        write!(lines, r#"{{"topic":"posts","key":"p{post}","value":{{"post_id":"p{post}","title":""#)
            .expect("text");
        let title = lines.len();
        while lines.len() - title < TITLE_BYTES {
            write!(lines, "{:016x}", rng.below(u64::MAX)).expect("text");
        }
        writeln!(lines, r#"","timestamp":{post}}}}}"#).expect("text");
    }
    for view in 0..VIEWS {
        let post = rng.below(POSTS);
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

/// The results of a host within its budget.
struct Within {
    /// Its log output.
    log: String,
    /// Rows that it evicted.
    evicted: u64,
    /// The most bytes of rows that it held at an eviction.
    held: u64,
    /// The requested documents.
    documents: String,
}

/// Folds records within a budget, without a limit, and from where the host within its budget stopped. The state must be the same
/// in all cases, and so must be some documents.
fn fold_within(budget_bytes: u64, reducer: &str, records: &str, ids: &[&str]) -> Within {
    let budget = format!("[engine]\nmemory_max = \"{budget_bytes}B\"\n");
    let mut home = Home::new(&budget).with_module(reducer).logging("foldline_engine::memory=debug,info");
    let host = home.start();
    let file = home.write("records.jsonl", records);
    host.ask(&["append", file.to_str().expect("a text")]);
    host.wait(reducer);
    let query: Vec<&str> = ["query", reducer].iter().chain(ids).copied().collect();
    // Some of them may not exist.
    let documents_of = |host: &Host| String::from_utf8(host.run(&query).stdout).expect("answers are text");
    let (fingerprint, documents) = (host.ask(&["fingerprint", reducer]), documents_of(&host));
    let told = |host: &Host| {
        let status = &host.status()["projections"][0];
        (status["events"].as_u64(), status["rows"].as_u64(), status["watermark_ms"].as_i64())
    };
    let status = told(&host);
    let (peak_within, log) = (host.peak_bytes(), host.log());
    assert!(host.stop().success());

    // From where it stopped: a restart restores what fits into memory.
    let host = home.start();
    host.wait(reducer);
    assert_eq!(host.ask(&["fingerprint", reducer]), fingerprint);
    assert!(host.stop().success());

    home.configure("");
    std::fs::remove_dir_all(home.path("data/versions")).expect("versions deleted");
    let host = home.start();
    host.wait(reducer);
    assert_eq!(host.ask(&["fingerprint", reducer]), fingerprint);
    assert_eq!(documents_of(&host), documents);
    assert_eq!(told(&host), status);
    println!("peak {} MiB within the budget, {} MiB without", peak_within >> 20, host.peak_bytes() >> 20);
    assert!(host.stop().success());
    let evicted = numbers(&log, "rows=").sum();
    let held = numbers(&log, "held=").max().expect("evictions");
    Within { log, evicted, held, documents }
}

#[test]
fn ten_times_the_memory_folds_to_the_same_state() {
    let records = records(&mut Rng::new(17));
    let within = fold_within(BUDGET_BYTES, "post-stats", &records, &["p0", "p7", "p40000"]);
    let Within { log, evicted, held, .. } = within;
    assert!(evicted > POSTS / 2, "{evicted} rows were evicted:\n{log}");
    // The engine waits for a checkpoint at one and a half times the budget; a step adds what a batch of records brings back.
    let batch = 4_096 * (TITLE_BYTES as u64 + 512);
    assert!(held < BUDGET_BYTES * 3 / 2 + batch, "{held} bytes of rows were held");
}

/// Rows per window: a post is liked once, and again three hours later; the likes span 30 hours.
#[test]
fn sliding_windows_larger_than_memory_fold_to_the_same_state() {
    const POSTS: u64 = 300_000;
    const LIKED_TWICE: u64 = POSTS / 10;
    const HOUR_MS: u64 = 3_600_000;
    const BUDGET_BYTES: u64 = 16 << 20;
    let step_ms = 30 * HOUR_MS / POSTS;
    let mut records = String::new();
    for nth in 0..POSTS {
        let time_ms = nth * step_ms;
        let mut like = |post: u64, user: u64| {
            let value = format!(r#"{{"post_id":"p{post}","user_id":"u{user}","timestamp":{time_ms}}}"#);
            writeln!(records, r#"{{"topic":"likes","key":"p{post}","value":{value}}}"#).expect("text");
        };
        like(nth, 1);
        if let Some(before) = nth.checked_sub(LIKED_TWICE) {
            like(before, 2);
        }
    }
    let ids = ["p0", "p40000", "p100000", "p299999"];
    let within = fold_within(BUDGET_BYTES, "trending", &records, &ids);
    let documents: Vec<&str> = within.documents.lines().collect();
    let count = |post: &str| {
        documents.iter().find(|line| line.contains(post)).map(|line| line.contains(r#""count":2"#))
    };
    // Liked at 0:00 and 3:00, at 4:00 and 7:00, at 10:00 and 13:00; the last 24 hours count. The last post is in no closed
    // window.
    let expected = [None, Some(false), Some(true), None];
    assert_eq!(["\"p0\"", "\"p40000\"", "\"p100000\"", "\"p299999\""].map(count), expected, "{documents:?}");
    assert!(within.evicted > POSTS, "{} rows were evicted:\n{}", within.evicted, within.log);
    // One and a half times the budget, what a step adds (a quarter of the budget), and the growth of tables.
    assert!(within.held < BUDGET_BYTES * 3 / 2 + (8 << 20), "{} bytes of rows were held", within.held);
}

/// Closed sessions of nine days, each with two ids of 2 KiB; they are kept for a week.
#[test]
fn closed_windows_larger_than_memory_are_kept_and_go_when_their_time_is_over() {
    const VIEWS: u64 = 80_000;
    const USERS: u64 = 10_000;
    const DAY_MS: u64 = 86_400_000;
    const BUDGET_BYTES: u64 = 24 << 20;
    let step_ms = 9 * DAY_MS / VIEWS;
    let mut records = String::new();
    for nth in 0..VIEWS {
        let value = format!(
            r#"{{"user_id":"u{}","post_id":"{nth:02048}","timestamp":{}}}"#,
            nth % USERS,
            nth * step_ms
        );
        writeln!(records, r#"{{"topic":"views","key":"u{}","value":{value}}}"#, nth % USERS).expect("text");
    }
    // Sessions that began first, after a day, after three days, and just now.
    let at = |nth: u64| format!("u{}@{}", nth % USERS, nth * step_ms);
    let ids = [at(0), at(VIEWS / 9), at(VIEWS / 3), at(VIEWS - 1)];
    let within = fold_within(BUDGET_BYTES, "sessions", &records, &ids.each_ref().map(|id| &**id));
    let documents = within.documents.lines().filter(|line| line.contains("first_post")).count();
    assert_eq!(documents, 1, "{}", within.documents);
    assert!(within.evicted > VIEWS / 2, "{} rows were evicted:\n{}", within.evicted, within.log);
    assert!(within.held < BUDGET_BYTES * 3 / 2 + (16 << 20), "{} bytes of rows were held", within.held);
}
