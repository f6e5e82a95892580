//! The length of long loops (a few rounds in CI, all in `cargo xtask soak`), and the seed of random numbers.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::world::Rng;

/// Returns the number in an environment variable, or a default.
///
/// # Panics
/// Panics when the variable holds anything else.
pub fn rounds(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(rounds) => rounds.parse().unwrap_or_else(|_| panic!("{variable} is `{rounds}`, no number")),
        Err(_) => default,
    }
}

/// Returns random numbers from `FOLDLINE_SEED`, or from a new seed. Prints the seed, so that a failure can be repeated.
pub fn rng(what: &str) -> Rng {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::from(since.subsec_nanos()));
    let seed = rounds("FOLDLINE_SEED", now);
    println!("{what}: FOLDLINE_SEED={seed}");
    Rng::new(seed)
}
