//! Checks that the answer of `describe` makes sense, and that this host can run the module.

use std::collections::HashSet;

use foldline_core::aggregate::sum::SCALE_MAX;
use foldline_core::description::{
    AggregateKind, Description, Emit, Field, FieldSource, FieldType, Input, Keep, OutputField, Projection,
    Selector, TableSpec, TimeUnit, ValueType, WhenEmpty, Window,
};
use foldline_core::reference;
use foldline_core::window::Panes;

use super::exported::Exported;
use super::refusal::not_yet;
use foldline_base::error::{Error, ErrorKind, Result};

// Bounds far above what people write by hand, so that all later code may assume that a description is small.
const INPUTS_MAX: usize = 64;
const FIELDS_MAX: usize = 256;
const CHOICES_MAX: usize = 256;
const TABLES_MAX: usize = 32;
const RELAY_TOPICS_MAX: usize = 64;
const AGGREGATES_MAX: usize = 64;
const PATH_MAX: usize = 32;
const NAME_BYTES_MAX: usize = 128;
const TOPIC_BYTES_MAX: usize = 249;

/// A hundred years.
const DURATION_MS_MAX: u64 = 100 * 366 * 24 * 60 * 60 * 1_000;

/// Checks the description of a module that exports these interfaces.
///
/// # Errors
/// A text that names the first thing that is wrong.
pub(super) fn check(description: &Description, exported: Exported) -> Result<()> {
    let Description { name, version, sdk, inputs, tables, projections, relay_topics } = description;
    if !is_reducer_name(name) {
        return Err(wrong(format!("describes itself as {}, which is not a valid name", quoted(name)))
            .with_hint("name the crate in lower case: letters, digits and `-`, 1 to 64 of them"));
    }
    if version.len() > NAME_BYTES_MAX || semver::Version::parse(version).is_err() {
        return Err(wrong(format!("describes its version as {}", quoted(version)))
            .with_hint("give the crate a semantic version such as 0.1.0"));
    }
    if sdk.len() > NAME_BYTES_MAX {
        return Err(wrong("names an SDK of more than 128 bytes"));
    }
    check_exports(description, exported)?;
    if inputs.is_empty() {
        return Err(
            wrong("declares no input topic").with_hint("derive `Event` with a topic for what it reads")
        );
    }
    count("inputs", inputs.len(), INPUTS_MAX)?;
    inputs.iter().try_for_each(|input| check_input(input).map_err(of_topic(&input.topic)))?;
    description.topics().iter().try_for_each(|topic| {
        let inputs: Vec<&Input> = inputs.iter().filter(|input| input.topic == *topic).collect();
        check_inputs_of_topic(&inputs).map_err(of_topic(topic))
    })?;
    relay_topics.iter().try_for_each(|topic| check_relay_topic(topic, inputs))?;
    count("relay topics", relay_topics.len(), RELAY_TOPICS_MAX)?;
    unique("relay topic", relay_topics.iter())?;
    if exported.reduce {
        check_tables(tables)?;
        check_untimed(description)?;
        check_projections(projections, tables)?;
    }
    Ok(())
}

/// Says of which topic an error is.
fn of_topic(topic: &str) -> impl Fn(Error) -> Error {
    move |error| error.context(format_args!("topic {}", quoted(topic)))
}

/// The description and the exported interfaces must agree: otherwise one of them is a mistake.
fn check_exports(description: &Description, exported: Exported) -> Result<()> {
    let Description { tables, projections, relay_topics, .. } = description;
    if !(exported.reduce || tables.is_empty() && projections.is_empty()) {
        return Err(wrong("declares tables or documents and exports no `reduce`")
            .with_hint("mark the reducer with `#[reducer]`, or leave them out"));
    }
    match (exported.relay, relay_topics.is_empty()) {
        (true, true) => Err(wrong("exports a relay and declares no topic that it writes")
            .with_hint("name them in `const TOPICS` of the `impl Relay`")),
        (false, false) => Err(wrong("declares topics that a relay writes and exports no `relay`")
            .with_hint("mark the relay with `#[relay]`, or a reducer that has one with `#[reducer(relay)]`")),
        _ => Ok(()),
    }
}

fn check_relay_topic(topic: &str, inputs: &[Input]) -> Result<()> {
    check_topic_name(topic).map_err(|error| error.context(format_args!("relay topic {}", quoted(topic))))?;
    if inputs.iter().any(|input| input.topic == topic) {
        return Err(wrong(format!("relays to topic {}, which it reads: a loop", quoted(topic)))
            .with_hint("relay to another topic"));
    }
    Ok(())
}

