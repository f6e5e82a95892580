//! What a look at the modules folder finds.

use foldline_base::code::Code;

/// What a look found about one entry that it had not found before.
#[derive(Debug, PartialEq, Eq)]
pub enum FolderEvent {
    /// A file that is complete: its name and bytes.
    Module {
        /// The file's name, if it is text.
        file: String,
        /// The bytes, at most one more than the limit.
        bytes: Vec<u8>,
    },
    /// A file that reads as whole, and may not be.
    Waits {
        /// The file's name, made printable.
        file: String,
        /// What is waited for.
        reason: String,
    },
    /// An entry that cannot be a module, with cause and remedy.
    Refused {
        /// The entry's name, made printable.
        file: String,
        /// The stable name of the reason.
        code: Code,
        /// Why.
        reason: String,
    },
    /// An entry that is none of our business, by its name alone.
    Ignored {
        /// The entry's name, made printable.
        file: String,
        /// The stable name of the reason.
        code: Code,
        /// Why.
        reason: String,
    },
    /// An entry that is no longer there.
    Gone {
        /// The name that was reported before.
        file: String,
    },
}
