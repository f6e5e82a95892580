//! The scripts, and what they answer.

use std::sync::LazyLock;

use foldline_core::position::Position;

use foldline_base::error::{Error, ErrorKind};

/// A script and the hash that servers know it by.
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
/// Takes a prefix over or begins it.
pub(super) static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("take.lua")));
/// Lets a new link write.
pub(super) static RELINK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("relink.lua")));
/// Names the installation whose a projection is.
pub(super) static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("claim.lua")));
/// Makes a prefix this installation's.
pub(super) static ADOPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("adopt.lua")));
/// Closes a prefix that is to be deleted.
pub(super) static CLOSE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("close.lua")));
/// Moves the pointer.
pub(super) static POINT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("point.lua")));

/// Returns the number of a flush as scripts compare it.
pub(super) fn hexadecimal(seq: u64) -> String {
    format!("{seq:016x}")
}

/// Returns a position as the control hash holds it.
pub(super) fn encode(position: &Position) -> String {
    position.kept().to_string()
}

/// Reads a position of the control hash; `None` for a text that is none.
pub(super) fn decode(text: &str) -> Option<Position> {
    text.parse().ok()
}

/// Returns the error of a key that holds what it should not.
pub(super) fn wrong_type(key: &str, kind: &str) -> Error {
    let message = format!("redis key `{key}` holds a {kind}, which foldline did not write");
    let namespace = key.split(':').next().unwrap_or_default();
    Error::new(ErrorKind::Refused, message)
        .with_hint(format!("delete `{key}`; only foldline writes keys that begin with `{namespace}:`"))
}
