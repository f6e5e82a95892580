//! The conformance suite for the embedded store.

use std::path::{Path, PathBuf};

use foldline_base::error::Result;
use foldline_sink::reading::Entry;
use foldline_sink::{Reading, Sink, SinkBackend, SinkVersion};
use foldline_sink_testkit::{Capabilities, Claim, Contents, LossNoticed, Readers, SinkKind};
use tempfile::TempDir;

use crate::{SqliteReader, SqliteSink};

foldline_sink_testkit::conformance!(start);

fn start() -> Option<Files> {
    Some(Files(tempfile::tempdir().unwrap()))
}

/// One file per version, as the host keeps them.
struct Files(TempDir);

/// The host's part, which opens and reads the files.
struct Opener(PathBuf);

fn path(folder: &Path, version: &SinkVersion) -> PathBuf {
    folder.join(format!("{}-{}.sqlite", version.projection, version.version))
}

impl SinkKind for Files {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            readers: Readers::MovedByHost,
            loss_noticed: LossNoticed::Examined,
            checks_order: Claim::Holds,
            fences: Claim::Holds,
            serves_sets: Claim::Holds,
            flushes_atomically: Claim::Holds,
            deletes_versions: Claim::Not("the host deletes a version's folder, with its state"),
            disowns: Claim::Not("a state of another log gets a run of its own, with its own file"),
            names_changes_by_hand: Claim::Not("a file that is not the one that was written is a loss"),
            tells_installations_apart: Claim::Not("a data folder has one installation"),
            refused_body: Err("any body is stored; values that fit no declared field sort as missing"),
        }
    }

    fn backend(&self) -> Box<dyn SinkBackend> {
        Box::new(Opener(self.0.path().to_owned()))
    }

    fn projection(&self) -> String {
        "posts".to_owned()
    }

    fn shown(&self, version: &SinkVersion) -> Contents {
        let mut contents = Contents::default();
        // A file that is not loaded refuses readers.
        let Ok(mut reader) = SqliteReader::open(&path(self.0.path(), version), &version.document) else {
            return contents;
        };
        if reader.count().is_err() {
            return contents;
        }
        let mut visit = |entry| {
            match entry {
                Entry::Document { id, body } => drop(contents.documents.insert(id, body)),
                Entry::Member { set, member, score, .. } => {
                    contents.sets.entry(set).or_default().insert(member, score);
                }
            }
            Ok(())
        };
        reader.entries(&mut visit).unwrap();
        contents
    }

    fn lose(&self, version: &SinkVersion) {
        std::fs::remove_file(path(self.0.path(), version)).unwrap();
    }
}

impl SinkBackend for Opener {
    fn open(&self, version: &SinkVersion, owner: &str, from_empty: bool) -> Result<Box<dyn Sink>> {
        let open = if from_empty { SqliteSink::open_fresh } else { SqliteSink::open };
        Ok(Box::new(open(&path(&self.0, version), owner, &version.document)?))
    }

    fn disown(&self, _: &SinkVersion) -> Result<()> {
        Ok(())
    }

    fn keep_only(&self, _: &str, _: &[SinkVersion]) -> Result<()> {
        Ok(())
    }

    fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        let path = path(&self.0, version);
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(Box::new(SqliteReader::open(&path, &version.document)?)))
    }
}
