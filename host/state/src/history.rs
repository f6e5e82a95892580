//! The store's last checkpoints: number and position of each, one record per checkpoint.
//!
//! They tell which rows may have changed after a position. They also expose a checkpoint that is missing in the middle: after
//! a crash fjall replays several journals, and damage in one loses only the rest of that journal. Rows of the lost checkpoint
//! would then keep an older value among newer rows, with a valid checksum.

use fjall::{Keyspace, Readable, Snapshot};
use foldline_core::position::Position;

use super::key;
use super::seal::{corrupt, failed, seal, unseal};
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};

/// Number of checkpoints kept: more than an hour at one every 5 s. A sink that lags further behind is sent all rows. The
/// records form a ring, so that nothing must be deleted.
pub(super) const CHECKPOINTS: u64 = 1_024;

/// Returns key and value of a checkpoint's record.
pub(super) fn record(epoch: u64, position: &Position) -> ([u8; 3], Vec<u8>) {
    let key = key::checkpoint((epoch % CHECKPOINTS) as u16);
    let mut value = epoch.to_le_bytes().to_vec();
    value.extend_from_slice(position.to_string().as_bytes());
    let sealed = seal(&key, &value);
    (key, sealed)
}

/// Checks that no checkpoint up to the last one is missing.
pub(super) fn check(snapshot: &Snapshot, keyspace: &Keyspace, last: u64) -> Result<()> {
    let mut found = 0;
    for entry in entries(snapshot, keyspace) {
        let (epoch, _) = entry?;
        if epoch > last || epoch + CHECKPOINTS <= last {
            return Err(corrupt(format!("state holds checkpoint {epoch} among those up to {last}")));
        }
        found += 1;
    }
    let expected = last.min(CHECKPOINTS);
    if found == expected || is_planted(Bug::GapNotNoticed) {
        Ok(())
    } else {
        Err(corrupt(format!("state holds {found} of its last {expected} checkpoints")))
    }
}

/// Returns the number of the last checkpoint that `position` covers; 0 if none is known. Rows that newer checkpoints wrote may
/// have changed after `position`.
pub(super) fn last_covered(snapshot: &Snapshot, keyspace: &Keyspace, position: &Position) -> Result<u64> {
    let mut last = 0;
    for entry in entries(snapshot, keyspace) {
        let (epoch, checkpoint) = entry?;
        if epoch > last && position.covers(&checkpoint.parse().kind(ErrorKind::Corrupt, "a checkpoint")?) {
            last = epoch;
        }
    }
    Ok(last)
}

/// Returns the number and the position, as text, of each checkpoint.
fn entries(snapshot: &Snapshot, keyspace: &Keyspace) -> impl Iterator<Item = Result<(u64, String)>> {
    snapshot.prefix(keyspace, key::CHECKPOINTS).map(|guard| {
        let (key, value) = guard.into_inner().map_err(failed("reading checkpoints"))?;
        let (epoch, position) = unseal(&key, &value)?
            .split_first_chunk()
            .ok_or_else(|| corrupt("a checkpoint's record is too short"))?;
        let epoch = u64::from_le_bytes(*epoch);
        if *key != key::checkpoint((epoch % CHECKPOINTS) as u16) {
            return Err(corrupt(format!("checkpoint {epoch} stands where another belongs")));
        }
        Ok((epoch, String::from_utf8_lossy(position).into_owned()))
    })
}
