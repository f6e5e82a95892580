//! `[checkpoint]`: how often, and after how much, state becomes durable.

use std::time::Duration;

use super::key::Key;
use super::kind::{DurationRange, Size};
use super::section::{Section, defaults};
use super::table::Table;

/// When the next checkpoint is cut: at whichever limit is reached first.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointConfig {
    /// Time since the last one.
    pub every: Duration,
    /// Encoded bytes of changed rows since the last one.
    pub bytes: usize,
}

pub(crate) static TABLE: Table = Table {
    name: "checkpoint",
    about: "When the host makes the state of a version durable: by time or by volume, whichever comes first.",
    keys: &[&EVERY, &BYTES],
    ..Table::EMPTY
};

static EVERY: Key<DurationRange> = Key {
    name: "every",
    // Below 10 ms every step would be a checkpoint; after an hour the replay of a crash takes minutes.
    kind: DurationRange(Duration::from_millis(10)..=Duration::from_secs(3_600)),
    default: || Duration::from_secs(5),
    about: "Time between two checkpoints. After a crash, the host replays what came after the last one. A few seconds of \
            the log replay faster than they were written.",
};

static BYTES: Key<Size> = Key {
    name: "bytes",
    // Beyond 64 GiB the number is a mistake.
    kind: Size(1..=64 << 30),
    default: || 256 << 20,
    about: "Volume of changed rows after which a checkpoint is taken early. It bounds the memory of the batch in which a \
            checkpoint is written. The host uses at most a quarter of `engine.memory_max`.",
};

impl Default for CheckpointConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl CheckpointConfig {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        Self { every: section.get(&EVERY), bytes: section.get(&BYTES) }
    }
}
