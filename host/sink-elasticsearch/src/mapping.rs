//! Which fields an index knows, and how: from the declared fields of a document.

use foldline_core::description::{OutputField, TimeUnit, ValueType};
use serde_json::{Map, Value, json};

/// The field that only documents of the host's own have.
pub(super) const MARK: &str = "_foldline";

/// Says what a document of the host's own is; readers of the alias see none that has it.
pub(super) const KIND: &str = "_foldline.kind";

/// 8,191 characters: Lucene's longest term is 32,766 bytes. Longer texts are found by their words only.
const KEYWORD_CHARACTERS_MAX: u32 = 8_191;

/// 1,000 is the server's own default.
const FIELDS_MAX: usize = 1_000;

/// Returns the mapping's `properties`. What is not declared is kept and returned, but not searched: it can break nothing.
pub(super) fn properties(document: &[OutputField]) -> Value {
    let mut properties = Map::new();
    properties.insert(MARK.into(), json!({"dynamic": "false", "properties": {"kind": {"type": "keyword"}}}));
    for field in document {
        properties.insert(field.name.clone(), property(field.ty));
    }
    Value::Object(properties)
}

/// Returns how many fields an index must allow: a text counts twice.
pub(super) fn fields_max(document: &[OutputField]) -> usize {
    FIELDS_MAX.max(2 * document.len() + 16)
}

/// Documents hold a time as a number of its unit, or as text; searches may say either.
fn time(unit: TimeUnit) -> Value {
    match unit {
        TimeUnit::Seconds => json!({"type": "date", "format": "epoch_second||strict_date_optional_time"}),
        TimeUnit::Milliseconds => {
            json!({"type": "date", "format": "epoch_millis||strict_date_optional_time"})
        }
        TimeUnit::Rfc3339 => json!({"type": "date", "format": "strict_date_optional_time"}),
        // No format of a date counts these, and a number that is taken for milliseconds is a date in the far future.
        TimeUnit::Microseconds | TimeUnit::Nanoseconds => json!({"type": "long"}),
    }
}

/// Returns whether a field is mapped as in format 1, which took the number of any time for milliseconds.
pub(super) fn is_as_ever(field: &OutputField) -> bool {
    !matches!(field.ty, ValueType::Time(unit) if unit != TimeUnit::Milliseconds)
}

fn property(ty: ValueType) -> Value {
    match ty {
        ValueType::Boolean => json!({"type": "boolean"}),
        ValueType::Int => json!({"type": "long"}),
        ValueType::Float => json!({"type": "double"}),
        // Filtered, sorted and counted as a whole; its words are searched in `FIELD.text`.
        ValueType::Text => json!({
            "type": "keyword",
            "ignore_above": KEYWORD_CHARACTERS_MAX,
            "fields": {"text": {"type": "text"}},
        }),
        ValueType::Time(unit) => time(unit),
        ValueType::Blob => json!({"type": "binary"}),
    }
}
