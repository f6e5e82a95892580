//! Added partitions: at which event time each of them begins.
//!
//! A version over windows may have moved on when a partition appears. The partition's records may be earlier than what is
//! sealed, whereas a partition that had existed from the start would have held the windows back. So its beginning is decided
//! once, for all versions and for good (`partition_added` in `foldline.decisions`): at an event time beyond which no version
//! has sealed anything. Every fold of the topic, now or in any replay, treats the partition as if it had shown this time
//! before its first record. Nothing sealed changes, nothing is rebuilt, and all replays agree.
//!
//! Until the decision, versions over windows do not read the partition; other versions read it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use foldline_core::watermark::Watermarks;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use foldline_base::error::Result;
use foldline_base::planted::{Bug, is_planted};

/// The event times at which added partitions begin, for all versions of a host. The default decides nothing: every partition
/// counts as having existed from the start.
#[derive(Default)]
pub struct AddedPartitions {
    /// A version locks it for reading during a step, a decision for writing, so that nothing is sealed while one is made.
    steps: RwLock<()>,
    known: Mutex<Known>,
    /// Grows with each added partition.
    generation: AtomicU64,
}

#[derive(Default)]
struct Known {
    /// Whether beginnings are decided at all; not so by default.
    decided: bool,
    /// The event time at which each added partition begins; `None` if no version had sealed anything.
    added: BTreeMap<String, BTreeMap<usize, Option<i64>>>,
    /// How many partitions of each topic count: those that versions over windows read.
    counted: BTreeMap<String, usize>,
    /// Versions whose state has not been examined yet.
    expected: BTreeSet<String>,
    /// How far the state of each version has come.
    claims: BTreeMap<String, Arc<Claim>>,
    /// Topics that have more partitions in the log than count, with their number in the log.
    wanted: BTreeMap<String, usize>,
}

/// How far the state of a version has come.
#[derive(Default)]
pub struct Claim {
    topics: BTreeMap<String, ClaimedTopic>,
}

struct ClaimedTopic {
    /// The number of partitions that the state knew when it was opened.
    partitions: usize,
    /// The event time that a new partition must have shown so as not to be behind what is sealed; `i64::MIN` at first.
    sealed_ms: AtomicI64,
}

impl AddedPartitions {
    /// Starts from the decisions made so far: topics, partitions and event times. Nothing more is decided until each of the
    /// `expected` versions has claimed how far its state has come, or is dismissed.
    pub fn decided(
        added: impl IntoIterator<Item = (String, u32, Option<i64>)>,
        expected: BTreeSet<String>,
    ) -> Self {
        let mut known = Known { decided: true, expected, ..Known::default() };
        for (topic, partition, event_time_ms) in added {
            known.added.entry(topic).or_default().insert(partition as usize, event_time_ms);
        }
        Self { known: Mutex::new(known), ..Self::default() }
    }

    /// Takes a version's state into account from now on. The version reports further progress through the claim.
    pub fn claim(&self, version: &str, watermarks: &Watermarks) -> Arc<Claim> {
        let topic = |(topic, largest): (&String, &Vec<Option<i64>>)| {
            let of_topic = ClaimedTopic { partitions: largest.len(), sealed_ms: AtomicI64::new(i64::MIN) };
            (topic.clone(), of_topic)
        };
        let claim = Arc::new(Claim { topics: watermarks.largest_times().iter().map(topic).collect() });
        claim.note(watermarks);
        let mut known = self.known.lock();
        known.expected.remove(version);
        for (topic, of_topic) in &claim.topics {
            if let Some(counted) = known.counted.get_mut(topic) {
                *counted = (*counted).max(of_topic.partitions);
            }
        }
        known.claims.insert(version.to_owned(), Arc::clone(&claim));
        claim
    }

    /// Stops waiting for a version: it has no windows, or does not run. An earlier claim of it still counts.
    pub fn dismiss(&self, version: &str) {
        self.known.lock().expected.remove(version);
    }

    /// Forgets a version whose state is deleted.
    pub fn forget(&self, version: &str) {
        let mut known = self.known.lock();
        known.expected.remove(version);
        known.claims.remove(version);
    }

