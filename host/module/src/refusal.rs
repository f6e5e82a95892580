//! Why a module is rejected.

use super::fault::{Fault, FaultKind};
use foldline_base::error::{Error, ErrorKind};

/// Returns the error for a module that this host does not run.
pub(super) fn refusal(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Module, message)
}

/// Returns the error for an incomplete file.
pub(super) fn truncated(message: impl std::fmt::Display) -> Error {
    refusal(message).with_hint("copy the file again: write it under another name, then rename it")
}

/// Returns the error for a part that cannot be read.
pub(super) fn damaged(error: wasmparser::BinaryReaderError) -> Error {
    truncated(format!("is damaged: {error}"))
}

/// Returns the error for a part of the contract that is specified but that this host does not run yet.
pub(super) fn not_yet(part: impl std::fmt::Display) -> Error {
    refusal(format!("{part}, and this host cannot run it yet"))
        .with_hint("leave that part out, or use a newer host")
}

/// Returns the error for a module whose function fails in its trial.
pub(super) fn trial(function: &str, fault: Fault) -> Error {
    let (kind, hint) = match fault.kind {
        FaultKind::Host => (ErrorKind::Unavailable, "give the host more memory or address space"),
        FaultKind::Fuel => (ErrorKind::Module, "look for a loop without end, or raise `limits.module_fuel`"),
        FaultKind::Memory => {
            (ErrorKind::Module, "let the module use less, or raise `limits.module_memory_max`")
        }
        FaultKind::Output => (ErrorKind::Module, "let it answer less, or raise `limits.module_output_max`"),
        FaultKind::BadOutput => {
            (ErrorKind::Module, "build it with the foldline-sdk that came with this host")
        }
        FaultKind::Trap | FaultKind::Stack | FaultKind::Refused => {
            (ErrorKind::Module, "run `foldline test` in the reducer's folder, which makes the same calls")
        }
    };
    Error::new(kind, format_args!("fails in a trial call of `{function}`: {fault}")).with_hint(hint)
}
