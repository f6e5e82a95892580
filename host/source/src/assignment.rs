//! The partitions that a version reads: opens readers, notices new partitions, tells when the log's end is reached.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::description::Input;
use foldline_core::position::Position;

use super::added_partitions::AddedPartitions;
use super::feed::{Feeds, Subscription, Taken};
use super::throttle::Throttle;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::notifier::Notifier;
use foldline_log::Log;
use foldline_log::lineage::{LogOrigin, other_id, recreated};
use foldline_log::metadata::{MetadataCache, TopicMetadata};

/// How often missing topics are looked for.
const LOOK_FOR_MISSING: Duration = Duration::from_secs(1);
/// How often new partitions are looked for.
const LOOK_FOR_PARTITIONS: Duration = Duration::from_secs(10);
/// How often to check whether the beginnings of new partitions have been decided.
const LOOK_FOR_DECIDED: Duration = Duration::from_millis(200);
/// A replay that reaches a log end no older than this has caught up, even while records keep coming.
const FRESH_END: Duration = Duration::from_secs(1);

/// The partitions of a version's inputs.
pub struct Assignment {
    feeds: Arc<Feeds>,
    notifier: Arc<Notifier>,
    /// The inputs that read each of the topics.
    inputs: Vec<Vec<Input>>,
    topics: Vec<String>,
    /// One subscription for each topic that exists, with the topic's index.
    subscriptions: Vec<(usize, Subscription)>,
    /// The index of the subscription that the next poll asks first.
    turn: usize,
    missing: Vec<String>,
    /// Which partitions count; only for versions over windows.
    added_partitions: Option<Arc<AddedPartitions>>,
    /// Whether there are partitions whose beginning is not decided yet.
    undecided: bool,
    /// The id of each topic that is read, if the log has topic ids.
    ids: Vec<(String, String)>,
    looked: Instant,
    /// When the pending request for topic metadata was made. It tells whether topics are the same, and have grown.
    awaited: Option<Instant>,
    /// Whether partitions were opened since the last call of `take_opened`.
    opened: bool,
    end: Option<(Position, Instant)>,
    /// When the pending request for the log end was made.
    end_awaited: Option<Instant>,
}

impl Assignment {
    /// Returns the assignment of all partitions of these inputs' topics. It opens nothing yet.
    pub fn new(feeds: Arc<Feeds>, notifier: Arc<Notifier>, inputs: Vec<Input>) -> Self {
        let mut topics: Vec<String> = Vec::new();
        let mut of_topics: Vec<Vec<Input>> = Vec::new();
        for input in inputs {
            match topics.iter().position(|topic| *topic == input.topic) {
                Some(at) => of_topics[at].push(input),
                None => {
                    topics.push(input.topic.clone());
                    of_topics.push(vec![input]);
                }
            }
        }
        Self {
            feeds,
            notifier,
            inputs: of_topics,
            topics,
            subscriptions: Vec::new(),
            turn: 0,
            missing: Vec::new(),
            added_partitions: None,
            undecided: false,
            ids: Vec::new(),
            looked: Instant::now(),
            awaited: None,
            opened: false,
            end: None,
            end_awaited: None,
        }
    }

    /// Leaves out added partitions until it is decided where they begin.
    #[must_use]
    pub fn of_counted(self, added_partitions: Arc<AddedPartitions>) -> Self {
        Self { added_partitions: Some(added_partitions), ..self }
    }

    /// Compares the topics with what positions say about them. `claims` are the positions of whatever continues from this log.
    /// Returns whether it must begin again because this log was adopted.
    ///
    /// # Errors
    /// As [`Lineage::prove`](foldline_log::lineage::Lineage::prove).
    pub fn prove(&self, claims: &[&Position]) -> Result<bool> {
        self.feeds.lineage().prove(self.feeds.log().as_ref(), &self.topics, claims)
    }

    /// Compares the topics with positions that carry less weight than those of a state.
    ///
    /// # Errors
    /// As [`Lineage::compare`](foldline_log::lineage::Lineage::compare).
    pub fn compare(&self, claims: &[&Position]) -> Result<LogOrigin> {
        self.feeds.lineage().compare(self.feeds.log().as_ref(), &self.topics, claims)
    }

