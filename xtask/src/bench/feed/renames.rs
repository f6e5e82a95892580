//! New names of people with many posts: from the append to a read of a document that shows it, and with it all that are told near.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::hosted::Hosted;
use super::super::measured::{Measured, quantile};
use super::workload::{PROJECTION, Workload};

/// Up to so many documents are told of a change within one flush.
const POSTS_MAX: u32 = 256;
/// People who are renamed in turn.
const PEOPLE: usize = 50;
/// How often somebody is renamed; the first tenth wakes sleeping threads.
const RENAMES: usize = 1_000;

/// Renames those who have most posts of all who have 256 or fewer, one after the other.
pub fn measure(host: &Hosted, workload: &Workload) -> Result<Measured> {
    let people = people(workload)?;
    let posts: u32 = people.iter().map(|(_, author)| author.posts).sum();
    let mut latencies_ms = Vec::with_capacity(RENAMES);
    let before = host.usage()?;
    let began = Instant::now();
    for nth in 0..RENAMES {
        let (user, author) = &people[nth % people.len()];
        let name = format!("name {nth}");
        let value = json!({"user_id": user, "name": name, "timestamp": workload.end_ms + nth as i64});
        let appended = Instant::now();
        let document = host.append_and_read("users", &value.to_string(), PROJECTION, &author.post)?;
        if nth >= RENAMES / 10 {
            latencies_ms.push(appended.elapsed().as_secs_f64() * 1e3);
        }
        let document: Value = serde_json::from_str(&document).context("a document")?;
        let shown = &document["document"]["author"]["name"];
        ensure!(*shown == *name, "{} of {user} shows {shown}, not {name}", author.post);
    }
    let (wall_s, after) = (began.elapsed().as_secs_f64(), host.usage()?);
    let more = [
        ("p50_ms", quantile(&mut latencies_ms, 0.5)),
        ("p99_ms", quantile(&mut latencies_ms, 0.99)),
        ("posts_mean", f64::from(posts) / people.len() as f64),
    ];
    Ok(Measured {
        events: RENAMES as u64,
        wall_s,
        cpu_s: after.cpu_s - before.cpu_s,
        peak_rss_bytes: after.peak_rss_bytes,
        more: more.into(),
    })
}

/// Someone with posts.
struct Author {
    posts: u32,
    /// One of them.
    post: String,
}

/// Returns those who have most posts of all who have no more than 256, with their ids.
fn people(workload: &Workload) -> Result<Vec<(String, Author)>> {
    let file = File::open(&workload.answers).with_context(|| workload.answers.display().to_string())?;
    let mut authors: HashMap<String, Author> = HashMap::new();
    for line in BufReader::with_capacity(1 << 20, file).lines() {
        let answer: Value = serde_json::from_str(&line.context("reading answers")?).context("an answer")?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("an answer without a text");
        let first = Author { posts: 0, post: text(&answer["post_id"])? };
        authors.entry(text(&answer["author"]["key"])?).or_insert(first).posts += 1;
    }
    let mut people: Vec<(String, Author)> =
        authors.into_iter().filter(|(_, author)| author.posts <= POSTS_MAX).collect();
    people.sort_by(|(one, left), (other, right)| (right.posts, one).cmp(&(left.posts, other)));
    people.truncate(PEOPLE);
    ensure!(!people.is_empty(), "nobody has {POSTS_MAX} posts or fewer");
    Ok(people)
}
