//! Goal: the parser, the reference page and the schema agree with the declaration of each key.
//! Method: each test goes through all tables, and parses files that it writes from the declarations.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{read, refused};
use crate::config::TABLE;
use crate::form::Form;
use crate::key::Row;
use crate::table::CHOSEN;
use crate::*;

/// Calls `check` with the whole name of each table, and with each of its keys.
fn for_each_key(mut check: impl FnMut(&str, &Row)) {
    let mut keys = 0;
    for (path, table) in TABLE.with_all_below() {
        for row in table.keys.iter().copied().chain(table.each_key).flat_map(|key| key.rows()) {
            check(&path, &row);
            keys += 1;
        }
    }
    assert!(keys > 80, "{keys} keys");
}

/// Returns a file that sets one key.
fn file(path: &str, name: &str, value: &str) -> String {
    let name = if name == "*" { "any" } else { name };
    if path.is_empty() { format!("{name} = {value}") } else { format!("[{path}]\n{name} = {value}") }
}

/// Returns the line of the reference page about a key, cut into its columns.
fn documented(page: &str, path: &str, name: &str) -> Vec<String> {
    let heading = if path.is_empty() { "At the top of the file".to_owned() } else { format!("`[{path}]`") };
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).expect(&heading);
    let section = section.split("\n## ").next().unwrap();
    let line = section.lines().find(|line| line.starts_with(&format!("| `{name}` | ")));
    let line = line.unwrap_or_else(|| panic!("`{name}` of [{path}] is not documented"));
    line.trim_matches('|').splitn(4, " | ").map(|column| column.trim().to_owned()).collect()
}

/// Returns what the schema says of a key.
fn described<'s>(schema: &'s Json, path: &str, row: &Row) -> &'s Json {
    let mut at = schema;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        at = if name == CHOSEN { &at["additionalProperties"] } else { &at["properties"][name] };
    }
    let entry = if row.name == "*" { &at["additionalProperties"] } else { &at["properties"][row.name] };
    // A table may have the name of a setting.
    entry.get("anyOf").filter(|any| any[0].get("description").is_some()).map_or(entry, |any| &any[0])
}

#[test]
fn every_key_is_parsed_and_stands_in_the_reference_and_in_the_schema() {
    let (page, schema) = (reference::markdown(), schema::schema());
    for_each_key(|path, row| {
        let whole = if path.is_empty() { row.name.to_owned() } else { format!("{path}.{}", row.name) };
        // No value is a list of lists.
        let message = refused(&file(path, row.name, "[[1]]"));
        let expected = format!("`{}` is of type array, not ", whole.replace('*', "any"));
        assert!(message.contains(&expected), "{whole}: {message}");

        let columns = documented(&page, path, row.name);
        let default = row.default.as_ref().map_or("none".to_owned(), |default| format!("`{default}`"));
        assert_eq!(columns[1..3], [row.form.words(), default], "{whole}");
        assert!(columns[3].starts_with(&row.about) && columns[3].ends_with('.'), "{whole}: {columns:?}");

        let entry = described(&schema, path, row);
        assert!(entry["description"].as_str().unwrap_or_default().contains(&row.about), "{whole}: {entry}");
        let Some(default) = &row.default else {
            assert!(entry.get("default").is_none(), "{whole}: {entry}");
            return;
        };
        assert_eq!(entry["default"].to_string(), *default, "{whole}: {entry}");
        if row.name != "*" {
            read(&file(path, row.name, default));
        }
    });
}

#[test]
fn a_value_outside_its_range_is_refused_with_the_range() {
    let schema = schema::schema();
    for_each_key(|path, row| {
        let (inside, outside) = around(&row.form);
        for value in inside {
            read(&file(path, row.name, &value));
        }
        for value in &outside {
            let message = refused(&file(path, row.name, value));
            let (least, most) = row.form.bounds().unwrap();
            let expected = [format!("between {least} and {most}"), format!("from {least} to {most}")];
            assert!(expected.iter().any(|range| message.contains(range)), "{value}: {message}");
        }
        assert_eq!(outside.is_empty(), row.form.bounds().is_none(), "[{path}] {}", row.name);
        let entry = described(&schema, path, row);
        if let Form::Number { least, most, .. } = row.form {
            assert_eq!([&entry["minimum"], &entry["maximum"]], [&json!(least), &json!(most)], "{path}");
        }
        if let Form::Choice { names, .. } = &row.form {
            let message = refused(&file(path, row.name, "\"none-of-them\""));
            assert!(message.contains(&names.join(", ")), "{message}");
            assert_eq!(entry["anyOf"][0]["enum"], json!(names), "[{path}] {}", row.name);
        }
    });
}

