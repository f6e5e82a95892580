use proptest::prelude::*;

use super::*;

/// The model of a JSON text: numbers are literals, and equal names are allowed.
#[derive(Clone, Debug)]
enum Json {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// A value that owns its bytes; floats are stored as bits.
#[derive(Clone, Debug, PartialEq)]
enum Owned {
    Boolean(bool),
    Int(i64),
    Float(u64),
    Time(i64),
    Text(String),
    Blob(Vec<u8>),
}

fn owned(value: ValueRef<'_>) -> Owned {
    match value {
        ValueRef::Boolean(value) => Owned::Boolean(value),
        ValueRef::Int(value) => Owned::Int(value),
        ValueRef::Float(value) => Owned::Float(value.to_bits()),
        ValueRef::Time(value) => Owned::Time(value),
        ValueRef::Text(value) => Owned::Text(value.to_owned()),
        ValueRef::Blob(value) => Owned::Blob(value.to_owned()),
    }
}

/// Few names, so that random objects often use the declared paths, and repeat names.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["a", "b", "c", "aa", "", "ä", "a.b", "\u{0}"]).prop_map(str::to_owned),
        1 => ".{0,3}",
    ]
}

fn numbers() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        any::<u64>().prop_map(|value| value.to_string()),
        any::<i128>().prop_map(|value| value.to_string()),
        prop::num::f64::NORMAL.prop_map(|value| format!("{value:e}")),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?",
        prop::sample::select(vec![
            "-0",
            "-0.0",
            "0",
            "1.0",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "18446744073709551615",
            "18446744073709551616",
            "9223372036854775",
        ])
        .prop_map(str::to_owned),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,8}",
        "([A-Za-z0-9+/]{4}){0,3}([A-Za-z0-9+/]{2}==)?",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]0[0-9]:[0-5][0-9])",
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Boolean),
        numbers().prop_map(Json::Number),
        texts().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            3 => prop::collection::vec((names(), inner), 0..6).prop_map(Json::Object),
        ]
    })
}

fn objects() -> impl Strategy<Value = Json> {
    prop::collection::vec((names(), json()), 0..8).prop_map(Json::Object)
}

fn types() -> impl Strategy<Value = ValueType> {
    use TimeUnit::{Microseconds, Milliseconds, Nanoseconds, Rfc3339, Seconds};
    prop::sample::select(vec![
        ValueType::Boolean,
        ValueType::Int,
        ValueType::Float,
        ValueType::Text,
        ValueType::Blob,
        ValueType::Time(Seconds),
        ValueType::Time(Milliseconds),
        ValueType::Time(Microseconds),
        ValueType::Time(Nanoseconds),
        ValueType::Time(Rfc3339),
    ])
}

fn inputs() -> impl Strategy<Value = Input> {
    let path = prop::collection::vec(names(), 1..4);
    let aliases = prop::collection::vec(names(), 0..3);
    let field = (path, aliases, types(), any::<bool>()).prop_map(|(path, aliases, ty, required)| Field {
        name: path.join("/"),
        aliases,
        required,
        ..Field::of_value(path, ty)
    });
    prop::collection::vec(field, 0..6).prop_map(input)
}

/// Writes a JSON text; `style` chooses escapes and whitespace.
fn write(json: &Json, style: &mut impl FnMut() -> u8, out: &mut String) {
    let space = |style: &mut dyn FnMut() -> u8, out: &mut String| match style() {
        0..=9 => out.push(' '),
        10..=12 => out.push_str("\r\n\t"),
        _ => {}
    };
    space(style, out);
    match json {
        Json::Null => out.push_str("null"),
        Json::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(literal) => out.push_str(literal),
        Json::Text(text) => write_text(text, style, out),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                write(item, style, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (i, (name, item)) in members.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                space(style, out);
                write_text(name, style, out);
                space(style, out);
                out.push(':');
                write(item, style, out);
            }
            out.push('}');
        }
    }
    space(style, out);
}

