//! Decodes the bytes of records into typed columns of just the declared fields. A record that does not decode is a dead letter.
//!
//! The rules are a contract: `docs/decoding.md` states them for authors of reducers, the tests enforce them, and any
//! faster decoder must reproduce events and reasons bit for bit. A verdict depends only on the record and the declaration
//! of its input, never on neighbouring records nor on what other reducers declare. First come rules about whole records:
//!
//! 1. key and value together are no longer than `limits.record_bytes_max`;
//! 2. a record without a value is a deletion in a changelog (every field but the key is null, required or not), and a dead
//!    letter elsewhere;
//! 3. a value is UTF-8 and one JSON text as [`serde_json`] accepts it, everywhere, also in undeclared parts:
//!    at most 127 levels deep, no lone surrogates, no number beyond the range of a float;
//! 4. that JSON text is an object.
//!
//! Then come rules about fields. The first field in declaration order that breaks one gives the reason:
//!
//! 5. of equal names in one object, the last one counts, with everything below it;
//! 6. a field is read at its path, or, when that name is absent, at its first alias that is present; a name with null
//!    is present;
//! 7. absent and null are the same: null for an optional field, a dead letter for a required one;
//! 8. nothing is converted between types, except that a whole number may stand for a float, and times become
//!    milliseconds, rounded down;
//! 9. the event time is that of the declared field; if none is declared, or it is null, it is the record's own. A record
//!    without either comes before all others, and is a dead letter for a reducer with windows;
//! 10. the event time is not before 1970, and no more than the topic's `max_ahead` beyond the record's append time, if the log
//!     has one (`event_time`).
//!
//! How it works: `scan` makes one pass over the text and notes what stands at each declared path (`paths`), knowing no
//! types. `value` makes typed values of that and writes them to the columns at once (`builder`); if a later field is wrong,
//! the next record overwrites them. Most records never come that far: they have the layout of an earlier one, and `predict`
//! reads the same values straight into the columns. Reasons are made from the source text once a record is known to be
//! refused (`reason`), so that good records pay nothing for them.

// The `print` macros panic when stdout or stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod limits;
mod paths;
mod predict;
mod scan;
mod field;
mod special;
mod selection;
mod value;
mod builder;
mod undecodable;
mod rows;
mod event_time;
mod coarse;
mod reason;
mod shared;
mod topic;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use foldline_core::column::Column;
use foldline_core::contribution::EventBatch;
use foldline_core::description::{Field, FieldSource, Input};

use self::builder::ColumnBuilder;
pub use self::coarse::coarser_unit;
use self::event_time::EventTimeCheck;
pub use self::event_time::TIMELESS_MS;
use self::field::{DeclaredField, Scanned, Source};
pub use self::limits::DecodeLimits;
use self::paths::{PathTree, ROOT};
use self::predict::Predictor;
pub use self::reason::{NO_TIME, is_undecodable};
use self::scan::{Found, scan};
use self::selection::Selection;
pub use self::shared::{Union, View};
pub use self::topic::{DecodedTopic, TopicDecoder, TopicView};
pub use self::undecodable::Undecodable;
use self::value::{Row, Scratch};
use foldline_log::{RecordBatch, RecordRef};

/// Decodes the records of one declared input of a reducer. It learns layouts from batch to batch, which never affects its
/// results.
#[derive(Clone)]
pub struct Decoder {
    input: usize,
    changelog: bool,
    record_bytes_max: usize,
    /// `None` in a union, which leaves event times to its views.
    event_times: Option<EventTimeCheck>,
    fields: Vec<DeclaredField>,
    /// The fields that are not read from a path of the value.
    outside: Vec<usize>,
    /// Whether the value is taken as a whole, so that it need not be JSON.
    is_raw: bool,
    tree: PathTree,
    predictor: Predictor,
    scratch: Scratch,
}

/// The outcome of decoding a range of records: each is either an event or a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The events, by offset.
    pub events: EventBatch,
    /// The dead letters, by offset.
    pub dead: Vec<Undecodable>,
}

impl Decoder {
    /// Returns a decoder for the input with this index in the description.
    ///
    /// The event time is a field of type time, or an int, which counts as milliseconds. Validation refuses other types; here
    /// they are ignored in favour of the record's own time.
    pub fn new(input_index: usize, input: &Input, limits: impl Into<DecodeLimits>) -> Self {
        let limits = limits.into();
        let event_times = Some(EventTimeCheck::new(input, &limits));
        Self { event_times, ..Self::without_times(input_index, input, limits.record_bytes_max) }
    }

    /// Returns the same decoder for a reducer with windows, where a record without any known time is a dead letter.
    #[must_use]
    pub fn for_windows(self) -> Self {
        Self { event_times: self.event_times.map(EventTimeCheck::for_windows), ..self }
    }

    /// Returns a decoder that does not judge event times, and gives each event the record's own.
    fn without_times(input_index: usize, input: &Input, record_bytes_max: usize) -> Self {
        Self::selecting(input_index, input, &[], record_bytes_max)
    }

    /// Returns the same decoder with a further column for each selection, behind those of the fields.
    fn selecting(
        input_index: usize,
        input: &Input,
        selections: &[Selection],
        record_bytes_max: usize,
    ) -> Self {
        let of_selections = selections.iter().filter_map(Selection::path);
        let tree = PathTree::new(input.fields.iter().flat_map(paths::of_field).chain(of_selections));
        let fields = input.fields.iter().map(|field| DeclaredField::new(field, &tree));
        let selecting = selections.iter().map(|selection| DeclaredField::selecting(selection, &tree));
        let fields: Vec<DeclaredField> = fields.chain(selecting).collect();
        let is_outside = |&index: &usize| !matches!(fields[index].source, Source::Places(_));
        let outside: Vec<usize> = (0..fields.len()).filter(is_outside).collect();
        let is_raw = is_raw(input) && outside.len() == fields.len();
        Self {
            input: input_index,
            changelog: input.changelog,
            record_bytes_max,
            event_times: None,
            fields,
            outside,
            is_raw,
            tree,
            predictor: Predictor::new(),
            scratch: Scratch::default(),
        }
    }

