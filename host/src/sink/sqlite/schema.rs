//! The file's shape: its tables, its indexes, its one meta row, and what makes a file unusable.

use std::fs;
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foldline_core::description::OutputField;
use foldline_core::position::Position;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::field::column_type;
use super::memberships;
use crate::error::{Error, ErrorKind, Result, ResultExt};

/// Raised with every change of the tables: a file of another format is built again.
pub(super) const FORMAT: i64 = 2;

/// 5 s: SQLite makes connections wait for each other for moments only (recovery, the restart of the write-ahead log).
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The one row that says what the documents show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meta {
    pub(super) owner: String,
    pub(super) seq: u64,
    pub(super) hi: Position,
    pub(super) lo: Option<Position>,
    pub(super) documents: u64,
}

/// What was found where a file should be.
pub(super) enum Found {
    /// A file whose first load ended.
    Usable(Connection, Meta),
    /// Nothing, or a first load that never ended.
    Nothing,
    /// A file that must be built again, and why.
    Doubtful(String),
}

/// Looks at the file of a version.
pub(super) fn find(path: &Path, document: &[OutputField]) -> Result<Found> {
    if damage_marker(path).exists() {
        return Ok(Found::Doubtful("damage was met while it was used".into()));
    }
    match fs::metadata(path) {
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error).kind(ErrorKind::Unavailable, path.display()),
        Ok(file) if file.len() == 0 => return Ok(Found::Nothing),
        Ok(_) => {}
    }
    // The log is folded into the file when the last connection closes: a log left behind means that a process died.
    let crashed = fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    match examine(&connection, document, crashed) {
        Ok(Ok(Some(meta))) => Ok(Found::Usable(connection, meta)),
        Ok(Ok(None)) => Ok(Found::Nothing),
        Ok(Err(reason)) => Ok(Found::Doubtful(reason)),
        Err(error) if is_damage(&error) => Ok(Found::Doubtful(error.to_string())),
        Err(error) => Err(Error::new(ErrorKind::Unavailable, format!("{}: {error}", path.display()))),
    }
}

/// Returns the meta row of a finished file, `None` for an unfinished one, or why the file is in doubt.
fn examine(
    connection: &Connection,
    document: &[OutputField],
    crashed: bool,
) -> rusqlite::Result<std::result::Result<Option<Meta>, String>> {
    let tables =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', 'documents', 'failed')";
    if connection.query_row(tables, [], |row| row.get::<_, i64>(0))? != 3 {
        return Ok(Err("its tables are missing".into()));
    }
    if crashed {
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Ok(Err(verdict));
        }
    }
    let shape = connection.query_row("SELECT format, fields FROM meta", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    });
    match shape.optional()? {
        None => return Ok(Ok(None)),
        Some((format, _)) if format != FORMAT => {
            return Ok(Err(format!("it has format {format}, and this host writes {FORMAT}")));
        }
        Some((_, fields)) if fields != declaration(document) => {
            return Ok(Err("its document fields are declared otherwise now".into()));
        }
        Some(_) => {}
    }
    let meta = read_meta(connection)?;
    Ok(Ok(meta.lo.is_some().then_some(meta)))
}

/// Creates the file of a version: tables, no indexes yet, owned by `owner`.
pub(super) fn create(path: &Path, owner: &str, document: &[OutputField]) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let columns: String = sortable(document)
        .map(|(at, field)| format!(", {} {}", sort_column(at), column_type(field.ty)))
        .collect();
    let members = memberships::TABLE;
    // Nothing of a load needs to survive a crash: it is deleted and started again. The journal stays, in memory, so
    // that a failing statement can be undone.
    let tables = format!(
        "PRAGMA journal_mode = MEMORY;
         PRAGMA synchronous = OFF;
         BEGIN;
         CREATE TABLE meta(
            one INTEGER PRIMARY KEY CHECK (one = 1),
            format INTEGER NOT NULL,
            fields TEXT NOT NULL,
            owner TEXT NOT NULL,
            seq INTEGER NOT NULL,
            hi TEXT NOT NULL,
            lo TEXT,
            documents INTEGER NOT NULL
         ) STRICT;
         CREATE TABLE documents(id TEXT PRIMARY KEY, body TEXT NOT NULL{columns}) STRICT, WITHOUT ROWID;
         CREATE TABLE failed(id TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
         {members}
         COMMIT;"
    );
    let insert = "INSERT INTO meta VALUES (1, ?1, ?2, ?3, 0, '-', NULL, 0)";
    connection
        .execute_batch(&tables)
        .and_then(|()| connection.execute(insert, (FORMAT, declaration(document), owner)))
        .map_err(failed(path, "create the file"))?;
    Ok(connection)
}

