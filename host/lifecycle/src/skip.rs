//! Skipped records of a projection, as they were decided.

use std::sync::Arc;

use foldline_core::skips::{Disagreement, Skips};
use serde::{Deserialize, Serialize};

use foldline_engine::VersionHandle;
use foldline_source::skipping::Skipped;

/// Consecutive records of one partition that a projection skips, or no longer skips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The first offset.
    pub from: u64,
    /// The offset after the last one.
    pub to: u64,
    /// Whether the projection's relay skips them too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relay: bool,
    /// Whether the skip is taken back, so that the records count again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
    /// Why, in the operator's words.
    pub reason: String,
    /// When it was decided, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Returns what a projection skips after these decisions.
pub fn skipped(decided: &[Skip]) -> Skipped {
    let (mut versions, mut relay) = (Skips::default(), Skips::default());
    for Skip { topic, partition, from, to, relay: of_relay, undone, .. } in decided {
        let offsets = *from..*to;
        let apply = |skips: &mut Skips| match undone {
            true => skips.restore(topic, *partition, offsets.clone()),
            false => skips.skip(topic, *partition, offsets.clone()),
        };
        apply(&mut versions);
        if *of_relay || *undone {
            apply(&mut relay);
        }
    }
    Skipped { versions: Arc::new(versions), relay: Arc::new(relay) }
}

/// Returns what of a version's state or documents disagrees with the skips.
pub fn other_state(handle: &VersionHandle, skips: &Skips) -> Option<Disagreement> {
    if handle.only_relays() {
        return None;
    }
    handle.look(|progress| skips.first_disagreement([&progress.position].into_iter().chain(&progress.shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(from: u64, to: u64, relay: bool, undone: bool) -> Skip {
        Skip { topic: "likes".into(), partition: 0, from, to, relay, undone, reason: "bad".into(), at_ms: 0 }
    }

    #[test]
    fn a_relay_skips_only_what_was_decided_for_it_and_what_is_taken_back_counts_for_both() {
        let of = |decided: &[Skip]| {
            let Skipped { versions, relay } = skipped(decided);
            [versions, relay].map(|skips| {
                let ranges = skips.of("likes", 0).into_iter().flat_map(|ranges| ranges.iter());
                ranges.map(|range| (range.start, range.end)).collect::<Vec<_>>()
            })
        };
        let mut decided = vec![skip(5, 9, false, false)];
        assert_eq!(of(&decided), [vec![(5, 9)], vec![]]);
        decided.push(skip(9, 12, true, false));
        assert_eq!(of(&decided), [vec![(5, 12)], vec![(9, 12)]]);
        decided.push(skip(7, 10, false, true));
        assert_eq!(of(&decided), [vec![(5, 7), (10, 12)], vec![(10, 12)]]);
    }
}
