//! Looks at the modules folder: which files are new, complete and safe to read.
//!
//! Regular files only, opened without following links and without waiting (a FIFO would hang the host); read once their
//! size and time have not changed between two looks.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Result, ResultExt};

/// Entries that are looked at; more are not modules but a mistake.
const ENTRIES_MAX: usize = 1_000;

/// What a look found about one entry that it had not found before.
#[derive(Debug, PartialEq, Eq)]
pub enum Sighting {
    /// A file that is complete: its name and bytes.
    Module {
        /// The file's name, if it is text.
        file: String,
        /// The bytes, at most one more than the limit.
        bytes: Vec<u8>,
    },
    /// An entry that cannot be a module, with cause and remedy.
    Refused {
        /// The entry's name, made printable.
        file: String,
        /// Why.
        reason: String,
    },
    /// An entry that is no longer there.
    Gone {
        /// The name that was reported before.
        file: String,
    },
}

/// The modules folder, and what was seen in it.
pub struct Folder {
    path: PathBuf,
    bytes_max: usize,
    seen: BTreeMap<OsString, Seen>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Signature {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

struct Seen {
    signature: Signature,
    judged: bool,
}

impl Folder {
    /// Returns the folder, created if it is not there.
    ///
    /// # Errors
    /// `Config` when it cannot be created or is no folder.
    pub fn open(path: &Path, bytes_max: usize) -> Result<Self> {
        std::fs::create_dir_all(path)
            .kind(ErrorKind::Config, format_args!("modules folder `{}`", path.display()))?;
        Ok(Self { path: path.to_owned(), bytes_max, seen: BTreeMap::new() })
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether entries were seen whose size may still change: look again soon.
    pub fn is_unsettled(&self) -> bool {
        self.seen.values().any(|seen| !seen.judged)
    }

    /// Looks once. A file is reported by the first look that finds it unchanged since the look before.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be listed.
    pub fn look(&mut self) -> Result<Vec<Sighting>> {
        let mut sightings = Vec::new();
        let mut present = BTreeMap::new();
        let context = || format!("modules folder `{}`", self.path.display());
        for entry in std::fs::read_dir(&self.path).kind(ErrorKind::Unavailable, context())? {
            let entry = entry.kind(ErrorKind::Unavailable, context())?;
            let name = entry.file_name();
            if is_temporary(&name) || present.len() == ENTRIES_MAX {
                continue;
            }
            // Gone between listing and looking: the next look says so.
            let Ok(metadata) = std::fs::symlink_metadata(entry.path()) else { continue };
            present.insert(name, metadata);
        }
        self.seen.retain(|name, _| {
            let there = present.contains_key(name);
            if !there {
                sightings.push(Sighting::Gone { file: printable(name) });
            }
            there
        });
        for (name, metadata) in present {
            let signature = signature(&metadata);
            let settled = match self.seen.get(&name) {
                Some(seen) if seen.signature == signature => {
                    if seen.judged {
                        continue;
                    }
                    true
                }
                _ => false,
            };
            let judged = if let Some(reason) = refusal(&name, &metadata) {
                sightings.push(Sighting::Refused { file: printable(&name), reason });
                true
            } else if settled {
                sightings.push(match read(&self.path.join(&name), self.bytes_max) {
                    Ok(bytes) => Sighting::Module { file: printable(&name), bytes },
                    Err(reason) => Sighting::Refused { file: printable(&name), reason },
                });
                true
            } else {
                false
            };
            self.seen.insert(name, Seen { signature, judged });
        }
        Ok(sightings)
    }
}

/// Editors and copying tools write under such names first.
fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.ends_with(b"~") || name.ends_with(b".tmp") || name.ends_with(b".part")
}

fn refusal(name: &OsStr, metadata: &Metadata) -> Option<String> {
    let kind = metadata.file_type();
    let what = if kind.is_symlink() {
        "is a link, which is never followed; copy the module itself into the folder"
    } else if kind.is_dir() {
        "is a folder; put NAME@VERSION.wasm directly into the modules folder"
    } else if kind.is_fifo() {
        "is a FIFO; only regular files are read"
    } else if !kind.is_file() {
        "is a device or socket; only regular files are read"
    } else if name.to_str().is_none_or(|name| name.chars().any(is_unprintable)) {
        "has a name that is not plain text; name it NAME@VERSION.wasm"
    } else if Path::new(name).extension() != Some(OsStr::new("wasm")) {
        "is not named NAME@VERSION.wasm; `foldline build --out DIR` names modules so"
    } else {
        return None;
    };
    Some(what.to_owned())
}

fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
        .map_err(cannot)?;
    // Looked at again through the open file: the name may mean something else by now.
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err("is no regular file any more".to_owned());
    }
    let mut bytes = Vec::new();
    // One byte more than allowed, so that the limit's own message is given by who checks it.
    File::take(file, bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

fn signature(metadata: &Metadata) -> Signature {
    Signature {
        inode: metadata.ino(),
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// Control characters, and those that turn the direction of writing.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn printable(name: &OsStr) -> String {
    name.to_string_lossy()
        .chars()
        .map(|character| if is_unprintable(character) { char::REPLACEMENT_CHARACTER } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path(), 100).unwrap();
        (root, folder)
    }

    #[test]
    fn a_file_is_read_once_it_stops_changing() {
        let (root, mut folder) = folder();
        let path = root.path().join("a@1.0.0.wasm");
        std::fs::write(&path, b"half").unwrap();
        assert_eq!(folder.look().unwrap(), []);
        std::fs::write(&path, b"half and the rest").unwrap();
        assert_eq!(folder.look().unwrap(), []);
        assert!(folder.is_unsettled());
        let module = Sighting::Module { file: "a@1.0.0.wasm".into(), bytes: b"half and the rest".to_vec() };
        assert_eq!(folder.look().unwrap(), [module]);
        assert_eq!(folder.look().unwrap(), []);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(folder.look().unwrap(), [Sighting::Gone { file: "a@1.0.0.wasm".into() }]);
    }

    #[test]
    fn links_fifos_folders_and_other_names_are_refused_with_a_remedy() {
        let (root, mut folder) = folder();
        std::os::unix::fs::symlink("/dev/zero", root.path().join("link@1.0.0.wasm")).unwrap();
        std::fs::create_dir(root.path().join("folder@1.0.0.wasm")).unwrap();
        std::fs::write(root.path().join("notes.txt"), b"hello").unwrap();
        let fifo = root.path().join("fifo@1.0.0.wasm");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let refused: Vec<String> = folder
            .look()
            .unwrap()
            .into_iter()
            .map(|sighting| match sighting {
                Sighting::Refused { file, reason } => format!("{file} {}", &reason[..8]),
                other => panic!("{other:?}"),
            })
            .collect();
        let due = [
            "fifo@1.0.0.wasm is a FIF",
            "folder@1.0.0.wasm is a fol",
            "link@1.0.0.wasm is a lin",
            "notes.txt is not n",
        ];
        assert_eq!(refused, due);
    }

    #[test]
    fn half_copied_files_under_temporary_names_are_left_alone() {
        let (root, mut folder) = folder();
        for name in [".a@1.0.0.wasm.Xy", "a@1.0.0.wasm.part", "a@1.0.0.wasm.tmp", "a@1.0.0.wasm~"] {
            std::fs::write(root.path().join(name), b"x").unwrap();
        }
        assert_eq!(folder.look().unwrap(), []);
        assert!(!folder.is_unsettled());
    }

    #[test]
    fn a_name_that_turns_the_direction_of_writing_is_shown_without_it() {
        let (root, mut folder) = folder();
        std::fs::write(root.path().join("a\u{202e}msaw.1@1.wasm"), b"x").unwrap();
        let [Sighting::Refused { file, .. }] = &folder.look().unwrap()[..] else { panic!() };
        assert_eq!(file, "a\u{fffd}msaw.1@1.wasm");
    }
}
