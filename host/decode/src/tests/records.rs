//! Random inputs, and sequences of records that resemble each other, save for some that are damaged or odd.

use super::*;

pub(super) const RECORDS_PER_SEQUENCE: usize = 400;

/// A seeded source of choices (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Once in `times`.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'c, T: ?Sized>(&mut self, choices: &[&'c T]) -> &'c T {
        choices[self.below(choices.len())]
    }
}

/// As they are written. What stands under the name at i is mostly a scalar of kind i, and declared as such.
const NAMES: [&str; 9] = ["user_id", "body", "timestamp", "b", "c", "a", "a\\u0062", "ä", ""];

fn any_name(chance: &mut Chance) -> usize {
    chance.below(NAMES.len())
}

pub(super) fn any_input(chance: &mut Chance) -> Input {
    let fields = (0..chance.below(6)).map(|_| any_field(chance)).collect();
    let mut input = Input { changelog: chance.once_in(4), ..input(fields) };
    let is_time = |field: &Field| matches!(field.ty, ValueType::Int | ValueType::Time(_));
    input.event_time = input.fields.iter().position(is_time).filter(|_| chance.once_in(2));
    input
}

fn any_field(chance: &mut Chance) -> Field {
    use TimeUnit::{Microseconds, Milliseconds, Nanoseconds, Rfc3339, Seconds};
    let times = [Seconds, Milliseconds, Microseconds, Nanoseconds];
    let name = any_name(chance);
    let kind = if chance.once_in(8) { any_name(chance) } else { name };
    let ty = match kind {
        0 | 1 | 6 => ValueType::Text,
        2 => ValueType::Time(times[chance.below(4)]),
        3 => [ValueType::Int, ValueType::Float][chance.below(2)],
        4 => ValueType::Float,
        5 => ValueType::Boolean,
        7 => ValueType::Time(Rfc3339),
        _ => ValueType::Blob,
    };
    if chance.once_in(20) {
        return Field { required: chance.once_in(2), ..key("key", ty) };
    }
    let unescaped = |name: usize| NAMES[name].replace("\\u0062", "b");
    let mut path = vec![unescaped(name)];
    if chance.once_in(5) {
        path.insert(0, unescaped(any_name(chance)));
    }
    let aliases = (0..chance.below(4) / 2).map(|_| unescaped(any_name(chance))).collect();
    let required = chance.once_in(12);
    Field { name: path.join("."), source: FieldSource::Value, path, aliases, ty, required }
}

pub(super) type OwnedRecord = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Records of a few layouts, most of them as they should be.
pub(super) fn any_records(chance: &mut Chance) -> Vec<OwnedRecord> {
    let layouts: Vec<_> = (0..1 + chance.below(6)).map(|_| any_layout(chance, 0)).collect();
    let (damage, odd) = ([3, 20, 100][chance.below(3)], [10, 100, 1_000][chance.below(3)]);
    let mut layout = 0;
    let mut records = Vec::new();
    for _ in 0..RECORDS_PER_SEQUENCE {
        if chance.once_in(5) {
            layout = chance.below(layouts.len());
        }
        let mut value = Vec::new();
        layouts[layout].write(chance, odd, &mut value);
        if chance.once_in(damage) {
            self::damage(chance, &mut value);
        }
        let key = (!chance.once_in(10)).then(|| any_scalar(chance, KINDS));
        records.push((key, (!chance.once_in(100)).then_some(value)));
    }
    records
}

