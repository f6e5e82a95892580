//! Writes the documents of one projection version, as the sole owner of its file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldline_core::description::OutputField;
use foldline_core::position::Position;
use parking_lot::Mutex;
use rusqlite::{Connection, InterruptHandle, OpenFlags, Statement, Transaction, TransactionBehavior};
use tracing::{info, warn};

use super::checkpointer::WalCheckpointer;
use super::field::{FieldReader, Scalar};
use super::files::{self, Damage};
use super::memberships::MembershipWriter;
use super::schema::{self, Found, Meta, failed};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_sink::{
    DocumentChange, DocumentChunks, Documents, FlushHead, Interrupt, ReadyChunks, Sink, SinkProgress,
};

/// 128 MiB: random upserts into a million documents stay in memory.
const CACHE_KIB: i64 = 128 << 10;

/// The writing side of a version's file.
pub struct SqliteSink {
    /// The file that readers use.
    path: PathBuf,
    /// The file that is written. It differs from `path` while it is filled to replace a damaged one.
    file: PathBuf,
    owner: String,
    document: Vec<OutputField>,
    connection: Connection,
    /// Interrupts the open connection.
    interrupt: Arc<Mutex<InterruptHandle>>,
    statements: Statements,
    sort_keys: FieldReader,
    found: SinkProgress,
    /// What readers of the previous file see until this one is filled.
    replaces: Option<Position>,
    /// What the last flush wrote to the file; no other process writes it.
    written: (u64, Option<Position>),
    /// `None` until the first flush ends the load.
    checkpointer: Option<WalCheckpointer>,
}

impl SqliteSink {
    /// Opens or creates a version's file and fences its previous writer; `owner` is a nonce of this process start.
    ///
    /// A file whose first load never ended is started again. So is, with a warning, a file that is damaged or has another format
    /// or declaration. [`Sink::progress`] tells: `lo` is `None` when everything must be loaded.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be opened, created or deleted.
    pub fn open(path: &Path, owner: &str, document: &[OutputField]) -> Result<Self> {
        match schema::find(path, document)? {
            Found::Usable(connection, meta) => match take_over(path, owner, &connection) {
                Ok(()) => {
                    let found = SinkProgress { seq: meta.seq, hi: meta.hi, lo: meta.lo };
                    Ok(Self::of(path, path.to_owned(), owner, document, connection, found))
                }
                // Damage, which is marked by now.
                Err(error) if error.kind() == ErrorKind::Lost => {
                    drop(connection);
                    Self::open_fresh(path, owner, document)
                }
                Err(error) => Err(error),
            },
            Found::Nothing => Self::start_again(path, owner, document),
            Found::Doubtful(reason, shows) => {
                warn!(path = %path.display(), reason, "documents are in doubt, projecting them again from their rows");
                Self::replace(path, owner, document, shows)
            }
        }
    }

    /// Creates a file to replace a version's damaged file. The undamaged parts of that one are served until the first flush
    /// completes this one.
    ///
    /// # Errors
    /// As [`SqliteSink::open`].
    pub fn open_fresh(path: &Path, owner: &str, document: &[OutputField]) -> Result<Self> {
        let shows = match schema::find(path, document)? {
            Found::Usable(_, meta) => Some(meta),
            Found::Doubtful(_, shows) => shows,
            Found::Nothing => None,
        };
        Self::replace(path, owner, document, shows)
    }

    /// Returns the position up to which the replaced file shows documents, until this file's first flush.
    pub fn replaces(&self) -> Option<&Position> {
        self.replaces.as_ref()
    }

    fn replace(path: &Path, owner: &str, document: &[OutputField], shows: Option<Meta>) -> Result<Self> {
        let Some(Meta { hi, lo: Some(lo), .. }) = shows else {
            return Self::start_again(path, owner, document);
        };
        let file = files::successor_of(path);
        let connection = create(&file, owner, document)?;
        // Flush numbers start over with the file; what was shown does not.
        let found = SinkProgress { hi, ..SinkProgress::default() };
        let sink = Self::of(path, file, owner, document, connection, found);
        Ok(Self { replaces: Some(lo), ..sink })
    }
    fn start_again(path: &Path, owner: &str, document: &[OutputField]) -> Result<Self> {
        let connection = create(path, owner, document)?;
        Ok(Self::of(path, path.to_owned(), owner, document, connection, SinkProgress::default()))
    }

    fn of(
        path: &Path,
        file: PathBuf,
        owner: &str,
        document: &[OutputField],
        connection: Connection,
        found: SinkProgress,
    ) -> Self {
        Self {
            owner: owner.to_owned(),
            document: document.to_vec(),
            statements: Statements::new(document),
            sort_keys: FieldReader::new(schema::sortable(document).map(|(_, field)| field)),
            checkpointer: found.lo.is_some().then(|| WalCheckpointer::start(path)),
            interrupt: Arc::new(Mutex::new(connection.get_interrupt_handle())),
            connection,
            written: (found.seq, found.lo.clone()),
            replaces: None,
            found,
            path: path.to_owned(),
            file,
        }
    }

