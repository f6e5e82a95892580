//! Compares the parser with a second implementation of the grammar, with a calendar counted day by day, and with another library.

use proptest::prelude::*;

use super::*;
use crate::trials;

/// A second implementation of the grammar, which shares nothing with the first.
fn by_grammar(text: &str) -> Option<i64> {
    let mut rest = text.chars().collect::<Vec<_>>();
    rest.reverse();
    let number = |rest: &mut Vec<char>, digits: usize, range: std::ops::RangeInclusive<i64>| {
        let mut value = 0;
        for _ in 0..digits {
            let digit = rest.pop().filter(char::is_ascii_digit)?;
            value = 10 * value + i64::from(digit as u32 - '0' as u32);
        }
        range.contains(&value).then_some(value)
    };
    let one_of = |rest: &mut Vec<char>, chars: &str| rest.pop().filter(|&c| chars.contains(c));
    let year = number(&mut rest, 4, 0..=9_999)?;
    one_of(&mut rest, "-")?;
    let month = number(&mut rest, 2, 1..=12)?;
    one_of(&mut rest, "-")?;
    let day = number(&mut rest, 2, 1..=last_day(year, month))?;
    one_of(&mut rest, "Tt ")?;
    let hour = number(&mut rest, 2, 0..=23)?;
    one_of(&mut rest, ":")?;
    let minute = number(&mut rest, 2, 0..=59)?;
    one_of(&mut rest, ":")?;
    let second = number(&mut rest, 2, 0..=60)?;
    let mut fraction = String::new();
    if rest.last() == Some(&'.') {
        rest.pop();
        while let Some(digit) = rest.pop_if(|c| c.is_ascii_digit()) {
            fraction.push(digit);
        }
        if fraction.is_empty() {
            return None;
        }
    }
    let sign = one_of(&mut rest, "Zz+-")?;
    let mut offset = 0;
    if "+-".contains(sign) {
        offset = number(&mut rest, 2, 0..=23)? * 60;
        one_of(&mut rest, ":")?;
        offset += number(&mut rest, 2, 0..=59)?;
    }
    if !rest.is_empty() {
        return None;
    }
    let offset = if sign == '-' { -offset } else { offset };
    let days: i64 = counted_days(year) + (1..month).map(|month| last_day(year, month)).sum::<i64>() + day - 1;
    let minutes = days * 1_440 + hour * 60 + minute - offset;
    if second == 60 {
        let until =
            |year, month| counted_days(year) + (1..=month).map(|month| last_day(year, month)).sum::<i64>();
        let mut ends = (year - 1..=year + 1).flat_map(|year| (1..=12).map(move |month| until(year, month)));
        return ends.any(|days| days * 1_440 == minutes + 1).then(|| minutes * 60_000 + 59_999);
    }
    let thousandths: i64 = format!("{fraction}000")[..3].parse().unwrap();
    Some((minutes * 60 + second) * 1_000 + thousandths)
}

fn is_leap(year: i64) -> bool {
    if year % 100 == 0 { year % 400 == 0 } else { year % 4 == 0 }
}

fn last_day(year: i64, month: i64) -> i64 {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1]
}

/// Days from 1970 to January 1st of a year, added up year by year.
fn counted_days(year: i64) -> i64 {
    let days = |year| 365 + i64::from(is_leap(year));
    if year >= 1970 { (1970..year).map(days).sum() } else { -(year..1970).map(days).sum::<i64>() }
}

#[track_caller]
fn check(text: &str, want: Option<i64>) {
    assert_eq!(parse(text.as_bytes()), want, "{text}");
    assert_eq!(by_grammar(text), want, "the other one, {text}");
}

const NEW_YEAR_2026: i64 = 1_767_225_600_000;
const NEW_YEAR_2017: i64 = 1_483_228_800_000;

