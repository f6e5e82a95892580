//! Idle partitions, which hold back event time for everyone: which they are, and the punctuations that move them on
//! (docs/design/time.md).
//!
//! A partition is idle when it got no record for `idle_after` of wall time. While others are active, the host appends a
//! punctuation to it, with a time that moves its watermark to that of the slowest active partition. A partition that never had
//! a record need not wait for others to be active: it follows the slowest one that has shown a time. Wall time only decides that
//! a punctuation is written; what it means follows from its offset in the log.
//!
//! No punctuation moves a watermark beyond the time of its append less the bound. Otherwise one producer with a fast clock would
//! make other producers' records late although they come within the bound. What is withheld follows as time passes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use foldline_core::watermark::Watermarks;
use parking_lot::Mutex;

use foldline_base::planted::{Bug, is_planted};
use foldline_config::quantity::format_duration;
use foldline_config::{Config, LogConfig};
use foldline_core::status::Holder;

/// How often idle partitions are looked for, at the most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// The most holders that are named. An operator deals with one after the other.
const HOLDERS_MAX: usize = 16;

/// The state of the partitions that reducers with windows read. All reducers share it, so that each idle partition gets one
/// punctuation, not one per reducer.
#[derive(Default)]
pub struct IdlePartitions {
    config: Config,
    seen: Mutex<BTreeMap<(String, u32), Seen>>,
}

struct Seen {
    end: u64,
    since: Instant,
    /// Whether a record made that end, rather than a punctuation of the host, or entries from before the first look.
    by_record: bool,
    /// Whether the partition never had a record, at most punctuations.
    is_empty: bool,
    /// Whether a punctuation was scheduled since the last record.
    was_scheduled: bool,
    /// The watermark that the last punctuation should have made, if the clock did not allow it.
    withheld_ms: Option<i64>,
}

/// A punctuation to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledPunctuation {
    /// The logical topic.
    pub topic: String,
    /// The idle partition.
    pub partition: u32,
    /// The punctuation's time, in milliseconds.
    pub time_ms: i64,
}

/// The time at which partitions are looked at, by two clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The monotonic clock, which measures how long a partition has been idle.
    pub instant: Instant,
    /// The wall clock, in milliseconds. No punctuation appended from now on has an earlier append time.
    pub wall_ms: i64,
}

impl IdlePartitions {
    /// Returns the idle partitions of a host; none is known yet.
    pub fn new(config: Config) -> Self {
        Self { config, seen: Mutex::default() }
    }

