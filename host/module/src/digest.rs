//! The identity of a module, and of a module with the values of its parameters: BLAKE3.

use std::fmt;
use std::str::FromStr;

use foldline_base::planted::{Bug, is_planted};
use foldline_core::parameters::Values;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// BLAKE3 of a module's bytes, or of a build; as text, 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of a module file.
    pub fn of(wasm: &[u8]) -> Self {
        Self(*blake3::hash(wasm).as_bytes())
    }

    /// Returns the identity of a build: of the module with this digest, run with these values. Without values that differ from
    /// the fallbacks it is the module's own digest, so that a module without parameters keeps its folders and its documents.
    #[must_use]
    pub fn of_build(&self, values: &Values) -> Self {
        if values.is_empty() || is_planted(Bug::ParametersLeftOut) {
            return *self;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(values.canonical_json().as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// Returns the first 12 hex digits, enough to distinguish builds of one name and version.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(12);
        text
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from(self.0).to_hex())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A text that is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest: 64 hex digits are expected")]
pub struct BadDigest(String);

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| BadDigest(text.to_owned()))?;
        Ok(Self(*hash.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use foldline_core::description::Scalar;

    use super::*;

    fn values(values: &[(&str, Scalar)]) -> Values {
        values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn values_belong_to_the_identity_of_a_build_and_the_same_values_always_make_the_same_one() {
        let module = Digest::of(b"module");
        assert_eq!(module.of_build(&Values::default()), module, "without values it is the module itself");
        let orders = |value| values(&[("orders", value)]);
        let builds = [
            module,
            module.of_build(&orders(Scalar::Int(1))),
            module.of_build(&orders(Scalar::Int(2))),
            module.of_build(&orders(Scalar::Float(1.0))),
            module.of_build(&orders(Scalar::Text("1".to_owned()))),
            module.of_build(&orders(Scalar::Boolean(true))),
            module.of_build(&values(&[("order", Scalar::Int(1))])),
            module.of_build(&values(&[("orders", Scalar::Int(1)), ("within", Scalar::Int(1))])),
            Digest::of(b"another").of_build(&orders(Scalar::Int(1))),
        ];
        let distinct: std::collections::BTreeSet<Digest> = builds.into_iter().collect();
        assert_eq!(distinct.len(), builds.len());
        let (a, b) = (("a", Scalar::Int(1)), ("b", Scalar::Text("ü\"".to_owned())));
        let build = module.of_build(&values(&[a.clone(), b.clone()]));
        assert_eq!(build, module.of_build(&values(&[b, a])), "in any order");
        // Folders and documents of every installation are called after it: it never changes.
        assert_eq!(build.short(), "84df2455f117");
    }

    #[test]
    fn values_survive_json_with_their_types() {
        let written = values(&[
            ("a", Scalar::Boolean(false)),
            ("b", Scalar::Int(-3)),
            ("c", Scalar::Float(3.0)),
            ("d", Scalar::Float(1e300)),
            ("e", Scalar::Text("\\".to_owned())),
        ]);
        let canonical = written.canonical_json();
        assert_eq!(canonical, r#"{"a":false,"b":-3,"c":3.0,"d":1e300,"e":"\\"}"#);
        for json in [canonical, serde_json::to_string(&written).unwrap()] {
            assert_eq!(serde_json::from_str::<Values>(&json).unwrap(), written);
        }
        for wrong in [r#"{"a":null}"#, r#"{"a":[1]}"#, r#"{"a":18446744073709551615}"#] {
            assert!(serde_json::from_str::<Values>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn text_round_trips_and_other_text_is_refused() {
        let digest = Digest::of(b"module");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.to_string().len(), 64);
        for text in ["", "ab", &"g".repeat(64), &digest.to_string()[1..]] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
