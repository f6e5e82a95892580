//! Turns records into messages: a pure function of the records, independent of batches.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use foldline_core::column::{Column, ValueRef};
use foldline_core::contribution::EventBatch;
use foldline_core::description::Input;

use super::message::{Message, MessageOrigin};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_core::dead_letter::DeadLetter;
use foldline_decode::{DecodeLimits, TopicDecoder};
use foldline_log::RecordBatch;
use foldline_module::bisection::{Answered, call_bisecting};
use foldline_module::{KeptInstance, Relayed, ValidatedModule};

/// Maximum bytes of all messages of one record: they are sent together, and held in memory until then.
const OF_RECORD_BYTES_MAX: usize = 64 << 20;

/// A module that relays, with decoders for its inputs.
pub struct Relayer {
    kept: KeptInstance,
    decoders: BTreeMap<String, TopicDecoder>,
    topics: Vec<Arc<str>>,
    /// By input, how often it was adopted.
    adoptions: BTreeMap<String, u32>,
    message_bytes_max: usize,
}

/// What a module made of some records.
#[derive(Debug, Default, PartialEq)]
pub struct RelayedBatch {
    /// The messages, in the order of the records.
    pub messages: Vec<Message>,
    /// The records without messages, because they do not decode or the module cannot relay them, by offset.
    pub dead: Vec<DeadLetter>,
}

impl Relayer {
    /// Returns a relayer for a module. A message may be as long as a record.
    pub fn new(module: ValidatedModule, limits: &DecodeLimits) -> Self {
        let description = module.description();
        let windowed = description.is_windowed();
        // A record that is not an event of the projection makes no message.
        let decoder = |(topic, inputs): (String, Vec<(usize, Input)>)| {
            (topic, TopicDecoder::new(&inputs, limits, windowed))
        };
        Self {
            decoders: description.inputs_by_topic().into_iter().map(decoder).collect(),
            topics: description.relay_topics.iter().map(|topic| topic.as_str().into()).collect(),
            message_bytes_max: limits.record_bytes_max,
            adoptions: BTreeMap::new(),
            kept: KeptInstance::new(module),
        }
    }

    /// Sets how often each input was adopted.
    #[must_use]
    pub fn after_adoptions(self, adoptions: BTreeMap<String, u32>) -> Self {
        Self { adoptions, ..self }
    }

    /// Returns the messages of some rows of a batch, and the dead letters.
    ///
    /// # Errors
    /// `Internal` when the host itself fails.
    pub fn relay(&mut self, records: &RecordBatch, rows: Range<usize>) -> Result<RelayedBatch> {
        let topic = records.topic();
        let decoder = self.decoders.get_mut(&**topic).ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("topic `{topic}` is not an input of this relay"))
        })?;
        panic_if_asked(PanicPoint::Relay, &self.kept.module().description().name);
        let decoded = decoder.decode(records, rows);
        let (max, mut poison) = (self.message_bytes_max, Vec::new());
        let mut relayed = RelayedBatch::default();
        let inputs = decoded.events.len();
        for events in decoded.events {
            let answered = call_bisecting(&mut self.kept, events, &mut poison, |instance, events| {
                Ok(checked(instance.relay(events)?, max))
            })?;
            for Answered { events, answer } in answered {
                self.add(topic, &events, &answer, &mut relayed.messages)?;
            }
        }
        if inputs > 1 {
            relayed.messages.sort_by_key(|message| message.origin.offset);
        }
        let letter = |offset, reason| DeadLetter {
            topic: Arc::clone(topic),
            partition: records.partition(),
            offset,
            reason,
        };
        let undecodable = decoded.dead.into_iter().map(|dead| letter(dead.offset, dead.reason));
        relayed.dead = undecodable
            .chain(poison.into_iter().map(|poison| letter(poison.offset, poison.reason)))
            .collect();
        relayed.dead.sort_unstable_by_key(|letter| letter.offset);
        Ok(relayed)
    }

    fn add(
        &self,
        topic: &Arc<str>,
        events: &EventBatch,
        relayed: &Sound,
        messages: &mut Vec<Message>,
    ) -> Result<()> {
        let Sound { relayed: Relayed { source_rows, topics, keys, values, .. }, refused } = relayed;
        let adoptions = self.adoptions.get(&**topic).copied().unwrap_or(0);
        let (mut row_before, mut number) = (None, 0);
        for (at, &row) in source_rows.iter().enumerate() {
            number = if row_before == Some(row) { number + 1 } else { 0 };
            row_before = Some(row);
            if refused.binary_search(&row).is_ok() {
                continue;
            }
            let to = self.topics.get(topics[at] as usize).ok_or_else(|| {
                Error::new(ErrorKind::Internal, format!("relay topic {} was not checked", topics[at]))
            })?;
            let origin = MessageOrigin {
                topic: Arc::clone(topic),
                partition: events.partition,
                offset: events.offsets[row as usize],
                number,
                adoptions,
            };
            let (key, value) = (bytes(keys, at), bytes(values, at));
            messages.push(Message { topic: Arc::clone(to), key, value, origin });
        }
        Ok(())
    }
}

/// An answer, and the rows whose messages are not sent.
struct Sound {
    relayed: Relayed,
    /// In ascending order, like the map of reasons that it comes from; few, if any.
    refused: Vec<u32>,
}

/// Finds the refused records: refused by the module, or with a message that is too long for any topic.
fn checked(relayed: Relayed, message_bytes_max: usize) -> (Sound, BTreeMap<u32, String>) {
    let mut refused: BTreeMap<u32, String> =
        relayed.rejected.iter().map(|rejected| (rejected.row, rejected.reason.clone())).collect();
    let (mut row_before, mut of_row) = (None, 0);
    for (at, &row) in relayed.source_rows.iter().enumerate() {
        let bytes =
            [&relayed.keys, &relayed.values].map(|column| borrowed(column, at).map_or(0, <[u8]>::len));
        let bytes: usize = bytes.iter().sum();
        of_row = if row_before == Some(row) { of_row + bytes } else { bytes };
        row_before = Some(row);
        if bytes > message_bytes_max {
            let reason = format!("makes a message of {bytes} bytes, more than {message_bytes_max}");
            refused.entry(row).or_insert(reason);
        } else if of_row > OF_RECORD_BYTES_MAX {
            let reason = format!("makes messages of more than {OF_RECORD_BYTES_MAX} bytes");
            refused.entry(row).or_insert(reason);
        }
    }
    (Sound { relayed, refused: refused.keys().copied().collect() }, refused)
}

fn borrowed(column: &Column, row: usize) -> Option<&[u8]> {
    match column.get(row)? {
        ValueRef::Text(text) => Some(text.as_bytes()),
        ValueRef::Blob(bytes) => Some(bytes),
        // No other type passes the check of the answer.
        _ => None,
    }
}

fn bytes(column: &Column, row: usize) -> Option<Vec<u8>> {
    borrowed(column, row).map(<[u8]>::to_vec)
}