    /// Returns how many partitions of a topic count if the log has `in_log`; `None` while that is unknown because some versions
    /// have not claimed their state yet.
    pub fn partitions(&self, topic: &str, in_log: usize) -> Option<usize> {
        let mut known = self.known.lock();
        if !known.decided {
            return Some(in_log);
        }
        let counted = match known.counted.get(topic) {
            Some(&counted) => counted,
            None => {
                let claimed = known.claims.values().filter_map(|claim| claim.topics.get(topic));
                let claimed = claimed.map(|of_topic| of_topic.partitions);
                let added = known.added.get(topic).and_then(|added| added.keys().max());
                let held = claimed.chain(added.map(|partition| partition + 1)).max();
                // A state that was opened before the topic existed knows none of its partitions.
                let counted = match held.filter(|held| *held > 0) {
                    Some(held) => held,
                    // A version that is yet to be opened may know fewer.
                    None if !known.expected.is_empty() => return None,
                    None => in_log,
                };
                known.counted.insert(topic.to_owned(), counted);
                counted
            }
        };
        if in_log > counted {
            known.wanted.insert(topic.to_owned(), in_log);
        }
        Some(counted.min(in_log))
    }

    /// Returns how many partitions of a topic count, if that is known.
    pub fn counted(&self, topic: &str) -> Option<usize> {
        self.known.lock().counted.get(topic).copied()
    }

    /// Returns the event time at which a partition begins, if it was added.
    pub fn start_ms(&self, topic: &str, partition: usize) -> Option<i64> {
        self.known.lock().added.get(topic)?.get(&partition).copied().flatten()
    }

