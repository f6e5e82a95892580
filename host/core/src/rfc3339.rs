//! Times as texts: exactly what RFC 3339 calls a `date-time`, in milliseconds since 1970.
//!
//! The grammar is defined here, so that the meaning of a record never depends on the leniency of a library and its next release:
//!
//! ```text
//! date-time    = date ("T" / "t" / " ") time offset
//! date         = 4DIGIT "-" 2DIGIT "-" 2DIGIT          ; 0000 to 9999, 01 to 12, 01 to the last day of the month
//! time         = 2DIGIT ":" 2DIGIT ":" 2DIGIT [fraction]       ; 00 to 23, 00 to 59, 00 to 59 or a leap second
//! fraction     = "." 1*DIGIT
//! offset       = "Z" / "z" / ("+" / "-") 2DIGIT ":" 2DIGIT     ; 00 to 23, 00 to 59; "-00:00" is "Z"
//! ```
//!
//! A leap second, 60, is accepted wherever there can be one: in the last minute of a month in UTC. A table of actual leap seconds
//! would have to grow, and verdicts would change with it. The whole leap second is read as the last millisecond before it,
//! 59.999, so nothing within it is before what came before it, nor after what comes next.
//!
//! Event times are parsed here record by record, so each half of a text is processed as one 64-bit word.

/// Parses a time, and returns milliseconds since 1970, rounded down; `None` for any other text.
pub fn parse(text: &[u8]) -> Option<i64> {
    let (head, tail) = text.split_first_chunk::<19>()?;
    let [y3, y2, ref date @ .., between, _, _, _, _, _, _, _, _] = *head;
    let time = head.last_chunk::<8>()?;
    let (date, time) = (DATE.numbers(*date)?, TIME.numbers(*time)?);
    let year = 100 * two_digits(y3, y2)? + date.first;
    let Numbers { second: month, third: day, .. } = date;
    let Numbers { first: hour, second: minute, third: second } = time;
    let is_date = (1..=12).contains(&month) && day >= 1 && day <= days_of(year, month);
    if !is_date || !matches!(between, b'T' | b't' | b' ') || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_ms, offset) = fraction(tail)?;
    let minutes =
        days_until(year, month, day) * 1_440 + i64::from(hour * 60 + minute) - offset_minutes(offset)?;
    if second < 60 {
        return Some((minutes * 60 + i64::from(second)) * 1_000 + fraction_ms);
    }
    ends_a_month(minutes).then_some(minutes * 60_000 + 59_999)
}

/// Formats a time in UTC, as short as possible; `None` beyond the years 0000 to 9999.
pub fn print(time_ms: i64) -> Option<String> {
    let (days, ms) = (time_ms.div_euclid(DAY_MS), time_ms.rem_euclid(DAY_MS));
    let (year, month, day) = date_after(days)?;
    let (hour, minute, second, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    let fraction = match ms {
        0 => String::new(),
        ms => format!(".{ms:03}").trim_end_matches('0').to_owned(),
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

const DAY_MS: i64 = 86_400_000;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

/// The number of years after which the calendar repeats itself.
const CYCLE_YEARS: u32 = 400;
const CYCLE_DAYS: i64 = 146_097;

const DATE: Layout = Layout::of(*b"00-00-00");
const TIME: Layout = Layout::of(*b"00:00:00");

/// The layout of eight bytes, digits and separators, which are parsed as one word.
struct Layout {
    /// The smallest allowed byte at each place (the first place lowest): `0`, or the separator.
    least: u64,
    /// For each place, the number that takes a byte (XOR its smallest) to 0x80 or more if that byte is not allowed there.
    slack: u64,
}

/// Three numbers of two digits.
struct Numbers {
    first: u32,
    second: u32,
    third: u32,
}

impl Layout {
    const fn of(bytes: [u8; 8]) -> Self {
        let mut slack = [0; 8];
        let mut at = 0;
        while at < bytes.len() {
            slack[at] = if bytes[at] == b'0' { 0x7f - 9 } else { 0x7f };
            at += 1;
        }
        Self { least: u64::from_le_bytes(bytes), slack: u64::from_le_bytes(slack) }
    }

    /// Parses a text of this layout.
    fn numbers(&self, text: [u8; 8]) -> Option<Numbers> {
        const HIGH: u64 = 0x8080_8080_8080_8080;
        // A digit becomes its value, a separator becomes 0, and any other byte becomes something larger. A carry can only come
        // from a byte that is refused anyway.
        let values = u64::from_le_bytes(text) ^ self.least;
        if (values | values.wrapping_add(self.slack)) & HIGH != 0 {
            return None;
        }
        let [first, _, _, second, _, _, third, _] = (values * 10 + (values >> 8)).to_le_bytes();
        Some(Numbers { first: first.into(), second: second.into(), third: third.into() })
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
    is_number.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// Returns the milliseconds of a fraction, 0 if there is none, and the rest of the text.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(len);
    let place = |at: usize, worth: i64| digits.get(at).map_or(0, |digit| i64::from(digit - b'0') * worth);
    (len > 0).then(|| (place(0, 100) + place(1, 10) + place(2, 1), rest))
}

fn offset_minutes(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h0, b':', m1, m0] => {
            let (hours, minutes) = (two_digits(h1, h0)?, two_digits(m1, m0)?);
            let ahead = i64::from(hours * 60 + minutes);
            (hours < 24 && minutes < 60).then_some(if sign == b'-' { -ahead } else { ahead })
        }
        _ => None,
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// Both directions follow Howard Hinnant, "chrono-compatible low-level date algorithms": years that begin in March have their leap
// day at the end.

/// Returns the days from 1970 to a date.
fn days_until(year: u32, month: u32, day: u32) -> i64 {
    let is_early = month < 3;
    // One more cycle, so that January of the year 0 is not a special case.
    let year = year + CYCLE_YEARS - u32::from(is_early);
    let month = if is_early { month + 9 } else { month - 3 };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    i64::from(days) - CYCLE_DAYS - DAYS_TO_1970
}

/// Returns the year, month and day that lie `days` after 1970-01-01; `None` beyond the years 0000 to 9999.
fn date_after(days: i64) -> Option<(i64, i64, i64)> {
    let days = days.checked_add(DAYS_TO_1970)?;
    let (cycle, day) = (days.div_euclid(CYCLE_DAYS), days.rem_euclid(CYCLE_DAYS));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, is_early) = if month < 10 { (month + 3, false) } else { (month - 9, true) };
    let year = year + cycle * i64::from(CYCLE_YEARS) + i64::from(is_early);
    (0..=9_999).contains(&year).then_some((year, month, day))
}

/// Returns whether the minute that begins `minutes` after 1970 is the last one of a month.
#[cold]
fn ends_a_month(minutes: i64) -> bool {
    let next = minutes + 1;
    // The year 9999 is also followed by a first of January.
    next % 1_440 == 0 && date_after(next / 1_440).is_none_or(|(.., day)| day == 1)
}

#[cfg(test)]
mod tests;
