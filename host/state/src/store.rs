//! The store itself: fjall, one keyspace.

use std::ops::{Bound, Range};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};
use foldline_core::position::Position;
use parking_lot::Mutex;

use super::meta::{Checkpointed, FORMAT, Meta};
use super::scan::Scan;
use super::seal::{DELETED, corrupt, failed, row_within, seal, seal_row, unseal, unseal_row};
use super::{history, key};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_core::dead_letter::DeadLetter;

/// Minimum and maximum size of a memtable before it is written to disk; in between it is half of the cache. Three memtables
/// may wait for the disk, then commits wait. A checkpoint stays in one memtable, however large it is. So the store holds at
/// most four memtables and the cache: some 256 MiB of memtables if there is much memory, or two checkpoints if those are
/// larger.
const MEMTABLE_BYTES: std::ops::RangeInclusive<u64> = 4 << 20..=64 << 20;

/// Maximum size of the journals. A restart after a crash reads all of them into memory, at about 200 MiB per second.
const JOURNAL_BYTES: u64 = 128 << 20;

/// One thread writes memtables to disk while the other merges files. Every version's store has its own threads.
const THREADS: usize = 2;

/// Number of files (of 64 MiB) kept open: enough for 8 GiB of state without reopening any, and few enough that many versions
/// stay below the system's limit.
const OPEN_FILES: usize = 128;

/// Commits wait while so many memtables wait for the disk. fjall itself waits at four, and waits forever if its writing
/// threads have ended because the disk is full.
const SEALED_MEMTABLES_MAX: usize = 3;

/// Returns at how many waiting memtables a commit must wait. A commit larger than a memtable makes a memtable of its own size,
/// in which rows take a few times their bytes; so it starts only when no memtable waits.
fn sealed_memtables_max(commit_bytes: u64, memtable_bytes: u64) -> usize {
    if commit_bytes > memtable_bytes { 1 } else { SEALED_MEMTABLES_MAX }
}

/// How long a commit waits for the disk to take a memtable before the store is reopened.
const STALL_MAX: Duration = Duration::from_secs(120);
/// How often a waiting commit checks.
const STALL_LOOK: Duration = Duration::from_millis(10);

/// One row of a cut, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutRow {
    /// Index of the row's table.
    pub table: u8,
    /// The row's key.
    pub key: Vec<u8>,
    /// The row in its canonical encoding; `None` = it was deleted.
    pub row: Option<Vec<u8>>,
}

impl CutRow {
    /// Returns the approximate number of bytes that the row takes in the store.
    pub fn bytes(&self) -> u64 {
        const SEAL_BYTES: usize = 16;
        (self.key.len() + self.row.as_ref().map_or(0, Vec::len) + SEAL_BYTES) as u64
    }
}

/// What changed since the last checkpoint, cut between two steps.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// The position and the counts at the cut.
    pub checkpointed: Checkpointed,
    /// Number of rows at the cut, to notice a store that lost some.
    pub row_count: u64,
    /// Changed rows, in any order, each once.
    pub rows: Vec<CutRow>,
    /// New dead letters.
    pub dead_letters: Vec<DeadLetter>,
    /// What every sink shows at least. Rows deleted before it need not be remembered any more.
    pub shown: Option<Position>,
}

/// The durable state of one projection version. Clones share it.
#[derive(Clone)]
pub struct StateStore {
    // Held so that background work runs as long as the store is open.
    database: Database,
    keyspace: Keyspace,
    digest: Arc<str>,
    /// The intended size of a memtable.
    memtable_bytes: u64,
    /// The last checkpoint. Its lock separates commits from snapshots: fjall may show half a batch to a snapshot that is taken
    /// while the batch is being applied and a memtable happens to reach the disk.
    last: Arc<Mutex<Option<Meta>>>,
    /// Whether a write failed. After that the store accepts none.
    broken: Arc<AtomicBool>,
    faults: Arc<Faults>,
}

/// Faults that tests and simulations cause in a store. By default there are none.
#[derive(Debug, Default)]
pub struct Faults {
    /// The disk refuses every commit.
    pub refusing: AtomicBool,
    /// Rows cannot be read.
    pub unreadable: AtomicBool,
    /// Commits find damage.
    pub damaged: AtomicBool,
}

