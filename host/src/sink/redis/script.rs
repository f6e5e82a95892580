//! The scripts, and what they answer.

use std::sync::LazyLock;

use crate::error::{Error, ErrorKind};

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
/// Moves the pointer.
pub(super) static POINT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("point.lua")));

/// Returns the number of a flush as scripts compare it.
pub(super) fn hexadecimal(seq: u64) -> String {
    format!("{seq:016x}")
}

/// Returns the error of a key that holds what it should not.
pub(super) fn wrong_type(key: &str, kind: &str) -> Error {
    let message = format!("redis key `{key}` holds a {kind}, which foldline did not write");
    Error::new(ErrorKind::Refused, message)
        .with_hint(format!("delete `{key}`; only foldline writes keys that begin with `foldline:`"))
}
