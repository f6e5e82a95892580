//! Traces a row: replays the log for one key, separately from the running version.
//!
//! ```text
//!  replay ─► follower: extract, judge as the engine does ─► the records of the row, one by one ─► row ─► project ─► changes
//! ```
//!
//! All threads decode and extract every record. One comparison of hashes per contribution finds those of the row, and only they
//! are folded and projected, one at a time. The order is the one in which the log delivers its partitions; every order gives the
//! same row in the end. A row that shows rows of other tables is replayed together with them; replays before find out which they
//! are (`learning`). Between two records of the row, time advances from one change to the next, so that each change has one
//! cause: a record, or time alone.

mod target;
mod followed_rows;
mod row;
mod follower;
mod learning;
mod divergence;
mod fixture_recorder;

use std::ops::ControlFlow;

use foldline_core::position::Position;
use serde_json::value::RawValue;

use foldline_api::{TraceLine, TracedEvent, TracedMembership, TracedTime};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_engine::replay::Replay;
use foldline_engine::verify::Folding;
use foldline_log::{Log, RecordBatch, RecordRef, json};
use foldline_sink::Membership;
use foldline_source::assignment::log_end;

pub use self::divergence::{Compared, Comparer, Divergence, Side};
use self::follower::{Follower, Judged, Touch, taken};
use self::learning::followed_rows;
use self::row::Change;
pub use self::target::TraceTarget;

/// The inputs of a trace.
pub struct Tracer<'a> {
    /// How the version folds.
    pub folding: &'a Folding,
    /// The log.
    pub log: &'a dyn Log,
}

/// How a trace ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOutcome {
    /// Everything before this position was read, unless there is more.
    pub position: Position,
    /// Events that touched the row.
    pub events: u64,
    /// Changes that time alone made.
    pub times: u64,
    /// Whether the trace ended at its limit.
    pub more: bool,
}

impl Tracer<'_> {
    /// Replays the log up to its current end. Reports every event and every change of the row to `tell`, `limit` of both at most,
    /// and progress in between. `tell` returns whether to go on.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer or `tell` stops it, `Corrupt` when history is missing.
    pub fn trace(
        &self,
        target: TraceTarget,
        limit: u64,
        tell: &mut dyn FnMut(TraceLine) -> bool,
    ) -> Result<TraceOutcome> {
        let mut output = TraceOutput { tell, left: limit, events: 0, times: 0 };
        let end = log_end(self.log, &self.folding.module.description().topics())?;
        let followed = followed_rows(self.folding, self.log, &target, &end, &mut |read, of| {
            output.tell(TraceLine::Progress { read, of })
        })?;
        let mut follower = Follower::new(self.folding, self.log, target, followed)?;
        let mut replay = Replay::open(self.log, end)?;
        let mut more = false;
        while let Some(batches) = replay.next_batches()? {
            output.tell(TraceLine::Progress { read: replay.read(), of: replay.total() })?;
            let batches = taken(batches);
            for (taken, units) in batches.iter().zip(follower.extract(&batches)?) {
                let judged = follower.judge(units)?;
                if follow(&mut follower, &judged, &taken.batch.records, &mut output)?.is_break() {
                    more = true;
                    break;
                }
            }
            if more {
                break;
            }
        }
        Ok(TraceOutcome { position: replay.end().clone(), events: output.events, times: output.times, more })
    }
}

