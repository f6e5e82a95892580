//! Contract 0.1: calls a module and lifts its answers.
//!
//! Columns go in as borrowed slices and come out as vectors that are moved: a call copies every byte once each way,
//! whatever the number of rows.

use std::iter::{repeat_n, zip};

use foldline_core::column::{BytesColumn, Column, Values};
use foldline_core::contribution::{Contributions, EventBatch, Rejected, ResultRows};
use foldline_core::description as core;
use foldline_core::memberships::Memberships;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

use self::generated::exports::foldline::reducer as exports;
use self::generated::foldline::reducer::types as wit;
use crate::answers::{Extracted, Projected, Relayed};
use crate::exported::Exported;
use crate::fault::bounded;
use crate::store_data::StoreData;

pub(crate) use self::generated::foldline::reducer::host::Level;

/// The one interface that a module may call.
pub(crate) const HOST_INTERFACE: &str = "foldline:reducer/host@0.1.0";

#[allow(
    unsafe_code,
    missing_docs,
    elided_lifetimes_in_paths,
    unused,
    reason = "wasmtime's own generated code"
)]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit/reducer-0.1.0",
        // The world with everything that this host calls. A module exports all of its interfaces, or some.
        world: "reducer-with-relay",
        // All reducers of a topic share the batch's columns: nothing may be cloned for a call.
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// A linked module, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Pre {
    linked: InstancePre<StoreData>,
    manifest: exports::manifest::GuestIndices,
    reduce: Option<exports::reduce::GuestIndices>,
    relay: Option<exports::relay::GuestIndices>,
}

impl Pre {
    /// Looks up the exported functions of the interfaces in `exported`.
    pub(crate) fn new(linked: InstancePre<StoreData>, exported: Exported) -> wasmtime::Result<Self> {
        let manifest = exports::manifest::GuestIndices::new(&linked)?;
        let reduce = exported.reduce.then(|| exports::reduce::GuestIndices::new(&linked)).transpose()?;
        let relay = exported.relay.then(|| exports::relay::GuestIndices::new(&linked)).transpose()?;
        Ok(Self { linked, manifest, reduce, relay })
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.linked.component().engine()
    }

    pub(crate) fn instantiate(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Bindings> {
        let instance = self.linked.instantiate(&mut *store)?;
        let manifest = self.manifest.load(&mut *store, &instance)?;
        let reduce = self.reduce.as_ref().map(|reduce| reduce.load(&mut *store, &instance)).transpose()?;
        let relay = self.relay.as_ref().map(|relay| relay.load(&mut *store, &instance)).transpose()?;
        Ok(Bindings { manifest, reduce, relay })
    }
}

/// The exported functions of one instance.
pub(crate) struct Bindings {
    manifest: exports::manifest::Guest,
    reduce: Option<exports::reduce::Guest>,
    relay: Option<exports::relay::Guest>,
}

impl Bindings {
    pub(crate) fn describe(&self, store: &mut Store<StoreData>) -> wasmtime::Result<core::Description> {
        Ok(description(self.manifest.call_describe(store)?))
    }

    pub(crate) fn extract(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
    ) -> wasmtime::Result<Result<wit::Extracted, String>> {
        let columns = lowered_columns(batch);
        self.reduce()?.call_extract(store, lowered_batch(batch, &columns))
    }

    pub(crate) fn relay(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
    ) -> wasmtime::Result<Result<exports::relay::Relayed, String>> {
        let columns = lowered_columns(batch);
        let relay = self.relay.as_ref().ok_or_else(|| wasmtime::format_err!("the module has no relay"))?;
        relay.call_relay(store, lowered_batch(batch, &columns))
    }

    pub(crate) fn project(
        &self,
        store: &mut Store<StoreData>,
        rows: &ResultRows,
    ) -> wasmtime::Result<Result<wit::Projected, String>> {
        let results: Vec<_> = rows.results.iter().map(lowered).collect();
        let rows = wit::Rows {
            table: index(rows.table),
            count: index(rows.rows()),
            keys: lowered(&rows.keys),
            window_starts: &rows.window_starts,
            window_ends: &rows.window_ends,
            results: &results,
            references: &[],
        };
        self.reduce()?.call_project(store, rows)
    }

