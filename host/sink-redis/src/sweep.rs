//! Deletes a prefix, a bounded chunk at a time.

use redis::Value;

use super::names::Prefix;
use super::script::CLOSE;
use super::servers::{Servers, text};
use foldline_base::error::{Error, ErrorKind, Result};

/// Keys that a server scans in one call: less than a millisecond.
const KEYS: usize = 1_000;

/// A prefix that is being deleted.
pub(super) struct Sweep {
    prefix: Prefix,
    /// The installation that must own it; empty if that does not matter.
    installation: String,
    /// `None` before the first step, and to start over.
    cursor: Option<String>,
}

/// The outcome of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Swept {
    /// There is more.
    More,
    /// Nothing is left.
    All,
    /// Another installation, of this name, owns it; nothing was deleted.
    Theirs(String),
}

impl Sweep {
    pub(super) fn new(prefix: Prefix, installation: &str) -> Self {
        Self { prefix, installation: installation.to_owned(), cursor: None }
    }

    pub(super) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Deletes a chunk, unless another installation owns the prefix.
    ///
    /// The control key goes first, so that no writer continues there. The entry in the projection's list of prefixes goes last,
    /// so that a later sweep starts over if this one ends early.
    ///
    /// # Errors
    /// The server's error; the next chunk then starts over.
    pub(super) fn step(&mut self, prefixes: &str, servers: &mut Servers) -> Result<Swept> {
        let cursor = self.cursor.take();
        let control = self.prefix.control();
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => {
                let answer = servers.run(&CLOSE, &control, &[&self.installation])?;
                if let [word, theirs] = &answer[..]
                    && word == "OTHER"
                {
                    return Ok(Swept::Theirs(theirs.clone()));
                }
                "0".to_owned()
            }
        };
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(self.prefix.pattern()).arg("COUNT").arg(KEYS);
        let (next, keys) = page(servers.ask(&control, &scan)?)?;
        if !keys.is_empty() {
            servers.ask(&control, redis::cmd("UNLINK").arg(keys))?;
        }
        if next != "0" {
            self.cursor = Some(next);
            return Ok(Swept::More);
        }
        servers.ask(prefixes, redis::cmd("SREM").arg(prefixes).arg(self.prefix.to_string()))?;
        Ok(Swept::All)
    }
}

/// Parses the answer to `SCAN` or one of its variants: the next cursor, and keys.
pub(super) fn page(answer: Value) -> Result<(String, Vec<Vec<u8>>)> {
    let bad = || Error::new(ErrorKind::Internal, "unreadable answer to SCAN");
    let Value::Array(parts) = answer else { return Err(bad()) };
    let [cursor, Value::Array(keys)] = &parts[..] else { return Err(bad()) };
    let keys = keys.iter().map(|key| match key {
        Value::BulkString(key) => Ok(key.clone()),
        _ => Err(bad()),
    });
    Ok((text(cursor).ok_or_else(bad)?, keys.collect::<Result<_>>()?))
}
