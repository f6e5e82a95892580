//! Likes from a seed, with their exact answers. Shares no code with the host.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

/// Likes as JSON lines.
pub struct Likes {
    /// One event per line.
    pub lines: String,
    /// Distinct users per post.
    pub users: BTreeMap<String, u64>,
    /// The number of events.
    pub events: u64,
}

/// Returns `events` likes by `users` users of `posts` posts; a few posts get most of them.
pub fn likes(events: u64, posts: u64, users: u64, seed: u64) -> Likes {
    let mut state = seed;
    let mut next = |bound: u64| {
        // Knuth's multiplier; the high bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut lines = String::new();
    let mut seen: BTreeMap<String, HashSet<u64>> = BTreeMap::new();
    for event in 0..events {
        let reach = next(posts) + 1;
        let (post, user) = (next(reach), next(users));
        let timestamp = 1_700_000_000_000_u64 + event * 10;
        writeln!(lines, r#"{{"user_id":"u{user}","post_id":"p{post}","timestamp":{timestamp}}}"#)
            .expect("writing to a text cannot fail");
        seen.entry(format!("p{post}")).or_default().insert(user);
    }
    let users = seen.into_iter().map(|(post, users)| (post, users.len() as u64)).collect();
    Likes { lines, users, events }
}
