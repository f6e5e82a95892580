//! Finds the rows that the traced row shows, over its whole history: one replay for each link of the longest chain of references.

use foldline_core::position::Position;
use foldline_core::reference::References;

use super::followed_rows::FollowedRows;
use super::follower::{Follower, taken};
use super::target::TraceTarget;
use foldline_base::error::Result;
use foldline_base::seed::hash_seed;
use foldline_engine::replay::Replay;
use foldline_engine::verify::Folding;
use foldline_log::Log;

/// Returns the rows to follow. `progress` receives the records read and the records to read, of all replays together.
///
/// # Errors
/// Those of the log, of `progress`, and of [`FollowedRows::add`].
pub(super) fn followed_rows(
    folding: &Folding,
    log: &dyn Log,
    target: &TraceTarget,
    end: &Position,
    progress: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<FollowedRows> {
    let references = References::of(folding.module.description(), hash_seed());
    let mut followed = FollowedRows::default();
    let replays = references.depth() as u64;
    for pass in 0..replays {
        let known = followed.len();
        let mut follower = Follower::new(folding, log, target.clone(), followed.clone())?;
        follower.row.note_shown(&mut followed)?;
        let mut replay = Replay::open(log, end.clone())?;
        while let Some(batches) = replay.next_batches()? {
            progress(pass * replay.total() + replay.read(), replays * replay.total())?;
            let batches = taken(batches);
            for units in follower.extract(&batches)? {
                let judged = follower.judge(units)?;
                for touch in &judged.touches {
                    follower.apply(&judged, touch)?;
                    follower.row.note_shown(&mut followed)?;
                }
            }
        }
        if followed.len() == known {
            break;
        }
    }
    Ok(followed)
}
