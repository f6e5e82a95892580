//! A topic: a folder with one folder per partition, made whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::partition::{Partition, sync_dir};
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::log::partitioner::Partitioner;

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
    pub(super) partitions: Vec<Arc<Partition>>,
    pub(super) partitioner: Partitioner,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    version: u32,
    partitions: u32,
}

const VERSION: u32 = 1;

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
    pub(super) fn create(log_dir: &Path, name: &str, partitions: u32) -> Result<Self> {
        let unfinished = log_dir.join(format!("{name}{UNFINISHED}"));
        let make = || -> std::io::Result<()> {
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            fs::create_dir(&unfinished)?;
            for number in 0..partitions {
                fs::create_dir(unfinished.join(number.to_string()))?;
            }
            let metadata = serde_json::to_vec(&Metadata { version: VERSION, partitions })?;
            let path = unfinished.join(METADATA_FILE);
            fs::write(&path, metadata)?;
            fs::File::open(&path)?.sync_all()?;
            sync_dir(&unfinished)?;
            fs::rename(&unfinished, log_dir.join(name))?;
            sync_dir(log_dir)
        };
        make().kind(
            ErrorKind::Unavailable,
            format!("cannot create topic `{name}` in `{}`", log_dir.display()),
        )?;
        Self::open(&log_dir.join(name), name, 0).map(|(topic, _)| topic)
    }

    /// Opens a topic from its folder; groups over several files count up to `committed`.
    ///
    /// Also returns the highest group number seen.
    ///
    /// # Errors
    /// As [`Partition::open`].
    pub(super) fn open(dir: &Path, name: &str, committed: u64) -> Result<(Self, u64)> {
        let path = dir.join(METADATA_FILE);
        let damaged = |what: String| {
            Error::new(ErrorKind::Corrupt, format!("the log is damaged in `{}`: {what}", path.display()))
                .with_hint("stop the host and restore this topic's folder from a backup")
        };
        let bytes = fs::read(&path).map_err(|error| damaged(error.to_string()))?;
        let metadata: Metadata =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if metadata.version != VERSION {
            let place = path.display();
            return Err(Error::new(
                ErrorKind::Config,
                format!("`{place}` has version {}, which this version does not know", metadata.version),
            )
            .with_hint("run the newer foldline that wrote this log"));
        }
        // The folders tell the number as well: a changed digit must not send keys to other partitions.
        let folder = |number: u32| -> PathBuf { dir.join(number.to_string()) };
        let matches = (1..=PARTITIONS_MAX).contains(&metadata.partitions)
            && (0..metadata.partitions).all(|number| folder(number).is_dir())
            && !folder(metadata.partitions).exists();
        if !matches {
            return Err(damaged(format!(
                "{} partitions do not match the folders beside it",
                metadata.partitions
            )));
        }
        let topic: Arc<str> = name.into();
        let mut partitions = Vec::new();
        let mut last_group = 0;
        for number in 0..metadata.partitions {
            let (partition, group) = Partition::open(topic.clone(), number, folder(number), committed)?;
            partitions.push(Arc::new(partition));
            last_group = last_group.max(group);
        }
        Ok((Self { partitions, partitioner: Partitioner::default() }, last_group))
    }
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
        Topic::create(dir.path(), "t", 3).unwrap();
        assert_eq!(Topic::open(&dir.path().join("t"), "t", 0).unwrap().0.partitions.len(), 3);
        for text in [r#"{"version":1,"partitions":2}"#, r#"{"version":1,"partitions":4}"#, "{"] {
            fs::write(dir.path().join("t/topic.json"), text).unwrap();
            let error = Topic::open(&dir.path().join("t"), "t", 0).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{text}");
        }
    }

    #[test]
    fn an_unfinished_topic_is_none() {
        let dir = tempfile::tempdir().unwrap();
        Topic::create(dir.path(), "t", 1).unwrap();
        fs::create_dir_all(dir.path().join("u~/0")).unwrap();
        assert_eq!(list(dir.path()).unwrap(), (vec!["t".to_owned()], vec![dir.path().join("u~")]));
    }
}
