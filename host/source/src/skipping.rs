//! The records that each projection skips, as decided so far: for all versions of a name, and separately for its relay.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::skips::Skips;
use parking_lot::RwLock;

/// What every projection skips; nothing by default.
#[derive(Default)]
pub struct SkipBook(RwLock<BTreeMap<String, Skipped>>);

/// What one projection skips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// What all its versions skip.
    pub versions: Arc<Skips>,
    /// What its relay skips.
    pub relay: Arc<Skips>,
}

impl SkipBook {
    /// Returns what a projection skips.
    pub fn of(&self, name: &str) -> Skipped {
        self.0.read().get(name).cloned().unwrap_or_default()
    }

    /// Replaces what a projection skips. A running version sees the change when it is next opened.
    pub fn set(&self, name: &str, skipped: Skipped) {
        self.0.write().insert(name.to_owned(), skipped);
    }
}
