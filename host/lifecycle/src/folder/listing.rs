//! Chooses which entries of the modules folder to examine, if there are more than intended.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::path::Path;

use semver::Version;

use super::event::FolderEvent;
use foldline_base::code::Code;

/// Limit of files that may be modules: dozens of versions of hundreds of reducers. Examining this many takes 20 ms.
pub(super) const MODULES_MAX: usize = 10_000;

/// Limit of reported entries whose names show that they are no modules: more would bury the verdicts.
pub(super) const OTHERS_MAX: usize = 1_000;

/// The entries of the folder: module names first, then others that end in `.wasm`, then the rest.
pub(super) struct Listing {
    pub(super) present: Vec<(OsString, Metadata)>,
    pub(super) crowds: Vec<Crowd>,
}

/// Entries of one kind that are skipped because there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crowd {
    kind: Kind,
    entries: usize,
}

/// Kinds of entries, in the order in which they are examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Its name has the form that a module's name must have.
    Named,
    /// It ends in `.wasm`; its description may tell its right name.
    Module,
    /// It is not meant for the host.
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
            // Deleted since the listing: the next scan reports it.
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
    /// Returns the text that stands for a file name in the verdict on all of them.
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
            Kind::Named | Kind::Module => FolderEvent::Rejected {
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

/// Returns whether a name is one that editors and copying tools use for unfinished files.
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
