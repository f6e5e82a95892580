//! Two ways to load the same documents into a server, which take turns.

use std::error::Error;

use foldline::sink::{DocumentChange, Documents};
use serde_json::json;

/// What is loaded.
pub const DOCUMENTS: u64 = 1_000_000;
/// As many as one portion of a first load has.
const PORTION: u64 = 10_000;
const TURNS: usize = 3;

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Returns whether this is a benchmark: `cargo test` only wants to see it built.
pub fn is_wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Returns all documents; `body` makes one from its number.
pub fn portions(body: impl Fn(u64) -> String) -> Vec<Documents> {
    let change = |number: u64| DocumentChange {
        id: format!("post-{number}"),
        body: Some(body(number)),
        memberships: Vec::new(),
    };
    let portion = |at: u64| Documents {
        changes: (at * PORTION..(at + 1) * PORTION).map(change).collect(),
        failed: Vec::new(),
    };
    (0..DOCUMENTS / PORTION).map(portion).collect()
}

/// Lets the sink and the bare client take turns, after one that warms the server up, and prints the medians. Each gets the
/// turn's number and returns the seconds that it took.
pub fn compare(sink: impl Fn(usize) -> Result<f64>, bare: impl Fn(usize) -> Result<f64>) -> Result<()> {
    let (mut sinks, mut bares) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let seconds = (sink(turn)?, bare(turn)?);
        let warms_up = if turn == 0 { " (not counted)" } else { "" };
        eprintln!("turn {turn}{warms_up}: sink {:.2} s, bare {:.2} s", seconds.0, seconds.1);
        if turn > 0 {
            sinks.push(seconds.0);
            bares.push(seconds.1);
        }
    }
    let rate = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        DOCUMENTS as f64 / seconds[TURNS / 2]
    };
    let (sink, bare) = (rate(sinks), rate(bares));
    println!(
        "{}",
        json!({"documents": DOCUMENTS, "bare_per_s": bare, "sink_per_s": sink, "ratio": sink / bare})
    );
    Ok(())
}
