//! Records the row's events while two modules agree on it, as a fixture (docs/design/interfaces.md) for the moment when they
//! diverge.
//!
//! A row depends on three things: its own records, which of them are late, and how far event time has come. The fixture contains
//! the row's records unchanged. In the log, records of other keys advance time, too; in the fixture, one `{"watermark":…}` does
//! so at the end. To keep time from moving before that, records of windows are written one partition higher than in the log:
//! partition 0 has no records, and holds time back. Ties of equal times are broken in the order of partitions, which stays the
//! same.
//!
//! If a record is late for one module only, the fixture also contains the record of another key that made it late: the one with
//! the largest time of its partition. Records that are late for both are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::line_of;
use foldline_base::error::Result;
use foldline_decode::TIMELESS_MS;
use foldline_log::{Log, RecordBatch, Start};

/// Nobody reads a fixture of more records.
const RECORDS_MAX: usize = 10_000;
/// Nobody reads a fixture of more bytes.
const BYTES_MAX: usize = 4 << 20;
/// Length of the part of a dead letter's reason that the fixture expects.
const REASON_CHARS_MAX: usize = 200;
/// How long to wait for one record from the log.
const READ_WAIT: Duration = Duration::from_secs(10);

/// The fixture so far.
pub(super) struct FixtureRecorder {
    text: String,
    records: usize,
    windowed: bool,
    /// Offsets of the written records of each partition, if times matter.
    written: BTreeMap<(String, u32), BTreeSet<u64>>,
    /// The largest event time of each partition, and its offset.
    largest: BTreeMap<(String, u32), (i64, u64)>,
    /// Why there is no fixture.
    missing: Option<String>,
}

impl FixtureRecorder {
    /// Returns an empty fixture. `windowed` says whether the row depends on time.
    pub(super) fn new(windowed: bool) -> Self {
        let (written, largest) = Default::default();
        Self { text: String::new(), records: 0, windowed, written, largest, missing: None }
    }

    /// Takes note of the largest event time of further records of a partition.
    pub(super) fn observe(&mut self, records: &RecordBatch, largest: Option<(i64, u64)>) {
        let Some(largest) = largest else { return };
        let source = (records.topic().to_string(), records.partition());
        let held = self.largest.entry(source).or_insert(largest);
        *held = (*held).max(largest);
    }

    /// Writes a record.
    pub(super) fn record(&mut self, records: &RecordBatch, offset: u64) {
        if self.missing.is_some() {
            return;
        }
        let partition = self.partition(records.partition());
        // Without an explicit time, the record would get one by its line in the fixture.
        let line = line_of(records, partition, offset, Some(TIMELESS_MS));
        self.records += 1;
        if self.records > RECORDS_MAX || self.text.len() + line.len() > BYTES_MAX {
            return self.give_up(format!(
                "more than {} records touched the row, too many for a fixture",
                self.records - 1
            ));
        }
        self.text.push_str(&line);
        self.text.push('\n');
        if self.windowed {
            let source = (records.topic().to_string(), records.partition());
            self.written.entry(source).or_default().insert(offset);
        }
    }

    /// Writes the record that makes the next record of its partition late.
    ///
    /// # Errors
    /// Errors of the log.
    pub(super) fn make_late(&mut self, log: &dyn Log, records: &RecordBatch) -> Result<()> {
        let source = (records.topic().to_string(), records.partition());
        let Some(&(_, offset)) = self.largest.get(&source) else {
            self.give_up(
                "the event time at which a partition was added decided what is late, which a fixture cannot say".to_owned(),
            );
            return Ok(());
        };
        if self.missing.is_some() || self.written.get(&source).is_some_and(|of| of.contains(&offset)) {
            return Ok(());
        }
        let (topic, partition) = source;
        let mut reader = log.reader(&[Start { topic, partition, next_offset: offset }])?;
        let batches = reader.poll(1, READ_WAIT)?;
        match batches.iter().find(|batch| batch.row_of(offset).is_some()) {
            Some(batch) => self.record(batch, offset),
            None => self.give_up(
                "a punctuation of one partition decided what is late, which a fixture cannot say".to_owned(),
            ),
        }
        Ok(())
    }

    /// Writes the expectation that the previous record is a dead letter.
    pub(super) fn refusal(&mut self, reason: &str) {
        if self.missing.is_none() {
            let part: String = reason.chars().take(REASON_CHARS_MAX).collect();
            self.line(&json!({ "expect_error": part }));
        }
    }

    /// Gives up: there can be no fixture.
    pub(super) fn give_up(&mut self, why: String) {
        self.text = String::new();
        self.missing.get_or_insert(why);
    }

    /// Returns the fixture so far, with the expectation at an event time.
    ///
    /// # Errors
    /// Why there is no fixture.
    pub(super) fn finish(&self, watermark_ms: Option<i64>, expected: &Value) -> Result<String, String> {
        if let Some(missing) = &self.missing {
            return Err(missing.clone());
        }
        let watermark = watermark_ms.map(|watermark_ms| json!({ "watermark": watermark_ms }));
        let lines = watermark.iter().chain([expected]).map(|line| format!("{line}\n"));
        Ok(std::iter::once(self.text.clone()).chain(lines).collect())
    }

    fn line(&mut self, line: &Value) {
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }

    fn partition(&self, of_log: u32) -> u32 {
        of_log + u32::from(self.windowed)
    }
}
