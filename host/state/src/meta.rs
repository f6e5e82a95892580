//! The meta record, which says what the rest of a store belongs to.

use foldline_core::position::Position;
use foldline_core::watermark::LargestTimes;
use serde::{Deserialize, Serialize};

use super::key;
use super::seal::{corrupt, seal, unseal};
use foldline_base::error::{ErrorKind, Result, ResultExt};

/// Version of the layout of rows and keys. A store of another format is rebuilt from the log.
pub(super) const FORMAT: u32 = 3;

/// What a checkpoint says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpointed {
    /// Everything before this position is in the rows, nothing after.
    #[serde(with = "foldline_core::position::kept")]
    pub position: Position,
    /// Records folded, without dead letters.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Late records.
    pub late: u64,
    /// Records that no input selects.
    #[serde(default)]
    pub passed_over: u64,
    /// The largest event time of each partition of the inputs.
    pub largest_times: LargestTimes,
}

/// The meta record of a checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) format: u32,
    /// Digest of the module whose state this is.
    pub(super) digest: String,
    /// The checkpoint's number: the first is 1.
    pub(super) epoch: u64,
    /// Rows of all tables.
    pub(super) rows: u64,
    /// The position before which deleted rows are no longer remembered. A sink that shows less may still hold their documents.
    #[serde(default)]
    #[serde(with = "foldline_core::position::kept")]
    pub(super) forgotten: Position,
    #[serde(flatten)]
    pub(super) checkpointed: Checkpointed,
}

impl Meta {
    pub(super) fn sealed(&self) -> Result<Vec<u8>> {
        let bytes = serde_json::to_vec(self).kind(ErrorKind::Internal, "encoding a checkpoint")?;
        Ok(seal(key::META, &bytes))
    }

    /// Returns the meta record, if it is of the module with this digest.
    pub(super) fn unsealed(sealed: &[u8], digest: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let bytes = unseal(key::META, sealed)?;
        // The format first: a record of another format may have other fields.
        let Format { format } =
            serde_json::from_slice(bytes).kind(ErrorKind::Corrupt, "the meta record of state")?;
        if format != FORMAT {
            return Err(corrupt(format!("state has format {format}, this host writes {FORMAT}")));
        }
        let meta: Self =
            serde_json::from_slice(bytes).kind(ErrorKind::Corrupt, "the meta record of state")?;
        if meta.digest != digest {
            return Err(corrupt(format!("state belongs to digest {}, not {digest}", meta.digest)));
        }
        Ok(meta)
    }
}
