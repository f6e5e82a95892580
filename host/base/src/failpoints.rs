//! Failpoints: places at which a test lets the process die, or a thread panic. The environment variables `FOLDLINE_CRASH_AT`
//! and `FOLDLINE_PANIC_AT` each name one; nothing else reads these variables.
//!
//! A [`Failpoint`] lies between two steps of work that must survive a crash at any point. A [`PanicPoint`] lies in work whose
//! panic ends that work or the process.

use std::sync::OnceLock;

use crate::terminal;

/// Declares the failpoints, and the list of all of them.
macro_rules! points {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// A place between two durable steps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Failpoint {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Failpoint {
            /// Every place, with its name.
            pub const ALL: &[(Self, &str)] = &[$((Self::$name, $text),)+];
        }
    };
}

points! {
    /// A module was judged; its bytes are not stored yet.
    ModuleJudged = "module-judged",
    /// A module's bytes are stored; no decision was made.
    ModuleKept = "module-kept",
    /// A version was registered; nothing of it runs yet.
    VersionRegistered = "version-registered",
    /// An operator's replay was decided; nothing of it runs yet.
    ReplayDecided = "replay-decided",
    /// A version's worker has started.
    VersionStarted = "version-started",
    /// The live version's flushes are frozen; nothing was decided.
    Frozen = "frozen",
    /// The new version shows enough; the decision that makes it live was not made.
    BeforeLive = "before-live",
    /// The decision that makes a version live was made; no reader reads it yet.
    LiveDecided = "live-decided",
    /// The pointer has moved; the old version's flushes are still frozen.
    PointerMoved = "pointer-moved",
    /// A version was discarded and still runs.
    DiscardDecided = "discard-decided",
    /// A projection was removed and still runs.
    RemoveDecided = "remove-decided",
    /// A version's rollback window was ended and the version still runs.
    RetireDecided = "retire-decided",
    /// A version has stopped; its folder still exists.
    BeforeDelete = "before-delete",
    /// A version's folder has been deleted.
    Deleted = "deleted",
    /// A relay's name was taken over; nothing records this yet.
    RelayTakenOver = "relay-taken-over",
    /// The frontier names its new owner; nothing was read.
    RelayClaimed = "relay-claimed",
    /// Messages were made; none of them is in the log.
    RelaySending = "relay-sending",
    /// Kafka only: the broker has the messages and the frontier; the transaction is open.
    RelayUncommitted = "relay-uncommitted",
    /// Messages and frontier are in the log; the relay does not know it yet.
    RelaySent = "relay-sent",
}

impl Failpoint {
    /// Returns whether only a relay reaches this failpoint.
    pub fn is_relays(self) -> bool {
        matches!(
            self,
            Self::RelayTakenOver
                | Self::RelayClaimed
                | Self::RelaySending
                | Self::RelayUncommitted
                | Self::RelaySent
        )
    }
}

/// Aborts the process, as a crash would, if `FOLDLINE_CRASH_AT` names this failpoint.
pub fn reach(point: Failpoint) {
    static CRASH_AT: OnceLock<Option<String>> = OnceLock::new();
    let asked = CRASH_AT.get_or_init(|| std::env::var("FOLDLINE_CRASH_AT").ok());
    let Some(asked) = asked else { return };
    if Failpoint::ALL.iter().any(|(known, name)| *known == point && name == asked) {
        terminal::say(format_args!("FOLDLINE_CRASH_AT={asked}"));
        std::process::abort();
    }
}

/// Work that a test can make panic, as a bug in it would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanicPoint {
    /// Records of a topic are decoded.
    Decode,
    /// Events of a projection are turned into contributions.
    Extract,
    /// Rows of a projection are turned into documents.
    Project,
    /// Documents of two versions of a projection are compared.
    Compare,
    /// Messages of a relay are made.
    Relay,
    /// A module of the modules folder is judged.
    Judge,
    /// Records are appended to a topic.
    Append,
    /// A decision is recorded.
    Decide,
    /// A checkpoint of a projection is committed.
    Commit,
}

/// Panics if `FOLDLINE_PANIC_AT` names this work and its owner, such as `extract:like-count`.
pub fn panic_if_asked(point: PanicPoint, whose: &str) {
    static PANIC_AT: OnceLock<Option<String>> = OnceLock::new();
    let Some(asked) = PANIC_AT.get_or_init(|| std::env::var("FOLDLINE_PANIC_AT").ok()) else { return };
    let here = format!("{point:?}:{whose}");
    assert!(!here.eq_ignore_ascii_case(asked), "FOLDLINE_PANIC_AT={asked}");
}
