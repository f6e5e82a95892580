//! Deletes a prefix, a bounded portion at a time.

use redis::Value;

use super::names::{self, Prefix};
use super::servers::{Servers, text};
use crate::error::{Error, ErrorKind, Result};

/// Keys that a server looks at in one go: less than a millisecond.
const KEYS: usize = 1_000;

/// A prefix on its way out.
pub(super) struct Sweep {
    prefix: Prefix,
    /// `None`: not begun, or begun again.
    cursor: Option<String>,
}

impl Sweep {
    pub(super) fn new(prefix: Prefix) -> Self {
        Self { prefix, cursor: None }
    }

    pub(super) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Deletes a portion; returns whether nothing is left.
    ///
    /// The control key goes first, so that nobody writes there any more, and the entry among the projection's prefixes
    /// last, so that a sweep that ended early is begun again by whoever comes next.
    ///
    /// # Errors
    /// Whatever the server says; the next portion then begins anew.
    pub(super) fn step(&mut self, projection: &str, servers: &mut Servers) -> Result<bool> {
        let cursor = self.cursor.take();
        let control = self.prefix.control();
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => {
                servers.ask(&control, redis::cmd("UNLINK").arg(&control))?;
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
            return Ok(false);
        }
        let prefixes = names::prefixes(projection);
        servers.ask(&prefixes, redis::cmd("SREM").arg(&prefixes).arg(self.prefix.to_string()))?;
        Ok(true)
    }
}

/// Reads the answer to `SCAN`: where it goes on, and keys.
fn page(answer: Value) -> Result<(String, Vec<Vec<u8>>)> {
    let bad = || Error::new(ErrorKind::Internal, "unreadable answer to SCAN");
    let Value::Array(parts) = answer else { return Err(bad()) };
    let [cursor, Value::Array(keys)] = &parts[..] else { return Err(bad()) };
    let keys = keys.iter().map(|key| match key {
        Value::BulkString(key) => Ok(key.clone()),
        _ => Err(bad()),
    });
    Ok((text(cursor).ok_or_else(bad)?, keys.collect::<Result<_>>()?))
}
