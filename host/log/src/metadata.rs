//! What is known of topics: their partitions, the ends of these, and their ids.
//!
//! A log on another machine may take long to answer, or not answer at all. So a separate thread asks it, and all others get
//! the last answer with its age, or learn that there is none yet. No other thread waits: not a version that folds, not a
//! scrape. A log on this machine answers at once, and is asked directly.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Log;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::panics;

/// How often the log is asked again. A reported lag may be this old.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// The longest interval. It is ten times as long as asking took, but at least [`ASK_EVERY`] and at most this.
const ASK_EVERY_MAX: Duration = Duration::from_secs(5);
/// How long the log is asked about a topic after the last request for it. Versions request theirs every 10 s.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// What a log says of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicMetadata {
    /// Number of partitions; `None` if the topic does not exist.
    pub partitions: Option<u32>,
    /// The topic's id, if the log has one.
    pub id: Option<String>,
    /// The end of each partition.
    pub ends: Vec<u64>,
}

/// What is known about the ends of topics.
#[derive(Clone, Debug, Default)]
pub struct KnownEnds {
    /// The ends that are known.
    pub ends: Position,
    /// Topics about which nothing is known yet.
    pub unknown: Vec<String>,
    /// The age of the oldest answer; 0 for a log that is asked directly.
    pub age: Duration,
    /// Why the log did not answer the last time.
    pub error: Option<Error>,
}

/// The last answers about topics.
pub struct MetadataCache {
    log: Arc<dyn Log>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<CacheState>,
    /// Notified when something was requested, or the cache was dropped.
    changed: Condvar,
}

#[derive(Default)]
struct CacheState {
    topics: BTreeMap<String, Known>,
    is_asking: bool,
    ended: bool,
}

struct Known {
    answer: Option<(TopicMetadata, Instant)>,
    /// Why the log did not answer since then, and when it was asked.
    error: Option<(Error, Instant)>,
    /// Whether to ask the log now.
    wanted: bool,
    /// When a thread last requested the topic.
    looked: Instant,
    /// When an append was last acknowledged.
    appended: Option<Instant>,
}

impl MetadataCache {
    /// Returns an empty cache of a log.
    pub fn new(log: Arc<dyn Log>) -> Self {
        let shared = Shared { state: Mutex::default(), changed: Condvar::new() };
        Self { log, shared: Arc::new(shared) }
    }

    /// Returns the log's answers about some topics, if it was asked after `since`; `None` while it is being asked.
    ///
    /// # Errors
    /// The reason why it did not answer then.
    pub fn since(&self, topics: &[String], since: Instant) -> Option<Result<Vec<TopicMetadata>>> {
        if !self.log.is_remote() {
            return Some(topics.iter().map(|topic| ask(self.log.as_ref(), topic)).collect());
        }
        let mut state = self.shared.state.lock();
        let mut answers = Vec::with_capacity(topics.len());
        let mut error = None;
        for topic in topics {
            let known = state.look(topic);
            match (&known.answer, &known.error) {
                (_, Some((failed, asked))) if *asked >= since => error = Some(failed.clone()),
                (Some((answer, asked)), _) if *asked >= since => answers.push(answer.clone()),
                _ => known.wanted = true,
            }
        }
        if let Some(error) = error {
            return Some(Err(error));
        }
        if answers.len() == topics.len() {
            return Some(Ok(answers));
        }
        self.wake(&mut state).err().map(Err)
    }

    /// As [`MetadataCache::since`], but returns only the ends. Topics that do not exist are left out.
    ///
    /// # Errors
    /// As [`MetadataCache::since`].
    pub fn ends_since(&self, topics: &[String], since: Instant) -> Option<Result<Position>> {
        let answers = self.since(topics, since)?;
        Some(answers.map(|answers| {
            let mut ends = Position::default();
            for (topic, answer) in topics.iter().zip(answers) {
                set_ends(&mut ends, topic, &answer);
            }
            ends
        }))
    }

    /// Returns the known ends of topics. The log is asked again every second while threads request them.
    pub fn known_ends(&self, topics: &[String]) -> KnownEnds {
        let mut known_ends = KnownEnds::default();
        if !self.log.is_remote() {
            for topic in topics {
                match ask(self.log.as_ref(), topic) {
                    Ok(answer) => set_ends(&mut known_ends.ends, topic, &answer),
                    Err(error) => known_ends.fail(topic, error),
                }
            }
            return known_ends;
        }
        let mut state = self.shared.state.lock();
        for topic in topics {
            let known = state.look(topic);
            if let Some((error, _)) = &known.error {
                known_ends.error = Some(error.clone());
            }
            match &known.answer {
                Some((answer, asked)) => {
                    known_ends.age = known_ends.age.max(asked.elapsed());
                    set_ends(&mut known_ends.ends, topic, answer);
                }
                None => known_ends.unknown.push(topic.clone()),
            }
        }
        if let Err(error) = self.wake(&mut state) {
            known_ends.error = Some(error);
        }
        known_ends
    }

    /// Notes that the log reaches at least to `position`, the answer to an append.
    pub fn reached(&self, position: &Position) {
        let mut state = self.shared.state.lock();
        for (topic, partition, next_offset) in position.iter() {
            let Some(known) = state.topics.get_mut(topic) else { continue };
            known.appended = Some(Instant::now());
            let ends = known.answer.as_mut().map(|(answer, _)| &mut answer.ends);
            if let Some(end) = ends.and_then(|ends| ends.get_mut(partition as usize)) {
                *end = next_offset.max(*end);
            }
        }
    }

