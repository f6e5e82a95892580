//! SQLite files with sealed pages: a layer between SQLite and the system's files.
//!
//! SQLite has no checksums in its files. Seals of documents alone would miss damage to what connects them: an index page that
//! lacks an entry, a child page that is a different one. So every page is sealed when it is written to the file and checked
//! whenever it is read, whatever it holds: documents, indexes, sets, failed rows, the control record. A mismatch is
//! `SQLITE_IOERR_DATA`, which ends the statement.
//!
//! This is sound if two conditions hold. SQLite calls a file's methods with the pointer that `open` filled, between `open` and
//! `close`, and with buffers of the lengths that it states (the contract of `sqlite3_io_methods`). The system's own layer, which
//! every method calls, sees the memory behind our part as its own file and the pointer to itself, as SQLite would have passed
//! them.

#![expect(unsafe_code, reason = "SQLite's layer of files is C; each block has its proof")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, OpenFlags, ffi};
use tracing::warn;

use super::sums::{Known, PAGE_BYTES, SEAL_BYTES, seal, unseal};

const NAME: &CStr = c"foldline-sealed";

/// The system's layer for files of a single process. It keeps the index of the write-ahead log in memory. As a file (`-shm`) the
/// index would have no checksums, so damage to it would lead to older pages, which are sealed as well; truncating it would end
/// the process; and on a full disk it could not be created, so that no reader could read.
const SYSTEM_NAME: &CStr = c"unix-excl";

/// The bytes before the first page of a write-ahead log.
const LOG_HEADER_BYTES: usize = 32;
/// The bytes before each page of a write-ahead log.
const FRAME_HEADER_BYTES: usize = 24;
const FRAME_BYTES: usize = FRAME_HEADER_BYTES + PAGE_BYTES;
/// The beginning of a file that SQLite reads before its first page.
const FILE_HEADER_BYTES: usize = 100;

/// Opens a connection to a file with sealed pages.
pub(super) fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let registered = *LAYER.get_or_init(register);
    if registered != ffi::SQLITE_OK {
        return Err(failed(registered));
    }
    Connection::open_with_flags_and_vfs(path, flags, NAME)
}

/// Reserves room for the seals. Must be called before anything is written into a new file.
pub(super) fn make_room(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES as i64)?;
    let mut bytes = SEAL_BYTES as c_int;
    // SAFETY: the connection is open as long as it is borrowed, and this operation reads and writes one int.
    let code = unsafe {
        let room = (&raw mut bytes).cast();
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_RESERVE_BYTES,
            room,
        )
    };
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(failed(code)) }
}

fn failed(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

static LAYER: OnceLock<c_int> = OnceLock::new();

/// The system's own layer.
static SYSTEM: OnceLock<System> = OnceLock::new();

struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's layers live as long as the process and may be called from any thread; the pointer is only read.
unsafe impl Send for System {}
// SAFETY: as above.
unsafe impl Sync for System {}

fn register() -> c_int {
    // SAFETY: the layer is built into SQLite, and never unregistered here. Its copy is a layer of its own: the calls
    // that are copied take nothing from the pointer they are given that is not copied with them. It is leaked, since
    // SQLite keeps it for good.
    unsafe {
        let system = ffi::sqlite3_vfs_find(SYSTEM_NAME.as_ptr());
        if system.is_null() {
            return ffi::SQLITE_ERROR;
        }
        SYSTEM.get_or_init(|| System(system));
        let mut layer = *system;
        layer.pNext = std::ptr::null_mut();
        layer.zName = NAME.as_ptr();
        layer.szOsFile += size_of::<SealedFile>() as c_int;
        layer.xOpen = Some(open_file);
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(layer)), 0)
    }
}

/// Our part of an open file; the system's part follows it in memory.
#[repr(C)]
struct SealedFile {
    base: ffi::sqlite3_file,
    holds: Holds,
    /// From `Arc::into_raw`; valid until the file is closed.
    known: *const Known,
    /// The file's name, for the log. From `Box::into_raw`; valid until the file is closed.
    path: *mut PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Sealed pages.
    Pages,
    /// Pages in the frames of a write-ahead log.
    Frames,
    /// Data that only this process reads, and only for a short time.
    Anything,
}

/// Returns the system's part of a file.
///
/// # Safety
/// `file` was filled by [`open_file`].
unsafe fn system_file(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite allocated as much as `szOsFile` says, which is both parts.
    unsafe { file.cast::<SealedFile>().add(1).cast() }
}

