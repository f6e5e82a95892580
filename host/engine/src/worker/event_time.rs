//! How a version keeps event time moving: it knows all partitions, and moves on those that are idle.

use std::time::{Duration, Instant};

use tracing::warn;

use super::super::progress::Progress;
use super::ended::Ended;
use super::run::Run;
use foldline_base::clock::now_ms;
use foldline_base::error::Result;
use foldline_log::{AppendTime, Log, Start};
use foldline_source::feed::Taken;
use foldline_source::idle_partitions::Now;

/// How often the partitions that hold back event time are determined.
const NAME_HOLDERS_EVERY: Duration = Duration::from_millis(500);

/// A partition with more offsets is not searched for a record: these are half a month of punctuations, one every 30 seconds.
const PUNCTUATIONS_MAX: u64 = 50_000;
/// How long the search may take at most.
const LOOK_INTO_MAX: Duration = Duration::from_secs(1);

impl Run<'_> {
    /// Tells the fold the number of partitions of each topic: event time waits for all of them.
    pub(super) fn know_partitions(&mut self) -> Result<(), Ended> {
        if !self.assignment.take_opened() {
            return Ok(());
        }
        self.assignment.identify(|topic, id| self.fold.identify(topic, id));
        if self.fold.watermarks().is_none() {
            return Ok(());
        }
        for (topic, partitions) in self.assignment.partitions() {
            self.fold.set_partitions(topic, partitions).map_err(Ended::StateDamaged)?;
        }
        Ok(())
    }

    /// Publishes which topics have append times set by producers. These protect less from events of the future.
    pub(super) fn note_clocks(&self, batches: &[Taken]) {
        for taken in batches {
            let records = &taken.batch.records;
            // A record without a time counts too: its producer decided that.
            let by_producer = !records.is_empty()
                && (matches!(records.append_time(0), Some(AppendTime::Producer(_)))
                    || records.time_ms(0).is_none());
            let topic = &**records.topic();
            let is_known = |progress: &Progress| progress.producer_times.iter().any(|known| known == topic);
            if by_producer && !self.handle.look(is_known) {
                self.handle.publish(|progress| progress.producer_times.push(topic.to_owned()));
            }
        }
    }

    /// Publishes, by topic, the first coarse time.
    pub(super) fn note_coarse_times(&self) {
        for (topic, said) in self.fold.coarse_times() {
            if !self.handle.look(|progress| progress.coarse_times.contains_key(&topic)) {
                warn!(version = self.handle.label(), topic, "{said}");
                self.handle.publish(|progress| drop(progress.coarse_times.insert(topic, said)));
            }
        }
    }

    /// Publishes the partitions that hold back event time, and moves on those of them that are idle.
    pub(super) fn move_idle_partitions(&mut self) {
        let now = Now { instant: Instant::now(), wall_ms: now_ms() };
        let Some(watermarks) = self.fold.watermarks() else { return };
        if self.name_holders_at <= now.instant {
            self.name_holders_at = now.instant + NAME_HOLDERS_EVERY;
            self.handle.set_held_by(self.idle_partitions.holders(self.fold.position(), watermarks, now));
        }
        if !self.caught_up || now.instant < self.check_idle_at {
            return;
        }
        let names: Vec<String> = self.assignment.partitions().map(|(topic, _)| topic.to_owned()).collect();
        let since = *self.ends_awaited_since.get_or_insert(now.instant);
        let Some(ends) = self.assignment.metadata().ends_since(&names, since) else { return };
        self.ends_awaited_since = None;
        self.check_idle_at = now.instant + self.idle_partitions.pause(names.iter().map(String::as_str));
        let log = self.assignment.log();
        let punctuated = ends.and_then(|ends| {
            let has_none = |topic: &str, partition: u32, end: u64| {
                holds_punctuations_alone(log.as_ref(), topic, partition, end)
            };
            for punctuation in self.idle_partitions.look(&ends, watermarks, now, has_none) {
                if self.idle_partitions.may_punctuate(&punctuation.topic) {
                    let at = log.punctuate(
                        &punctuation.topic,
                        Some(&[punctuation.partition]),
                        punctuation.time_ms,
                    )?;
                    self.idle_partitions.appended(&at, now.instant);
                }
            }
            Ok(())
        });
        if let Err(error) = punctuated {
            self.trouble(&error, |troubles| &mut troubles.log);
        }
    }
}

/// Returns whether a partition has no record before `end`. A partition that is too long to search, or cannot be read, counts
/// as one with records.
fn holds_punctuations_alone(log: &dyn Log, topic: &str, partition: u32, end: u64) -> bool {
    if end > PUNCTUATIONS_MAX {
        return false;
    }
    let looked = || -> Result<bool> {
        let mut next_offset = log.starts(topic)?.get(partition as usize).copied().unwrap_or(0);
        let start = Start { topic: topic.to_owned(), partition, next_offset };
        let mut reader = log.reader(&[start])?;
        let since = Instant::now();
        while next_offset < end && since.elapsed() < LOOK_INTO_MAX {
            for batch in reader.poll(1 << 16, LOOK_INTO_MAX / 4)? {
                if !batch.is_empty() {
                    return Ok(false);
                }
                next_offset = batch.next_offset();
            }
        }
        Ok(next_offset >= end)
    };
    looked().unwrap_or(false)
}
