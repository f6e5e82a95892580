//! Random inputs, and sequences of records that resemble each other except for some that are damaged or odd.

use super::*;

pub(super) const RECORDS_PER_SEQUENCE: usize = 400;

/// A seeded source of choices (SplitMix64).
pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Returns true once in `times`, on average.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'c, T: ?Sized>(&mut self, choices: &[&'c T]) -> &'c T {
        choices[self.below(choices.len())]
    }
}

/// Names as they are written. The value under the name at index i is usually a scalar of kind i, and declared as such.
const NAMES: [&str; 9] = ["user_id", "body", "timestamp", "b", "c", "a", "a\\u0062", "ä", ""];

fn any_name(rng: &mut Rng) -> usize {
    rng.below(NAMES.len())
}

pub(super) fn any_input(rng: &mut Rng) -> Input {
    let mut fields: Vec<Field> = (0..rng.below(6)).map(|_| any_field(rng)).collect();
    if rng.once_in(6) {
        // The whole value, or nothing of it.
        fields.retain(|field| !matches!(field.source, FieldSource::Value(_)));
        if rng.once_in(2) {
            let source = FieldSource::Raw;
            fields.push(Field { source, required: rng.once_in(2), ..field("raw", ValueType::Blob) });
        }
    }
    if rng.once_in(6) {
        let source = [FieldSource::Partition, FieldSource::Offset][rng.below(2)].clone();
        fields.push(Field { source, ..field("place", ValueType::Int) });
    }
    let mut input = Input { changelog: rng.once_in(4), ..input(fields) };
    let is_time = |field: &Field| matches!(field.ty.column_type(), ValueType::Int | ValueType::Time(_));
    input.event_time = input.fields.iter().position(is_time).filter(|_| rng.once_in(2));
    input
}

fn any_field(rng: &mut Rng) -> Field {
    use TimeUnit::{Microseconds, Milliseconds, Nanoseconds, Rfc3339, Seconds};
    let times = [Seconds, Milliseconds, Microseconds, Nanoseconds];
    let name = any_name(rng);
    let kind = if rng.once_in(8) { any_name(rng) } else { name };
    let ty = match kind {
        0 | 1 | 6 => ValueType::Text,
        2 => ValueType::Time(times[rng.below(4)]),
        3 => [ValueType::Int, ValueType::Float][rng.below(2)],
        4 => ValueType::Float,
        5 => ValueType::Boolean,
        7 => ValueType::Time(Rfc3339),
        _ => ValueType::Blob,
    };
    if rng.once_in(20) {
        return Field { required: rng.once_in(2), ..key("key", ty) };
    }
    let unescaped = |name: usize| NAMES[name].replace("\\u0062", "b");
    let mut path = vec![unescaped(name)];
    if rng.once_in(5) {
        path.insert(0, unescaped(any_name(rng)));
    }
    let ty = match rng.below(12) {
        0 => FieldType::Json,
        1 => FieldType::Decimal(rng.below(4) as u8),
        2 => FieldType::Choice(vec!["a".into(), "é".into(), "1.5".into()]),
        _ => ty.into(),
    };
    let aliases = (0..rng.below(4) / 2).map(|_| unescaped(any_name(rng))).collect();
    let required = rng.once_in(12);
    Field { aliases, required, ..Field::of_value(path, ty) }
}

pub(super) type OwnedRecord = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Records of a few layouts, most of them well-formed.
pub(super) fn any_records(rng: &mut Rng) -> Vec<OwnedRecord> {
    let layouts: Vec<_> = (0..1 + rng.below(6)).map(|_| any_layout(rng, 0)).collect();
    let (damage, odd) = ([3, 20, 100][rng.below(3)], [10, 100, 1_000][rng.below(3)]);
    let mut layout = 0;
    let mut records = Vec::new();
    for _ in 0..RECORDS_PER_SEQUENCE {
        if rng.once_in(5) {
            layout = rng.below(layouts.len());
        }
        let mut value = Vec::new();
        layouts[layout].write(rng, odd, &mut value);
        if rng.once_in(damage) {
            self::damage(rng, &mut value);
        }
        let key = (!rng.once_in(10)).then(|| any_scalar(rng, KINDS));
        records.push((key, (!rng.once_in(100)).then_some(value)));
    }
    records
}