/// Calls a method of the system's part.
macro_rules! system {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let file = system_file($file);
        match (*(*file).pMethods).$method {
            Some(method) => method(file $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe extern "C" fn open_file(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives memory for both parts, and a name that lives as long as the file, or null.
    unsafe {
        let path = path_of(name);
        let holds = match &path {
            Some(_) if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 => Holds::Pages,
            Some(_) if flags & ffi::SQLITE_OPEN_WAL != 0 => Holds::Frames,
            _ => Holds::Anything,
        };
        let of = path.clone().map(|path| if holds == Holds::Frames { without_suffix(path) } else { path });
        let system = system_file(file);
        (*system).pMethods = std::ptr::null();
        (*file).pMethods = std::ptr::null();
        let Some(layer) = SYSTEM.get() else { return ffi::SQLITE_ERROR };
        let Some(open) = (*layer.0).xOpen else { return ffi::SQLITE_ERROR };
        let code = open(layer.0, name, system, flags, out_flags);
        // As SQLite requires of a layer: without methods there is nothing to close.
        if !(*system).pMethods.is_null() {
            let sealed = file.cast::<SealedFile>();
            (*sealed).holds = holds;
            (*sealed).known = match of.filter(|_| holds != Holds::Anything) {
                Some(of) => Arc::into_raw(Known::of(&of)),
                None => Arc::into_raw(Arc::default()),
            };
            (*sealed).path = Box::into_raw(Box::new(path.unwrap_or_default()));
            (*file).pMethods = &raw const METHODS;
        }
        code
    }
}

/// Returns a file's name.
///
/// # Safety
/// `name` is null or a C string.
unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller says.
    let name = unsafe { CStr::from_ptr(name) };
    Some(os_text(name.to_bytes()).into())
}

#[cfg(unix)]
fn os_text(bytes: &[u8]) -> &OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

#[cfg(not(unix))]
fn os_text(bytes: &[u8]) -> &OsStr {
    std::str::from_utf8(bytes).unwrap_or_default().as_ref()
}

fn without_suffix(log: PathBuf) -> PathBuf {
    let text = log.to_string_lossy();
    text.strip_suffix("-wal").map_or_else(|| log.clone(), PathBuf::from)
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Not 3: files are read and never mapped; the pages of a mapped file would not be checked.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: both pointers are those of `open_file`, and SQLite closes a file once.
    unsafe {
        let code = system!(file, xClose);
        let sealed = file.cast::<SealedFile>();
        drop(Arc::from_raw((*sealed).known));
        drop(Box::from_raw((*sealed).path));
        (*file).pMethods = std::ptr::null();
        code
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: the file is open, so that `known` and `path` live; the buffer has `length` bytes, which the system's layer
    // filled, with zeros where the file is shorter.
    unsafe {
        let code = system!(file, xRead, buffer, length, at);
        #[cfg(test)]
        let code = if tests::is_unreadable(&*(*file.cast::<SealedFile>()).path) {
            ffi::SQLITE_IOERR_CORRUPTFS
        } else {
            code
        };
        let code = match code {
            // A disk that fails for a moment is not damage, but SQLite would report it as such.
            ffi::SQLITE_IOERR_CORRUPTFS => ffi::SQLITE_IOERR_READ,
            code => code,
        };
        let sealed = &*file.cast::<SealedFile>();
        if sealed.holds == Holds::Anything || !matches!(code, ffi::SQLITE_OK | ffi::SQLITE_IOERR_SHORT_READ) {
            return code;
        }
        let (Ok(bytes), Ok(at)) = (usize::try_from(length), usize::try_from(at)) else { return code };
        let read = std::slice::from_raw_parts(buffer.cast::<u8>(), bytes);
        let short = code == ffi::SQLITE_IOERR_SHORT_READ;
        let agrees = match sealed.holds {
            Holds::Pages => page_agrees(&*sealed.known, read, at, short),
            _ => frame_agrees(&*sealed.known, read, at, short),
        };
        match agrees {
            Ok(()) => code,
            Err(what) => {
                warn!(path = %(*sealed.path).display(), at, what, "a page is refused");
                ffi::SQLITE_IOERR_DATA
            }
        }
    }
}

/// Checks data that was read from a file of pages.
fn page_agrees(known: &Known, read: &[u8], at: usize, short: bool) -> Result<(), &'static str> {
    if at + read.len() <= FILE_HEADER_BYTES {
        // The header is read again with its page before it is used.
        return Ok(());
    }
    if read.len() != PAGE_BYTES || !at.is_multiple_of(PAGE_BYTES) {
        return Err("the size of pages is another one");
    }
    if short {
        // Only a file that is being created has no first page.
        let born = at == 0 && read.iter().all(|&byte| byte == 0);
        return if born { Ok(()) } else { Err("the file is too short") };
    }
    let number = at / PAGE_BYTES + 1;
    let sum = unseal(read, number as u32).ok_or("the checksum of a page is wrong")?;
    match known.pages.is_known(number, sum) {
        Some(true) => Ok(()),
        Some(false) => {
            known.note_replaced();
            Err("a page is another one than was written")
        }
        None => {
            known.pages.note(number, sum);
            Ok(())
        }
    }
}

/// Checks data that was read from a write-ahead log: pages by their sums. SQLite itself reads whole frames in order to check
/// them.
fn frame_agrees(known: &Known, read: &[u8], at: usize, short: bool) -> Result<(), &'static str> {
    let Some((frame, within)) = frame_of(at) else { return Ok(()) };
    let page = match (within, read.len()) {
        (FRAME_HEADER_BYTES, PAGE_BYTES) => read,
        (0, FRAME_BYTES) => &read[FRAME_HEADER_BYTES..],
        _ => return Ok(()),
    };
    // The log's loss is permanent: whoever opens the file next would show an older state.
    let refused = |what| {
        known.note_replaced();
        Err(what)
    };
    if short {
        return if within == 0 { Ok(()) } else { refused("the write-ahead log is too short") };
    }
    let sum = crc32c::crc32c(page);
    match known.frames.is_known(frame, sum) {
        Some(true) => Ok(()),
        Some(false) => refused("a page of the write-ahead log is another one than was written"),
        None if within == 0 => {
            known.frames.note(frame, sum);
            Ok(())
        }
        None => refused("a page of the write-ahead log was written by another process"),
    }
}

/// Returns the frame that contains an offset of a write-ahead log, and the offset within it; `None` for the log's header.
fn frame_of(at: usize) -> Option<(usize, usize)> {
    let behind = at.checked_sub(LOG_HEADER_BYTES)?;
    Some((behind / FRAME_BYTES, behind % FRAME_BYTES))
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: the file is open, so that `known` lives; the buffer has `length` bytes.
    unsafe {
        let sealed = &*file.cast::<SealedFile>();
        let (Ok(bytes), Ok(place)) = (usize::try_from(length), usize::try_from(at)) else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        let known = &*sealed.known;
        match sealed.holds {
            Holds::Pages if bytes == PAGE_BYTES && place.is_multiple_of(PAGE_BYTES) => {
                let number = place / PAGE_BYTES + 1;
                let mut page = *buffer.cast::<[u8; PAGE_BYTES]>();
                let sum = seal(&mut page, number as u32);
                // Forgotten first: after a failed write the contents are undefined.
                known.pages.forget(number..number + 1);
                let code = system!(file, xWrite, page.as_ptr().cast(), length, at);
                if code == ffi::SQLITE_OK {
                    known.pages.note(number, sum);
                }
                code
            }
            // Parts of a page are never written, because they would have no seal.
            Holds::Pages => ffi::SQLITE_IOERR_WRITE,
            Holds::Frames => {
                let Some((frame, within)) = frame_of(place) else {
                    return system!(file, xWrite, buffer, length, at);
                };
                let is_page = within == FRAME_HEADER_BYTES && bytes == PAGE_BYTES;
                let header_alone = within + bytes <= FRAME_HEADER_BYTES;
                if !header_alone {
                    known.frames.forget(frame..(within + bytes).div_ceil(FRAME_BYTES) + frame);
                }
                let code = system!(file, xWrite, buffer, length, at);
                if code == ffi::SQLITE_OK && is_page {
                    let page = std::slice::from_raw_parts(buffer.cast::<u8>(), bytes);
                    known.frames.note(frame, crc32c::crc32c(page));
                }
                code
            }
            Holds::Anything => system!(file, xWrite, buffer, length, at),
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: the file is open, so that `known` lives.
    unsafe {
        let sealed = &*file.cast::<SealedFile>();
        let bytes = usize::try_from(size).unwrap_or(0);
        match sealed.holds {
            // Pages are numbered from one.
            Holds::Pages => (*sealed.known).pages.truncate(bytes / PAGE_BYTES + 1),
            Holds::Frames => {
                (*sealed.known).frames.truncate(bytes.saturating_sub(LOG_HEADER_BYTES) / FRAME_BYTES);
            }
            Holds::Anything => {}
        }
        system!(file, xTruncate, size)
    }
}

/// Declares methods that only call the system's part.
macro_rules! passed_on {
    ($($name:ident $method:ident ($($argument:ident: $type:ty),*);)+) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: the file is open; the arguments are SQLite's, for the system's layer.
            unsafe { system!(file, $method $(, $argument)*) }
        }
    )+};
}

