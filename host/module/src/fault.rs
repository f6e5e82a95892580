//! What went wrong in one call of a module: enough for a dead letter, and never a reason to stop the host.

use std::fmt;

use wasmtime::Trap;

use super::limits::{LimitExceeded, ModuleLimits};

/// Maximum bytes of a text from a module: a reason fits on a screen.
const TEXT_BYTES_MAX: usize = 1_024;

/// The beginning of the message of [`FaultKind::Refused`].
const REFUSED: &str = "the module answered with an error";

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It panicked or trapped.
    Trap,
    /// It used up its fuel.
    Fuel,
    /// It asked for more memory or larger tables than it may have.
    Memory,
    /// It recursed too deep.
    Stack,
    /// Its answer is longer than allowed.
    Output,
    /// It answered with an error of its own.
    Refused,
    /// Its answer contradicts the contract or its description.
    BadOutput,
    /// The host itself ran out of memory or address space. The module is not to blame, so this is no verdict.
    Host,
}

/// Why a call gave no result. All but [`FaultKind::Refused`] leave the instance unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind.
    pub kind: FaultKind,
    /// What happened, as text for a dead letter.
    pub message: String,
}

impl Fault {
    /// Returns whether a dead letter's reason comes from a failed call: such reasons begin with what the module did. A record
    /// that the module or the host refuses is no failed call.
    pub fn is_reason(reason: &str) -> bool {
        reason.starts_with("the module") && !reason.starts_with(REFUSED)
    }

    pub(super) fn new(kind: FaultKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }

    pub(super) fn refused(reason: &str) -> Self {
        Self::new(FaultKind::Refused, format_args!("{REFUSED}: {}", bounded(reason)))
    }

    /// Returns the fault that the system lacks memory or address space for an instance.
    pub(super) fn of_host(error: &wasmtime::Error) -> Self {
        Self::new(FaultKind::Host, format_args!("the host has no room for the module: {error:#}"))
    }

    /// Returns the fault of an answer that is longer than allowed.
    pub(super) fn too_long(limits: &ModuleLimits) -> Self {
        let limit = limits.output_max;
        let message = format_args!("the module's answer is longer than {limit} bytes, the limit");
        Self::new(FaultKind::Output, message)
    }

    /// Returns the fault of a malformed answer.
    pub fn bad_output(what: impl fmt::Display) -> Self {
        Self::new(FaultKind::BadOutput, format_args!("the module's answer is malformed: {what}"))
    }

    /// Classifies wasmtime's error. `last_words` is what the guest reported through `fail` during the same call.
    pub(super) fn of_call(error: &wasmtime::Error, last_words: Option<&str>, limits: &ModuleLimits) -> Self {
        if let Some(exceeded) = error.downcast_ref::<LimitExceeded>() {
            let kind = match exceeded {
                LimitExceeded::Host(_) => FaultKind::Host,
                LimitExceeded::Memory { .. } | LimitExceeded::Table { .. } => FaultKind::Memory,
            };
            return Self::new(kind, exceeded);
        }
        let Some(trap) = error.downcast_ref::<Trap>() else {
            // Lifting failed: wasmtime charges the length of lists before it allocates anything for them.
            let text = format!("{error:#}");
            if text.contains("fuel allocated for hostcalls") {
                return Self::too_long(limits);
            }
            return Self::bad_output(bounded(&text));
        };
        match (trap, last_words) {
            (Trap::OutOfFuel, _) => {
                let fuel = limits.fuel;
                let message = format_args!(
                    "the module used up its fuel of {fuel} instructions: a loop without end, or too much work"
                );
                Self::new(FaultKind::Fuel, message)
            }
            (Trap::StackOverflow, _) => Self::new(
                FaultKind::Stack,
                "the module's call stack overflowed: endless recursion, or nesting too deep",
            ),
            (_, Some(words)) => {
                // Rust's hook says `panicked at FILE:LINE:COLUMN:` and the text on a line of its own.
                let words = words.strip_prefix("panicked ").unwrap_or(words).replace('\n', " ");
                Self::new(FaultKind::Trap, format_args!("the module panicked {words}"))
            }
            (trap, None) => {
                let trap = trap.to_string();
                let what = trap.strip_prefix("wasm trap: ").unwrap_or(&trap);
                Self::new(FaultKind::Trap, format_args!("the module trapped: {what}"))
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// Returns a guest's text, truncated at a character's boundary.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(TEXT_BYTES_MAX)])
}

/// Returns whether an error is the host's: the system refused memory or a file.
pub(super) fn is_hosts(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<std::io::Error>() || cause.is::<rustix::io::Errno>() || cause.is::<wasmtime::OutOfMemory>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_two_characters() {
        let text = bounded(&"é".repeat(TEXT_BYTES_MAX));
        assert_eq!(text, format!("{}…", "é".repeat(TEXT_BYTES_MAX / 2)));
        assert_eq!(bounded("short"), "short");
    }
}