    /// Removes a version's file. Readers that have it open can still read it.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be removed.
    pub fn remove(path: &Path) -> Result<()> {
        files::delete(path)
    }

    /// Makes sure that a version without documents has a file, which readers find empty.
    ///
    /// # Errors
    /// As [`SqliteSink::open`].
    pub fn open_empty(path: &Path, owner: &str) -> Result<()> {
        let mut empty = Self::open(path, owner, &[])?;
        if empty.found.lo.is_some() {
            return Ok(());
        }
        let head = FlushHead { seq: empty.found.seq + 1, position: Position::default() };
        empty.flush(&head, &mut ReadyChunks::new(&[]))
    }

    /// Ends the first load: builds the indexes, makes everything durable, and switches to the write-ahead log. A file that
    /// replaces another one switches once it is in place. May be repeated, since the flush that follows writes `lo`.
    fn end_load(&mut self) -> rusqlite::Result<()> {
        configure(&self.connection)?;
        let transaction = immediate(&mut self.connection)?;
        schema::create_indexes(&transaction, &self.document)?;
        // The commit syncs the file, and so everything that the load wrote without syncing.
        transaction.execute("UPDATE meta SET documents = (SELECT count(*) FROM documents)", [])?;
        transaction.commit()?;
        if self.file != self.path { Ok(()) } else { start_log(&self.connection) }
    }

