//! What follows where a reader of a state, outside the engine, finds damage: the version builds it again, as if it had found
//! the damage itself.

use super::command::Command;
use super::version_handle::VersionHandle;
use foldline_base::error::{Error, ErrorKind};
use foldline_log::Log;
use foldline_log::history::missing;
use foldline_state::StateStore;

/// Tells a version that its state is damaged, if that is what an error came from and the log can make the state again. Returns the
/// error, with what follows; without all history nothing does, and the version goes on with what it can read.
pub fn report(error: Error, handle: &VersionHandle, log: &dyn Log) -> Error {
    if error.kind() != ErrorKind::Corrupt {
        return error;
    }
    let (Some(store), Ok(folding)) = (handle.store(), handle.folding()) else { return error };
    // The log may be what is damaged or missing, or the state of a run that is over.
    let Some(damage) = damage_of(&store) else { return error };
    let label = handle.label();
    let found = damage.clone().context(format_args!("the state of {label} is damaged"));
    match missing(log, &folding.module.description().inputs) {
        Ok(None) => match handle.tell(Command::Damaged(store, damage)) {
            Ok(()) => found.with_hint(
                "it is rebuilt from the log, alongside what is served; `foldline status` shows how far that is",
            ),
            Err(gone) => found.with_hint(gone.message()),
        },
        Ok(Some(missing)) => found.with_hint(format!(
            "it cannot be rebuilt from the log ({missing}): restore the topic's beginning, or the version's folder from a backup"
        )),
        Err(away) => found.with_hint(format!("ask again once the log answers: {}", away.message())),
    }
}

/// Reads all that a store holds; returns the damage that it meets.
fn damage_of(store: &StateStore) -> Option<Error> {
    let rows = || store.scan()?.map_or(Ok(()), |scan| scan.fingerprint().map(drop));
    let read = rows().and_then(|()| store.dead_letters(None, usize::MAX).map(drop));
    read.err().filter(|error| error.kind() == ErrorKind::Corrupt)
}
