//! Rebuilds a state that is damaged, belongs to another log, or was made under other skips: in a new run, and only if the log
//! still holds everything that it was made of.

use std::sync::Arc;

use tracing::{error, warn};

use super::super::version_handle::VersionHandle;
use super::ended::Ended;
use super::version_config::VersionConfig;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::history::missing;

/// Consecutive rebuilds before the version halts: a disk that damages every state must not be used.
const REBUILDS_MAX: usize = 3;

/// Begins a run to replace one whose state is damaged. The documents of the damaged run are served until the new one shows as
/// much.
pub(super) fn rebuild(
    config: &VersionConfig,
    handle: &Arc<VersionHandle>,
    damage: Error,
) -> Result<(), Ended> {
    let label = handle.label();
    if config.runs.rebuilds() >= REBUILDS_MAX {
        let hint = format!("check the disk; then `foldline resume {}` rebuilds {label}", handle.name());
        return Err(Ended::Halted(damage.context("state is damaged repeatedly").with_hint(hint)));
    }
    let inputs = &config.module.description().inputs;
    if !is_planted(Bug::HistoryNotAsked)
        && let Some(missing) = missing(config.feeds.log().as_ref(), inputs)?
    {
        let message = format!(
            "state is damaged ({}), and cannot be rebuilt from the log: {missing}; what it showed is served, and nothing is deleted",
            damage.message()
        );
        let hint =
            format!("restore the topic's beginning, or `{}` from a backup", config.runs.folder().display());
        return Err(Ended::Halted(Error::new(ErrorKind::Corrupt, message).with_hint(hint)));
    }
    error!(version = label, error = %damage, "state is damaged: it is rebuilt from the log, alongside what is served");
    let reason = format!("state is damaged and is rebuilt from the log: {}", damage.message());
    Ok(config.runs.rebuild(&config.runs.open()?, reason)?)
}

/// Begins a run to replace one that was made under other skips. The documents of the old run are served meanwhile.
pub(super) fn fold_without(
    config: &VersionConfig,
    handle: &Arc<VersionHandle>,
    why: &Error,
) -> Result<(), Ended> {
    let inputs = &config.module.description().inputs;
    if let Some(missing) = missing(config.feeds.log().as_ref(), inputs)? {
        let message = format!("{}, and the state cannot be rebuilt from the log: {missing}", why.message());
        let hint = format!(
            "restore the topic's beginning; or undo the decision: `foldline skip {} … --undo`",
            handle.name()
        );
        return Err(Ended::Halted(Error::new(ErrorKind::Corrupt, message).with_hint(hint)));
    }
    warn!(version = handle.label(), %why, "the log is replayed alongside what is served");
    Ok(config.runs.replace(&config.runs.open()?, format!("state is rebuilt: {}", why.message()))?)
}

/// Begins a run to replace one that belongs to another log.
pub(super) fn begin_again(
    config: &VersionConfig,
    handle: &Arc<VersionHandle>,
    why: &Error,
) -> Result<(), Ended> {
    warn!(version = handle.label(), %why, "the log is replayed");
    Ok(config.runs.replace(&config.runs.open()?, why.message().to_owned())?)
}
