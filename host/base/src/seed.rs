//! The seed by which this process hashes keys. Each process has another one, so that no sender can choose keys that collide.
//! Nothing that leaves the process depends on it.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use foldline_core::table::HashSeed;

/// Returns the seed of this process.
pub fn hash_seed() -> HashSeed {
    static SEED: OnceLock<HashSeed> = OnceLock::new();
    *SEED.get_or_init(|| HashSeed(std::hash::RandomState::new().hash_one("keys")))
}
