//! `[limits]`: how large records and modules may be, and how many dead letters a projection tolerates.

use std::ops::RangeInclusive;

use super::key::Key;
use super::kind::{Number, Share, Size};
use super::section::{Section, defaults};
use super::table::Table;

/// Limits; docs/configuration.md gives the reason for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Longest record (key and value).
    pub record_bytes_max: usize,
    /// Longest module file.
    pub module_bytes_max: usize,
    /// Linear memory of one module instance.
    pub module_memory_max: usize,
    /// Fuel for a call (about one per wasm instruction); the budget of a single event.
    pub module_fuel: u64,
    /// Longest result of one module call, as lifted into the host.
    pub module_output_max: usize,
    /// Share of dead letters among 1,000 offsets of a partition above which a projection halts, 0 to 1.
    pub dead_letters_max: f64,
}

pub(crate) static TABLE: Table = Table {
    name: "limits",
    about: "Limits of records and modules.",
    keys: &[
        &RECORD_BYTES_MAX,
        &MODULE_BYTES_MAX,
        &MODULE_MEMORY_MAX,
        &MODULE_FUEL,
        &MODULE_OUTPUT_MAX,
        &DEAD_LETTERS_MAX,
    ],
    ..Table::EMPTY
};

/// At most 1 GiB: the host holds a whole record, module or result in memory.
const BYTES: RangeInclusive<u64> = 1..=1 << 30;

static RECORD_BYTES_MAX: Key<Size> = Key {
    name: "record_bytes_max",
    kind: Size(BYTES),
    default: || 8 << 20,
    about: "Longest record, key and value together. An append refuses a longer one; from Kafka, a longer one is a dead \
            letter. The default is eight times Kafka's own limit, and still small against memory.",
};

static MODULE_BYTES_MAX: Key<Size> = Key {
    name: "module_bytes_max",
    kind: Size(BYTES),
    default: || 32 << 20,
    about: "Largest module file. Real modules have about 0.2 MiB; the time to compile one grows with its size.",
};

static MODULE_MEMORY_MAX: Key<Size> = Key {
    name: "module_memory_max",
    // From one page of wasm to the largest 32-bit memory.
    kind: Size(64 << 10..=4 << 30),
    default: || 64 << 20,
    about: "Linear memory of one module instance. Reducers keep no state of their own, so it only holds a batch and the \
            answer. Each version has one instance per worker thread.",
};

static MODULE_FUEL: Key<Number<u64>> = Key {
    name: "module_fuel",
    // Any positive number: too little fuel shows in the first call.
    kind: Number { range: 1..=i64::MAX as u64, unit: "units of fuel" },
    default: || 1_000_000_000,
    about: "Fuel of one call, about one unit per wasm instruction: the budget of a single event. A billion lasts about a \
            second, and is a thousand times what real reducers need for a whole batch.",
};

static MODULE_OUTPUT_MAX: Key<Size> = Key {
    name: "module_output_max",
    kind: Size(BYTES),
    default: || 64 << 20,
    about: "Longest answer of one call, as it is copied into the host. The default is the size of the memory that it comes \
            from.",
};

/// `[topics.X]` and `[projections.X]` may override it.
pub(crate) static DEAD_LETTERS_MAX: Key<Share> = Key {
    name: "dead_letters_max",
    kind: Share,
    default: || 0.1,
    about: "Share of dead letters above which a projection halts, among 1,000 offsets of a partition (counted from a \
            multiple of 1,000). So many point to a mistake in the module or in a producer rather than to some bad data. \
            With `1`, a projection never halts. Other projections go on. `foldline resume` reads the value from the file \
            again, without a restart.",
};

impl Default for Limits {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl Limits {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        Self {
            record_bytes_max: section.get(&RECORD_BYTES_MAX),
            module_bytes_max: section.get(&MODULE_BYTES_MAX),
            module_memory_max: section.get(&MODULE_MEMORY_MAX),
            module_fuel: section.get(&MODULE_FUEL),
            module_output_max: section.get(&MODULE_OUTPUT_MAX),
            dead_letters_max: section.get(&DEAD_LETTERS_MAX),
        }
    }
}
