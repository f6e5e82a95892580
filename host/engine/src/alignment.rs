//! Brings two versions to one position: both pause, learn each other's position, and read up to the same one.
//!
//! Pure except for a lock and the notifiers of the workers. A version that leaves early (halted, stopped, out of time) cancels
//! the alignment, and the other one continues as before.

use std::sync::Arc;
use std::time::Instant;

use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex};

use foldline_base::notifier::Notifier;

/// The alignment of two versions, as the thread that arranged it sees it.
pub struct Alignment {
    state: Mutex<AlignmentState>,
    changed: Condvar,
    /// The alignment is over at this time if not both have arrived.
    deadline: Instant,
}

/// One of the two versions. Dropping it before [`Participant::arrive`] cancels the alignment.
pub struct Participant {
    alignment: Arc<Alignment>,
    index: usize,
    topics: Vec<String>,
    /// What wakes the other one.
    other: Arc<Notifier>,
}

/// What a participant does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlignmentStep {
    /// The other participant has not paused yet: read nothing.
    Wait,
    /// Read up to this position and no further.
    Reach(Position),
    /// The alignment is cancelled, or out of time: continue as before.
    Over,
}

/// A version to align.
pub struct ParticipantSpec {
    /// The topics that it reads.
    pub topics: Vec<String>,
    /// What wakes it.
    pub notifier: Arc<Notifier>,
}

#[derive(Default)]
struct AlignmentState {
    stood: [Option<Position>; 2],
    arrived: [bool; 2],
    called_off: bool,
}

impl AlignmentState {
    /// Returns how far to read each partition of `topics`: up to the further of the two positions. A topic that the other
    /// participant does not read ends at this one's position.
    fn target(&self, topics: &[String]) -> Option<Position> {
        let [Some(one), Some(other)] = &self.stood else { return None };
        let mut target = one.clone();
        target.raise_to(other);
        Some(target.of_topics(topics.iter().map(String::as_str)))
    }
}

impl Alignment {
    /// Arranges the alignment of two versions until a deadline.
    pub fn arrange(specs: [ParticipantSpec; 2], deadline: Instant) -> (Arc<Self>, [Participant; 2]) {
        let alignment = Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), deadline });
        let [one, two] = specs;
        let participant = |index, topics, other: &Arc<Notifier>| Participant {
            alignment: Arc::clone(&alignment),
            index,
            topics,
            other: Arc::clone(other),
        };
        let participants =
            [participant(0, one.topics, &two.notifier), participant(1, two.topics, &one.notifier)];
        (alignment, participants)
    }

    /// Waits until participant `index` has paused; returns whether it has.
    pub fn await_position(&self, index: usize) -> bool {
        let mut state = self.state.lock();
        while state.stood[index].is_none() && !state.called_off {
            if self.changed.wait_until(&mut state, self.deadline).timed_out() {
                break;
            }
        }
        state.stood[index].is_some() && !state.called_off
    }
}

impl Participant {
    /// Reports where this participant paused: everything before `position` is folded, and nothing more is read until
    /// [`AlignmentStep::Reach`].
    pub fn stand(&self, position: &Position) {
        self.alignment.state.lock().stood[self.index] = Some(position.clone());
        self.tell();
    }

    /// Returns what to do next.
    pub fn step(&self, now: Instant) -> AlignmentStep {
        let state = self.alignment.state.lock();
        if state.called_off || now >= self.alignment.deadline {
            return AlignmentStep::Over;
        }
        state.target(&self.topics).map_or(AlignmentStep::Wait, AlignmentStep::Reach)
    }

    /// Reports that this participant has reached the target; it no longer depends on the other one.
    pub fn arrive(self) {
        self.alignment.state.lock().arrived[self.index] = true;
    }

    fn tell(&self) {
        self.alignment.changed.notify_all();
        self.other.notify();
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        {
            let mut state = self.alignment.state.lock();
            if state.arrived[self.index] {
                return;
            }
            state.called_off = true;
        }
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn alignment(topics: [&[&str]; 2]) -> (Arc<Alignment>, [Participant; 2], [Arc<Notifier>; 2]) {
        let notifiers = [Arc::new(Notifier::default()), Arc::new(Notifier::default())];
        let spec = |index: usize| ParticipantSpec {
            topics: topics[index].iter().map(|&topic| topic.to_owned()).collect(),
            notifier: Arc::clone(&notifiers[index]),
        };
        let (alignment, participants) =
            Alignment::arrange([spec(0), spec(1)], Instant::now() + Duration::from_secs(60));
        (alignment, participants, notifiers)
    }

    fn position(text: &str) -> Position {
        text.parse().unwrap()
    }

    #[test]
    fn both_go_as_far_as_either_has_come() {
        let (alignment, [one, two], _) = alignment([&["a"], &["a"]]);
        let now = Instant::now();
        one.stand(&position("a:0:5,a:1:2"));
        assert!(alignment.await_position(0));
        assert_eq!((one.step(now), two.step(now)), (AlignmentStep::Wait, AlignmentStep::Wait));
        two.stand(&position("a:0:3,a:1:9,a:2:1"));
        let target = AlignmentStep::Reach(position("a:0:5,a:1:9,a:2:1"));
        assert_eq!((one.step(now), two.step(now)), (target.clone(), target));
    }

    #[test]
    fn a_topic_that_one_alone_reads_ends_where_that_one_stands() {
        let (_, [one, two], _) = alignment([&["a", "b"], &["a", "c"]]);
        one.stand(&position("a:0:5,b:0:7"));
        two.stand(&position("a:0:6,c:0:8"));
        let now = Instant::now();
        assert_eq!(one.step(now), AlignmentStep::Reach(position("a:0:6,b:0:7")));
        assert_eq!(two.step(now), AlignmentStep::Reach(position("a:0:6,c:0:8")));
    }

    #[test]
    fn one_who_leaves_releases_the_other_and_wakes_it() {
        let (alignment, [one, two], [notifier, _]) = alignment([&["a"], &["a"]]);
        one.stand(&position("a:0:5"));
        two.stand(&position("a:0:6"));
        let seen = notifier.seen();
        drop(two);
        assert!(notifier.seen() > seen);
        assert_eq!(one.step(Instant::now()), AlignmentStep::Over);
        assert!(!alignment.await_position(1), "what was called off is not waited for");
    }

    #[test]
    fn one_who_has_arrived_may_leave() {
        let (_, [one, two], _) = alignment([&["a"], &["a"]]);
        one.stand(&position("a:0:5"));
        two.stand(&position("a:0:6"));
        two.arrive();
        assert_eq!(one.step(Instant::now()), AlignmentStep::Reach(position("a:0:6")));
    }

    #[test]
    fn nobody_waits_longer_than_the_deadline() {
        let (_, [one, _two], _) = alignment([&["a"], &["a"]]);
        one.stand(&position("a:0:5"));
        assert_eq!(one.step(Instant::now()), AlignmentStep::Wait);
        assert_eq!(one.step(Instant::now() + Duration::from_secs(61)), AlignmentStep::Over);
    }
}
