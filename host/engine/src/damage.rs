//! Damage that a reader outside the engine finds in a state: the version rebuilds the state, as if it had found the damage
//! itself.

use super::command::Command;
use super::version_handle::VersionHandle;
use foldline_base::error::{Error, ErrorKind};
use foldline_log::Log;
use foldline_log::history::missing;
use foldline_state::StateStore;

/// Tells a version that its state is damaged, if `error` came from such damage and the log still holds the whole history.
/// Returns the error, extended by what happens next. Without the whole history nothing happens: the version continues with
/// what it can read.
pub fn report(error: Error, handle: &VersionHandle, log: &dyn Log) -> Error {
    if error.kind() != ErrorKind::Corrupt {
        return error;
    }
    let (Some(store), Ok(folding)) = (handle.store(), handle.folding()) else { return error };
    // The error may also come from the log, or from the state of a run that is over.
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

/// Reads the whole store; returns the first damage.
fn damage_of(store: &StateStore) -> Option<Error> {
    let rows = || store.scan()?.map_or(Ok(()), |scan| scan.fingerprint().map(drop));
    let read = rows().and_then(|()| store.dead_letters(None, usize::MAX).map(drop));
    read.err().filter(|error| error.kind() == ErrorKind::Corrupt)
}