fn write_text(text: &str, style: &mut impl FnMut() -> u8, out: &mut String) {
    out.push('"');
    let escape_all = style() < 60;
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' if style() < 128 => out.push_str("\\n"),
            c if c < ' ' || (escape_all && style() < 80) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn written(json: &Json, styles: &[u8]) -> String {
    let mut next = styles.iter().copied().cycle();
    let mut out = String::new();
    write(json, &mut || next.next().unwrap_or(255), &mut out);
    out
}

/// What a field holds: absent, wrong, or a value.
enum Read {
    Absent,
    Wrong,
    Value(Owned),
}

/// The rules once more, applied to the tree instead of in one pass.
fn read(field: &Field, root: &Json) -> Read {
    let FieldSource::Value(path) = &field.source else { panic!("{field:?}") };
    let (last, stem) = path.split_last().unwrap();
    let mut at = root;
    for name in stem {
        at = match member(at, name) {
            None | Some(Json::Null) => return Read::Absent,
            Some(json @ Json::Object(_)) => json,
            Some(_) => return Read::Wrong,
        };
    }
    let names = std::iter::once(last).chain(&field.aliases);
    match names.filter_map(|name| member(at, name)).next() {
        None | Some(Json::Null) => Read::Absent,
        Some(json) => typed(field.ty.column_type(), json).map_or(Read::Wrong, Read::Value),
    }
}

fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    let Json::Object(members) = json else { return None };
    members.iter().rev().find(|(own, _)| own == name).map(|(_, json)| json)
}

fn typed(ty: ValueType, json: &Json) -> Option<Owned> {
    use base64::Engine as _;
    Some(match (ty, json) {
        (ValueType::Boolean, Json::Boolean(value)) => Owned::Boolean(*value),
        (ValueType::Int, Json::Number(literal)) => Owned::Int(literal.parse().ok()?),
        (ValueType::Float, Json::Number(literal)) => Owned::Float(literal.parse::<f64>().ok()?.to_bits()),
        (ValueType::Text, Json::Text(text)) => Owned::Text(text.clone()),
        (ValueType::Blob, Json::Text(text)) => {
            Owned::Blob(base64::engine::general_purpose::STANDARD.decode(text).ok()?)
        }
        (ValueType::Time(TimeUnit::Rfc3339), Json::Text(text)) => {
            // `core` tests this function against a model of its own.
            Owned::Time(foldline_core::rfc3339::parse(text.as_bytes())?)
        }
        (ValueType::Time(unit), Json::Number(literal)) => {
            let value = i128::from(literal.parse::<i64>().ok()?);
            let ms = match unit {
                TimeUnit::Seconds => value * 1_000,
                TimeUnit::Milliseconds => value,
                TimeUnit::Microseconds => value.div_euclid(1_000),
                TimeUnit::Nanoseconds => value.div_euclid(1_000_000),
                TimeUnit::Rfc3339 => return None,
            };
            Owned::Time(i64::try_from(ms).ok()?)
        }
        _ => return None,
    })
}

