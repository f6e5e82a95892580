//! Places at which tests let the process die, or a thread panic: the environment variables `FOLDLINE_CRASH_AT` and
//! `FOLDLINE_PANIC_AT` name one.
//!
//! The first stand between the steps of what must survive a crash at any point, the others in work whose panic ends that work
//! or the process; nothing else reads the variables.

use std::sync::OnceLock;

use crate::terminal;

/// Declares the places, and the list of all of them.
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
    /// A module was judged, its bytes are not kept yet.
    ModuleJudged = "module-judged",
    /// A module's bytes are kept, no decision was taken.
    ModuleKept = "module-kept",
    /// A version was registered, nothing of it runs.
    VersionRegistered = "version-registered",
    /// An operator's replay was decided, nothing of it runs.
    ReplayDecided = "replay-decided",
    /// A version's worker has started.
    VersionStarted = "version-started",
    /// The live version's flushes are frozen, nothing was decided.
    Frozen = "frozen",
    /// The new version shows enough; it was not decided that it goes live.
    BeforeLive = "before-live",
    /// It was decided that a version goes live; no reader reads it yet.
    LiveDecided = "live-decided",
    /// The pointer moved, the old version's flushes are still frozen.
    PointerMoved = "pointer-moved",
    /// A version was discarded, and still runs.
    DiscardDecided = "discard-decided",
    /// A projection is removed, and runs still.
    RemoveDecided = "remove-decided",
    /// A version's rollback window was ended, and it still runs.
    RetireDecided = "retire-decided",
    /// A version has stopped, its folder is still there.
    BeforeDelete = "before-delete",
    /// A version's folder is gone.
    Deleted = "deleted",
    /// A relay's name was taken over, and nothing was said of it.
    RelayTakenOver = "relay-taken-over",
    /// The frontier names its new owner; nothing was read.
    RelayClaimed = "relay-claimed",
    /// Messages are made, nothing of them is in the log.
    RelaySending = "relay-sending",
    /// On Kafka: messages and frontier are with the broker, the transaction is open.
    RelayUncommitted = "relay-uncommitted",
    /// Messages and frontier are in the log, and the relay does not know it yet.
    RelaySent = "relay-sent",
}

impl Failpoint {
    /// Returns whether a relay comes by here, and nothing else.
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

/// Ends the process as a crash would, if it was asked to die here.
pub fn reach(point: Failpoint) {
    static CRASH_AT: OnceLock<Option<String>> = OnceLock::new();
    let asked = CRASH_AT.get_or_init(|| std::env::var("FOLDLINE_CRASH_AT").ok());
    let Some(asked) = asked else { return };
    if Failpoint::ALL.iter().any(|(known, name)| *known == point && name == asked) {
        terminal::say(format_args!("FOLDLINE_CRASH_AT={asked}"));
        std::process::abort();
    }
}

/// Work that a mistake of ours would have panic.
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

/// Panics, if it was asked to panic here: `FOLDLINE_PANIC_AT` is `extract:like-count`.
pub fn panic_if_asked(point: PanicPoint, whose: &str) {
    static PANIC_AT: OnceLock<Option<String>> = OnceLock::new();
    let Some(asked) = PANIC_AT.get_or_init(|| std::env::var("FOLDLINE_PANIC_AT").ok()) else { return };
    let here = format!("{point:?}:{whose}");
    assert!(!here.eq_ignore_ascii_case(asked), "FOLDLINE_PANIC_AT={asked}");
}