#[test]
fn what_the_grammar_names_is_a_time() {
    for (text, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-01-01T00:00:00Z", NEW_YEAR_2026),
        ("2026-01-01t00:00:00z", NEW_YEAR_2026),
        ("2026-01-01 00:00:00Z", NEW_YEAR_2026),
        ("2026-01-01T00:00:00-00:00", NEW_YEAR_2026),
        ("2026-01-01T05:45:00+05:45", NEW_YEAR_2026),
        ("2025-12-31T00:01:00-23:59", NEW_YEAR_2026),
        ("2026-01-01T00:00:00.5Z", NEW_YEAR_2026 + 500),
        ("2026-01-01T00:00:00.123456789123456789Z", NEW_YEAR_2026 + 123),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999-23:59", 253_402_300_799_999 + 1_439 * 60_000),
        // The examples of RFC 3339, section 5.8.
        ("1985-04-12T23:20:50.52Z", 482_196_050_520),
        ("1996-12-19T16:39:57-08:00", 851_042_397_000),
        ("1990-12-31T23:59:60Z", 662_687_999_999),
        ("1990-12-31T15:59:60-08:00", 662_687_999_999),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130),
    ] {
        check(text, Some(ms));
    }
}

#[test]
fn what_the_grammar_does_not_name_is_none() {
    for text in [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "20260101T000000Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.5",
        "2026-01-01T00:00:00+00",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+25:59",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00\u{2212}01:00",
        "2026-01-01T00:00:00+01:00[Europe/Berlin]",
        "2026-01-01T00:00:00Z[u-ca=hebrew]",
        "2026-01-01T00:00:00ZZ",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z ",
        "2026-01-01_00:00:00Z",
        "+2026-01-01T00:00:00Z",
        "-000001-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-W01-1T00:00:00Z",
        "2026-001T00:00:00Z",
        "2026/01/01T00:00:00Z",
        "2026-01-01T00.00.00Z",
        "202\u{661}-01-01T00:00:00Z",
        "1767225600000",
    ] {
        check(text, None);
    }
}

#[test]
fn a_leap_second_is_at_the_end_of_a_month_and_out_of_nobodys_order() {
    let texts = [
        ("2016-12-31T23:59:59.9Z", NEW_YEAR_2017 - 100),
        ("2016-12-31T23:59:59.9999Z", NEW_YEAR_2017 - 1),
        ("2016-12-31T23:59:60Z", NEW_YEAR_2017 - 1),
        ("2016-12-31T23:59:60.1Z", NEW_YEAR_2017 - 1),
        ("2017-01-01T05:29:60.999999999999+05:30", NEW_YEAR_2017 - 1),
        ("2017-01-01T00:00:00Z", NEW_YEAR_2017),
    ];
    texts.iter().for_each(|&(text, ms)| check(text, Some(ms)));
    assert!(texts.is_sorted_by_key(|(_, ms)| *ms));
    for text in
        ["2016-06-30T23:59:60Z", "2024-02-29T23:59:60Z", "9999-12-31T23:59:60Z", "0000-01-31T23:59:60Z"]
    {
        assert!(
            parse(text.as_bytes()).is_some_and(|ms| ms % 60_000 == 59_999 || ms % 60_000 == -1),
            "{text}"
        );
    }
    for text in [
        "2026-06-15T12:30:60Z",
        "2016-12-31T23:58:60Z",
        "2016-12-30T23:59:60Z",
        "2016-12-31T23:59:60+01:00",
        "2024-02-28T23:59:60Z",
        "2017-01-01T00:00:60Z",
    ] {
        check(text, None);
    }
}

#[test]
fn every_day_of_ten_thousand_years_is_one_after_the_day_before() {
    for year in (0..10_000).step_by(trials::all_or(1, 61)) {
        let mut days = counted_days(year);
        for month in 1..=12 {
            for day in 1..=last_day(year, month) {
                let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                assert_eq!(parse(text.as_bytes()), Some(days * DAY_MS), "{text}");
                assert_eq!(print(days * DAY_MS), Some(text));
                days += 1;
            }
            let after = format!("{year:04}-{month:02}-{:02}T00:00:00Z", last_day(year, month) + 1);
            assert_eq!(parse(after.as_bytes()), None, "{after}");
        }
        assert_eq!(days, counted_days(year + 1));
    }
    assert_eq!(print(counted_days(10_000) * DAY_MS), None);
    assert_eq!(print(counted_days(0) * DAY_MS - 1), None);
    for ms in [i64::MIN, i64::MIN + 1, i64::MAX] {
        assert_eq!(print(ms), None);
    }
}