impl StateStore {
    /// Opens or creates the store of the module with this digest; also returns what its last checkpoint says about itself.
    /// `cache_bytes` of blocks are kept in memory for [`StateStore::row`].
    ///
    /// # Errors
    /// `Corrupt` when the store cannot be read or is another module's: remove it and replay. `Unavailable` when the folder
    /// cannot be used.
    pub fn open(path: &Path, digest: &str, cache_bytes: u64) -> Result<(Self, Option<Checkpointed>)> {
        let name = path.display();
        std::fs::create_dir_all(path).kind(ErrorKind::Unavailable, format_args!("state folder `{name}`"))?;
        let context = format!("state store `{name}`");
        clear_unfinished(path).kind(ErrorKind::Unavailable, &context)?;
        let database = Database::builder(path)
            .cache_size(cache_bytes)
            .max_journaling_size(JOURNAL_BYTES)
            .worker_threads(THREADS)
            .max_cached_files(Some(OPEN_FILES))
            .open()
            .map_err(failed(&context))?;
        let memtable_bytes = (cache_bytes / 2).clamp(*MEMTABLE_BYTES.start(), *MEMTABLE_BYTES.end());
        let options = || KeyspaceCreateOptions::default().max_memtable_size(memtable_bytes);
        let keyspace = database.keyspace("state", options).map_err(failed(&context))?;
        let snapshot = database.snapshot();
        let meta = snapshot.get(&keyspace, key::META).map_err(failed(&context))?;
        let meta = meta.map(|sealed| Meta::unsealed(&sealed, digest)).transpose();
        let meta = meta.map_err(|error| error.context(&context))?;
        let last_epoch = meta.as_ref().map_or(0, |meta| meta.epoch);
        history::check(&snapshot, &keyspace, last_epoch).map_err(|error| error.context(&context))?;
        let checkpointed = meta.as_ref().map(|meta| meta.checkpointed.clone());
        let last = Arc::new(Mutex::new(meta));
        let store = Self {
            database,
            keyspace,
            digest: digest.into(),
            memtable_bytes,
            last,
            broken: Arc::default(),
            faults: Arc::default(),
        };
        Ok((store, checkpointed))
    }

    /// Passes every row of the last checkpoint to `row`: table, key, encoded row. `row` returns whether it kept the row in
    /// memory. All rows are read and checked, even if it keeps none. Returns how many it kept.
    ///
    /// # Errors
    /// `Corrupt` at the first row that cannot be read or that `row` refuses, or when rows are missing.
    pub fn restore(&self, mut row: impl FnMut(u8, &[u8], &[u8]) -> Result<bool, String>) -> Result<u64> {
        let mut kept = 0;
        for scanned in self.scan()?.iter().flat_map(|scan| scan.rows(None)) {
            let scanned = scanned?;
            kept += u64::from(
                row(scanned.table(), scanned.key(), scanned.row())
                    .kind(ErrorKind::Corrupt, "a state row cannot be decoded")?,
            );
        }
        Ok(kept)
    }

    /// Returns all rows as the last checkpoint left them; `None` before the first one. Waits for a commit in progress.
    ///
    /// # Errors
    /// None at present.
    pub fn scan(&self) -> Result<Option<Scan>> {
        Ok(self.last.lock().clone().map(|meta| self.scan_of(meta)))
    }

