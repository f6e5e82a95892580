//! A build: a version's module with the values of its parameters. It is what runs, and what operators name.
//!
//! Without values that differ from the fallbacks, a build is called by its version, `1.2.0`, and is as old as the version. Any
//! other is called by its version and the first digits of its digest, `1.2.0+3f2a9c0b7e11`, as build metadata of the version.
//! Several builds of one version may exist side by side, like versions.

use std::path::{Path, PathBuf};

use foldline_core::parameters::Values;
use semver::{BuildMetadata, Version};

use super::rejection::parse_version;
use foldline_base::error::Result;
use foldline_module::{Digest, ValidatedModule};

/// A module, and the values of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The version that the module says it is.
    pub release: Version,
    /// The module's digest.
    pub module: Digest,
    /// The values that differ from the fallbacks.
    pub values: Values,
}

impl Build {
    /// Returns the build of a module as it is configured.
    ///
    /// # Errors
    /// `Module` when its version is none.
    pub fn of(module: &ValidatedModule) -> Result<Self> {
        Ok(Self {
            release: parse_version(&module.description().version)?,
            module: *module.digest(),
            values: module.values().clone(),
        })
    }

    /// Returns its identity.
    pub fn digest(&self) -> Digest {
        self.module.of_build(&self.values)
    }

    /// Returns the version under which it is known: VERSION, or VERSION+BUILD.
    pub fn version(&self) -> Version {
        let digest = self.digest();
        if digest == self.module {
            return self.release.clone();
        }
        let build = match self.release.build.as_str() {
            "" => digest.short(),
            of_author => format!("{of_author}.{}", digest.short()),
        };
        let build = BuildMetadata::new(&build).expect("hex digits are build metadata");
        Version { build, ..self.release.clone() }
    }

    /// Returns the key that identifies its state, as [`VersionHandle::state_key`] does for a running version.
    ///
    /// [`VersionHandle::state_key`]: foldline_engine::VersionHandle::state_key
    pub(super) fn state_key(&self, name: &str) -> String {
        format!("{name}@{}-{}", self.release, self.digest().short())
    }

    /// Returns the folder of its runs.
    pub(super) fn folder(&self, data: &Path, name: &str) -> PathBuf {
        data.join("versions").join(self.state_key(name))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use foldline_core::description::Scalar;
    use foldline_core::status::Phase;
    use foldline_engine::VersionHandle;

    use super::*;

    fn build(release: &str, orders: Option<i64>) -> Build {
        let values = orders.map(|orders| ("orders".to_owned(), Scalar::Int(orders)));
        let values = values.into_iter().collect();
        Build { release: release.parse().unwrap(), module: Digest::of(b"module"), values }
    }

    #[test]
    fn a_build_is_called_by_its_version_and_any_values_by_their_digest_as_well() {
        assert_eq!(build("1.2.0", None).version().to_string(), "1.2.0");
        assert_eq!(build("1.2.0+of.author", None).version().to_string(), "1.2.0+of.author");
        let set = build("1.2.0", Some(6));
        let short = set.digest().short();
        assert_eq!(set.version().to_string(), format!("1.2.0+{short}"));
        let of_author = build("1.2.0+of.author", Some(6));
        assert_eq!(of_author.version().to_string(), format!("1.2.0+of.author.{short}"));
    }

    #[test]
    fn a_folder_is_named_after_version_and_build_whoever_names_it() {
        for release in ["1.2.0", "1.2.0-rc.1", "1.2.0+of.author"] {
            for orders in [None, Some(6)] {
                let build = build(release, orders);
                let (version, digest) = (build.version().to_string(), build.digest());
                let handle =
                    VersionHandle::new("a", &version, digest, Vec::new(), Phase::Replaying, Arc::default());
                let expected = format!("a@{release}-{}", digest.short());
                assert_eq!((build.state_key("a"), handle.state_key()), (expected.clone(), expected));
                assert_eq!(handle.label(), format!("a@{version}"));
            }
        }
    }
}
