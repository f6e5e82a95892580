//! Shared decode: each record is decoded once, for the fields of all reducers that read its topic, and each reducer looks at the
//! columns that it declared.
//!
//! A verdict is a reducer's own. A record that is no event for all reducers together may be one for some of them, and one that is
//! an event may lack a field that a single reducer requires. Either is decoded once more, by the reducer's own decoder. The
//! events that it makes are put in order among the others, because lateness is judged in the order of the log.

use std::ops::Range;
use std::sync::Arc;

use foldline_core::column::Column;
use foldline_core::contribution::EventBatch;
use foldline_core::description::{Field, FieldSource, Input};

use super::event_time::EventTimeCheck;
use super::rows::rows_of;
use super::selection::Selection;
use super::{DecodeLimits, Decoded, Decoder, is_raw, merge};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::RecordBatch;

/// Decodes the fields that any of several reducers declared on one topic. One per thread; cheap to clone.
#[derive(Clone)]
pub struct Union {
    decoder: Decoder,
    /// The fields that the columns hold; their names have no meaning here.
    fields: Vec<Field>,
    /// What selects records, a column for each behind those of the fields.
    selections: Vec<Selection>,
    changelog: bool,
    limits: DecodeLimits,
}

/// The events of a union, or those of them that an input takes.
pub(super) struct Shared<'e> {
    pub(super) events: &'e EventBatch,
    /// Rows of the events, rising; `None` is all.
    pub(super) taken: Option<&'e [usize]>,
}

/// How one reducer sees what a [`Union`] decoded. One per thread; cheap to clone.
#[derive(Clone)]
pub struct View {
    /// Does not judge event times: `event_times` judges all events together.
    decoder: Decoder,
    input: usize,
    /// For each declared field, its column in the union.
    columns: Vec<usize>,
    /// Every reducer has its own event time, and its own verdict on it.
    event_times: EventTimeCheck,
    /// Columns of fields that this reducer requires and the union does not.
    required: Vec<usize>,
}

impl Union {
    /// Returns the union of these inputs, which are all of one topic.
    ///
    /// A field is required only if every input requires it. If one were enough, the records of a topic that holds several
    /// kinds of them would be decoded once more for each reducer.
    ///
    /// # Panics
    /// Panics when some are changelogs and some are not: these disagree about deletions.
    pub fn new(inputs: &[&Input], limits: impl Into<DecodeLimits>) -> Self {
        let limits = limits.into();
        let changelog = inputs.first().is_some_and(|input| input.changelog);
        assert!(
            inputs.iter().all(|input| input.changelog == changelog),
            "changelogs have a union of their own"
        );
        let mut fields: Vec<Field> = Vec::new();
        for field in inputs.iter().flat_map(|input| &input.fields) {
            if !fields.iter().any(|other| same_values(field, other)) {
                let required = |input: &&Input| {
                    input.fields.iter().any(|other| other.required && same_values(field, other))
                };
                fields.push(Field { required: inputs.iter().all(required), ..field.clone() });
            }
        }
        let topic = inputs.first().map(|input| input.topic.clone()).unwrap_or_default();
        let input = Input { topic, fields: fields.clone(), changelog, ..Input::default() };
        let selections = Selection::of(inputs.iter().copied());
        let by_value = selections.iter().any(|selection| selection.path().is_some());
        let decoder = Decoder {
            // What one of them must parse is parsed for all: a record that is no JSON is then decoded for each alone.
            is_raw: inputs.iter().all(|input| is_raw(input)) && !by_value,
            ..Decoder::selecting(0, &input, &selections, limits.record_bytes_max)
        };
        Self { decoder, fields, selections, changelog, limits }
    }

    /// Decodes rows `rows` of a batch, for [`View::events`]; event times are the records' own.
    ///
    /// # Panics
    /// Panics when `rows` is not within the batch.
    pub fn decode(&mut self, records: &RecordBatch, rows: Range<usize>) -> Decoded {
        self.decoder.decode(records, rows)
    }

    /// Returns what selects records by a source, and its column.
    pub(super) fn selection(&self, source: &FieldSource) -> Option<(usize, &Selection)> {
        let at = self.selections.iter().position(|selection| selection.source == *source)?;
        Some((self.fields.len() + at, &self.selections[at]))
    }

    pub(super) fn limits(&self) -> &DecodeLimits {
        &self.limits
    }

    /// Returns how a reducer sees the union. The reducer's description has this input at `input_index`. `None` if the union lacks
    /// a field of it, or is of the other kind (changelog or not).
    pub fn view(&self, input_index: usize, input: &Input) -> Option<View> {
        let column = |field: &Field| self.fields.iter().position(|other| same_values(field, other));
        let columns = input.fields.iter().map(column).collect::<Option<Vec<_>>>()?;
        let nullable = |&(field, &column): &(&Field, &usize)| field.required && !self.fields[column].required;
        let required =
            input.fields.iter().zip(&columns).filter(nullable).map(|(_, &column)| column).collect();
        (input.changelog == self.changelog).then(|| View {
            decoder: Decoder::without_times(input_index, input, self.limits.record_bytes_max),
            input: input_index,
            columns,
            event_times: EventTimeCheck::new(input, &self.limits),
            required,
        })
    }
}

