//! Reads the documents of one projection version, while they are written.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use foldline_core::description::OutputField;
use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex, RwLock};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::field::{FieldReader, Scalar};
use super::files;
use super::query::{ListQuery, Page, Plan, Stretch};
use super::schema::{self, BUSY_TIMEOUT, failed};
use super::sets::{self, Member, MemberPage, SetQuery};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::FailedRow;

/// 8 connections: more than the cores that serve them, and at most 8 × 8 MiB of cache.
const CONNECTIONS_MAX: usize = 8;

/// 8 MiB per connection: inner pages and hot leaves; the system caches the rest.
const CACHE_KIB: i64 = 8 << 10;

/// 250,000 documents take about a third of a second to examine: the longest that a page with a rare match may take.
const EXAMINED_MAX: usize = 250_000;

/// 8 MiB of bodies: a page of large documents ends early instead of filling the memory.
const PAGE_BYTES_MAX: usize = 8 << 20;

/// A value with the position that the documents showed, both from one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<T> {
    /// What was read.
    pub value: T,
    /// Everything before this position is in the value.
    pub position: Position,
    /// The number of the last flush.
    pub seq: u64,
}

/// Reads a version's documents. Clones share a small pool of connections. Every call may block.
#[derive(Clone)]
pub struct SqliteReader {
    shared: Arc<Shared>,
}

/// The path of the file that readers of a version use; it changes when the documents were rebuilt. Clones share it.
#[derive(Clone, Debug)]
pub struct DocumentsFile(Arc<RwLock<Arc<Path>>>);

impl DocumentsFile {
    /// Returns a path that stays the same until it is moved.
    pub fn at(path: &Path) -> Self {
        Self(Arc::new(RwLock::new(path.into())))
    }

    /// Returns the current path of the file.
    pub fn path(&self) -> Arc<Path> {
        Arc::clone(&self.0.read())
    }

    /// Points all reads from now on to another file; reads under way finish with the previous one.
    pub fn move_to(&self, path: &Path) {
        let mut file = self.0.write();
        if **file != *path {
            *file = path.into();
        }
    }
}

struct Shared {
    file: DocumentsFile,
    document: Vec<OutputField>,
    pool: Mutex<Pool>,
    given_back: Condvar,
}

#[derive(Default)]
struct Pool {
    /// Each with the path of its file.
    idle: Vec<(Arc<Path>, Connection)>,
    /// Connections that exist, idle or lent.
    open: usize,
    /// The generation of the files that the idle connections have open.
    generation: u64,
}

impl Pool {
    /// Closes idle connections if their file may have been replaced.
    fn follow(&mut self, generation: u64) {
        if self.generation != generation {
            self.open -= self.idle.len();
            self.idle.clear();
            self.generation = generation;
        }
    }
}

impl SqliteReader {
    /// Opens a version's file for reading.
    ///
    /// # Errors
    /// `Unavailable` when there is no such file, or when it is damaged.
    pub fn open(path: &Path, document: &[OutputField]) -> Result<Self> {
        Self::follow(&DocumentsFile::at(path), document)
    }

    /// Opens a version's file for reading, and reopens it wherever it moves.
    ///
    /// # Errors
    /// As [`SqliteReader::open`].
    pub fn follow(file: &DocumentsFile, document: &[OutputField]) -> Result<Self> {
        let shared = Shared {
            file: file.clone(),
            document: document.to_vec(),
            pool: Mutex::default(),
            given_back: Condvar::new(),
        };
        let reader = Self { shared: Arc::new(shared) };
        reader.lease()?.read("open", schema::read_meta)?;
        Ok(reader)
    }

    /// Returns the body of a document.
    ///
    /// # Errors
    /// `Unavailable` while the first load runs, while all connections are busy, and for damaged data, which its owner projects
    /// again.
    pub fn get(&self, id: &str) -> Result<Shown<Option<String>>> {
        // One statement is one snapshot.
        const GET: &str =
            "SELECT meta.seq, meta.lo, documents.body FROM meta LEFT JOIN documents ON documents.id = ?1";
        let (seq, lo, body) = self.lease()?.read("read", |connection| {
            connection.prepare_cached(GET)?.query_row([id], |row| {
                let lo: Option<String> = row.get(1)?;
                let lo = lo.map(|lo| schema::position(1, &lo)).transpose()?;
                Ok((schema::unsigned(0, row.get(0)?)?, lo, row.get(2)?))
            })
        })?;
        self.shown(body, lo, seq)
    }

    /// Returns the number of documents. This is cheap, because they are counted as they are written.
    ///
    /// # Errors
    /// As [`SqliteReader::get`].
    pub fn count(&self) -> Result<Shown<u64>> {
        let meta = self.lease()?.read("read", schema::read_meta)?;
        self.shown(meta.documents, meta.lo, meta.seq)
    }

