//! The records of a topic, dealt to the inputs that read it: all to one input, or to several by what selects them.
//!
//! A record is selected, a dead letter, or passed over, and which of these depends on the record and on the declarations of
//! this reducer's inputs only. What breaks a rule about whole records is a dead letter; then a record that no input selects
//! is passed over; then the selecting input's own rules decide.

use std::ops::Range;

use foldline_core::column::{Column, Values};
use foldline_core::contribution::EventBatch;
use foldline_core::description::Input;

use super::selection::Selection;
use super::shared::Shared;
use super::{DecodeLimits, Decoded, Decoder, Undecodable, Union, View, merge};
use crate::rows::rows_of;
use foldline_log::RecordBatch;

/// What became of the records of a topic: events of its inputs, dead letters, and those that no input selects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecodedTopic {
    /// The events of each input, by offset.
    pub events: Vec<EventBatch>,
    /// The dead letters, by offset.
    pub dead: Vec<Undecodable>,
    /// How many records no input selects.
    pub passed_over: u64,
}

/// Decodes the records of a topic for the inputs of one reducer that read it.
#[derive(Clone)]
pub struct TopicDecoder {
    /// `None` where a single input takes all.
    selecting: Option<SelectingDecoder>,
    inputs: Vec<Decoder>,
}

/// How the inputs of one reducer that read a topic see what a [`Union`] decoded.
#[derive(Clone)]
pub struct TopicView {
    selecting: Option<SelectingView>,
    inputs: Vec<View>,
}

/// Finds out which input takes a record.
#[derive(Clone)]
struct SelectingDecoder {
    /// Makes one column: the number of the text that selects.
    decoder: Decoder,
    /// The input that takes records with each text.
    takers: Vec<Option<usize>>,
}

#[derive(Clone)]
struct SelectingView {
    /// The union's column.
    column: usize,
    takers: Vec<Option<usize>>,
    /// For records that are no events of the union.
    alone: SelectingDecoder,
}

/// Which records each input takes, as numbers that rise.
struct Dealt<T> {
    of_inputs: Vec<Vec<T>>,
    passed_over: u64,
}

impl TopicDecoder {
    /// Returns a decoder for the inputs that read a topic, with their indexes in the description. If `windowed`, the reducer has
    /// windows, so that a record without any known time is a dead letter, unless its input is untimed.
    pub fn new(inputs: &[(usize, Input)], limits: &DecodeLimits, windowed: bool) -> Self {
        let decoder = |(index, input): &(usize, Input)| {
            let decoder = Decoder::new(*index, input, limits.clone());
            if windowed && !input.untimed { decoder.for_windows() } else { decoder }
        };
        Self { selecting: SelectingDecoder::of(inputs, limits), inputs: inputs.iter().map(decoder).collect() }
    }

    /// Decodes `rows` of a batch. However a batch is cut into ranges, the outcome is the same.
    ///
    /// # Panics
    /// Panics when `rows` is not within the batch.
    pub fn decode(&mut self, records: &RecordBatch, rows: Range<usize>) -> DecodedTopic {
        let Some(selecting) = &mut self.selecting else {
            let Decoded { events, dead } = self.inputs[0].decode(records, rows);
            return DecodedTopic { events: vec![events], dead, passed_over: 0 };
        };
        let (dealt, mut dead) = selecting.deal(records, rows.clone(), rows.clone(), self.inputs.len());
        let mut events = Vec::with_capacity(self.inputs.len());
        for (decoder, offsets) in self.inputs.iter_mut().zip(dealt.of_inputs) {
            let taken = rows_of(records, rows.clone(), &offsets);
            let decoded = decoder.decode_rows(records, rows.clone(), taken.len(), taken.into_iter());
            events.push(decoded.events);
            dead = merge(dead, decoded.dead);
        }
        DecodedTopic { events, dead, passed_over: dealt.passed_over }
    }
}