    /// Puts the file, which holds all documents now, in place of the one that readers use.
    fn settle(&mut self) -> Result<()> {
        let doing = "open the file";
        let nothing = Connection::open_in_memory().map_err(failed(&self.path, doing))?;
        drop(std::mem::replace(&mut self.connection, nothing));
        files::put_in_place(&self.path)?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = schema::connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            configure(&connection)?;
            start_log(&connection)?;
            Ok(connection)
        };
        self.connection = open().map_err(failed(&self.path, doing))?;
        *self.interrupt.lock() = self.connection.get_interrupt_handle();
        self.file.clone_from(&self.path);
        self.replaces = None;
        Ok(())
    }

    /// Writes all chunks in one transaction. What does not fit into the cache goes to the write-ahead log early; readers do not
    /// see it before the commit.
    fn write(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        let (path, statements) = (&self.file, &self.statements);
        let doing = format!("flush {} to", head.seq);
        let failed = failed(path, &doing);
        let transaction = immediate(&mut self.connection).map_err(&failed)?;
        let meta = schema::read_meta(&transaction).map_err(&failed)?;
        if !must_be_written(path, &self.owner, &meta, head)? {
            return Ok(());
        }
        let mut documents = meta.documents;
        while let Some(chunk) = chunks.next()? {
            statements
                .write_chunk(&transaction, &mut self.sort_keys, chunk, &mut documents)
                .map_err(&failed)?;
        }
        let position = head.position.kept().to_string();
        transaction
            .prepare_cached("UPDATE meta SET seq = ?1, hi = ?2, lo = ?2, documents = ?3")
            .and_then(|mut update| {
                update.execute((head.seq.cast_signed(), position, documents.cast_signed()))
            })
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        self.written = (head.seq, Some(head.position.clone()));
        Ok(())
    }

    /// Reads the control record as a new reader would, and compares it: the file may have been replaced by another valid one,
    /// such as an older copy.
    fn compare_with_file(&self) -> Result<()> {
        let failed = failed(&self.path, "examine");
        let _still = files::stand_still();
        if matches!(std::fs::metadata(&self.path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
        {
            let message = format!("documents in {} were deleted", self.path.display());
            return Err(files::damaged(&self.path, Damage::OfTheWhole, message));
        }
        let found = schema::connect_to_read(&self.path)
            .and_then(|connection| schema::read_meta(&connection))
            .map_err(&failed)?;
        let (seq, lo) = &self.written;
        // If another owner took over, this connection sees that as well; its next write reports it.
        let taken_over = || schema::read_meta(&self.connection).is_ok_and(|meta| meta.owner == found.owner);
        let as_written = found.owner == self.owner && (found.seq, &found.lo) == (*seq, lo);
        if as_written || found.owner != self.owner && taken_over() {
            return Ok(());
        }
        let message = format!(
            "{} says flush {} where {seq} was written: it was replaced by another file",
            self.path.display(),
            found.seq,
        );
        Err(files::damaged(&self.path, Damage::OfTheWhole, message))
    }
}

impl Sink for SqliteSink {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    fn interrupt(&self) -> Interrupt {
        let handle = Arc::clone(&self.interrupt);
        Box::new(move || handle.lock().interrupt())
    }

    /// Each call is one transaction. Chunks of ten thousand documents or more, sorted by id, load fastest.
    fn load(&mut self, documents: &Documents) -> Result<()> {
        let failed = failed(&self.file, "load documents into");
        let transaction = immediate(&mut self.connection).map_err(&failed)?;
        let meta = schema::read_meta(&transaction).map_err(&failed)?;
        check_owner(&self.path, &self.owner, &meta)?;
        if meta.lo.is_some() {
            let message = format!("{} was loaded already, up to flush {}", self.path.display(), meta.seq);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let mut values = Vec::new();
        let mut write = || -> rusqlite::Result<()> {
            let mut put_document = transaction.prepare_cached(&self.statements.load)?;
            let mut delete = transaction.prepare_cached(&self.statements.delete)?;
            let mut memberships = MembershipWriter::new(&transaction)?;
            for change in sorted(&documents.changes) {
                memberships.replace(change)?;
                match &change.body {
                    None => drop(delete.execute([&change.id])?),
                    Some(body) => {
                        self.sort_keys.read_sort_keys(body, &mut values);
                        put(&mut put_document, &change.id, body, &values)?;
                    }
                }
            }
            note_failed(&transaction, documents)
        };
        write().map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }

    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        if self.checkpointer.is_none() {
            self.end_load().map_err(failed(&self.file, "end the load of"))?;
        }
        self.write(head, chunks)?;
        match &self.checkpointer {
            Some(checkpointer) => checkpointer.after_flush(&self.connection),
            None => {
                if self.file != self.path {
                    // The state of the files is then unknown, so everything starts over.
                    self.settle().map_err(|error| Error::new(ErrorKind::Lost, error.message()))?;
                }
                info!(path = %self.path.display(), seq = head.seq, "documents are loaded");
                self.checkpointer = Some(WalCheckpointer::start(&self.path));
            }
        }
        Ok(())
    }

    /// Finds damage that a reader met, and a file that is not the one that was written.
    fn examine(&mut self, _: bool) -> Result<()> {
        // A file that is being filled has no readers.
        if self.checkpointer.is_none() {
            return Ok(());
        }
        match files::marked(&self.path)? {
            Some(_) => {
                let message = format!("documents in {} are damaged", self.path.display());
                Err(Error::new(ErrorKind::Lost, message))
            }
            None => self.compare_with_file(),
        }
    }
}

/// Remembers the rows that failed, and forgets those that have a document again.
fn note_failed(transaction: &Transaction<'_>, documents: &Documents) -> rusqlite::Result<()> {
    let any = "SELECT EXISTS (SELECT 1 FROM failed)";
    if transaction.prepare_cached(any)?.query_row([], |row| row.get(0))? {
        let mut delete = transaction.prepare_cached("DELETE FROM failed WHERE id = ?1")?;
        for change in &documents.changes {
            delete.execute([&change.id])?;
        }
    }
    let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO failed VALUES (?1, ?2)")?;
    for row in documents.failed.iter().filter(|_| !is_planted(Bug::FailedRowForgotten)) {
        put.execute([&row.id, &row.reason])?;
    }
    Ok(())
}

/// Returns whether a flush must be written. It is not if an earlier commit already wrote it and its answer was lost.
fn must_be_written(path: &Path, owner: &str, meta: &Meta, flush: &FlushHead) -> Result<bool> {
    check_owner(path, owner, meta)?;
    if flush.seq == meta.seq && meta.lo.as_ref() == Some(&flush.position) {
        return Ok(false);
    }
    let refuse =
        |reason: String| Err(Error::new(ErrorKind::Internal, format!("{}: {reason}", path.display())));
    if flush.seq != meta.seq + 1 && !is_planted(Bug::SeqNotChecked) {
        return refuse(format!("flush {} cannot follow flush {}", flush.seq, meta.seq));
    }
    if !flush.position.covers(&meta.hi) && !is_planted(Bug::SinkGoesBack) {
        let reason = format!("flush {} at {} would go back behind {}", flush.seq, flush.position, meta.hi);
        return refuse(reason);
    }
    Ok(true)
}

fn check_owner(path: &Path, owner: &str, meta: &Meta) -> Result<()> {
    if meta.owner == owner || is_planted(Bug::OwnerNotChecked) {
        return Ok(());
    }
    let message =
        format!("{} was taken over: owner `{}` is fenced by `{}`", path.display(), owner, meta.owner);
    Err(Error::new(ErrorKind::Corrupt, message)
        .with_hint("only one host may write a data folder; stop the other one"))
}

/// Configures a file that readers use: every commit is synced. With NORMAL, a power failure could undo a transaction that readers
/// have seen.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // The checkpointer does it, in parallel with the flushes.
    connection.pragma_update(None, "wal_autocheckpoint", 0)
}

