//! Turns the bytes of records into typed columns of just the declared fields; what does not decode is a dead letter.
//!
//! The rules are the contract: `docs/decoding.md` tells them to authors of reducers, the tests hold them, and any
//! faster decoder must reproduce events and reasons bit for bit. A verdict depends on the record and the declaration
//! of its input only, never on its neighbours nor on what other reducers declare. Whole records first:
//!
//! 1. key and value together are no longer than `limits.record_bytes_max`;
//! 2. no value is a deletion in a changelog (every field but the key is null, required or not), else a dead letter;
//! 3. a value is UTF-8 and one JSON text as [`serde_json`] accepts it, everywhere, also in parts that nobody declared:
//!    at most 127 levels deep, no lone surrogates, no number beyond the range of a float;
//! 4. that JSON text is an object.
//!
//! Then the fields, and the first that is wrong in declaration order gives the reason:
//!
//! 5. of equal names in one object the last one counts, with everything below it;
//! 6. a field is read at its path, or, when that name is absent, at its first alias that is present; a name with null
//!    is present;
//! 7. absent and null are the same: null for an optional field, a dead letter for a required one;
//! 8. nothing is converted between types, save that a whole number may stand for a float, and times become
//!    milliseconds, rounded down;
//! 9. the event time is that of the declared field, or the record's own where none is declared or it is null.
//!
//! How: `scan` makes one pass over the text and notes what stands at each declared path (`paths`), knowing no
//! types; `value` then makes typed values of that, which enter the columns at once and leave them again should a later
//! field be wrong. A scanner that predicts the layout can take `scan`'s place record by record. Reasons are made from the source text once a record
//! is known to be refused (`reason`), so that good records pay nothing for them.

mod paths;
mod scan;
mod value;
mod reason;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use foldline_core::column::{Column, Values};
use foldline_core::contribution::EventBatch;
use foldline_core::description::{FieldSource, Input, ValueType};

use self::paths::{PathTree, ROOT};
use self::scan::{Found, scan};
use self::value::Scratch;
use crate::log::{RecordBatch, RecordRef};

/// Decodes the records of one declared input of a reducer. Built once; keeps its scratch space between batches.
pub struct Decoder {
    input: usize,
    changelog: bool,
    record_bytes_max: usize,
    event_time: Option<usize>,
    fields: Vec<DeclaredField>,
    tree: PathTree,
    scratch: Scratch,
}

/// What became of a range of records: each is either an event or a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The events, by offset.
    pub events: EventBatch,
    /// The dead letters, by offset.
    pub dead: Vec<Undecodable>,
}

/// A record that does not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The record's offset.
    pub offset: u64,
    /// Why: a function of the record and the declaration, short whatever the record holds.
    pub reason: String,
}

/// A declared field with the places where it may stand.
struct DeclaredField {
    name: String,
    ty: ValueType,
    required: bool,
    source: Source,
}

enum Source {
    Key,
    /// Places in the path tree: the path itself, then its aliases.
    Places(Vec<usize>),
}

impl Decoder {
    /// Returns a decoder for the input with this index in the description.
    ///
    /// The event time is a field of type time, or an int, which counts as milliseconds; validation refuses others, and
    /// here they give way to the record's own time.
    pub fn new(input_index: usize, input: &Input, record_bytes_max: usize) -> Self {
        let tree = PathTree::new(input.fields.iter().flat_map(paths::of_field));
        let fields = input
            .fields
            .iter()
            .map(|field| DeclaredField {
                name: field.name.clone(),
                ty: field.ty,
                required: field.required,
                source: match field.source {
                    FieldSource::Key => Source::Key,
                    FieldSource::Value => {
                        Source::Places(paths::of_field(field).map(|path| tree.place(&path)).collect())
                    }
                },
            })
            .collect();
        Self {
            input: input_index,
            changelog: input.changelog,
            record_bytes_max,
            event_time: input.event_time,
            fields,
            tree,
            scratch: Scratch::default(),
        }
    }

    /// Decodes rows `range` of a batch; a batch cut into ranges gives the same events and dead letters.
    ///
    /// # Panics
    /// Panics when `rows` is not within the batch.
    pub fn decode(&mut self, records: &RecordBatch, rows: Range<usize>) -> Decoded {
        let mut offsets = Vec::with_capacity(rows.len());
        let mut times_ms = Vec::with_capacity(rows.len());
        let mut columns: Vec<_> = self.fields.iter().map(|field| Column::empty(field.ty)).collect();
        let mut dead = Vec::new();
        // Borrowed from the batch, so made per call; nothing is allocated per record.
        let mut places = vec![Found::Absent; self.tree.len()];
        for row in rows {
            let record = records.get(row);
            match self.decode_record(record, &mut places, &mut columns) {
                Ok(()) => {
                    offsets.push(record.offset);
                    times_ms.push(record.time_ms);
                }
                Err(reason) => {
                    columns.iter_mut().for_each(|column| column.truncate(offsets.len()));
                    dead.push(Undecodable { offset: record.offset, reason });
                }
            }
        }
        if let Some(field) = self.event_time {
            take_event_times(&columns[field], &mut times_ms);
        }
        let columns = columns.into_iter().map(Arc::new).collect();
        let partition = records.partition();
        Decoded { events: EventBatch { input: self.input, partition, offsets, times_ms, columns }, dead }
    }