    /// Returns one row in its canonical encoding, as the newest checkpoint left it; `None` if there is no such row. During a
    /// commit, the answer may be the old or the new row.
    ///
    /// # Errors
    /// `Corrupt` when the row is damaged, `Unavailable` when the system cannot read it.
    pub fn row(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>> {
        if self.faults.unreadable.load(Ordering::Relaxed) {
            return Err(failed("reading a row of state")(
                std::io::Error::from_raw_os_error(libc::EIO).into(),
            ));
        }
        let key = key::row(table, key);
        let sealed = self.keyspace.get(&key).map_err(failed("reading a row of state"))?;
        row_within(&key, sealed)
    }

    /// Writes a cut in one atomic, synced batch, and returns a scan of the result. Moves the rows and dead letters out of the
    /// cut, so that they are not in memory twice.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses. The store then still holds the previous checkpoint.
    pub fn commit(&self, cut: &mut Cut) -> Result<Scan> {
        if self.faults.refusing.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Unavailable, "the disk is full, says a test"));
        }
        if self.faults.damaged.load(Ordering::Relaxed) {
            return Err(corrupt("a wrong checksum, says a test"));
        }
        self.await_memtables(cut.rows.iter().map(CutRow::bytes).sum())?;
        let mut last = self.last.lock();
        let mut meta = Meta {
            format: FORMAT,
            digest: self.digest.to_string(),
            epoch: last.as_ref().map_or(0, |last| last.epoch) + 1,
            rows: cut.row_count,
            forgotten: last.as_ref().map(|last| last.forgotten.clone()).unwrap_or_default(),
            checkpointed: cut.checkpointed.clone(),
        };
        // Sorted keys make the batch 3.5 times faster.
        cut.rows.sort_unstable_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for letter in cut.dead_letters.drain(..) {
            let key = key::dead_letter(&letter.topic, letter.partition, letter.offset);
            let value = seal(&key, letter.reason.as_bytes());
            batch.insert(&self.keyspace, key, value);
        }
        if let Some(shown) = &cut.shown
            && self.forget_deletions(shown, &mut batch)?
        {
            meta.forgotten.raise_to(shown);
        }
        for row in cut.rows.drain(..) {
            let key = key::row(row.table, &row.key);
            let value = seal_row(&key, row.row.as_deref().unwrap_or(DELETED), meta.epoch);
            if row.row.is_none() {
                let note = key::deletion(meta.epoch, &key);
                let sealed = seal(&note, &[]);
                batch.insert(&self.keyspace, note, sealed);
            }
            batch.insert(&self.keyspace, key, value);
        }
        if is_planted(Bug::TornCheckpoint) {
            let head = self.database.batch().durability(Some(PersistMode::SyncData));
            let rows = std::mem::replace(&mut batch, head);
            rows.commit().kind(ErrorKind::Unavailable, "writing a checkpoint's rows")?;
        }
        batch.insert(&self.keyspace, key::META, meta.sealed()?);
        let (key, value) = history::record(meta.epoch, &meta.checkpointed.position);
        batch.insert(&self.keyspace, key, value);
        batch
            .commit()
            .inspect_err(|_| self.broken.store(true, Ordering::Relaxed))
            .kind(ErrorKind::Unavailable, "writing a checkpoint")?;
        *last = Some(meta.clone());
        Ok(self.scan_of(meta))
    }

    /// Returns whether both are the same open store.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.broken, &other.broken)
    }

    /// Returns whether a write failed. The store then accepts no other one until it is reopened; after that, it holds either
    /// all of the failed checkpoint or nothing of it.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Behaves as after a failed write, for tests.
    pub fn set_broken(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Returns the faults that tests can cause.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Writes a damaged row, for tests.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses.
    pub fn tear_row(&self) -> Result<()> {
        self.keyspace.insert(key::row(0, b"torn"), b"no seal").map_err(failed("tearing a row"))
    }

    /// Returns the position before which deleted rows are no longer remembered.
    pub fn forgotten(&self) -> Position {
        self.last.lock().as_ref().map(|meta| meta.forgotten.clone()).unwrap_or_default()
    }

    /// Removes the records of rows that were deleted before a position. Rows that exist again stay. Returns whether there were
    /// any.
    fn forget_deletions(&self, shown: &Position, batch: &mut fjall::OwnedWriteBatch) -> Result<bool> {
        let snapshot = self.database.snapshot();
        let mut deletions = snapshot.prefix(&self.keyspace, key::DELETIONS).peekable();
        // Most states never delete a row.
        if deletions.peek().is_none() {
            return Ok(false);
        }
        let mut any = false;
        let shown_epoch = history::last_covered(&snapshot, &self.keyspace, shown)?;
        for guard in deletions {
            let (note, value) = guard.into_inner().map_err(failed("reading deleted rows"))?;
            unseal(&note, &value)?;
            let (prefix, row_key) = note.split_at_checked(key::DELETION_PREFIX_BYTES).unwrap_or_default();
            let epoch = prefix.last_chunk().map(|epoch| u64::from_be_bytes(*epoch));
            let epoch = epoch.ok_or_else(|| corrupt("a deleted row has a key that is none"))?;
            if epoch > shown_epoch && !is_planted(Bug::DeletionForgotten) {
                break;
            }
            let row = snapshot.get(&self.keyspace, row_key).map_err(failed("reading deleted rows"))?;
            if let Some(row) = row
                && unseal_row(row_key, &row)? == (DELETED, epoch)
            {
                batch.remove(&self.keyspace, row_key);
            }
            batch.remove(&self.keyspace, note);
            any = true;
        }
        Ok(any)
    }

    /// Returns up to `limit` dead letters of the last checkpoint after (topic, partition, offset), in that order.
    ///
    /// # Errors
    /// `Corrupt` when the store cannot be read.
    pub fn dead_letters(&self, after: Option<(&str, u32, u64)>, limit: usize) -> Result<Vec<DeadLetter>> {
        let start = match after {
            None => Bound::Included(key::DEAD_LETTERS.to_vec()),
            Some((topic, partition, offset)) => Bound::Excluded(key::dead_letter(topic, partition, offset)),
        };
        let end = Bound::Excluded(vec![key::DEAD_LETTERS[0] + 1]);
        let mut letters = Vec::new();
        for guard in self.database.snapshot().range(&self.keyspace, (start, end)).take(limit) {
            let (stored_key, value) = guard.into_inner().map_err(failed("reading dead letters"))?;
            let reason = String::from_utf8_lossy(unseal(&stored_key, &value)?).into_owned();
            let (topic, partition, offset) = key::parse_dead_letter(&stored_key)
                .ok_or_else(|| corrupt("a dead letter has a key that is none"))?;
            letters.push(DeadLetter { topic: topic.into(), partition, offset, reason });
        }
        Ok(letters)
    }

    /// Returns the number of dead letters of a partition within a range of offsets.
    ///
    /// # Errors
    /// `Corrupt` when the store cannot be read.
    pub fn dead_letters_between(&self, topic: &str, partition: u32, offsets: Range<u64>) -> Result<u64> {
        if offsets.is_empty() {
            return Ok(0);
        }
        let place = |offset| key::dead_letter(topic, partition, offset);
        let mut letters = 0;
        for guard in self.database.snapshot().range(&self.keyspace, place(offsets.start)..place(offsets.end))
        {
            let (stored_key, value) = guard.into_inner().map_err(failed("reading dead letters"))?;
            unseal(&stored_key, &value)?;
            letters += 1;
        }
        Ok(letters)
    }

    /// Returns the memory of the store, in bytes: memtables, and the cache of evicted rows.
    pub fn memory_bytes(&self) -> u64 {
        self.database.write_buffer_size() + self.database.cache_size()
    }

    /// Returns the disk space of the store, in bytes, without its journals.
    pub fn disk_bytes(&self) -> u64 {
        self.keyspace.disk_space()
    }

    fn await_memtables(&self, commit_bytes: u64) -> Result<()> {
        let sealed_max = sealed_memtables_max(commit_bytes, self.memtable_bytes);
        let deadline = Instant::now() + STALL_MAX;
        while self.keyspace.sealed_memtable_count() >= sealed_max {
            if Instant::now() >= deadline {
                self.broken.store(true, Ordering::Relaxed);
                let seconds = STALL_MAX.as_secs();
                let message = format!("the disk has taken no rows for {seconds} s");
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            std::thread::sleep(STALL_LOOK);
        }
        Ok(())
    }

    /// Must be called under the lock of `last`, or before anything else writes, so that no commit is in progress.
    fn scan_of(&self, meta: Meta) -> Scan {
        Scan::new(self.database.clone(), self.keyspace.clone(), self.database.snapshot(), meta)
    }
}

/// Removes the remains of a store that never held a row, such as a full disk leaves: they would be in the way of a new one. A
/// store with rows has a keyspace, which is created before the first row.
fn clear_unfinished(path: &Path) -> std::io::Result<()> {
    if path.join("keyspaces").join("1").try_exists()? {
        return Ok(());
    }
    std::fs::remove_dir_all(path)?;
    std::fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_is_a_memtable_of_its_own_waits_until_there_is_room_for_it() {
        assert_eq!(sealed_memtables_max(16 << 20, 16 << 20), SEALED_MEMTABLES_MAX);
        assert_eq!(sealed_memtables_max(64 << 20, 16 << 20), 1);
    }
}
