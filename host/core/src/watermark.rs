//! Decides how far event time has come: in each partition separately, and over all partitions of all inputs.
//!
//! Pure, and record by record: a partition's watermark follows from that partition's records only, so that a replay
//! reaches the same verdicts (docs/design/time.md). Whether a record is *late* depends on its own partition; whether a result is
//! *final* depends on the minimum over all. So a record that is not late never meets a final result, however partitions
//! interleave.
//!
//! An untimed input does not take part. A topic all of whose inputs are untimed is unknown here: it has no watermark, and
//! windows do not wait for its partitions, whether it has any or not.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::description::Input;

/// The largest event time seen in each partition of each topic; `None` before the first.
pub type LargestTimes = BTreeMap<String, Vec<Option<i64>>>;

/// How far event time has come in the inputs of a reducer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watermarks {
    out_of_orderness_ms: BTreeMap<String, u64>,
    largest_ms: LargestTimes,
}

impl Watermarks {
    /// Returns the watermarks of inputs of which nothing was read. Their partitions are not known yet, and a timed input
    /// without partitions holds back event time.
    pub fn new(inputs: &[Input]) -> Self {
        let timed = || inputs.iter().filter(|input| !input.untimed);
        Self {
            out_of_orderness_ms: timed()
                .map(|input| (input.topic.clone(), input.out_of_orderness_ms))
                .collect(),
            largest_ms: timed().map(|input| (input.topic.clone(), Vec::new())).collect(),
        }
    }

    /// Returns how many partitions of a topic are known.
    pub fn partitions(&self, topic: &str) -> usize {
        self.largest_ms.get(topic).map_or(0, Vec::len)
    }

    /// Makes partitions of a topic known. A number lower than before has no effect.
    pub fn set_partitions(&mut self, topic: &str, partitions: usize) {
        if let Some(largest) = self.largest_ms.get_mut(topic)
            && largest.len() < partitions
        {
            largest.resize(partitions, None);
        }
    }

    /// Takes an event time of a partition into account.
    pub fn observe(&mut self, topic: &str, partition: u32, time_ms: i64) {
        self.set_partitions(topic, partition as usize + 1);
        if let Some(largest) = self.largest_ms.get_mut(topic) {
            let largest = &mut largest[partition as usize];
            *largest = Some(largest.map_or(time_ms, |largest| largest.max(time_ms)));
        }
    }

    /// Returns the largest event time seen in a partition.
    pub fn largest_ms(&self, topic: &str, partition: u32) -> Option<i64> {
        self.largest_ms.get(topic)?.get(partition as usize).copied().flatten()
    }

    /// Returns the bound of a topic: how far a partition's watermark stands behind its largest event time, in milliseconds.
    pub fn out_of_orderness_ms(&self, topic: &str) -> u64 {
        self.out_of_orderness_ms.get(topic).copied().unwrap_or(0)
    }

    /// Returns each partition with its watermark: the event time before which it is done.
    pub fn of_partitions(&self) -> impl Iterator<Item = (&str, u32, Option<i64>)> {
        self.largest_ms.iter().flat_map(|(topic, largest)| {
            let out_of_orderness_ms = self.out_of_orderness_ms(topic);
            let watermark = move |largest: &i64| largest.saturating_sub_unsigned(out_of_orderness_ms);
            (0..)
                .zip(largest)
                .map(move |(partition, largest)| (topic.as_str(), partition, largest.as_ref().map(watermark)))
        })
    }

    /// Returns the inputs that have no partitions, which hold back event time.
    pub fn topics_without_partitions(&self) -> impl Iterator<Item = &str> {
        let without = self.largest_ms.iter().filter(|(_, largest)| largest.is_empty());
        without.map(|(topic, _)| topic.as_str())
    }

    /// Returns the lowest watermark of those partitions of a topic that have shown a time; before all times, if none has.
    /// For a topic that is read untimed, it is that of the topic furthest behind: the two are read in turns.
    pub fn of_topic_ms(&self, topic: &str) -> i64 {
        let of_partitions = |topic: &str, largest: &[Option<i64>]| {
            let bound_ms = self.out_of_orderness_ms(topic);
            let watermark = |largest: &i64| largest.saturating_sub_unsigned(bound_ms);
            largest.iter().flatten().map(watermark).min().unwrap_or(i64::MIN)
        };
        match self.largest_ms.get(topic) {
            Some(largest) => of_partitions(topic, largest),
            None => {
                let of_topics = self.largest_ms.iter().map(|(topic, largest)| of_partitions(topic, largest));
                of_topics.min().unwrap_or(i64::MIN)
            }
        }
    }

    /// Returns the event time before which all partitions of all inputs are done; `None` while a partition has shown no time,
    /// or an input has no partitions.
    pub fn all_ms(&self) -> Option<i64> {
        if self.largest_ms.values().any(Vec::is_empty) {
            return None;
        }
        self.of_partitions().map(|(.., watermark)| watermark).min().flatten()
    }

