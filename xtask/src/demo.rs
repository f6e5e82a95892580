//! `cargo xtask demo`: folds a million likes, and compares the counts with the exact ones; then makes a feed.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::artifacts::{self, Artifacts};
use crate::demo_feed;
use crate::host::{self, Host};
use crate::likes;
use crate::say::{answer, say};

/// What `demo` can be told.
#[derive(Args)]
pub struct Options {
    /// Stop the host at the end instead of leaving it running.
    #[arg(long)]
    exit: bool,
    /// Fold a topic of this Kafka cluster (`host:port,…`) instead of the embedded log.
    #[arg(long, value_name = "BROKERS")]
    kafka: Option<String>,
    #[command(flatten)]
    install: artifacts::Install,
}

/// Relative standard error of `Distinct` at p = 14: 1.04 / sqrt(16,384).
const SIGMA: f64 = 1.04 / 128.0;

/// Runs the demo.
pub fn run(options: &Options) -> Result<()> {
    let artifacts = artifacts::build_with(options.install)?;
    let Artifacts { foldline, modules } = &artifacts;
    let target = artifacts::target_folder(&artifacts::root());
    let folder = target.join(if options.exit { "demo-exit" } else { "demo" });
    host::stop_earlier(foldline, &folder)?;
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("removing the folder of an earlier demo")?;
    }
    std::fs::create_dir_all(folder.join("modules")).context("creating the demo's folder")?;
    artifacts::copy_module(modules, &folder.join("modules"), "like-count")?;
    std::fs::write(folder.join("foldline.toml"), configuration(options.kafka.as_deref()))
        .context("writing foldline.toml")?;

    let events = likes::EVENTS;
    say!("generating {events} likes");
    let file = folder.join("likes.ndjson");
    let exact = likes::write(&file)?;
    let file = file.to_str().context("the target folder's path is not text")?;

    // The usual address, so that the commands in the README work unchanged; any free port with --exit.
    let address = if options.exit { "127.0.0.1:0" } else { "127.0.0.1:7070" };
    let host = Host::start(foldline, &folder, &["-c", "foldline.toml", "--listen", address])?;
    say!("host at {}", host.url);
    host.show(&["append", "likes", file, "--key", "post_id"])?;
    host.show(&["wait", "like-count", "--timeout", "300s"])?;

    let counts = counts(&host)?;
    let status: Value =
        serde_json::from_str(&host.ask(&["status", "-o", "json"])?).context("reading the status")?;
    let folded = status["projections"][0]["events"].as_u64().context("the status has no number of events")?;
    report(&exact, &counts, folded)?;
    demo_feed::run(&artifacts, &folder.with_extension("feed"))?;

    if options.exit {
        host.stop()?;
        return std::fs::remove_dir_all(&folder).context("removing the demo's folder");
    }
    let url = host.url.clone();
    let process = host.leave_running();
    answer!("the host keeps running at {url} (process {process}); stop it with: kill {process}");
    answer!("try: {} query like-count --sort -count --limit 3", short(foldline));
    Ok(())
}

/// Returns the path relative to the repository's root, as one would type it.
fn short(path: &Path) -> String {
    path.strip_prefix(artifacts::root()).unwrap_or(path).display().to_string()
}

fn configuration(kafka: Option<&str>) -> String {
    let Some(brokers) = kafka else { return String::new() };
    // A new topic, so that likes of an earlier demo do not count.
    let topic = format!("foldline-demo-{}", std::process::id());
    format!(
        "[log.kafka]\nbrokers = {brokers:?}\n\n[topics.likes]\nname = \"{topic}\"\npartitions = 4\ncreate = true\n"
    )
}

fn counts(host: &Host) -> Result<BTreeMap<String, u64>> {
    host.ask(&["query", "like-count", "--all"])?
        .lines()
        .map(|line| {
            let document: Value = serde_json::from_str(line).context("reading a document")?;
            let id = document["id"].as_str().context("a document has no id")?;
            let count = document["document"]["count"].as_u64().context("a document has no count")?;
            Ok((id.to_owned(), count))
        })
        .collect()
}

/// Prints the ten most liked posts. Fails if an estimate is off by more than it may be.
fn report(exact: &BTreeMap<String, u64>, counts: &BTreeMap<String, u64>, folded: u64) -> Result<()> {
    let mut top: Vec<(&String, u64)> = exact.iter().map(|(post, &count)| (post, count)).collect();
    top.sort_by_key(|&(post, count)| (std::cmp::Reverse(count), post));
    let estimate = |post: &str| counts.get(post).copied().unwrap_or(0);
    let error = |post: &str, exact: u64| (estimate(post) as f64 - exact as f64) / exact as f64;
    let bold = if std::io::stdout().is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    answer!("{}rank  post      estimate     exact    error{}", bold.0, bold.1);
    for (rank, &(post, exact)) in top.iter().take(10).enumerate() {
        let error = error(post, exact) * 100.0;
        answer!("{:>4}  {post:<8} {:>9} {exact:>9}  {error:>+6.2}%", rank + 1, estimate(post));
    }
    for &(post, exact) in top.iter().take(10) {
        ensure!(error(post, exact).abs() <= 0.03, "{post} is more than 3 % off");
    }
    let off = |(post, exact): &(&String, u64)| {
        let allowed = (4.0 * SIGMA * *exact as f64).max(2.0);
        (estimate(post) as f64 - *exact as f64).abs() > allowed
    };
    let off: Vec<&String> = top.iter().filter(|row| off(row)).map(|(post, _)| *post).collect();
    ensure!(off.is_empty(), "{} posts are further off than max(2, 4 sigma): {off:?}", off.len());
    ensure!(counts.len() == exact.len(), "{} posts are shown, {} were liked", counts.len(), exact.len());
    answer!("all {} posts within max(2, 4 sigma) of the exact count", exact.len());
    answer!("{folded} events folded");
    ensure!(folded == likes::EVENTS, "{} events were appended", likes::EVENTS);
    Ok(())
}
