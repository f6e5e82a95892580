//! The one error of the host: what the operator should do, what happened, and the next step.

use std::fmt;

use crate::code::Code;
use crate::partly::Partly;

/// What the operator should do about an error; also decides the exit code (design §14).
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
    /// It cannot be done as things stand: exit 1.
    Refused,
    /// A server cannot be reached, or not now: exit 4.
    Unavailable,
    /// It took too long: exit 5.
    TimedOut,
    /// Bytes on disk are damaged: exit 4.
    Corrupt,
    /// What a server held is gone or has gone back; it is filled again: exit 4.
    Lost,
    /// A topic is not the one that was read: exit 4.
    Replaced,
    /// Our own fault: exit 4.
    Internal,
}

/// An error with its kind, a message (lowercase, no full stop, naming the thing and the value), perhaps a hint and a code.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    code: Option<Code>,
    /// Boxed: large, and rare.
    partly: Option<Box<Partly>>,
}

/// The host's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns an error without a hint.
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string(), hint: None, code: None, partly: None }
    }

    /// Returns the same error with the next step for its reader.
    #[must_use]
    pub fn with_hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Returns the error as a text that names a command which ends it: `way_on`, unless the error names one.
    pub fn with_way_on(&self, way_on: impl fmt::Display) -> String {
        match &self.hint {
            Some(hint) if hint.contains("`foldline ") => self.to_string(),
            Some(_) => format!("{self}; {way_on}"),
            None => format!("{self}\nhint: {way_on}"),
        }
    }

    /// Returns the same error with the stable name that scripts know it by.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Returns the same error with what was being done before the message: `context: message`.
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

    /// Returns what became of the records of an append that failed; `None` where nothing is in the log.
    pub fn partly(&self) -> Option<&Partly> {
        self.partly.as_deref().filter(|partly| !partly.is_nothing())
    }

    /// Returns the stable name of what happened, where it has one.
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

/// Returns what is at the bottom of another library's error: what the layers above it say is only that it happened.
pub fn innermost_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Gives foreign errors their kind and context.
pub trait ResultExt<T> {
    /// Turns the error into ours: `context: error`.
    ///
    /// # Errors
    /// Passes the error on, changed.
    fn kind(self, kind: ErrorKind, context: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> ResultExt<T> for std::result::Result<T, E> {
    fn kind(self, kind: ErrorKind, context: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Error::new(kind, format!("{context}: {error}")))
    }
}
