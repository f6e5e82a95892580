//! A feed: mixed events of a social network into documents that show their author and their tribe, next to a program written by hand,
//! and how soon a new name is shown.

mod workload;
mod judge;
mod renames;
mod report;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::hosted::{Home, Hosted};
use super::measured::{Measured, Round, Subject, self_measured};
use super::tools::{Tools, answer};
pub use report::{ROWS, text};
use workload::{PROJECTION, Workload};

/// The workload, and what a round leaves for the next.
pub struct Feed {
    workload: Workload,
    module: PathBuf,
    /// A log that holds the events.
    log: Option<PathBuf>,
}

impl Feed {
    /// Generates the events.
    pub fn prepare(tools: &Tools, events: u64) -> Result<Self> {
        let workload = Workload::of(&tools.folder.join("data"), events)?;
        Ok(Self { workload, module: tools.module(PROJECTION)?, log: None })
    }

    /// Measures the peer, a start without events, the fold, and new names on the host that has folded.
    pub fn measure(&mut self, tools: &Tools, round: &mut Round) -> Result<()> {
        round.add(Subject::NativeFeed, self.native(tools)?);
        let (start, host, home) = self.folded(tools, None)?;
        host.stop()?;
        home.remove()?;
        round.add(Subject::StartFeed, start);
        let log = match &self.log {
            Some(log) => log.clone(),
            None => self.append(tools)?,
        };
        let (mut fold, host, home) = self.folded(tools, Some(log.as_path()))?;
        fold.events = self.workload.events;
        host.check_status(1, fold.events)?;
        judge::served(&host.documents(PROJECTION)?, &self.workload.answers)
            .context("the host's documents")?;
        round.add(Subject::Feed, fold);
        round.add(Subject::Renames, renames::measure(&host, &self.workload)?);
        host.stop()?;
        home.remove()?;
        self.log = Some(log);
        Ok(())
    }

    fn native(&self, tools: &Tools) -> Result<Measured> {
        let documents = tools.folder.join("native-feed.ndjson");
        let mut native = Command::new(&tools.native);
        native.args(["--feed", "--documents"]).arg(&documents).arg(&self.workload.records);
        let answer = answer(&mut native)?;
        let mut measured = self_measured(&answer)?;
        let input_bytes = answer["input_bytes"].as_u64().context("the peer tells no input_bytes")?;
        // The process holds the whole input file, which is not part of the job.
        measured.peak_rss_bytes = measured.peak_rss_bytes.saturating_sub(input_bytes);
        ensure!(measured.events == self.workload.events, "the peer saw {} events", measured.events);
        let lines = std::fs::read_to_string(&documents).context("reading the peer's documents")?;
        judge::documents(&lines, &self.workload.answers).context("the peer's documents")?;
        Ok(measured)
    }

    /// Appends the events to a fresh host that folds nothing. Returns the log.
    fn append(&self, tools: &Tools) -> Result<PathBuf> {
        let home = Home::fresh(tools, "append-feed", &[], None, "")?;
        let host = home.start(tools)?;
        let records = self.workload.records.to_str().context("the target folder's path is not text")?;
        host.ask(&["append", records])?;
        host.stop()?;
        Ok(home.folder.join("data").join("log"))
    }

    /// Starts a host on a log, or without events. Returns what it took until it showed everything.
    fn folded(&self, tools: &Tools, log: Option<&Path>) -> Result<(Measured, Hosted, Home)> {
        let home = Home::fresh(tools, "feed", &[&self.module], log, "")?;
        let host = home.start(tools)?;
        Ok((host.folded(&[PROJECTION])?, host, home))
    }
}