    fn reduce(&self) -> wasmtime::Result<&exports::reduce::Guest> {
        self.reduce.as_ref().ok_or_else(|| wasmtime::format_err!("the module only relays"))
    }
}

fn lowered_columns(batch: &EventBatch) -> Vec<wit::ColumnParam<'_>> {
    batch.columns.iter().map(|column| lowered(column)).collect()
}

fn lowered_batch<'a>(batch: &'a EventBatch, columns: &'a [wit::ColumnParam<'a>]) -> wit::Batch<'a> {
    wit::Batch { input: index(batch.input), rows: index(batch.rows()), times: &batch.times_ms, columns }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("batches and descriptions are bounded far below 2^32")
}

fn lowered(column: &Column) -> wit::ColumnParam<'_> {
    fn bytes(column: &BytesColumn) -> wit::BytesColumnParam<'_> {
        let (offsets, data) = column.as_parts();
        wit::BytesColumnParam { offsets, data }
    }
    let values = match column.values() {
        Values::Booleans(bits) => wit::ValuesParam::Booleans(bits),
        Values::Ints(values) => wit::ValuesParam::Ints(values),
        Values::Floats(values) => wit::ValuesParam::Floats(values),
        Values::Times(values) => wit::ValuesParam::Times(values),
        Values::Texts(values) => wit::ValuesParam::Texts(bytes(values)),
        Values::Blobs(values) => wit::ValuesParam::Blobs(bytes(values)),
    };
    wit::ColumnParam { values, validity: column.validity() }
}

/// Checks and moves the answer of `extract` for a batch of `rows` rows.
pub(crate) fn extracted(
    answer: wit::Extracted,
    rows: usize,
    description: &core::Description,
) -> Result<Extracted, String> {
    let tables = description.tables.len();
    let mut seen = vec![false; tables];
    let mut lifted = Vec::with_capacity(answer.contributions.len().min(tables));
    for contributions in answer.contributions {
        let table = contributions.table as usize;
        let spec = description
            .tables
            .get(table)
            .ok_or_else(|| format!("contributions to table {table} of {tables}"))?;
        if std::mem::replace(&mut seen[table], true) {
            return Err(format!("contributions to table `{}` twice", spec.name));
        }
        // The name of each column of values is that of its aggregate.
        let names: Vec<&str> = (spec.aggregates.iter())
            .flat_map(|aggregate| repeat_n(aggregate.name.as_str(), aggregate.kind.columns()))
            .collect();
        let (got, want) = (contributions.values.len(), names.len());
        if got != want {
            let aggregates = spec.aggregates.len();
            return Err(format!(
                "{got} columns for the {aggregates} aggregates of table `{}`, which take {want}",
                spec.name
            ));
        }
        let len = contributions.source_rows.len();
        let of = |name: &str, what: String| format!("`{name}` of table `{}` {what}", spec.name);
        let keys = column(len, contributions.keys).map_err(|what| of("keys", what))?;
        let values = zip(contributions.values, names)
            .map(|(values, name)| column(len, values).map_err(|what| of(name, what)))
            .collect::<Result<_, _>>()?;
        lifted.push(Contributions { table, source_rows: contributions.source_rows, keys, values });
    }
    Ok(Extracted { contributions: lifted, rejected: rejected(answer.rejected, rows)? })
}

fn rejected(answer: Vec<wit::Rejected>, rows: usize) -> Result<Vec<Rejected>, String> {
    // Checked against the size of the batch before anything is allocated.
    if answer.len() > rows {
        return Err(format!("{} rejected rows in a batch of {rows}", answer.len()));
    }
    let mut seen = vec![false; if answer.is_empty() { 0 } else { rows }];
    let lift = |wit::Rejected { row, reason }: wit::Rejected| {
        let seen =
            seen.get_mut(row as usize).ok_or_else(|| format!("row {row} rejected in a batch of {rows}"))?;
        match std::mem::replace(seen, true) {
            true => Err(format!("row {row} rejected twice")),
            false => Ok(Rejected { row, reason: bounded(&reason) }),
        }
    };
    answer.into_iter().map(lift).collect()
}

