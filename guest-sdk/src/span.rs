//! Spans of time.

use std::fmt;
use std::str::FromStr;

/// A span of time in whole milliseconds, written as `10m`, `250ms` or `1h30m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

/// Each unit with its milliseconds, the longest first.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// Returns a span of this many milliseconds; of none if they are negative.
    pub const fn of_ms(ms: i64) -> Self {
        Self(if ms < 0 { 0 } else { ms })
    }

    /// Returns its length in milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0ms");
        }
        for (unit, ms) in UNITS {
            if rest >= ms {
                write!(f, "{}{unit}", rest / ms)?;
                rest %= ms;
            }
        }
        Ok(())
    }
}

/// A text that is not a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSpan(String);

impl fmt::Display for BadSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a duration such as \"250ms\", \"10m\" or \"1h30m\"", self.0)
    }
}

impl std::error::Error for BadSpan {}

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        parse(text).map(Self).ok_or_else(|| BadSpan(text.to_owned()))
    }
}

/// Returns the milliseconds of whole numbers with their units; `None` for any other text, and for too many of them.
fn parse(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0_i64;
    while !rest.is_empty() || total == 0 && rest.len() == text.len() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, unit_ms) = UNITS.into_iter().find(|(unit, _)| *unit == &rest[..end])?;
        rest = &rest[end..];
        total = total.checked_add(number.checked_mul(unit_ms)?)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_whole_numbers_with_units() {
        for (text, ms, shown) in [
            ("250ms", 250, "250ms"),
            ("90s", 90_000, "1m30s"),
            ("10m", 600_000, "10m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("7d", 604_800_000, "7d"),
            ("0s", 0, "0ms"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.ms(), span.to_string().as_str()), (ms, shown), "{text}");
            assert_eq!(shown.parse(), Ok(span));
        }
        for text in
            ["", "5", "m", "1.5h", "-1s", "5 m", "5min", "99999999999999999999s", "9223372036854775807d"]
        {
            assert_eq!(text.parse::<Span>(), Err(BadSpan(text.to_owned())));
        }
        assert_eq!(Span::of_ms(-5).ms(), 0);
    }
}
