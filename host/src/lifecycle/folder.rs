//! Looks at the modules folder: which files are new, complete and safe to read.
//!
//! Regular files only, opened without following links and without waiting (a FIFO would hang the host); read once their
//! size and time have not changed for a moment, or for a longer one where the end is missing, or may be: somebody may still
//! copy. A module that ends with its length is whole (`module/length.rs`); of another one nobody knows.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::code::Code;
use crate::error::{ErrorKind, Result, ResultExt};
use crate::module::{ends_with_length, is_component, is_cut_off};
use crate::planted::{Bug, is_planted};

/// Entries that are looked at, and as many that are only told of; more are not modules but a mistake.
const ENTRIES_MAX: usize = 1_000;

/// How long a file must stay the same before it is read.
const SETTLE: Duration = Duration::from_millis(200);

/// How much longer a file without its end must stay the same before it is given out: copies over a network pause.
const SETTLE_CUT_OFF: Duration = Duration::from_secs(2);

/// How long a module must stay the same whose end may be missing, though it reads as whole: if it was cut between two sections, its
/// verdict would be on another module.
const SETTLE_WITHOUT_LENGTH: Duration = Duration::from_secs(10);

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
    /// A file that reads as whole, and may not be.
    Waits {
        /// The file's name, made printable.
        file: String,
        /// What is waited for.
        reason: String,
    },
    /// An entry that cannot be a module, with cause and remedy.
    Refused {
        /// The entry's name, made printable.
        file: String,
        /// The stable name of the reason.
        code: Code,
        /// Why.
        reason: String,
    },
    /// An entry that is none of our business, by its name alone.
    Ignored {
        /// The entry's name, made printable.
        file: String,
        /// The stable name of the reason.
        code: Code,
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
    /// Since when it is as it is.
    since: Instant,
    /// When it is read, unless it changes again; `None` once it was judged.
    due: Option<Instant>,
    /// It was given out, could not be judged, and is to be given out again.
    postponed: bool,
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
        self.seen.values().any(|seen| seen.due.is_some() && !seen.postponed)
    }

    /// Returns the names of modules whose size may still change.
    pub fn unsettled(&self) -> impl Iterator<Item = String> {
        let unsettled = self.seen.iter().filter(|(_, seen)| seen.due.is_some() && !seen.postponed);
        unsettled.map(|(name, _)| printable(name))
    }

    /// Has the next look give out a file again that could not be judged.
    pub fn postpone(&mut self, file: &str, now: Instant) {
        if let Some(seen) = self.seen.get_mut(OsStr::new(file)) {
            seen.due = Some(now);
            seen.postponed = true;
        }
    }

    /// Looks once. A file is given out by the first look that finds it unchanged for long enough; those that would be too
    /// many bytes for one look, by the next. Bytes that `is_known` need not be waited for.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be listed.
    pub fn look(&mut self, now: Instant, is_known: &dyn Fn(&[u8]) -> bool) -> Result<Vec<Sighting>> {
        let mut sightings = Vec::new();
        let mut bytes_read = 0;
        let mut present = BTreeMap::new();
        // Counted apart: whatever else lies there must not crowd out modules.
        let (mut modules, mut others) = (0, 0);
        let context = || format!("modules folder `{}`", self.path.display());
        for entry in std::fs::read_dir(&self.path).kind(ErrorKind::Unavailable, context())? {
            let entry = entry.kind(ErrorKind::Unavailable, context())?;
            let name = entry.file_name();
            let counted = if is_ignored(&name) { &mut others } else { &mut modules };
            if *counted == ENTRIES_MAX {
                continue;
            }
            *counted += 1;
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
            let seen = self.seen.remove(&name).filter(|seen| seen.signature == signature);
            let mut seen =
                seen.unwrap_or(Seen { signature, since: now, due: Some(now + SETTLE), postponed: false });
            if seen.due.is_some()
                && let Some(sighting) = told_by_the_look_of_it(&name, &metadata)
            {
                sightings.push(sighting);
                seen.due = None;
            } else if seen.due.is_some_and(|due| due <= now) && bytes_read <= self.bytes_max {
                match read(&self.path.join(&name), self.bytes_max) {
                    Ok(bytes)
                        if bytes.len() <= self.bytes_max && now < seen.since + settles(&bytes, is_known) =>
                    {
                        let due = seen.since + settles(&bytes, is_known);
                        if due - seen.since == SETTLE_WITHOUT_LENGTH {
                            sightings.push(waits(&name));
                        }
                        seen.due = Some(due);
                    }
                    Ok(bytes) => {
                        bytes_read += bytes.len();
                        sightings.push(Sighting::Module { file: printable(&name), bytes });
                        seen.due = None;
                    }
                    Err((code, reason)) => {
                        sightings.push(Sighting::Refused { file: printable(&name), code, reason });
                        seen.due = None;
                    }
                }
                seen.postponed = false;
            }
            self.seen.insert(name, seen);
        }
        Ok(sightings)
    }
}

