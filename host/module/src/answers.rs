//! What a module answered, lifted into the host's types.

use foldline_core::column::Column;
use foldline_core::contribution::{Contributions, Rejected};
use foldline_core::memberships::Memberships;

/// What `extract` answered; lengths, texts and table numbers are checked, types and source rows are not yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// What the batch adds, a table at most once.
    pub contributions: Vec<Contributions>,
    /// Records that the module refuses, each row of the batch at most once.
    pub rejected: Vec<Rejected>,
}

/// What `project` answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Projected {
    /// A text per row; null = no document.
    pub documents: Column,
    /// The rows' memberships.
    pub memberships: Memberships,
}

/// What `relay` answered; lengths, texts, rows and topic numbers are checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Relayed {
    /// The row of the batch that each message comes from, never falling.
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
