//! Makes decisions durable as records of the internal topic `foldline.decisions`, which is append-only and has one writer.
//!
//! A note next to the log (`DATA/decided.json`) says where the topic ended. It reveals when older decisions were restored;
//! nothing is then decided on top of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use foldline_core::parameters::Values;
use foldline_core::position::Position;
use semver::Version;
use serde::{Deserialize, Serialize};
use tracing::{error, warn};

use super::skip::Skip;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_base::note;
use foldline_base::panics;
use foldline_log::embedded::EmbeddedLog;
use foldline_log::lineage::{Lineage, testimony};
use foldline_log::{Log, NewRecord, Start};
use foldline_module::Digest;

/// The topic of decisions.
pub const TOPIC: &str = "foldline.decisions";
/// The note of the topic's end, within the data folder.
pub const NOTE: &str = "decided.json";

/// A decision. Everything between two decisions is derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// A module was accepted with values of its parameters; its bytes are in the module store. With other values than before, it is
    /// another build of its version.
    Registered {
        /// The projection.
        name: String,
        /// The module's version.
        version: Version,
        /// The module's digest.
        digest: Digest,
        /// The values of its parameters that differ from the fallbacks. They, and not the configuration, are what it runs with.
        #[serde(default, skip_serializing_if = "Values::is_empty")]
        values: Values,
    },
    /// A version that was registered with the beginning of its file now has the whole file, in all its builds. None was served.
    Completed {
        /// The projection.
        name: String,
        /// The module's version.
        version: Version,
        /// The digest of the whole module.
        digest: Digest,
    },
    /// A version is replayed alongside the live one, replacing any other candidate, because an operator asked for it.
    Started {
        /// The projection.
        name: String,
        /// The module's version.
        version: Version,
    },
    /// A version is served from now on. The previous one is kept for a rollback.
    Live {
        /// The projection.
        name: String,
        /// The module's version.
        version: Version,
        /// The digest of the build.
        digest: Digest,
        /// The position that its sinks showed at the decision.
        #[serde(with = "foldline_core::position::kept")]
        position: Position,
        /// Time of the decision, in milliseconds since 1970. The rollback window begins here.
        at_ms: i64,
        /// The sinks that were left behind, with what their readers may have seen. These readers move once the version shows as
        /// much.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        left: BTreeMap<String, Position>,
    },
    /// A version's rollback window is over. Its state is deleted.
    Retired {
        /// The projection.
        name: String,
        /// The module's version.
        version: Version,
    },
    /// A version was discarded. Its state is deleted.
    Discarded {
        /// The projection.
        name: String,
        /// The module's version.
        version: Version,
    },
    /// A projection was removed with all its versions. Their states are deleted.
    Removed {
        /// The projection.
        name: String,
        /// Whether its documents on servers stay.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        keeps_documents: bool,
    },
    /// All versions of a projection skip records from now on; or no longer, if the skip is taken back.
    Skipped {
        /// The projection.
        name: String,
        /// Which records, and why.
        skip: Skip,
    },
    /// A topic has one more partition. All windows, now and in every replay, treat it as having shown this event time before its
    /// first record.
    PartitionAdded {
        /// The logical topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// In milliseconds since 1970. Absent if no window had advanced yet.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        event_time: Option<i64>,
    },
    /// A topic was adopted: it is the right one from now on, whatever was read before. State of another log starts over.
    LogAdopted {
        /// The logical topic.
        topic: String,
        /// The topic's end at that time, with its id and witnesses.
        #[serde(with = "foldline_core::position::kept")]
        position: Position,
        /// Whether relays read it from its start, instead of from its end at that time.
        from_start: bool,
    },
}

impl Decision {
    /// Returns the projection and version that it concerns: of a registered or completed module its own, otherwise the version
    /// of a build ([`Build::version`](super::build::Build::version)). `None` for a decision that concerns no version.
    pub fn subject(&self) -> Option<(&str, &Version)> {
        match self {
            Self::Registered { name, version, .. }
            | Self::Completed { name, version, .. }
            | Self::Started { name, version }
            | Self::Live { name, version, .. }
            | Self::Retired { name, version }
            | Self::Discarded { name, version } => Some((name, version)),
            Self::Removed { .. }
            | Self::Skipped { .. }
            | Self::PartitionAdded { .. }
            | Self::LogAdopted { .. } => None,
        }
    }
}

