//! What a kind of sink provides for the suite, and what it claims.

use foldline_sink::{SinkBackend, SinkVersion};

use crate::model::Contents;

/// A kind of sink with a store of its own, which is empty when a test starts.
pub trait SinkKind {
    /// Returns what this kind claims.
    fn capabilities(&self) -> Capabilities;

    /// Returns a backend as a process that has just started has it: it knows nothing but what the store holds.
    fn backend(&self) -> Box<dyn SinkBackend>;

    /// Returns the projection that the test has to itself. No other one of the store begins with this name.
    fn projection(&self) -> String;

    /// Returns what readers find now, without the sink's own code where possible; nothing where they find none. `version`
    /// matters only where the host moves the readers ([`Readers::MovedByHost`]): its documents are read.
    fn shown(&self, version: &SinkVersion) -> Contents;

    /// Takes away what the store holds of a version, as an accident does.
    fn lose(&self, version: &SinkVersion);

    /// Changes by hand where readers are pointed to. Called only where [`Capabilities::names_changes_by_hand`] is claimed.
    fn change_by_hand(&self, version: &SinkVersion) {
        unreachable!("{version:?}: this kind names no changes by hand")
    }

    /// As [`SinkKind::backend`], of an installation of this name. Called only where [`Capabilities::tells_installations_apart`]
    /// is claimed.
    fn backend_of(&self, installation: &str) -> Box<dyn SinkBackend> {
        unreachable!("{installation}: this kind has one installation only")
    }
}

/// What a kind of sink claims. The facts that it does not claim hold differently, not at all, or are not its task.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// How readers come to read a version.
    pub readers: Readers,
    /// When a loss is noticed.
    pub loss_noticed: LossNoticed,
    /// A flush whose number or position does not follow the last one is refused.
    pub checks_order: Claim,
    /// A writer that another one replaced can write no more.
    pub fences: Claim,
    /// Sets are served, not documents alone.
    pub serves_sets: Claim,
    /// Readers see all of a flush or nothing of it.
    pub flushes_atomically: Claim,
    /// Versions that are not kept are deleted by the sink.
    pub deletes_versions: Claim,
    /// What another log made can be given up, and is read until it is replaced.
    pub disowns: Claim,
    /// What was changed by hand is named.
    pub names_changes_by_hand: Claim,
    /// Installations that share a store are told apart.
    pub tells_installations_apart: Claim,
    /// A body that the store refuses for good; `Err` says why there is none.
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

/// How readers come to read a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The host moves its own readers: the documents of each version are read from the first flush on.
    MovedByHost,
    /// The sink holds a pointer, which [`foldline_sink::Sink::point`] moves.
    FollowPointer,
    /// All versions write to one place. A version that takes over reports a loss when it is pointed to, so that it is filled
    /// again, in that place.
    ReadOnePlace,
}

/// When a loss is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossNoticed {
    /// When the sink is examined.
    Examined,
    /// When the version is opened the next time.
    Opened,
}
