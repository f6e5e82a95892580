//! How long an interrupted version waits before the next try: longer each time, and until its folder accepts files.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::super::version_handle::VersionHandle;
use super::ended::Interruption;
use super::stop::Stop;

/// Short, so that a version is back soon after a passing fault.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// Long enough that tries are no load, since each reads the whole state.
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// After a run of this length, a new interruption counts as unrelated to the previous one.
const SOUND_AFTER: Duration = Duration::from_secs(60);
/// Bytes that the disk must accept at least: a store writes some when it is opened.
const ROOM_BYTES_MIN: u64 = 1 << 20;

/// The pauses between tries.
pub(super) struct Backoff {
    pause: Duration,
    opened: Option<Instant>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { pause: PAUSE_FIRST, opened: None }
    }
}

impl Backoff {
    /// Notes that a run is open.
    pub(super) fn note_open(&mut self) {
        self.opened = Some(Instant::now());
    }

    /// Waits until another try makes sense, and reports that in `status`. Returns false if the version was told to stop
    /// meanwhile.
    pub(super) fn wait(
        &mut self,
        interruption: &Interruption,
        folder: &Path,
        handle: &Arc<VersionHandle>,
        stop: &Stop,
    ) -> bool {
        if self.opened.take().is_some_and(|opened| opened.elapsed() >= SOUND_AFTER) {
            self.pause = PAUSE_FIRST;
        }
        let Interruption { error, room_bytes } = interruption;
        warn!(version = handle.label(), %error, "interrupted, trying again");
        let room_bytes = (*room_bytes).max(ROOM_BYTES_MIN);
        let mut refused = None;
        loop {
            let also = refused.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
            let text = format!("state: {}{also}; retried until it works", error.message());
            handle.publish(|progress| progress.troubles.state = Some(text));
            let until = Instant::now() + self.pause;
            self.pause = PAUSE_MAX.min(self.pause * 2);
            while Instant::now() < until {
                let seen = handle.notifier().seen();
                if stop.is_requested() {
                    return false;
                }
                handle.notifier().wait_until(seen, until);
            }
            match take(folder, room_bytes) {
                Ok(()) => break,
                Err(why) => {
                    refused = Some(format!(
                        "the disk of `{}` cannot take {room_bytes} bytes: {why}",
                        folder.display()
                    ));
                }
            }
        }
        info!(version = handle.label(), "trying again");
        true
    }
}

/// Writes a file of some bytes below a folder, and removes it. It fails if the disk is full or gone, or the process is out of
/// file descriptors.
fn take(folder: &Path, bytes: u64) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let some = vec![0; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        let chunk = left.min(some.len() as u64);
        file.write_all(&some[..chunk as usize])?;
        left -= chunk;
    }
    file.as_file().sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_a_file_and_keeps_none() {
        let root = tempfile::tempdir().unwrap();
        take(&root.path().join("new"), (1 << 20) + 5).unwrap();
        assert_eq!(std::fs::read_dir(root.path().join("new")).unwrap().count(), 0);
        std::fs::write(root.path().join("file"), "").unwrap();
        assert!(take(&root.path().join("file"), 1).is_err());
    }
}
