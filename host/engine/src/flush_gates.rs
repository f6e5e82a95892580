//! By sink: whether a version's flushes are frozen, and what the sink may already show.
//!
//! Both are read and written under one lock, so that no flush slips in between freezing and reading.

use std::collections::BTreeMap;

use foldline_core::position::Position;
use parking_lot::Mutex;

use foldline_config::EMBEDDED;

#[derive(Clone, Default)]
struct FlushGate {
    frozen: bool,
    /// What the sink may show; `None` until it is opened.
    intent: Option<Position>,
    /// What the sink's readers may have seen of an earlier version. They are pointed here once this version shows as much.
    seen: Option<Position>,
}

/// The gates of one version's sinks.
pub(super) struct FlushGates {
    gates: Mutex<BTreeMap<String, FlushGate>>,
    /// Whether sinks other than the embedded store are frozen until they are thawed.
    frozen_at_first: bool,
}

impl FlushGates {
    pub(super) fn new(frozen_at_first: bool) -> Self {
        Self { gates: Mutex::default(), frozen_at_first }
    }

    /// Runs `flush` and stores the intent that it returns, unless flushes to the sink are frozen.
    pub(super) fn begin_flush<T>(
        &self,
        sink: &str,
        flush: impl FnOnce() -> Option<(T, Position)>,
    ) -> Option<T> {
        let mut gates = self.gates.lock();
        let gate = self.gate(&mut gates, sink);
        if gate.frozen {
            return None;
        }
        let (flush, intent) = flush()?;
        gate.intent = Some(intent);
        Some(flush)
    }

    /// Stores what a sink may show when it is opened.
    pub(super) fn set_intent(&self, sink: &str, intent: &Position) {
        self.gate(&mut self.gates.lock(), sink).intent = Some(intent.clone());
    }

    /// Returns whether it is known what a sink may show.
    pub(super) fn knows_intent(&self, sink: &str) -> bool {
        self.gates.lock().get(sink).is_some_and(|gate| gate.intent.is_some())
    }

    /// Stores what readers of some sinks may have seen: they are pointed to this version only once it shows as much. Forgets
    /// what was stored of all other sinks.
    pub(super) fn leave(&self, left: &BTreeMap<String, Position>) {
        let mut gates = self.gates.lock();
        gates.values_mut().for_each(|gate| gate.seen = None);
        for (sink, seen) in left {
            self.gate(&mut gates, sink).seen = Some(seen.clone());
        }
    }

    /// Returns what readers of a sink may have seen there before they were pointed to this version.
    pub(super) fn seen(&self, sink: &str) -> Option<Position> {
        self.gates.lock().get(sink).and_then(|gate| gate.seen.clone())
    }

    /// Freezes the flushes to all sinks; returns up to which position each may show documents.
    pub(super) fn freeze_all(&self) -> BTreeMap<String, Position> {
        let mut gates = self.gates.lock();
        let freeze = |(sink, gate): (&String, &mut FlushGate)| {
            gate.frozen = true;
            (sink.clone(), gate.intent.clone().unwrap_or_default())
        };
        gates.iter_mut().map(freeze).collect()
    }

    /// Freezes or thaws the flushes to a sink.
    pub(super) fn set_frozen(&self, sink: &str, frozen: bool) {
        self.gate(&mut self.gates.lock(), sink).frozen = frozen;
    }

    fn gate<'a>(&self, gates: &'a mut BTreeMap<String, FlushGate>, sink: &str) -> &'a mut FlushGate {
        let frozen = self.frozen_at_first && sink != EMBEDDED;
        gates.entry(sink.to_owned()).or_insert_with(|| FlushGate { frozen, ..FlushGate::default() })
    }
}
