//! The measurements of the feed, as a table.

use super::super::measured::Subject::{Feed, NativeFeed, Renames, StartFeed};
use super::super::measured::{Measured, Round, Subject};
use super::super::rounds::Rounds;
use super::super::table::{Table, cell, grouped};
use super::super::targets::{self, cpu_s_per_event, events_per_s};

/// The rows of the table, in order.
pub const ROWS: [Subject; 4] = [NativeFeed, Feed, StartFeed, Renames];

/// Returns the report for people, in Markdown; empty if the feed was not measured.
pub fn text(report: &Rounds) -> String {
    if !report.has(&ROWS) {
        return String::new();
    }
    let events = report.median(|round| Some(round.whole(Feed)?.events as f64)).unwrap_or_default();
    let heading = report.heading(&format!("{} events", grouped(events)));
    let more = |name: &'static str| report.median(|round| round.whole(Renames)?.more.get(name).copied());
    let renames = more("posts_mean").map(|posts| {
        let ms = |name| more(name).unwrap_or(f64::NAN);
        format!(
            "\n- A new name of a person with {posts:.0} posts, at most 256, is shown by all of them after {:.1} ms (median), {:.1} \
             ms (99 %), from the append on.\n",
            ms("p50_ms"),
            ms("p99_ms")
        )
    });
    let targets = targets::table(targets::FEED, report);
    format!("{heading}\n\n{}\n{targets}{}", table(report), renames.unwrap_or_default())
}

fn table(report: &Rounds) -> String {
    let mut table = Table::new(&[
        "what",
        "wall s",
        "CPU s",
        "events/s",
        "CPU-s per M events",
        "events per CPU-s, native = 1",
        "peak MB",
    ]);
    for subject in ROWS.into_iter().filter(|&subject| report.has(&[subject])) {
        let whole = |of: fn(&Measured) -> f64| report.median(|round| round.whole(subject).map(of));
        let cost = |round: &Round| cpu_s_per_event(round, subject);
        let ratio = report.median(|round| Some(cpu_s_per_event(round, NativeFeed)? / cost(round)?));
        table.row(vec![
            subject.title().to_owned(),
            cell(whole(|measured| measured.wall_s), 2),
            cell(whole(|measured| measured.cpu_s), 2),
            report.median(|round| events_per_s(round, subject)).map_or_else(|| "–".to_owned(), grouped),
            cell(report.median(cost).map(|seconds| seconds * 1e6), 3),
            // A new name is not an event as others are: it changes many documents.
            cell(ratio.filter(|_| subject != Renames), 2),
            cell(whole(|measured| measured.peak_rss_bytes as f64 / 1e6), 0),
        ]);
    }
    table.markdown()
}