    /// Returns how often a reader of these topics should look: every quarter of the shortest `idle_after`.
    pub fn pause<'a>(&self, topics: impl Iterator<Item = &'a str>) -> Duration {
        let shortest = topics.map(|topic| self.config.topic(topic).idle_after).min();
        (shortest.unwrap_or(PAUSE_MAX) / 4).clamp(PAUSE_MIN, PAUSE_MAX)
    }

    /// Returns whether punctuations may be written to a topic.
    pub fn may_punctuate(&self, topic: &str) -> bool {
        matches!(self.config.log, LogConfig::Embedded { .. }) || self.config.topic(topic).punctuate
    }

    /// Looks at the ends of a reducer's partitions, and returns the punctuations to append, including those for topics that the
    /// host may not write to. The next call does not return them again. `has_none(topic, partition, end)` is asked for a
    /// partition seen for the first time: does it hold no record before `end`, only punctuations?
    pub fn look(
        &self,
        ends: &Position,
        watermarks: &Watermarks,
        now: Now,
        mut has_none: impl FnMut(&str, u32, u64) -> bool,
    ) -> Vec<ScheduledPunctuation> {
        // On Kafka, answering `has_none` would take a consumer per partition. There, a partition that holds only punctuations
        // waits for others to be active.
        let is_embedded = matches!(self.config.log, LogConfig::Embedded { .. });
        let mut seen = self.seen.lock();
        let (mut active_ms, mut shown_ms): (Option<i64>, Option<i64>) = (None, None);
        let mut idle = Vec::new();
        for (topic, partition, watermark_ms) in watermarks.of_partitions() {
            let end = ends.next_offset(topic, partition);
            let key = (topic.to_owned(), partition);
            let known = seen.entry(key.clone()).or_insert_with(|| {
                let is_empty = end == 0 || (is_embedded && has_none(topic, partition, end));
                Seen { is_empty, ..Seen::at(end, now.instant) }
            });
            if end > known.end {
                *known = Seen { by_record: true, ..Seen::at(end, now.instant) };
            }
            if !known.is_empty && watermark_ms.is_some() {
                shown_ms = shown_ms.min(watermark_ms).or(watermark_ms);
            }
            if now.instant.duration_since(known.since) >= self.config.topic(topic).idle_after {
                idle.push((key, watermark_ms, known.withheld_ms));
            } else if known.by_record {
                let watermark_ms = watermark_ms.unwrap_or(i64::MIN);
                active_ms = Some(active_ms.map_or(watermark_ms, |active_ms| active_ms.min(watermark_ms)));
            }
        }
        let scheduled = idle.into_iter().filter_map(|((topic, partition), at_ms, withheld_ms)| {
            let key = (topic, partition);
            let known = seen.get_mut(&key)?;
            let is_empty = known.is_empty && !is_planted(Bug::EmptyHolds);
            let to_ms = match active_ms {
                Some(active_ms) => Some(active_ms).filter(|active_ms| *active_ms > i64::MIN),
                None if is_empty => shown_ms,
                None => withheld_ms,
            }?;
            let bound_ms = watermarks.out_of_orderness_ms(&key.0);
            let allowed_ms = match is_planted(Bug::PunctuatedBeyondClock) {
                true => to_ms,
                false => to_ms.min(now.wall_ms.saturating_sub_unsigned(bound_ms)),
            };
            let time_ms = allowed_ms.saturating_add_unsigned(bound_ms);
            // No event time lies before 1970.
            if at_ms.is_some_and(|at_ms| at_ms >= allowed_ms) || time_ms < 0 {
                return None;
            }
            (known.since, known.by_record, known.was_scheduled) = (now.instant, false, true);
            known.withheld_ms = (to_ms > allowed_ms).then_some(to_ms);
            let (topic, partition) = key;
            Some(ScheduledPunctuation { topic, partition, time_ms })
        });
        scheduled.collect()
    }

    /// Notes the position after an appended punctuation: its partition stays idle.
    pub fn appended(&self, position: &Position, now: Instant) {
        let mut seen = self.seen.lock();
        for (topic, partition, end) in position.iter() {
            let known = seen.entry((topic.to_owned(), partition)).or_insert(Seen::at(end, now));
            // A record may have come just before the punctuation.
            known.is_empty &= end == known.end + 1;
            (known.end, known.since, known.by_record) = (end, now, false);
        }
    }

    /// Returns the holders, with reasons: the partitions that are further back than another one, or that have shown no time
    /// although another one has.
    pub fn holders(&self, position: &Position, watermarks: &Watermarks, now: Now) -> Vec<Holder> {
        let largest = watermarks.of_partitions().map(|(.., watermark_ms)| watermark_ms).max().flatten();
        let Some(largest_ms) = largest else { return Vec::new() };
        let mut holders: Vec<Holder> = watermarks
            .topics_without_partitions()
            .map(|topic| Holder {
                topic: topic.to_owned(),
                partition: None,
                why: "the topic does not exist".to_owned(),
                hint: Some(format!("create the topic, or append to it: `foldline append {topic} FILE`")),
            })
            .collect();
        let least_ms = watermarks.of_partitions().map(|(.., watermark_ms)| watermark_ms).min().flatten();
        let holds = |watermark_ms: &Option<i64>| {
            *watermark_ms == least_ms
                && *watermark_ms < Some(largest_ms)
                && (least_ms.is_none() || holders.is_empty())
        };
        let held_by = watermarks.of_partitions().filter(|(.., watermark_ms)| holds(watermark_ms));
        let seen = self.seen.lock();
        let held_by: Vec<Holder> = held_by
            .take(HOLDERS_MAX)
            .map(|(topic, partition, watermark_ms)| {
                let known = seen.get(&(topic.to_owned(), partition));
                let next_offset = position.next_offset(topic, partition);
                self.holder(topic, partition, watermark_ms, next_offset, known, now)
            })
            .collect();
        holders.extend(held_by);
        holders
    }

    fn holder(
        &self,
        topic: &str,
        partition: u32,
        watermark_ms: Option<i64>,
        next_offset: u64,
        known: Option<&Seen>,
        now: Now,
    ) -> Holder {
        let idle_after = self.config.topic(topic).idle_after;
        let quiet = known.map_or(Duration::ZERO, |known| now.instant.duration_since(known.since));
        let end = known.map_or(next_offset, |known| known.end);
        let is_empty = known.map_or(end == 0, |known| known.is_empty);
        let is_quiet = quiet >= idle_after || known.is_some_and(|known| known.was_scheduled);
        let by_hand = format!("`foldline punctuate {topic} --partition {partition}` moves it on by hand");
        let (why, hint) = match watermark_ms {
            _ if next_offset < end => ("its records are still being folded".to_owned(), None),
            None if is_empty => {
                let hint =
                    format!("the host moves it on after {} without a record", format_duration(idle_after));
                ("it has no records".to_owned(), Some(hint))
            }
            None => {
                let why = format!("none of its {next_offset} records has shown an event time");
                (why, Some(format!("see `foldline dead-letters`; {by_hand}")))
            }
            Some(_) if known.is_some_and(|known| known.withheld_ms.is_some()) => {
                let why = "no record comes, and the others are ahead of the host's clock, which no punctuation passes";
                (why.to_owned(), None)
            }
            Some(_) if is_quiet => {
                let hint = format!("the host moves it on once records come elsewhere; {by_hand}");
                ("no record comes".to_owned(), Some(hint))
            }
            Some(_) => ("its records are the oldest".to_owned(), None),
        };
        // A host that may not write to the topic cannot do what the hint says.
        let hint = match hint {
            Some(_) if watermark_ms.is_none() && !is_empty => hint,
            Some(_) if !self.may_punctuate(topic) => Some(format!(
                "the host may not write to it: `punctuate = true` under [topics.{topic}] lets it move the partition on; a \
                 record in it does, too"
            )),
            hint => hint,
        };
        Holder { topic: topic.to_owned(), partition: Some(partition), why, hint }
    }
}