    /// Returns how many rows failed, so that they have no up-to-date document.
    ///
    /// # Errors
    /// As [`SqliteReader::get`].
    pub fn failed_count(&self) -> Result<u64> {
        let counted = self.snapshot(|snapshot| {
            let count =
                snapshot.prepare_cached("SELECT count(*) FROM failed")?.query_row([], |row| row.get(0))?;
            schema::unsigned(0, count)
        })?;
        Ok(counted.value)
    }

    /// Returns up to `limit` failed rows, by id.
    ///
    /// # Errors
    /// As [`SqliteReader::get`].
    pub fn failed(&self, limit: usize) -> Result<Vec<FailedRow>> {
        let failed = self.snapshot(|snapshot| {
            let mut select = snapshot.prepare_cached("SELECT id, reason FROM failed ORDER BY id LIMIT ?1")?;
            let row = |row: &rusqlite::Row<'_>| Ok(FailedRow { id: row.get(0)?, reason: row.get(1)? });
            select.query_map([limit as i64], row)?.collect()
        })?;
        Ok(failed.value)
    }

    /// Returns a page of documents.
    ///
    /// # Errors
    /// `Data` for a field that is not declared or not sortable, a value of another type, a limit out of bounds or a
    /// cursor of another query; otherwise as [`SqliteReader::get`].
    pub fn list(&self, query: &ListQuery) -> Result<Shown<Page>> {
        let plan = query.plan(&self.shared.document)?;
        self.snapshot(|snapshot| {
            let mut walk = Walk::new(&plan);
            walk.run(snapshot)?;
            Ok(walk.page)
        })
    }

    /// Returns a page of a set. A set without members gives an empty page.
    ///
    /// # Errors
    /// `Data` for a limit out of bounds or a cursor of another set or order; otherwise as [`SqliteReader::get`].
    pub fn members(&self, query: &SetQuery) -> Result<Shown<MemberPage>> {
        let plan = query.plan()?;
        self.snapshot(|snapshot| plan.walk(snapshot))
    }

    /// Returns a member of a set.
    ///
    /// # Errors
    /// As [`SqliteReader::get`].
    pub fn member(&self, set: &str, member: &str) -> Result<Shown<Option<Member>>> {
        self.snapshot(|snapshot| sets::one(snapshot, set, member))
    }

    /// Runs one read statement, or several that need no common snapshot.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.lease()?.read("read", read)
    }

    /// Reads a value together with the position that it shows. Dropping the transaction ends it.
    fn snapshot<T: Default>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<Shown<T>> {
        let (value, meta) = self.lease()?.read("read", |connection| {
            let snapshot = connection.unchecked_transaction()?;
            let meta = schema::read_meta(&snapshot)?;
            // There are no indexes to read by before the first load has ended.
            let value = if meta.lo.is_some() { read(&snapshot)? } else { T::default() };
            Ok((value, meta))
        })?;
        self.shown(value, meta.lo, meta.seq)
    }

    fn shown<T>(&self, value: T, lo: Option<Position>, seq: u64) -> Result<Shown<T>> {
        match lo {
            Some(position) => Ok(Shown { value, position, seq }),
            None => {
                let message = format!("{} is being loaded", self.shared.file.path().display());
                Err(Error::new(ErrorKind::Unavailable, message))
            }
        }
    }

    /// Borrows a connection: opens one if there are few, else waits for one.
    fn lease(&self) -> Result<Lease<'_>> {
        let shared = &*self.shared;
        let path = shared.file.path();
        let mut pool = shared.pool.lock();
        loop {
            let generation = files::generation();
            pool.follow(generation);
            let before = pool.idle.len();
            pool.idle.retain(|(of, _)| Arc::ptr_eq(of, &path));
            pool.open -= before - pool.idle.len();
            if let Some((_, connection)) = pool.idle.pop() {
                return Ok(Lease { shared, path, generation, connection: Some(connection) });
            }
            if pool.open < CONNECTIONS_MAX {
                pool.open += 1;
                drop(pool);
                let _still = files::stand_still();
                // Constructed first, so that a failure to open returns the place.
                let generation = files::generation();
                let mut lease = Lease { shared, path, generation, connection: None };
                lease.connection = Some(connect(&lease.path)?);
                return Ok(lease);
            }
            if shared.given_back.wait_for(&mut pool, BUSY_TIMEOUT).timed_out() && pool.idle.is_empty() {
                let message = format!("all {CONNECTIONS_MAX} readers of {} are busy", path.display());
                return Err(Error::new(ErrorKind::Unavailable, message).with_hint("try again later"));
            }
        }
    }
}

