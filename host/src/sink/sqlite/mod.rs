//! The embedded store: one SQLite file per projection version, written by one owner and read by anyone.
//!
//! A file is born by a bulk load (no secondary indexes, no write-ahead log, nothing synced: a load that did not reach
//! its first flush is deleted and started again). The first flush creates the indexes and switches to the write-ahead
//! log; from then on a flush is one synced transaction that checks the owner and the number of the flush, writes the
//! documents and the places of their rows in sets, and records the position that they show. Readers see documents, sets and
//! position in one snapshot.
//!
//! Everything here can be recomputed from the log: a file in doubt is deleted, loudly, and built again.

mod schema;
mod field;
mod memberships;
mod writer;
mod checkpointer;
mod reader;
mod query;
mod sets;

pub use query::{ListQuery, Page};
pub use reader::{DocumentsFile, Shown, SqliteReader};
pub use sets::{Member, MemberPage, SetQuery};
pub use writer::SqliteSink;

#[cfg(test)]
mod tests;