/// Opens a connection that waits for others and keeps its statements.
pub(super) fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| connection.busy_timeout(BUSY_TIMEOUT).map(|()| connection))
        .map_err(failed(path, "open the file"))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Reads the meta row.
pub(super) fn read_meta(connection: &Connection) -> rusqlite::Result<Meta> {
    let mut select = connection.prepare_cached("SELECT owner, seq, hi, lo, documents FROM meta")?;
    select.query_row([], |row| {
        Ok(Meta {
            owner: row.get(0)?,
            seq: unsigned(1, row.get(1)?)?,
            hi: position(2, &row.get::<_, String>(2)?)?,
            lo: row.get::<_, Option<String>>(3)?.map(|lo| position(3, &lo)).transpose()?,
            documents: unsigned(4, row.get(4)?)?,
        })
    })
}

/// SQLite's integers are signed; a negative one where we count is damage.
pub(super) fn unsigned(column: usize, value: i64) -> rusqlite::Result<u64> {
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// Parses a stored position; one that is none is damage.
pub(super) fn position(column: usize, text: &str) -> rusqlite::Result<Position> {
    let conversion = |error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    };
    text.parse().map_err(conversion)
}

/// Creates the index of every sortable field: descending, as most lists are asked for, ties by rising id; and those of sets.
pub(super) fn create_indexes(connection: &Connection, document: &[OutputField]) -> rusqlite::Result<()> {
    for (at, _) in sortable(document) {
        let (index, column) = (sort_index(at), sort_column(at));
        connection
            .execute_batch(&format!("CREATE INDEX IF NOT EXISTS {index} ON documents({column} DESC, id)"))?;
    }
    memberships::create_indexes(connection)
}

/// Returns the sortable fields with their place in the declaration.
pub(super) fn sortable(document: &[OutputField]) -> impl Iterator<Item = (usize, &OutputField)> {
    document.iter().enumerate().filter(|(_, field)| field.sortable)
}

/// Returns the column of a sortable field's sort key: numbered, so that no field's name becomes SQL.
pub(super) fn sort_column(at: usize) -> String {
    format!("sort_{at}")
}

/// Returns the index of a sortable field.
pub(super) fn sort_index(at: usize) -> String {
    format!("by_sort_{at}")
}

/// Deletes a file with everything beside it.
pub(super) fn delete(path: &Path) -> Result<()> {
    // The marker goes last: a crash in between must not revive the rest.
    for file in [
        path.to_owned(),
        beside(path, "-wal"),
        beside(path, "-shm"),
        beside(path, "-journal"),
        damage_marker(path),
    ] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != IoErrorKind::NotFound => {
                return Err(error).kind(ErrorKind::Unavailable, format!("delete {}", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns a function that gives SQLite's errors their kind and place. Damage is marked beside the file, which cannot
/// be deleted while it is open: the next start builds it again.
pub(super) fn failed<'a>(path: &'a Path, doing: &'a str) -> impl Fn(rusqlite::Error) -> Error + 'a {
    move |error| {
        let message = format!("{doing} {}: {error}", path.display());
        if !is_damage(&error) {
            return Error::new(ErrorKind::Unavailable, message);
        }
        let _ = fs::write(damage_marker(path), message.as_bytes());
        Error::new(ErrorKind::Corrupt, message)
            .with_hint("restart the host: it will build the file again from the log")
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows,
    };
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(
            error,
            // Our own tables are typed and never empty of meta: what does not fit was not written by us.
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnType(..)
                | QueryReturnedNoRows
        )
}

fn declaration(document: &[OutputField]) -> String {
    serde_json::to_string(document).expect("a declaration has only texts and flags")
}

fn damage_marker(path: &Path) -> PathBuf {
    beside(path, "-damaged")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