/// Takes the row through a batch, record by record. Breaks when the limit is reached.
fn follow(
    follower: &mut Follower,
    judged: &Judged,
    records: &RecordBatch,
    output: &mut TraceOutput<'_>,
) -> Result<ControlFlow<()>> {
    let mut next_offset = 0;
    for touch in &judged.touches {
        follower.observe(judged, next_offset..touch.offset);
        next_offset = touch.offset;
        if move_on(follower, output)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        follower.apply(judged, touch)?;
        let mut changes = follower.row.take_changes()?;
        let shows = match touch.through {
            None => follower.row.shows_event(touch.time_ms),
            // Much of what happens to a row of another table shows nowhere.
            Some(_) => !changes.is_empty(),
        };
        if shows {
            let event = event(follower, records, touch, changes.pop())?;
            if output.event(event)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    follower.observe(judged, next_offset..u64::MAX);
    move_on(follower, output)
}

/// Advances the row's windows to the event time reached, change by change.
fn move_on(follower: &mut Follower, output: &mut TraceOutput<'_>) -> Result<ControlFlow<()>> {
    let Some(watermark_ms) = follower.watermark_ms() else { return Ok(ControlFlow::Continue(())) };
    let mut last_ms = None;
    loop {
        let next_ms = follower.row.next_change_ms().filter(|next_ms| *next_ms < watermark_ms);
        // At the ends of the range, times no longer increase.
        let time_ms = next_ms.filter(|next_ms| Some(*next_ms) > last_ms).unwrap_or(watermark_ms);
        follower.row.advance(time_ms)?;
        for change in follower.row.take_changes()? {
            if output.time(time_ms, change)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if time_ms == watermark_ms {
            return Ok(ControlFlow::Continue(()));
        }
        last_ms = Some(time_ms);
    }
}

fn event(
    follower: &Follower,
    records: &RecordBatch,
    touch: &Touch,
    change: Option<Change>,
) -> Result<TracedEvent> {
    let change = change.unwrap_or_else(|| {
        let served = follower.row.document().cloned();
        let sets = follower.row.memberships().to_vec();
        Change {
            before: served.clone(),
            after: served,
            sets_before: sets.clone(),
            sets_after: sets,
            ..Change::default()
        }
    });
    Ok(TracedEvent {
        record: raw(line(records, records.partition(), touch.offset))?,
        time_ms: touch.time_ms,
        late: touch.late,
        open: follower.row.is_windowed() && !touch.late && touch.through.is_none(),
        through: touch.through.clone(),
        before: change.before.map(raw).transpose()?,
        after: change.after.map(raw).transpose()?,
        sets_before: traced(change.sets_before),
        sets_after: traced(change.sets_after),
        failed: change.failed,
    })
}

/// Returns a record of a batch as a record line in the given partition.
fn line(records: &RecordBatch, partition: u32, offset: u64) -> String {
    line_of(records, partition, offset, None)
}

/// As [`line`], with a time for records that have none.
fn line_of(records: &RecordBatch, partition: u32, offset: u64, timeless_ms: Option<i64>) -> String {
    let mut line = Vec::new();
    let row = records.row_of(offset).expect("a record of the batch");
    let record = records.get(row);
    let record = RecordRef { time_ms: record.time_ms.or(timeless_ms), ..record };
    json::print(&mut line, records.topic(), partition, record, records.id(row));
    String::from_utf8(line).expect("record lines are text")
}

/// Returns JSON that was checked when it was made.
fn raw(json: String) -> Result<Box<RawValue>> {
    RawValue::from_string(json).map_err(|error| Error::new(ErrorKind::Internal, error))
}

/// Returns memberships as they are reported.
pub fn traced(memberships: Vec<Membership>) -> Vec<TracedMembership> {
    let membership = |Membership { set, member, score }| TracedMembership { set, member, score };
    memberships.into_iter().map(membership).collect()
}

/// Receives the lines of a trace, and counts how many more are allowed.
struct TraceOutput<'a> {
    tell: &'a mut dyn FnMut(TraceLine) -> bool,
    left: u64,
    events: u64,
    times: u64,
}

impl TraceOutput<'_> {
    fn tell(&mut self, line: TraceLine) -> Result<()> {
        if (self.tell)(line) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Unavailable, "stopped before the trace was complete"))
    }

    fn event(&mut self, event: TracedEvent) -> Result<ControlFlow<()>> {
        self.events += u64::from(self.left > 0);
        self.limited(TraceLine::Event(event))
    }

    fn time(&mut self, time_ms: i64, change: Change) -> Result<ControlFlow<()>> {
        let Change { id, before, after, sets_before, sets_after, failed } = change;
        let (before, after) = (before.map(raw).transpose()?, after.map(raw).transpose()?);
        let (sets_before, sets_after) = (traced(sets_before), traced(sets_after));
        self.times += u64::from(self.left > 0);
        let time = TracedTime { time_ms, id, before, after, sets_before, sets_after, failed };
        self.limited(TraceLine::Time(time))
    }

    fn limited(&mut self, line: TraceLine) -> Result<ControlFlow<()>> {
        if self.left == 0 {
            return Ok(ControlFlow::Break(()));
        }
        self.left -= 1;
        self.tell(line)?;
        Ok(ControlFlow::Continue(()))
    }
}
