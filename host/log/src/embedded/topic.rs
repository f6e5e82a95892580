//! A topic: a folder with one folder per partition, made whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::owner::{Id, Owner};
use super::partition::{Partition, sync_dir};
use crate::partitioner::Partitioner;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// Topics of the host itself start so; they have one partition, since their records have one order.
const INTERNAL_PREFIX: &str = "foldline.";
/// The longest name of Kafka's topics.
const NAME_BYTES_MAX: usize = 249;
/// Each costs a folder, an open file while busy, and a sync per group.
pub(super) const PARTITIONS_MAX: u32 = 1_024;
const METADATA_FILE: &str = "topic.json";
/// Ends the name of a folder that is not a topic yet; no topic's name contains it.
const UNFINISHED: char = '~';

/// A topic.
#[derive(Debug)]
pub(super) struct Topic {
    /// Made with the topic: one of the same name that is made later has another one.
    pub(super) id: Id,
    pub(super) partitions: Vec<Arc<Partition>>,
    pub(super) partitioner: Partitioner,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    version: u32,
    partitions: u32,
    /// Since version 2.
    #[serde(flatten)]
    identity: Option<Identity>,
}

/// Whose the folder is.
#[derive(Serialize, Deserialize)]
struct Identity {
    log: Id,
    topic: String,
    id: Id,
    /// Of each partition the offset until which blocks may be of version 1.
    unmarked_until: Vec<u64>,
    /// crc32c of the above.
    checksum: u32,
}

const VERSION: u32 = 2;
const VERSION_WITHOUT_IDENTITY: u32 = 1;

/// Returns whether a topic is the host's own.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with(INTERNAL_PREFIX)
}

/// Checks a topic's name: the characters and the length that Kafka allows, so that topics can move there.
///
/// # Errors
/// `Config` naming it.
pub(super) fn check_name(name: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed) && name != "." && name != ".."
    {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Data, format!("{name:?} cannot be the name of a topic"))
        .with_hint(format!("use 1 to {NAME_BYTES_MAX} of the characters a-z A-Z 0-9 . _ -")))
}

impl Topic {
    /// Makes a topic durably; a crash leaves all of it or a folder that the next start removes.
    ///
    /// # Errors
    /// `Unavailable` when the folder refuses.
    pub(super) fn create(log_dir: &Path, log: Id, name: &str, partitions: u32) -> Result<Self> {
        let unfinished = log_dir.join(format!("{name}{UNFINISHED}"));
        let make = || -> std::io::Result<()> {
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            fs::create_dir(&unfinished)?;
            for number in 0..partitions {
                fs::create_dir(unfinished.join(number.to_string()))?;
            }
            let identity = Identity::new(log, name, Id::new()?, vec![0; partitions as usize]);
            write(&unfinished, &identity.metadata())?;
            fs::rename(&unfinished, log_dir.join(name))?;
            sync_dir(log_dir)
        };
        make().kind(
            ErrorKind::Unavailable,
            format!("cannot create topic `{name}` in `{}`", log_dir.display()),
        )?;
        Self::open(&log_dir.join(name), log, name, 0).map(|(topic, _)| topic)
    }

    /// Opens a topic from its folder; groups over several files count up to `committed`.
    ///
    /// Also returns the highest group number seen.
    ///
    /// # Errors
    /// As [`Partition::open`], and `Corrupt` for the folder of another log or topic.
    pub(super) fn open(dir: &Path, log: Id, name: &str, committed: u64) -> Result<(Self, u64)> {
        let metadata = Metadata::read(dir)?;
        // The folders tell the number as well: a changed digit must not send keys to other partitions.
        let folder = |number: u32| -> PathBuf { dir.join(number.to_string()) };
        let matches = (1..=PARTITIONS_MAX).contains(&metadata.partitions)
            && (0..metadata.partitions).all(|number| folder(number).is_dir())
            && !folder(metadata.partitions).exists();
        if !matches {
            let what = format!("{} partitions do not match the folders next to it", metadata.partitions);
            return Err(damaged(dir, &what));
        }
        let identity = match &metadata.identity {
            Some(identity) => identity.check(dir, log, name, metadata.partitions).map(|()| identity)?,
            None => &Identity::new(
                log,
                name,
                Id::new().kind(ErrorKind::Unavailable, "cannot make the id of a topic")?,
                vec![u64::MAX; metadata.partitions as usize],
            ),
        };
        let topic: Arc<str> = name.into();
        let mut partitions = Vec::new();
        let mut last_group = 0;
        for (number, &unmarked_until) in (0..).zip(&identity.unmarked_until) {
            let owner = Owner::new(log, identity.id, number, unmarked_until);
            let (partition, group) =
                Partition::open(topic.clone(), number, folder(number), committed, owner)?;
            partitions.push(partition);
            last_group = last_group.max(group);
        }
        if metadata.identity.is_none() {
            let ends = partitions.iter().map(Partition::end).collect();
            write(dir, &Identity::new(log, name, identity.id, ends).metadata()).kind(
                ErrorKind::Unavailable,
                format!("cannot write `{}`", dir.join(METADATA_FILE).display()),
            )?;
            partitions = partitions.into_iter().map(Partition::marked_from_here).collect();
        }
        let partitions = partitions.into_iter().map(Arc::new).collect();
        Ok((Self { id: identity.id, partitions, partitioner: Partitioner::default() }, last_group))
    }

