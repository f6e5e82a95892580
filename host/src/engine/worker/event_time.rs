//! How a version keeps event time going: it knows all partitions, and moves on those that sleep.

use std::time::{Duration, Instant};

use super::super::Fold;
use super::super::assignment::log_end;
use super::super::feed::Taken;
use super::super::progress::Progress;
use super::super::sleepers::Now;
use super::ended::Ended;
use super::run::Run;
use crate::clock::now_ms;
use crate::error::Result;
use crate::log::AppendTime;

/// How often those that hold back event time are named anew.
const LOOK_FOR_HOLDERS: Duration = Duration::from_millis(500);

impl Run<'_> {
    /// Tells the fold of all partitions: they decide how far event time has come.
    pub(super) fn know_partitions(&mut self) -> Result<(), Ended> {
        if self.fold.watermarks().is_none() || !self.assignment.take_opened() {
            return Ok(());
        }
        for (topic, partitions) in self.assignment.partitions() {
            self.fold.set_partitions(topic, partitions).map_err(Ended::StateDamaged)?;
        }
        Ok(())
    }

    /// Folds while nobody decides where a partition begins that was added; what was decided before counts first.
    pub(super) fn fold_with(
        &mut self,
        fold: impl FnOnce(&mut Fold) -> Result<()>,
    ) -> Result<Result<()>, Ended> {
        let Some(claim) = &self.claim else { return Ok(fold(&mut self.fold)) };
        let _step = self.additions.step();
        self.fold.count_additions().map_err(Ended::StateDamaged)?;
        let folded = fold(&mut self.fold);
        self.fold.watermarks().into_iter().for_each(|watermarks| claim.note(watermarks));
        Ok(folded)
    }

    /// Says of which topics the append times are their producers': these protect less from events of the future.
    pub(super) fn note_clocks(&self, batches: &[Taken]) {
        for taken in batches {
            let records = &taken.batch.records;
            let by_producer =
                !records.is_empty() && matches!(records.append_time(0), Some(AppendTime::Producer(_)));
            let topic = &**records.topic();
            let is_known = |progress: &Progress| progress.producer_times.iter().any(|known| known == topic);
            if by_producer && !self.handle.look(is_known) {
                self.handle.publish(|progress| progress.producer_times.push(topic.to_owned()));
            }
        }
    }

    /// Names the partitions that hold back event time, and moves on those that it may.
    pub(super) fn tend_sleepers(&mut self) {
        let now = Now { instant: Instant::now(), wall_ms: now_ms() };
        let Some(watermarks) = self.fold.watermarks() else { return };
        if self.look_for_holders <= now.instant {
            self.look_for_holders = now.instant + LOOK_FOR_HOLDERS;
            self.handle.set_held_by(self.sleepers.holders(self.fold.position(), watermarks, now));
        }
        if !self.caught_up || now.instant < self.look_for_sleepers {
            return;
        }
        let topics = || self.assignment.partitions().map(|(topic, _)| topic);
        self.look_for_sleepers = now.instant + self.sleepers.pause(topics());
        let log = self.assignment.log();
        let names: Vec<String> = topics().map(str::to_owned).collect();
        let punctuated = log_end(log.as_ref(), &names).and_then(|ends| {
            for due in self.sleepers.look(&ends, watermarks, now) {
                if self.sleepers.may_punctuate(&due.topic) {
                    let at = log.punctuate(&due.topic, Some(&[due.partition]), due.time_ms)?;
                    self.sleepers.appended(&at, now.instant);
                }
            }
            Ok(())
        });
        if let Err(error) = punctuated {
            self.trouble(&error, |troubles| &mut troubles.log);
        }
    }
}
