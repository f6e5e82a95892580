//! What this process knows a server to have acknowledged; it reveals a server that has gone back.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::position::Position;
use parking_lot::Mutex;

use super::names::Prefix;

/// The progress of one version, as far as this process wrote it.
#[derive(Clone, Debug, Default)]
pub(super) struct AckedProgress {
    /// The newest generation.
    pub(super) generation: u64,
    /// The last flush that the server acknowledged completely.
    pub(super) seq: u64,
    /// The position of the last flush that began, in any generation, whether the server answered or not.
    pub(super) hi: Position,
    /// The position of the last acknowledged flush.
    pub(super) lo: Option<Position>,
}

impl AckedProgress {
    /// Returns whether a prefix shows less than it was known to show.
    pub(super) fn is_ahead_of(&self, prefix: &Prefix, seq: u64, lo: Option<&Position>) -> bool {
        if prefix.generation() != self.generation {
            return prefix.generation() < self.generation;
        }
        let Some(known) = &self.lo else { return seq < self.seq };
        seq < self.seq || !lo.is_some_and(|lo| lo.covers(known))
    }
}

/// The progress of all versions of a sink, by label.
#[derive(Clone, Default)]
pub(super) struct AckedProgressMap(Arc<Mutex<BTreeMap<String, AckedProgress>>>);

impl AckedProgressMap {
    pub(super) fn get(&self, label: &str) -> AckedProgress {
        self.0.lock().get(label).cloned().unwrap_or_default()
    }

    pub(super) fn change(&self, label: &str, change: impl FnOnce(&mut AckedProgress)) {
        change(self.0.lock().entry(label.to_owned()).or_default());
    }
}
