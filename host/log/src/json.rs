//! Records as JSON lines: one format for append, tail, fixtures and captures (docs/design/interfaces.md).
//!
//! ```text
//! {"topic":"likes","key":"p1","value":{"user_id":"u1"},"time":"2026-01-01T00:00:00Z","partition":0,"offset":7}
//! ```
//!
//! Only `value` is required. It holds the record's value byte for byte; `null` means no value. A value that JSON cannot hold
//! this way (other bytes, several lines, the four letters `null`) goes into `value_base64`; a key that is not text goes into
//! `key_base64`. A record without a time (Kafka's timestamp −1) is printed without one. [`parse`] reads back unchanged
//! whatever [`print()`] writes. `offset` is where `tail` saw the record, and `id` is the id of a relay's message; an append
//! assigns a new offset, no id, and a time if there is none.
//!
//! ```text
//! {"topic":"likes","partition":0,"offset":8,"punctuation":"2026-01-01T00:00:00Z"}
//! ```
//!
//! is a punctuation. One without `partition` is for all partitions.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use foldline_core::rfc3339;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{NewRecord, Punctuation, RecordRef};
use foldline_base::byte_order_mark::{HAS_ONE, begins_with_mark};
use foldline_base::error::{Error, ErrorKind, Result};

const FIELDS: [&str; 10] = [
    "topic",
    "key",
    "key_base64",
    "value",
    "value_base64",
    "time",
    "partition",
    "offset",
    "id",
    "punctuation",
];

/// One record line: a record, and where it goes or was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordLine {
    /// The topic, when the line names one.
    pub topic: Option<String>,
    /// The record.
    pub record: NewRecord,
    /// The offset at which the record was read.
    pub offset: Option<u64>,
}

/// Parses one line.
///
/// ```
/// let line = foldline_log::json::parse(br#"{"key":"p1","value":{"n": 1}}"#).unwrap();
/// assert_eq!(line.record.value.as_deref(), Some(&br#"{"n": 1}"#[..]));
/// ```
///
/// # Errors
/// `Data` naming the field and what is wrong with it.
pub fn parse(line: &[u8]) -> Result<RecordLine> {
    let text =
        std::str::from_utf8(line).map_err(|error| refuse(format!("the line is not UTF-8: {error}")))?;
    if begins_with_mark(line) {
        return Err(refuse(format!("the line {HAS_ONE}")));
    }
    if !text.trim_start().starts_with('{') {
        return Err(refuse("the line is not a JSON object")
            .with_hint("a record line looks like `{\"key\":\"p1\",\"value\":{}}`"));
    }
    let raw: RawLine<'_> =
        serde_json::from_str(text).map_err(|error| refuse(format!("the line is not JSON: {error}")))?;
    raw.resolve()
}

/// Appends a record's line, without a line feed; `id` is that of a relay's message.
pub fn print(line: &mut Vec<u8>, topic: &str, partition: u32, record: RecordRef<'_>, id: Option<&[u8]>) {
    field(line, b'{', "topic", topic);
    match record.key.map(|key| (key, std::str::from_utf8(key))) {
        None => {}
        Some((_, Ok(text))) => field(line, b',', "key", text),
        Some((bytes, Err(_))) => field(line, b',', "key_base64", STANDARD.encode(bytes)),
    }
    match record.value.map(|value| (value, as_json(value))) {
        None => line.extend_from_slice(br#","value":null"#),
        Some((_, Some(json))) => {
            line.extend_from_slice(br#","value":"#);
            line.extend_from_slice(json.as_bytes());
        }
        Some((bytes, None)) => field(line, b',', "value_base64", STANDARD.encode(bytes)),
    }
    if let Some(time_ms) = record.time_ms {
        time(line, "time", time_ms);
    }
    field(line, b',', "partition", partition);
    field(line, b',', "offset", record.offset);
    if let Some(id) = id {
        field(line, b',', "id", String::from_utf8_lossy(id));
    }
    line.push(b'}');
}

/// Appends a punctuation's line, without a line feed.
pub fn print_punctuation(line: &mut Vec<u8>, topic: &str, partition: u32, punctuation: Punctuation) {
    field(line, b'{', "topic", topic);
    field(line, b',', "partition", partition);
    field(line, b',', "offset", punctuation.offset);
    time(line, "punctuation", punctuation.time_ms);
    line.push(b'}');
}

fn time(line: &mut Vec<u8>, name: &str, time_ms: i64) {
    match rfc3339::print(time_ms) {
        Some(time) => field(line, b',', name, time),
        // Not a valid date: a producer may send any 64 bits as a time.
        None => field(line, b',', name, time_ms),
    }
}

/// Parses a time as people write it: RFC 3339, or milliseconds since 1970.
///
/// # Errors
/// A sentence that names the text and shows the right form.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let ms = text.parse().ok();
    ms.or_else(|| rfc3339::parse(text.as_bytes())).ok_or_else(|| {
        format!("`{text}` is not a time; use one such as 2026-01-01T00:00:00Z or 1767225600000")
    })
}

/// A time in a record line or in a fixture: a text, or milliseconds since 1970.
pub struct Time {
    /// Milliseconds since 1970.
    pub ms: i64,
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written<'a> {
            Ms(i64),
            Text(#[serde(borrow)] Cow<'a, str>),
        }
        match Written::deserialize(deserializer)? {
            Written::Ms(ms) => Some(ms),
            Written::Text(text) => rfc3339::parse(text.as_bytes()),
        }
        .map(|ms| Self { ms })
        .ok_or_else(|| serde::de::Error::custom("no time"))
    }
}

