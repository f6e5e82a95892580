//! Which version last wrote a topic of changes, and how far: a file that may be lost, and is never ahead of the topic.

use std::path::Path;

use foldline_core::position::Position;
use serde::{Deserialize, Serialize};

use super::topic::Offsets;
use foldline_base::error::Result;
use foldline_base::note;

/// The content of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProgressNote {
    /// VERSION-DIGEST.
    pub(super) version: String,
    /// The last flush.
    pub(super) seq: u64,
    /// Everything before this position is in the topic. `None` while all documents are being written.
    #[serde(with = "foldline_core::position::kept_if_any")]
    pub(super) lo: Option<Position>,
    /// The position up to which the topic may show documents.
    #[serde(with = "foldline_core::position::kept")]
    pub(super) hi: Position,
    /// The topic's id, if the log has ids.
    #[serde(default)]
    pub(super) topic_id: Option<String>,
    /// The ends of the topic's partitions when `lo` was reached.
    #[serde(default)]
    pub(super) ends: Offsets,
}

impl ProgressNote {
    /// Reads the file; `None` if it is missing or damaged.
    pub(super) fn read(path: &Path) -> Option<Self> {
        note::read(path).ok().flatten()
    }

    /// Replaces the file. An older file, or none, only means that more is written again.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        note::write(path, self)
    }
}