impl Seen {
    fn at(end: u64, since: Instant) -> Self {
        Self { end, since, by_record: false, is_empty: false, was_scheduled: false, withheld_ms: None }
    }
}

#[cfg(test)]
mod tests {
    use foldline_core::description::Input;

    use super::*;
    use foldline_config::{KafkaConfig, TopicConfig};

    fn input(topic: &str, out_of_orderness_ms: u64) -> Input {
        Input { topic: topic.into(), out_of_orderness_ms, ..Input::default() }
    }

    fn ends(of: &[(&str, u32, u64)]) -> Position {
        let mut ends = Position::default();
        of.iter().for_each(|&(topic, partition, end)| ends.set(topic, partition, end));
        ends
    }

    /// `has_none` for partitions that held records before the first look.
    fn none(_: &str, _: u32, _: u64) -> bool {
        false
    }

    fn punctuation_for(topic: &str, partition: u32, time_ms: i64) -> ScheduledPunctuation {
        ScheduledPunctuation { topic: topic.into(), partition, time_ms }
    }

    /// The time `seconds` after `start`, at which the wall clock reads `wall_ms`.
    fn at(start: Instant, seconds: u64, wall_ms: i64) -> Now {
        Now { instant: start + Duration::from_secs(seconds), wall_ms }
    }

    #[test]
    fn an_idle_partition_is_punctuated_to_where_the_slowest_active_one_stands() {
        let mut watermarks = Watermarks::new(&[input("a", 10), input("b", 100)]);
        watermarks.set_partitions("a", 3);
        watermarks.set_partitions("b", 1);
        watermarks.observe("a", 0, 1_000);
        watermarks.observe("a", 1, 2_000);
        watermarks.observe("a", 2, 500);
        watermarks.observe("b", 0, 500);
        let idle_partitions = IdlePartitions::default();
        let start = Instant::now();
        let look = |seconds: u64, of: &[(&str, u32, u64)]| {
            let mut of = of.to_vec();
            of.extend([("a", 2, 1), ("b", 0, 1)]);
            idle_partitions.look(&ends(&of), &watermarks, at(start, seconds, i64::MAX), none)
        };
        assert_eq!(look(0, &[("a", 0, 5), ("a", 1, 5)]), [], "nothing is known yet");
        assert_eq!(look(31, &[("a", 0, 5), ("a", 1, 5)]), [], "all are idle: nothing moves");
        let punctuations = look(40, &[("a", 0, 6), ("a", 1, 7)]);
        assert_eq!(punctuations, [punctuation_for("a", 2, 1_000), punctuation_for("b", 0, 1_090)]);
        assert_eq!(look(41, &[("a", 0, 8), ("a", 1, 7)]), [], "said once");
        idle_partitions.appended(&ends(&[("a", 2, 1), ("b", 0, 1)]), start + Duration::from_secs(41));
        let after = [("a", 0, 9), ("a", 1, 7)];
        assert_eq!(look(60, &after), [], "its own punctuation wakes no partition");
        assert_eq!(look(72, &after).len(), 2, "again after a while");
    }

