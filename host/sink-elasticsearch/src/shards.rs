//! Checks that the shards of an index are still those that were written.
//!
//! The control document changes by compare-and-set, which proves that it is the one that was left. This proves nothing about the
//! other documents: an index that was restored from a snapshot between two chunks of a flush may hold one chunk and lack the
//! other, and its shards may be from different moments. But each shard names its **history**, which Elasticsearch replaces
//! whenever a shard continues from anything but what it acknowledged: a snapshot, a stale copy that was forced to be the primary,
//! nothing at all. The control document holds the histories. A writer that continues with an index compares them first, and every
//! writer compares them at the end of a flush, after its data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::client::{Client, Request};
use super::index::Index;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};

/// The history of each shard's primary, by the shard's number.
pub(super) type Histories = BTreeMap<u32, String>;

/// Reads the histories of all shards that currently have a primary.
pub(super) fn read(client: &Client, index: &Index) -> Result<Histories> {
    #[derive(Deserialize)]
    struct Answered {
        #[serde(default)]
        indices: BTreeMap<String, Described>,
    }
    #[derive(Deserialize)]
    struct Described {
        shards: BTreeMap<u32, Vec<Copy>>,
    }
    #[derive(Deserialize)]
    struct Copy {
        routing: Routing,
        commit: Commit,
    }
    #[derive(Deserialize)]
    struct Routing {
        primary: bool,
    }
    #[derive(Deserialize)]
    struct Commit {
        user_data: UserData,
    }
    #[derive(Deserialize)]
    struct UserData {
        history_uuid: String,
    }
    let request = Request::get(format!("{}/_stats/docs", index.path())).query(&[
        ("level", "shards"),
        (
            "filter_path",
            "indices.*.shards.*.routing.primary,indices.*.shards.*.commit.user_data.history_uuid",
        ),
    ]);
    let answer = client.call(&request)?;
    let doing = format!("read the histories of `{}`", index.name);
    if !answer.is_success() {
        return Err(answer.failure(client.sink(), &doing));
    }
    let Some(Answered { mut indices }) = answer.read() else {
        return Err(client.unavailable(format!("{doing}: the answer cannot be read")));
    };
    let shards = indices.remove(&index.name).map(|described| described.shards).unwrap_or_default();
    let histories = shards.into_iter().filter_map(|(shard, copies)| {
        let primary = copies.into_iter().find(|copy| copy.routing.primary)?;
        Some((shard, primary.commit.user_data.history_uuid))
    });
    Ok(histories.collect())
}

/// Compares the recorded histories with the current ones.
///
/// # Errors
/// `Lost` when a shard has another history; `Unavailable` when one has no primary.
pub(super) fn compare(client: &Client, index: &Index, written: &Histories, now: &Histories) -> Result<()> {
    for (shard, history) in written {
        match now.get(shard) {
            Some(found) if found == history || is_planted(Bug::ShardHistoryIgnored) => {}
            Some(_) => {
                let message = format!(
                    "sink `{}`: shard {shard} of index `{}` has gone back, as after a restore of a snapshot",
                    client.sink(),
                    index.name
                );
                return Err(Error::new(ErrorKind::Lost, message));
            }
            None => {
                let message = format!("shard {shard} of index `{}` has no primary", index.name);
                return Err(client.unavailable(message));
            }
        }
    }
    Ok(())
}