fn is_reducer_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| plain(byte) || byte == b'-')
        && !name.starts_with('-')
}

fn check_topic_name(topic: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if topic.is_empty()
        || topic.len() > TOPIC_BYTES_MAX
        || !topic.bytes().all(plain)
        || topic == "."
        || topic == ".."
    {
        return Err(
            wrong("is not a topic name").with_hint("use letters, digits, `.`, `_` and `-`, 1 to 249 of them")
        );
    }
    if topic.starts_with("foldline.") {
        return Err(
            wrong("is one of the host's own").with_hint("name a topic that does not begin with `foldline.`")
        );
    }
    Ok(())
}

fn check_input(input: &Input) -> Result<()> {
    check_topic_name(&input.topic)?;
    if let Some(selector) = &input.when {
        check_selector(selector, input.changelog)?;
    }
    if !input.lists.is_empty() {
        return Err(not_yet("reads the elements of lists"));
    }
    count("fields", input.fields.len(), FIELDS_MAX)?;
    unique("field", input.fields.iter().map(|field| &field.name))?;
    input.fields.iter().try_for_each(check_field)?;
    let of_value = |field: &&Field| matches!(field.source, FieldSource::Value(_));
    if let Some(raw) = input.fields.iter().find(|field| field.source == FieldSource::Raw)
        && let Some(parsed) = input.fields.iter().find(of_value)
    {
        let [raw, parsed] = [raw, parsed].map(|field| quoted(&field.name));
        return Err(wrong(format!("takes the value as a whole ({raw}) and a path of it ({parsed})"))
            .with_hint("next to the whole value, an input may read the key and the record's place"));
    }
    if let Some(at) = input.event_time {
        let field = input.fields.get(at).ok_or_else(|| {
            let fields = input.fields.len();
            wrong(format!("takes its event time from field {at}, and declares {fields} fields"))
        })?;
        if !matches!(field.ty, FieldType::Value(ValueType::Time(_))) {
            let (name, ty) = (quoted(&field.name), type_name(&field.ty));
            return Err(wrong(format!("takes its event time from {name}, which is declared as {ty}"))
                .with_hint("give the field a unit, such as `unit = \"ms\"`"));
        }
        if !field.required {
            let name = quoted(&field.name);
            return Err(wrong(format!("takes its event time from {name}, which is not required"))
                .with_hint("an event without a time has no place in it: make the field required"));
        }
    }
    if input.out_of_orderness_ms > DURATION_MS_MAX {
        let bound = input.out_of_orderness_ms;
        return Err(wrong(format!("bounds out-of-orderness by {bound} ms, more than a hundred years")));
    }
    Ok(())
}

fn check_selector(selector: &Selector, changelog: bool) -> Result<()> {
    match &selector.source {
        FieldSource::Value(_) if changelog => {
            return Err(wrong("selects records of a changelog by what stands in their value")
                .with_hint("a deletion has no value: select by the record's key"));
        }
        FieldSource::Value(path) if path.is_empty() => {
            return Err(wrong("selects by no path into the value")
                .with_hint("name the field that says what a record is"));
        }
        FieldSource::Value(path) => {
            count("path segments", path.len(), PATH_MAX)?;
            path.iter().try_for_each(|segment| named("path segment", segment))?;
        }
        FieldSource::Key => {}
        FieldSource::Header(header) => {
            return Err(not_yet(format_args!("selects by the header {}", quoted(header))));
        }
        other => {
            return Err(wrong(format!("selects records by {other:?}"))
                .with_hint("a path into the value or the key select records"));
        }
    }
    if selector.texts.is_empty() {
        return Err(wrong("selects records by none of all texts").with_hint("name the texts"));
    }
    count("selecting texts", selector.texts.len(), CHOICES_MAX)?;
    selector.texts.iter().try_for_each(|text| named("selecting text", text))
}

/// Several inputs may read a topic if each record is for one of them at most, and if they agree on the whole topic.
fn check_inputs_of_topic(inputs: &[&Input]) -> Result<()> {
    let first = inputs[0];
    let texts = inputs.iter().filter_map(|input| input.when.as_ref()).flat_map(|when| &when.texts);
    unique("selecting text", texts)?;
    for input in &inputs[1..] {
        let (Some(one), Some(other)) = (&first.when, &input.when) else {
            return Err(wrong("is read by two inputs, one of which takes all its records")
                .with_hint("let each select its records: `select` on the enum of events"));
        };
        if one.source != other.source {
            let (one, other) = (&one.source, &other.source);
            return Err(wrong(format!("is read by two inputs that select by {one:?} and by {other:?}"))
                .with_hint("let all select by the same"));
        }
        if first.out_of_orderness_ms != input.out_of_orderness_ms {
            let (one, other) = (first.out_of_orderness_ms, input.out_of_orderness_ms);
            return Err(wrong(format!("is read with bounds of {one} ms and of {other} ms"))
                .with_hint("give all events of the topic the same `bound`"));
        }
        if first.changelog != input.changelog {
            return Err(wrong("is a changelog for one input, and not for another")
                .with_hint("declare `changelog` for all events of the topic, or for none"));
        }
    }
    Ok(())
}