/// What stays the same from record to record.
enum Layout {
    /// A scalar, of the same kind as a rule.
    Scalar(usize),
    /// Brackets, then members behind what stands in front of each.
    Group([&'static str; 2], Vec<(String, Layout)>, &'static str),
}

fn any_layout(chance: &mut Chance, depth: usize) -> Layout {
    let spaces = ["", "", "", "", "", " ", "\n\t", "  \r"];
    let object = depth == 0 || chance.once_in(2);
    let space = |chance: &mut Chance| chance.pick(&spaces);
    let mut members = Vec::new();
    for index in 0..chance.below(8) {
        let mut before = format!("{}{}", if index == 0 { "" } else { "," }, space(chance));
        let name = any_name(chance);
        if object {
            before += &format!("\"{}\"{}:{}", NAMES[name], space(chance), space(chance));
        }
        let kind = if chance.once_in(8) { any_name(chance) } else { name };
        let nested = depth < 3 && chance.once_in(8);
        let member = if nested { any_layout(chance, depth + 1) } else { Layout::Scalar(kind) };
        members.push((before, member));
    }
    Layout::Group(if object { ["{", "}"] } else { ["[", "]"] }, members, space(chance))
}

impl Layout {
    /// One scalar in `odd` is of any kind.
    fn write(&self, chance: &mut Chance, odd: usize, out: &mut Vec<u8>) {
        match self {
            Self::Scalar(kind) => {
                let kind = if chance.once_in(odd) { chance.below(KINDS) } else { *kind };
                out.extend(any_scalar(chance, kind));
            }
            Self::Group([open, close], members, space) => {
                out.extend(open.bytes());
                for (before, member) in members {
                    out.extend(before.bytes());
                    member.write(chance, odd, out);
                }
                out.extend(space.bytes().chain(close.bytes()));
            }
        }
    }
}

/// Kinds of scalars; the next one is that of keys.
const KINDS: usize = 12;

fn any_scalar(chance: &mut Chance, kind: usize) -> Vec<u8> {
    let short = chance.below(30);
    match kind {
        0 | 1 => format!("\"u{}\"", chance.next() >> (2 * short)).into_bytes(),
        2 => (1_767_225_600_000 + chance.below(1_000)).to_string().into_bytes(),
        3 => ((chance.next() >> (2 * short)) as i64).to_string().into_bytes(),
        4 => {
            let decimal = (chance.next() >> (2 * short)) as i64 as f64;
            format!("{:.*}", chance.below(12), decimal / 1e6).into_bytes()
        }
        5 => chance.pick(&["true", "false", "null"]).as_bytes().to_vec(),
        6 => any_text(chance),
        7 => pick_word(chance, TIMES),
        8 => pick_word(chance, r#""aGFsbG8=" "" "aGFsbG8" "AAAA""#),
        9 => pick_word(chance, ODD_NUMBERS),
        10 => pick_word(chance, ODD_VALUES),
        11 => {
            let digits: String = (0..1 + short).map(|_| (b'0' + chance.below(10) as u8) as char).collect();
            let point = chance.below(digits.len() + 1);
            format!("{}.{}", &digits[..point], &digits[point..]).into_bytes()
        }
        _ => pick_word(chance, "k1 5 -7 true 2026-01-01T00:00:00Z ü"),
    }
}

fn pick_word(chance: &mut Chance, words: &str) -> Vec<u8> {
    chance.pick(&words.split(' ').collect::<Vec<_>>()).as_bytes().to_vec()
}

const ODD_NUMBERS: &str = "0 -0 -0.0 0.0 00 01 -01 - 1. .5 +1 0x10 1e3 1E-3 1e400 1e-400 0.1e1 99999999 100000000 \
    999999999999999999 1000000000000000000 9223372036854775807 9223372036854775808 -9223372036854775808 \
    18446744073709551616 9007199254740992 9007199254740993 9007199254740.993 0.300000000000000004 \
    123456789012345678901234567890";

/// What is between two spaces is empty.
const ODD_VALUES: &str = r#"nul nulll True tru falsee  {} [] [1] {"a":1} [[]] NaN"#;

const TIMES: &str = concat!(
    r#""2026-01-01T00:00:00Z" "1969-12-31T23:59:59.9999999Z" "2026-07-01T00:00:00.123+01:00" "2026" "#,
    r#""2026-01-01t00:00:00.1234567890123z" "2016-12-31T23:59:60.5Z" "2026-01-01T00:00:00+0100" "2026-01-01T00:00:60Z""#,
);

/// Of any length around those at which it is read otherwise.
fn any_text(chance: &mut Chance) -> Vec<u8> {
    let pieces = ["a", "zz", "0123456789", "ä", "€", "🦀", "\u{7f}", "\u{80}", " ", "'", "/", "YWJj"];
    let odd = ["\\n", "\\\"", "\\u00e4", "\\ud83e\\udd80", "\\ud83e", "\\", "\n", "\u{1f}", "\u{0}", "\""];
    let mut text = b"\"".to_vec();
    let pieces_max = if chance.once_in(4) { 60 } else { 8 };
    for _ in 0..chance.below(pieces_max) {
        let choices = if chance.once_in(60) { &odd[..] } else { &pieces[..] };
        text.extend(chance.pick(choices).as_bytes());
    }
    text.push(b'"');
    text
}

fn damage(chance: &mut Chance, value: &mut Vec<u8>) {
    let at = chance.below(value.len() + 1);
    match chance.below(8) {
        0 => value.truncate(at),
        1 if at < value.len() => value[at] ^= 1 << chance.below(8),
        2 if at < value.len() => value[at] = chance.next() as u8,
        3 => value.insert(at, chance.next() as u8),
        4 => value.insert(at, b" \t\n\r,:\"\\{}[]0-.en"[chance.below(17)]),
        5 if at < value.len() => _ = value.remove(at),
        6 => {
            // A piece twice: equal names, among others.
            let end = (at + chance.below(30)).min(value.len());
            let piece = value[at..end].to_vec();
            value.splice(end..end, piece);
        }
        _ => {
            let end = (at + chance.below(9)).min(value.len());
            value.drain(at..end);
        }
    }
}
