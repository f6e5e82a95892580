//! The wall clock, which may jump. It stamps appends and decisions. No verdict on a record follows from it directly, and
//! nothing is deleted because of it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Returns the time in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A clock that follows the wall clock and never goes back. When the wall clock is set back, this one continues from its last
/// reading, at the pace of a monotonic clock, until the wall clock has caught up.
#[derive(Debug)]
pub struct RisingClock {
    said_ms: i64,
    /// The last wall-clock reading that was adopted, and when.
    followed: (i64, Instant),
}

impl RisingClock {
    /// Returns a clock that never reads earlier than `start_ms`.
    pub fn from(start_ms: i64, now: Instant) -> Self {
        Self { said_ms: start_ms, followed: (start_ms, now) }
    }

    /// Returns the time in milliseconds, given that the wall clock reads `wall_ms`.
    pub fn read(&mut self, wall_ms: i64, now: Instant) -> i64 {
        if wall_ms >= self.said_ms {
            (self.said_ms, self.followed) = (wall_ms, (wall_ms, now));
        } else {
            let (from_ms, since) = self.followed;
            let passed_ms = i64::try_from(now.duration_since(since).as_millis()).unwrap_or(i64::MAX);
            self.said_ms = self.said_ms.max(from_ms.saturating_add(passed_ms));
        }
        self.said_ms
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_what_it_said_last() {
        let start = Instant::now();
        let mut clock = RisingClock::from(i64::MIN, start);
        let mut read = |wall_ms, seconds| clock.read(wall_ms, start + Duration::from_secs(seconds));
        assert_eq!(read(10_000_000, 0), 10_000_000);
        assert_eq!(read(10_001_000, 1), 10_001_000);
        assert_eq!(read(6_402_000, 2), 10_002_000, "an hour back");
        assert_eq!(read(6_403_000, 3), 10_003_000);
        assert_eq!(read(10_002_500, 3), 10_003_000, "set right, a little behind");
        assert_eq!(read(10_004_000, 4), 10_004_000);
        assert_eq!(read(96_404_000, 4), 96_404_000, "a day ahead, as after a suspend");
        assert_eq!(read(10_005_000, 5), 96_405_000);
    }

    #[test]
    fn a_clock_that_stands_still_says_the_same() {
        let start = Instant::now();
        let mut clock = RisingClock::from(7, start);
        let read = [0, 5, 9].map(|seconds| clock.read(7, start + Duration::from_secs(seconds)));
        assert_eq!(read, [7; 3]);
    }
}
