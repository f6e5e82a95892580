//! The JSON schema of `foldline.toml`, docs/foldline.schema.json, written from the declarations of the keys.
//!
//! It refuses nothing that the host accepts, so an editor may rely on it. It is Draft 7, which TOML editors understand.

use serde_json::{Map, Value as Json, json};

use super::config::TABLE;
use super::key::Row;
use super::table::Table;

/// Returns docs/foldline.schema.json.
pub fn schema() -> Json {
    let mut schema = table(&TABLE);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("foldline.toml");
    schema["description"] = json!("Configuration of a Foldline host.");
    schema
}

fn table(declared: &Table) -> Json {
    let others = match (declared.each_table, declared.each_key) {
        (Some(each), _) => table(each),
        (_, Some(each)) => each.rows().first().map_or(json!(true), key),
        _ => json!(false),
    };
    let mut properties = Map::new();
    for row in declared.rows() {
        let schema = match declared.each_table {
            // A table may have the name of a setting.
            Some(_) => json!({ "anyOf": [key(&row), others] }),
            None => key(&row),
        };
        properties.insert(row.name.to_owned(), schema);
    }
    for below in declared.tables {
        properties.insert(below.name.to_owned(), table(below));
    }
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": others });
    if !declared.about.is_empty() {
        schema["description"] = json!(declared.about);
    }
    schema
}

/// Returns the schema of a key's value.
pub(crate) fn key(row: &Row) -> Json {
    let mut schema = row.form.schema();
    schema["description"] = json!(format!("{} Value: {}.", row.about, row.form.words()));
    // Defaults use only TOML that is also valid JSON.
    let default = row.default.as_ref().and_then(|text| serde_json::from_str::<Json>(text).ok());
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}
