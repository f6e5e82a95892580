//! The names of keys.

use std::fmt;
use std::sync::Arc;

use foldline_sink::SinkVersion;

/// The number of slots of a cluster.
const SLOTS: u16 = 16_384;

/// The key names of one namespace, all of which begin with the namespace's name.
#[derive(Clone, Debug)]
pub(super) struct Names(Arc<str>);

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        Self(namespace.into())
    }

    /// Returns the key that holds the live version's prefix.
    pub(super) fn pointer(&self, projection: &str) -> String {
        format!("{}:{projection}:live", self.0)
    }

    /// Returns the key of the set of all prefixes of a projection.
    pub(super) fn prefixes(&self, projection: &str) -> String {
        format!("{}:{projection}:prefixes", self.0)
    }

    /// Returns the key that names the installation that owns a projection.
    pub(super) fn installation(&self, projection: &str) -> String {
        format!("{}:{projection}:installation", self.0)
    }

    /// Returns the prefix of one generation of a version.
    pub(super) fn prefix(&self, label: &str, generation: u64) -> Prefix {
        Prefix { namespace: Arc::clone(&self.0), label: label.to_owned(), generation }
    }

    /// Parses a prefix; `None` for a text that is not a prefix of this namespace.
    pub(super) fn parse(&self, text: &str) -> Option<Prefix> {
        let rest = text.strip_prefix(&*self.0)?.strip_prefix(":{")?;
        let (label, generation) = rest.strip_suffix("}:")?.rsplit_once('.')?;
        Some(self.prefix(label, generation.parse().ok()?))
    }
}

/// Returns a version's name within keys.
pub(super) fn label(version: &SinkVersion) -> String {
    format!("{}@{}-{}", version.projection, version.version, version.digest)
}

/// The common beginning of all keys of one generation of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    namespace: Arc<str>,
    label: String,
    generation: u64,
}

impl Prefix {
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns the key of the control hash.
    pub(super) fn control(&self) -> String {
        format!("{self}control")
    }

    /// Returns the pattern that all keys of the prefix match, and no others.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::new();
        for c in self.to_string().chars() {
            if matches!(c, '*' | '?' | '[' | ']' | '\\' | '^') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern + "*"
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{{{}.{}}}:", self.namespace, self.label, self.generation)
    }
}

/// Returns a key's slot in a cluster, from the text in its first braces, or from all of it.
pub(super) fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    crc16(tag.filter(|tag| !tag.is_empty()).unwrap_or(key).as_bytes()) % SLOTS
}

/// CRC-16/XMODEM, as the cluster specification requires.
fn crc16(bytes: &[u8]) -> u16 {
    const POLYNOMIAL: u16 = 0x1021;
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ POLYNOMIAL }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_round_trips_in_its_namespace() {
        let names = Names::new("foldline");
        let prefix = names.prefix("feed@1.2.0-rc.1+b-0123456789ab", 12);
        assert_eq!(prefix.to_string(), "foldline:{feed@1.2.0-rc.1+b-0123456789ab.12}:");
        assert_eq!(names.parse(&prefix.to_string()), Some(prefix.clone()));
        assert_eq!(Names::new("blue").parse(&prefix.to_string()), None);
        for text in ["", "foldline:{a@1-b}:", "foldline:{a@1-b.x}:", "foldline:a.1:", "{a@1-b.1}:"] {
            assert_eq!(names.parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_matches_only_its_own_prefix() {
        let prefix = Names::new("foldline").prefix("a*b?[c]", 1);
        assert_eq!(prefix.pattern(), "foldline:{a\\*b\\?\\[c\\].1}:*");
    }

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(slot("foo"), 12_182);
        assert_eq!(slot("{user1000}.following"), slot("{user1000}.followers"));
        assert_eq!(slot("foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
    }
}
