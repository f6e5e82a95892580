//! A million likes from a fixed seed, and the exact answers.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Zipf};

/// The number of likes.
pub const EVENTS: u64 = 1_000_000;
/// The number of posts that are liked.
const POSTS: u32 = 10_000;
/// The number of users who like them.
const USERS: u32 = 1_000_000;
/// The time of the first like, in milliseconds.
const START_MS: u64 = 1_767_225_600_000;
/// Time from one like to the next, in milliseconds.
const STEP_MS: u64 = 20;

/// Writes the likes as JSON lines. Returns the distinct users of every post.
pub fn write(path: &Path) -> Result<BTreeMap<String, u64>> {
    let context = || format!("writing {}", path.display());
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).with_context(context)?);
    let mut rng = ChaCha8Rng::seed_from_u64(2026);
    let popularity = Zipf::new(f64::from(POSTS), 1.0).context("the distribution of likes over posts")?;
    let mut users: Vec<HashSet<u32>> = vec![HashSet::new(); POSTS as usize];
    for event in 0..EVENTS {
        // Zipf draws ranks 1 to POSTS.
        let post = popularity.sample(&mut rng) as u32 - 1;
        let user = rng.random_range(0..USERS);
        let timestamp = START_MS + event * STEP_MS;
        writeln!(out, r#"{{"user_id":"u{user}","post_id":"p{post}","timestamp":{timestamp}}}"#)
            .with_context(context)?;
        users[post as usize].insert(user);
    }
    out.flush().with_context(context)?;
    let liked = users.iter().enumerate().filter(|(_, users)| !users.is_empty());
    Ok(liked.map(|(post, users)| (format!("p{post}"), users.len() as u64)).collect())
}