/// Checks and moves the answer of `relay` for a batch of `rows` rows. The module declares `topics` relay topics.
pub(crate) fn relayed(
    answer: exports::relay::Relayed,
    rows: usize,
    topics: usize,
) -> Result<Relayed, String> {
    let exports::relay::Relayed { source_rows, topics: messages_topics, keys, values, rejected: refused } =
        answer;
    let len = source_rows.len();
    if messages_topics.len() != len {
        return Err(format!("{} topics for {len} messages", messages_topics.len()));
    }
    if let Some(topic) = messages_topics.iter().find(|&&topic| topic as usize >= topics) {
        return Err(format!("a message to topic {topic} of {topics}"));
    }
    if let Some(row) = source_rows.last().filter(|&&row| row as usize >= rows) {
        return Err(format!("a message of row {row} in a batch of {rows}"));
    }
    if !source_rows.is_sorted() {
        return Err("messages that are not in the order of the batch's rows".to_owned());
    }
    let bytes = |name: &str, values| {
        let column = column(len, values).map_err(|what| format!("`{name}` {what}"))?;
        match column.values() {
            Values::Texts(_) | Values::Blobs(_) => Ok(column),
            other => Err(format!("`{name}` has {} where texts or blobs are expected", other.type_name())),
        }
    };
    Ok(Relayed {
        keys: bytes("keys", keys)?,
        values: bytes("values", values)?,
        source_rows,
        topics: messages_topics,
        rejected: rejected(refused, rows)?,
    })
}

/// Checks and moves the answer of `project` for `rows` rows.
pub(crate) fn projected(answer: wit::Projected, rows: usize) -> Result<Projected, String> {
    let documents = column(rows, answer.documents).map_err(|what| format!("`documents` {what}"))?;
    if !matches!(documents.values(), Values::Texts(_)) {
        return Err(format!("`documents` has {} where texts are expected", documents.values().type_name()));
    }
    let (sets, members) = (names("sets", answer.sets)?, names("members", answer.members)?);
    let memberships = Memberships::from_parts(rows, answer.member_rows, sets, members, answer.scores)?;
    Ok(Projected { documents, memberships })
}

/// Lifts a column of names. An empty one may lack the offset that the format requires.
fn names(what: &str, column: wit::BytesColumnResult) -> Result<BytesColumn, String> {
    if column.offsets.is_empty() && column.data.is_empty() {
        return Ok(BytesColumn::default());
    }
    BytesColumn::from_parts(column.offsets, column.data)
        .map_err(|damage| format!("`{what}` is damaged: {damage}"))
}

fn column(len: usize, column: wit::ColumnResult) -> Result<Column, String> {
    let bytes = |bytes: wit::BytesColumnResult| BytesColumn::from_parts(bytes.offsets, bytes.data);
    let values = match column.values {
        wit::ValuesResult::Booleans(bits) => Values::Booleans(bits),
        wit::ValuesResult::Ints(values) => Values::Ints(values),
        wit::ValuesResult::Floats(values) => Values::Floats(values),
        wit::ValuesResult::Times(values) => Values::Times(values),
        wit::ValuesResult::Texts(texts) => {
            Values::Texts(bytes(texts).map_err(|what| format!("is damaged: {what}"))?)
        }
        wit::ValuesResult::Blobs(blobs) => {
            Values::Blobs(bytes(blobs).map_err(|what| format!("is damaged: {what}"))?)
        }
    };
    Column::from_parts(len, values, column.validity)
}

fn description(wit: wit::Description) -> core::Description {
    core::Description {
        name: wit.name,
        version: wit.version,
        sdk: wit.sdk,
        inputs: wit.inputs.into_iter().map(input).collect(),
        tables: wit.tables.into_iter().map(table).collect(),
        document: wit.document.into_iter().map(output_field).collect(),
        relay_topics: wit.relay_topics,
    }
}