fn check_field(field: &Field) -> Result<()> {
    named("field", &field.name)?;
    let name = quoted(&field.name);
    if field.in_list.is_some() {
        return Err(not_yet(format_args!("field {name} stands in a list")));
    }
    check_field_type(field)?;
    let path = match &field.source {
        FieldSource::Value(path) if path.is_empty() => {
            return Err(wrong(format!("field {name} has no path into the value")));
        }
        FieldSource::Value(path) => path,
        _ if !field.aliases.is_empty() => {
            return Err(wrong(format!("field {name} has aliases and no path into the value")));
        }
        FieldSource::Key => return Ok(()),
        FieldSource::Header(header) => {
            return Err(not_yet(format_args!("field {name} is the header {}", quoted(header))));
        }
        FieldSource::Raw | FieldSource::Partition | FieldSource::Offset | FieldSource::Timestamp => {
            return Ok(());
        }
    };
    count("path segments", path.len(), PATH_MAX)?;
    count("aliases", field.aliases.len(), PATH_MAX)?;
    path.iter().chain(&field.aliases).try_for_each(|segment| named("path segment", segment))
}

/// Whether a field can have its type where it stands.
fn check_field_type(field: &Field) -> Result<()> {
    let name = quoted(&field.name);
    match &field.ty {
        FieldType::Decimal(places) if *places > SCALE_MAX => {
            return Err(wrong(format!("field {name} has {places} decimal places"))
                .with_hint(format!("decimals have up to {SCALE_MAX}")));
        }
        FieldType::Choice(texts) => {
            if texts.is_empty() {
                return Err(wrong(format!("field {name} is a choice of nothing")).with_hint("name the texts"));
            }
            count("choices", texts.len(), CHOICES_MAX)?;
            texts.iter().try_for_each(|text| named("choice", text))?;
            unique("choice", texts.iter())?;
        }
        _ => {}
    }
    let expected = match field.source {
        FieldSource::Raw => ValueType::Blob,
        FieldSource::Partition | FieldSource::Offset => ValueType::Int,
        FieldSource::Timestamp => ValueType::Time(TimeUnit::Milliseconds),
        FieldSource::Key if field.ty == FieldType::Json => {
            return Err(wrong(format!("field {name} takes the record's key as JSON"))
                .with_hint("declare it as a text"));
        }
        _ => return Ok(()),
    };
    if field.ty == FieldType::Value(expected) {
        return Ok(());
    }
    let (source, ty) = (&field.source, type_name(&field.ty));
    Err(wrong(format!("field {name} is declared as {ty}, and its source is {source:?}"))
        .with_hint(format!("declare it as {expected:?}")))
}

fn type_name(ty: &FieldType) -> String {
    match ty {
        FieldType::Value(ty) => format!("{ty:?}"),
        other => format!("{other:?}"),
    }
}

fn check_tables(tables: &[TableSpec]) -> Result<()> {
    count("tables", tables.len(), TABLES_MAX)?;
    unique("table", tables.iter().map(|table| &table.name))?;
    for table in tables {
        check_table(table).map_err(|error| error.context(format_args!("table {}", quoted(&table.name))))?;
    }
    Ok(())
}

/// Windows advance by timed inputs alone.
fn check_untimed(description: &Description) -> Result<()> {
    if description.inputs.iter().any(|input| !input.untimed) {
        return Ok(());
    }
    match description.tables.iter().find(|table| table.window != Window::Unbounded) {
        Some(table) => {
            let name = quoted(&table.name);
            Err(wrong(format!("has windows in table {name}, and reads all its topics untimed"))
                .with_hint("windows advance by the event time of inputs that are not untimed"))
        }
        None => Ok(()),
    }
}