impl TopicView {
    /// Returns how the inputs of a reducer that read a topic see a union; `None` as for [`Union::view`].
    pub fn new(union: &Union, inputs: &[(usize, Input)], windowed: bool) -> Option<Self> {
        let view = |(index, input): &(usize, Input)| {
            let view = union.view(*index, input)?;
            Some(if windowed && !input.untimed { view.for_windows() } else { view })
        };
        let views = inputs.iter().map(view).collect::<Option<Vec<_>>>()?;
        let selecting = match SelectingDecoder::of(inputs, union.limits()) {
            None => None,
            Some(alone) => {
                let declared: Vec<&Input> = inputs.iter().map(|(_, input)| input).collect();
                let when = declared[0].when.as_ref()?;
                let (column, selection) = union.selection(&when.source)?;
                let mut texts =
                    declared.iter().filter_map(|input| input.when.as_ref()).flat_map(|when| &when.texts);
                if !texts.all(|text| selection.texts.contains(text)) {
                    return None;
                }
                Some(SelectingView { column, takers: selection.takers(&declared), alone })
            }
        };
        Some(Self { selecting, inputs: views })
    }

    /// Returns what the reducer's own decoder would make of the same rows.
    ///
    /// # Panics
    /// Panics when `decoded` is not what the union made of these rows.
    pub fn events(&mut self, records: &RecordBatch, rows: Range<usize>, decoded: &Decoded) -> DecodedTopic {
        let Some(selecting) = &mut self.selecting else {
            let Decoded { events, dead } = self.inputs[0].events(records, rows, decoded);
            return DecodedTopic { events: vec![events], dead, passed_over: 0 };
        };
        let inputs = self.inputs.len();
        let shared = deal(&decoded.events.columns[selecting.column], &selecting.takers, inputs, |row| row);
        let offsets: Vec<u64> = decoded.dead.iter().map(|dead| dead.offset).collect();
        let alone = rows_of(records, rows.clone(), &offsets);
        let (alone, mut dead) = selecting.alone.deal(records, rows.clone(), alone.into_iter(), inputs);
        let mut events = Vec::with_capacity(inputs);
        let taken = shared.of_inputs.into_iter().zip(alone.of_inputs);
        for (view, (shared, alone)) in self.inputs.iter_mut().zip(taken) {
            let taken = view.events_of(
                records,
                rows.clone(),
                &Shared { events: &decoded.events, taken: Some(&shared) },
                alone,
            );
            events.push(taken.events);
            dead = merge(dead, taken.dead);
        }
        DecodedTopic { events, dead, passed_over: shared.passed_over + alone.passed_over }
    }
}

impl SelectingDecoder {
    /// Returns what deals the records of a topic to these inputs; `None` if one input takes all.
    fn of(inputs: &[(usize, Input)], limits: &DecodeLimits) -> Option<Self> {
        let declared: Vec<&Input> = inputs.iter().map(|(_, input)| input).collect();
        let selections = Selection::of(declared.iter().copied());
        // Validation refuses inputs of one topic that select by different sources.
        let selection = selections.first()?;
        let Input { topic, changelog, .. } = declared[0];
        let nothing = Input { topic: topic.clone(), changelog: *changelog, ..Input::default() };
        let decoder =
            Decoder::selecting(0, &nothing, std::slice::from_ref(selection), limits.record_bytes_max);
        // Where the key decides, the value is the selecting input's business.
        let decoder = Decoder { is_raw: selection.path().is_none(), ..decoder };
        Some(Self { decoder, takers: selection.takers(&declared) })
    }

    /// Returns the offsets of the records that each of `inputs` inputs takes, among some rows within `range`, and the records that
    /// are dead letters for all.
    fn deal(
        &mut self,
        records: &RecordBatch,
        range: Range<usize>,
        rows: impl ExactSizeIterator<Item = usize>,
        inputs: usize,
    ) -> (Dealt<u64>, Vec<Undecodable>) {
        let Decoded { events, dead } = self.decoder.decode_rows(records, range, rows.len(), rows);
        (deal(&events.columns[0], &self.takers, inputs, |row| events.offsets[row]), dead)
    }
}

/// Deals the rows of a selecting column to `inputs` inputs.
fn deal<T>(column: &Column, takers: &[Option<usize>], inputs: usize, name: impl Fn(usize) -> T) -> Dealt<T> {
    let Values::Ints(texts) = column.values() else {
        unreachable!("a selecting column has numbers of texts")
    };
    let mut dealt = Dealt { of_inputs: (0..inputs).map(|_| Vec::new()).collect(), passed_over: 0 };
    for (row, &text) in texts.iter().enumerate() {
        let taker = if column.is_valid(row) { takers[text as usize] } else { None };
        match taker {
            Some(input) => dealt.of_inputs[input].push(name(row)),
            None => dealt.passed_over += 1,
        }
    }
    dealt
}
