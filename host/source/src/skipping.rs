//! Which records each projection passes over, as decided by now: for all versions of a name, and apart from them for its relay.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::skips::Skips;
use parking_lot::RwLock;

/// What every projection skips. By default nothing.
#[derive(Default)]
pub struct SkipBook(RwLock<BTreeMap<String, Skipped>>);

/// What one projection skips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// All its versions.
    pub versions: Arc<Skips>,
    /// Its relay.
    pub relay: Arc<Skips>,
}

impl SkipBook {
    /// Returns what a projection skips.
    pub fn of(&self, name: &str) -> Skipped {
        self.0.read().get(name).cloned().unwrap_or_default()
    }

    /// Replaces what a projection skips; versions that run hear of it when they are opened next.
    pub fn set(&self, name: &str, skipped: Skipped) {
        self.0.write().insert(name.to_owned(), skipped);
    }
}
