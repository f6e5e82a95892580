//! The stable names of what can become of a module's file (docs/upgrades.md, "Verdicts").
//!
//! Texts are for people and may change; scripts look at these.

use std::fmt;

/// Why a file is not folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It is a link, a folder, a FIFO or a device.
    NotRegular,
    /// The system does not let it be read.
    Unreadable,
    /// Its name is not NAME@VERSION.wasm of what it describes itself as.
    WrongName,
    /// It is longer than `limits.module_bytes_max`.
    TooLarge,
    /// It is no module, or one that this host does not run.
    InvalidModule,
    /// Its version is registered with other bytes.
    Conflict,
    /// The log no longer begins where a replay begins.
    HistoryMissing,
    /// Its name is one under which editors and copying tools write first.
    IgnoredTemporary,
    /// Its name does not end in `.wasm`.
    IgnoredExtension,
    /// There are too many of its kind, and not all are looked at.
    TooMany,
    /// It may still be copied.
    Unsettled,
    /// It is being judged, or waits until another one is.
    Judging,
    /// The log does not answer, so it is not known whether a replay is possible.
    LogUnavailable,
    /// The host cannot keep it, for want of space perhaps.
    HostUnavailable,
    /// The host failed at it.
    HostFailed,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 15] = [
        Self::NotRegular,
        Self::Unreadable,
        Self::WrongName,
        Self::TooLarge,
        Self::InvalidModule,
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

    /// Returns the name, which never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRegular => "not_regular",
            Self::Unreadable => "unreadable",
            Self::WrongName => "wrong_name",
            Self::TooLarge => "too_large",
            Self::InvalidModule => "invalid_module",
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
