//! Runs two modules over the log in lockstep, for one row, to find where their documents first diverge, or else their
//! memberships.
//!
//! Sets are not declared as fields are. A new version that puts every row into a set diverges from the first record on. So a
//! divergence of memberships is held back until it is known that the documents never diverge.
//!
//! The documents are compared at equal event times: the windows of both advance to the time that both have passed. So a different
//! `bound` is no difference by itself; only the records that it makes late are.
//! differs is no difference by itself; what it makes late is.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::position::Position;
use serde_json::{Map, Value, json};

use super::fixture_recorder::FixtureRecorder;
use super::follower::{Follower, Judged, taken};
use super::learning::followed_rows;
use super::line;
use super::row::Change;
use super::target::TraceTarget;
use crate::fixture::compare::equal;
use foldline_api::MEMBERSHIPS;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_decode::NO_TIME;
use foldline_engine::replay::Replay;
use foldline_engine::verify::Folding;
use foldline_log::{Log, RecordBatch};
use foldline_sink::Membership;
use foldline_source::assignment::log_end;

/// The inputs of a comparison.
pub struct Comparer<'a> {
    /// The reference module.
    pub old: &'a Folding,
    /// The module compared with it.
    pub new: &'a Folding,
    /// The log.
    pub log: &'a dyn Log,
}

/// The result of a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Everything before this position was compared, unless the modules diverge.
    pub position: Position,
    /// Records that touched the row in either module.
    pub events: u64,
    /// Declared fields that the other module does not declare, of the old and the new module. They are not compared.
    pub alone: [Vec<String>; 2],
    /// Where they diverge.
    pub divergence: Option<Divergence>,
}

/// The first moment at which two modules make different documents of a row. If they never do, the first different memberships.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// The record after which they differ, as a record line; `None` if only time moved on.
    pub record: Option<String>,
    /// The record's event time, or else the event time that was reached, in milliseconds.
    pub time_ms: i64,
    /// The id of the documents.
    pub id: String,
    /// The fields that differ, with [`MEMBERSHIPS`] among them. No fields if only one module has a document.
    pub fields: Vec<String>,
    /// The old module's result.
    pub old: Side,
    /// The new module's result.
    pub new: Side,
    /// A fixture that the old module passes and the new one does not, or why there is none.
    pub fixture: Result<String, String>,
}

/// The result of one module for a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// The document; `None` if there is none.
    pub document: Option<String>,
    /// The memberships, by set and member.
    pub memberships: Vec<Membership>,
    /// Why the module made no document of the row's current state.
    pub failed: Option<String>,
}

impl Comparer<'_> {
    /// Replays the log up to its current end through both modules, until they diverge. `progress` receives the records read and
    /// the records to read, and returns whether to go on.
    ///
    /// # Errors
    /// `NotFound` when the text is no key of one of them; `Unavailable` when the log does not answer or `progress` stops it;
    /// `Corrupt` when history is missing.
    pub fn compare(&self, id: &str, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Compared> {
        let inputs = [self.old, self.new].map(|folding| &folding.module.description().inputs);
        let topics: BTreeSet<String> =
            inputs.into_iter().flatten().map(|input| input.topic.clone()).collect();
        let topics: Vec<String> = topics.into_iter().collect();
        let end = log_end(self.log, &topics)?;
        let mut follower = |folding: &Folding| {
            let target = TraceTarget::new(id, folding.module.description())?;
            let followed =
                followed_rows(folding, self.log, &target, &end, &mut |read, of| match progress(read, of) {
                    true => Ok(()),
                    false => Err(stopped()),
                })?;
            Follower::new(folding, self.log, target, followed)
        };
        let (old, new) = (follower(self.old)?, follower(self.new)?);
        let mut replay = Replay::open(self.log, end.clone())?;
        let declared = |folding: &Folding| -> BTreeSet<String> {
            folding.module.description().document().iter().map(|field| field.name.clone()).collect()
        };
        let (of_old, of_new) = (declared(self.old), declared(self.new));
        let recorder = FixtureRecorder::new(old.row.is_windowed() || new.row.is_windowed());
        let common = of_old.intersection(&of_new).cloned().collect();
        let mut pair = Pair {
            log: self.log,
            old,
            new,
            common,
            recorder,
            events: 0,
            reached_ms: None,
            divergence: None,
            held: None,
        };
        while let Some(batches) = replay.next_batches()? {
            if !progress(replay.read(), replay.total()) {
                return Err(stopped());
            }
            let batches = taken(batches);
            let (of_old, of_new) = (pair.old.extract(&batches)?, pair.new.extract(&batches)?);
            for (taken, (of_old, of_new)) in batches.iter().zip(of_old.into_iter().zip(of_new)) {
                let judged = Both { old: pair.old.judge(of_old)?, new: pair.new.judge(of_new)? };
                pair.follow(&judged, &taken.batch.records)?;
                if pair.divergence.is_some() {
                    break;
                }
            }
            if pair.divergence.is_some() {
                break;
            }
        }
        let alone = [of_old.difference(&of_new), of_new.difference(&of_old)].map(|of| of.cloned().collect());
        let (position, events) = (replay.end().clone(), pair.events);
        Ok(Compared { position, events, alone, divergence: pair.divergence.or(pair.held) })
    }
}

