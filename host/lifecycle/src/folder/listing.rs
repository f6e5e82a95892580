//! Which entries of the modules folder are looked at, where there are more than were meant to be there.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::path::Path;

use semver::Version;

use super::event::FolderEvent;
use foldline_base::code::Code;

/// Files that may be modules: some dozens of versions of some hundred reducers. Looking at so many takes 20 ms.
pub(super) const MODULES_MAX: usize = 10_000;

/// Entries that are no modules by their names, and are told of: more would bury the verdicts.
pub(super) const OTHERS_MAX: usize = 1_000;

/// What lies in the folder: names that modules have first, then others that end in `.wasm`, then the rest.
pub(super) struct Listing {
    pub(super) present: Vec<(OsString, Metadata)>,
    pub(super) crowds: Vec<Crowd>,
}

/// Entries that are not looked at, because there are too many of their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crowd {
    kind: Kind,
    entries: usize,
}

/// In the order in which entries are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It has the name that a module must have.
    Named,
    /// It ends in `.wasm`, and may say of itself how it should be named.
    Module,
    /// It is none of our business.
    Other,
}

impl Listing {
    /// Lists a folder.
    pub(super) fn of(folder: &Path) -> std::io::Result<Self> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name();
            entries.push((Kind::of(&name), name));
        }
        entries.sort_unstable();
        let others = entries.split_off(entries.partition_point(|(kind, _)| *kind < Kind::Other));
        let mut listing = Self { present: Vec::new(), crowds: Vec::new() };
        listing.take(folder, Kind::Module, entries);
        listing.take(folder, Kind::Other, others);
        Ok(listing)
    }

    fn take(&mut self, folder: &Path, kind: Kind, entries: Vec<(Kind, OsString)>) {
        if entries.len() > kind.max() {
            self.crowds.push(Crowd { kind, entries: entries.len() });
        }
        for (_, name) in entries.into_iter().take(kind.max()) {
            // Gone between listing and looking: the next look says so.
            if let Ok(metadata) = std::fs::symlink_metadata(folder.join(&name)) {
                self.present.push((name, metadata));
            }
        }
    }
}

impl Kind {
    fn of(name: &OsStr) -> Self {
        match () {
            () if is_temporary(name) || !is_module_name(name) => Self::Other,
            () if is_well_named(name) => Self::Named,
            () => Self::Module,
        }
    }

    fn max(self) -> usize {
        if self == Self::Other { OTHERS_MAX } else { MODULES_MAX }
    }
}

impl Crowd {
    /// Returns what stands in place of a file's name in the verdict on all of them.
    pub(super) fn file(&self) -> &'static str {
        if self.kind == Kind::Other { "*" } else { "*.wasm" }
    }

    pub(super) fn event(&self) -> FolderEvent {
        let Self { kind, entries } = *self;
        let (max, file) = (kind.max(), self.file().to_owned());
        let code = Code::TooMany;
        match kind {
            Kind::Other => FolderEvent::Ignored {
                file,
                code,
                reason: format!(
                    "stands for {entries} entries that are not modules; {max} of them are listed"
                ),
            },
            Kind::Named | Kind::Module => FolderEvent::Refused {
                file,
                code,
                reason: format!(
                    "stands for {entries} files, and {max} are looked at, those named NAME@VERSION.wasm first; remove what is \
                     no module"
                ),
            },
        }
    }
}

/// Editors and copying tools write under such names first.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.ends_with(b"~") || name.ends_with(b".tmp") || name.ends_with(b".part")
}

pub(super) fn is_module_name(name: &OsStr) -> bool {
    Path::new(name).extension() == Some(OsStr::new("wasm"))
}

fn is_well_named(name: &OsStr) -> bool {
    let stem = Path::new(name).file_stem().and_then(OsStr::to_str);
    stem.and_then(|stem| stem.split_once('@')).is_some_and(|(_, version)| Version::parse(version).is_ok())
}
