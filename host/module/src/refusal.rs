//! Why a module is rejected before it is compiled.

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
