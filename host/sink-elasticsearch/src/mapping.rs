//! The mapping of an index, made from the declared fields of a document.

use foldline_core::description::{OutputField, TimeUnit, ValueType};
use serde_json::{Map, Value, json};

/// A field that only the host's own documents have.
pub(super) const MARK: &str = "_foldline";

/// The kind of a document of the host's own. Readers of the alias see no document with this field.
pub(super) const KIND: &str = "_foldline.kind";

/// 8,191 characters: Lucene's longest term is 32,766 bytes. Longer texts are only found by their words.
const KEYWORD_CHARACTERS_MAX: u32 = 8_191;

/// 1,000 is the server's own default.
const FIELDS_MAX: usize = 1_000;

/// Returns the mapping's `properties`. Undeclared fields are kept and returned, but not searched, so they cannot break anything.
pub(super) fn properties(document: &[OutputField]) -> Value {
    let mut properties = Map::new();
    properties.insert(MARK.into(), json!({"dynamic": "false", "properties": {"kind": {"type": "keyword"}}}));
    for field in document {
        properties.insert(field.name.clone(), property(field.ty));
    }
    Value::Object(properties)
}

/// Returns how many fields an index must allow; a text counts as two.
pub(super) fn fields_max(document: &[OutputField]) -> usize {
    FIELDS_MAX.max(2 * document.len() + 16)
}

/// Returns the mapping of a time. Documents hold it as a number of its unit or as text; searches may use either.
fn time(unit: TimeUnit) -> Value {
    match unit {
        TimeUnit::Seconds => json!({"type": "date", "format": "epoch_second||strict_date_optional_time"}),
        TimeUnit::Milliseconds => {
            json!({"type": "date", "format": "epoch_millis||strict_date_optional_time"})
        }
        TimeUnit::Rfc3339 => json!({"type": "date", "format": "strict_date_optional_time"}),
        // No date format counts in these units, and such a number read as milliseconds is a date in the far future.
        TimeUnit::Microseconds | TimeUnit::Nanoseconds => json!({"type": "long"}),
    }
}

/// Returns whether a field is mapped as in format 1, which treated every numeric time as milliseconds.
pub(super) fn is_as_ever(field: &OutputField) -> bool {
    !matches!(field.ty, ValueType::Time(unit) if unit != TimeUnit::Milliseconds)
}

fn property(ty: ValueType) -> Value {
    match ty {
        ValueType::Boolean => json!({"type": "boolean"}),
        ValueType::Int => json!({"type": "long"}),
        ValueType::Float => json!({"type": "double"}),
        // Filtered, sorted and counted as a whole; `FIELD.text` searches its words.
        ValueType::Text => json!({
            "type": "keyword",
            "ignore_above": KEYWORD_CHARACTERS_MAX,
            "fields": {"text": {"type": "text"}},
        }),
        ValueType::Time(unit) => time(unit),
        ValueType::Blob => json!({"type": "binary"}),
    }
}
