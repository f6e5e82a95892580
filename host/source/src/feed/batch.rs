//! Records of one partition, with one decode of them that all reducers share.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use foldline_core::description::Input;
use parking_lot::Mutex;

use foldline_decode::{DecodeLimits, Decoded, TopicView, Union};
use foldline_log::RecordBatch;

/// Consecutive records of one partition, and the fields that any reducer of their topic declared.
pub struct FeedBatch {
    /// The records.
    pub records: RecordBatch,
    /// The shared decode, if there is one.
    pub shared: Option<SharedDecode>,
    /// When the records were read.
    pub read_at: Instant,
}

/// A shared decode: a part for each [`BATCH_ROWS`](foldline_core::BATCH_ROWS) rows.
pub struct SharedDecode {
    /// The declarations that were decoded.
    pub declared: Arc<Declared>,
    /// Each part with its rows.
    pub parts: Vec<(Range<usize>, Decoded)>,
}

/// The declared fields of all reducers that share a decode, and a pool of decoders for them.
pub struct Declared {
    inputs: Vec<Input>,
    limits: DecodeLimits,
    unions: Mutex<Vec<Union>>,
}

impl Declared {
    /// Returns the union of some inputs of one topic.
    pub fn new(inputs: Vec<Input>, limits: DecodeLimits) -> Self {
        Self { inputs, limits, unions: Mutex::default() }
    }

    /// Decodes some rows.
    pub fn decode(&self, records: &RecordBatch, rows: Range<usize>) -> Decoded {
        let mut union = self.take();
        let decoded = union.decode(records, rows);
        self.unions.lock().push(union);
        decoded
    }

    /// Returns how a reducer's inputs, with their indexes, see what was decoded; `None` when they were not among them.
    /// `windowed` says whether the reducer has windows.
    pub fn view(&self, inputs: &[(usize, Input)], windowed: bool) -> Option<TopicView> {
        let union = self.take();
        let view = TopicView::new(&union, inputs, windowed);
        self.unions.lock().push(union);
        view
    }

    fn take(&self) -> Union {
        let kept = self.unions.lock().pop();
        kept.unwrap_or_else(|| Union::new(&self.inputs.iter().collect::<Vec<_>>(), self.limits.clone()))
    }
}

impl FeedBatch {
    /// Returns records that are not decoded yet.
    pub fn undecoded(records: RecordBatch) -> Self {
        Self { records, shared: None, read_at: Instant::now() }
    }
}

/// Returns the rows of a batch in parts of at most `rows_max`, from row `from` on.
pub fn parts(from: usize, len: usize, rows_max: usize) -> impl Iterator<Item = Range<usize>> {
    (from..len).step_by(rows_max.max(1)).map(move |start| start..len.min(start + rows_max.max(1)))
}
