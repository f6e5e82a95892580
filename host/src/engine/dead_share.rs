//! When dead letters are so many that the module must be wrong, not the data.
//!
//! Counted in aligned blocks of a partition's offsets, so that the verdict is the same in every replay, whatever the
//! batches (design §12).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::DeadLetter;
use crate::error::{Error, ErrorKind, Result};
use crate::planted::{Bug, is_planted};

/// Offsets that are looked at together.
pub const BLOCK_OFFSETS: u64 = 1_000;

/// The dead letters in the current block of each partition.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadShare {
    /// Dead letters that a block may hold.
    per_block_max: u64,
    /// The number of the current block, and the dead letters in it.
    blocks: BTreeMap<(Arc<str>, u32), (u64, u64)>,
}

impl DeadShare {
    /// Returns a count that allows a share of each block, from 0 to 1.
    pub fn new(share_max: f64) -> Self {
        // Rounded down: of 1,000 offsets and 10 %, the hundred-and-first is too much.
        Self { per_block_max: (share_max * BLOCK_OFFSETS as f64) as u64, blocks: BTreeMap::new() }
    }

    /// Sets the dead letters already counted in the block that holds an offset.
    pub fn set(&mut self, topic: &str, partition: u32, offset: u64, dead_letters: u64) {
        self.blocks.insert((topic.into(), partition), (offset / BLOCK_OFFSETS, dead_letters));
    }

    /// Counts dead letters of one partition, by offset.
    ///
    /// # Errors
    /// `Module` at the one that is too many.
    pub fn add(&mut self, letters: &[DeadLetter]) -> Result<()> {
        if is_planted(Bug::DeadShareByBatch) {
            self.blocks.clear();
        }
        for letter in letters {
            let block = letter.offset / BLOCK_OFFSETS;
            let current =
                self.blocks.entry((Arc::clone(&letter.topic), letter.partition)).or_insert((block, 0));
            if current.0 != block {
                *current = (block, 0);
            }
            current.1 += 1;
            if current.1 > self.per_block_max {
                return Err(too_many(letter, self.per_block_max));
            }
        }
        Ok(())
    }
}

fn too_many(letter: &DeadLetter, per_block_max: u64) -> Error {
    let first = letter.offset / BLOCK_OFFSETS * BLOCK_OFFSETS;
    let DeadLetter { topic, partition, offset, reason } = letter;
    Error::new(
        ErrorKind::Module,
        format!(
            "more than {per_block_max} of the {BLOCK_OFFSETS} records from offset {first} on, partition {partition} of \
             topic `{topic}`, are dead letters: the last at offset {offset}, {reason}"
        ),
    )
    .with_hint(
        "so many are a mistake in the module rather than bad data: drop in a mended version, or raise \
         `limits.dead_letters_max` and restart",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(offsets: impl IntoIterator<Item = u64>) -> Vec<DeadLetter> {
        let letter = |offset| DeadLetter { topic: "t".into(), partition: 0, offset, reason: "why".into() };
        offsets.into_iter().map(letter).collect()
    }

    #[test]
    fn the_verdict_is_on_aligned_blocks_whatever_the_batches() {
        // 150 in a row, but no more than 100 in either block.
        let spread = letters((925..1_000).chain(1_000..1_075));
        // 101 in the second block, far from each other.
        let dense = letters((0..101).map(|n| 1_000 + n * 9));
        for size in [1, 7, 1_000] {
            let run = |letters: &[DeadLetter]| {
                let mut share = DeadShare::new(0.1);
                letters.chunks(size).try_for_each(|letters| share.add(letters))
            };
            assert!(run(&spread).is_ok());
            let error = run(&dense).unwrap_err();
            assert!(error.message().contains("the last at offset 1900"), "{error}");
        }
    }

    #[test]
    fn a_restart_goes_on_counting() {
        let mut share = DeadShare::new(0.1);
        share.set("t", 0, 1_500, 100);
        assert!(share.clone().add(&letters([2_000])).is_ok());
        assert!(share.add(&letters([1_999])).is_err());
    }

    #[test]
    fn a_share_of_one_never_stops() {
        assert!(DeadShare::new(1.0).add(&letters(0..1_000)).is_ok());
    }
}
