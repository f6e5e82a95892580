//! Moves the write-ahead log into the file, in parallel with flushes rather than within them.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tracing::warn;

use super::schema;
use foldline_base::panics::spawn_contained;

/// 8 MiB of 4 KiB pages: enough for a checkpoint to write adjacent pages together.
const BACKGROUND_PAGES: u32 = 2_048;

/// 64 MiB: if flushes keep the log growing, the writer truncates it itself; little is left to copy then.
const WRITER_PAGES: u32 = 16_384;

/// After 2 s without a flush the log is emptied, so that a restart has nothing to recover.
const IDLE: Duration = Duration::from_secs(2);

/// A thread with its own connection. Dropping this value ends it.
pub(super) struct WalCheckpointer {
    path: PathBuf,
    /// Sends the number of pages in the log. Holds at most one message, since only the newest counts.
    flushed: Option<SyncSender<u32>>,
    thread: Option<JoinHandle<()>>,
}

impl WalCheckpointer {
    pub(super) fn start(path: &Path) -> Self {
        let (flushed, flushes) = sync_channel(1);
        let owned = path.to_owned();
        let thread = spawn_contained("checkpointer", move || run(&owned, &flushes));
        if let Err(error) = &thread {
            warn!(path = %path.display(), %error, "no thread for checkpoints, flushes will do them");
        }
        Self { path: path.to_owned(), flushed: Some(flushed), thread: thread.ok() }
    }

    /// Checks the log after a flush, on the writer's connection. Failures are retried after the next flush: the documents are
    /// already safe in the log.
    pub(super) fn after_flush(&self, writer: &Connection) {
        let Some((pages, done)) = checkpoint(&self.path, writer, "NOOP") else { return };
        if pages > WRITER_PAGES {
            checkpoint(&self.path, writer, "RESTART");
        } else if let Some(flushed) = &self.flushed {
            // A full channel already holds a reason to check.
            let _ = flushed.try_send(pages.saturating_sub(done));
        }
    }
}

impl Drop for WalCheckpointer {
    fn drop(&mut self) {
        self.flushed = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(path: &Path, flushes: &Receiver<u32>) {
    let connection = match schema::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Ok(connection) => connection,
        Err(error) => {
            warn!(path = %path.display(), %error, "no connection for checkpoints, flushes will do them");
            return;
        }
    };
    let mut waiting = false;
    loop {
        match flushes.recv_timeout(IDLE) {
            Ok(pages) if pages >= BACKGROUND_PAGES => {
                checkpoint(path, &connection, "PASSIVE");
                waiting = true;
            }
            Ok(_) => waiting = true,
            Err(RecvTimeoutError::Timeout) if waiting => {
                checkpoint(path, &connection, "TRUNCATE");
                waiting = false;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Runs a checkpoint. Returns the number of pages in the log, and how many of them are in the file.
fn checkpoint(path: &Path, connection: &Connection, mode: &str) -> Option<(u32, u32)> {
    let pragma = format!("PRAGMA wal_checkpoint({mode})");
    let counted = connection.prepare_cached(&pragma).and_then(|mut pragma| {
        pragma.query_row([], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
    });
    match counted {
        // -1 means that the log is not open, or that another connection holds it.
        Ok((pages, done)) => Some((pages.max(0) as u32, done.max(0) as u32)),
        Err(error) => {
            warn!(path = %path.display(), mode, %error, "checkpoint failed, will be tried again");
            None
        }
    }
}
