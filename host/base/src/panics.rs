//! What a panic ends: the work in which it happens, or the process.
//!
//! Work is *contained* if nothing else builds on what it leaves half done: extracting, projecting, writing a sink, relaying,
//! comparing, answering a request. Its owner catches the panic and reports it in `status`. Any other panic ends the process, and
//! so does a panic in a *vital* section of contained work: half-appended records, a half-made decision, or a half-changed
//! structure that several versions share must not be built upon. The next start recovers as it does after SIGKILL.

use std::any::Any;
use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use tracing::error;

use crate::error::{Error, ErrorKind, Result};

/// The exit code of a Rust program that panics, which Cargo uses too.
const EXIT_CODE: i32 = 101;

thread_local! {
    static CONTAINED: Cell<u32> = const { Cell::new(0) };
    static VITAL: Cell<u32> = const { Cell::new(0) };
}

/// The text and place of the last panic in contained work. Not per thread: another thread catches the panic of a pool's.
static LAST: Mutex<Option<(String, String)>> = Mutex::new(None);

/// Makes panics end the process from now on, except in contained work.
pub fn end_process_unless_contained() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        if ends_process() {
            std::process::exit(EXIT_CODE);
        }
        if let Some(place) = panic.location() {
            *LAST.lock() = Some((text(panic.payload()).to_owned(), place.to_string()));
        }
    }));
}

/// Runs work whose panics end nothing else.
///
/// # Errors
/// What the work returns; `Internal` when it panics. Drop what the work had access to: it may be half changed.
pub fn contain<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let _contained = Level::enter(&CONTAINED);
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(panicked(&*payload)))
}

/// Starts a thread whose work may be given up. If it panics, the panic is logged, and the thread returns the default.
///
/// # Errors
/// The system's error when it refuses a thread.
pub fn spawn_contained<T: Default + Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    let thread = name.to_owned();
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        contain(|| Ok(work())).unwrap_or_else(|error| {
            error!(thread, %error, "given up");
            T::default()
        })
    })
}

/// Marks this thread as one of a pool that passes panics on to the thread that waits for the work.
pub fn contain_thread() {
    std::mem::forget(Level::enter(&CONTAINED));
}

/// Begins a section in which a panic ends the process even in contained work. It ends when the value is dropped.
#[must_use = "the section ends with the value"]
pub fn vital() -> Vital {
    Vital { _level: Level::enter(&VITAL) }
}

/// A section in which a panic ends the process.
pub struct Vital {
    _level: Level,
}

/// One more level of nesting on this thread, until it is dropped.
struct Level {
    of: &'static std::thread::LocalKey<Cell<u32>>,
    /// Keeps the level on the thread that counts it.
    _not_send: PhantomData<*const ()>,
}

impl Level {
    fn enter(of: &'static std::thread::LocalKey<Cell<u32>>) -> Self {
        of.set(of.get() + 1);
        Self { of, _not_send: PhantomData }
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        self.of.set(self.of.get() - 1);
    }
}

/// Returns whether a panic of this thread would end the process now.
fn ends_process() -> bool {
    CONTAINED.get() == 0 || VITAL.get() > 0
}

fn panicked(payload: &(dyn Any + Send)) -> Error {
    let said = text(payload);
    let last = LAST.lock().take_if(|(text, _)| text == said);
    let place = last.map_or_else(String::new, |(_, place)| format!(" at {place}"));
    Error::new(ErrorKind::Internal, format!("foldline panicked{place}: {said}"))
        .with_hint("this is a bug in foldline: report it with the log; restart the host to try again")
}

fn text(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "no text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_contained_work_only_and_says_what_it_said() {
        let error = contain(|| -> Result<()> { panic!("number {}", 7) }).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Internal, "foldline panicked: number 7"));
        assert_eq!(contain(|| Ok(5)).unwrap(), 5);
        assert!(ends_process(), "outside of contained work");
    }

    #[test]
    fn a_vital_section_within_contained_work_ends_the_process_and_ends_itself() {
        contain(|| {
            assert!(!ends_process());
            {
                let _vital = vital();
                assert!(ends_process());
                let within = contain(|| Ok(ends_process())).unwrap();
                assert!(within, "whatever is contained within it");
            }
            assert!(!ends_process());
            Ok(())
        })
        .unwrap();
    }
}