/// Switches to the write-ahead log: from here on flushes are synced, and readers read in parallel.
fn start_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")
}

fn take_over(path: &Path, owner: &str, connection: &Connection) -> Result<()> {
    configure(connection).map_err(failed(path, "open the file"))?;
    let update = "UPDATE meta SET owner = ?1";
    connection.execute(update, [owner]).map_err(failed(path, "take over the file"))?;
    // Left by a crash while a file was filled to replace this one.
    files::delete(&files::successor_of(path))
}

/// Creates a file, deleting any existing one.
fn create(path: &Path, owner: &str, document: &[OutputField]) -> Result<Connection> {
    files::delete(path)?;
    let connection = schema::create(path, owner, document)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failed(path, "create the file"))?;
    Ok(connection)
}

fn immediate(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Neighbouring ids share pages, so a large sorted flush touches each page once.
fn sorted(documents: &[DocumentChange]) -> Vec<&DocumentChange> {
    let mut sorted: Vec<_> = documents.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    sorted
}

fn put(statement: &mut Statement<'_>, id: &str, body: &str, sort_keys: &[Scalar]) -> rusqlite::Result<usize> {
    statement.raw_bind_parameter(1, id)?;
    statement.raw_bind_parameter(2, body)?;
    for (at, sort_key) in sort_keys.iter().enumerate() {
        statement.raw_bind_parameter(3 + at, sort_key)?;
    }
    statement.raw_execute()
}

/// The statements' texts; the connection caches the prepared statements.
struct Statements {
    load: String,
    insert: String,
    update: String,
    /// Updates the body alone, if the document has these sort keys already: their indexes are left alone. `None` without any.
    update_body: Option<String>,
    delete: String,
}

/// How many documents go by before the body alone is tried again, where sort keys change as a rule.
const TRY_BODY_EVERY: u64 = 16;

impl Statements {
    fn new(document: &[OutputField]) -> Self {
        let columns: Vec<_> = schema::sortable(document).map(|(at, _)| schema::sort_column(at)).collect();
        let places: String = (0..columns.len()).map(|at| format!(", ?{}", at + 3)).collect();
        let sets: String =
            columns.iter().zip(3..).map(|(column, place)| format!(", {column} = ?{place}")).collect();
        let same: String =
            columns.iter().zip(3..).map(|(column, place)| format!(" AND {column} IS ?{place}")).collect();
        let insert = format!("INSERT INTO documents VALUES (?1, ?2{places})");
        Self {
            update_body: (!columns.is_empty())
                .then(|| format!("UPDATE documents SET body = ?2 WHERE id = ?1{same}")),
            load: insert.replacen("INSERT", "INSERT OR REPLACE", 1),
            update: format!("UPDATE documents SET body = ?2{sets} WHERE id = ?1"),
            delete: "DELETE FROM documents WHERE id = ?1".into(),
            insert,
        }
    }

    /// Writes a chunk of a flush and updates `count`, the number of documents.
    fn write_chunk(
        &self,
        transaction: &Transaction<'_>,
        sort_keys: &mut FieldReader,
        chunk: &Documents,
        count: &mut u64,
    ) -> rusqlite::Result<()> {
        let mut values = Vec::new();
        let mut update = transaction.prepare_cached(&self.update)?;
        let update_body = self.update_body.as_ref().map(|update| transaction.prepare_cached(update));
        let mut update_body = update_body.transpose()?;
        // What was found of the document before holds for most: renames leave sort keys alone, counters change them.
        let (mut keys_stay, mut written) = (true, 0_u64);
        let mut insert = transaction.prepare_cached(&self.insert)?;
        let mut delete = transaction.prepare_cached(&self.delete)?;
        let mut memberships = MembershipWriter::new(transaction)?;
        for change in sorted(&chunk.changes) {
            memberships.replace(change)?;
            match &change.body {
                None => *count -= delete.execute([&change.id])? as u64,
                Some(body) => {
                    sort_keys.read_sort_keys(body, &mut values);
                    written += 1;
                    if let Some(update_body) = &mut update_body
                        && (keys_stay || written.is_multiple_of(TRY_BODY_EVERY))
                    {
                        keys_stay = put(update_body, &change.id, body, &values)? > 0;
                        if keys_stay {
                            continue;
                        }
                    }
                    // Update first: live, nearly every change meets an existing document, and the count needs to know.
                    if put(&mut update, &change.id, body, &values)? == 0 {
                        put(&mut insert, &change.id, body, &values)?;
                        *count += 1;
                    }
                }
            }
        }
        note_failed(transaction, chunk)
    }
}
