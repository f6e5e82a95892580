//! Rules what to do with a module, from the decisions so far. Pure: the same decisions give the same rulings.

use std::collections::BTreeMap;

use semver::Version;

use super::decisions::Decision;
use crate::module::Digest;

/// Every version that was ever accepted, and which is live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    names: BTreeMap<String, Name>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Name {
    versions: BTreeMap<Version, Digest>,
    live: Option<Version>,
}

/// What to do with an accepted module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// These bytes are known: nothing to decide.
    Known,
    /// This version has other bytes already.
    Conflict(Digest),
    /// A new version, to be registered.
    New,
}

impl Catalog {
    /// Takes a decision in.
    pub fn apply(&mut self, decision: &Decision) {
        match decision {
            Decision::Registered { name, version, digest } => {
                self.names.entry(name.clone()).or_default().versions.insert(version.clone(), *digest);
            }
            Decision::Live { name, version, .. } => {
                self.names.entry(name.clone()).or_default().live = Some(version.clone());
            }
        }
    }

    /// Rules on a module.
    pub fn rule(&self, name: &str, version: &Version, digest: &Digest) -> Ruling {
        match self.digest(name, version) {
            Some(known) if known == digest => Ruling::Known,
            Some(known) => Ruling::Conflict(*known),
            None => Ruling::New,
        }
    }

    /// Returns the digest of a registered version.
    pub fn digest(&self, name: &str, version: &Version) -> Option<&Digest> {
        self.names.get(name)?.versions.get(version)
    }

    /// Returns the projections' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// Returns the version that is served.
    pub fn live(&self, name: &str) -> Option<&Version> {
        self.names.get(name)?.live.as_ref()
    }

    /// Returns the version that should take over: the highest one above the live one.
    pub fn candidate(&self, name: &str) -> Option<&Version> {
        let known = self.names.get(name)?;
        let highest = known.versions.last_key_value()?.0;
        known.live.as_ref().is_none_or(|live| highest > live).then_some(highest)
    }
}

#[cfg(test)]
mod tests {
    use foldline_core::position::Position;

    use super::*;

    fn catalog(decisions: &[Decision]) -> Catalog {
        let mut catalog = Catalog::default();
        for decision in decisions {
            catalog.apply(decision);
        }
        catalog
    }

    fn registered(version: &str, byte: u8) -> Decision {
        Decision::Registered {
            name: "a".into(),
            version: version.parse().unwrap(),
            digest: Digest::from([byte; 32]),
        }
    }

    fn live(version: &str) -> Decision {
        let position = Position::default();
        Decision::Live {
            name: "a".into(),
            version: version.parse().unwrap(),
            digest: Digest::from([0; 32]),
            position,
        }
    }

    #[test]
    fn the_same_version_with_other_bytes_is_a_conflict() {
        let catalog = catalog(&[registered("1.0.0", 1)]);
        let version = "1.0.0".parse().unwrap();
        assert_eq!(catalog.rule("a", &version, &Digest::from([1; 32])), Ruling::Known);
        assert_eq!(
            catalog.rule("a", &version, &Digest::from([2; 32])),
            Ruling::Conflict(Digest::from([1; 32]))
        );
        assert_eq!(catalog.rule("a", &"1.0.1".parse().unwrap(), &Digest::from([2; 32])), Ruling::New);
    }

    #[test]
    fn the_highest_version_above_the_live_one_is_the_candidate() {
        let version = |text: &str| Some(text.parse::<Version>().unwrap());
        let before = catalog(&[registered("1.9.0", 1), registered("1.10.0", 2)]);
        assert_eq!(before.candidate("a"), version("1.10.0").as_ref());
        let after = catalog(&[registered("1.9.0", 1), registered("1.10.0", 2), live("1.10.0")]);
        assert_eq!(after.candidate("a"), None);
        assert_eq!(after.live("a"), version("1.10.0").as_ref());
        let lower = catalog(&[registered("1.10.0", 2), live("1.10.0"), registered("1.9.0", 1)]);
        assert_eq!(lower.candidate("a"), None);
    }
}
