//! `cargo xtask soak`: runs in full the long loops of which CI runs a few rounds, and prints the figures.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::artifacts;
use crate::openssl;
use crate::say::answer;

/// What `soak` can be told.
#[derive(Args)]
pub struct Options {
    /// Skip tests that need a Kafka broker; each skipped test says so.
    #[arg(long)]
    no_services: bool,
    /// The number of random runs of the engine, compared with the model.
    #[arg(long, value_name = "N", default_value_t = 300)]
    worlds: u64,
    /// The number of SIGKILLs on the embedded log; a quarter as many on Kafka.
    #[arg(long, value_name = "N", default_value_t = 20)]
    kills: u64,
    /// The number of upgrades under load, every second one with kills; every fourth one is rolled back.
    #[arg(long, value_name = "N", default_value_t = 20)]
    upgrades: u64,
    /// The number of upgrades of a relay under load, most of them with kills; every fourth one is rolled back.
    #[arg(long, value_name = "N", default_value_t = 50)]
    relays: u64,
    /// How often to damage a state folder.
    #[arg(long, value_name = "N", default_value_t = 90)]
    damages: u64,
    /// How often to damage a file of documents, at rest and under its writer.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    flips: u64,
    /// The number of flushes to a Redis behind a faulty network.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    redis_faults: u64,
    /// The number of records to decode with and without prediction.
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    records: u64,
}

/// Runs all loops, even if one fails.
pub fn run(options: &Options) -> Result<()> {
    artifacts::build()?;
    let model = "documents_are_the_models_whatever_happens_on_the_way";
    let loops: [(&str, u64, &[&str]); 8] = [
        ("FOLDLINE_KILLS", options.kills, &["--test", "kills"]),
        ("FOLDLINE_UPGRADES", options.upgrades, &["--test", "promotions", "--test", "served"]),
        ("FOLDLINE_RELAYS", options.relays, &["--test", "relays", "--test", "relays_kafka"]),
        ("FOLDLINE_DAMAGES", options.damages, &["--test", "damage"]),
        ("FOLDLINE_FLIPS", options.flips, &["--lib", "--", "tests::damage::"]),
        ("FOLDLINE_WORLDS", options.worlds, &["--test", "model", "--", model]),
        ("FOLDLINE_REDIS_FAULTS", options.redis_faults, &["--test", "redis_faults"]),
        ("FOLDLINE_FUZZ_RECORDS", options.records, &["--lib", "--", "a_prediction_never_changes_a_verdict"]),
    ];
    let openssl = openssl::features()?;
    let mut figures = Vec::new();
    let mut failed = Vec::new();
    for (variable, rounds, what) in loops {
        let mut test = artifacts::cargo();
        // For the whole workspace, as everything else is built.
        test.args(["test", "--release", "--quiet", "--workspace"]).args(openssl).args(what);
        if !what.contains(&"--") {
            test.arg("--");
        }
        test.args(["--nocapture", "--test-threads", "1"]).env(variable, rounds.to_string());
        if options.no_services {
            test.env("FOLDLINE_NO_SERVICES", "1");
        }
        let began = Instant::now();
        let passed = test.current_dir(artifacts::root()).status()?.success();
        let verdict = if passed { "passed" } else { "FAILED" };
        figures.push(format!("{variable}={rounds}: {verdict} in {:.0} s", began.elapsed().as_secs_f64()));
        if !passed {
            failed.push(variable);
        }
    }
    figures.iter().for_each(|line| answer!("{line}"));
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}