/// Times that follow the grammar, and some that break a single rule of it.
fn texts() -> impl Strategy<Value = String> {
    let two = |max: u32| (0..=max).prop_map(|number| format!("{number:02}"));
    let fraction = prop_oneof![Just(String::new()), "\\.[0-9]{1,30}"];
    let offset = prop_oneof![
        Just("Z".to_owned()),
        Just("z".to_owned()),
        ("[+-]", two(25), two(61)).prop_map(|(sign, hours, minutes)| format!("{sign}{hours}:{minutes}")),
    ];
    let second = prop_oneof![4 => two(61), 1 => Just("60".to_owned())];
    let clock = prop_oneof![
        3 => (two(25), two(61), second).prop_map(|(hour, minute, second)| format!("{hour}:{minute}:{second}")),
        1 => Just("23:59:60".to_owned()),
    ];
    let year = prop_oneof![0..10_000_u32, 1960..2040_u32];
    (year, two(13), two(32), "[Tt ]", clock, fraction, offset).prop_map(
        |(year, month, day, between, clock, fraction, offset)| {
            format!("{year:04}-{month}-{day}{between}{clock}{fraction}{offset}")
        },
    )
}

proptest! {
    #![proptest_config(trials::cases(20_000, 100))]

    #[test]
    fn a_text_is_what_the_grammar_says(text in texts()) {
        prop_assert_eq!(parse(text.as_bytes()), by_grammar(&text));
    }

    #[test]
    fn a_text_with_a_character_changed_is_what_the_grammar_says(
        text in texts(),
        at in any::<prop::sample::Index>(),
        with in prop_oneof![any::<char>(), prop::char::range('\0', '\u{7f}'), prop::sample::select("0123456789-+:.,TtZz []".chars().collect::<Vec<_>>())],
        what in 0..3,
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        match what {
            0 => chars[at] = with,
            1 => chars.insert(at, with),
            _ => drop(chars.remove(at)),
        }
        let text: String = chars.into_iter().collect();
        prop_assert_eq!(parse(text.as_bytes()), by_grammar(&text), "{}", text);
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>(), tail in prop::collection::vec(any::<u8>(), 0..12)) {
        let _ = parse(&bytes);
        let _ = parse(&[b"2026-01-01T00:00:00", &tail[..]].concat());
    }

    /// jiff accepts more than the grammar does. What both accept is the same time, except for leap seconds.
    #[test]
    fn another_library_reads_the_same_times(text in texts()) {
        let fraction = text.split('.').nth(1).map_or(0, |tail| tail.bytes().take_while(u8::is_ascii_digit).count());
        let (Some(ms), false) = (parse(text.as_bytes()), &text[17..19] == "60" || fraction > 9) else { return Ok(()) };
        // The times that jiff supports end within the last day of the year 9999.
        if (-377_000_000_000_000..253_402_200_000_000).contains(&ms) {
            let theirs: jiff::Timestamp = text.parse().unwrap();
            prop_assert_eq!(ms, theirs.as_nanosecond().div_euclid(1_000_000) as i64);
        }
    }

    #[test]
    fn what_is_printed_is_read_back(ms in prop_oneof![-62_167_219_200_000..253_402_300_800_000_i64, -10_000..10_000_i64]) {
        let text = print(ms).unwrap();
        prop_assert_eq!(parse(text.as_bytes()), Some(ms));
        prop_assert_eq!(by_grammar(&text), Some(ms));
        if let Ok(theirs) = jiff::Timestamp::from_millisecond(ms) {
            prop_assert_eq!(text, theirs.to_string());
        }
    }
}