fn field(line: &mut Vec<u8>, before: u8, name: &str, value: impl Serialize) {
    line.push(before);
    line.push(b'"');
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(b"\":");
    serde_json::to_writer(line, &value)
        .expect("texts and numbers are always JSON, and memory does not refuse");
}

/// Returns the value as text, if it can go into a line unchanged.
fn as_json(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    if text.contains(['\n', '\r']) || text == "null" {
        return None;
    }
    let json: &RawValue = serde_json::from_str(text).ok()?;
    // White space around the value would be lost.
    (json.get().len() == text.len()).then_some(text)
}

/// The fields of a line, not parsed yet.
#[derive(Default)]
struct RawLine<'a>([Option<&'a RawValue>; FIELDS.len()]);

impl<'a> RawLine<'a> {
    fn resolve(&self) -> Result<RecordLine> {
        let [topic, key, key_base64, value, value_base64, time, partition, offset, id, punctuation] = self.0;
        if let Some(punctuation) = punctuation {
            return self.resolve_punctuation(punctuation);
        }
        let key = match (key, key_base64) {
            (Some(_), Some(_)) => return Err(refuse("a record has one of `key` and `key_base64`, not both")),
            (Some(key), None) => optional::<String>("key", key, "a text")?.map(String::into_bytes),
            (None, Some(key)) => Some(base64("key_base64", key)?),
            (None, None) => None,
        };
        let value = match (value, value_base64) {
            (Some(_), Some(_)) => {
                return Err(refuse("a record has one of `value` and `value_base64`, not both"));
            }
            (Some(value), None) => Some(value.get()).filter(|json| *json != "null").map(|json| json.into()),
            (None, Some(value)) => Some(base64("value_base64", value)?),
            (None, None) => {
                return Err(
                    refuse("field `value` is missing").with_hint("`\"value\":null` is a record without one")
                );
            }
        };
        let (topic, partition, offset) = location(topic, partition, offset)?;
        let time_ms = time.map(|time| time_ms("time", time)).transpose()?.flatten();
        id.map(|id| optional::<String>("id", id, "a text")).transpose()?;
        let record = NewRecord { key, value, time_ms, partition, ..NewRecord::default() };
        Ok(RecordLine { topic, record, offset })
    }

    fn resolve_punctuation(&self, punctuation: &'a RawValue) -> Result<RecordLine> {
        let [topic, .., partition, offset, _, _] = self.0;
        let other = ["key", "key_base64", "value", "value_base64", "time"].into_iter().zip(&self.0[1..]);
        if let Some((other, _)) = other.into_iter().find(|(_, value)| value.is_some()) {
            return Err(refuse(format!("a punctuation has no field `{other}`"))
                .with_hint("it is a time in the log of a partition, and nothing else"));
        }
        let time_ms = time_ms("punctuation", punctuation)?
            .ok_or_else(|| mistyped("punctuation", punctuation, "a time such as `2026-01-01T00:00:00Z`"))?;
        let (topic, partition, offset) = location(topic, partition, offset)?;
        let record = NewRecord::punctuation(partition, time_ms);
        record.punctuation_ms()?;
        Ok(RecordLine { topic, record, offset })
    }
}

