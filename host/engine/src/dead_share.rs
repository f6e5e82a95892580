//! Halts a version when so many records are dead letters that its module or a producer must be wrong.
//!
//! Dead letters are counted in aligned blocks of a partition's offsets, so that every replay comes to the same verdict,
//! whatever the batches (docs/design/limits.md).

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_core::dead_letter::DeadLetter;
use foldline_decode::is_undecodable;

/// Number of offsets in a block.
pub const BLOCK_OFFSETS: u64 = 1_000;

/// By topic, the share of dead letters in a block above which a version halts. It may change while versions run: it decides
/// when to halt, and nothing about the contents of a state.
#[derive(Debug, Default)]
pub struct DeadLettersMax(RwLock<BTreeMap<String, f64>>);

impl DeadLettersMax {
    /// Takes the shares of some topics, from 0 to 1. Other topics have no limit.
    pub fn of(shares: impl IntoIterator<Item = (String, f64)>) -> Self {
        Self(RwLock::new(shares.into_iter().collect()))
    }

    /// Replaces all of them.
    pub fn set(&self, shares: impl IntoIterator<Item = (String, f64)>) {
        *self.0.write() = shares.into_iter().collect();
    }

    /// Returns how many dead letters a block of a topic may hold.
    fn per_block(&self, topic: &str) -> u64 {
        // Rounded down: of 1,000 offsets and 10 %, the hundred-and-first is too much.
        self.0.read().get(topic).map_or(BLOCK_OFFSETS, |share| (share * BLOCK_OFFSETS as f64) as u64)
    }
}

/// The dead letters in the current block of each partition.
#[derive(Clone, Debug)]
pub struct DeadShare {
    projection: Arc<str>,
    max: Arc<DeadLettersMax>,
    blocks: BTreeMap<(Arc<str>, u32), Block>,
}

/// The dead letters of one block.
#[derive(Clone, Copy, Debug)]
struct Block {
    number: u64,
    dead: u64,
    /// How many of them decode for no reader. Dead letters from before a restart are not among them.
    undecodable: u64,
}

impl DeadShare {
    /// Starts to count a projection's dead letters.
    pub fn new(projection: &str, max: Arc<DeadLettersMax>) -> Self {
        Self { projection: projection.into(), max, blocks: BTreeMap::new() }
    }

    /// Sets the dead letters already counted in the block that holds an offset.
    pub fn set(&mut self, topic: &str, partition: u32, offset: u64, dead_letters: u64) {
        let block = Block { number: offset / BLOCK_OFFSETS, dead: dead_letters, undecodable: 0 };
        self.blocks.insert((topic.into(), partition), block);
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
            let first = Block { number: letter.offset / BLOCK_OFFSETS, dead: 0, undecodable: 0 };
            let block = self.blocks.entry((Arc::clone(&letter.topic), letter.partition)).or_insert(first);
            if block.number != first.number {
                *block = first;
            }
            block.dead += 1;
            block.undecodable += u64::from(is_undecodable(&letter.reason));
            let max = self.max.per_block(&letter.topic);
            if block.dead > max {
                return Err(too_many(&self.projection, letter, max, *block));
            }
        }
        Ok(())
    }
}

fn too_many(name: &str, letter: &DeadLetter, max: u64, block: Block) -> Error {
    let first = block.number * BLOCK_OFFSETS;
    let DeadLetter { topic, partition, offset, reason } = letter;
    let blame = match block.undecodable {
        0 => "this many point to a mistake in the module or in a producer".to_owned(),
        of_producer => format!(
            "no reader of the topic can decode {of_producer} of them: a producer writes records that do not belong there"
        ),
    };
    Error::new(
        ErrorKind::Module,
        format!(
            "more than {max} of the {BLOCK_OFFSETS} records from offset {first} on, partition {partition} of topic \
             `{topic}`, are dead letters: the last at offset {offset}, {reason}"
        ),
    )
    .with_hint(format!(
        "{blame}; `foldline dead-letters {name}` shows them. `foldline skip {name} {topic} {partition} FROM TO --reason WHY` skips \
         them; a higher `dead_letters_max` of the topic or the projection, with `foldline resume {name}`, continues with \
         them; or drop a fixed version"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(offsets: impl IntoIterator<Item = u64>) -> Vec<DeadLetter> {
        let letter = |offset| DeadLetter { topic: "t".into(), partition: 0, offset, reason: "why".into() };
        offsets.into_iter().map(letter).collect()
    }

    fn share(max: f64) -> DeadShare {
        DeadShare::new("p", Arc::new(DeadLettersMax::of([("t".to_owned(), max)])))
    }

    #[test]
    fn the_verdict_is_on_aligned_blocks_whatever_the_batches() {
        // 150 in a row, but no more than 100 in either block.
        let spread = letters((925..1_000).chain(1_000..1_075));
        // 101 in the second block, far from each other.
        let dense = letters((0..101).map(|n| 1_000 + n * 9));
        for size in [1, 7, 1_000] {
            let run = |letters: &[DeadLetter]| {
                let mut share = share(0.1);
                letters.chunks(size).try_for_each(|letters| share.add(letters))
            };
            assert!(run(&spread).is_ok());
            let error = run(&dense).unwrap_err();
            assert!(error.message().contains("the last at offset 1900"), "{error}");
        }
    }

    #[test]
    fn a_restart_goes_on_counting() {
        let mut share = share(0.1);
        share.set("t", 0, 1_500, 100);
        assert!(share.clone().add(&letters([2_000])).is_ok());
        assert!(share.add(&letters([1_999])).is_err());
    }

    #[test]
    fn a_share_of_one_never_stops() {
        assert!(share(1.0).add(&letters(0..1_000)).is_ok());
    }

    #[test]
    fn another_share_counts_from_the_next_letter_on() {
        let max = Arc::new(DeadLettersMax::of([("t".to_owned(), 0.1)]));
        let mut share = DeadShare::new("p", Arc::clone(&max));
        assert!(share.add(&letters(0..100)).is_ok());
        max.set([("t".to_owned(), 0.2), ("u".to_owned(), 0.0)]);
        assert!(share.add(&letters(100..200)).is_ok());
        assert!(share.add(&letters([200])).is_err());
        let of_others = |topic: &str| DeadLetter { topic: topic.into(), ..letters([1]).remove(0) };
        assert!(share.add(&[of_others("u")]).is_err());
        assert!(share.add(&[of_others("v")]).is_ok());
    }

    #[test]
    fn what_decodes_for_nobody_is_said_to_be_the_producers() {
        let mut share = share(0.001);
        let letter = |offset, reason: String| DeadLetter { reason, ..letters([offset]).remove(0) };
        share.add(&[letter(0, "missing field `id`".to_owned())]).unwrap();
        let error = share.add(&[letter(1, "invalid JSON: what".to_owned())]).unwrap_err();
        assert!(error.hint().unwrap().starts_with("no reader of the topic can decode 1 of them: a producer"));
        let mut share = DeadShare::new("p", Arc::new(DeadLettersMax::of([("t".to_owned(), 0.0)])));
        let error = share.add(&[letter(1, "missing field `id`".to_owned())]).unwrap_err();
        assert!(
            error.hint().unwrap().starts_with("this many point to a mistake in the module or in a producer;")
        );
    }
}