/// Converts damage to `Unavailable`: the owner repairs it, so asking again helps.
fn for_readers(error: Error) -> Error {
    let readers = Error::new(ErrorKind::Unavailable, error.message());
    match error.hint() {
        Some(hint) => readers.with_hint(hint),
        None => readers,
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let connection = schema::open_to_read(path).map_err(for_readers)?;
    let sized = connection.pragma_update(None, "cache_size", -CACHE_KIB);
    sized.map_err(failed(path, "open the file")).map_err(for_readers)?;
    Ok(connection)
}

/// A borrowed connection.
struct Lease<'a> {
    shared: &'a Shared,
    path: Arc<Path>,
    /// The generation of the file that it has open.
    generation: u64,
    connection: Option<Connection>,
}

impl Lease<'_> {
    fn read<T>(&self, doing: &str, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let connection = self.connection.as_ref().expect("a lease that was given out has its connection");
        read(connection).map_err(|error| {
            let is_damage = schema::is_damage(&error);
            let error = failed(&self.path, doing)(error);
            if is_damage { for_readers(error) } else { error }
        })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let is_current = Arc::ptr_eq(&self.shared.file.path(), &self.path);
        let mut pool = self.shared.pool.lock();
        match self.connection.take() {
            Some(connection) if is_current && pool.generation == self.generation => {
                pool.idle.push((Arc::clone(&self.path), connection));
            }
            _ => pool.open -= 1,
        }
        self.shared.given_back.notify_one();
    }
}

/// Fills a page from the parts of a plan.
struct Walk<'a> {
    plan: &'a Plan,
    fields: FieldReader,
    values: Vec<Scalar>,
    page: Page,
    bytes: usize,
    examined: usize,
    /// The last document that was walked; the page ends after it.
    last: Option<(Scalar, String)>,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan) -> Self {
        let fields = FieldReader::new(plan.filter.iter().map(|(field, _)| field));
        Self { plan, fields, values: Vec::new(), page: Page::default(), bytes: 0, examined: 0, last: None }
    }

    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let plan = self.plan;
        for stretch in &plan.stretches {
            let walked = match stretch {
                Stretch::Rising { at, above } => self.rise(connection, *at, above.clone())?,
                stretch => self.walk(connection, stretch)?,
            };
            if walked.is_break() {
                self.page.cursor = self.last.as_ref().map(|(key, id)| plan.cursor(key, id));
                break;
            }
        }
        Ok(())
    }

    /// Walks the values of a field upwards: finds the next larger value, then its documents by id.
    fn rise(
        &mut self,
        connection: &Connection,
        at: usize,
        mut above: Option<Scalar>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        loop {
            let next = Stretch::Rising { at, above };
            let value = connection
                .prepare_cached(&next.sql())?
                .query_row(params_from_iter(next.parameters()), |row| {
                    Ok(Scalar::from_column(row.get_ref(0)?))
                })
                .optional()?;
            let Some(value) = value else { return Ok(ControlFlow::Continue(())) };
            let equal = Stretch::Equal { at, value: value.clone(), after: None };
            if self.walk(connection, &equal)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            above = Some(value);
        }
    }

    fn walk(&mut self, connection: &Connection, stretch: &Stretch) -> rusqlite::Result<ControlFlow<()>> {
        let mut select = connection.prepare_cached(&stretch.sql())?;
        let mut rows = select.query(params_from_iter(stretch.parameters()))?;
        while let Some(row) = rows.next()? {
            if self.examined == EXAMINED_MAX {
                return Ok(ControlFlow::Break(()));
            }
            self.examined += 1;
            let (id, body) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
            if self.matches(body) {
                let full = self.page.documents.len() == self.plan.limit
                    || (self.bytes + body.len() > PAGE_BYTES_MAX && !self.page.documents.is_empty());
                if full {
                    return Ok(ControlFlow::Break(()));
                }
                self.bytes += body.len();
                self.page.documents.push((id.to_owned(), body.to_owned()));
            }
            self.pass(id, row.get_ref(2)?);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Records the position of the walk, reusing the buffers of the previous document.
    fn pass(&mut self, id: &str, key: rusqlite::types::ValueRef<'_>) {
        let (last_key, last_id) = self.last.get_or_insert_with(|| (Scalar::Null, String::new()));
        *last_key = Scalar::from_column(key);
        last_id.clear();
        last_id.push_str(id);
    }

    fn matches(&mut self, body: &str) -> bool {
        if self.plan.filter.is_empty() {
            return true;
        }
        self.fields.read(body, &mut self.values);
        self.plan.filter.iter().zip(&self.values).all(|((_, wanted), value)| wanted == value)
    }
}
