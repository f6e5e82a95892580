//! `[engine]`: the threads and the memory that folding may use.

use super::key::Key;
use super::kind::{Number, Optional, Size};
use super::section::{Section, defaults};
use super::table::Table;

/// What folding may use.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineConfig {
    /// Threads that decode, extract and apply, for all versions together; `None` = one per core.
    pub threads: Option<usize>,
    /// Memory for the rows of one version, in bytes; rows beyond it are read from the state store.
    pub memory_max: usize,
}

pub(crate) static TABLE: Table = Table {
    name: "engine",
    about: "The threads and the memory that folding may use.",
    keys: &[&THREADS, &MEMORY_MAX],
    ..Table::EMPTY
};

static THREADS: Key<Optional<Number<usize>>> = Key {
    name: "threads",
    // More threads than any machine has cores.
    kind: Optional(Number { range: 1..=1_024, unit: "threads" }),
    default: || None,
    about: "Threads that decode, call modules and merge, shared by all versions. Unset: one per core. The number does not \
            affect results.",
};

static MEMORY_MAX: Key<Size> = Key {
    name: "memory_max",
    // Below 16 MiB the rows of a few batches do not fit; beyond 1 PiB the number is a mistake.
    kind: Size(16 << 20..=1 << 50),
    default: || 2 << 30,
    about: "Memory for the rows of one version. Other rows stay in the state store, and are read back when an event needs \
            them or their window moves on. A million keys with a handful of items each take about 0.2 GiB. For a row over \
            windows in the store, the key and about four bytes stay in memory. Rows whose windows move on at the same \
            event time are read back together, beyond this limit if necessary. A version takes more memory than its rows: \
            see [What a version takes](performance.md#what-a-version-takes).",
};

impl Default for EngineConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl EngineConfig {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        Self { threads: section.get(&THREADS), memory_max: section.get(&MEMORY_MAX) }
    }
}
