//! The events of the benchmark, generated once, with the exact documents.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use foldline_social::{Settings, generator};

use crate::generate;

/// The projection that the events are folded into.
pub const PROJECTION: &str = "feed-item";

/// Raised when the generator changes, so that files of an earlier one are not used.
const FORM: u32 = 1;
const SEED: u64 = 2026;

/// Files of events and answers.
pub struct Workload {
    /// The record lines.
    pub records: PathBuf,
    /// The documents, by post.
    pub answers: PathBuf,
    /// The number of records that the projection reads: all but follows.
    pub events: u64,
    /// A time that no record has reached.
    pub end_ms: i64,
}

impl Workload {
    /// Returns this many records, generated if they are not there yet.
    pub fn of(folder: &Path, records: u64) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let file = |what: &str| folder.join(format!("feed-{FORM}-{records}.{what}.jsonl"));
        let workload =
            Self { records: file("records"), answers: file("answers"), events: 0, end_ms: end_ms(records) };
        if !workload.answers.is_file() {
            let settings = Settings { seed: SEED, events: records, users: Settings::users_of(records) };
            let part = file("answers.part");
            generate::write(settings, &workload.records, Some(&part))?;
            // Last: if this file exists, both are complete.
            std::fs::rename(&part, &workload.answers).context("renaming the answers")?;
        }
        Ok(Self { events: read(&workload.records)?, ..workload })
    }
}

/// Returns a time after all records. The mean step from one to the next is 17 ms, and none is longer than twice that.
fn end_ms(records: u64) -> i64 {
    generator::START_MS + 34 * records as i64 + 1
}

/// Counts the records that the projection reads.
fn read(records: &Path) -> Result<u64> {
    let context = || format!("reading {}", records.display());
    let mut file = BufReader::with_capacity(1 << 20, File::open(records).with_context(context)?);
    let (mut line, mut events) = (Vec::new(), 0);
    while file.read_until(b'\n', &mut line).with_context(context)? > 0 {
        events += u64::from(!line.starts_with(br#"{"topic":"follows""#));
        line.clear();
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_are_not_counted_and_files_are_made_once() {
        let folder = std::env::temp_dir().join(format!("foldline-feed-{}", std::process::id()));
        let workload = Workload::of(&folder, 5_000).unwrap();
        let made = std::fs::metadata(&workload.answers).unwrap().modified().unwrap();
        assert!((4_000..5_000).contains(&workload.events), "{} events", workload.events);
        let records = std::fs::read_to_string(&workload.records).unwrap();
        let latest_ms = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["value"]["timestamp"].as_i64().unwrap()
        };
        assert!(records.lines().map(latest_ms).max() < Some(workload.end_ms));
        let again = Workload::of(&folder, 5_000).unwrap();
        assert_eq!(std::fs::metadata(&again.answers).unwrap().modified().unwrap(), made);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