    /// Subscribes from `position` on, after checking that the log still holds the history needed. Topics of which state or sinks
    /// have already seen records (`passed`) must exist.
    ///
    /// # Errors
    /// `Corrupt` when history is missing; `Replaced` when a topic that was read is gone; `Unavailable` when the log does not
    /// answer.
    pub fn open(&mut self, position: &Position, passed: &Position) -> Result<()> {
        let log = Arc::clone(self.feeds.log());
        let mut ids = Vec::new();
        let mut subscriptions = Vec::new();
        let (mut missing, mut undecided) = (Vec::new(), false);
        (self.looked, self.awaited) = (Instant::now(), None);
        for (index, (topic, inputs)) in self.topics.iter().zip(&self.inputs).enumerate() {
            let mut partitions = log.partitions(topic)?;
            if partitions.is_none() {
                let lineage = self.feeds.lineage();
                if let Some(gone) = lineage.gone(log.as_ref(), topic, &[passed])? {
                    return Err(lineage.doubt(topic, gone));
                }
                if log.ensure_topic(topic)? {
                    partitions = log.partitions(topic)?;
                }
            }
            let Some(partitions) = partitions else {
                missing.push(topic.clone());
                continue;
            };
            self.feeds.lineage().found(topic);
            let counted = counted(self.added_partitions.as_deref(), topic, partitions)?;
            undecided |= counted < partitions;
            let partitions = counted;
            let starts = check_history(log.as_ref(), topic, partitions, position)?;
            subscriptions.push((index, self.feeds.subscribe(inputs, starts, &self.notifier)?));
            // Read after subscribing: later reads are of the topic with this id, or the reader reports otherwise.
            let Some(id) = log.topic_id(topic)? else { continue };
            if let Some(read) = other_id(position, topic, &id) {
                return Err(self.feeds.lineage().doubt(topic, recreated(read, &id)));
            }
            ids.push((topic.clone(), id));
        }
        (self.subscriptions, self.missing, self.ids) = (subscriptions, missing, ids);
        (self.opened, self.undecided) = (true, undecided);
        Ok(())
    }

    /// Takes available batches: about `bytes_max` bytes in all, at most `rows_max` records, and nothing beyond `until`, if
    /// given.
    ///
    /// Topics whose event time is furthest behind, according to `reached_ms`, are asked first; equal ones take turns. Until such
    /// a topic has reached its known end, nothing is taken from topics that are further ahead: windows would have to stay open
    /// for the whole distance.
    ///
    /// # Errors
    /// As [`Assignment::open`] and `LogReader::poll`.
    pub fn poll(
        &mut self,
        bytes_max: usize,
        rows_max: usize,
        until: Option<&Position>,
        reached_ms: impl Fn(&str) -> i64,
    ) -> Result<Vec<Taken>> {
        let unknown = until.is_some_and(|until| self.lacks_partitions_of(until));
        let pause = match self.missing.is_empty() && !unknown {
            _ if self.undecided => LOOK_FOR_DECIDED,
            true => LOOK_FOR_PARTITIONS,
            false => LOOK_FOR_MISSING,
        };
        if let Some(found) = self.look(pause)? {
            self.refuse_other_topics(&found)?;
            if self.has_grown(&found) {
                let position = self.next();
                self.open(&position, &position)?;
            }
        }
        let mut taken: Vec<Taken> = Vec::new();
        let (mut bytes, mut rows) = (0, 0);
        let subscriptions = self.subscriptions.len();
        let mut order: Vec<usize> =
            (0..subscriptions).map(|step| (self.turn + step) % subscriptions.max(1)).collect();
        order.sort_by_cached_key(|&at| reached_ms(&self.topics[self.subscriptions[at].0]));
        let mut before_ms = None;
        for at in order {
            let reached_ms = reached_ms(&self.topics[self.subscriptions[at].0]);
            if before_ms.is_some_and(|before_ms| before_ms < reached_ms) {
                break;
            }
            let (index, subscription) = &mut self.subscriptions[at];
            let (topic, inputs) = (&self.topics[*index], &self.inputs[*index]);
            self.feeds.move_up(subscription, inputs, &self.notifier);
            let before = taken.len();
            match subscription.take(bytes_max - bytes, rows_max - rows, until, &mut taken) {
                Ok(Some(more)) => {
                    bytes += more;
                    rows += taken[before..].iter().map(|taken| taken.rows.len()).sum::<usize>();
                }
                // Too slow for the others: reads alone from here.
                Ok(None) => {
                    let position = subscription.position().to_vec();
                    match self.feeds.subscribe(inputs, position, &self.notifier) {
                        Ok(alone) => *subscription = alone,
                        Err(_) if !taken.is_empty() => {}
                        Err(error) => return Err(error),
                    }
                }
                // What was taken is folded first. The next poll meets the same error again.
                Err(_) if !taken.is_empty() => {}
                Err(error) if error.kind() == ErrorKind::Replaced => {
                    let lineage = self.feeds.lineage();
                    return Err(lineage.doubt(topic, error.message().to_owned()));
                }
                Err(error) => return Err(error),
            }
            if bytes >= bytes_max || rows >= rows_max {
                break;
            }
            let has_reached = |end: &Position| {
                let ends = (0..).map(|partition| end.next_offset(topic, partition));
                subscription.position().iter().zip(ends).all(|(&next_offset, end)| next_offset >= end)
            };
            let is_at_end = self.end.as_ref().is_none_or(|(end, _)| has_reached(end));
            if !is_at_end && !until.is_some_and(has_reached) {
                before_ms = Some(reached_ms);
            }
        }
        self.turn = (self.turn + 1) % subscriptions.max(1);
        Ok(taken)
    }