    /// Appends a value per field, or says why the record is refused; some columns may then hold a value of it.
    fn decode_record<'a>(
        &mut self,
        record: RecordRef<'a>,
        places: &mut [Found<'a>],
        columns: &mut [Column],
    ) -> Result<(), String> {
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        if bytes > self.record_bytes_max {
            return Err(reason::too_long(bytes, self.record_bytes_max));
        }
        let text = match record.value {
            None if self.changelog => None,
            None => return Err(reason::NO_VALUE.to_owned()),
            Some(value) => Some(self.scan_value(value, places)?),
        };
        for (field, column) in self.fields.iter().zip(columns) {
            match (&field.source, text) {
                (Source::Key, _) => field.push_key(record.key, &mut self.scratch, column)?,
                (Source::Places(_), None) => column.push(None),
                (Source::Places(own), Some(text)) => {
                    field.push_value(own, places, &self.tree, text, &mut self.scratch, column)?;
                }
            }
        }
        Ok(())
    }

    /// Notes what stands at each declared path; returns the value as text.
    fn scan_value<'a>(&mut self, value: &'a [u8], places: &mut [Found<'a>]) -> Result<&'a str, String> {
        if value.is_empty() {
            return Err(reason::EMPTY_VALUE.to_owned());
        }
        let text = std::str::from_utf8(value).map_err(reason::invalid_utf8)?;
        scan(&self.tree, text, places, &mut self.scratch.unescaped).map_err(reason::invalid_json)?;
        match places[ROOT] {
            Found::Object => Ok(text),
            _ => Err(reason::not_an_object(text)),
        }
    }
}

// Values are pushed where they are made: handed up through `Result<Option<…>>` they took 23 % of the samples of a
// profile, stalled on copies of what was only just written.
impl DeclaredField {
    fn push_key(&self, key: Option<&[u8]>, scratch: &mut Scratch, column: &mut Column) -> Result<(), String> {
        match key {
            Some(key) => value::push_key(column, self.ty, key, scratch)
                .ok_or_else(|| reason::wrong_key(&self.name, self.ty, key)),
            None if self.required => Err(reason::missing_key(&self.name)),
            None => {
                column.push(None);
                Ok(())
            }
        }
    }

    fn push_value(
        &self,
        own: &[usize],
        places: &[Found<'_>],
        tree: &PathTree,
        text: &str,
        scratch: &mut Scratch,
        column: &mut Column,
    ) -> Result<(), String> {
        let Some(&place) = own.iter().find(|&&place| !matches!(places[place], Found::Absent)) else {
            self.check_path(own[0], places, tree, text)?;
            return self.push_null(column);
        };
        if matches!(places[place], Found::Null) {
            return self.push_null(column);
        }
        if value::push_found(column, self.ty, &places[place], scratch).is_some() {
            return Ok(());
        }
        let source = reason::source(text, tree.path(place));
        // serde_json reads `-0` as the float -0.0; here it is the whole number that it looks like.
        if source == "-0" && value::push_found(column, self.ty, &Found::Int(0), scratch).is_some() {
            return Ok(());
        }
        Err(reason::wrong_type(&self.name, self.ty, source))
    }

    fn push_null(&self, column: &mut Column) -> Result<(), String> {
        if self.required {
            return Err(reason::missing(&self.name));
        }
        column.push(None);
        Ok(())
    }

    /// A path that leads through something that is neither an object nor null is as wrong as a wrong type.
    fn check_path(
        &self,
        place: usize,
        places: &[Found<'_>],
        tree: &PathTree,
        text: &str,
    ) -> Result<(), String> {
        let reached = tree.ancestors(place).find(|&place| !matches!(places[place], Found::Absent));
        match reached.map(|reached| (reached, places[reached])) {
            None | Some((_, Found::Object | Found::Null)) => Ok(()),
            Some((reached, _)) => {
                let path = tree.path(reached);
                Err(reason::not_an_object_at(&self.name, path, reason::source(text, path)))
            }
        }
    }
}

/// The record's own time stays where the field is null.
fn take_event_times(column: &Column, times_ms: &mut [i64]) {
    if let Values::Times(values) | Values::Ints(values) = column.values() {
        for (row, time_ms) in times_ms.iter_mut().enumerate().filter(|&(row, _)| column.is_valid(row)) {
            *time_ms = values[row];
        }
    }
}
