//! Durations and sizes as people write them: `1h30m`, `64MiB`.
//!
//! The command line reads them the same way, so that one spelling works everywhere.

use std::time::Duration;

/// Units of time, largest first, in milliseconds.
const TIME_UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size, largest first, in bytes. Powers of two only, because "MB" is ambiguous.
const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads a duration such as `250ms`, `5s` or `1h30m`: whole numbers, each with its unit, largest unit first.
///
/// # Errors
/// A sentence that names the text and shows a valid example.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is not a duration; use one such as \"250ms\", \"5s\" or \"1h30m\"");
    let mut rest = text;
    let mut units = &TIME_UNITS[..];
    let mut total_ms = 0u64;
    loop {
        let (number, after_number) = split_number(rest).ok_or_else(bad)?;
        let letters = after_number.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after_number.len());
        let (unit, after_unit) = after_number.split_at(letters);
        let at = units.iter().position(|(name, _)| *name == unit).ok_or_else(bad)?;
        let part_ms = number.checked_mul(units[at].1).ok_or_else(bad)?;
        total_ms = total_ms.checked_add(part_ms).ok_or_else(bad)?;
        (rest, units) = (after_unit, &units[at + 1..]);
        if rest.is_empty() {
            return Ok(Duration::from_millis(total_ms));
        }
    }
}

/// Reads a size such as `512KiB`, in bytes: one whole number with its unit.
///
/// # Errors
/// A sentence that names the text and shows a valid example.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let bad = || format!("`{text}` is not a size; use one such as \"512KiB\", \"64MiB\" or \"1GiB\"");
    let (number, unit) = split_number(text).ok_or_else(bad)?;
    let (_, bytes) = SIZE_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
    number.checked_mul(*bytes).ok_or_else(bad)
}

/// Reads a percentage such as `2%` or `0.5%`.
///
/// # Errors
/// A sentence that names the text and shows a valid example.
pub fn parse_percentage(text: &str) -> Result<f64, String> {
    let is_plain = |number: &&str| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = text.strip_suffix('%').filter(is_plain).and_then(|number| number.parse().ok());
    number.ok_or_else(|| format!("`{text}` is not a percentage; use one such as \"2%\" or \"0.5%\""))
}

/// Writes a duration so that [`parse_duration`] reads it back, to the millisecond.
pub fn format_duration(duration: Duration) -> String {
    let mut rest_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, unit_ms) in TIME_UNITS {
        if rest_ms >= unit_ms {
            text.push_str(&format!("{}{unit}", rest_ms / unit_ms));
            rest_ms %= unit_ms;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Writes a size in the largest unit that divides it, so that [`parse_size`] reads it back.
pub fn format_size(bytes: u64) -> String {
    let (unit, unit_bytes) = SIZE_UNITS
        .into_iter()
        .find(|(_, unit_bytes)| bytes >= *unit_bytes && bytes.is_multiple_of(*unit_bytes))
        .unwrap_or(("B", 1));
    format!("{}{unit}", bytes / unit_bytes)
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_largest_unit_first() {
        for (text, ms) in
            [("0s", 0), ("250ms", 250), ("5s", 5_000), ("1h30m", 5_400_000), ("1d2h3m4s5ms", 93_784_005)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in ["", "5", "s", "5 s", "-5s", "1.5s", "5s1h", "5s5s", "5parsecs", "99999999999999999999s"]
        {
            let message = parse_duration(text).unwrap_err();
            assert!(message.starts_with(&format!("`{text}` is not a duration")), "{message}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_an_example() {
        for text in ["", "64", "64MB", "MiB", "1.5MiB", "64 MiB", "1GiB1MiB", "99999999999999GiB"] {
            let message = parse_size(text).unwrap_err();
            assert!(message.starts_with(&format!("`{text}` is not a size")), "{message}");
        }
    }

    proptest! {
        #[test]
        fn durations_round_trip(ms in 0u64..1 << 50) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }

        #[test]
        fn sizes_round_trip(bytes: u64) {
            prop_assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
        }
    }

    #[test]
    fn a_percentage_is_a_plain_number_with_its_sign() {
        for (text, percent) in [("2%", 2.0), ("0.5%", 0.5), ("0%", 0.0), ("150%", 150.0)] {
            assert_eq!(parse_percentage(text), Ok(percent), "{text}");
        }
        for text in ["", "%", "2", "-1%", "1e3%", "inf%", "2 %", "0.1.2%", "."] {
            assert!(parse_percentage(text).is_err(), "{text}");
        }
    }
}