/// Returns values at the ends of a range, and values just outside.
fn around(form: &Form) -> (Vec<String>, Vec<String>) {
    match form {
        Form::Number { least, most, .. } => {
            let below = if *least == 0 { "-1".to_owned() } else { (least - 1).to_string() };
            (vec![least.to_string(), most.to_string()], vec![below, (most + 1).to_string()])
        }
        Form::Size { least, most } => {
            let size = |bytes: u64| format!("\"{bytes}B\"");
            (vec![size(*least), size(*most)], vec![size(least - 1), size(most + 1)])
        }
        Form::Duration { least, most } => {
            let span = |span: Duration| format!("\"{}ms\"", span.as_millis());
            let step = Duration::from_millis(1);
            let below = least.checked_sub(step).map(span);
            (vec![span(*least), span(*most)], below.into_iter().chain([span(*most + step)]).collect())
        }
        Form::Share => (vec!["0".to_owned(), "1.0".to_owned()], vec!["-0.1".to_owned(), "1.1".to_owned()]),
        Form::Percentage { most } if most.is_finite() => {
            (vec!["\"0%\"".to_owned(), format!("\"{most}%\"")], vec![format!("\"{most}.5%\"")])
        }
        _ => (Vec::new(), Vec::new()),
    }
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let mut text = String::new();
    for_each_key(|path, row| {
        let is_default = path != "log.kafka" && !path.split('.').any(|name| name == CHOSEN);
        if let Some(default) = row.default.as_ref().filter(|_| is_default) {
            let dot = if path.is_empty() { "" } else { "." };
            writeln!(text, "{path}{dot}{} = {default}", row.name).unwrap();
        }
    });
    assert_eq!(read(&text), Config::default(), "from:\n{text}");
    assert_eq!(read("[log.kafka]").log, LogConfig::Kafka(KafkaConfig::default()));
}

/// A refusal lists the keys that the parser knows; they must be exactly the documented ones.
#[test]
fn every_key_is_documented_and_no_other() {
    let page = reference::markdown();
    for (path, table) in TABLE.with_all_below() {
        if table.each_key.is_some() {
            continue;
        }
        let message = refused(&file(&path, "zzzzzzzzzzzz", "1"));
        let line = message.lines().find(|line| line.contains("unknown key")).unwrap();
        let known = line.rsplit_once(": ").unwrap().1.trim_end_matches(')');
        let mut names: Vec<&str> = table.tables.iter().map(|table| table.name).collect();
        let rows = table.rows();
        names.extend(rows.iter().map(|row| row.name));
        names.sort_unstable();
        if names.is_empty() {
            assert!(line.contains("holds only tables"), "{line}");
        } else {
            assert_eq!(known, names.join(", "), "in [{path}]");
        }
        for row in &rows {
            documented(&page, &path, row.name);
        }
    }
    let lines = page.lines().filter(|line| line.starts_with("| `")).count();
    let mut keys = 0;
    for_each_key(|_, _| keys += 1);
    assert_eq!(lines, keys);
}

#[test]
fn no_name_stands_twice_in_a_table() {
    for (path, table) in TABLE.with_all_below() {
        let mut names = table.names();
        names.dedup();
        assert_eq!(names, table.names(), "in [{path}]");
    }
}

#[test]
fn the_documentation_is_up_to_date() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let (page, schema) = (format!("{docs}/configuration.md"), format!("{docs}/foldline.schema.json"));
    let (new_page, new_schema) = (reference::markdown(), schema::schema());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &new_page).unwrap();
        std::fs::write(&schema, format!("{new_schema:#}\n")).unwrap();
    }
    let advice =
        "run this test with UPDATE_DOCS=1 to write docs/configuration.md and docs/foldline.schema.json";
    assert_eq!(std::fs::read_to_string(page).unwrap_or_default(), new_page, "{advice}");
    let written = std::fs::read_to_string(schema).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Json>(&written).unwrap_or_default(), new_schema, "{advice}");
}
