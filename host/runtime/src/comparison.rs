//! How the documents of two versions of a projection differ: chooses the two versions and has them compared.

use std::sync::Arc;

use super::Host;
use foldline_api as api;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_core::status::Phase;
use foldline_engine::VersionHandle;
use foldline_inspect::compare::{Tolerances, compare};

impl Host {
    /// Compares the documents of two versions at one position. If none are named, these are the served version and the one that
    /// may replace it. Both go on meanwhile. `progress` receives the rows read and the rows to read, and returns whether to go
    /// on.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection or version; `Data` when there is only one, or when their documents cannot be
    /// paired; `Unavailable` when one of them does not run or has not caught up, when another comparison is under way, or
    /// when `progress` stops it; `Corrupt` when a state cannot be read.
    pub fn diff(
        &self,
        name: &str,
        old: Option<&str>,
        new: Option<&str>,
        tolerances: &Tolerances,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Comparison> {
        let [old, new] = self.two_versions(name, old, new)?;
        let _alone = self.alone()?;
        [&old, &new].into_iter().try_for_each(|handle| self.require_as_decided(handle))?;
        compare(&old, &new, tolerances, progress).map_err(|error| self.report(self.report(error, &old), &new))
    }

    /// Returns the named versions; by default the served version and the one that may replace it.
    pub(super) fn two_versions(
        &self,
        name: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<[Arc<VersionHandle>; 2]> {
        let versions = self.registry.versions_of(name);
        let named = |version: &str| self.version(name, Some(version));
        let old = old.map_or_else(|| self.version(name, None), named)?;
        let others = || versions.iter().filter(|handle| handle.version() != old.version());
        let takes_over = |handle: &&Arc<VersionHandle>| {
            matches!(handle.progress().phase, Phase::Replaying | Phase::CaughtUp)
        };
        let new = match new {
            Some(version) => named(version)?,
            None => others().find(takes_over).or_else(|| others().next()).cloned().ok_or_else(|| {
                let message = format!(
                    "{} is the only version that runs: there is nothing to compare it with",
                    old.label()
                );
                let hint = format!("put a higher version of `{name}` into the modules folder");
                Error::new(ErrorKind::Data, message).with_hint(hint)
            })?,
        };
        match old.version() == new.version() {
            false => Ok([old, new]),
            true => Err(Error::new(ErrorKind::Data, format!("{} is compared with itself", old.label()))
                .with_hint("name another version with --old or --new")),
        }
    }
}
