//! Frontiers: how far a relay has sent. A frontier is a record of the internal topic `foldline.frontiers`, whose key is the
//! relay's name.

use std::time::{Duration, Instant};

use foldline_core::position::Position;
use serde::{Deserialize, Serialize};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_core::dead_letter::DeadLetter;
use foldline_log::lineage::{adoptions_of, id_of};
use foldline_log::{Log, Start};

/// The topic of frontiers in the embedded log.
pub const TOPIC: &str = "foldline.frontiers";

/// Maximum number of dead letters kept with the frontier: enough to see what is wrong.
const LETTERS_MAX: usize = 20;
/// Maximum length of a reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 300;
/// How long the log may return nothing while records are expected.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How many records at the end of the topic are searched first. Each further search reads four times as many.
const LOOK_BACK: u64 = 1_000;

/// A frontier: everything before `position` was sent, and nothing after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    /// The process that wrote it.
    pub owner: String,
    /// The next offset of each partition of each input.
    #[serde(with = "foldline_core::position::kept")]
    pub position: Position,
    /// The inputs that `position` covers, including those without records.
    pub topics: Vec<String>,
    /// Messages sent so far.
    pub sent: u64,
    /// Records that make no message, because they do not decode or the module cannot relay them.
    pub dead_letters: u64,
    /// The newest of them, oldest first.
    #[serde(default)]
    pub letters: Vec<RelayDeadLetter>,
}

/// A dead letter of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayDeadLetter {
    /// The logical topic of the record.
    pub topic: String,
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
    /// The reason, for people.
    pub reason: String,
}

/// Where a relay starts inputs that were never relayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// At the position that was shown when the relaying version went live: the end of the log, except for records of that
    /// moment.
    Promotion(Position),
    /// At the first records held (`[relays.NAME] from = "start"`).
    FirstRecord,
}

impl Frontier {
    /// Returns the frontier to continue from: the one that was found. Inputs that it does not cover start at `start`.
    #[must_use]
    pub fn continued(found: Option<Self>, inputs: &[String], start: &Position, owner: &str) -> Self {
        let mut frontier = found.unwrap_or_default();
        owner.clone_into(&mut frontier.owner);
        for topic in inputs {
            if frontier.topics.contains(topic) {
                continue;
            }
            frontier.position.raise_to(&start.of_topics([topic.as_str()]));
            frontier.topics.push(topic.clone());
        }
        frontier
    }

    /// Sets the id of an input. The number of adoptions in it never decreases, since another host may have noted more of them.
    pub fn identify(&mut self, topic: &str, kept_id: &str) {
        let known = self.position.topic_id(topic);
        let is_known = known.is_some_and(|known| {
            id_of(known) == id_of(kept_id) && adoptions_of(known) > adoptions_of(kept_id)
        });
        if !is_known {
            self.position.identify(topic, kept_id);
        }
    }

    /// Returns how often an input had been adopted when the frontier was written. Offsets start over with each adoption.
    pub fn adoptions(&self, topic: &str) -> u32 {
        self.position.topic_id(topic).map_or(0, adoptions_of)
    }

    /// Adds dead letters.
    pub fn add_dead_letters(&mut self, dead: &[DeadLetter]) {
        self.dead_letters += dead.len() as u64;
        let newest = dead.iter().skip(dead.len().saturating_sub(LETTERS_MAX));
        self.letters.extend(newest.map(|letter| RelayDeadLetter {
            topic: letter.topic.to_string(),
            partition: letter.partition,
            offset: letter.offset,
            reason: letter.reason.chars().take(REASON_CHARS_MAX).collect(),
        }));
        let surplus = self.letters.len().saturating_sub(LETTERS_MAX);
        self.letters.drain(..surplus);
    }

    /// Returns the record's value.
    ///
    /// # Errors
    /// `Internal` when it cannot be encoded as JSON, which never happens.
    pub fn encode(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).kind(ErrorKind::Internal, "encoding a frontier")
    }
}