/// Returns how long a file must stay the same before what it holds is taken for all of it.
fn settles(bytes: &[u8], is_known: &dyn Fn(&[u8]) -> bool) -> Duration {
    if is_cut_off(bytes) {
        return SETTLE + SETTLE_CUT_OFF;
    }
    let is_whole = ends_with_length(bytes) || is_planted(Bug::HalfModuleTaken);
    match is_whole || !is_component(bytes) || is_known(bytes) {
        true => SETTLE,
        false => SETTLE_WITHOUT_LENGTH,
    }
}

fn waits(name: &OsStr) -> Sighting {
    let seconds = SETTLE_WITHOUT_LENGTH.as_secs();
    let reason = format!(
        "does not end with its length, as `foldline build` writes it, so a part of it may be missing: it is judged once it has \
         not changed for {seconds} s"
    );
    Sighting::Waits { file: printable(name), reason }
}

/// Editors and copying tools write under such names first.
fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.ends_with(b"~") || name.ends_with(b".tmp") || name.ends_with(b".part")
}

fn is_module_name(name: &OsStr) -> bool {
    Path::new(name).extension() == Some(OsStr::new("wasm"))
}

/// Returns whether a name alone says that an entry is not meant for us.
fn is_ignored(name: &OsStr) -> bool {
    is_temporary(name) || !is_module_name(name)
}

/// Returns what there is to say about an entry that is not read.
fn told_by_the_look_of_it(name: &OsStr, metadata: &Metadata) -> Option<Sighting> {
    let file = printable(name);
    let ignored =
        |code, reason: &str| Some(Sighting::Ignored { file: file.clone(), code, reason: reason.to_owned() });
    let refused =
        |code, reason: &str| Some(Sighting::Refused { file: file.clone(), code, reason: reason.to_owned() });
    if is_temporary(name) {
        return ignored(
            Code::IgnoredTemporary,
            "has a name under which files are written before they are complete; rename it to NAME@VERSION.wasm",
        );
    }
    let kind = metadata.file_type();
    let what = if kind.is_symlink() {
        "is a link, which is never followed; copy the module itself into the folder"
    } else if kind.is_dir() {
        "is a folder; put NAME@VERSION.wasm directly into the modules folder"
    } else if kind.is_fifo() {
        "is a FIFO; only regular files are read"
    } else if !kind.is_file() {
        "is a device or socket; only regular files are read"
    } else if !is_module_name(name) {
        let reason = "is not named NAME@VERSION.wasm; `foldline build --out DIR` names modules so";
        return ignored(Code::IgnoredExtension, reason);
    } else if name.to_str().is_none_or(|name| name.chars().any(is_unprintable)) {
        return refused(Code::WrongName, "has a name that is not plain text; name it NAME@VERSION.wasm");
    } else {
        return None;
    };
    refused(Code::NotRegular, what)
}

fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, (Code, String)> {
    let cannot = |error: std::io::Error| (Code::Unreadable, format!("cannot be read: {error}"));
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
        .map_err(cannot)?;
    // Looked at again through the open file: the name may mean something else by now.
    let metadata = file.metadata().map_err(cannot)?;
    if !metadata.is_file() {
        return Err((Code::NotRegular, "is no regular file any more".to_owned()));
    }
    if metadata.len() > bytes_max as u64 {
        let reason = format!(
            "has {} bytes, and the limit is {bytes_max}; build it with `foldline build`, which strips it, or raise \
             `limits.module_bytes_max`",
            metadata.len()
        );
        return Err((Code::TooLarge, reason));
    }
    let mut bytes = Vec::new();
    // It may grow meanwhile: one byte more than allowed, so that the limit's own message is given by who checks it.
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
    use crate::module::with_length;

    fn folder() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path(), 100).unwrap();
        (root, folder)
    }

    fn look(folder: &mut Folder, now: Instant) -> Result<Vec<Sighting>> {
        folder.look(now, &|_| false)
    }

    /// The beginning of a component with one section, and its end.
    const HALVES: [&[u8]; 2] = [b"\0asm\x0d\0\x01\0\0\x04", b"\x03abc"];

    #[test]
    fn a_file_is_read_once_it_has_not_changed_for_a_while_however_often_somebody_looks() {
        let (root, mut folder) = folder();
        let (path, start) = (root.path().join("a@1.0.0.wasm"), Instant::now());
        std::fs::write(&path, b"anything").unwrap();
        assert_eq!(look(&mut folder, start).unwrap(), []);
        std::fs::write(&path, b"anything else").unwrap();
        for after in [SETTLE / 2, SETTLE, SETTLE + SETTLE / 4] {
            assert_eq!(look(&mut folder, start + after).unwrap(), []);
        }
        assert!(folder.is_unsettled());
        let module = Sighting::Module { file: "a@1.0.0.wasm".into(), bytes: b"anything else".to_vec() };
        assert_eq!(look(&mut folder, start + SETTLE * 2).unwrap(), [module]);
        assert_eq!(look(&mut folder, start + SETTLE * 4).unwrap(), []);
        assert!(!folder.is_unsettled());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(look(&mut folder, start).unwrap(), [Sighting::Gone { file: "a@1.0.0.wasm".into() }]);
    }

    #[test]
    fn a_file_without_its_end_is_waited_for_and_given_out_when_nothing_comes() {
        let (root, mut folder) = folder();
        let (path, mut now) = (root.path().join("a@1.0.0.wasm"), Instant::now());
        let module = |bytes: Vec<u8>| [Sighting::Module { file: "a@1.0.0.wasm".into(), bytes }];
        std::fs::write(&path, HALVES[0]).unwrap();
        for _ in 0..5 {
            assert_eq!(look(&mut folder, now).unwrap(), []);
            now += SETTLE;
        }
        let whole = with_length(HALVES.concat());
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(look(&mut folder, now).unwrap(), []);
        assert_eq!(look(&mut folder, now + SETTLE).unwrap(), module(whole));

        std::fs::write(&path, HALVES[0]).unwrap();
        for after in [Duration::ZERO, SETTLE, SETTLE_CUT_OFF] {
            assert_eq!(look(&mut folder, now + after).unwrap(), []);
        }
        assert_eq!(look(&mut folder, now + SETTLE + SETTLE_CUT_OFF).unwrap(), module(HALVES[0].to_vec()));
        assert!(!folder.is_unsettled());
    }

    #[test]
    fn a_module_that_does_not_end_with_its_length_is_given_out_after_ten_seconds_without_change() {
        let (root, mut folder) = folder();
        let (path, start) = (root.path().join("a@1.0.0.wasm"), Instant::now());
        let module = |bytes: Vec<u8>| [Sighting::Module { file: "a@1.0.0.wasm".into(), bytes }];
        // Cut between two sections: what is there reads as whole.
        std::fs::write(&path, HALVES.concat()).unwrap();
        assert_eq!(look(&mut folder, start).unwrap(), []);
        let told = look(&mut folder, start + SETTLE).unwrap();
        assert!(matches!(&told[..], [Sighting::Waits { file, .. }] if file == "a@1.0.0.wasm"), "{told:?}");
        assert!(folder.is_unsettled() && folder.unsettled().eq(["a@1.0.0.wasm".to_owned()]));
        let late = start + Duration::from_millis(9_999);
        assert_eq!(look(&mut folder, late).unwrap(), []);
        let whole = with_length([HALVES.concat(), b"\0\x01\0".to_vec()].concat());
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(look(&mut folder, late).unwrap(), []);
        assert_eq!(look(&mut folder, late + SETTLE).unwrap(), module(whole));

        std::fs::write(&path, HALVES.concat()).unwrap();
        assert_eq!(look(&mut folder, late).unwrap(), []);
        look(&mut folder, late + SETTLE).unwrap();
        assert_eq!(look(&mut folder, late + Duration::from_secs(10)).unwrap(), module(HALVES.concat()));
        assert!(!folder.is_unsettled() && folder.unsettled().next().is_none());
        // Bytes that are registered: whatever comes of them came of them before.
        let known = root.path().join("b@1.0.0.wasm");
        std::fs::write(known, HALVES.concat()).unwrap();
        folder.look(late, &|_| true).unwrap();
        assert_eq!(folder.look(late + SETTLE, &|_| true).unwrap().len(), 1);
    }

    #[test]
    fn one_look_holds_no_more_bytes_than_one_more_module_than_the_limit() {
        let (root, mut folder) = folder();
        for number in 0..5 {
            std::fs::write(root.path().join(format!("a@1.0.{number}.wasm")), [b'x'; 60]).unwrap();
        }
        let now = Instant::now();
        look(&mut folder, now).unwrap();
        let given: Vec<usize> = (0..4).map(|_| look(&mut folder, now + SETTLE).unwrap().len()).collect();
        assert_eq!(given, [2, 2, 1, 0]);
    }

    #[test]
    fn links_fifos_and_folders_are_refused_and_other_names_ignored_each_with_a_remedy() {
        let (root, mut folder) = folder();
        std::os::unix::fs::symlink("/dev/zero", root.path().join("link@1.0.0.wasm")).unwrap();
        std::fs::create_dir(root.path().join("folder@1.0.0.wasm")).unwrap();
        std::fs::write(root.path().join("notes.txt"), b"hello").unwrap();
        let fifo = root.path().join("fifo@1.0.0.wasm");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let told: Vec<String> = folder
            .look(Instant::now(), &|_| false)
            .unwrap()
            .into_iter()
            .map(|sighting| match sighting {
                Sighting::Refused { file, code, reason } => {
                    format!("refused {code}: {file} {}", &reason[..8])
                }
                Sighting::Ignored { file, code, reason } => {
                    format!("ignored {code}: {file} {}", &reason[..8])
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let due = [
            "refused not_regular: fifo@1.0.0.wasm is a FIF",
            "refused not_regular: folder@1.0.0.wasm is a fol",
            "refused not_regular: link@1.0.0.wasm is a lin",
            "ignored ignored_extension: notes.txt is not n",
        ];
        assert_eq!(told, due);
        assert_eq!(look(&mut folder, Instant::now()).unwrap(), [], "each is told of once");
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused_unread() {
        let (root, mut folder) = folder();
        let file = File::create(root.path().join("a@1.0.0.wasm")).unwrap();
        file.set_len(1 << 40).unwrap();
        let now = Instant::now();
        look(&mut folder, now).unwrap();
        let [Sighting::Refused { reason, .. }] = &look(&mut folder, now + SETTLE).unwrap()[..] else {
            panic!()
        };
        assert!(reason.starts_with("has 1099511627776 bytes, and the limit is 100; "), "{reason}");
    }

    #[test]
    fn whatever_else_lies_there_is_told_of_up_to_a_limit_and_crowds_out_no_module() {
        let (root, mut folder) = folder();
        for number in 0..ENTRIES_MAX + 5 {
            std::fs::write(root.path().join(format!("{number}.txt")), b"x").unwrap();
        }
        std::fs::write(root.path().join("a@1.0.0.wasm"), b"module").unwrap();
        let now = Instant::now();
        let told = look(&mut folder, now).unwrap();
        assert_eq!(told.len(), ENTRIES_MAX);
        assert!(told.iter().all(|sighting| matches!(sighting, Sighting::Ignored { .. })));
        assert!(matches!(&look(&mut folder, now + SETTLE).unwrap()[..], [Sighting::Module { .. }]));
    }

    #[test]
    fn a_file_that_could_not_be_judged_is_reported_by_every_look_until_it_is() {
        let (root, mut folder) = folder();
        std::fs::write(root.path().join("a@1.0.0.wasm"), b"module").unwrap();
        let now = Instant::now();
        look(&mut folder, now).unwrap();
        let now = now + SETTLE;
        for _ in 0..2 {
            assert!(matches!(&look(&mut folder, now).unwrap()[..], [Sighting::Module { .. }]));
            folder.postpone("a@1.0.0.wasm", now);
            assert!(!folder.is_unsettled(), "it does not change any more");
        }
        assert!(matches!(&look(&mut folder, now).unwrap()[..], [Sighting::Module { .. }]));
        assert_eq!(look(&mut folder, now).unwrap(), []);
    }

    #[test]
    fn half_copied_files_under_temporary_names_are_ignored() {
        let (root, mut folder) = folder();
        for name in [".a@1.0.0.wasm.Xy", "a@1.0.0.wasm.part", "a@1.0.0.wasm.tmp", "a@1.0.0.wasm~"] {
            std::fs::write(root.path().join(name), b"x").unwrap();
        }
        let told = look(&mut folder, Instant::now()).unwrap();
        let is_temporary =
            |sighting: &Sighting| matches!(sighting, Sighting::Ignored { code: Code::IgnoredTemporary, .. });
        assert_eq!(told.iter().filter(|sighting| is_temporary(sighting)).count(), 4, "{told:?}");
        assert!(!folder.is_unsettled());
    }

    #[test]
    fn a_name_that_turns_the_direction_of_writing_is_shown_without_it() {
        let (root, mut folder) = folder();
        std::fs::write(root.path().join("a\u{202e}msaw.1@1.wasm"), b"x").unwrap();
        let [Sighting::Refused { file, .. }] = &look(&mut folder, Instant::now()).unwrap()[..] else {
            panic!()
        };
        assert_eq!(file, "a\u{fffd}msaw.1@1.wasm");
    }
}
