//! Prints to streams that may be closed: a closed pipe neither ends a command early nor changes its exit code.

/// Prints a line to stdout, ignoring errors.
macro_rules! answer {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Prints a line to stderr, ignoring errors.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub(crate) use {answer, say};