    #[test]
    fn a_partition_that_is_ahead_is_left_alone() {
        let mut watermarks = Watermarks::new(&[input("a", 0)]);
        watermarks.observe("a", 0, 500);
        watermarks.observe("a", 1, 100);
        let idle_partitions = IdlePartitions::default();
        let start = Instant::now();
        idle_partitions.look(&ends(&[("a", 0, 1), ("a", 1, 1)]), &watermarks, at(start, 0, i64::MAX), none);
        let punctuations = idle_partitions.look(
            &ends(&[("a", 0, 1), ("a", 1, 2)]),
            &watermarks,
            at(start, 40, i64::MAX),
            none,
        );
        assert_eq!(punctuations, []);
    }

    #[test]
    fn no_punctuation_takes_a_watermark_beyond_its_append_less_the_bound() {
        const NOON_MS: i64 = 1_767_268_800_000;
        const MINUTE_MS: i64 = 60_000;
        // A device in partition 0 is 55 minutes fast.
        let mut watermarks = Watermarks::new(&[input("a", MINUTE_MS as u64)]);
        watermarks.observe("a", 0, NOON_MS + 55 * MINUTE_MS);
        watermarks.observe("a", 1, NOON_MS - MINUTE_MS);
        let idle_partitions = IdlePartitions::default();
        let start = Instant::now();
        idle_partitions.look(
            &ends(&[("a", 0, 1), ("a", 1, 1)]),
            &watermarks,
            at(start, 0, NOON_MS - 40_000),
            none,
        );
        let punctuations = idle_partitions.look(
            &ends(&[("a", 0, 2), ("a", 1, 1)]),
            &watermarks,
            at(start, 40, NOON_MS),
            none,
        );
        assert_eq!(
            punctuations,
            [punctuation_for("a", 1, NOON_MS)],
            "whose watermark is the bound behind the append"
        );
        idle_partitions.appended(&ends(&[("a", 1, 2)]), start + Duration::from_secs(40));
        watermarks.observe("a", 1, NOON_MS);
        // The device falls silent. What was withheld follows as time passes, and no further.
        let quiet = ends(&[("a", 0, 2), ("a", 1, 2)]);
        let punctuations =
            idle_partitions.look(&quiet, &watermarks, at(start, 100, NOON_MS + MINUTE_MS), none);
        assert_eq!(punctuations, [punctuation_for("a", 1, NOON_MS + MINUTE_MS)]);
        watermarks.observe("a", 1, NOON_MS + MINUTE_MS);
        let punctuations =
            idle_partitions.look(&quiet, &watermarks, at(start, 5_000, NOON_MS + 90 * MINUTE_MS), none);
        assert_eq!(punctuations, [punctuation_for("a", 1, NOON_MS + 55 * MINUTE_MS)]);
        watermarks.observe("a", 1, NOON_MS + 55 * MINUTE_MS);
        let punctuations =
            idle_partitions.look(&quiet, &watermarks, at(start, 9_000, NOON_MS + 180 * MINUTE_MS), none);
        assert_eq!(punctuations, []);
    }

    #[test]
    fn empty_partitions_follow_the_slowest_that_has_shown_a_time_though_all_are_idle() {
        let mut watermarks = Watermarks::new(&[input("a", 10), input("b", 100)]);
        watermarks.set_partitions("a", 3);
        watermarks.set_partitions("b", 1);
        let idle_partitions = IdlePartitions::default();
        let start = Instant::now();
        let look = |seconds: u64, watermarks: &Watermarks| {
            let of = ends(&[("a", 0, 200), ("a", 2, 3)]);
            idle_partitions.look(&of, watermarks, at(start, seconds, i64::MAX), none)
        };
        assert_eq!(look(0, &watermarks), []);
        assert_eq!(look(31, &watermarks), [], "no partition has shown a time");
        watermarks.observe("a", 0, 1_000);
        let punctuations = look(62, &watermarks);
        assert_eq!(
            punctuations,
            [punctuation_for("a", 1, 1_000), punctuation_for("b", 0, 1_090)],
            "but not the one with dead letters alone"
        );
        idle_partitions.appended(&ends(&[("a", 1, 1), ("b", 0, 1)]), start + Duration::from_secs(62));
        watermarks.observe("a", 1, 1_000);
        watermarks.observe("b", 0, 1_090);
        // More records came at once, and none since. A partition with only punctuations counts as empty, also after a restart.
        watermarks.observe("a", 0, 5_000);
        let of = ends(&[("a", 0, 400), ("a", 1, 1), ("a", 2, 3), ("b", 0, 1)]);
        let punctuations = [punctuation_for("a", 1, 5_000), punctuation_for("b", 0, 5_090)];
        idle_partitions.look(&of, &watermarks, at(start, 64, i64::MAX), none);
        assert_eq!(idle_partitions.look(&of, &watermarks, at(start, 200, i64::MAX), none), punctuations);
        let restarted = IdlePartitions::default();
        let has_none =
            |topic: &str, partition: u32, _: u64| matches!((topic, partition), ("a", 1) | ("b", 0));
        restarted.look(&of, &watermarks, at(start, 300, i64::MAX), has_none);
        assert_eq!(restarted.look(&of, &watermarks, at(start, 340, i64::MAX), has_none), punctuations);
        let mistaken = IdlePartitions::default();
        mistaken.look(&of, &watermarks, at(start, 300, i64::MAX), none);
        assert_eq!(
            mistaken.look(&of, &watermarks, at(start, 340, i64::MAX), none),
            [],
            "who had records is waited for"
        );
    }

