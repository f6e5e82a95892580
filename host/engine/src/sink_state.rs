//! The state of a sink other than the embedded store, for those that only read it.

use foldline_core::position::Position;

use foldline_core::status::SinkPhase;
use foldline_sink::Refused;

/// Where a version stands towards a sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkState {
    /// What it does.
    pub phase: SinkPhase,
    /// Why it was given up.
    pub reason: Option<String>,
    /// What does not work for the moment.
    pub trouble: Option<String>,
    /// Everything before this is shown by the sink; `None` = the first load has not ended.
    pub shown: Option<Position>,
    /// What the sink refused for good.
    pub refused: Refused,
    /// Whether the projection's readers were pointed to this version.
    pub pointed: bool,
}
