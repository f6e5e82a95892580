//! The memberships of rows: a table by row, in which a row's former list is found and replaced in one step, and two indexes by
//! set, built at the end of the first load: ranked, and by member.
//!
//! Most flushes change some scores and few memberships, so only the differences are written.

use rusqlite::{CachedStatement, Connection, ErrorCode, Transaction};

use foldline_base::planted::{Bug, is_planted};
use foldline_sink::{DocumentChange, Membership};

/// The table, in SQL.
pub(super) const TABLE: &str = "CREATE TABLE members(
    id TEXT NOT NULL,
    set_name TEXT NOT NULL,
    member TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (id, set_name, member)
 ) STRICT, WITHOUT ROWID;";

/// The memberships of a row, by set and member.
pub(super) const OF_ROW: &str =
    "SELECT set_name, member, score FROM members WHERE id = ?1 ORDER BY set_name, member";

/// Creates the indexes by set. The largest score comes first, as most sets are read, ties by ascending member.
pub(super) fn create_indexes(connection: &Connection) -> rusqlite::Result<()> {
    let by_member = "CREATE UNIQUE INDEX IF NOT EXISTS by_member ON members(set_name, member)";
    match connection.execute_batch(by_member) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            forget_claims(connection)?;
            connection.execute_batch(by_member)?;
        }
        created => created?,
    }
    connection.execute_batch("CREATE INDEX IF NOT EXISTS by_score ON members(set_name, score DESC, member)")
}

/// Keeps one of several rows that claim the same member of a set: during a load no index detects that.
fn forget_claims(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE INDEX claims ON members(set_name, member);
         DELETE FROM members WHERE EXISTS (
            SELECT 1 FROM members AS other
            WHERE other.set_name = members.set_name AND other.member = members.member AND other.id > members.id
         );
         DROP INDEX claims;",
    )
}

/// Writes the memberships of rows, in one transaction.
pub(super) struct MembershipWriter<'a> {
    select: CachedStatement<'a>,
    put: CachedStatement<'a>,
    delete: CachedStatement<'a>,
    /// Whether any row may have memberships. If none has, rows without memberships need no lookup.
    any: bool,
}

impl<'a> MembershipWriter<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>) -> rusqlite::Result<Self> {
        let any = transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM members)")?
            .query_row([], |row| row.get(0))?;
        Ok(Self {
            select: transaction.prepare_cached(OF_ROW)?,
            put: transaction.prepare_cached("INSERT OR REPLACE INTO members VALUES (?1, ?2, ?3, ?4)")?,
            delete: transaction
                .prepare_cached("DELETE FROM members WHERE id = ?1 AND set_name = ?2 AND member = ?3")?,
            any,
        })
    }

    /// Replaces the memberships of a row by its current ones.
    pub(super) fn replace(&mut self, change: &DocumentChange) -> rusqlite::Result<()> {
        let DocumentChange { id, memberships, .. } = change;
        if !self.any && memberships.is_empty() {
            return Ok(());
        }
        self.any = true;
        let former = self.former(id)?;
        let mut wanted: Vec<&Membership> = memberships.iter().collect();
        wanted.sort_unstable_by(|one, other| one.set_and_member().cmp(&other.set_and_member()));
        for gone in former.iter().filter(|_| !is_planted(Bug::PlaceLeftBehind)) {
            if wanted.binary_search_by(|wanted| wanted.set_and_member().cmp(&gone.set_and_member())).is_err()
            {
                self.delete.execute((id, &gone.set, &gone.member))?;
            }
        }
        for wanted in wanted {
            let held =
                former.binary_search_by(|former| former.set_and_member().cmp(&wanted.set_and_member()));
            if held.is_ok_and(|at| former[at].score == wanted.score) {
                continue;
            }
            self.put.execute((id, &wanted.set, &wanted.member, wanted.score))?;
        }
        Ok(())
    }

    /// Returns the former memberships of a row, by set and member.
    fn former(&mut self, id: &str) -> rusqlite::Result<Vec<Membership>> {
        let membership = |row: &rusqlite::Row<'_>| {
            Ok(Membership { set: row.get(0)?, member: row.get(1)?, score: row.get(2)? })
        };
        self.select.query_map([id], membership)?.collect()
    }
}
