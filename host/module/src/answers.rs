//! The answers of a module, lifted into the host's types.

use foldline_core::column::Column;
use foldline_core::contribution::{Contributions, Rejected};
use foldline_core::memberships::Memberships;

/// The answer of `extract`. Lengths, texts and table numbers are checked; types and source rows are not yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// The contributions of the batch, at most one entry per table.
    pub contributions: Vec<Contributions>,
    /// Records that the module refuses, each row of the batch at most once.
    pub rejected: Vec<Rejected>,
}

/// The answer of `project`.
#[derive(Clone, Debug, PartialEq)]
pub struct Projected {
    /// A text per row; null = no document.
    pub documents: Column,
    /// The rows' memberships.
    pub memberships: Memberships,
}

/// The answer of `relay`. Lengths, texts, rows and topic numbers are checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Relayed {
    /// The row of the batch that each message comes from, in ascending order.
    pub source_rows: Vec<u32>,
    /// Where each message goes: an index into the description's relay topics.
    pub topics: Vec<u32>,
    /// A text or a blob per message; null = no key.
    pub keys: Column,
    /// A text or a blob per message; null = no value.
    pub values: Column,
    /// Records that the module refuses, each row of the batch at most once.
    pub rejected: Vec<Rejected>,
}
