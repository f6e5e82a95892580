//! The findings of a scan of the modules folder.

use foldline_base::code::Code;

/// A new finding about one entry.
#[derive(Debug, PartialEq, Eq)]
pub enum FolderEvent {
    /// A file that is complete: its name and bytes.
    Module {
        /// The file's name, if it is text.
        file: String,
        /// The bytes, at most one more than the limit.
        bytes: Vec<u8>,
    },
    /// A file that appears complete but may not be.
    Waits {
        /// The file's name, made printable.
        file: String,
        /// What the host waits for.
        reason: String,
    },
    /// An entry that cannot be a module, with cause and remedy.
    Rejected {
        /// The entry's name, made printable.
        file: String,
        /// The stable code of the reason.
        code: Code,
        /// Why.
        reason: String,
    },
    /// An entry whose name shows that it is not meant for the host.
    Ignored {
        /// The entry's name, made printable.
        file: String,
        /// The stable code of the reason.
        code: Code,
        /// Why.
        reason: String,
    },
    /// An entry that is no longer there.
    Gone {
        /// The name under which it was reported before.
        file: String,
    },
}