/// The log of decisions.
pub struct Decisions {
    log: Arc<EmbeddedLog>,
    lineage: Arc<Lineage>,
    note: PathBuf,
}

/// The end of the topic.
#[derive(Serialize, Deserialize)]
struct Decided {
    #[serde(with = "foldline_core::position::kept")]
    position: Position,
}

impl Decisions {
    /// Opens the log and returns all decisions so far.
    ///
    /// # Errors
    /// `Corrupt` for a record that is not a decision; the log's error when it cannot be read.
    pub fn open(log: Arc<EmbeddedLog>, lineage: Arc<Lineage>, data: &Path) -> Result<(Self, Vec<Decision>)> {
        log.ensure_topic(TOPIC)?;
        let end = log.ends(TOPIC)?[0];
        let mut reader = log.reader(&[Start { topic: TOPIC.to_owned(), partition: 0, next_offset: 0 }])?;
        let mut decisions = Vec::new();
        let mut next_offset = 0;
        while next_offset < end {
            for batch in reader.poll(1 << 20, Duration::from_secs(1))? {
                for record in batch.iter() {
                    let value = record.value.unwrap_or_default();
                    let decision = serde_json::from_slice(value).kind(
                        ErrorKind::Corrupt,
                        format_args!("record {} of topic `{TOPIC}` is not a decision", record.offset),
                    )?;
                    decisions.push(decision);
                }
                next_offset = batch.next_offset();
            }
        }
        Ok((Self { log, lineage, note: data.join(NOTE) }, decisions))
    }

    /// Returns the log that holds them.
    pub fn log(&self) -> &dyn Log {
        &*self.log
    }

    /// Compares the topic with the note, once all adoptions are known. If they disagree, the topic is in doubt from now on.
    ///
    /// # Errors
    /// The log's error when it cannot be read.
    pub fn prove(&self) -> Result<()> {
        if let Some(Decided { position }) = note::read(&self.note)? {
            match self.lineage.prove(&*self.log, &[TOPIC.to_owned()], &[&position]) {
                Err(error) if error.kind() == ErrorKind::Replaced => {
                    error!(%error, "nothing is decided until an operator adopts these decisions");
                    return Ok(());
                }
                proven => proven.map(drop)?,
            }
        }
        self.note();
        Ok(())
    }

    /// Writes the note of the topic's end.
    fn note(&self) {
        let noted = testimony(&*self.log, TOPIC).and_then(|mut position| {
            if let Some(id) = self.log.topic_id(TOPIC)? {
                position.identify(TOPIC, &self.lineage.kept_id(TOPIC, &id));
            }
            note::write(&self.note, &Decided { position })
        });
        if let Err(error) = noted {
            warn!(%error, "cannot note how far decisions are");
        }
    }

    /// Makes a decision durable.
    ///
    /// # Errors
    /// `Unavailable` when the log refuses, or holds older decisions than this host knew. The decision then was not made.
    pub fn record(&self, decision: &Decision) -> Result<()> {
        let _vital = panics::vital();
        panic_if_asked(PanicPoint::Decide, decision.subject().map_or("", |(name, _)| name));
        let is_adoption = matches!(decision, Decision::LogAdopted { topic, .. } if topic == TOPIC);
        if let Some(doubt) = self.lineage.doubts(TOPIC).filter(|_| !is_adoption) {
            let message =
                format!("nothing is decided: topic `{TOPIC}` is not the one that was read: {doubt}");
            return Err(Error::new(ErrorKind::Unavailable, message).with_hint(format!(
                "restore the decisions that the host knew; or, to continue with these, run `foldline adopt-log {TOPIC}`"
            )));
        }
        let value = serde_json::to_vec(decision)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("encoding a decision: {error}")))?;
        self.log.append(TOPIC, vec![NewRecord { value: Some(value), ..NewRecord::default() }])?;
        self.note();
        Ok(())
    }
}
