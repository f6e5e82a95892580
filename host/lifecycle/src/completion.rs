//! Judges a file whose version is already registered with other bytes.

use semver::Version;

use super::catalog::Catalog;
use super::module_store::ModuleStore;
use foldline_base::artifact::without_length;
use foldline_module::Digest;

/// How a file relates to the bytes that its version is registered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    /// The same module: the registered bytes lack only the trailing length that `foldline build` writes.
    Same,
    /// The registered bytes are the beginning of this file and were never served: a copy had paused when they were registered.
    Completes,
    /// A different module.
    Conflicts,
}

impl Other {
    /// Compares a file with the registered bytes of its version, whose digest is `known`.
    pub(super) fn of(
        bytes: &[u8],
        name: &str,
        release: &Version,
        known: &Digest,
        catalog: &Catalog,
        modules: &ModuleStore,
    ) -> Self {
        if Digest::of(without_length(bytes)) == *known {
            return Self::Same;
        }
        let is_beginning = |known: &[u8]| bytes.len() > known.len() && bytes.starts_with(known);
        // Registered bytes that are lost cannot be compared.
        match !catalog.was_served(name, release) && modules.get(known).is_ok_and(|known| is_beginning(&known))
        {
            true => Self::Completes,
            false => Self::Conflicts,
        }
    }
}

#[cfg(test)]
mod tests {
    use foldline_core::parameters::Values;
    use foldline_core::position::Position;

    use super::super::decisions::Decision;
    use super::*;
    use foldline_base::artifact::with_length;

    #[test]
    fn a_longer_file_completes_its_beginning_until_that_was_served() {
        let root = tempfile::tempdir().unwrap();
        let modules = ModuleStore::open(root.path()).unwrap();
        let (name, version) = ("a".to_owned(), Version::new(1, 0, 0));
        let half = b"\0asm\x0d\0\x01\0\0\x01\0".to_vec();
        let known = Digest::of(&half);
        let mut catalog = Catalog::default();
        let registered = Decision::Registered {
            name: name.clone(),
            version: version.clone(),
            digest: known,
            values: Values::default(),
        };
        catalog.apply(&registered).unwrap();
        let whole = [&half[..], b"\0\x01\0"].concat();
        let of =
            |bytes: &[u8], catalog: &Catalog| Other::of(bytes, &name, &version, &known, catalog, &modules);
        assert_eq!(of(&whole, &catalog), Other::Conflicts, "the registered bytes are gone");
        modules.put(&known, &half).unwrap();
        assert_eq!(of(&with_length(half.clone()), &catalog), Other::Same);
        assert_eq!(of(&whole, &catalog), Other::Completes);
        assert_eq!(of(&with_length(whole.clone()), &catalog), Other::Completes);
        assert_eq!(
            of(b"\0asm\x0d\0\x01\0\0\x01\x01\0\x01\0", &catalog),
            Other::Conflicts,
            "another beginning"
        );
        assert_eq!(of(&half[..8], &catalog), Other::Conflicts, "a shorter file");

        let position = Position::default();
        let live = Decision::Live {
            left: std::collections::BTreeMap::new(),
            name: name.clone(),
            version: version.clone(),
            digest: known,
            position,
            at_ms: 0,
        };
        catalog.apply(&live).unwrap();
        assert_eq!(of(&whole, &catalog), Other::Conflicts, "it was served");
        assert_eq!(of(&with_length(half.clone()), &catalog), Other::Same);
    }
}
