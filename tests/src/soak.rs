//! How long the long loops are: a few rounds in CI, all of them in `cargo xtask soak`; and the seed of what is random.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::world::Rng;

/// Returns the number that an environment variable holds, or what it is by default.
///
/// # Panics
/// Panics when the variable holds something else.
pub fn rounds(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(rounds) => rounds.parse().unwrap_or_else(|_| panic!("{variable} is `{rounds}`, no number")),
        Err(_) => default,
    }
}

/// Returns random numbers from `FOLDLINE_SEED`, or from a new seed, and prints the seed: a failure can be run again.
pub fn rng(what: &str) -> Rng {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::from(since.subsec_nanos()));
    let seed = rounds("FOLDLINE_SEED", now);
    println!("{what}: FOLDLINE_SEED={seed}");
    Rng::new(seed)
}
