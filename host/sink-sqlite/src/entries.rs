//! Reads back everything in a version's file, for comparisons. Reads chunk by chunk, so that it never blocks the write-ahead log
//! for long.

use super::reader::SqliteReader;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::reading::{Entry, EntryVisitor, Reading};

/// Entries per chunk.
const CHUNK: i64 = 4_096;

const DOCUMENTS: &str = "SELECT id, body FROM documents WHERE id > ?1 ORDER BY id LIMIT ?2";

const MEMBERSHIPS: &str = "SELECT set_name, member, score, id FROM members INDEXED BY by_member \
     WHERE (set_name, member) > (?1, ?2) ORDER BY set_name, member LIMIT ?3";

impl Reading for SqliteReader {
    fn has_sets(&self) -> bool {
        true
    }

    fn entries(&mut self, visit: &mut EntryVisitor<'_>) -> Result<()> {
        // Compares indexes with tables, and reads (and so verifies) every page.
        let verdict = self.read(|connection| {
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
        })?;
        if verdict != "ok" {
            return Err(Error::new(ErrorKind::Corrupt, format!("the embedded store: {verdict}")));
        }
        let mut after = String::new();
        loop {
            let chunk: Vec<(String, String)> = self.read(|connection| {
                let mut select = connection.prepare_cached(DOCUMENTS)?;
                select.query_map((&after, CHUNK), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })?;
            let Some((last, _)) = chunk.last() else { break };
            after.clone_from(last);
            for (id, body) in chunk {
                visit(Entry::Document { id, body })?;
            }
        }
        let mut after = (String::new(), String::new());
        loop {
            let chunk: Vec<(String, String, f64, String)> = self.read(|connection| {
                let mut select = connection.prepare_cached(MEMBERSHIPS)?;
                let entry =
                    |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
                select.query_map((&after.0, &after.1, CHUNK), entry)?.collect()
            })?;
            let Some((set, member, ..)) = chunk.last() else { return Ok(()) };
            after = (set.clone(), member.clone());
            for (set, member, score, id) in chunk {
                visit(Entry::Member { set, member, score, id: Some(id) })?;
            }
        }
    }
}