/// The expected values of a record, or the beginning of its reason.
fn expected(input: &Input, root: &Json) -> Result<Vec<Option<Owned>>, String> {
    let value = |field: &Field| match read(field, root) {
        Read::Absent if field.required => Err(format!("missing field `{}`", field.name)),
        Read::Absent => Ok(None),
        Read::Wrong => Err(format!("field `{}`: expected ", field.name)),
        Read::Value(value) => Ok(Some(value)),
    };
    input.fields.iter().map(value).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_objects_decode_as_the_oracle_says(
        input in inputs(),
        roots in prop::collection::vec(objects(), 1..4),
        styles in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let values: Vec<_> = roots.iter().map(|root| written(root, &styles)).collect();
        let decoded = decode(&input, &batch(values.iter().map(|value| (None, Some(value.as_bytes())))));
        let (mut row, mut dead) = (0, decoded.dead.iter());
        for (i, root) in roots.iter().enumerate() {
            let offset = 10 + 2 * i as u64;
            match expected(&input, root) {
                Ok(want) => {
                    let got: Vec<_> =
                        decoded.events.columns.iter().map(|column| column.get(row).map(owned)).collect();
                    prop_assert_eq!(got, want, "{}", values[i]);
                    prop_assert_eq!(decoded.events.offsets[row], offset);
                    row += 1;
                }
                Err(prefix) => {
                    let got = dead.next().expect("a dead letter");
                    prop_assert_eq!(got.offset, offset);
                    prop_assert!(got.reason.starts_with(&prefix), "{} in {}", got.reason, values[i]);
                }
            }
        }
        prop_assert_eq!((decoded.events.rows(), dead.len()), (row, 0));
    }

    /// Whatever is declared, JSON is accepted or refused exactly as when serde_json reads it as any value.
    #[test]
    fn damaged_text_is_invalid_exactly_when_serde_json_says_so(
        input in inputs(),
        root in objects(),
        styles in prop::collection::vec(any::<u8>(), 1..64),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, "[\\PC]{0,2}|[\\[\\]{}\",:\\\\ue0]"), 1..4),
    ) {
        let mut text = written(&root, &styles);
        for (at, remove, insert) in cuts {
            let boundaries: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = at.index(boundaries.len());
            let end = (start + remove).min(boundaries.len() - 1);
            text.replace_range(boundaries[start]..boundaries[end], &insert);
        }
        let decoded = decode(&input, &batch([(None, Some(text.as_bytes()))]));
        let reason = decoded.dead.first().map_or("", |dead| &dead.reason);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Err(_) if text.is_empty() => prop_assert_eq!(reason, "empty value"),
            Err(error) => prop_assert_eq!(reason, format!("invalid JSON: {error}")),
            Ok(value) if !value.is_object() => prop_assert!(reason.starts_with("expected a JSON object"), "{reason}"),
            Ok(_) => prop_assert!(reason.is_empty() || reason.contains("field `"), "{reason}"),
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_are_accounted_for(
        input in inputs(),
        changelog in any::<bool>(),
        records in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..40)), 0..8),
        ty in types(),
    ) {
        let mut input = Input { changelog, ..input };
        input.fields.push(Field { required: false, ..key("key", ty) });
        let pairs = records.iter().zip(records.iter().rev());
        let records = batch(pairs.map(|(key, value)| (key.as_deref(), value.as_deref())));
        let decoded = decode(&input, &records);
        prop_assert_eq!(decoded.events.rows() + decoded.dead.len(), records.len());
        prop_assert!(decoded.dead.iter().all(|dead| !dead.reason.is_empty() && dead.reason.len() < 2_000));
    }

    #[test]
    fn a_batch_cut_into_ranges_decodes_the_same(
        input in inputs(),
        roots in prop::collection::vec(objects(), 1..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let values: Vec<_> = roots.iter().map(|root| written(root, &[200])).collect();
        let records = batch(values.iter().map(|value| (None, Some(value.as_bytes()))));
        let whole = decode(&input, &records);
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(records.len() + 1)).chain([records.len()]).collect();
        ends.sort_unstable();
        let mut decoder = Decoder::new(7, &input, RECORD_BYTES_MAX);
        let (mut start, mut row, mut dead) = (0, 0, Vec::new());
        for end in ends {
            let part = decoder.decode(&records, start..end);
            for at in 0..part.events.rows() {
                prop_assert_eq!(part.events.offsets[at], whole.events.offsets[row]);
                prop_assert_eq!(part.events.times_ms[at], whole.events.times_ms[row]);
                for (part, whole) in part.events.columns.iter().zip(&whole.events.columns) {
                    prop_assert_eq!(part.get(at).map(owned), whole.get(row).map(owned));
                }
                row += 1;
            }
            dead.extend(part.dead);
            start = end;
        }
        prop_assert_eq!(row, whole.events.rows());
        prop_assert_eq!(dead, whole.dead);
    }
}
