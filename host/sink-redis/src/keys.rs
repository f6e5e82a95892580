//! The keys of a projection outside its prefixes: the pointer, and the list of prefixes.

use super::names::{Names, Prefix};
use super::script::wrong_type;
use super::servers::{Servers, text};
use foldline_base::error::{Error, ErrorKind, Result};

/// The keys of a projection, besides those of its prefixes.
pub(super) struct Keys {
    pub(super) names: Names,
    pub(super) pointer: String,
    pub(super) prefixes: String,
}

impl Keys {
    pub(super) fn of(names: &Names, projection: &str) -> Self {
        Self {
            names: names.clone(),
            pointer: names.pointer(projection),
            prefixes: names.prefixes(projection),
        }
    }
}

/// Adds a prefix to the list before anything is written to it, so that it can be found and deleted later.
pub(super) fn remember(servers: &mut Servers, prefixes: &str, prefix: &Prefix) -> Result<()> {
    servers.ask(prefixes, redis::cmd("SADD").arg(prefixes).arg(prefix.to_string())).map(drop)
}

/// Returns the value of a pointer; empty if there is none.
pub(super) fn pointed(servers: &mut Servers, key: &str) -> Result<String> {
    refuse_other_type(servers, key, "string")?;
    let answer = servers.ask(key, redis::cmd("GET").arg(key))?;
    text(&answer).ok_or_else(|| Error::new(ErrorKind::Refused, format!("redis key `{key}` is not text")))
}

/// Fails if a key holds another type of value.
pub(super) fn refuse_other_type(servers: &mut Servers, key: &str, expected: &str) -> Result<()> {
    let kind = text(&servers.ask(key, redis::cmd("TYPE").arg(key))?).unwrap_or_default();
    if kind == expected || kind == "none" { Ok(()) } else { Err(wrong_type(key, &kind)) }
}
