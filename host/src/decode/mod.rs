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
//! How: [`scan`] makes one pass over the text and notes what stands at each declared path ([`paths`]), knowing no
//! types; [`value`] then makes typed values of that, and only when all fit do they enter the columns. A scanner that
//! predicts the layout can take [`scan`]'s place record by record. Reasons are made from the source text once a record
//! is known to be refused ([`reason`]), so that good records pay nothing for them.

mod paths;
mod scan;
mod value;
mod reason;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use foldline_core::column::Column;
use foldline_core::contribution::EventBatch;
use foldline_core::description::{FieldSource, Input, ValueType};

use self::paths::{PathTree, ROOT};
use self::scan::{Found, scan};
use self::value::{Scratch, Value};
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
        let mut values = Vec::with_capacity(self.fields.len());
        for row in rows {
            let record = records.get(row);
            values.clear();
            match self.decode_record(record, &mut places, &mut values) {
                Ok(()) => {
                    offsets.push(record.offset);
                    times_ms.push(self.event_time_ms(&values).unwrap_or(record.time_ms));
                    for (column, value) in columns.iter_mut().zip(&values) {
                        column.push(value.map(|value| value.borrow(&self.scratch)));
                    }
                }
                Err(reason) => dead.push(Undecodable { offset: record.offset, reason }),
            }
        }
        let columns = columns.into_iter().map(Arc::new).collect();
        let partition = records.partition();
        Decoded { events: EventBatch { input: self.input, partition, offsets, times_ms, columns }, dead }
    }

    /// Appends a value per field, or says why the record is refused.
    fn decode_record<'a>(
        &mut self,
        record: RecordRef<'a>,
        places: &mut [Found<'a>],
        values: &mut Vec<Option<Value<'a>>>,
    ) -> Result<(), String> {
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        if bytes > self.record_bytes_max {
            return Err(reason::too_long(bytes, self.record_bytes_max));
        }
        self.scratch.clear();
        let text = match record.value {
            None if self.changelog => None,
            None => return Err(reason::NO_VALUE.to_owned()),
            Some(value) => Some(self.scan_value(value, places)?),
        };
        for field in &self.fields {
            values.push(match (&field.source, text) {
                (Source::Key, _) => field.key(record.key, &mut self.scratch)?,
                (Source::Places(_), None) => None,
                (Source::Places(own), Some(text)) => {
                    field.value(own, places, &self.tree, text, &mut self.scratch)?
                }
            });
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

    fn event_time_ms(&self, values: &[Option<Value<'_>>]) -> Option<i64> {
        match values[self.event_time?] {
            Some(Value::Time(ms) | Value::Int(ms)) => Some(ms),
            _ => None,
        }
    }
}

impl DeclaredField {
    fn key<'a>(&self, key: Option<&'a [u8]>, scratch: &mut Scratch) -> Result<Option<Value<'a>>, String> {
        let Some(key) = key else {
            return if self.required { Err(reason::missing_key(&self.name)) } else { Ok(None) };
        };
        match value::of_key(self.ty, key, scratch) {
            Some(value) => Ok(Some(value)),
            None => Err(reason::wrong_key(&self.name, self.ty, key)),
        }
    }

    fn value<'a>(
        &self,
        own: &[usize],
        places: &[Found<'a>],
        tree: &PathTree,
        text: &'a str,
        scratch: &mut Scratch,
    ) -> Result<Option<Value<'a>>, String> {
        let Some(&place) = own.iter().find(|&&place| !matches!(places[place], Found::Absent)) else {
            return self.absent(own[0], places, tree, text);
        };
        if matches!(places[place], Found::Null) {
            return self.null();
        }
        if let Some(value) = value::of_found(self.ty, places[place], scratch) {
            return Ok(Some(value));
        }
        let source = reason::source(text, tree.path(place));
        // serde_json reads `-0` as the float -0.0; here it is the whole number that it looks like.
        if source == "-0"
            && let Some(value) = value::of_found(self.ty, Found::Int(0), scratch)
        {
            return Ok(Some(value));
        }
        Err(reason::wrong_type(&self.name, self.ty, source))
    }

    /// A path that leads through something that is neither an object nor null is as wrong as a wrong type.
    fn absent<'a>(
        &self,
        place: usize,
        places: &[Found<'a>],
        tree: &PathTree,
        text: &str,
    ) -> Result<Option<Value<'a>>, String> {
        let reached = tree.ancestors(place).find(|&place| !matches!(places[place], Found::Absent));
        match reached.map(|reached| (reached, places[reached])) {
            None | Some((_, Found::Object | Found::Null)) => self.null(),
            Some((reached, _)) => {
                let path = tree.path(reached);
                Err(reason::not_an_object_at(&self.name, path, reason::source(text, path)))
            }
        }
    }

    fn null<'a>(&self) -> Result<Option<Value<'a>>, String> {
        if self.required { Err(reason::missing(&self.name)) } else { Ok(None) }
    }
}
