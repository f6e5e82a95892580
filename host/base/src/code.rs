//! The stable codes of verdicts on module files (docs/upgrades.md, "Verdicts").
//!
//! Messages are for people and may change; scripts look at these codes.

use std::fmt;

/// Why a file of the modules folder is not folded. "It" below is the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It is a link, a folder, a FIFO or a device.
    NotRegular,
    /// The operating system does not allow the host to read it.
    Unreadable,
    /// Its name is not `NAME@VERSION.wasm` as its description says.
    WrongName,
    /// It is longer than `limits.module_bytes_max`.
    TooLarge,
    /// It is not a module, or not one that this host can run.
    InvalidModule,
    /// A value that was set for it is not one of its parameters, has the wrong type, or is refused by it.
    WrongParameters,
    /// Its version is already registered with other bytes.
    Conflict,
    /// The log no longer holds the history that a replay needs.
    HistoryMissing,
    /// Its name is one that editors and copying tools give to temporary files.
    IgnoredTemporary,
    /// Its name does not end in `.wasm`.
    IgnoredExtension,
    /// There are too many files of its kind, and the host does not look at all of them.
    TooMany,
    /// It may still be being copied.
    Unsettled,
    /// It is being judged, or waits for another one to be judged.
    Judging,
    /// The log does not answer, so the host cannot tell whether a replay is possible.
    LogUnavailable,
    /// The host cannot store it, for example because the disk is full.
    HostUnavailable,
    /// The host failed while judging it.
    HostFailed,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 16] = [
        Self::NotRegular,
        Self::Unreadable,
        Self::WrongName,
        Self::TooLarge,
        Self::InvalidModule,
        Self::WrongParameters,
        Self::Conflict,
        Self::HistoryMissing,
        Self::IgnoredTemporary,
        Self::IgnoredExtension,
        Self::TooMany,
        Self::Unsettled,
        Self::Judging,
        Self::LogUnavailable,
        Self::HostUnavailable,
        Self::HostFailed,
    ];

    /// Returns the code as text, which never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRegular => "not_regular",
            Self::Unreadable => "unreadable",
            Self::WrongName => "wrong_name",
            Self::TooLarge => "too_large",
            Self::InvalidModule => "invalid_module",
            Self::WrongParameters => "wrong_parameters",
            Self::Conflict => "conflict",
            Self::HistoryMissing => "history_missing",
            Self::IgnoredTemporary => "ignored_temporary",
            Self::IgnoredExtension => "ignored_extension",
            Self::TooMany => "too_many",
            Self::Unsettled => "unsettled",
            Self::Judging => "judging",
            Self::LogUnavailable => "log_unavailable",
            Self::HostUnavailable => "host_unavailable",
            Self::HostFailed => "host_failed",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_in_the_documentation() {
        let page = include_str!("../../../docs/upgrades.md");
        for code in Code::ALL {
            assert!(page.contains(&format!("| `{code}` |")), "docs/upgrades.md does not tell of `{code}`");
        }
    }
}