    #[test]
    fn a_punctuation_from_before_1970_is_left_out() {
        let mut watermarks = Watermarks::new(&[input("a", 60_000), input("b", 0)]);
        watermarks.set_partitions("b", 1);
        watermarks.observe("a", 0, 5);
        let idle_partitions = IdlePartitions::default();
        let start = Instant::now();
        let look = |seconds| {
            idle_partitions.look(&ends(&[("a", 0, 1)]), &watermarks, at(start, seconds, i64::MAX), none)
        };
        assert_eq!((look(0), look(31)), (Vec::new(), Vec::new()));
    }

    #[test]
    fn who_holds_event_time_is_named_with_why_and_what_to_do() {
        let mut watermarks = Watermarks::new(&[input("a", 0), input("b", 0)]);
        watermarks.set_partitions("a", 4);
        let log = LogConfig::Kafka(KafkaConfig::default());
        let writable = TopicConfig { punctuate: true, ..TopicConfig::default() };
        let topics = BTreeMap::from([("b".to_owned(), writable)]);
        let config = Config { log, topics, ..Config::default() };
        let idle_partitions = IdlePartitions::new(config);
        let start = Instant::now();
        let named = |watermarks: &Watermarks, position: &Position| -> Vec<String> {
            let holders = idle_partitions.holders(position, watermarks, at(start, 40, 0));
            let hint = |hint: Option<String>| hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            let place = |at: Option<u32>| at.map(|at| format!("/{at}")).unwrap_or_default();
            holders
                .into_iter()
                .map(|it| format!("{}{}: {}{}", it.topic, place(it.partition), it.why, hint(it.hint)))
                .collect()
        };
        let of = ends(&[("a", 0, 7), ("a", 1, 7), ("a", 2, 3)]);
        idle_partitions.look(&of, &watermarks, at(start, 0, 0), none);
        assert_eq!(named(&watermarks, &of), [""; 0], "no partition waits for another");
        watermarks.observe("a", 0, 1_000);
        watermarks.observe("a", 1, 2_000);
        let to_write = "the host may not write to it: `punctuate = true` under [topics.a] lets it move the partition on; a \
                        record in it does, too";
        assert_eq!(
            named(&watermarks, &of),
            [
                "b: the topic does not exist; create the topic, or append to it: `foldline append b FILE`".to_owned(),
                "a/2: none of its 3 records has shown an event time; see `foldline dead-letters`; `foldline punctuate a \
                 --partition 2` moves it on by hand"
                    .to_owned(),
                format!("a/3: it has no records; {to_write}"),
            ]
        );
        watermarks.set_partitions("b", 1);
        assert_eq!(
            named(&watermarks, &of)[2],
            "b/0: it has no records; the host moves it on after 30s without a record"
        );
        [2, 3].iter().for_each(|&partition| watermarks.observe("a", partition, 2_000));
        watermarks.observe("b", 0, 1_500);
        assert_eq!(named(&watermarks, &of), [format!("a/0: no record comes; {to_write}")]);
        assert_eq!(named(&watermarks, &Position::default()), ["a/0: its records are still being folded"]);
        idle_partitions.look(&ends(&[("a", 0, 8)]), &watermarks, at(start, 39, 0), none);
        assert_eq!(named(&watermarks, &ends(&[("a", 0, 8)])), ["a/0: its records are the oldest"]);
    }
}
