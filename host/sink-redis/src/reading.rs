//! Reads back what a version's prefix holds, for comparisons.

use std::sync::Arc;

use redis::Value;

use super::access::Access;
use super::names::Prefix;
use super::servers::{Servers, text};
use super::sweep::page;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::reading::{Entry, EntryVisitor, Reading};

/// Keys, or members of a set, that a server scans in one call: about a millisecond.
const KEYS: usize = 1_000;

pub(super) struct RedisReading {
    servers: Servers,
    prefix: Prefix,
}

impl RedisReading {
    pub(super) fn new(access: &Arc<Access>, prefix: Prefix) -> Self {
        Self { servers: Servers::new(access), prefix }
    }

    fn documents(&mut self, keys: &[Vec<u8>], start: &[u8], visit: &mut EntryVisitor<'_>) -> Result<()> {
        let control = self.prefix.control();
        let answer = self.servers.ask(&control, redis::cmd("MGET").arg(keys))?;
        let Value::Array(bodies) = answer else { return Err(unreadable("MGET")) };
        for (key, body) in keys.iter().zip(bodies) {
            // Deleted since the key was listed, or of another type: either way it is no document.
            if let Value::BulkString(body) = body {
                let (id, body) = (lossy(&key[start.len()..]), lossy(&body));
                visit(Entry::Document { id, body })?;
            }
        }
        Ok(())
    }

    fn members(&mut self, key: &[u8], set: &str, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let control = self.prefix.control();
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("ZSCAN");
            scan.arg(key).arg(&cursor).arg("COUNT").arg(KEYS);
            let (next, parts) = page(self.servers.ask(&control, &scan)?)?;
            for pair in parts.chunks_exact(2) {
                let score = lossy(&pair[1]);
                let score = score.parse().map_err(|_| unreadable("ZSCAN"))?;
                visit(Entry::Member { set: set.to_owned(), member: lossy(&pair[0]), score, id: None })?;
            }
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }
}

impl Reading for RedisReading {
    fn has_sets(&self) -> bool {
        true
    }

    fn entries(&mut self, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let control = self.prefix.control();
        let documents = format!("{}doc:", self.prefix).into_bytes();
        let sets = format!("{}set:", self.prefix).into_bytes();
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(self.prefix.pattern()).arg("COUNT").arg(KEYS);
            let (next, keys) = page(self.servers.ask(&control, &scan)?)?;
            let (of_documents, others): (Vec<_>, Vec<_>) =
                keys.into_iter().partition(|key| key.starts_with(&documents));
            if !of_documents.is_empty() {
                self.documents(&of_documents, &documents, visit)?;
            }
            for key in others.iter().filter(|key| key.starts_with(&sets)) {
                let kind = text(&self.servers.ask(&control, redis::cmd("TYPE").arg(key))?);
                if kind.as_deref() == Some("zset") {
                    self.members(key, &lossy(&key[sets.len()..]), visit)?;
                }
            }
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// Bytes that are not text were not written by us, and will differ.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn unreadable(command: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("unreadable answer to {command}"))
}
