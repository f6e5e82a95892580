//! Which times are valid event times: none before 1970, and none too far beyond the record's append time.
//!
//! A record may have no time at all (Kafka's timestamp −1). If the declared field gives none either, its event time is
//! [`TIMELESS_MS`], before everything else: without windows, time only orders. Windows would put it where it does
//! not belong, so for a reducer with windows it is a dead letter.
//!
//! An event from 2099 would close every window, and a time in a mistaken unit has no meaning at all. Times that are merely
//! old are not judged here: lateness deals with them. The verdict depends only on the record, the declaration and
//! `max_ahead`.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use foldline_core::column::{Column, Values};
use foldline_core::contribution::EventBatch;
use foldline_core::description::{FieldType, Input, TimeUnit, ValueType};
use foldline_core::rfc3339;

use super::limits::DecodeLimits;
use super::reason;
use super::rows::rows_of;
use super::undecodable::Undecodable;
use foldline_config::quantity::format_duration;
use foldline_log::RecordBatch;

/// A mistaken unit is recognized by the time that another unit would give: within the limit, and no more than this much older
/// than the append. A time of this century, read in a unit a thousand times too coarse, lies tens of thousands of years
/// away, so the two cannot be confused.
const UNIT_HINT_MS: i64 = 3_652 * 86_400_000;

/// The event time of a record without any known time, in milliseconds: the earliest valid event time.
pub const TIMELESS_MS: i64 = 0;

/// Judges the event times of one input.
#[derive(Clone)]
pub(super) struct EventTimeCheck {
    /// The declared field: its column and its name.
    field: Option<(usize, String)>,
    unit: Option<TimeUnit>,
    topic: String,
    max_ahead_ms: i64,
    /// Whether the reducer has windows, so that each event needs a time.
    windowed: bool,
}

impl EventTimeCheck {
    pub(super) fn new(input: &Input, limits: &DecodeLimits) -> Self {
        let declared = input.event_time.map(|index| (index, &input.fields[index]));
        let unit = declared.and_then(|(_, field)| match field.ty {
            FieldType::Value(ValueType::Time(unit)) => Some(unit),
            FieldType::Value(ValueType::Int) => Some(TimeUnit::Milliseconds),
            _ => None,
        });
        Self {
            field: declared.map(|(index, field)| (index, field.name.clone())),
            unit,
            topic: input.topic.clone(),
            max_ahead_ms: limits.max_ahead_ms(&input.topic),
            windowed: false,
        }
    }

    /// Returns the same for a reducer with windows.
    pub(super) fn for_windows(self) -> Self {
        Self { windowed: true, ..self }
    }

    /// Replaces the events' times, which are the records' own, by those of the declared field, and turns events whose time is
    /// invalid into dead letters. `rows` are the batch's rows that the events came from.
    pub(super) fn apply(
        &self,
        records: &RecordBatch,
        rows: Range<usize>,
        mut events: EventBatch,
    ) -> (EventBatch, Vec<Undecodable>) {
        if let Some((field, _)) = self.field {
            take_event_times(&events.columns[field], &mut events.times_ms);
        }
        let lacks_times = self.windowed && records.has_timeless(rows.clone());
        let latest_ms = self.latest_ms(records.earliest_append_ms(rows.clone()));
        // Almost always every time is valid by the strictest limit of the batch. No early exit, so that the loop is vectorized.
        let is_wrong = |wrong: bool, &time_ms: &i64| wrong | (time_ms < 0) | (time_ms > latest_ms);
        match events.times_ms.iter().fold(lacks_times, is_wrong) {
            false => (events, Vec::new()),
            true => self.judge(records, rows, events),
        }
    }

    fn latest_ms(&self, append_ms: Option<i64>) -> i64 {
        append_ms.map_or(i64::MAX, |append_ms| append_ms.saturating_add(self.max_ahead_ms))
    }

