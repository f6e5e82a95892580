//! Scans the modules folder for files that are new, complete and safe to read.
//!
//! Only regular files are opened, without following links and without blocking (a FIFO would hang the host). A file is read once
//! its size and time have stayed the same for a moment, or for longer if its end is missing or may be missing: a copy may still
//! be in progress. A module that ends with its length is complete (`foldline_base::artifact`); any other may or may not be.

mod event;
mod listing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use self::event::FolderEvent;
use self::listing::{Crowd, Listing, is_module_name, is_temporary};
use foldline_base::artifact::ends_with_length;
use foldline_base::code::Code;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_module::{is_component, is_cut_off};

/// How long a file must stay unchanged before it is read.
const SETTLE: Duration = Duration::from_millis(200);

/// How much longer a file without its end must stay unchanged before it is reported: copies over a network pause.
const SETTLE_CUT_OFF: Duration = Duration::from_secs(2);

/// How long a module must stay unchanged that reads as complete but does not end with its length. If it was cut between two
/// sections, its verdict would be on another module.
const SETTLE_WITHOUT_LENGTH: Duration = Duration::from_secs(10);

/// The modules folder, and what earlier scans saw in it.
pub struct Folder {
    path: PathBuf,
    bytes_max: usize,
    seen: BTreeMap<OsString, Seen>,
    /// The skipped entries that were last reported.
    crowds: Vec<Crowd>,
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
    /// Since when it has been unchanged.
    since: Instant,
    /// When to read it, unless it changes again; `None` once it was judged.
    read_at: Option<Instant>,
    /// It was reported, could not be judged, and will be reported again.
    postponed: bool,
}

impl Folder {
    /// Returns the folder, creating it if it does not exist.
    ///
    /// # Errors
    /// `Config` when it cannot be created or is not a folder.
    pub fn open(path: &Path, bytes_max: usize) -> Result<Self> {
        std::fs::create_dir_all(path)
            .kind(ErrorKind::Config, format_args!("modules folder `{}`", path.display()))?;
        Ok(Self { path: path.to_owned(), bytes_max, seen: BTreeMap::new(), crowds: Vec::new() })
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether some entries may still change, so that the next scan should be soon.
    pub fn is_unsettled(&self) -> bool {
        self.seen.values().any(|seen| seen.read_at.is_some() && !seen.postponed)
    }

    /// Returns the names of modules that may still change.
    pub fn unsettled(&self) -> impl Iterator<Item = String> {
        let unsettled = self.seen.iter().filter(|(_, seen)| seen.read_at.is_some() && !seen.postponed);
        unsettled.map(|(name, _)| printable(name))
    }

    /// Has the next scan report a file again that could not be judged.
    pub fn postpone(&mut self, file: &str, now: Instant) {
        if let Some(seen) = self.seen.get_mut(OsStr::new(file)) {
            seen.read_at = Some(now);
            seen.postponed = true;
        }
    }

    /// Scans once. The first scan that finds a file unchanged for long enough reports it. If that would be too many bytes for one
    /// scan, the next scan does. Bytes that `is_known` accepts need no longer wait.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be listed.
    pub fn look(&mut self, now: Instant, is_known: &dyn Fn(&[u8]) -> bool) -> Result<Vec<FolderEvent>> {
        let mut events = Vec::new();
        let mut bytes_read = 0;
        let Listing { present, crowds } = Listing::of(&self.path)
            .kind(ErrorKind::Unavailable, format_args!("modules folder `{}`", self.path.display()))?;
        let names: BTreeSet<&OsStr> = present.iter().map(|(name, _)| name.as_os_str()).collect();
        self.seen.retain(|name, _| {
            let there = names.contains(name.as_os_str());
            if !there {
                events.push(FolderEvent::Gone { file: printable(name) });
            }
            there
        });
        self.tell_of(crowds, &mut events);
        for (name, metadata) in present {
            let signature = signature(&metadata);
            let seen = self.seen.remove(&name).filter(|seen| seen.signature == signature);
            let mut seen =
                seen.unwrap_or(Seen { signature, since: now, read_at: Some(now + SETTLE), postponed: false });
            if seen.read_at.is_some()
                && let Some(event) = told_by_the_look_of_it(&name, &metadata)
            {
                events.push(event);
                seen.read_at = None;
            } else if seen.read_at.is_some_and(|read_at| read_at <= now) && bytes_read <= self.bytes_max {
                match read(&self.path.join(&name), self.bytes_max) {
                    Ok(bytes)
                        if bytes.len() <= self.bytes_max && now < seen.since + settles(&bytes, is_known) =>
                    {
                        let read_at = seen.since + settles(&bytes, is_known);
                        if read_at - seen.since == SETTLE_WITHOUT_LENGTH {
                            events.push(waits(&name));
                        }
                        seen.read_at = Some(read_at);
                    }
                    Ok(bytes) => {
                        bytes_read += bytes.len();
                        events.push(FolderEvent::Module { file: printable(&name), bytes });
                        seen.read_at = None;
                    }
                    Err((code, reason)) => {
                        events.push(FolderEvent::Rejected { file: printable(&name), code, reason });
                        seen.read_at = None;
                    }
                }
                seen.postponed = false;
            }
            self.seen.insert(name, seen);
        }
        Ok(events)
    }

    /// Reports skipped entries if they have changed.
    fn tell_of(&mut self, crowds: Vec<Crowd>, events: &mut Vec<FolderEvent>) {
        let gone = self.crowds.iter().filter(|crowd| crowds.iter().all(|now| now.file() != crowd.file()));
        events.extend(gone.map(|crowd| FolderEvent::Gone { file: crowd.file().to_owned() }));
        let changed = crowds.iter().filter(|crowd| !self.crowds.contains(crowd));
        events.extend(changed.map(Crowd::event));
        self.crowds = crowds;
    }
}

/// Returns how long a file must stay unchanged before its content counts as complete.
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

fn waits(name: &OsStr) -> FolderEvent {
    let seconds = SETTLE_WITHOUT_LENGTH.as_secs();
    let reason = format!(
        "does not end with its length, as `foldline build` writes it, so a part of it may be missing: it is judged once it has \
         not changed for {seconds} s"
    );
    FolderEvent::Waits { file: printable(name), reason }
}

/// Returns what can be reported of an entry without reading it.
fn told_by_the_look_of_it(name: &OsStr, metadata: &Metadata) -> Option<FolderEvent> {
    let file = printable(name);
    let ignored = |code, reason: &str| {
        Some(FolderEvent::Ignored { file: file.clone(), code, reason: reason.to_owned() })
    };
    let rejected = |code, reason: &str| {
        Some(FolderEvent::Rejected { file: file.clone(), code, reason: reason.to_owned() })
    };
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
        return rejected(Code::WrongName, "has a name that is not plain text; name it NAME@VERSION.wasm");
    } else {
        return None;
    };
    rejected(Code::NotRegular, what)
}

fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, (Code, String)> {
    let cannot = |error: std::io::Error| (Code::Unreadable, format!("cannot be read: {error}"));
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
        .map_err(cannot)?;
    // Checked again on the open file: the name may refer to something else by now.
    let metadata = file.metadata().map_err(cannot)?;
    if !metadata.is_file() {
        return Err((Code::NotRegular, "is no longer a regular file".to_owned()));
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
    // The file may grow meanwhile. Reads one byte more than allowed, so that the caller that checks the limit sees the excess.
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

/// Returns whether a character is a control character or changes the writing direction.
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