/// Returns whether two fields always hold the same values, apart from being required.
fn same_values(a: &Field, b: &Field) -> bool {
    a.source == b.source && a.ty == b.ty && a.in_list == b.in_list && a.aliases == b.aliases
}

impl View {
    /// Returns the same view for a reducer with windows: see [`Decoder::for_windows`].
    #[must_use]
    pub fn for_windows(self) -> Self {
        Self { event_times: self.event_times.for_windows(), ..self }
    }

    /// Returns the reducer's events and dead letters: those that its own decoder would find in the same rows.
    ///
    /// Usually the columns are those of the union, not copies.
    ///
    /// # Panics
    /// Panics when `decoded` is not what the union made of these rows.
    pub fn events(&mut self, records: &RecordBatch, rows: Range<usize>, decoded: &Decoded) -> Decoded {
        let dead = decoded.dead.iter().map(|dead| dead.offset).collect();
        self.events_of(records, rows, &Shared { events: &decoded.events, taken: None }, dead)
    }

    /// As [`View::events`], for the records that this input takes: some of the union's events, and the records at `offsets`, which
    /// are none of them.
    pub(super) fn events_of(
        &mut self,
        records: &RecordBatch,
        rows: Range<usize>,
        shared: &Shared<'_>,
        mut offsets: Vec<u64>,
    ) -> Decoded {
        let lacking = self.lacking(shared);
        offsets.extend(lacking.iter().map(|&row| shared.events.offsets[row]));
        offsets.sort_unstable();
        let shared = self.shared(shared, &lacking);
        let Decoded { events, dead } = if offsets.is_empty() {
            Decoded { events: shared, dead: Vec::new() }
        } else {
            let alone = rows_of(records, rows.clone(), &offsets);
            let alone = self.decoder.decode_rows(records, rows.clone(), alone.len(), alone.into_iter());
            Decoded { events: in_order(shared, alone.events), dead: alone.dead }
        };
        let (events, impossible) = self.event_times.apply(records, rows, events);
        Decoded { events, dead: merge(dead, impossible) }
    }

    /// Returns the rows of the union's events that may be no events here, because a field required here is null.
    fn lacking(&self, shared: &Shared<'_>) -> Vec<usize> {
        let Shared { events, taken } = shared;
        let nullable = self.required.iter().map(|&column| &events.columns[column]);
        let nullable: Vec<_> = nullable.filter(|column| column.validity().is_some()).collect();
        if nullable.is_empty() || is_planted(Bug::SharedVerdict) {
            return Vec::new();
        }
        let is_lacking = |row: &usize| nullable.iter().any(|column| !column.is_valid(*row));
        match taken {
            None => (0..events.rows()).filter(is_lacking).collect(),
            Some(taken) => taken.iter().copied().filter(is_lacking).collect(),
        }
    }

    /// Returns the union's events that this input takes, except the rows `except`; their times are the records' own.
    fn shared(&self, shared: &Shared<'_>, except: &[usize]) -> EventBatch {
        let Shared { events, taken } = shared;
        let columns = self.columns.iter().map(|&column| &events.columns[column]);
        let EventBatch { offsets, times_ms, .. } = events;
        let (offsets, times_ms, columns): (_, _, Vec<Arc<Column>>) =
            if except.is_empty() && taken.is_none_or(|taken| taken.len() == events.rows()) {
                (offsets.clone(), times_ms.clone(), columns.map(Arc::clone).collect())
            } else {
                let is_kept = |row: &usize| except.binary_search(row).is_err();
                let kept: Vec<_> = match taken {
                    None => (0..events.rows()).filter(is_kept).collect(),
                    Some(taken) => taken.iter().copied().filter(is_kept).collect(),
                };
                let pick = |column: &Arc<Column>| Arc::new(column.pick(kept.iter().copied()));
                let offsets = kept.iter().map(|&row| offsets[row]).collect();
                (offsets, kept.iter().map(|&row| times_ms[row]).collect(), columns.map(pick).collect())
            };
        EventBatch { input: self.input, partition: events.partition, offsets, times_ms, columns }
    }
}

/// Merges two batches of one input and partition, by offset.
fn in_order(some: EventBatch, others: EventBatch) -> EventBatch {
    if some.rows() == 0 || others.rows() == 0 {
        return if some.rows() == 0 { others } else { some };
    }
    fn picked<T: Copy>(some: &[T], others: &[T], order: &[(bool, usize)]) -> Vec<T> {
        order.iter().map(|&(of_others, row)| if of_others { others[row] } else { some[row] }).collect()
    }
    let rows = |of_others, batch: &EventBatch| (0..batch.rows()).map(move |row| (of_others, row));
    let mut order: Vec<(bool, usize)> = rows(false, &some).chain(rows(true, &others)).collect();
    if !is_planted(Bug::RescuedBehind) {
        // Both runs are sorted already, so sorting takes one pass.
        order
            .sort_by_key(|&(of_others, row)| if of_others { others.offsets[row] } else { some.offsets[row] });
    }
    let columns = some.columns.iter().zip(&others.columns);
    let columns = columns.map(|(some, others)| Arc::new(some.interleave(others, order.iter().copied())));
    EventBatch {
        input: some.input,
        partition: some.partition,
        offsets: picked(&some.offsets, &others.offsets, &order),
        times_ms: picked(&some.times_ms, &others.times_ms, &order),
        columns: columns.collect(),
    }
}
