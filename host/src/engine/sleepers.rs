//! Partitions without records: they hold back event time for everyone, and a punctuation moves it on (design §7).
//!
//! A partition is asleep when no record came for a while of wall time. While others are awake, a punctuation is appended to
//! it, with a time that takes its watermark to where the slowest partition that is awake stands. Its place in the log is
//! its meaning: wall time decides that it is written, and nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use foldline_core::watermark::Watermarks;
use parking_lot::Mutex;

use crate::config::{Config, LogConfig};

/// How often sleepers are looked for.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// What is known of the partitions that reducers with windows read, shared by all of them: each sleeper is looked after
/// once.
#[derive(Default)]
pub struct Sleepers {
    config: Config,
    seen: Mutex<BTreeMap<(String, u32), Seen>>,
}

struct Seen {
    end: u64,
    since: Instant,
    /// Whether a record made that end: not a punctuation of ours, and not what was there before.
    by_record: bool,
}

/// A punctuation to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The logical topic.
    pub topic: String,
    /// The partition that sleeps.
    pub partition: u32,
    /// The punctuation's time, in milliseconds.
    pub time_ms: i64,
}

impl Sleepers {
    /// Returns the sleepers of a host, none of them known yet.
    pub fn new(config: Config) -> Self {
        Self { config, seen: Mutex::default() }
    }

    /// Returns how often a reader of these topics should look: often enough to be late by a quarter.
    pub fn pause<'a>(&self, topics: impl Iterator<Item = &'a str>) -> Duration {
        let shortest = topics.map(|topic| self.config.topic(topic).idle_after).min();
        (shortest.unwrap_or(PAUSE_MAX) / 4).clamp(PAUSE_MIN, PAUSE_MAX)
    }

    /// Returns whether punctuations may be written to a topic.
    pub fn may_punctuate(&self, topic: &str) -> bool {
        matches!(self.config.log, LogConfig::Embedded { .. }) || self.config.topic(topic).punctuate
    }

    /// Looks at the ends of a reducer's partitions; returns the punctuations that are due, also where none may be written.
    /// Whoever asks next finds none of them due.
    pub fn look(&self, ends: &Position, watermarks: &Watermarks, now: Instant) -> Vec<Due> {
        let mut seen = self.seen.lock();
        let mut awake_ms: Option<i64> = None;
        let mut asleep = Vec::new();
        for (topic, partition, watermark_ms) in watermarks.of_partitions() {
            let end = ends.next_offset(topic, partition);
            let key = (topic.to_owned(), partition);
            let known = seen.entry(key.clone()).or_insert(Seen { end, since: now, by_record: false });
            if end > known.end {
                *known = Seen { end, since: now, by_record: true };
            }
            if now.duration_since(known.since) >= self.config.topic(topic).idle_after {
                asleep.push((key, watermark_ms));
            } else if known.by_record {
                let watermark_ms = watermark_ms.unwrap_or(i64::MIN);
                awake_ms = Some(awake_ms.map_or(watermark_ms, |awake_ms| awake_ms.min(watermark_ms)));
            }
        }
        let Some(awake_ms) = awake_ms.filter(|awake_ms| *awake_ms > i64::MIN) else { return Vec::new() };
        let behind = asleep.into_iter().filter(|(_, at)| at.is_none_or(|at| at < awake_ms));
        let due = behind.map(|((topic, partition), _)| {
            if let Some(known) = seen.get_mut(&(topic.clone(), partition)) {
                (known.since, known.by_record) = (now, false);
            }
            let time_ms = awake_ms.saturating_add_unsigned(watermarks.out_of_orderness_ms(&topic));
            Due { topic, partition, time_ms }
        });
        due.collect()
    }

    /// Notes where a punctuation stands: its partition sleeps on.
    pub fn appended(&self, position: &Position, now: Instant) {
        let mut seen = self.seen.lock();
        for (topic, partition, end) in position.iter() {
            seen.insert((topic.to_owned(), partition), Seen { end, since: now, by_record: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use foldline_core::description::Input;

    use super::*;

    fn input(topic: &str, out_of_orderness_ms: u64) -> Input {
        Input {
            topic: topic.into(),
            fields: Vec::new(),
            event_time: None,
            out_of_orderness_ms,
            changelog: false,
        }
    }

    fn ends(of: &[(&str, u32, u64)]) -> Position {
        let mut ends = Position::default();
        of.iter().for_each(|&(topic, partition, end)| ends.set(topic, partition, end));
        ends
    }

    #[test]
    fn a_sleeper_is_punctuated_to_where_the_slowest_waking_partition_stands() {
        let mut watermarks = Watermarks::new(&[input("a", 10), input("b", 100)]);
        watermarks.set_partitions("a", 3);
        watermarks.set_partitions("b", 1);
        watermarks.observe("a", 0, 1_000);
        watermarks.observe("a", 1, 2_000);
        let sleepers = Sleepers::default();
        let start = Instant::now();
        let look = |at: u64, of: &[(&str, u32, u64)]| {
            sleepers.look(&ends(of), &watermarks, start + Duration::from_secs(at))
        };
        assert_eq!(look(0, &[("a", 0, 5), ("a", 1, 5)]), [], "nothing is known yet");
        assert_eq!(look(31, &[("a", 0, 5), ("a", 1, 5)]), [], "all sleep: nothing moves");
        let due = look(40, &[("a", 0, 6), ("a", 1, 7)]);
        let due_for = |topic: &str, partition, time_ms| Due { topic: topic.into(), partition, time_ms };
        assert_eq!(due, [due_for("a", 2, 1_000), due_for("b", 0, 1_090)]);
        assert_eq!(look(41, &[("a", 0, 8), ("a", 1, 7)]), [], "said once");
        sleepers.appended(&ends(&[("a", 2, 1), ("b", 0, 1)]), start + Duration::from_secs(41));
        let after = [("a", 0, 9), ("a", 1, 7), ("a", 2, 1), ("b", 0, 1)];
        assert_eq!(look(60, &after), [], "its own punctuation wakes nobody");
        assert_eq!(look(72, &after).len(), 2, "again after a while");
    }

    #[test]
    fn a_partition_that_is_ahead_is_left_alone() {
        let mut watermarks = Watermarks::new(&[input("a", 0)]);
        watermarks.observe("a", 0, 500);
        watermarks.observe("a", 1, 100);
        let sleepers = Sleepers::default();
        let start = Instant::now();
        sleepers.look(&ends(&[("a", 0, 1), ("a", 1, 1)]), &watermarks, start);
        let later = start + Duration::from_secs(40);
        assert_eq!(sleepers.look(&ends(&[("a", 0, 1), ("a", 1, 2)]), &watermarks, later), []);
    }
}
