//! How fast a version folds, measured over the last seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The interval between two samples.
const EVERY: Duration = Duration::from_millis(500);

/// Number of samples kept: ten seconds.
const KEPT: usize = 20;

/// Samples of the number of records folded.
#[derive(Debug, Default)]
pub(super) struct Pace {
    looks: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// Returns whether it is time for the next sample.
    pub(super) fn wants_sample(&self, now: Instant) -> bool {
        self.looks.back().is_none_or(|(last, _)| now.duration_since(*last) >= EVERY)
    }

    /// Adds a sample. Returns records per second over the kept samples, once there are two.
    pub(super) fn look(&mut self, now: Instant, folded: u64) -> Option<f64> {
        if self.looks.back().is_some_and(|(_, before)| folded < *before) {
            // Its state was thrown away, so counting starts over.
            self.looks.clear();
        }
        if self.looks.len() == KEPT {
            self.looks.pop_front();
        }
        self.looks.push_back((now, folded));
        let (since, before) = self.looks.front()?;
        let seconds = now.duration_since(*since).as_secs_f64();
        (seconds > 0.0).then(|| (folded - before) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_that_of_the_last_ten_seconds() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert!(pace.wants_sample(start));
        assert_eq!(pace.look(start, 100), None);
        assert!(!pace.wants_sample(start + EVERY / 2));
        assert_eq!(pace.look(start + EVERY, 600), Some(1_000.0));
        for look in 2..=40 {
            pace.look(start + EVERY * look, 600);
        }
        assert_eq!(pace.look(start + EVERY * 41, 600), Some(0.0));
        assert_eq!(pace.look(start + EVERY * 42, 5), None, "a state that was thrown away begins again");
    }
}