    /// Returns why the topic takes no appends: records that it held are missing.
    pub(super) fn loss(&self) -> Option<Error> {
        self.partitions.iter().find_map(|partition| partition.loss())
    }
}

impl Metadata {
    fn read(dir: &Path) -> Result<Self> {
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
    fn new(log: Id, topic: &str, id: Id, unmarked_until: Vec<u64>) -> Self {
        let mut identity = Self { log, topic: topic.to_owned(), id, unmarked_until, checksum: 0 };
        identity.checksum = identity.expected_checksum();
        identity
    }

    fn expected_checksum(&self) -> u32 {
        let Self { log, topic, id, unmarked_until, .. } = self;
        crc32c::crc32c(format!("{log} {topic} {id} {unmarked_until:?}").as_bytes())
    }

    fn metadata(self) -> Metadata {
        let partitions = self.unmarked_until.len() as u32;
        Metadata { version: VERSION, partitions, identity: Some(self) }
    }

    fn check(&self, dir: &Path, log: Id, name: &str, partitions: u32) -> Result<()> {
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

fn damaged(dir: &Path, what: &str) -> Error {
    let place = dir.join(METADATA_FILE);
    Error::new(ErrorKind::Corrupt, format!("the log is damaged in `{}`: {what}", place.display()))
        .with_hint("stop the host and restore this topic's folder from a backup")
}

/// Writes what a folder is, whole or not at all, and durably.
fn write(dir: &Path, metadata: &Metadata) -> std::io::Result<()> {
    let path = dir.join(METADATA_FILE);
    let unfinished = dir.join(format!("{METADATA_FILE}{UNFINISHED}"));
    fs::write(&unfinished, serde_json::to_vec(metadata)?)?;
    fs::File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, &path)?;
    sync_dir(dir)
}

/// Returns the log that a topic's folder says it is of, if it says so.
///
/// # Errors
/// As [`Topic::open`].
pub(super) fn log_of(dir: &Path) -> Result<Option<Id>> {
    Ok(Metadata::read(dir)?.identity.map(|identity| identity.log))
}

/// Returns whose blocks are that have this mark, for messages.
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

/// Returns the names of all topics in a log's folder, sorted, and the folders of those that were never finished.
///
/// # Errors
/// `Unavailable` when the folder refuses.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_kafka() {
        for name in ["likes", "a.b-c_D9", &"x".repeat(249)] {
            check_name(name).unwrap();
        }
        for name in ["", ".", "..", "a/b", "a b", "ä", "a~", "a\0", &"x".repeat(250)] {
            let error = check_name(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data, "{name:?}");
            assert!(error.message().contains(&format!("{name:?}")), "{error}");
        }
    }

    #[test]
    fn a_topic_whose_folders_do_not_match_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let log = Id([1; 16]);
        let open = || Topic::open(&dir.path().join("t"), log, "t", 0);
        let made = Topic::create(dir.path(), log, "t", 3).unwrap();
        let opened = open().unwrap().0;
        assert_eq!((opened.partitions.len(), opened.id), (3, made.id));
        let good = fs::read(dir.path().join("t/topic.json")).unwrap();
        for text in [r#"{"version":1,"partitions":2}"#, r#"{"version":2,"partitions":3}"#, "{"] {
            fs::write(dir.path().join("t/topic.json"), text).unwrap();
            assert_eq!(open().unwrap_err().kind(), ErrorKind::Corrupt, "{text}");
        }
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(dir.path().join("t/topic.json"), bytes).unwrap();
            // Another version is not known; all else is damage.
            let kind = open().err().map(|error| error.kind());
            assert!(matches!(kind, Some(ErrorKind::Corrupt | ErrorKind::Config)), "bit {bit}: {kind:?}");
        }
    }

    #[test]
    fn a_topic_made_anew_is_another_one() {
        let dir = tempfile::tempdir().unwrap();
        let make = || Topic::create(dir.path(), Id([1; 16]), "t", 1).unwrap().id;
        let first = make();
        fs::remove_dir_all(dir.path().join("t")).unwrap();
        assert_ne!(make(), first);
    }

    #[test]
    fn an_unfinished_topic_is_none() {
        let dir = tempfile::tempdir().unwrap();
        Topic::create(dir.path(), Id([1; 16]), "t", 1).unwrap();
        fs::create_dir_all(dir.path().join("u~/0")).unwrap();
        assert_eq!(list(dir.path()).unwrap(), (vec!["t".to_owned()], vec![dir.path().join("u~")]));
    }
}
