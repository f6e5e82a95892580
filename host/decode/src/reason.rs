//! Why a record is refused. Only refused records come here, so the source may be read a second time.

use std::fmt;

use foldline_core::description::{TimeUnit, ValueType};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::special::Special;
use foldline_base::byte_order_mark::{HAS_ONE, begins_with_mark};

/// The most characters of a value in a reason: enough to recognize it, and short enough for a line of a list.
const SHOWN_CHARS_MAX: usize = 40;

pub(super) const NO_VALUE: &str = "no value (a deletion) in a topic that is no changelog";
pub(super) const EMPTY_VALUE: &str = "empty value";
/// How reasons begin that do not depend on what a reader declares: the record is not text, not JSON, or not an object.
const INVALID_UTF8: &str = "invalid UTF-8 at byte ";
const INVALID_JSON: &str = "invalid JSON: ";
const NOT_AN_OBJECT: &str = "expected a JSON object, found ";
/// Why a record without any known time is no event for a reducer with windows.
pub const NO_TIME: &str = "no event time: no field gives one, and the record has none of its own";

#[cold]
pub(super) fn too_long(bytes: usize, bytes_max: usize) -> String {
    format!("record of {bytes} bytes is longer than limits.record_bytes_max ({bytes_max})")
}

#[cold]
pub(super) fn invalid_utf8(error: std::str::Utf8Error) -> String {
    format!("{INVALID_UTF8}{}", error.valid_up_to())
}

#[cold]
pub(super) fn invalid_json(value: &str, error: serde_json::Error) -> String {
    if begins_with_mark(value.as_bytes()) {
        return format!("{INVALID_JSON}the value {HAS_ONE}");
    }
    format!("{INVALID_JSON}{error}")
}

#[cold]
pub(super) fn not_an_object(text: &str) -> String {
    format!("{NOT_AN_OBJECT}{}", shown(source(text, &[])))
}

/// Returns whether a reason means that the record decodes for no reader of its topic, whatever that reader declares.
pub fn is_undecodable(reason: &str) -> bool {
    reason == EMPTY_VALUE
        || [INVALID_UTF8, INVALID_JSON, NOT_AN_OBJECT].iter().any(|begins| reason.starts_with(begins))
}

#[cold]
pub(super) fn missing(field: &str) -> String {
    format!("missing field `{field}`")
}

#[cold]
pub(super) fn missing_key(field: &str) -> String {
    format!("missing field `{field}`: the record has no key")
}

/// The beginning of the reason for an invalid event time.
#[cold]
pub(super) fn event_time(field: Option<&str>, time: &str) -> String {
    match field {
        Some(field) => format!("field `{field}`: the event time {time}"),
        None => format!("the record's own time {time}"),
    }
}

#[cold]
pub(super) fn missing_timestamp(field: &str) -> String {
    format!("missing field `{field}`: the record has no time of its own")
}

/// The value is none of the choices, or no decimal with the declared places.
#[cold]
pub(super) fn wrong_special(field: &str, special: &Special, source: &str) -> String {
    format!("field `{field}`: expected {}, found {}", special_name(special), shown(source))
}

/// The same of a key.
#[cold]
pub(super) fn wrong_special_key(field: &str, special: &Special, key: &[u8]) -> String {
    format!("field `{field}`: expected {}, found key {}", special_name(special), shown_key(key))
}

fn special_name(special: &Special) -> String {
    /// Enough to see what is meant.
    const CHOICES_SHOWN_MAX: usize = 8;
    match special {
        Special::Json => "JSON".to_owned(),
        Special::Decimal(0) => "a decimal without places".to_owned(),
        Special::Decimal(1) => "a decimal with at most 1 place".to_owned(),
        Special::Decimal(places) => format!("a decimal with at most {places} places"),
        Special::Choice(texts) | Special::Selects(texts) => {
            let shown = texts.iter().take(CHOICES_SHOWN_MAX).map(|text| format!("{:?}", excerpt(text)));
            let more = if texts.len() > CHOICES_SHOWN_MAX { ", …" } else { "" };
            format!("one of {}{more}", shown.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The value does not have the declared type, or is out of its range.
#[cold]
pub(super) fn wrong_type(field: &str, ty: ValueType, source: &str) -> String {
    let whole = matches!(ty, ValueType::Int | ValueType::Time(_)) && ty != ValueType::Time(TimeUnit::Rfc3339);
    let range = if whole && kind(source) == "number" { " (out of range)" } else { "" };
    format!("field `{field}`: expected {}, found {}{range}", name(ty), shown(source))
}

/// The path leads through something that is not an object.
#[cold]
pub(super) fn not_an_object_at(field: &str, path: &[String], source: &str) -> String {
    format!("field `{field}`: expected an object at `{}`, found {}", path.join("."), shown(source))
}

/// The key does not represent a value of the declared type.
#[cold]
pub(super) fn wrong_key(field: &str, ty: ValueType, key: &[u8]) -> String {
    format!("field `{field}`: expected {}, found key {}", name(ty), shown_key(key))
}

fn shown_key(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(text) => excerpt(text),
        Err(_) => {
            let more = if key.len() > SHOWN_CHARS_MAX { "…" } else { "" };
            format!("{}{more} (invalid UTF-8)", key[..key.len().min(SHOWN_CHARS_MAX)].escape_ascii())
        }
    }
}

/// Returns the JSON text of the value at a path: of equal names, the last.
///
/// # Panics
/// Panics when the text is not JSON or holds nothing at the path. The scan has found it before.
#[cold]
pub(super) fn source<'a>(text: &'a str, path: &[String]) -> &'a str {
    path.iter().fold(text.trim_matches([' ', '\t', '\n', '\r']), |text, name| {
        serde_json::Deserializer::from_str(text)
            .deserialize_map(LastOf { name })
            .ok()
            .flatten()
            .expect("the scan found a value here")
            .get()
    })
}

struct LastOf<'n> {
    name: &'n str,
}

impl<'de> Visitor<'de> for LastOf<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut last = None;
        while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            let value = map.next_value()?;
            if name == self.name {
                last = Some(value);
            }
        }
        Ok(last)
    }
}

fn name(ty: ValueType) -> &'static str {
    match ty {
        ValueType::Boolean => "a boolean",
        ValueType::Int => "an int",
        ValueType::Float => "a number",
        ValueType::Text => "a text",
        ValueType::Blob => "a base64 text",
        ValueType::Time(TimeUnit::Seconds) => "a time in seconds",
        ValueType::Time(TimeUnit::Milliseconds) => "a time in milliseconds",
        ValueType::Time(TimeUnit::Microseconds) => "a time in microseconds",
        ValueType::Time(TimeUnit::Nanoseconds) => "a time in nanoseconds",
        ValueType::Time(TimeUnit::Rfc3339) => "an RFC 3339 time",
    }
}

/// The kind of a JSON value, and an excerpt of its text.
fn shown(source: &str) -> String {
    match kind(source) {
        "null" => "null".to_owned(),
        kind => format!("{kind} {}", excerpt(source)),
    }
}

fn kind(source: &str) -> &'static str {
    match source.as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "text",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ if source.contains(['.', 'e', 'E']) => "float",
        _ => "number",
    }
}

/// Shortens a text and escapes what would break a line, move a cursor or be invisible; quotes and backslashes stay as written.
fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown = String::new();
    for c in chars.by_ref().take(SHOWN_CHARS_MAX) {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}