    /// Returns whether a position names partitions that are not read yet.
    fn lacks_partitions_of(&self, position: &Position) -> bool {
        let read =
            |topic: &str| self.partitions().find(|(read, _)| *read == topic).map_or(0, |(_, read)| read);
        position
            .iter()
            .any(|(topic, partition, next_offset)| next_offset > 0 && partition as usize >= read(topic))
    }

    /// Returns the position after everything that was taken.
    fn next(&self) -> Position {
        let mut next = Position::default();
        for (index, subscription) in &self.subscriptions {
            for (partition, &next_offset) in (0..).zip(subscription.position()) {
                next.set(&self.topics[*index], partition, next_offset);
            }
        }
        next
    }

    /// Asks for the topics' metadata every `pause`, and returns the answer once it is there. Never waits for a log that does not
    /// answer.
    fn look(&mut self, pause: Duration) -> Result<Option<Vec<TopicMetadata>>> {
        let since = match self.awaited {
            Some(since) => since,
            None if self.looked.elapsed() >= pause => *self.awaited.insert(Instant::now()),
            None => return Ok(None),
        };
        let Some(found) = self.feeds.metadata().since(&self.topics, since) else { return Ok(None) };
        (self.looked, self.awaited) = (Instant::now(), None);
        found.map(Some)
    }

    /// Refuses topics that were re-created since they were opened.
    fn refuse_other_topics(&self, found: &[TopicMetadata]) -> Result<()> {
        for (topic, found) in self.topics.iter().zip(found) {
            let read = self.ids.iter().find(|(read, _)| read == topic).map(|(_, id)| id);
            if let (Some(read), Some(found)) = (read, &found.id)
                && read != found
            {
                return Err(self.feeds.lineage().doubt(topic, recreated(read, found)));
            }
        }
        Ok(())
    }

    /// Passes the id of each topic that is read to `note`, if the log has topic ids.
    pub fn identify(&self, mut note: impl FnMut(&str, &str)) {
        for (topic, id) in &self.ids {
            note(topic, &self.feeds.lineage().kept_id(topic, id));
        }
    }

    /// Returns whether there are more partitions than are read. Fewer mean nothing: a broker that has just started may not know
    /// them yet, and the reader reports partitions that are really gone.
    fn has_grown(&mut self, found: &[TopicMetadata]) -> bool {
        self.undecided = false;
        for (index, (topic, found)) in self.topics.iter().zip(found).enumerate() {
            let read = self
                .subscriptions
                .iter()
                .find(|(input, _)| *input == index)
                .map_or(0, |(_, subscription)| subscription.position().len());
            let Some(in_log) = found.partitions else { continue };
            if in_log as usize <= read {
                continue;
            }
            let counted = match &self.added_partitions {
                Some(added_partitions) => added_partitions.partitions(topic, in_log as usize).unwrap_or(read),
                None => in_log as usize,
            };
            self.undecided |= counted < in_log as usize;
            if counted > read {
                return true;
            }
        }
        false
    }

