//! What a kind of sink provides for the suite, and what it claims.

use foldline_sink::{SinkBackend, SinkVersion};

use crate::model::Contents;

/// A kind of sink with a store of its own, which is empty when a test starts.
pub trait SinkKind {
    /// Returns the claims of this kind.
    fn capabilities(&self) -> Capabilities;

    /// Returns the backend of a process that has just started, which knows only what the store holds.
    fn backend(&self) -> Box<dyn SinkBackend>;

    /// Returns the projection that the test has to itself. No other projection in the store begins with this name.
    fn projection(&self) -> String;

    /// Returns what readers find now, if possible without the sink's own code; empty if they find nothing. `version` only matters
    /// where the host moves the readers ([`Readers::MovedByHost`]): its documents are read.
    fn shown(&self, version: &SinkVersion) -> Contents;

    /// Deletes what the store holds of a version, as an accident would.
    fn lose(&self, version: &SinkVersion);

    /// Changes by hand where readers are pointed. Called only if [`Capabilities::names_changes_by_hand`] is claimed.
    fn change_by_hand(&self, version: &SinkVersion) {
        unreachable!("{version:?}: this kind names no changes by hand")
    }

    /// As [`SinkKind::backend`], for a named installation. Called only if [`Capabilities::tells_installations_apart`] is claimed.
    fn backend_of(&self, installation: &str) -> Box<dyn SinkBackend> {
        unreachable!("{installation}: this kind has one installation only")
    }
}

/// The claims of a kind of sink. Facts that it does not claim hold differently, not at all, or are not its task.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// How readers are switched to a version.
    pub readers: Readers,
    /// When a loss is noticed.
    pub loss_noticed: LossNoticed,
    /// A flush whose number or position does not follow the last one is refused.
    pub checks_order: Claim,
    /// A writer that was replaced by another one can no longer write.
    pub fences: Claim,
    /// It serves sets, and not only documents.
    pub serves_sets: Claim,
    /// Readers see all of a flush or nothing.
    pub flushes_atomically: Claim,
    /// The sink deletes versions that are not kept.
    pub deletes_versions: Claim,
    /// Documents of another log can be given up, and are read until they are replaced.
    pub disowns: Claim,
    /// A change by hand is reported.
    pub names_changes_by_hand: Claim,
    /// Installations that share a store are kept apart.
    pub tells_installations_apart: Claim,
    /// A body that the store refuses for good; `Err` says why there is no such body.
    pub refused_body: Result<&'static str, &'static str>,
}

/// Whether a kind claims a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It does.
    Holds,
    /// It does not, for this reason.
    Not(&'static str),
}

impl Claim {
    /// Returns whether the fact is claimed.
    pub fn holds(self) -> bool {
        self == Self::Holds
    }
}

/// How readers are switched to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The host moves its own readers: each version's documents can be read from the first flush on.
    MovedByHost,
    /// The sink holds a pointer, which [`foldline_sink::Sink::point`] moves.
    FollowPointer,
    /// All versions write to one place. A version that takes over reports a loss when readers are pointed to it, so that it is
    /// refilled in that place.
    ReadOnePlace,
}

/// When a loss is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossNoticed {
    /// When the sink is examined.
    Examined,
    /// When the version is opened next time.
    Opened,
}