fn input(wit: wit::Input) -> core::Input {
    core::Input {
        topic: wit.topic,
        fields: wit.fields.into_iter().map(field).collect(),
        event_time: wit.event_time.map(|at| at as usize),
        out_of_orderness_ms: wit.out_of_orderness_ms,
        changelog: wit.changelog,
    }
}

fn field(wit: wit::Field) -> core::Field {
    core::Field {
        name: wit.name,
        source: match wit.source {
            wit::FieldSource::Value => core::FieldSource::Value,
            wit::FieldSource::Key => core::FieldSource::Key,
        },
        path: wit.path,
        aliases: wit.aliases,
        ty: value_type(wit.ty),
        required: wit.required,
    }
}

fn value_type(wit: wit::ValueType) -> core::ValueType {
    match wit {
        wit::ValueType::Boolean => core::ValueType::Boolean,
        wit::ValueType::Int => core::ValueType::Int,
        wit::ValueType::Float => core::ValueType::Float,
        wit::ValueType::Text => core::ValueType::Text,
        wit::ValueType::Blob => core::ValueType::Blob,
        wit::ValueType::Time(unit) => core::ValueType::Time(match unit {
            wit::TimeUnit::Seconds => core::TimeUnit::Seconds,
            wit::TimeUnit::Milliseconds => core::TimeUnit::Milliseconds,
            wit::TimeUnit::Microseconds => core::TimeUnit::Microseconds,
            wit::TimeUnit::Nanoseconds => core::TimeUnit::Nanoseconds,
            wit::TimeUnit::Rfc3339 => core::TimeUnit::Rfc3339,
        }),
    }
}

fn table(wit: wit::Table) -> core::TableSpec {
    core::TableSpec {
        name: wit.name,
        key: value_type(wit.key),
        aggregates: wit.aggregates.into_iter().map(aggregate).collect(),
        window: match wit.window {
            wit::Window::Unbounded => core::Window::Unbounded,
            wit::Window::Tumbling(size_ms) => core::Window::Tumbling(size_ms),
            wit::Window::Sliding(wit::Sliding { size_ms, slide_ms }) => {
                core::Window::Sliding { size_ms, slide_ms }
            }
            wit::Window::Session(gap_ms) => core::Window::Session(gap_ms),
        },
        keep: match wit.keep {
            wit::Keep::Latest => core::Keep::Latest,
            wit::Keep::Every(retention_ms) => core::Keep::Every(retention_ms),
        },
        when_empty: match wit.when_empty {
            wit::WhenEmpty::Delete => core::WhenEmpty::Delete,
            wit::WhenEmpty::Zero => core::WhenEmpty::Zero,
        },
        allowed_lateness_ms: wit.allowed_lateness_ms,
        projected: wit.projected,
    }
}

fn aggregate(wit: wit::Aggregate) -> core::AggregateSpec {
    core::AggregateSpec {
        name: wit.name,
        kind: match wit.kind {
            wit::AggregateKind::Count => core::AggregateKind::Count,
            wit::AggregateKind::Sum(scale) => core::AggregateKind::Sum(scale),
            wit::AggregateKind::Min(ty) => core::AggregateKind::Min(value_type(ty)),
            wit::AggregateKind::Max(ty) => core::AggregateKind::Max(value_type(ty)),
            wit::AggregateKind::First(ty) => core::AggregateKind::First(value_type(ty)),
            wit::AggregateKind::Last(ty) => core::AggregateKind::Last(value_type(ty)),
            wit::AggregateKind::Distinct(precision) => core::AggregateKind::Distinct(precision),
            wit::AggregateKind::TopK(k) => core::AggregateKind::TopK(k),
            wit::AggregateKind::Quantiles(spec) => core::AggregateKind::Quantiles(core::QuantileSpec {
                relative_error_millionths: spec.relative_error_millionths,
                at: spec.at,
            }),
            wit::AggregateKind::Fold => core::AggregateKind::Fold,
        },
        refers_to: wit.refers_to.map(|table| table as usize),
    }
}

fn output_field(wit: wit::OutputField) -> core::OutputField {
    core::OutputField { name: wit.name, ty: value_type(wit.ty), sortable: wit.sortable }
}
