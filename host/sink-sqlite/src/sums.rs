//! The seal of a page, and the sums of all pages that this process wrote or read, which reveal every change from outside.
//!
//! In the file, a page ends with its number and a checksum over both. That reveals damage. A page from an older copy of the file
//! is sealed just as well; the sums that are remembered while the file is open reveal it. Pages in the write-ahead log have no
//! seals: SQLite's checksums cover the log as a whole and are checked only after a crash. So for these pages, too, this process
//! remembers the sums.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};

use foldline_base::planted::{Bug, is_planted};

/// SQLite's own default; the file is created with it, and no other is read.
pub(super) const PAGE_BYTES: usize = 4_096;

/// The bytes that SQLite reserves for us at the end of each page: number and checksum.
pub(super) const SEAL_BYTES: usize = 8;

const SUM_BYTES: usize = 4;

/// Seals a page.
pub(super) fn seal(page: &mut [u8; PAGE_BYTES], number: u32) -> u32 {
    let numbered = PAGE_BYTES - SUM_BYTES;
    page[PAGE_BYTES - SEAL_BYTES..numbered].copy_from_slice(&number.to_le_bytes());
    let sum = crc32c::crc32c(&page[..numbered]);
    page[numbered..].copy_from_slice(&sum.to_le_bytes());
    sum
}

/// Returns the checksum of a page if its seal is intact.
pub(super) fn unseal(page: &[u8], number: u32) -> Option<u32> {
    let (sealed, sum) = page.split_last_chunk::<SUM_BYTES>()?;
    let whole = sealed.ends_with(&number.to_le_bytes()) && crc32c::crc32c(sealed).to_le_bytes() == *sum;
    (whole || is_planted(Bug::PageSealNotChecked)).then(|| u32::from_le_bytes(*sum))
}

/// The sums of a file and its write-ahead log. Connections to one path share them.
#[derive(Default)]
pub(super) struct Known {
    pub(super) pages: Sums,
    pub(super) frames: Sums,
    /// Whether an intact page was found that is not the one that this process knows.
    replaced: AtomicBool,
}

impl Known {
    /// Returns the sums of the file at an absolute path.
    pub(super) fn of(path: &Path) -> Arc<Self> {
        let mut files = FILES.lock();
        if let Some(known) = files.get(path).and_then(Weak::upgrade) {
            return known;
        }
        files.retain(|_, known| known.strong_count() > 0);
        let known = Arc::default();
        files.insert(path.to_owned(), Arc::downgrade(&known));
        known
    }

    /// Returns the sums of a file that is open.
    pub(super) fn of_open(path: &Path) -> Option<Arc<Self>> {
        FILES.lock().get(path).and_then(Weak::upgrade)
    }

    /// Forgets the file at a path, because another one replaces it.
    pub(super) fn forget(path: &Path) {
        FILES.lock().remove(path);
    }

    /// Records that the file's pages are not those that were written.
    pub(super) fn note_replaced(&self) {
        self.replaced.store(true, Ordering::Release);
    }

    /// Returns whether the file's pages are not those that were written; then even intact pages may be wrong.
    pub(super) fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }
}

static FILES: Mutex<BTreeMap<PathBuf, Weak<Known>>> = Mutex::new(BTreeMap::new());

/// Sums by index: four bytes per page of 4 KiB. Zero = not known.
#[derive(Default)]
pub(super) struct Sums(RwLock<Vec<u32>>);

impl Sums {
    /// Records the sum at an index.
    pub(super) fn note(&self, at: usize, sum: u32) {
        let mut sums = self.0.write();
        if sums.len() <= at {
            sums.resize(at + 1, 0);
        }
        sums[at] = sum.max(1);
    }

    /// Returns whether this is the sum at an index; `None` = not known.
    pub(super) fn is_known(&self, at: usize, sum: u32) -> Option<bool> {
        let known = self.0.read().get(at).copied().unwrap_or(0);
        (known != 0).then(|| known == sum.max(1) || is_planted(Bug::PageSealNotChecked))
    }

    /// Forgets the sums at some indexes, after a write there failed.
    pub(super) fn forget(&self, places: std::ops::Range<usize>) {
        for sum in self.0.write().iter_mut().take(places.end).skip(places.start) {
            *sum = 0;
        }
    }

    /// Forgets the sums behind the end.
    pub(super) fn truncate(&self, places: usize) {
        self.0.write().truncate(places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_changed_or_stands_elsewhere_is_not_whole() {
        let mut page = [7; PAGE_BYTES];
        let sum = seal(&mut page, 3);
        assert_eq!(unseal(&page, 3), Some(sum));
        assert_eq!(unseal(&page, 4), None);
        assert_eq!(unseal(&[0; PAGE_BYTES], 0), None, "a page of zeros is none");
        for bit in 0..PAGE_BYTES * 8 {
            page[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(&page, 3), None, "bit {bit}");
            page[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
