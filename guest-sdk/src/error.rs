//! The reasons why a reducer rejects an event or a row.

use std::fmt;

/// What `extract` and `project` return: nothing, or the reason for a rejection.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// The reason why an event or a row is rejected, made from any text or any error.
///
/// Returned from `extract`, it makes the event a dead letter with this reason; the event adds nothing, not even what the
/// same call added before. Returned from `project`, it marks the row as failed. Neither stops anything else.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// fn cents(text: &str) -> Result<i64> {
///     if text.is_empty() {
///         return Err("an empty price".into());
///     }
///     let cents: i64 = text.parse()?;
///     if cents < 0 { Err(format!("a price of {cents} cents").into()) } else { Ok(cents) }
/// }
/// assert_eq!(cents("").unwrap_err().to_string(), "an empty price");
/// assert_eq!(cents("-5").unwrap_err().to_string(), "a price of -5 cents");
/// assert!(cents("x").unwrap_err().to_string().contains("invalid digit"));
/// ```
pub struct Error(Box<dyn std::error::Error + Send + Sync>);

// `Error` deliberately does not implement `std::error::Error`. This lets `?` and `into` accept texts and errors alike.
impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Error {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Shows the reason with its causes: `outer: inner`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
