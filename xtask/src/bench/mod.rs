//! `cargo xtask bench`: measures the whole engine, from the log to documents, and peers in the same run.
//!
//! Machines are shared and noisy. So scenarios take turns, round after round, ratios are computed within a round, and the median
//! over the rounds is shown. CPU seconds are shown with wall time. Every answer is compared with the exact one before it
//! counts: a wrong answer ends the run. docs/performance.md says how each number is measured.

mod likes;
mod exact;
mod usage;
mod measured;
mod tools;
mod reducers;
mod cores;
mod http;
mod hosted;
mod scenario;
mod keys;
mod load;
mod upgrade;
mod services;
mod kafka;
mod sinks;
mod feed;
mod machine;
mod rounds;
mod table;
mod targets;
mod report;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use rounds::Rounds;
use scenario::{Bench, Scenario};

use crate::say::{answer, say};

/// What `bench` can be told.
#[derive(Args)]
pub struct Options {
    /// The number of likes to fold, and of mixed events of the feed.
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    events: u64,
    /// Fold only a million of each: for a quick look, not for quoting.
    #[arg(long, conflicts_with = "events")]
    quick: bool,
    /// The number of rounds; the median is shown.
    #[arg(long, value_name = "N", default_value_t = 3)]
    runs: usize,
    /// Run only these scenarios; ratios need `native`.
    #[arg(long, value_name = "SCENARIO", value_enum, num_args = 1.., value_delimiter = ',')]
    only: Vec<Scenario>,
    /// Also read from Kafka; the benchmark starts its own broker (needs Java 17 and Maven).
    #[arg(long)]
    kafka: bool,
    /// Also write to Redis and Elasticsearch; the benchmark starts its own servers (needs redis-server, Java 17 and Maven).
    #[arg(long)]
    sinks: bool,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Also write the tables to this file, between `<!-- bench:begin -->` and `<!-- bench:end -->`; the tables of
    /// sinks, between `<!-- bench:sinks:begin -->` and `<!-- bench:sinks:end -->`; those of the feed between
    /// `<!-- bench:feed:begin -->` and `<!-- bench:feed:end -->`.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// The output format.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Human-readable tables.
    Table,
    /// The numbers of every round.
    Json,
}

/// Runs the benchmarks.
pub fn run(options: &Options) -> Result<()> {
    ensure!(options.runs > 0, "--runs 0 measures nothing");
    // It overrides the profile. Code compiled this way is slower, so the numbers would be wrong.
    ensure!(
        std::env::var_os("CARGO_INCREMENTAL").is_none_or(|value| value != "1"),
        "CARGO_INCREMENTAL=1 compiles slower code\nhint: unset it, or set it to 0"
    );
    if let Some(file) = &options.write {
        report::check_markers(file)?;
    }
    let events = if options.quick { 1_000_000 } else { options.events };
    let scenarios = plan(options);
    let mut bench = Bench::prepare(events, options.quick, &scenarios)?;
    let machine = machine::describe(bench.tools())?;
    let mut report = Rounds::new(machine, events);
    for round in 1..=options.runs {
        let mut measured = measured::Round::default();
        for &scenario in &scenarios {
            say!("round {round} of {}: {}", options.runs, scenario.name());
            bench.run(scenario, &mut measured)?;
        }
        report.add(measured);
    }
    match options.output {
        Format::Table => answer!("{}", report.text().trim_end()),
        Format::Json => answer!("{:#}", report.json()),
    }
    if let Some(file) = &options.write {
        report.write(file)?;
        say!("written into {}", file.display());
    }
    Ok(())
}

fn plan(options: &Options) -> Vec<Scenario> {
    let is_wanted = |scenario: &Scenario| {
        let is_asked_for = match scenario {
            Scenario::Kafka => options.kafka,
            Scenario::Redis | Scenario::Elasticsearch => options.sinks,
            _ => options.only.is_empty(),
        };
        let is_wanted = is_asked_for || options.only.contains(scenario);
        if !is_wanted && options.only.is_empty() {
            say!("LEFT OUT: {}; --kafka and --sinks measure what needs servers", scenario.name());
        }
        is_wanted
    };
    // In the enum's own order: some scenarios need what an earlier one leaves behind.
    Scenario::value_variants().iter().copied().filter(is_wanted).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Scenario::{Elasticsearch, Kafka, Native, Redis};
    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn planned(line: &str) -> Vec<Scenario> {
        plan(&Line::try_parse_from(["bench"].into_iter().chain(line.split_whitespace())).unwrap().options)
    }

    #[test]
    fn what_needs_servers_is_measured_when_it_is_asked_for() {
        let without = planned("");
        assert!(
            without.contains(&Native) && !without.iter().any(|it| [Kafka, Redis, Elasticsearch].contains(it))
        );
        assert_eq!(planned("--sinks"), [&without[..], &[Redis, Elasticsearch]].concat());
        assert_eq!(planned("--only elasticsearch,native"), [Native, Elasticsearch]);
        assert_eq!(planned("--only native --kafka --sinks"), [Native, Kafka, Redis, Elasticsearch]);
    }
}
