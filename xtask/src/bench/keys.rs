//! Many keys: the memory and disk space per key, and the time until a host with all of them serves again.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::exact;
use super::hosted::{Home, Hosted, disk_bytes};
use super::likes::Likes;
use super::likes::PROJECTION;
use super::measured::Measured;
use super::tools::Tools;

/// Measures a fold, a restart after a kill, and a restart after a stop.
pub fn measure(tools: &Tools, likes: &Likes, log: &Path, start: &Measured) -> Result<Measured> {
    let home = Home::fresh(tools, "keys", &[&tools.like_count], Some(log), "")?;
    let known = likes.users_by_post.keys().min().context("there are likes")?;
    let keys = likes.users_by_post.len() as f64;

    let host = home.start(tools)?;
    let mut measured = host.folded(&[PROJECTION])?;
    measured.events = likes.events;
    // At once, so that everything after the last checkpoint is replayed.
    host.kill();

    let host = home.start(tools)?;
    let killed_ready_s = host.ready(PROJECTION, known)?;
    host.folded(&[PROJECTION])?;
    check(&host, likes)?;
    host.stop()?;
    let versions = home.folder.join("data").join("versions");
    let (state_bytes, documents_bytes) = split(&versions)?;

    let host = home.start(tools)?;
    let stopped_ready_s = host.ready(PROJECTION, known)?;
    let restarted_rss_bytes = host.folded(&[PROJECTION])?.rss_bytes()?;
    host.stop()?;
    home.remove()?;

    let folded_rss_bytes = measured.rss_bytes()?;
    measured.more.extend([
        ("keys", keys),
        ("folded_rss_bytes_per_key", (folded_rss_bytes - start.rss_bytes()?) / keys),
        ("restarted_rss_bytes_per_key", (restarted_rss_bytes - start.more("restarted_rss_bytes")?) / keys),
        ("state_bytes_per_key", state_bytes as f64 / keys),
        ("documents_bytes_per_key", documents_bytes as f64 / keys),
        ("killed_ready_s", killed_ready_s),
        ("stopped_ready_s", stopped_ready_s),
    ]);
    Ok(measured)
}

/// Checks all documents after a crash.
fn check(host: &Hosted, likes: &Likes) -> Result<()> {
    let rows = host.check_status(1, likes.events)?;
    ensure!(rows == likes.users_by_post.len() as u64, "{rows} rows for {} keys", likes.users_by_post.len());
    exact::served(&host.documents(PROJECTION)?, &likes.users_by_post).context("the documents after a crash")
}

/// Returns the disk usage of the state, and of everything else of a version.
fn split(versions: &Path) -> Result<(u64, u64)> {
    let mut state_bytes = 0;
    for version in std::fs::read_dir(versions).context("listing versions")? {
        let version = version?.path();
        let run = std::fs::read_to_string(version.join("current")).context("the run that is served")?;
        state_bytes += disk_bytes(&version.join(run).join("state"))?;
    }
    Ok((state_bytes, disk_bytes(versions)? - state_bytes))
}
