//! The demo's second part: a feed of a social network, and a post in it before and after its author changes their name.
//!
//! It has a host of its own, which ends with it: the one of the first part keeps running for the reader, with a single projection.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use foldline_social::{Settings, generator};
use reqwest::blocking::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::artifacts::{self, Artifacts};
use crate::generate;
use crate::host::{self, Host};
use crate::say::answer;

/// The reducer that joins posts with their authors and tribes.
const REDUCER: &str = "feed-item";
const SETTINGS: Settings = Settings { seed: 2026, events: 100_000, users: 1_000 };
/// Someone with more posts is told of in several flushes.
const POSTS_MAX: usize = 256;

/// Folds a network in a fresh folder, and renames somebody who wrote many posts.
pub fn run(artifacts: &Artifacts, folder: &Path) -> Result<()> {
    let Artifacts { foldline, modules } = artifacts;
    host::stop_earlier(foldline, folder)?;
    if folder.exists() {
        std::fs::remove_dir_all(folder).context("removing the folder of an earlier demo")?;
    }
    std::fs::create_dir_all(folder.join("modules")).context("creating the feed's folder")?;
    artifacts::copy_module(modules, &folder.join("modules"), REDUCER)?;
    std::fs::write(folder.join("foldline.toml"), "").context("writing foldline.toml")?;
    let (records, answers) = (folder.join("social.jsonl"), folder.join("exact.jsonl"));
    generate::write(SETTINGS, &records, Some(&answers))?;
    let exact = std::fs::read_to_string(&answers).context("reading the exact documents")?;
    let exact: Vec<Value> = exact.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?;

    let host = Host::start(foldline, folder, &["-c", "foldline.toml", "--listen", "127.0.0.1:0"])?;
    host.show(&["append", records.to_str().context("the target folder's path is not text")?])?;
    host.show(&["wait", REDUCER, "--timeout", "300s"])?;
    let documents = host.ask(&["query", REDUCER, "--all"])?.lines().count();
    let Settings { events, users, .. } = SETTINGS;
    answer!("{events} events of {users} users make {documents} posts with their authors, tribes and counts");
    ensure!(documents == exact.len(), "{} posts are neither deleted nor unknown", exact.len());
    rename(&host.url, &exact)?;
    host.stop()?;
    std::fs::remove_dir_all(folder).context("removing the feed's folder")
}

/// Renames who wrote most posts, up to a limit, and shows one of them before and after.
fn rename(url: &str, exact: &[Value]) -> Result<()> {
    let mut posts: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for document in exact.iter().filter(|document| document["author"]["known"] == true) {
        posts
            .entry(document["author"]["key"].as_str().context("an author's id")?)
            .or_default()
            .push(document);
    }
    let few = posts.into_iter().filter(|(_, posts)| posts.len() <= POSTS_MAX);
    let (author, posts) = few.max_by_key(|(_, posts)| posts.len()).context("nobody wrote a post")?;
    let most_viewed =
        posts.iter().max_by_key(|post| post["views"].as_u64()).context("an author has posts")?;
    let post = most_viewed["post_id"].as_str().context("a post's id")?;
    let client = Client::builder().timeout(Duration::from_secs(70)).no_proxy().build()?;
    let document = format!("{url}/api/v1/projections/{REDUCER}/documents/{post}");
    let read = |token: Option<&str>| -> Result<Value> {
        let wait = token.map(|token| [("at_least", token), ("wait", "60s")]);
        let get = client.get(&document).query(wait.as_ref().map_or(&[][..], |wait| &wait[..]));
        let mut answer: Value = get.send()?.error_for_status()?.json().context("a document")?;
        Ok(answer["document"].take())
    };
    let before = read(None)?;

    // Later than everything that was generated.
    let timestamp = generator::START_MS + i64::try_from(SETTINGS.events)? * 1_000;
    let value = json!({"user_id": author, "name": "Zoë Zimmer", "timestamp": timestamp});
    let line = json!({"key": author, "value": value}).to_string();
    let append = client.post(format!("{url}/api/v1/topics/users/records"));
    let append = append.header(CONTENT_TYPE, "application/x-ndjson").body(line);
    let began = Instant::now();
    let answer: Value = append.send()?.error_for_status()?.json().context("an append's answer")?;
    let durable = began.elapsed();
    let after = read(Some(answer["token"].as_str().context("an append tells no token")?))?;
    let shown = began.elapsed();

    answer!("before: {}", summary(&before));
    answer!("after:  {}", summary(&after));
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let (durable_ms, shown_ms) = (ms(durable), ms(shown));
    answer!(
        "{} posts show the new name: durable after {durable_ms:.1} ms, read after {shown_ms:.1} ms",
        posts.len()
    );
    ensure!(before["author"]["name"] == most_viewed["author"]["name"], "{post} did not show its author");
    ensure!(after["author"]["name"] == "Zoë Zimmer", "{post} shows an old name");
    ensure!(before["views"] == after["views"], "a new name changes no counts");
    Ok(())
}

/// Returns what people look at first.
fn summary(document: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("nobody knows whom").to_owned();
    let tribe = if document["tribe"].is_null() {
        String::new()
    } else {
        format!(" in {}", text(&document["tribe"]["name"]))
    };
    format!(
        "\"{}\" by {}{tribe}: {} views, {} likes, {} comments, {} bumps",
        text(&document["title"]),
        text(&document["author"]["name"]),
        document["views"],
        document["likes"],
        document["comments"],
        document["bumps"]
    )
}
