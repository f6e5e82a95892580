//! Which version wrote a topic of changes last, and how far it came: a file that may be lost, and is never ahead of the topic.

use std::path::Path;

use foldline_core::position::Position;
use serde::{Deserialize, Serialize};

use super::topic::Offsets;
use foldline_base::error::Result;
use foldline_base::note;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProgressNote {
    /// VERSION-DIGEST.
    pub(super) version: String,
    /// The last flush.
    pub(super) seq: u64,
    /// Everything before this position is in the topic; `None` = the whole is being written.
    #[serde(with = "foldline_core::position::kept_if_any")]
    pub(super) lo: Option<Position>,
    /// The position up to which the topic may show documents.
    #[serde(with = "foldline_core::position::kept")]
    pub(super) hi: Position,
    /// The topic's id, where the log has ids.
    #[serde(default)]
    pub(super) topic_id: Option<String>,
    /// Where the topic's partitions ended when `lo` was in it.
    #[serde(default)]
    pub(super) ends: Offsets,
}

impl ProgressNote {
    /// Reads the file; one that is not there, or damaged, says nothing.
    pub(super) fn read(path: &Path) -> Option<Self> {
        note::read(path).ok().flatten()
    }

    /// Replaces the file: an older one, or none, means that more is written again.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        note::write(path, self)
    }
}