/// What is the same from record to record.
enum Layout {
    /// A scalar, usually of this kind.
    Scalar(usize),
    /// Opening and closing bracket, the members with the text that precedes each, and the text before the closing bracket.
    Group([&'static str; 2], Vec<(String, Layout)>, &'static str),
}

fn any_layout(rng: &mut Rng, depth: usize) -> Layout {
    let spaces = ["", "", "", "", "", " ", "\n\t", "  \r"];
    let object = depth == 0 || rng.once_in(2);
    let space = |rng: &mut Rng| rng.pick(&spaces);
    let mut members = Vec::new();
    for index in 0..rng.below(8) {
        let mut before = format!("{}{}", if index == 0 { "" } else { "," }, space(rng));
        let name = any_name(rng);
        if object {
            before += &format!("\"{}\"{}:{}", NAMES[name], space(rng), space(rng));
        }
        let kind = if rng.once_in(8) { any_name(rng) } else { name };
        let nested = depth < 3 && rng.once_in(8);
        let member = if nested { any_layout(rng, depth + 1) } else { Layout::Scalar(kind) };
        members.push((before, member));
    }
    Layout::Group(if object { ["{", "}"] } else { ["[", "]"] }, members, space(rng))
}

impl Layout {
    /// Writes a record. One scalar in `odd` is of any kind.
    fn write(&self, rng: &mut Rng, odd: usize, out: &mut Vec<u8>) {
        match self {
            Self::Scalar(kind) => {
                let kind = if rng.once_in(odd) { rng.below(KINDS) } else { *kind };
                out.extend(any_scalar(rng, kind));
            }
            Self::Group([open, close], members, space) => {
                out.extend(open.bytes());
                for (before, member) in members {
                    out.extend(before.bytes());
                    member.write(rng, odd, out);
                }
                out.extend(space.bytes().chain(close.bytes()));
            }
        }
    }
}

/// The number of kinds of scalars. The next number stands for keys.
const KINDS: usize = 12;

fn any_scalar(rng: &mut Rng, kind: usize) -> Vec<u8> {
    let short = rng.below(30);
    match kind {
        0 | 1 => format!("\"u{}\"", rng.next() >> (2 * short)).into_bytes(),
        2 => (1_767_225_600_000 + rng.below(1_000)).to_string().into_bytes(),
        3 => ((rng.next() >> (2 * short)) as i64).to_string().into_bytes(),
        4 => {
            let decimal = (rng.next() >> (2 * short)) as i64 as f64;
            format!("{:.*}", rng.below(12), decimal / 1e6).into_bytes()
        }
        5 => rng.pick(&["true", "false", "null"]).as_bytes().to_vec(),
        6 => any_text(rng),
        7 => pick_word(rng, TIMES),
        8 => pick_word(rng, r#""aGFsbG8=" "" "aGFsbG8" "AAAA""#),
        9 => pick_word(rng, ODD_NUMBERS),
        10 => pick_word(rng, ODD_VALUES),
        11 => {
            let digits: String = (0..1 + short).map(|_| (b'0' + rng.below(10) as u8) as char).collect();
            let point = rng.below(digits.len() + 1);
            format!("{}.{}", &digits[..point], &digits[point..]).into_bytes()
        }
        _ => pick_word(rng, "k1 5 -7 true 2026-01-01T00:00:00Z ü"),
    }
}

fn pick_word(rng: &mut Rng, words: &str) -> Vec<u8> {
    rng.pick(&words.split(' ').collect::<Vec<_>>()).as_bytes().to_vec()
}

const ODD_NUMBERS: &str = "0 -0 -0.0 0.0 00 01 -01 - 1. .5 +1 0x10 1e3 1E-3 1e400 1e-400 0.1e1 99999999 100000000 \
    999999999999999999 1000000000000000000 9223372036854775807 9223372036854775808 -9223372036854775808 \
    18446744073709551616 9007199254740992 9007199254740993 9007199254740.993 0.300000000000000004 \
    123456789012345678901234567890";

/// Values separated by spaces; between two spaces is an empty one.
const ODD_VALUES: &str = r#"nul nulll True tru falsee  {} [] [1] {"a":1} [[]] NaN"#;

const TIMES: &str = concat!(
    r#""2026-01-01T00:00:00Z" "1969-12-31T23:59:59.9999999Z" "2026-07-01T00:00:00.123+01:00" "2026" "#,
    r#""2026-01-01t00:00:00.1234567890123z" "2016-12-31T23:59:60.5Z" "2026-01-01T00:00:00+0100" "2026-01-01T00:00:60Z""#,
);

/// A text whose length is around those at which the reading method changes.
fn any_text(rng: &mut Rng) -> Vec<u8> {
    let pieces = ["a", "zz", "0123456789", "ä", "€", "🦀", "\u{7f}", "\u{80}", " ", "'", "/", "YWJj"];
    let odd = ["\\n", "\\\"", "\\u00e4", "\\ud83e\\udd80", "\\ud83e", "\\", "\n", "\u{1f}", "\u{0}", "\""];
    let mut text = b"\"".to_vec();
    let pieces_max = if rng.once_in(4) { 60 } else { 8 };
    for _ in 0..rng.below(pieces_max) {
        let choices = if rng.once_in(60) { &odd[..] } else { &pieces[..] };
        text.extend(rng.pick(choices).as_bytes());
    }
    text.push(b'"');
    text
}

fn damage(rng: &mut Rng, value: &mut Vec<u8>) {
    let at = rng.below(value.len() + 1);
    match rng.below(8) {
        0 => value.truncate(at),
        1 if at < value.len() => value[at] ^= 1 << rng.below(8),
        2 if at < value.len() => value[at] = rng.next() as u8,
        3 => value.insert(at, rng.next() as u8),
        4 => value.insert(at, b" \t\n\r,:\"\\{}[]0-.en"[rng.below(17)]),
        5 if at < value.len() => _ = value.remove(at),
        6 => {
            // Duplicates a piece, which makes equal names, among other things.
            let end = (at + rng.below(30)).min(value.len());
            let piece = value[at..end].to_vec();
            value.splice(end..end, piece);
        }
        _ => {
            let end = (at + rng.below(9)).min(value.len());
            value.drain(at..end);
        }
    }
}
