//! A topic's `topic.json`, and the names of topics.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::sync_dir;
use super::owner::{Id, Owner};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// Maximum length of a topic's name in Kafka.
const NAME_BYTES_MAX: usize = 249;

pub(super) const METADATA_FILE: &str = "topic.json";
/// Last character of the name of a folder that is not a topic yet. No topic's name contains it.
pub(super) const UNFINISHED: char = '~';

#[derive(Serialize, Deserialize)]
pub(super) struct Metadata {
    version: u32,
    pub(super) partitions: u32,
    /// `None` in version 1.
    #[serde(flatten)]
    pub(super) identity: Option<Identity>,
}

/// The log and topic that the folder belongs to.
#[derive(Serialize, Deserialize)]
pub(super) struct Identity {
    log: Id,
    topic: String,
    pub(super) id: Id,
    /// By partition, the offset up to which blocks may be of version 1.
    pub(super) unmarked_until: Vec<u64>,
    /// crc32c of the fields above.
    checksum: u32,
}

const VERSION: u32 = 2;
const VERSION_WITHOUT_IDENTITY: u32 = 1;

/// Checks a topic's name. It allows the characters and the length that Kafka allows, so that topics can be moved there.
///
/// # Errors
/// `Config` naming the topic.
pub(super) fn check_name(name: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed) && name != "." && name != ".."
    {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Data, format!("{name:?} cannot be the name of a topic"))
        .with_hint(format!("use 1 to {NAME_BYTES_MAX} of the characters a-z A-Z 0-9 . _ -")))
}

impl Metadata {
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let damaged = |what: &dyn std::fmt::Display| damaged(dir, &what.to_string());
        let path = dir.join(METADATA_FILE);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => damaged(&error),
            _ => Error::new(ErrorKind::Unavailable, format!("cannot read `{}`: {error}", path.display())),
        })?;
        let metadata: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
        match (metadata.version, &metadata.identity) {
            (VERSION, Some(_)) | (VERSION_WITHOUT_IDENTITY, None) => Ok(metadata),
            (VERSION | VERSION_WITHOUT_IDENTITY, _) => Err(damaged(&"it does not say whose it is")),
            (version, _) => {
                let place = dir.join(METADATA_FILE);
                let message =
                    format!("`{}` has version {version}, which this version does not know", place.display());
                Err(Error::new(ErrorKind::Config, message)
                    .with_hint("run the newer foldline that wrote this log"))
            }
        }
    }
}

impl Identity {
    pub(super) fn new(log: Id, topic: &str, id: Id, unmarked_until: Vec<u64>) -> Self {
        let mut identity = Self { log, topic: topic.to_owned(), id, unmarked_until, checksum: 0 };
        identity.checksum = identity.expected_checksum();
        identity
    }

    fn expected_checksum(&self) -> u32 {
        let Self { log, topic, id, unmarked_until, .. } = self;
        crc32c::crc32c(format!("{log} {topic} {id} {unmarked_until:?}").as_bytes())
    }

    pub(super) fn metadata(self) -> Metadata {
        let partitions = self.unmarked_until.len() as u32;
        Metadata { version: VERSION, partitions, identity: Some(self) }
    }

    pub(super) fn check(&self, dir: &Path, log: Id, name: &str, partitions: u32) -> Result<()> {
        let place = dir.join(METADATA_FILE);
        let place = place.display();
        if self.checksum != self.expected_checksum() || self.unmarked_until.len() != partitions as usize {
            return Err(damaged(dir, "it does not match its checksum"));
        }
        let (message, hint) = if self.log != log {
            (
                format!("`{place}` is of a topic of log {}, and this is log {log}", self.log),
                "one of the two was copied here: stop the host, and restore the whole log folder as it was",
            )
        } else if self.topic != name {
            (
                format!("`{place}` is of topic `{}`, and its folder is called `{name}`", self.topic),
                "a folder was renamed, or copied over another one: stop the host, give it its name back, or restore the topic \
                 of this name from a backup",
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Corrupt, message).with_hint(hint))
    }
}

pub(super) fn damaged(dir: &Path, what: &str) -> Error {
    let place = dir.join(METADATA_FILE);
    Error::new(ErrorKind::Corrupt, format!("the log is damaged in `{}`: {what}", place.display()))
        .with_hint("stop the host and restore this topic's folder from a backup")
}

/// Writes a topic's `topic.json`, atomically and durably.
pub(super) fn write(dir: &Path, metadata: &Metadata) -> std::io::Result<()> {
    let path = dir.join(METADATA_FILE);
    let unfinished = dir.join(format!("{METADATA_FILE}{UNFINISHED}"));
    fs::write(&unfinished, serde_json::to_vec(metadata)?)?;
    fs::File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, &path)?;
    sync_dir(dir)
}

/// Returns the id of the log that a topic's folder belongs to; `None` in version 1.
///
/// # Errors
/// As [`Topic::open`].
pub(super) fn log_of(dir: &Path) -> Result<Option<Id>> {
    Ok(Metadata::read(dir)?.identity.map(|identity| identity.log))
}

/// Returns the name of the owner with this mark, for messages.
pub(super) fn name_of(log_dir: &Path, mark: u32) -> Option<String> {
    let (names, _) = list(log_dir).ok()?;
    names.iter().find_map(|name| {
        let metadata = Metadata::read(&log_dir.join(name)).ok()?;
        let identity = metadata.identity?;
        let is_owner = |number: &u32| Owner::new(identity.log, identity.id, *number, 0).mark == mark;
        let number = (0..metadata.partitions).find(is_owner)?;
        Some(format!("of topic `{name}`, partition {number}"))
    })
}

/// Returns the names of all topics in a log's folder, sorted, and the folders of topics whose creation never finished.
///
/// # Errors
/// `Unavailable` when the folder cannot be read.
pub(super) fn list(log_dir: &Path) -> Result<(Vec<String>, Vec<PathBuf>)> {
    let unreadable = || format!("cannot read the folder `{}`", log_dir.display());
    let (mut names, mut unfinished) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(log_dir).kind(ErrorKind::Unavailable, unreadable())? {
        let entry = entry.kind(ErrorKind::Unavailable, unreadable())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.path().is_dir() {
            continue;
        }
        if name.ends_with(UNFINISHED) {
            unfinished.push(entry.path());
        } else if check_name(&name).is_ok() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok((names, unfinished))
}
