//! The types that values can have.

use serde::{Deserialize, Serialize};

/// The unit of a time field on the wire; times are milliseconds since the Unix epoch everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeUnit {
    /// Whole seconds.
    Seconds,
    /// Whole milliseconds.
    Milliseconds,
    /// Whole microseconds, rounded down to milliseconds.
    Microseconds,
    /// Whole nanoseconds, rounded down to milliseconds.
    Nanoseconds,
    /// Text such as `2026-01-01T00:00:00Z`.
    Rfc3339,
}

/// The type of a field, a key, or the value of a `Min`, `Max`, `First` or `Last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueType {
    /// `true` or `false`.
    Boolean,
    /// A 64-bit signed integer.
    Int,
    /// A 64-bit float.
    Float,
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Blob,
    /// A point in time.
    Time(TimeUnit),
}
