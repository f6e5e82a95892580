//! A prefix that was taken over.

use super::names::Prefix;
use foldline_sink::SinkProgress;

/// The state of a prefix when it was taken over.
pub(super) struct TakenPrefix {
    pub(super) prefix: Prefix,
    pub(super) term: String,
    /// The number of the script that ran last.
    pub(super) step: u64,
    pub(super) progress: SinkProgress,
    pub(super) is_new: bool,
}
