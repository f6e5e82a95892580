//! The published state of a sink other than the embedded store.

use foldline_core::position::Position;

use foldline_core::status::SinkPhase;
use foldline_sink::Refused;

/// Where a version's sink stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkState {
    /// The phase.
    pub phase: SinkPhase,
    /// Why it halted.
    pub reason: Option<String>,
    /// What does not work for the moment.
    pub trouble: Option<String>,
    /// Everything before this is shown by the sink; `None` = the first load has not ended.
    pub shown: Option<Position>,
    /// The documents that the sink's server refused for good.
    pub refused: Refused,
    /// Whether the projection's readers were pointed to this version.
    pub pointed: bool,
}
