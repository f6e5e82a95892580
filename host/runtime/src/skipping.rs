//! Checks an operator's skip against the log. It does so on the requester's thread, because a log on another machine may be slow.

use std::sync::Arc;

use foldline_core::skips::Skips;

use super::Host;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_engine::VersionHandle;
use foldline_lifecycle::Skip;
use foldline_lifecycle::skip::{other_state, skipped};
use foldline_log::history::missing;

impl Host {
    /// Returns the records that a projection's versions skip now.
    pub(super) fn skips_of(&self, name: &str) -> Arc<Skips> {
        self.registry.look_at_catalog(|catalog| skipped(catalog.skips(name)).versions)
    }

    /// Refuses to answer for a version whose state or documents do not agree with the decided skips yet: it is being rebuilt.
    pub(super) fn require_as_decided(&self, handle: &VersionHandle) -> Result<()> {
        built_as_decided(handle, &self.skips_of(handle.name())).map_err(|message| {
            let hint = format!("`foldline wait {}` returns once it is", handle.name());
            Error::new(ErrorKind::Unavailable, message).with_hint(hint)
        })
    }

    /// Refuses to skip records that the log does not hold yet, and records that a version has folded if it cannot be rebuilt.
    pub(super) fn check_skip(&self, name: &str, skip: &Skip) -> Result<()> {
        let refused = |message: String| Error::new(ErrorKind::Refused, message);
        let Skip { topic, partition, to, .. } = skip;
        let versions = self.registry.versions_of(name);
        if !versions.iter().any(|version| version.topics().contains(topic)) {
            // The decision reports the problem.
            return Ok(());
        }
        match self.log.partitions(topic)? {
            Some(partitions) if *partition < partitions => {}
            _ => return Err(refused(format!("topic `{topic}` has no partition {partition}"))),
        }
        let end = self.log.ends(topic)?.get(*partition as usize).copied().unwrap_or(0);
        if *to > end && !skip.undone {
            return Err(refused(format!(
                "partition {partition} of topic `{topic}` ends at offset {end}: records that do not exist yet are not skipped"
            )));
        }
        let mut decided = self.registry.look_at_catalog(|catalog| catalog.skips(name).to_vec());
        decided.push(skip.clone());
        let after = skipped(&decided).versions;
        for version in versions {
            let Some(other) = other_state(&version, &after) else { continue };
            let Ok(folding) = version.folding() else { continue };
            if let Some(missing) = missing(self.log.as_ref(), &folding.module.description().inputs)? {
                let message = format!(
                    "{} must be rebuilt for that ({other}), but cannot be: {missing}",
                    version.label()
                );
                return Err(refused(message).with_hint(
                    "skip only what it has not folded yet; `foldline status` shows how far it is",
                ));
            }
        }
        Ok(())
    }
}

/// Checks that a version's state and documents agree with the decided skips.
///
/// # Errors
/// A sentence that says that it is being rebuilt.
pub(super) fn built_as_decided(handle: &VersionHandle, skips: &Skips) -> Result<(), String> {
    match other_state(handle, skips) {
        Some(other) => Err(format!("{} is being rebuilt: {other}", handle.label())),
        None => Ok(()),
    }
}
