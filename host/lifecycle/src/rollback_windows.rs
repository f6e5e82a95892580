//! Measures rollback windows: the time in which the host ran, by a clock that does not jump.
//!
//! By the wall clock, setting the clock a day ahead would end a window, and delete what a rollback needs. The measured time is
//! written down now and then (`DATA/kept.json`), so that a restart continues the count. If that file is lost, windows start
//! again: a version is kept longer, never shorter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tracing::warn;

use foldline_base::clock::now_ms;
use foldline_base::note;
use foldline_base::planted::{Bug, is_planted};

/// How often the measured time is written down. A host that is killed counts up to this much again.
const WRITE_EVERY: Duration = Duration::from_secs(30);

/// A version that is kept: NAME@VERSION, and when it was served last, in milliseconds since 1970.
pub(super) type Kept = (String, i64);

/// The rollback windows of all projections.
pub(super) struct RollbackWindows {
    path: PathBuf,
    counted: BTreeMap<String, Counted>,
    looked: Instant,
    written: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    /// Identifies which of its windows this is.
    since_ms: i64,
    kept_ms: u64,
}

impl RollbackWindows {
    /// Returns the windows as counted before the host stopped.
    pub(super) fn open(data: &Path, now: Instant) -> Self {
        let path = data.join("kept.json");
        let counted = note::read(&path).ok().flatten().unwrap_or_default();
        Self { path, counted, looked: now, written: now }
    }

    /// Adds the time since the last call to the versions that are kept now; others are forgotten.
    pub(super) fn look(&mut self, kept: &[Kept], now: Instant) {
        let passed = now.duration_since(self.looked);
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        if passed_ms == 0 {
            return;
        }
        // The rest below a millisecond counts at the next call.
        self.looked += Duration::from_millis(passed_ms);
        let before = std::mem::take(&mut self.counted);
        for (label, since_ms) in kept {
            let known = before.get(label).filter(|known| known.since_ms == *since_ms);
            let kept_ms = known.map_or(0, |known| known.kept_ms.saturating_add(passed_ms));
            self.counted.insert(label.clone(), Counted { since_ms: *since_ms, kept_ms });
        }
        let has_changed = !before.keys().eq(self.counted.keys());
        if has_changed || (!self.counted.is_empty() && now.duration_since(self.written) >= WRITE_EVERY) {
            self.write(now);
        }
    }

    /// Returns how long a version has been kept.
    pub(super) fn kept(&self, (label, since_ms): &Kept) -> Duration {
        if is_planted(Bug::WindowEndsByClock) {
            return Duration::from_millis(now_ms().saturating_sub(*since_ms).unsigned_abs());
        }
        let counted = self.counted.get(label).filter(|counted| counted.since_ms == *since_ms);
        counted.map_or(Duration::ZERO, |counted| Duration::from_millis(counted.kept_ms))
    }

    /// Writes down the measured time.
    pub(super) fn write(&mut self, now: Instant) {
        self.written = now;
        if let Err(error) = note::write(&self.path, &self.counted) {
            warn!(%error, "cannot note how long versions were kept; a restart counts again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_clock_ends_no_window_and_a_restart_goes_on_counting() {
        let dir = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        // Long ago by the wall clock, as if it had jumped.
        let kept: Kept = ("likes@1.0.0".to_owned(), 5);
        let mut rollback_windows = RollbackWindows::open(dir.path(), start);
        rollback_windows.look(std::slice::from_ref(&kept), later(1));
        assert_eq!(rollback_windows.kept(&kept), Duration::ZERO, "the window begins");
        rollback_windows.look(std::slice::from_ref(&kept), later(41));
        assert_eq!(rollback_windows.kept(&kept), Duration::from_secs(40));
        // A kill after the last write: time in which no host runs does not count.
        let mut rollback_windows = RollbackWindows::open(dir.path(), later(1_000));
        assert_eq!(rollback_windows.kept(&kept), Duration::from_secs(40));
        rollback_windows.look(std::slice::from_ref(&kept), later(1_003));
        assert_eq!(rollback_windows.kept(&kept), Duration::from_secs(43));
        rollback_windows.write(later(1_003));
        // It was served again in between.
        let again: Kept = (kept.0.clone(), 6);
        assert_eq!(rollback_windows.kept(&again), Duration::ZERO);
        rollback_windows.look(std::slice::from_ref(&again), later(1_004));
        assert_eq!(
            (rollback_windows.kept(&again), rollback_windows.kept(&kept)),
            (Duration::ZERO, Duration::ZERO)
        );
        rollback_windows.look(&[], later(1_005));
        assert!(rollback_windows.counted.is_empty());
    }

    #[test]
    fn what_cannot_be_read_begins_windows_again() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("kept.json"), "{").unwrap();
        let rollback_windows = RollbackWindows::open(dir.path(), Instant::now());
        assert_eq!(rollback_windows.kept(&("likes@1.0.0".to_owned(), 5)), Duration::ZERO);
    }

    #[test]
    fn looks_in_quick_succession_lose_no_time() {
        let dir = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let kept: Kept = ("likes@1.0.0".to_owned(), 5);
        let mut rollback_windows = RollbackWindows::open(dir.path(), start);
        rollback_windows.look(std::slice::from_ref(&kept), start + Duration::from_millis(1));
        for look in 1..=10_000 {
            let at = start + Duration::from_millis(1) + Duration::from_micros(look * 300);
            rollback_windows.look(std::slice::from_ref(&kept), at);
        }
        assert_eq!(rollback_windows.kept(&kept), Duration::from_secs(3));
    }
}
