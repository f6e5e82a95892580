//! Reads back the last value of each id in a topic of changes, for comparisons.

use std::collections::BTreeMap;

use super::topic::Topic;
use foldline_base::error::Result;
use foldline_sink::reading::{Entry, EntryVisitor, Reading};

/// About 64 MiB of ids and bodies are held at once; for more, the topic is read again.
const HELD_BYTES_MAX: usize = 64 << 20;

pub(super) struct ChangesReading(pub(super) Topic);

impl Reading for ChangesReading {
    fn has_sets(&self) -> bool {
        false
    }

    fn entries(&mut self, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let until = self.0.ends()?;
        let mut low: Vec<u8> = Vec::new();
        loop {
            let (mut held, mut bytes): (BTreeMap<Vec<u8>, Vec<u8>>, usize) = Default::default();
            let mut high: Option<Vec<u8>> = None;
            self.0.look_at(&[], &until, |_, record, _| {
                let Some(key) = record.key else { return Ok(()) };
                if key < low.as_slice() || high.as_ref().is_some_and(|high| key >= high.as_slice()) {
                    return Ok(());
                }
                let size = |key: &[u8], value: &[u8]| key.len() + value.len();
                let before = match record.value {
                    Some(value) => {
                        bytes += size(key, value);
                        held.insert(key.to_vec(), value.to_vec())
                    }
                    None => held.remove(key),
                };
                bytes -= before.map_or(0, |before| size(key, &before));
                while bytes > HELD_BYTES_MAX && held.len() > 1 {
                    let Some((last, value)) = held.pop_last() else { break };
                    bytes -= size(&last, &value);
                    high = Some(last);
                }
                Ok(())
            })?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            held.iter()
                .try_for_each(|(id, body)| visit(Entry::Document { id: text(id), body: text(body) }))?;
            match high {
                Some(high) => low = high,
                None => return Ok(()),
            }
        }
    }
}
