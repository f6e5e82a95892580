//! The control document of an index: its writer and progress. It only changes by compare-and-set.

use foldline_core::position::Position;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use tracing::{info, warn};

use super::client::{Client, Request};
use super::index::{self, Index};
use super::mapping::MARK;
use super::shards::Histories;
use foldline_base::error::{Error, ErrorKind};

/// The prefix of ids that no document of a projection can have.
pub(super) const RESERVED: &str = "_foldline:";

const ID: &str = "_foldline:control";

/// The content of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Control {
    /// The owner: a process start.
    pub(super) owner: String,
    /// How many times an owner has taken over. It tells a successor from an older state of the index.
    pub(super) taken: u64,
    /// The last flush that began.
    pub(super) seq: u64,
    /// The position up to which documents may be shown.
    #[serde(serialize_with = "put_position", deserialize_with = "position")]
    pub(super) hi: Position,
    /// The position up to which all documents are shown.
    #[serde(serialize_with = "put_lo", deserialize_with = "lo")]
    pub(super) lo: Option<Position>,
    /// The last flush that ended: the one that `lo` belongs to.
    pub(super) ended: u64,
    /// The installation that owns the index. `None` for an installation without a name, and for indexes from before installations
    /// had names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) installation: Option<String>,
    /// Whether it was given up, as another installation's or another log's. It is read until it is replaced, and no writer
    /// continues with it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) adopted: bool,
    /// The histories of the shards that were written; `None` for indexes from before this field existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shards: Option<Histories>,
}

impl Control {
    /// Returns the installation that owns the index, if it is not `ours`.
    pub(super) fn theirs<'a>(&'a self, ours: Option<&str>) -> Option<&'a str> {
        let ours = ours?;
        self.installation.as_deref().filter(|theirs| *theirs != ours)
    }

    /// Returns numbers that only grow: an index with smaller ones has gone back to an older state.
    pub(super) fn age(&self) -> (u64, u64, u64) {
        (self.taken, self.seq, self.ended)
    }
}

/// Returns a position as stored in the document.
fn encode(position: &Position) -> String {
    position.kept().to_string()
}

/// Parses a position of the document.
fn decode<E: serde::de::Error>(text: &str) -> Result<Position, E> {
    text.parse().map_err(E::custom)
}

fn put_position<S: Serializer>(position: &Position, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(position))
}

fn position<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
    decode(&String::deserialize(deserializer)?)
}

fn put_lo<S: Serializer>(lo: &Option<Position>, serializer: S) -> Result<S::Ok, S::Error> {
    lo.as_ref().map(encode).serialize(serializer)
}

fn lo<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Position>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| decode(&text)).transpose()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// The document as stored on the server.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) control: Control,
    at: WriteVersion,
}

/// Identifies the last write of the document.
#[derive(Clone, Copy, Debug, Deserialize)]
struct WriteVersion {
    #[serde(rename = "_seq_no")]
    seq_no: u64,
    #[serde(rename = "_primary_term")]
    primary_term: u64,
}

/// Reads the document; `None` if there is none, or none that we wrote.
///
/// # Errors
/// `NotFound` when the index is gone.
pub(super) fn read(client: &Client, index: &Index) -> foldline_base::error::Result<Option<Held>> {
    #[derive(Deserialize)]
    struct Found {
        found: bool,
    }
    #[derive(Deserialize)]
    struct Document {
        #[serde(flatten)]
        at: WriteVersion,
        #[serde(rename = "_source")]
        source: Source,
    }
    #[derive(Deserialize)]
    struct Source {
        #[serde(rename = "_foldline")]
        control: Control,
    }
    let answer = client.call(&Request::get(format!("{}/_doc/{ID}", index.path())))?;
    let doing = format!("read who writes `{}`", index.name);
    match answer.read::<Found>() {
        Some(Found { found: true }) if answer.is_success() => {
            let document = answer.read::<Document>();
            Ok(document.map(|document| Held { control: document.source.control, at: document.at }))
        }
        Some(Found { found: false }) if answer.status == 404 => Ok(None),
        _ if answer.is_success() => Err(client.unavailable(format!("{doing}: the answer cannot be read"))),
        _ => Err(answer.failure(client.sink(), &doing)),
    }
}

/// Writes the document if it is still as `held`, or still does not exist. `None` means that it has changed.
///
/// # Errors
/// `NotFound` when the index is gone; after `Unavailable` it may have been written.
pub(super) fn swap(
    client: &Client,
    index: &Index,
    held: Option<&Held>,
    control: Control,
) -> foldline_base::error::Result<Option<Held>> {
    let mut body = json!({MARK: &control});
    body[MARK]["kind"] = json!("control");
    let places = held.map(|held| (held.at.seq_no.to_string(), held.at.primary_term.to_string()));
    let mut query = vec![("require_alias", "true"), ("timeout", "30s")];
    let path = match &places {
        None => format!("{}/_create/{ID}", index.write_path()),
        Some((seq_no, primary_term)) => {
            query.extend([("if_seq_no", seq_no.as_str()), ("if_primary_term", primary_term.as_str())]);
            format!("{}/_doc/{ID}", index.write_path())
        }
    };
    let answer = client.call(&Request::put(path).query(&query).json(&body))?;
    let doing = format!("write flush {} of `{}`", control.seq, index.name);
    if answer.is_success() {
        return match answer.read::<WriteVersion>() {
            Some(at) => Ok(Some(Held { control, at })),
            None => Err(client.unavailable(format!("{doing}: the answer cannot be read"))),
        };
    }
    if answer.status == 409 && answer.cause().is_some() {
        return Ok(None);
    }
    Err(answer.failure(client.sink(), &doing))
}

/// Returns the error for a document that is not as this owner left it; `None` for a later state of the same owner.
pub(super) fn judge(
    client: &Client,
    index: &Index,
    left: &Control,
    found: Option<&Control>,
) -> Option<Error> {
    let sink = client.sink();
    let Some(found) = found else {
        let message = format!("sink `{sink}`: index `{}` holds nothing of ours any more", index.name);
        return Some(Error::new(ErrorKind::Lost, message));
    };
    if found.taken > left.taken || (found.taken == left.taken && found.owner != left.owner) {
        let message = format!(
            "sink `{sink}`: index `{}` was taken over: owner `{}` is fenced by `{}`",
            index.name, left.owner, found.owner
        );
        return Some(
            Error::new(ErrorKind::Corrupt, message)
                .with_hint("only one host may write a sink; stop the other one"),
        );
    }
    if found.age() < left.age() {
        let message = format!(
            "sink `{sink}`: index `{}` has gone back from flush {} to {}, as after a restore of a snapshot",
            index.name, left.seq, found.seq
        );
        return Some(Error::new(ErrorKind::Lost, message));
    }
    None
}

/// Deletes an index, unless another installation owns it.
pub(super) fn delete_ours(
    client: &Client,
    index: &Index,
    ours: Option<&str>,
) -> foldline_base::error::Result<()> {
    let held = match read(client, index) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        held => held?,
    };
    if let Some(theirs) = held.as_ref().and_then(|held| held.control.theirs(ours)) {
        warn!(index = index.name, theirs, "it is another installation's, and stays");
        return Ok(());
    }
    index::delete(client, index)?;
    info!(index = index.name, "deleted");
    Ok(())
}
