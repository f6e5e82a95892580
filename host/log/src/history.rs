//! Whether a log still holds everything that a replay reads: every partition from offset 0 on.
//!
//! Retention and `delete-records` remove the beginning of a topic; compaction removes records that a later one of the same key
//! replaces. Only an input that is declared a changelog does not need those.

use foldline_core::description::Input;

use super::Log;
use foldline_base::error::{Error, ErrorKind, Result};

/// What a log holds of one topic that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The logical topic.
    pub topic: String,
    /// (first offset held, log end) by partition; empty if the topic does not exist yet.
    pub partitions: Vec<(u64, u64)>,
    /// Bytes on disk, if the log knows.
    pub bytes: Option<u64>,
    /// Whether the topic is compacted and the input needs all records.
    pub thinned: bool,
}

impl History {
    /// Returns the number of offsets held, about the number of records.
    pub fn records(&self) -> u64 {
        self.partitions.iter().map(|(start, end)| end.saturating_sub(*start)).sum()
    }

    /// Returns the first partition that lost its beginning, and the first offset that is left.
    pub fn lost(&self) -> Option<(usize, u64)> {
        self.partitions.iter().map(|(start, _)| *start).enumerate().find(|(_, start)| *start > 0)
    }

    /// Returns whether the log holds everything that a replay would read.
    pub fn is_whole(&self) -> bool {
        self.lost().is_none() && !self.thinned
    }

    /// Returns a text that says what is missing, if anything is; `known_as` follows the topic's name in it.
    pub fn missing(&self, known_as: &str) -> Option<String> {
        let topic = &self.topic;
        if let Some((partition, start)) = self.lost() {
            return Some(format!(
                "history is missing: partition {partition} of topic `{topic}`{known_as} begins at offset {start}, and a replay \
                 reads from offset 0"
            ));
        }
        self.thinned.then(|| {
            format!(
                "history is missing: topic `{topic}`{known_as} is compacted, so of each key only the last records are sure to \
                 be there, and the module reads all of them"
            )
        })
    }
}

/// Fails unless a log still holds the whole history of some inputs.
///
/// # Errors
/// `Refused` with the topic, the partition and what is left of it; `Unavailable` when the log does not answer.
pub fn require_history(log: &dyn Log, inputs: &[Input]) -> Result<()> {
    missing(log, inputs)?.map_or(Ok(()), |missing| {
        Err(Error::new(ErrorKind::Refused, missing)
            .with_hint("what is served stays as it is; to have it checked, restore the topic's beginning"))
    })
}

/// Returns what a log lacks for a replay of some inputs, if it lacks anything.
///
/// # Errors
/// `Unavailable` when the log does not answer.
pub fn missing(log: &dyn Log, inputs: &[Input]) -> Result<Option<String>> {
    Ok(histories(log, inputs)?.iter().find_map(|history| history.missing("")))
}

/// Returns what the log holds of each topic of some inputs. All inputs of a topic are changelogs, or none is.
///
/// # Errors
/// `Unavailable` when the log does not answer.
pub fn histories(log: &dyn Log, inputs: &[Input]) -> Result<Vec<History>> {
    let history = |Input { topic, changelog, .. }: &Input| {
        let mut history =
            History { topic: topic.clone(), partitions: Vec::new(), bytes: None, thinned: false };
        if log.partitions(topic)?.is_some() {
            history.partitions = log.starts(topic)?.into_iter().zip(log.ends(topic)?).collect();
            history.bytes = log.bytes(topic)?;
            history.thinned = !changelog && log.is_compacted(topic)?;
        }
        Ok(history)
    };
    let is_first =
        |(at, input): &(usize, &Input)| inputs[..*at].iter().all(|other| other.topic != input.topic);
    inputs.iter().enumerate().filter(is_first).map(|(_, input)| history(input)).collect()
}
