//! The status of a relay.

use foldline_api::{DeadLetter, RelayPartition, RelayPhase, RelayStatus};
use foldline_core::dead_letter;
use foldline_lifecycle::Registry;
use foldline_log::metadata::KnownEnds;
use foldline_relay::{Frontier, RelayHandle};

/// Adds a relay's dead letters beyond `after` to a sorted list, which stays sorted. A record that neither folds nor relays is
/// listed once.
pub(super) fn add_letters(
    registry: &Registry,
    name: &str,
    after: Option<(&str, u32, u64)>,
    letters: &mut Vec<dead_letter::DeadLetter>,
) {
    for relay in registry.relays().iter().filter(|relay| relay.name() == name) {
        let kept = relay.look(|progress| {
            progress.frontier.as_ref().map(|frontier| frontier.letters.clone()).unwrap_or_default()
        });
        letters.extend(
            kept.into_iter()
                .filter(|letter| Some((letter.topic.as_str(), letter.partition, letter.offset)) > after)
                .map(|letter| dead_letter::DeadLetter {
                    topic: letter.topic.as_str().into(),
                    partition: letter.partition,
                    offset: letter.offset,
                    reason: format!("relay: {}", letter.reason),
                }),
        );
    }
    let place =
        |letter: &dead_letter::DeadLetter| (letter.topic.to_string(), letter.partition, letter.offset);
    letters.sort_by_cached_key(place);
    letters.dedup_by_key(|letter| place(letter));
}

/// Returns the status of a relay.
pub(super) fn status(handle: &RelayHandle, known: &KnownEnds) -> RelayStatus {
    let progress = handle.progress();
    let phase = match (&progress.halted, &progress.frontier) {
        (Some(_), _) => RelayPhase::Halted,
        (None, None) => RelayPhase::Starting,
        (None, Some(_)) => RelayPhase::Relaying,
    };
    let Frontier { position, sent, dead_letters, letters, .. } = progress.frontier.unwrap_or_default();
    let partitions = known.ends_of(handle.topics(), &position);
    let partition = |(topic, partition, end_offset): (&str, u32, u64)| RelayPartition {
        topic: topic.to_owned(),
        partition,
        next_offset: position.next_offset(topic, partition),
        end_offset,
    };
    RelayStatus {
        name: handle.name().to_owned(),
        version: handle.version().to_owned(),
        phase,
        reason: progress.halted.or(progress.trouble),
        missing_topics: progress.missing_topics,
        positions: partitions.iter().map(partition).collect(),
        sent,
        dead_letters,
        letters: letters
            .into_iter()
            .map(|letter| DeadLetter {
                record: None,
                projection: handle.name().to_owned(),
                topic: letter.topic,
                partition: letter.partition,
                offset: letter.offset,
                reason: letter.reason,
            })
            .collect(),
    }
}