    /// Returns whether partitions were opened since the last call.
    pub fn take_opened(&mut self) -> bool {
        std::mem::take(&mut self.opened)
    }

    /// Returns the throttle of replays.
    pub fn throttle(&self) -> &Throttle {
        self.feeds.throttle()
    }

    /// Returns what is known of topics, without waiting for the log.
    pub fn metadata(&self) -> &Arc<MetadataCache> {
        self.feeds.metadata()
    }

    /// Returns the log that is read.
    pub fn log(&self) -> &Arc<dyn Log> {
        self.feeds.log()
    }

    /// Returns how many partitions of each topic are read.
    pub fn partitions(&self) -> impl Iterator<Item = (&str, usize)> {
        let partitions = |(index, subscription): &(usize, Subscription)| {
            (self.topics[*index].as_str(), subscription.position().len())
        };
        self.subscriptions.iter().map(partitions)
    }

    /// Returns the topics that do not exist in the log.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Returns whether `position` has reached a log end that was read recently.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer.
    pub fn caught_up(&mut self, position: &Position) -> Result<bool> {
        let fresh = match &self.end {
            Some((end, _)) if !position.covers(end) => return Ok(false),
            Some((_, read)) => read.elapsed() < FRESH_END,
            None => false,
        };
        if fresh {
            return Ok(true);
        }
        let since = *self.end_awaited.get_or_insert_with(Instant::now);
        let Some(end) = self.feeds.metadata().ends_since(&self.topics, since) else { return Ok(false) };
        self.end_awaited = None;
        let end = end?;
        let reached = position.covers(&end);
        self.end = Some((end, since));
        Ok(reached)
    }
}

/// Returns the end of every partition of some topics; topics that do not exist are left out.
///
/// # Errors
/// `Unavailable` when the log does not answer.
pub fn log_end(log: &dyn Log, topics: &[String]) -> Result<Position> {
    offsets_of(log, topics, |topic| log.ends(topic))
}

/// Returns the first offset that is still held in every partition of some topics; topics that do not exist are left out.
///
/// # Errors
/// `Unavailable` when the log does not answer.
pub fn log_start(log: &dyn Log, topics: &[String]) -> Result<Position> {
    offsets_of(log, topics, |topic| log.starts(topic))
}

fn offsets_of(
    log: &dyn Log,
    topics: &[String],
    offsets: impl Fn(&str) -> Result<Vec<u64>>,
) -> Result<Position> {
    let mut position = Position::default();
    for topic in topics {
        if log.partitions(topic)?.is_none() {
            continue;
        }
        for (partition, offset) in (0..).zip(offsets(topic)?) {
            position.set(topic, partition, offset);
        }
    }
    Ok(position)
}

/// Returns how many of a topic's partitions count.
fn counted(added_partitions: Option<&AddedPartitions>, topic: &str, in_log: u32) -> Result<u32> {
    let Some(added_partitions) = added_partitions else { return Ok(in_log) };
    let counted = added_partitions.partitions(topic, in_log as usize).ok_or_else(|| {
        let message =
            format!("which partitions of topic `{topic}` count is known once all versions are open");
        Error::new(ErrorKind::Unavailable, message)
    })?;
    Ok(counted as u32)
}

/// Returns the offset to read each partition from, after checking that the log still holds it.
fn check_history(log: &dyn Log, topic: &str, partitions: u32, position: &Position) -> Result<Vec<u64>> {
    let first = log.starts(topic)?;
    (0..partitions)
        .map(|partition| {
            let next_offset = position.next_offset(topic, partition);
            let first = first.get(partition as usize).copied().unwrap_or(0);
            match first > next_offset {
                true => Err(history_missing(topic, partition, next_offset, first)),
                false => Ok(next_offset),
            }
        })
        .collect()
}

fn history_missing(topic: &str, partition: u32, next_offset: u64, first: u64) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "history is missing: partition {partition} of topic `{topic}` begins at offset {first}, but offset \
             {next_offset} is expected"
        ),
    )
    .with_hint("restore the topic's beginning; an incomplete log is never replayed")
}
