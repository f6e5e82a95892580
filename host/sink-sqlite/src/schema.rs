//! The structure of the file: its tables, its indexes, its one meta row, and the conditions that make a file unusable.

use std::fs;
use std::io::ErrorKind as IoErrorKind;
use std::path::Path;
use std::time::Duration;

use foldline_core::description::OutputField;
use foldline_core::position::Position;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, ffi};

use super::field::column_type;
use super::files::{self, Damage, with_suffix};
use super::sums::Known;
use super::{memberships, sealed};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// Raised with every change of the tables. A file of another format is rebuilt.
pub(super) const FORMAT: i64 = 3;

/// 5 s: SQLite lets connections wait for each other only briefly (recovery, the restart of the write-ahead log).
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The meta row: what the documents show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meta {
    pub(super) owner: String,
    pub(super) seq: u64,
    pub(super) hi: Position,
    pub(super) lo: Option<Position>,
    pub(super) documents: u64,
}

/// The state of a version's file.
pub(super) enum Found {
    /// A file whose first load ended.
    Usable(Connection, Meta),
    /// There is no file, or its first load never ended.
    Nothing,
    /// A file that must be rebuilt: why, and what it may show meanwhile.
    Doubtful(String, Option<Meta>),
}

/// Examines the file of a version.
pub(super) fn find(path: &Path, document: &[OutputField]) -> Result<Found> {
    match fs::metadata(path) {
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error).kind(ErrorKind::Unavailable, path.display()),
        Ok(file) if file.len() == 0 => return Ok(Found::Nothing),
        Ok(_) => {}
    }
    let marked = files::marked(path)?;
    if marked == Some(Damage::OfTheWhole) {
        return Ok(Found::Doubtful("it was not the file that was written".into(), None));
    }
    // Closing the last connection moves the log into the file, so a remaining log means that a process died.
    let crashed = fs::metadata(with_suffix(path, "-wal")).is_ok_and(|wal| wal.len() > 0);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let examined = examine(&connection, document, crashed && marked.is_none());
    match (examined, marked) {
        (Ok(Ok(meta)), Some(_)) => {
            let why = "damage was met while it was used".to_owned();
            Ok(Found::Doubtful(why, meta.filter(|_| damage_of(path) == Damage::OfPages)))
        }
        (Ok(Ok(Some(meta))), None) => Ok(Found::Usable(connection, meta)),
        (Ok(Ok(None)), None) => Ok(Found::Nothing),
        (Ok(Err(reason)), _) => Ok(Found::Doubtful(reason, None)),
        (Err(error), _) if is_damage(&error) => Ok(Found::Doubtful(in_words(&error), None)),
        (Err(error), _) => Err(Error::new(ErrorKind::Unavailable, format!("{}: {error}", path.display()))),
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
    sealed::make_room(&connection).map_err(failed(path, "create the file"))?;
    let columns: String = sortable(document)
        .map(|(at, field)| format!(", {} {}", sort_column(at), column_type(field.ty)))
        .collect();
    let members = memberships::TABLE;
    // A load need not survive a crash: it is deleted and started again. The journal is kept in memory, so that a failing
    // statement can be undone.
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

/// Opens a connection that waits for others and caches its statements.
pub(super) fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    connect(path, flags).map_err(failed(path, "open the file"))
}

/// As [`open`], for callers that report errors themselves.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = sealed::open(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// As [`open`], for a connection that writes nothing.
pub(super) fn open_to_read(path: &Path) -> Result<Connection> {
    connect_to_read(path).map_err(failed(path, "open the file"))
}

/// As [`open_to_read`], for callers that report errors themselves.
pub(super) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    // A connection opened read-only would require the index of the write-ahead log as a file.
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    // It must not move the log into the file even if it is the last to close: another file may be replacing this one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
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

/// Converts SQLite's signed integers. A negative one where we count is damage.
pub(super) fn unsigned(column: usize, value: i64) -> rusqlite::Result<u64> {
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// Parses a stored position. An invalid one is damage.
pub(super) fn position(column: usize, text: &str) -> rusqlite::Result<Position> {
    let conversion = |error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    };
    text.parse().map_err(conversion)
}

/// Creates the index of every sortable field (descending, as most lists are requested; ties by ascending id), and those of sets.
pub(super) fn create_indexes(connection: &Connection, document: &[OutputField]) -> rusqlite::Result<()> {
    for (at, _) in sortable(document) {
        let (index, column) = (sort_index(at), sort_column(at));
        connection
            .execute_batch(&format!("CREATE INDEX IF NOT EXISTS {index} ON documents({column} DESC, id)"))?;
    }
    memberships::create_indexes(connection)
}

/// Returns the sortable fields with their indexes in the declaration.
pub(super) fn sortable(document: &[OutputField]) -> impl Iterator<Item = (usize, &OutputField)> {
    document.iter().enumerate().filter(|(_, field)| field.sortable)
}

/// Returns the column of a sortable field's sort key. Columns are numbered, so that no field's name becomes SQL.
pub(super) fn sort_column(at: usize) -> String {
    format!("sort_{at}")
}

/// Returns the name of a sortable field's index.
pub(super) fn sort_index(at: usize) -> String {
    format!("by_sort_{at}")
}

/// Returns a function that adds kind and path to SQLite's errors. Damage is recorded in a file next to the damaged one, so that
/// its owner rebuilds it.
pub(super) fn failed<'a>(path: &'a Path, doing: &'a str) -> impl Fn(rusqlite::Error) -> Error + 'a {
    move |error| {
        let message = format!("{doing} {}: {}", path.display(), in_words(&error));
        if !is_damage(&error) {
            return Error::new(ErrorKind::Unavailable, message);
        }
        let damage = if is_of_a_page(&error) { damage_of(path) } else { Damage::OfTheWhole };
        files::damaged(path, damage, message)
    }
}

/// Returns the extent of damage of a file with a bad page.
fn damage_of(path: &Path) -> Damage {
    let known = files::absolute(path).and_then(|path| Known::of_open(&path));
    if known.is_some_and(|known| known.is_replaced()) { Damage::OfTheWhole } else { Damage::OfPages }
}

pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows,
    };
    is_of_a_page(error)
        || matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(
            error,
            // Our own tables are typed, and the meta row always exists: anything else was not written by us.
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnType(..)
                | QueryReturnedNoRows
        )
}

/// Returns whether a page differed from what was written.
fn is_of_a_page(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_DATA)
}

fn in_words(error: &rusqlite::Error) -> String {
    match is_of_a_page(error) {
        true => "a page is not what was written (damaged, or of another format)".to_owned(),
        false => error.to_string(),
    }
}

fn declaration(document: &[OutputField]) -> String {
    serde_json::to_string(document).expect("a declaration has only texts and flags")
}
