//! A topic: a folder with one folder per partition, created completely or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::sync_dir;
use super::owner::{Id, Owner};
use super::partition::Partition;
use super::topic_file::{Identity, METADATA_FILE, Metadata, UNFINISHED, damaged, write};
use crate::partitioner::Partitioner;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// The prefix of internal topics. They have one partition, since their records have one order.
const INTERNAL_PREFIX: &str = "foldline.";

/// Each partition costs a folder, an open file while it is busy, and a sync per group.
pub(super) const PARTITIONS_MAX: u32 = 1_024;

/// A topic.
#[derive(Debug)]
pub(super) struct Topic {
    /// Created with the topic. A topic of the same name that is created later has another id.
    pub(super) id: Id,
    pub(super) partitions: Vec<Arc<Partition>>,
    pub(super) partitioner: Partitioner,
}

/// Returns whether a topic is internal.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with(INTERNAL_PREFIX)
}

impl Topic {
    /// Creates a topic durably. A crash leaves either all of it or a folder that the next start removes.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be written.
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

    /// Opens a topic from its folder. Groups over several files count up to number `committed`.
    ///
    /// Also returns the highest group number seen.
    ///
    /// # Errors
    /// As [`Partition::open`], and `Corrupt` for the folder of another log or topic.
    pub(super) fn open(dir: &Path, log: Id, name: &str, committed: u64) -> Result<(Self, u64)> {
        let metadata = Metadata::read(dir)?;
        // Compare with the number of folders: a damaged digit must not send keys to other partitions.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::topic_file::{check_name, list};

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
            // A changed version is refused as unknown; every other change is damage.
            let kind = open().err().map(|error| error.kind());
            assert!(matches!(kind, Some(ErrorKind::Corrupt | ErrorKind::Config)), "bit {bit}: {kind:?}");
        }
    }

    #[test]
    fn a_topic_that_was_recreated_is_another_one() {
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
