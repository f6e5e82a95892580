//! Times as tests write them.

use foldline_core::rfc3339;

/// A time as written in tests: milliseconds since 1970, a text such as `2026-01-01T00:00:00Z`, or a [`Time`](crate::Time).
pub trait EventTime {
    /// Returns the milliseconds since 1970.
    ///
    /// # Panics
    /// Panics if a text is not a time.
    fn ms(self) -> i64;
}

impl EventTime for i64 {
    fn ms(self) -> i64 {
        self
    }
}

impl EventTime for crate::Time {
    fn ms(self) -> i64 {
        crate::Time::ms(self)
    }
}

impl EventTime for &str {
    fn ms(self) -> i64 {
        rfc3339::parse(self.as_bytes())
            .unwrap_or_else(|| panic!("`{self}` is not a time such as 2026-01-01T00:00:00Z"))
    }
}