    /// Wakes the thread that asks the log for what was requested; starts it if it does not run.
    fn wake(&self, state: &mut CacheState) -> Result<()> {
        if !state.is_asking {
            let (log, shared) = (Arc::clone(&self.log), Arc::clone(&self.shared));
            let thread = std::thread::Builder::new().name("ask the log".to_owned());
            // Not joined: the thread may wait for an answer that no longer matters.
            thread.spawn(move || shared.ask_on(log.as_ref())).map_err(|error| {
                Error::new(
                    ErrorKind::Unavailable,
                    format!("cannot start a thread that asks the log: {error}"),
                )
            })?;
            state.is_asking = true;
        }
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl Drop for MetadataCache {
    fn drop(&mut self) {
        self.shared.state.lock().ended = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// Fetches requested metadata at once, and refreshes all of it periodically, until the cache is dropped.
    fn ask_on(&self, log: &dyn Log) {
        let mut state = self.state.lock();
        let mut next_round = Instant::now() + ASK_EVERY;
        while !state.ended {
            let began = Instant::now();
            let mut asked_any = false;
            while let Some(topic) = state.next_wanted() {
                asked_any = true;
                let asked = Instant::now();
                let answer = MutexGuard::unlocked(&mut state, || panics::contain(|| ask(log, &topic)));
                state.note(&topic, asked, answer);
            }
            if asked_any {
                next_round = Instant::now() + (began.elapsed() * 10).clamp(ASK_EVERY, ASK_EVERY_MAX);
            } else if self.changed.wait_until(&mut state, next_round).timed_out() {
                state.topics.retain(|_, known| known.looked.elapsed() < FORGET_AFTER);
                state.topics.values_mut().for_each(|known| known.wanted = true);
                next_round = Instant::now() + ASK_EVERY;
            }
        }
    }
}

impl CacheState {
    /// Returns what is known of a topic; if nothing is, the log will be asked.
    fn look(&mut self, topic: &str) -> &mut Known {
        let looked = Instant::now();
        let unknown = || Known { answer: None, error: None, wanted: true, looked, appended: None };
        let known = self.topics.entry(topic.to_owned()).or_insert_with(unknown);
        known.looked = looked;
        known
    }

    fn next_wanted(&self) -> Option<String> {
        if self.ended {
            return None;
        }
        self.topics.iter().find(|(_, known)| known.wanted).map(|(topic, _)| topic.clone())
    }

    fn note(&mut self, topic: &str, asked: Instant, answer: Result<TopicMetadata>) {
        let is_away = matches!(&answer, Err(error) if error.kind() == ErrorKind::Unavailable);
        match answer {
            // If the log does not answer about one topic, asking about each other one would take as long.
            Err(error) if is_away => {
                for known in self.topics.values_mut().filter(|known| known.wanted) {
                    (known.error, known.wanted) = (Some((error.clone(), asked)), false);
                }
            }
            answer => {
                let Some(known) = self.topics.get_mut(topic) else { return };
                known.wanted = false;
                match answer {
                    Ok(answer) => {
                        let answer = known.not_before_append(answer, asked);
                        (known.answer, known.error) = (Some((answer, asked)), None);
                    }
                    Err(error) => known.error = Some((error, asked)),
                }
            }
        }
    }
}

impl Known {
    /// Corrects an answer that may be older than an acknowledged append: takes the later of the two ends.
    fn not_before_append(&self, mut answer: TopicMetadata, asked: Instant) -> TopicMetadata {
        if self.appended.is_some_and(|appended| appended >= asked)
            && let Some((before, _)) = &self.answer
        {
            answer.ends.iter_mut().zip(&before.ends).for_each(|(end, before)| *end = (*end).max(*before));
        }
        answer
    }
}

impl KnownEnds {
    /// Returns the known ends of some topics, and at least `read`, the position up to which records were read.
    pub fn ends_of(&self, topics: &[String], read: &Position) -> Position {
        let names = || topics.iter().map(String::as_str);
        let mut ends = self.ends.of_topics(names());
        if !self.age.is_zero() || !self.unknown.is_empty() {
            ends.raise_to(&read.of_topics(names()));
        }
        ends
    }

    /// Returns why the ends of some topics are not known for certain, if they are not.
    pub fn doubt(&self, topics: &[String]) -> Option<String> {
        let error = self.error.as_ref().map(ToString::to_string);
        let is_unknown = self.unknown.iter().any(|topic| topics.contains(topic));
        error.or_else(|| is_unknown.then(|| "where the log ends is not known yet".to_owned()))
    }

    /// Returns the ends, if those of all topics are known and the log answered last.
    pub fn complete(self) -> Option<Position> {
        (self.unknown.is_empty() && self.error.is_none()).then_some(self.ends)
    }

    fn fail(&mut self, topic: &str, error: Error) {
        self.unknown.push(topic.to_owned());
        self.error = Some(error);
    }
}

fn set_ends(ends: &mut Position, topic: &str, answer: &TopicMetadata) {
    for (partition, end) in (0..).zip(&answer.ends) {
        ends.set(topic, partition, *end);
    }
}

fn ask(log: &dyn Log, topic: &str) -> Result<TopicMetadata> {
    let partitions = log.partitions(topic)?;
    if partitions.is_none() {
        return Ok(TopicMetadata::default());
    }
    Ok(TopicMetadata { partitions, id: log.topic_id(topic)?, ends: log.ends(topic)? })
}
