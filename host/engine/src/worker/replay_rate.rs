//! The average speed of a whole replay, from which the duration of another replay is estimated.

use std::time::{Duration, Instant};

use foldline_core::position::Position;

/// With fewer records, the start of the version dominates the average.
const RECORDS_MIN: u64 = 10_000;

/// A replay under way.
pub(super) struct ReplayRate {
    began: Instant,
    from: u64,
}

impl ReplayRate {
    /// Starts measuring at a position.
    pub(super) fn from(position: &Position, now: Instant) -> Self {
        Self { began: now, from: offsets(position) }
    }

    /// Returns the records per second up to a position; `None` if there were too few records.
    pub(super) fn rate(&self, position: &Position, now: Instant) -> Option<u64> {
        let records = offsets(position).saturating_sub(self.from);
        let seconds = now.duration_since(self.began).max(Duration::from_millis(1)).as_secs_f64();
        (records >= RECORDS_MIN).then(|| (records as f64 / seconds).round() as u64)
    }
}

fn offsets(position: &Position) -> u64 {
    position.iter().map(|(.., next_offset)| next_offset).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_is_as_fast_as_all_of_it_was_and_short_ones_say_nothing() {
        let at = |text: &str| text.parse::<Position>().unwrap();
        let start = Instant::now();
        let replay = ReplayRate::from(&at("likes:0:500,likes:1:500"), start);
        let later = start + Duration::from_secs(2);
        assert_eq!(replay.rate(&at("likes:0:10500,likes:1:10500"), later), Some(10_000));
        assert_eq!(replay.rate(&at("likes:0:10499,likes:1:500"), later), None);
    }
}
