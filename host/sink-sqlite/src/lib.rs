//! The embedded store: one SQLite file per projection version, written by one owner and read by anyone.
//!
//! A file starts with a bulk load: no secondary indexes, no write-ahead log, nothing synced. A load that did not reach its first
//! flush is deleted and started again. The first flush creates the indexes and switches to the write-ahead log. From then on, a
//! flush is one synced transaction that checks the owner and the number of the flush, writes the documents and the memberships of
//! their rows, and records the position that they show. Readers see documents, sets and position in one snapshot.
//!
//! Every page is sealed (`sealed`, `sums`): reading damaged data gives an error and never a wrong answer. A file in doubt is
//! rebuilt, with an error in the log, from the rows of the state store, alongside the old one, whose undamaged parts are still
//! served (`files`). A file that is not the one that was written is deleted first.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod sums;
mod sealed;
mod files;
mod schema;
mod field;
mod memberships;
mod writer;
mod checkpointer;
mod reader;
mod query;
mod sets;
mod entries;

pub use files::may_be_read;
pub use query::{ListQuery, Page};
pub use reader::{DocumentsFile, Shown, SqliteReader};
pub use sets::{Member, MemberPage, SetQuery};
pub use writer::SqliteSink;

#[cfg(test)]
mod tests;

/// Changes a file of documents by hand, for tests. The result is as valid as if its writer had made it.
///
/// # Errors
/// `Corrupt` or `Unavailable`, as the file's own writer.
pub fn tamper(path: &std::path::Path, sql: &str) -> foldline_base::error::Result<()> {
    let connection = schema::open(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let changed = connection.execute_batch(sql);
    foldline_base::error::ResultExt::kind(
        changed,
        foldline_base::error::ErrorKind::Corrupt,
        format_args!("changing `{}`", path.display()),
    )
}