    /// Returns the part that must survive a restart.
    pub fn largest_times(&self) -> &LargestTimes {
        &self.largest_ms
    }

    /// Restores what was seen before a restart. Topics that are not inputs are ignored.
    pub fn resume(&mut self, largest: &LargestTimes) {
        for (topic, known) in &mut self.largest_ms {
            if let Some(largest) = largest.get(topic) {
                known.clone_from(largest);
            }
        }
    }
}

/// The event times of some consecutive records of one partition, with the punctuations between them.
#[derive(Clone, Debug, Default)]
pub struct EventTimes {
    offsets: Vec<u64>,
    times_ms: Vec<i64>,
    punctuations: Vec<(u64, i64)>,
    /// Of records and punctuations.
    largest_ms: Option<i64>,
    /// Of records alone.
    earliest_ms: i64,
    /// The furthest that any record lies behind an earlier one; `u64::MAX` with punctuations.
    disorder_ms: u64,
}

impl EventTimes {
    /// Adds the next records, by offset and time.
    pub fn add(&mut self, offsets: &[u64], times_ms: &[i64]) {
        if self.offsets.is_empty() {
            self.earliest_ms = i64::MAX;
        }
        let mut largest = self.largest_ms.unwrap_or(i64::MIN);
        for &time in times_ms {
            self.earliest_ms = self.earliest_ms.min(time);
            if time < largest {
                self.disorder_ms = self.disorder_ms.max(largest.abs_diff(time));
            } else {
                largest = time;
            }
        }
        if !times_ms.is_empty() {
            self.largest_ms = Some(largest);
        }
        self.offsets.extend_from_slice(offsets);
        self.times_ms.extend_from_slice(times_ms);
    }

    /// Adds punctuations: offsets and times, anywhere between the records.
    pub fn punctuate(&mut self, punctuations: &[(u64, i64)]) {
        let Some(largest) = punctuations.iter().map(|&(_, time)| time).max() else { return };
        self.punctuations.extend_from_slice(punctuations);
        self.largest_ms = Some(self.largest_ms.map_or(largest, |held| held.max(largest)));
        // How far records lie behind punctuations is not worth computing, because punctuations are rare.
        self.disorder_ms = u64::MAX;
    }

    /// Returns the largest event time of the records and punctuations.
    pub fn largest_ms(&self) -> Option<i64> {
        self.largest_ms
    }

    /// Returns the largest event time of the records and punctuations within `offsets`, and its offset.
    pub fn largest_within(&self, offsets: Range<u64>) -> Option<(i64, u64)> {
        let at = |offset: u64| self.offsets.partition_point(|&other| other < offset);
        let (start, end) = (at(offsets.start), at(offsets.end));
        let rows = start..end.max(start);
        let records = self.times_ms[rows.clone()].iter().copied().zip(self.offsets[rows].iter().copied());
        let punctuations = self.punctuations.iter().filter(|(at, _)| offsets.contains(at));
        records.chain(punctuations.map(|&(offset, time_ms)| (time_ms, offset))).max()
    }