    #[cold]
    fn judge(
        &self,
        records: &RecordBatch,
        rows: Range<usize>,
        events: EventBatch,
    ) -> (EventBatch, Vec<Undecodable>) {
        let record_rows = rows_of(records, rows, &events.offsets);
        let mut kept = Vec::with_capacity(events.rows());
        let mut dead = Vec::new();
        for (row, record_row) in record_rows.into_iter().enumerate() {
            let append_ms = records.append_time(record_row).map(|append| append.ms());
            let time_ms = events.times_ms[row];
            let has_time = records.time_ms(record_row).is_some() || self.declared(&events, row).is_some();
            let reason = if self.windowed && !has_time {
                reason::NO_TIME.to_owned()
            } else if 0 <= time_ms && time_ms <= self.latest_ms(append_ms) {
                kept.push(row);
                continue;
            } else {
                self.reason(&events, row, append_ms)
            };
            dead.push(Undecodable { offset: events.offsets[row], reason });
        }
        if dead.is_empty() {
            return (events, dead);
        }
        let EventBatch { input, partition, offsets, times_ms, columns } = events;
        let pick = |column: Arc<Column>| Arc::new(column.pick(kept.iter().copied()));
        let columns = columns.into_iter().map(pick).collect();
        let offsets = kept.iter().map(|&row| offsets[row]).collect();
        let times_ms = kept.iter().map(|&row| times_ms[row]).collect();
        (EventBatch { input, partition, offsets, times_ms, columns }, dead)
    }

    /// Returns the name of the field that gives the event's time; `None` when the time is the record's own.
    fn declared(&self, events: &EventBatch, row: usize) -> Option<&str> {
        let (index, name) = self.field.as_ref()?;
        events.columns[*index].is_valid(row).then_some(name)
    }

    fn reason(&self, events: &EventBatch, row: usize, append_ms: Option<i64>) -> String {
        let time_ms = events.times_ms[row];
        let field = self.declared(events, row);
        let what = reason::event_time(field, &shown(time_ms));
        let (0.., Some(append_ms)) = (time_ms, append_ms) else {
            return format!("{what} is before 1970");
        };
        let limit = format_duration(Duration::from_millis(self.max_ahead_ms.unsigned_abs()));
        let hint = match (field, self.unit) {
            (Some(_), Some(unit)) => self.hint(unit, time_ms, append_ms),
            _ => String::new(),
        };
        let Self { topic, .. } = self;
        let append = shown(append_ms);
        format!(
            "{what} is more than topics.{topic}.max_ahead ({limit}) beyond the record's append, {append}{hint}"
        )
    }

    /// Suggests another unit. Called only for values that are too large: one in a coarser unit than declared lies in 1970 and is
    /// merely old.
    fn hint(&self, declared: TimeUnit, time_ms: i64, append_ms: i64) -> String {
        let units = [
            (TimeUnit::Seconds, "seconds", "s"),
            (TimeUnit::Milliseconds, "milliseconds", "ms"),
            (TimeUnit::Microseconds, "microseconds", "us"),
            (TimeUnit::Nanoseconds, "nanoseconds", "ns"),
        ];
        let Some(at) = units.iter().position(|&(unit, ..)| unit == declared) else { return String::new() };
        let mut meant_ms = time_ms;
        for (_, name, unit) in &units[at + 1..] {
            meant_ms /= 1_000;
            // An append time near 0, from a producer without a clock, is not real: every small value would be close to it.
            let earliest_ms = append_ms.saturating_sub(UNIT_HINT_MS).max(UNIT_HINT_MS);
            if meant_ms <= self.latest_ms(Some(append_ms)) && meant_ms >= earliest_ms {
                return format!("; the value looks like {name}: declare unit = {unit:?}");
            }
        }
        String::new()
    }
}

/// Copies the field's times; where the field is null, the record's own time stays.
fn take_event_times(column: &Column, times_ms: &mut [i64]) {
    let (Values::Times(values) | Values::Ints(values)) = column.values() else { return };
    if column.validity().is_none() {
        return times_ms.copy_from_slice(values);
    }
    for (row, time_ms) in times_ms.iter_mut().enumerate().filter(|&(row, _)| column.is_valid(row)) {
        *time_ms = values[row];
    }
}

/// Formats a time as RFC 3339, if possible, and as a number.
fn shown(time_ms: i64) -> String {
    match rfc3339::print(time_ms) {
        Some(time) => format!("{time} ({time_ms} ms)"),
        None => format!("{time_ms} ms"),
    }
}
