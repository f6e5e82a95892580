//! The scripts and their answers.

use std::sync::LazyLock;

use foldline_core::position::Position;

use foldline_base::error::{Error, ErrorKind};

/// A script, and the hash by which servers know it.
pub(super) struct Script {
    text: &'static str,
    script: redis::Script,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Self { text, script: redis::Script::new(text) }
    }

    pub(super) fn text(&self) -> &'static str {
        self.text
    }

    pub(super) fn hash(&self) -> &str {
        self.script.get_hash()
    }
}

/// Writes rows.
pub(super) static WRITE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("write.lua")));
/// Takes over a prefix, or begins it.
pub(super) static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("take.lua")));
/// Lets a new link write.
pub(super) static RELINK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("relink.lua")));
/// Records the installation that owns a projection.
pub(super) static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("claim.lua")));
/// Makes this installation the owner of a prefix.
pub(super) static ADOPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("adopt.lua")));
/// Closes a prefix to writers before it is deleted.
pub(super) static CLOSE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("close.lua")));
/// Moves the pointer.
pub(super) static POINT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("point.lua")));

/// Returns the number of a flush in the form that scripts compare.
pub(super) fn hexadecimal(seq: u64) -> String {
    format!("{seq:016x}")
}

/// Returns a position as stored in the control hash.
pub(super) fn encode(position: &Position) -> String {
    position.kept().to_string()
}

/// Parses a position of the control hash; `None` for an invalid text.
pub(super) fn decode(text: &str) -> Option<Position> {
    text.parse().ok()
}

/// Returns the error for a key that holds the wrong type.
pub(super) fn wrong_type(key: &str, kind: &str) -> Error {
    let message = format!("redis key `{key}` holds a {kind}, which foldline did not write");
    let namespace = key.split(':').next().unwrap_or_default();
    Error::new(ErrorKind::Refused, message)
        .with_hint(format!("delete `{key}`; only foldline writes keys that begin with `{namespace}:`"))
}
