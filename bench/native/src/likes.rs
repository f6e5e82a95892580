//! Likes as JSON lines, and several ways to process them.

use std::hint::black_box;

use serde::Deserialize;

use crate::posts::Posts;

/// Likes per batch.
const BATCH: usize = 4_096;

#[derive(Deserialize)]
struct Like<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: i64,
}

/// Counts each like as soon as it is parsed. Returns the number of likes.
pub fn event_by_event(input: &[u8], posts: &mut Posts) -> Result<u64, String> {
    let mut events = 0;
    for line in lines(input) {
        let like: Like<'_> = serde_json::from_slice(line).map_err(|error| refused(events, &error))?;
        let post = posts.slot(like.post_id);
        posts.add(post, Posts::hash(like.user_id));
        black_box(like.timestamp);
        events += 1;
    }
    Ok(events)
}

/// Takes a batch through one phase after the other, so that the processor overlaps memory accesses, and its caches and branch
/// predictors stay warm. Returns the number of likes.
pub fn in_phases(input: &[u8], posts: &mut Posts) -> Result<u64, String> {
    let mut events = 0;
    let mut rest = input;
    let mut likes: Vec<Like<'_>> = Vec::with_capacity(BATCH);
    let mut updates: Vec<(u32, u64)> = Vec::with_capacity(BATCH);
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(batch_bytes(rest));
        rest = after;
        // Checked once per batch: given text, the parser does not check each string again.
        let batch = std::str::from_utf8(batch).map_err(|error| format!("after line {events}: {error}"))?;
        for line in lines(batch.as_bytes()) {
            let start = line.as_ptr() as usize - batch.as_ptr() as usize;
            let line = &batch[start..start + line.len()];
            likes.push(serde_json::from_str(line).map_err(|error| refused(events, &error))?);
            events += 1;
        }
        for like in likes.drain(..) {
            updates.push((posts.slot(like.post_id), Posts::hash(like.user_id)));
            black_box(like.timestamp);
        }
        for (post, user) in updates.drain(..) {
            posts.add(post, user);
        }
    }
    Ok(events)
}

/// Parses each like and discards it. Returns the number of likes.
pub fn parse_only(input: &[u8]) -> Result<u64, String> {
    let mut events = 0;
    for line in lines(input) {
        let like: Like<'_> = serde_json::from_slice(line).map_err(|error| refused(events, &error))?;
        black_box((like.user_id, like.post_id, like.timestamp));
        events += 1;
    }
    Ok(events)
}

/// Returns the message for a line that does not parse.
pub fn refused(events: u64, error: &serde_json::Error) -> String {
    format!("line {}: {error}", events + 1)
}

/// Returns the lines of a text, without line feeds.
pub fn lines(mut input: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if input.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', input).unwrap_or(input.len());
        let line = &input[..end];
        input = input.get(end + 1..).unwrap_or_default();
        Some(line)
    })
}

/// Returns the length of the next batch.
fn batch_bytes(input: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', input).nth(BATCH - 1).map_or(input.len(), |end| end + 1)
}
