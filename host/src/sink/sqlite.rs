//! SQLite.
/// Reader.
pub struct SqliteReader;
