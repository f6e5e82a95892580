//! The measurements of sinks, as a table.

use super::super::measured::Subject::{
    ElasticsearchBareLive, ElasticsearchBareLoad, ElasticsearchLive, ElasticsearchLoad, RedisBareLive,
    RedisBareLoad, RedisLive, RedisLoad,
};
use super::super::measured::{Measured, Round, Subject};
use super::super::rounds::Rounds;
use super::super::table::{Table, cell, grouped};
use super::super::targets::{self, cpu_s_per_event, events_per_s};

/// The rows of the table, in order.
pub const ROWS: [Subject; 8] = [
    RedisLoad,
    RedisBareLoad,
    ElasticsearchLoad,
    ElasticsearchBareLoad,
    RedisLive,
    RedisBareLive,
    ElasticsearchLive,
    ElasticsearchBareLive,
];

/// Returns the report for people, in Markdown; empty if no sink was measured.
pub fn text(report: &Rounds) -> String {
    if !report.has(&ROWS) {
        return String::new();
    }
    let documents = [RedisLoad, ElasticsearchLoad]
        .into_iter()
        .find_map(|load| report.median(|round| Some(round.whole(load)?.events as f64)));
    let heading = report.heading(&format!("{} documents a load", grouped(documents.unwrap_or_default())));
    format!("{heading}\n\n{}\n{}", table(report), targets::table(targets::SINKS, report))
}

fn table(report: &Rounds) -> String {
    let mut table = Table::new(&[
        "what",
        "wall s",
        "CPU s",
        "per s",
        "CPU-s per M",
        "half seen within ms",
        "99 % within ms",
        "÷ bare client",
    ]);
    for subject in ROWS.into_iter().filter(|&subject| report.has(&[subject])) {
        let whole = |of: fn(&Measured) -> f64| report.median(|round| round.whole(subject).map(of));
        let more = |name: &'static str| report.median(|round| round.whole(subject)?.more.get(name).copied());
        let cost = report.median(|round| cpu_s_per_event(round, subject));
        // The client's cost for a single document is not measured.
        let is_costed = cost.is_some();
        table.row(vec![
            subject.title().to_owned(),
            cell(whole(|measured| measured.wall_s).filter(|_| is_costed), 2),
            cell(whole(|measured| measured.cpu_s).filter(|_| is_costed), 2),
            report.median(|round| events_per_s(round, subject)).map_or_else(|| "–".to_owned(), grouped),
            cell(cost.map(|seconds| seconds * 1e6), 2),
            cell(more("p50_ms"), 1),
            cell(more("p99_ms"), 1),
            cell(report.median(|round| relative_to_bare(round, subject)), 2),
        ]);
    }
    table.markdown()
}

/// Returns the ratio to the bare client: of a load's documents per second, or of the time within which 99 % of the documents are
/// visible.
fn relative_to_bare(round: &Round, subject: Subject) -> Option<f64> {
    let rates = |bare| Some(events_per_s(round, subject)? / events_per_s(round, bare)?);
    let times = |bare| {
        let p99_ms = |subject| round.whole(subject)?.more.get("p99_ms").copied();
        Some(p99_ms(subject)? / p99_ms(bare)?)
    };
    match subject {
        RedisLoad => rates(RedisBareLoad),
        ElasticsearchLoad => rates(ElasticsearchBareLoad),
        RedisLive => times(RedisBareLive),
        ElasticsearchLive => times(ElasticsearchBareLive),
        _ => None,
    }
}