    /// Returns a number that grows with each added partition.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Prevents decisions while the guard is held; a version holds it during a step.
    pub fn step(&self) -> RwLockReadGuard<'_, ()> {
        self.steps.read()
    }

    /// Returns the topics that have more partitions in the log than count, with their number in the log.
    pub fn wanted(&self) -> Vec<(String, usize)> {
        let known = self.known.lock();
        if !known.expected.is_empty() {
            return Vec::new();
        }
        known.wanted.iter().map(|(topic, &in_log)| (topic.clone(), in_log)).collect()
    }

    /// Decides where a topic's further partitions begin, while no version takes a step. `record` makes each decision durable.
    ///
    /// # Errors
    /// The error of `record`; the decisions recorded before it stand.
    pub fn decide(
        &self,
        topic: &str,
        in_log: usize,
        mut record: impl FnMut(usize, Option<i64>) -> Result<()>,
    ) -> Result<()> {
        let _no_step = self.steps.write();
        loop {
            let (partition, event_time_ms) = {
                let mut known = self.known.lock();
                let Some(partition) = known.counted.get(topic).copied().filter(|counted| *counted < in_log)
                else {
                    known.wanted.remove(topic);
                    return Ok(());
                };
                (partition, known.sealed_ms(topic))
            };
            record(partition, event_time_ms)?;
            let mut known = self.known.lock();
            known.added.entry(topic.to_owned()).or_default().insert(partition, event_time_ms);
            known.counted.insert(topic.to_owned(), partition + 1);
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Known {
    /// Returns the event time that a new partition must have shown so as not to be behind what any version has sealed.
    fn sealed_ms(&self, topic: &str) -> Option<i64> {
        let claims = self.claims.values().filter_map(|claim| claim.topics.get(topic));
        let sealed = claims.map(|of_topic| of_topic.sealed_ms.load(Ordering::Acquire));
        let sealed = sealed.filter(|sealed_ms| *sealed_ms > i64::MIN);
        if is_planted(Bug::AddedTooEarly) {
            sealed.min().map(|sealed_ms| sealed_ms - 1)
        } else {
            sealed.max()
        }
    }
}

impl Claim {
    /// Notes how far event time has come. Call it before the end of the step that moved event time.
    pub fn note(&self, watermarks: &Watermarks) {
        let Some(sealed_ms) = watermarks.all_ms() else { return };
        for (topic, of_topic) in &self.topics {
            let shown_ms = sealed_ms.saturating_add_unsigned(watermarks.out_of_orderness_ms(topic));
            of_topic.sealed_ms.store(shown_ms, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use foldline_core::description::Input;

    use super::*;

    fn watermarks(bound_ms: u64, shown: &[Option<i64>]) -> Watermarks {
        let input =
            |topic: &str| Input { topic: topic.into(), out_of_orderness_ms: bound_ms, ..Input::default() };
        let mut watermarks = Watermarks::new(&[input("likes")]);
        watermarks.set_partitions("likes", shown.len());
        for (partition, shown) in (0..).zip(shown) {
            shown.iter().for_each(|&time_ms| watermarks.observe("likes", partition, time_ms));
        }
        watermarks
    }

    fn decided(added_partitions: &AddedPartitions) -> Vec<(String, usize, Option<i64>)> {
        let mut decided = Vec::new();
        for (topic, in_log) in added_partitions.wanted() {
            let record = |partition, event_time_ms| {
                decided.push((topic.clone(), partition, event_time_ms));
                Ok(())
            };
            added_partitions.decide(&topic, in_log, record).unwrap();
        }
        decided
    }

    #[test]
    fn a_partition_begins_where_no_version_has_sealed_anything_beyond() {
        let added_partitions = AddedPartitions::decided([], BTreeSet::new());
        let slow = watermarks(10, &[Some(500), Some(900)]);
        let ahead = watermarks(100, &[Some(700), Some(900)]);
        let claims = [added_partitions.claim("slow", &slow), added_partitions.claim("ahead", &ahead)];
        assert_eq!(added_partitions.partitions("likes", 2), Some(2));
        assert_eq!(decided(&added_partitions), []);
        assert_eq!(added_partitions.partitions("likes", 4), Some(2), "not before it is decided");
        claims[0].note(&watermarks(10, &[Some(750), Some(900)]));
        let likes = |partition, event_time_ms| ("likes".to_owned(), partition, Some(event_time_ms));
        assert_eq!(decided(&added_partitions), [likes(2, 750), likes(3, 750)]);
        assert_eq!((added_partitions.partitions("likes", 4), added_partitions.generation()), (Some(4), 2));
        assert_eq!(
            (added_partitions.start_ms("likes", 1), added_partitions.start_ms("likes", 3)),
            (None, Some(750))
        );
        added_partitions.forget("slow");
        assert_eq!(added_partitions.partitions("likes", 5), Some(4));
        assert_eq!(decided(&added_partitions), [likes(4, 700)]);
    }

    #[test]
    fn a_topic_that_nobody_has_folded_has_the_partitions_of_the_log() {
        let added_partitions = AddedPartitions::decided([], BTreeSet::new());
        added_partitions.claim("new", &watermarks(0, &[]));
        assert_eq!(added_partitions.partitions("likes", 3), Some(3));
        assert_eq!(added_partitions.partitions("likes", 4), Some(3));
        assert_eq!(decided(&added_partitions), [("likes".to_owned(), 3, None)], "no window has moved on");
        assert_eq!(added_partitions.partitions("likes", 2), Some(2), "fewer say nothing");
    }

    #[test]
    fn nothing_counts_before_every_state_was_looked_at() {
        let added = [("likes".to_owned(), 2, Some(7))];
        let added_partitions =
            AddedPartitions::decided(added, BTreeSet::from(["old".to_owned(), "gone".to_owned()]));
        added_partitions.claim("new", &watermarks(0, &[]));
        assert_eq!(added_partitions.partitions("views", 4), None);
        assert_eq!(added_partitions.partitions("likes", 4), Some(3), "as many as were decided");
        assert_eq!(decided(&added_partitions), [], "one may have sealed more");
        added_partitions.claim("old", &watermarks(0, &[Some(5), Some(5)]));
        added_partitions.dismiss("gone");
        assert_eq!(added_partitions.partitions("likes", 4), Some(3), "as many as were decided");
        assert_eq!(added_partitions.start_ms("likes", 2), Some(7));
        assert_eq!(decided(&added_partitions), [("likes".to_owned(), 3, Some(5))]);
    }

    #[test]
    fn where_nobody_decides_every_partition_counts() {
        assert_eq!(AddedPartitions::default().partitions("likes", 9), Some(9));
    }
}
