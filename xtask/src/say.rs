//! Prints to places that may be gone: a closed pipe ends no command half-way, and exit codes stay what they are.

/// Prints a line to stdout, or nothing where that takes nothing.
macro_rules! answer {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Prints a line to stderr, or nothing where that takes nothing.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub(crate) use {answer, say};
