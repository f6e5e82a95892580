//! Messages to the host's log, for the author of a reducer.

pub use crate::bindings::foldline::reducer::host::Level;

/// Writes a line to the host's log, which also names the reducer; in native tests, to stderr.
///
/// Use it for rare events: the host limits how much a reducer may log. Logging changes no result.
///
/// ```
/// use foldline_sdk::log::{Level, log};
/// log(Level::Warn, "a price in a currency that is not known yet");
/// ```
pub fn log(level: Level, text: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::foldline::reducer::host::log(level, text);
    #[cfg(not(target_arch = "wasm32"))]
    {
        use std::io::Write as _;
        // Logging never fails, even if stderr is closed.
        let _ = writeln!(std::io::stderr(), "{level:?}: {text}");
    }
}