type LineLocation = (Option<String>, Option<u32>, Option<u64>);

fn location(
    topic: Option<&RawValue>,
    partition: Option<&RawValue>,
    offset: Option<&RawValue>,
) -> Result<LineLocation> {
    let topic = topic.map(|topic| optional("topic", topic, "a text")).transpose()?.flatten();
    let partition =
        partition.map(|number| optional("partition", number, "a partition's number")).transpose()?.flatten();
    let offset = offset.map(|number| optional("offset", number, "an offset")).transpose()?.flatten();
    Ok((topic, partition, offset))
}

fn optional<'a, T: Deserialize<'a>>(field: &str, json: &'a RawValue, wanted: &str) -> Result<Option<T>> {
    serde_json::from_str(json.get()).map_err(|_| mistyped(field, json, wanted))
}

fn base64(field: &str, json: &RawValue) -> Result<Vec<u8>> {
    let text: Option<Cow<'_, str>> = serde_json::from_str(json.get()).ok();
    text.and_then(|text| STANDARD.decode(text.as_bytes()).ok())
        .ok_or_else(|| mistyped(field, json, "base64 with padding"))
}

fn time_ms(field: &str, json: &RawValue) -> Result<Option<i64>> {
    let time: Option<Time> = optional(field, json, "a time such as `2026-01-01T00:00:00Z`")?;
    Ok(time.map(|time| time.ms))
}

fn mistyped(field: &str, json: &RawValue, wanted: &str) -> Error {
    const SHOWN: usize = 60;
    let json = json.get();
    let end = json.floor_char_boundary(SHOWN);
    let more = if end < json.len() { "…" } else { "" };
    refuse(format!("field `{field}` must be {wanted}, not `{}{more}`", &json[..end]))
}

fn refuse(message: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Data, message)
}