    /// Returns the same decoder without prediction: it reads every record with the full parser. Prediction is tested and
    /// measured against it.
    #[must_use]
    pub fn without_prediction(self) -> Self {
        Self { predictor: Predictor::off(), ..self }
    }

    /// Decodes `rows` of a batch. However a batch is cut into ranges, its events and dead letters are the same.
    ///
    /// # Panics
    /// Panics when `rows` is not within the batch.
    pub fn decode(&mut self, records: &RecordBatch, rows: Range<usize>) -> Decoded {
        self.decode_rows(records, rows.clone(), rows.len(), rows)
    }

    /// Decodes some rows of a batch, in rising order: all within `range`, and at most `rows_max` of them.
    fn decode_rows(
        &mut self,
        records: &RecordBatch,
        range: Range<usize>,
        rows_max: usize,
        rows: impl Iterator<Item = usize>,
    ) -> Decoded {
        let mut offsets = Vec::with_capacity(rows_max);
        let mut times_ms = Vec::with_capacity(rows_max);
        let mut columns: Vec<_> = self.fields.iter().map(|field| field.column(rows_max)).collect();
        let mut dead = Vec::new();
        // Borrows from the batch, so it is made per call. Nothing is allocated per record.
        let mut places = vec![Found::Absent; self.tree.len()];
        for row in rows {
            let record = records.get(row);
            match self.decode_record(record, records.partition(), offsets.len(), &mut places, &mut columns) {
                Ok(()) => {
                    offsets.push(record.offset);
                    times_ms.push(record.time_ms.unwrap_or(TIMELESS_MS));
                }
                Err(reason) => dead.push(Undecodable { offset: record.offset, reason }),
            }
        }
        let columns = self.finish(columns, offsets.len());
        let partition = records.partition();
        let events = EventBatch { input: self.input, partition, offsets, times_ms, columns };
        let Some(event_times) = &self.event_times else { return Decoded { events, dead } };
        let (events, impossible) = event_times.apply(records, range, events);
        Decoded { events, dead: merge(dead, impossible) }
    }

    fn finish(&mut self, columns: Vec<ColumnBuilder>, rows: usize) -> Vec<Arc<Column>> {
        let finish = |(field, column): (&mut DeclaredField, ColumnBuilder)| {
            field.note_bytes(column.bytes(rows));
            Arc::new(column.finish(rows))
        };
        self.fields.iter_mut().zip(columns).map(finish).collect()
    }

    /// Writes a value per field into row `row`, or returns why the record is refused, perhaps after writing some fields.
    fn decode_record<'a>(
        &mut self,
        record: RecordRef<'a>,
        partition: u32,
        row: usize,
        places: &mut [Found<'a>],
        columns: &mut [ColumnBuilder],
    ) -> Result<(), String> {
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        if bytes > self.record_bytes_max {
            return Err(reason::too_long(bytes, self.record_bytes_max));
        }
        let text = match record.value {
            None if self.changelog => None,
            None => return Err(reason::NO_VALUE.to_owned()),
            Some(_) if self.is_raw => None,
            Some(value) => {
                let mut row = Row { index: row, columns, scratch: &mut self.scratch };
                if self.predictor.fill(value, &mut row) {
                    let write = |&index: &usize| {
                        self.fields[index].write_outside(index, &record, partition, &mut row)
                    };
                    return self.outside.iter().try_for_each(write);
                }
                Some(self.scan_value(value, places)?)
            }
        };
        let mut row = Row { index: row, columns, scratch: &mut self.scratch };
        for (index, field) in self.fields.iter().enumerate() {
            match (&field.source, text) {
                (Source::Places(_), None) => row.set(index, None),
                (Source::Places(own), Some(text)) => {
                    let scanned = Scanned { text, tree: &self.tree, places };
                    field.write_value(index, own, &scanned, &mut row)?;
                }
                _ => field.write_outside(index, &record, partition, &mut row)?,
            }
        }
        if let Some(text) = text {
            self.predictor.learn(text, &self.tree, &self.fields);
        }
        Ok(())
    }

    /// Notes what stands at each declared path, and returns the value as text.
    fn scan_value<'a>(&mut self, value: &'a [u8], places: &mut [Found<'a>]) -> Result<&'a str, String> {
        if value.is_empty() {
            return Err(reason::EMPTY_VALUE.to_owned());
        }
        let text = std::str::from_utf8(value).map_err(reason::invalid_utf8)?;
        scan(&self.tree, text, places, &mut self.scratch.unescaped)
            .map_err(|error| reason::invalid_json(text, error))?;
        match places[ROOT] {
            Found::Object => Ok(text),
            _ => Err(reason::not_an_object(text)),
        }
    }
}

/// Returns whether an input takes the value as a whole, so that it need not be JSON.
fn is_raw(input: &Input) -> bool {
    let of_value = |field: &Field| matches!(field.source, FieldSource::Value(_));
    input.fields.iter().any(|field| field.source == FieldSource::Raw) && !input.fields.iter().any(of_value)
}

/// Merges two lists of dead letters, by offset.
fn merge(mut dead: Vec<Undecodable>, more: Vec<Undecodable>) -> Vec<Undecodable> {
    if !more.is_empty() {
        dead.extend(more);
        dead.sort_unstable_by_key(|dead| dead.offset);
    }
    dead
}