/// Returns the newest frontier of a name before offset `end` of a topic's only partition.
///
/// # Errors
/// `Corrupt` when the record is not a frontier; `Unavailable` when the log does not answer.
pub fn newest(log: &dyn Log, topic: &str, end: u64, name: &str) -> Result<Option<Frontier>> {
    let first = log.starts(topic)?.first().copied().unwrap_or(0);
    let (mut until, mut look_back) = (end, LOOK_BACK);
    // Backwards from the end, where an active relay has its frontier.
    while until > first {
        let from = until.saturating_sub(look_back).max(first);
        if let Some(found) = newest_within(log, topic, from, until, name)? {
            return Ok(Some(found));
        }
        (until, look_back) = (from, look_back.saturating_mul(4));
    }
    Ok(None)
}

fn newest_within(log: &dyn Log, topic: &str, from: u64, until: u64, name: &str) -> Result<Option<Frontier>> {
    let mut reader = log.reader(&[Start { topic: topic.to_owned(), partition: 0, next_offset: from }])?;
    let (mut next_offset, mut found, mut heard) = (from, None, Instant::now());
    while next_offset < until {
        let batches = reader.poll(1 << 20, Duration::from_millis(100))?;
        if batches.is_empty() && heard.elapsed() > SILENCE_MAX {
            let message = format!("topic `{topic}` ends at offset {next_offset}, where {until} is expected");
            return Err(Error::new(ErrorKind::Unavailable, message)
                .with_hint("another host's transaction may be open: it ends by itself"));
        }
        for batch in batches {
            heard = Instant::now();
            for record in batch.iter().filter(|record| record.offset < until) {
                if record.key == Some(name.as_bytes()) {
                    found = Some((record.offset, record.value.unwrap_or_default().to_vec()));
                }
            }
            next_offset = batch.next_offset();
        }
    }
    let Some((offset, value)) = found else { return Ok(None) };
    let frontier = serde_json::from_slice(&value)
        .kind(ErrorKind::Corrupt, format_args!("record {offset} of topic `{topic}` is not a frontier"))?;
    Ok(Some(frontier))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str) -> Position {
        text.parse().unwrap()
    }

    fn continued(found: Option<Frontier>, inputs: &[&str]) -> String {
        let inputs: Vec<String> = inputs.iter().map(|&topic| topic.to_owned()).collect();
        Frontier::continued(found, &inputs, &position("a:0:7,b:0:9,b:1:4"), "me").position.to_string()
    }

    #[test]
    fn a_relay_goes_on_at_its_frontier_and_new_inputs_start_where_the_version_went_live() {
        let found = || {
            Some(Frontier { position: position("a:0:3"), topics: vec!["a".into()], ..Frontier::default() })
        };
        assert_eq!(continued(None, &["a"]), "a:0:7");
        assert_eq!(continued(found(), &["a"]), "a:0:3", "whatever the log's end is now");
        assert_eq!(continued(found(), &["a", "b"]), "a:0:3,b:0:9,b:1:4");
        assert_eq!(continued(found(), &["b"]), "a:0:3,b:0:9,b:1:4", "a version may come back to an input");
        let of_nothing = Some(Frontier { topics: vec!["b".into()], ..Frontier::default() });
        assert_eq!(continued(of_nothing, &["a", "b"]), "a:0:7", "partitions that appeared since start at 0");
    }

    #[test]
    fn an_adoption_that_another_host_noted_is_not_forgotten() {
        let mut frontier = Frontier { position: position("a#id+2,a:0:3"), ..Frontier::default() };
        frontier.identify("a", "id");
        assert_eq!((frontier.adoptions("a"), frontier.position.topic_id("a")), (2, Some("id+2")));
        frontier.identify("a", "id+3");
        assert_eq!(frontier.adoptions("a"), 3);
        frontier.identify("a", "another");
        assert_eq!((frontier.adoptions("a"), frontier.adoptions("b")), (0, 0));
    }

    #[test]
    fn of_many_dead_letters_the_newest_stay() {
        let mut frontier = Frontier::default();
        for offset in 0..30 {
            let reason = "x".repeat(1_000);
            frontier.add_dead_letters(&[DeadLetter { topic: "a".into(), partition: 0, offset, reason }]);
        }
        assert_eq!((frontier.dead_letters, frontier.letters.len()), (30, LETTERS_MAX));
        assert_eq!(frontier.letters[0].offset, 10);
        assert_eq!(frontier.letters[0].reason.len(), REASON_CHARS_MAX);
        let read: Frontier = serde_json::from_slice(&frontier.encode().unwrap()).unwrap();
        assert_eq!(read, frontier);
    }
}