impl<'de: 'a, 'a> Deserialize<'de> for RawLine<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Line;

        impl<'de> Visitor<'de> for Line {
            type Value = RawLine<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<RawLine<'de>, A::Error> {
                use serde::de::Error;
                let mut line = RawLine::default();
                while let Some(name) = map.next_key::<String>()? {
                    let Some(at) = FIELDS.iter().position(|field| *field == name) else {
                        return Err(A::Error::unknown_field(&name, &FIELDS));
                    };
                    if line.0[at].replace(map.next_value()?).is_some() {
                        return Err(A::Error::duplicate_field(FIELDS[at]));
                    }
                }
                Ok(line)
            }
        }

        deserializer.deserialize_map(Line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(record: RecordRef<'_>) -> RecordLine {
        let mut line = Vec::new();
        print(&mut line, "likes", 3, record, Some(b"relay/posts/0/1/0"));
        assert!(!line.contains(&b'\n') && !line.contains(&b'\r'));
        parse(&line).unwrap()
    }

    fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
        let jsons = prop::sample::select(vec![
            "null",
            " null",
            "{}",
            "{\"a\": [1, 2]}",
            "{\"a\":1}\n",
            "\"\\ud800\"",
            "1e999",
            "",
            "\"x\r\n\"",
            "nul",
        ]);
        prop_oneof![
            Just(None),
            jsons.prop_map(|text| Some(text.as_bytes().to_vec())),
            any::<Vec<u8>>().prop_map(Some),
            any::<String>().prop_map(|text| Some(serde_json::to_vec(&text).unwrap())),
            any::<String>().prop_map(|text| Some(text.into_bytes())),
        ]
    }

    proptest! {
        #[test]
        fn any_record_survives_its_line(
            key in prop_oneof![
                any::<Option<Vec<u8>>>(),
                any::<String>().prop_map(|text| Some(text.into_bytes())),
            ],
            value in value(),
            time_ms in prop::option::of(prop_oneof![any::<i64>(), -10_000_000_000_000i64..10_000_000_000_000]),
            offset in any::<u64>(),
        ) {
            let (key_ref, value_ref) = (key.as_deref(), value.as_deref());
            let line = round_trip(RecordRef { offset, time_ms, key: key_ref, value: value_ref });
            prop_assert_eq!(line, RecordLine {
                topic: Some("likes".into()),
                record: NewRecord { key, value, time_ms, partition: Some(3), ..NewRecord::default() },
                offset: Some(offset),
            });
        }

        #[test]
        fn any_punctuation_survives_its_line(
            time_ms in prop_oneof![0..=i64::MAX, 0..10_000_000_000_000i64],
            offset in any::<u64>(),
        ) {
            let mut line = Vec::new();
            print_punctuation(&mut line, "likes", 3, Punctuation { offset, time_ms, append_time: None });
            prop_assert_eq!(parse(&line).unwrap(), RecordLine {
                topic: Some("likes".into()),
                record: NewRecord::punctuation(Some(3), time_ms),
                offset: Some(offset),
            });
        }

        #[test]
        fn no_line_panics(line in any::<Vec<u8>>(), text in any::<String>()) {
            let _ = parse(&line);
            let _ = parse(format!("{{\"value\":{text}}}").as_bytes());
        }
    }

    #[test]
    fn a_value_keeps_its_exact_bytes() {
        let line =
            parse(br#" { "value" : {"b": 1.0, "a" :1e2}  , "time": "2026-01-01T01:00:00.0019+01:00" } "#)
                .unwrap();
        assert_eq!(line.record.value.unwrap(), br#"{"b": 1.0, "a" :1e2}"#);
        assert_eq!(line.record.time_ms, Some(1_767_225_600_001));
        assert_eq!(line.topic, None);
    }

    #[test]
    fn a_record_prints_as_people_expect() {
        let mut line = Vec::new();
        let record = RecordRef {
            offset: 7,
            time_ms: Some(1_767_225_600_000),
            key: Some(b"p1"),
            value: Some(br#"{"n":1}"#),
        };
        print(&mut line, "likes", 0, record, None);
        let expected = r#"{"topic":"likes","key":"p1","value":{"n":1},"time":"2026-01-01T00:00:00Z","partition":0,"offset":7}"#;
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }

    #[test]
    fn a_punctuation_is_a_time_of_one_partition_or_of_all() {
        let mut line = Vec::new();
        let punctuation = Punctuation { offset: 7, time_ms: 1_767_225_600_000, append_time: None };
        print_punctuation(&mut line, "likes", 0, punctuation);
        let expected = r#"{"topic":"likes","partition":0,"offset":7,"punctuation":"2026-01-01T00:00:00Z"}"#;
        assert_eq!(String::from_utf8(line).unwrap(), expected);
        let line = parse(br#"{"topic":"likes","punctuation":1767225600000}"#).unwrap();
        assert_eq!(line.record, NewRecord::punctuation(None, 1_767_225_600_000));
    }

    #[test]
    fn a_time_is_rfc_3339_or_milliseconds() {
        for (text, ms) in [("2026-01-01T00:00:00Z", 1_767_225_600_000), ("17", 17), ("-1", -1)] {
            assert_eq!(parse_time(text), Ok(ms));
        }
        assert!(parse_time("now").unwrap_err().starts_with("`now` is not a time"));
    }

    #[test]
    fn errors_name_the_field() {
        for (line, part) in [
            (&b"[1]"[..], "not a JSON object"),
            (&b"\xef\xbb\xbf{}"[..], "begins with a byte order mark (EF BB BF)"),
            (b"{", "EOF"),
            (b"{\"value\":\xff}", "not UTF-8"),
            (br#"{"key":"k"}"#, "field `value` is missing"),
            (br#"{"value":1,"vlaue":2}"#, "unknown field `vlaue`"),
            (br#"{"value":1,"value":2}"#, "duplicate field `value`"),
            (br#"{"value":1,"value_base64":""}"#, "one of `value` and `value_base64`"),
            (br#"{"value":1,"key":7}"#, "field `key` must be a text, not `7`"),
            (br#"{"value_base64":"%"}"#, "field `value_base64` must be base64"),
            (br#"{"value":1,"time":"yesterday"}"#, "field `time` must be a time"),
            (br#"{"value":1,"partition":-1}"#, "field `partition` must be"),
            (br#"{"value":1} {"value":2}"#, "trailing characters"),
            (br#"{"punctuation":1,"value":null}"#, "a punctuation has no field `value`"),
            (br#"{"time":1,"punctuation":1}"#, "a punctuation has no field `time`"),
            (br#"{"punctuation":null}"#, "field `punctuation` must be a time"),
            (br#"{"punctuation":"soon"}"#, "field `punctuation` must be a time"),
            (br#"{"punctuation":-1}"#, "a punctuation of -1 ms is before 1970"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data);
            assert!(error.message().contains(part), "{error}");
        }
    }
}
