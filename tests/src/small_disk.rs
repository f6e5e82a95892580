//! A disk of a few megabytes that a test can fill.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory, mounted at a folder. Dropping it unmounts it.
pub struct SmallDisk {
    path: PathBuf,
    ballast: u32,
}

impl SmallDisk {
    /// Creates a folder and mounts `megabytes` there. `None`, with a message, if the system does not allow mounting.
    ///
    /// # Panics
    /// Panics when the folder cannot be created.
    pub fn at(path: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(path).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(path)
            .status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!(
                "LEFT OUT: no disk can be filled here, since mounting a tmpfs is refused (it takes root)"
            );
            return None;
        }
        Some(Self { path: path.to_owned(), ballast: 0 })
    }

    /// Fills the rest of it, to the last page.
    ///
    /// # Panics
    /// Panics when the disk accepts no files at all.
    pub fn fill(&mut self) {
        self.ballast += 1;
        let mut file = File::create(self.ballast(self.ballast)).expect("a file");
        for size in [1 << 20, 64 << 10, 4 << 10] {
            let zeros = vec![0; size];
            while file.write_all(&zeros).is_ok() {}
        }
    }

    /// Frees the filled space again.
    ///
    /// # Panics
    /// Panics when a file cannot be removed.
    pub fn empty(&mut self) {
        for number in 1..=std::mem::take(&mut self.ballast) {
            std::fs::remove_file(self.ballast(number)).expect("removed");
        }
    }

    fn ballast(&self, number: u32) -> PathBuf {
        self.path.join(format!("ballast-{number}"))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a host that was killed may still be ending.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