/// Both modules while they agree.
struct Pair<'a> {
    log: &'a dyn Log,
    old: Follower,
    new: Follower,
    /// The fields that are compared.
    common: Vec<String>,
    recorder: FixtureRecorder,
    events: u64,
    /// The event time that the windows of both have advanced to.
    reached_ms: Option<i64>,
    /// Where the documents diverge.
    divergence: Option<Divergence>,
    /// Where the memberships diverge.
    held: Option<Divergence>,
}

struct Both {
    old: Judged,
    new: Judged,
}

impl Pair<'_> {
    /// Takes both rows through a batch, until they diverge.
    fn follow(&mut self, judged: &Both, records: &RecordBatch) -> Result<()> {
        let touches = judged.old.touches.iter().chain(&judged.new.touches);
        let offsets: BTreeSet<u64> = touches.map(|touch| touch.offset).collect();
        let mut next_offset = 0;
        for offset in offsets {
            self.observe(judged, records, next_offset..offset);
            next_offset = offset;
            self.move_on()?;
            if self.divergence.is_some() {
                return Ok(());
            }
            self.touch(judged, records, offset)?;
            if self.divergence.is_some() {
                return Ok(());
            }
        }
        self.observe(judged, records, next_offset..u64::MAX);
        self.move_on()
    }

    fn observe(&mut self, judged: &Both, records: &RecordBatch, offsets: std::ops::Range<u64>) {
        let of_old = self.old.observe(&judged.old, offsets.clone());
        let of_new = self.new.observe(&judged.new, offsets);
        self.recorder.observe(records, of_old.max(of_new));
    }

    /// Applies a record to the rows that it touches, and compares them.
    fn touch(&mut self, judged: &Both, records: &RecordBatch, offset: u64) -> Result<()> {
        self.events += 1;
        let (of_old, of_new) = (judged.old.touch(offset), judged.new.touch(offset));
        let counts = [of_old, of_new].map(|touch| touch.is_some_and(|touch| !touch.late));
        if counts != [false, false] {
            if counts != [true, true] && of_old.is_some() && of_new.is_some() {
                self.recorder.make_late(self.log, records)?;
            }
            self.recorder.record(records, offset);
            if !self.old.reads(records.topic()) {
                let topic = records.topic();
                self.recorder
                    .give_up(format!("only the new version reads topic `{topic}`: no fixture fits both"));
            }
            if let Some(reason) = judged.old.refusal(offset) {
                self.recorder.refusal(reason);
            }
            if [&judged.old, &judged.new].iter().any(|of| of.refusal(offset) == Some(NO_TIME)) {
                self.recorder.give_up(
                    "a record without a time makes them diverge, and in a fixture each has one".to_owned(),
                );
            }
        }
        for (follower, judged, touch) in
            [(&mut self.old, &judged.old, of_old), (&mut self.new, &judged.new, of_new)]
        {
            if let Some(touch) = touch {
                follower.apply(judged, touch)?;
            }
        }
        let time_ms = of_old.or(of_new).map_or(0, |touch| touch.time_ms);
        self.compare(time_ms, Some((records, offset)))
    }

    /// Advances the windows of both to the event time that both have reached, change by change.
    fn move_on(&mut self) -> Result<()> {
        let windowed = [&self.old, &self.new].into_iter().filter(|follower| follower.row.is_windowed());
        let reached_ms: Option<Vec<i64>> = windowed.map(Follower::watermark_ms).collect();
        let Some(watermark_ms) = reached_ms.and_then(|reached_ms| reached_ms.into_iter().min()) else {
            return Ok(());
        };
        loop {
            let next_ms = [&self.old, &self.new].into_iter().filter_map(|of| of.row.next_change_ms()).min();
            let next_ms = next_ms.filter(|next_ms| *next_ms < watermark_ms);
            // At the ends of the range, times no longer increase.
            let time_ms = next_ms.filter(|next_ms| Some(*next_ms) > self.reached_ms).unwrap_or(watermark_ms);
            self.old.row.advance(time_ms)?;
            self.new.row.advance(time_ms)?;
            self.reached_ms = self.reached_ms.max(Some(time_ms));
            self.compare(time_ms, None)?;
            if self.divergence.is_some() || time_ms == watermark_ms {
                return Ok(());
            }
        }
    }

    /// Compares documents and memberships that changed, after a record or after time alone moved on.
    fn compare(&mut self, time_ms: i64, record: Option<(&RecordBatch, u64)>) -> Result<()> {
        let changes = [self.old.row.take_changes()?, self.new.row.take_changes()?];
        let ids: BTreeSet<&String> = changes.iter().flatten().map(|change| &change.id).collect();
        for id in ids {
            let side = |follower: &Follower, changes: &Vec<Change>| Side {
                document: follower.row.documents().get(id).cloned(),
                memberships: follower.row.memberships_of(id).to_vec(),
                failed: changes
                    .iter()
                    .find(|change| change.id == *id)
                    .and_then(|change| change.failed.clone()),
            };
            let (old, new) = (side(&self.old, &changes[0]), side(&self.new, &changes[1]));
            let mut differing = match (&old.document, &new.document) {
                (Some(old), Some(new)) => self.differing(&fields(old)?, &fields(new)?),
                _ => Vec::new(),
            };
            let documents = !differing.is_empty() || old.document.is_some() != new.document.is_some();
            let memberships = old.memberships != new.memberships;
            if memberships {
                differing.push(MEMBERSHIPS.to_owned());
            }
            if !documents && (!memberships || self.held.is_some()) {
                continue;
            }
            let fixture = match documents {
                true => self.fixture_of_document(id, old.document.as_deref()),
                false => self.fixture_of_memberships(&old.memberships, &new.memberships),
            };
            let record = record.map(|(records, offset)| line(records, records.partition(), offset));
            let divergence =
                Divergence { record, time_ms, id: id.clone(), fields: differing, old, new, fixture };
            if documents {
                self.divergence = Some(divergence);
                return Ok(());
            }
            self.held = Some(divergence);
        }
        Ok(())
    }

    fn differing(&self, old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
        let same = |name: &&String| match (old.get(*name), new.get(*name)) {
            (Some(old), Some(new)) => equal(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        self.common.iter().filter(|name| !same(name)).cloned().collect()
    }

    /// Returns the fixture so far, expecting the old version's values of the common fields.
    fn fixture_of_document(&self, id: &str, document: Option<&str>) -> Result<String, String> {
        let expected = document.and_then(|document| fields(document).ok()).map(|mut of_old| {
            of_old.retain(|name, _| self.common.contains(name));
            of_old
        });
        let expected = match expected {
            Some(fields) => json!({ "expect": { id: fields } }),
            None => json!({ "expect_absent": [id] }),
        };
        self.recorder.finish(self.reached_ms, &expected)
    }

    /// Returns the fixture so far, expecting the old version's members in the sets that differ.
    fn fixture_of_memberships(&self, old: &[Membership], new: &[Membership]) -> Result<String, String> {
        let sets: BTreeSet<&String> = old.iter().chain(new).map(|membership| &membership.set).collect();
        let members: BTreeMap<&String, Vec<&str>> = sets
            .into_iter()
            .map(|set| (set, [self.old.row.members_of(set), self.new.row.members_of(set)]))
            .filter(|(_, [old, new])| old != new)
            .map(|(set, [old, _])| (set, old))
            .collect();
        if members.is_empty() {
            return Err("only scores differ: a fixture expects members and their order".to_owned());
        }
        self.recorder.finish(self.reached_ms, &json!({ "expect_members": members }))
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Unavailable, "stopped before the comparison was complete")
}

fn fields(document: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(document)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("a document is not a JSON object: {error}")))
}
