//! Any error, for people to read.

use std::error::Error;

/// A result whose error is only printed.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;
