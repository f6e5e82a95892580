//! The host's one error type: what the operator should do, what happened, and the next step.

use std::fmt;

use crate::code::Code;
use crate::partly::Partly;

/// What the operator should do about an error; also decides the exit code (docs/design/interfaces.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line is wrong: exit 2.
    Usage,
    /// The configuration is wrong: exit 3.
    Config,
    /// A module is wrong: exit 3.
    Module,
    /// The data handed in is wrong: exit 3.
    Data,
    /// The thing asked for does not exist: exit 1.
    NotFound,
    /// The request cannot be carried out in the current state: exit 1.
    Refused,
    /// A server or a resource cannot be reached for now: exit 4.
    Unavailable,
    /// It took too long: exit 5.
    TimedOut,
    /// Bytes on disk are damaged: exit 4.
    Corrupt,
    /// A server lost what it held, or went back to an earlier state; it is filled again: exit 4.
    Lost,
    /// A topic is not the one that was read before: exit 4.
    Replaced,
    /// A bug in Foldline: exit 4.
    Internal,
}

/// An error: a kind, a message (lowercase, no full stop, naming the thing and the value), and perhaps a hint and a code.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    code: Option<Code>,
    /// Boxed because it is large and rare.
    partly: Option<Box<Partly>>,
}

/// A result with the host's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns an error without a hint.
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string(), hint: None, code: None, partly: None }
    }

    /// Returns the same error with a hint: the reader's next step.
    #[must_use]
    pub fn with_hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Returns the error as text that tells the reader which command resolves it: `way_on`, unless the hint already names a
    /// `foldline` command.
    pub fn with_way_on(&self, way_on: impl fmt::Display) -> String {
        match &self.hint {
            Some(hint) if hint.contains("`foldline ") => self.to_string(),
            Some(_) => format!("{self}; {way_on}"),
            None => format!("{self}\nhint: {way_on}"),
        }
    }

    /// Returns the same error with a stable code for scripts.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Returns the same error with the failed operation put before the message: `context: message`.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Returns the same error with what became of the records of an append.
    #[must_use]
    pub fn with_partly(mut self, partly: Partly) -> Self {
        self.partly = Some(Box::new(partly));
        self
    }

    /// Returns what the operator should do.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the message alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the next step, if one is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns what became of the records of a failed append; `None` if none of them is in the log.
    pub fn partly(&self) -> Option<&Partly> {
        self.partly.as_deref().filter(|partly| !partly.is_nothing())
    }

    /// Returns the stable code, if there is one.
    pub fn code(&self) -> Option<Code> {
        self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Returns the innermost cause of another library's error. The layers above it only say that something failed.
pub fn innermost_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Turns foreign errors into the host's, with a kind and context.
pub trait ResultExt<T> {
    /// Converts the error: `context: error`.
    ///
    /// # Errors
    /// The original error, converted.
    fn kind(self, kind: ErrorKind, context: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> ResultExt<T> for std::result::Result<T, E> {
    fn kind(self, kind: ErrorKind, context: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Error::new(kind, format!("{context}: {error}")))
    }
}