fn check_projections(projections: &[Projection], tables: &[TableSpec]) -> Result<()> {
    let projection = match projections {
        [projection] => projection,
        [] => {
            return Err(
                wrong("has no table that becomes documents").with_hint("derive `Table` for what it counts")
            );
        }
        [_, second, ..] => {
            let name = quoted(&second.name);
            return Err(not_yet(format_args!("has a second projection, {name}")));
        }
    };
    named("projection", &projection.name)?;
    let name = quoted(&projection.name);
    if projection.table >= tables.len() {
        let (table, tables) = (projection.table, tables.len());
        return Err(wrong(format!("projects table {table} of {tables} in projection {name}")));
    }
    reference::check(projection, tables).map_err(|what| {
        wrong(format!("projection {name} {what}"))
            .with_hint("see what may refer to what in docs/references.md")
    })?;
    let document = &projection.document;
    count("document fields", document.len(), FIELDS_MAX)?;
    unique("document field", document.iter().map(|field| &field.name))?;
    document.iter().try_for_each(|OutputField { name, .. }| named("document field", name))
}

fn check_table(table: &TableSpec) -> Result<()> {
    named("table", &table.name)?;
    if let Err(what) = table.key.check() {
        return Err(wrong(format!("is keyed by {}: {what}", table.key))
            .with_hint("a key has one to four parts: texts, ints, booleans or times"));
    }
    if table.emit == Emit::Early {
        return Err(not_yet("shows results early"));
    }
    if table.retain_ms.is_some() {
        return Err(not_yet("retains rows for a time"));
    }
    if table.ends {
        return Err(not_yet("has rows that end"));
    }
    check_windows(table)?;
    if table.aggregates.is_empty() {
        return Err(wrong("has no aggregates").with_hint("add a column such as `Count`"));
    }
    count("aggregates", table.aggregates.len(), AGGREGATES_MAX)?;
    unique("aggregate", table.aggregates.iter().map(|aggregate| &aggregate.name))?;
    for aggregate in &table.aggregates {
        named("aggregate", &aggregate.name)?;
        let name = quoted(&aggregate.name);
        if aggregate.kind == AggregateKind::Fold {
            return Err(not_yet(format_args!("aggregate {name} is a fold")));
        }
        aggregate.kind.check().map_err(|what| {
            wrong(format!("aggregate {name}: {what}")).with_hint("see the limits in docs/aggregates.md")
        })?;
    }
    Ok(())
}

fn check_windows(table: &TableSpec) -> Result<()> {
    match table.window {
        Window::Unbounded if table.keep != Keep::Latest => {
            return Err(
                wrong("keeps every window and has none").with_hint("leave out `keep`, or add a window")
            );
        }
        Window::Unbounded => return Ok(()),
        Window::Tumbling(size_ms) => duration("windows", size_ms)?,
        Window::Sliding { size_ms, slide_ms } => {
            duration("windows", size_ms)?;
            duration("a slide", slide_ms)?;
            if !size_ms.is_multiple_of(slide_ms) {
                return Err(wrong(format!("has windows of {size_ms} ms that slide by {slide_ms} ms"))
                    .with_hint("a window's slide must divide its size"));
            }
            Panes::of(table.window)
                .map_err(|what| wrong(format!("has {what}")).with_hint("let the window slide further"))?;
        }
        Window::Session(gap_ms) => duration("a gap between sessions", gap_ms)?,
    }
    if let Keep::Every(retention_ms) = table.keep {
        duration("a retention", retention_ms)?;
    }
    if table.allowed_lateness_ms > 0 {
        duration("a lateness", table.allowed_lateness_ms)?;
    }
    // Only the newest window of a key becomes empty by sliding on.
    let ends = matches!(table.window, Window::Session(_)) || table.keep != Keep::Latest;
    if table.when_empty == WhenEmpty::Zero && ends {
        return Err(wrong("shows zeros for windows that are never empty")
            .with_hint("`when_empty` belongs to `keep = \"latest\"` and windows that are no sessions"));
    }
    Ok(())
}

fn duration(what: &str, ms: u64) -> Result<()> {
    if !(1..=DURATION_MS_MAX).contains(&ms) {
        return Err(wrong(format!("has {what} of {ms} ms"))
            .with_hint("durations go from a millisecond to a hundred years"));
    }
    Ok(())
}

pub(super) fn wrong(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Module, message)
}

/// A text of the module, escaped for a message.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", text.escape_debug().take(NAME_BYTES_MAX).collect::<String>())
}

pub(super) fn named(what: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(wrong(format!("has a {what} named {}", quoted(name)))
            .with_hint("names have 1 to 128 bytes and no control characters"));
    }
    Ok(())
}

pub(super) fn unique<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(
                wrong(format!("declares the {what} {} twice", quoted(name))).with_hint("rename one of them")
            );
        }
    }
    Ok(())
}

pub(super) fn count(what: &str, count: usize, limit: usize) -> Result<()> {
    if count > limit {
        return Err(wrong(format!("declares {count} {what}, more than the limit of {limit}")));
    }
    Ok(())
}