    /// Returns the offsets of late records, rising. A record is late if its time is more than `slack_ms` (bound plus allowed
    /// lateness) behind the largest time before it. `before_ms` is the largest time before the first of these records.
    pub fn late(&self, before_ms: Option<i64>, slack_ms: u64) -> Vec<u64> {
        let behind = |largest: i64, time: i64| largest > time && largest.abs_diff(time) > slack_ms;
        let before = before_ms.unwrap_or(i64::MIN);
        if self.offsets.is_empty() || (self.disorder_ms <= slack_ms && !behind(before, self.earliest_ms)) {
            return Vec::new();
        }
        let mut largest = before;
        let mut punctuations = self.punctuations.iter().peekable();
        let mut late = Vec::new();
        for (&offset, &time) in self.offsets.iter().zip(&self.times_ms) {
            while let Some((_, time)) = punctuations.next_if(|&&(at, _)| at < offset) {
                largest = largest.max(*time);
            }
            if behind(largest, time) {
                late.push(offset);
            }
            largest = largest.max(time);
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    fn input(topic: &str, out_of_orderness_ms: u64) -> Input {
        Input { topic: topic.into(), out_of_orderness_ms, ..Input::default() }
    }

    #[test]
    fn the_slowest_partition_of_all_inputs_decides() {
        let mut watermarks = Watermarks::new(&[input("a", 10), input("b", 0)]);
        watermarks.set_partitions("a", 2);
        watermarks.observe("a", 0, 100);
        watermarks.observe("a", 1, 300);
        assert_eq!(watermarks.all_ms(), None, "an input without partitions holds");
        watermarks.set_partitions("b", 1);
        assert_eq!(watermarks.all_ms(), None, "a partition without a record holds");
        watermarks.observe("b", 0, 95);
        assert_eq!(watermarks.all_ms(), Some(90));
        watermarks.observe("a", 0, 50);
        assert_eq!(watermarks.all_ms(), Some(90), "time never goes back");
        watermarks.observe("a", 0, 500);
        assert_eq!(watermarks.all_ms(), Some(95));
    }

    #[test]
    fn a_topic_that_is_read_untimed_alone_is_not_waited_for() {
        let untimed = |topic: &str| Input { untimed: true, ..input(topic, 5) };
        let mut watermarks = Watermarks::new(&[input("likes", 0), untimed("users"), untimed("posts")]);
        watermarks.set_partitions("users", 3);
        watermarks.observe("users", 1, 7);
        assert_eq!(watermarks.topics_without_partitions().collect::<Vec<_>>(), ["likes"]);
        watermarks.observe("likes", 0, 100);
        watermarks.observe("likes", 1, 50);
        assert_eq!(watermarks.all_ms(), Some(50));
        assert_eq!((watermarks.largest_ms("users", 1), watermarks.partitions("users")), (None, 0));
        assert_eq!(watermarks.of_partitions().count(), 2);
        assert_eq!(["likes", "users", "posts"].map(|topic| watermarks.of_topic_ms(topic)), [50; 3]);
    }

    #[test]
    fn one_timed_input_of_a_topic_makes_it_waited_for() {
        let untimed = Input { untimed: true, ..input("events", 10) };
        let mut watermarks = Watermarks::new(&[untimed.clone(), input("events", 10), untimed]);
        assert_eq!(watermarks.all_ms(), None);
        watermarks.observe("events", 0, 100);
        assert_eq!(watermarks.all_ms(), Some(90));
    }

    #[test]
    fn a_restart_goes_on_where_it_was() {
        let inputs = [input("a", 10), input("b", 0)];
        let mut before = Watermarks::new(&inputs);
        before.observe("a", 2, 100);
        before.observe("b", 0, 7);
        let mut after = Watermarks::new(&inputs);
        after.resume(before.largest_times());
        assert_eq!(after, before);
    }

    #[test]
    fn times_at_the_ends_of_the_range_overflow_nothing() {
        let mut watermarks = Watermarks::new(&[input("a", u64::MAX)]);
        watermarks.observe("a", 0, i64::MAX);
        assert_eq!(watermarks.all_ms(), Some(i64::MIN));
        let mut event_times = EventTimes::default();
        event_times.add(&[0, 1], &[i64::MAX, i64::MIN]);
        assert_eq!(event_times.late(None, u64::MAX - 1), [1]);
        assert!(event_times.late(None, u64::MAX).is_empty());
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn the_verdict_on_lateness_is_record_by_record_whatever_the_batches(
            times in proptest::collection::vec((0i64..200, proptest::bool::weighted(0.1)), 0..60),
            cut in 1usize..20,
            slack in 0u64..100,
        ) {
            let mut expected = Vec::new();
            let mut largest: Option<i64> = None;
            for (offset, &(time, punctuation)) in (0u64..).zip(&times) {
                if !punctuation && largest.is_some_and(|largest| time < largest - slack as i64) {
                    expected.push(offset);
                }
                largest = Some(largest.map_or(time, |largest| largest.max(time)));
            }
            let mut late = Vec::new();
            let mut before = None;
            let numbered: Vec<(u64, i64, bool)> =
                (0u64..).zip(&times).map(|(offset, &(time, punctuation))| (offset, time, punctuation)).collect();
            for part in numbered.chunks(cut) {
                let mut event_times = EventTimes::default();
                let records = part.iter().filter(|(.., punctuation)| !punctuation);
                let (offsets, times): (Vec<u64>, Vec<i64>) = records.map(|&(offset, time, _)| (offset, time)).unzip();
                event_times.add(&offsets, &times);
                let punctuations: Vec<(u64, i64)> = part
                    .iter()
                    .filter(|(.., punctuation)| *punctuation)
                    .map(|&(offset, time, _)| (offset, time))
                    .collect();
                event_times.punctuate(&punctuations);
                late.extend(event_times.late(before, slack));
                let middle = part[part.len() / 2].0;
                let parts = [0..middle, middle..u64::MAX].map(|offsets| Some(event_times.largest_within(offsets)?.0));
                prop_assert_eq!(parts[0].max(parts[1]), event_times.largest_ms());
                let expected = part.iter().filter(|(offset, ..)| *offset < middle).map(|(_, time, _)| *time).max();
                prop_assert_eq!(parts[0], expected);
                before = before.max(event_times.largest_ms());
            }
            prop_assert_eq!(late, expected);
            prop_assert_eq!(before, largest);
        }
    }
}