passed_on! {
    sync xSync(flags: c_int);
    file_size xFileSize(size: *mut i64);
    lock xLock(level: c_int);
    unlock xUnlock(level: c_int);
    check_reserved_lock xCheckReservedLock(result: *mut c_int);
    file_control xFileControl(operation: c_int, argument: *mut c_void);
    sector_size xSectorSize();
    shm_map xShmMap(page: c_int, bytes: c_int, extend: c_int, memory: *mut *mut c_void);
    shm_lock xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap xShmUnmap(delete: c_int);
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the file is open. Parts of a page have no seal: SQLite must not read them.
    unsafe { system!(file, xDeviceCharacteristics) & !ffi::SQLITE_IOCAP_SUBPAGE_READ }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: the file is open.
    unsafe {
        let system = system_file(file);
        if let Some(barrier) = (*(*system).pMethods).xShmBarrier {
            barrier(system);
        }
    }
}

/// Simulates failing reads, as on a disk that fails for a moment.
#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use parking_lot::Mutex;

    static UNREADABLE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

    /// Makes the system's reads of a file fail, or succeed again.
    pub fn set_unreadable(path: &Path, is_unreadable: bool) {
        let path = super::super::files::absolute(path).unwrap();
        let mut unreadable = UNREADABLE.lock();
        unreadable.retain(|other| *other != path);
        unreadable.extend(is_unreadable.then_some(path));
    }

    pub(super) fn is_unreadable(path: &Path) -> bool {
        UNREADABLE.lock().contains(path)
    }
}
