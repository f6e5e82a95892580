//! What two versions hold at one position, each by a checkpoint that it cuts there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;

use super::alignment::{Alignment, ParticipantSpec};
use super::command::Command;
use super::version_handle::VersionHandle;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_core::status::Phase;
use foldline_state::Scan;

/// How long two versions may take to reach one position. Neither of them pauses for longer.
const ALIGNMENT_MAX: Duration = Duration::from_secs(30);

/// Returns what two versions hold at one position. For each topic that both read, the position is the same. A topic that only
/// one of them reads ends at that version's own position.
///
/// # Errors
/// `Unavailable` when one of them does not run, or is too far behind the other. Both continue in any case.
pub fn align(old: &VersionHandle, new: &VersionHandle) -> Result<[Scan; 2]> {
    for handle in [old, new] {
        if handle.look(|progress| progress.phase == Phase::Replaying) {
            return Err(behind(handle, "it is still replaying the log"));
        }
    }
    let spec = |handle: &VersionHandle| ParticipantSpec {
        topics: handle.topics().to_vec(),
        notifier: Arc::clone(handle.notifier()),
    };
    let deadline = Instant::now() + ALIGNMENT_MAX;
    let (alignment, [of_old, of_new]) = Alignment::arrange([spec(old), spec(new)], deadline);
    // The new one first: the old one, which serves, then learns at once how far to read, and does not pause at all.
    let of_new = new.send(|reply| Command::Align(of_new, reply))?;
    if !alignment.await_position(1) {
        return Err(missed(old, new, deadline));
    }
    let of_old = old.send(|reply| Command::Align(of_old, reply))?;
    match (of_old.wait(), of_new.wait()) {
        (Ok(old), Ok(new)) => Ok([old, new]),
        _ => Err(missed(old, new, deadline)),
    }
}

/// Returns why two versions were not aligned.
fn missed(old: &VersionHandle, new: &VersionHandle, deadline: Instant) -> Error {
    if let Some(gone) = [old, new].into_iter().find(|handle| !handle.runs()) {
        return gone.gone();
    }
    if Instant::now() < deadline {
        let message = format!("{} and {} could not both cut a checkpoint", old.label(), new.label());
        return Error::new(ErrorKind::Unavailable, message)
            .with_hint("`foldline status` shows what is wrong");
    }
    let (of_old, of_new) = (old.progress().position, new.progress().position);
    let lag = |handle: &VersionHandle, position: &Position, other: &Position| -> u64 {
        let expected = other.of_topics(handle.topics().iter().map(String::as_str));
        expected
            .iter()
            .map(|(topic, partition, expected)| {
                expected.saturating_sub(position.next_offset(topic, partition))
            })
            .sum()
    };
    let (lag_of_old, lag_of_new) = (lag(old, &of_old, &of_new), lag(new, &of_new, &of_old));
    let (last, lag) = if lag_of_old > lag_of_new { (old, lag_of_old) } else { (new, lag_of_new) };
    behind(last, &format!("{lag} records behind after {} s", ALIGNMENT_MAX.as_secs()))
}

fn behind(handle: &VersionHandle, how: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{} has not caught up: {how}", handle.label()))
        .with_hint("try again once `foldline status` shows it at the log's end")
}
