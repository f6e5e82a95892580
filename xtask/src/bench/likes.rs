//! The benchmark's likes, generated once from a fixed seed, with the exact answers.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rand::seq::SliceRandom as _;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Zipf};
use serde::Deserialize;

use crate::say::say;

/// The topic and the projection of `like-count`.
pub const TOPIC: &str = "likes";
pub const PROJECTION: &str = "like-count";

/// Raised when the generator changes, so that files of an earlier one are not used.
const FORM: u32 = 1;
const SEED: u64 = 2026;
/// The number of users who like.
const USERS: u64 = 1_000_000;
/// The time of the first like, in milliseconds.
const START_MS: u64 = 1_767_225_600_000;
/// Time from one like to the next, in milliseconds.
const STEP_MS: u64 = 17;

/// A file of likes.
pub struct Likes {
    /// The JSON lines.
    pub path: PathBuf,
    /// The number of likes.
    pub events: u64,
    /// The distinct users of each post.
    pub users_by_post: HashMap<String, u64>,
}

impl Likes {
    /// Returns likes of posts with a Zipf distribution: some posts are liked much more than others.
    pub fn of(folder: &Path, events: u64, posts: u64) -> Result<Self> {
        Self::cached(folder, events, posts, false)
    }

    /// As [`Likes::of`], with every post liked at least once: at even intervals, a like goes to a post without one.
    pub fn of_each(folder: &Path, events: u64, posts: u64) -> Result<Self> {
        Self::cached(folder, events, posts, true)
    }

    fn cached(folder: &Path, events: u64, posts: u64, each: bool) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let name = format!("likes-{FORM}-{events}-{posts}{}", if each { "-each" } else { "" });
        let path = folder.join(format!("{name}.ndjson"));
        // Written last: if this file exists, the likes are complete.
        let answers = folder.join(format!("{name}.exact.tsv"));
        if !answers.is_file() {
            say!("generating {events} likes of {posts} posts");
            let counts = generate(&path, events, posts, each)?;
            write_answers(&answers, &counts)?;
        }
        let text = std::fs::read_to_string(&answers).with_context(|| answers.display().to_string())?;
        let users_by_post = text
            .lines()
            .map(|line| {
                let (post, users) = line.split_once('\t').context("no tab")?;
                Ok((post.to_owned(), users.parse()?))
            })
            .collect::<Result<_>>()
            .with_context(|| format!("{} is damaged: delete it", answers.display()))?;
        Ok(Self { path, events, users_by_post })
    }

    /// Returns the distinct users of each post in the newest window that is closed at an event time. `window` has the format of a
    /// reducer's declaration.
    pub fn users_in_window(&self, window: &str, watermark_ms: u64) -> Result<HashMap<String, u64>> {
        let (size, slide) = window.split_once(" / ").context("a window is SIZE / SLIDE")?;
        let (size_ms, slide_ms) = (ms(size)?, ms(slide)?);
        let end_ms = watermark_ms / slide_ms * slide_ms;
        let start_ms = end_ms.saturating_sub(size_ms);
        let mut pairs = HashSet::new();
        let mut users = HashMap::new();
        let file = File::open(&self.path).with_context(|| self.path.display().to_string())?;
        for line in BufReader::with_capacity(1 << 20, file).lines() {
            let line = line.context("reading likes")?;
            let like: Like<'_> = serde_json::from_str(&line).context("reading a like")?;
            if (start_ms..end_ms).contains(&like.timestamp)
                && pairs.insert((number(like.post_id)?, number(like.user_id)?))
            {
                *users.entry(like.post_id.to_owned()).or_default() += 1;
            }
        }
        Ok(users)
    }

    /// Returns the path as text.
    pub fn path(&self) -> Result<&str> {
        self.path.to_str().context("the target folder's path is not text")
    }
}

#[derive(Deserialize)]
struct Like<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: u64,
}

/// Returns the number after an id's letter.
fn number(id: &str) -> Result<u32> {
    id[1..].parse().with_context(|| format!("`{id}` is not an id"))
}

/// Returns a duration such as `24h`, in milliseconds.
fn ms(text: &str) -> Result<u64> {
    let (digits, unit) = text.split_at(text.len() - 1);
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => bail!("`{text}` has no unit"),
    };
    Ok(digits.parse::<u64>().with_context(|| format!("`{text}` is not a duration"))? * unit_ms)
}

/// Writes the likes. Returns each post's number of distinct users.
fn generate(path: &Path, events: u64, posts: u64, each: bool) -> Result<Vec<(u64, u64)>> {
    let context = || format!("writing {}", path.display());
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).with_context(context)?);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    // Shuffled, so that a post's name does not reveal its popularity.
    let mut names: Vec<u64> = (0..posts).collect();
    names.shuffle(&mut rng);
    let mut fresh: Vec<u64> = if each { names.clone() } else { Vec::new() };
    fresh.shuffle(&mut rng);
    let fresh_every = events.checked_div(posts).unwrap_or(1).max(1);
    let popularity = Zipf::new(posts as f64, 1.0).context("the distribution of likes over posts")?;
    let mut pairs = Vec::with_capacity(usize::try_from(events).context("too many events")?);
    for event in 0..events {
        let unliked = if event % fresh_every == 0 { fresh.pop() } else { None };
        // Zipf draws ranks 1 to `posts`.
        let post = unliked.unwrap_or_else(|| names[popularity.sample(&mut rng) as usize - 1]);
        let user = rng.random_range(0..USERS);
        let timestamp = START_MS + event * STEP_MS;
        writeln!(out, r#"{{"user_id":"u{user}","post_id":"p{post}","timestamp":{timestamp}}}"#)
            .with_context(context)?;
        pairs.push((post << 32) | user);
    }
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .with_context(context)?;
    pairs.sort_unstable();
    pairs.dedup();
    let of_one_post = pairs.chunk_by(|left, right| left >> 32 == right >> 32);
    Ok(of_one_post.map(|pairs| (pairs[0] >> 32, pairs.len() as u64)).collect())
}

fn write_answers(path: &Path, counts: &[(u64, u64)]) -> Result<()> {
    let text: String = counts.iter().map(|(post, users)| format!("p{post}\t{users}\n")).collect();
    let part = path.with_extension("part");
    std::fs::write(&part, text).with_context(|| format!("writing {}", part.display()))?;
    std::fs::rename(&part, path).with_context(|| format!("writing {}", path.display()))
}
