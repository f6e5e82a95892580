//! Contract 0.1: calls a module and lifts its answers.
//!
//! Columns go in as borrowed slices and come out as vectors that are moved: a call copies every byte once each way,
//! whatever the number of rows.

use std::iter::zip;
use std::sync::Arc;

use foldline_core::column::{BytesColumn, Column, Values};
use foldline_core::contribution::{Contributions, EventBatch, Rejected};
use foldline_core::description as core;
use foldline_core::key::KeyColumns;
use foldline_core::memberships::Memberships;
use foldline_core::results::ResultRows;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

use foldline_base::error::Result;

use self::generated::exports::foldline::reducer as exports;
use self::generated::foldline::reducer::types as wit;
use super::contract::{Answer, Exports, Linked, Objection};
use super::lift::{self, index, shortened};
use crate::answers::{Extracted, Projected, Relayed};
use crate::exported::Exported;
use crate::imports::LogLevel;
use crate::refusal::{not_yet, refusal};
use crate::store_data::StoreData;

pub(super) use self::generated::foldline::reducer::host::Level;

/// The one interface that a module may call.
pub(super) const HOST_INTERFACE: &str = "foldline:reducer/host@0.1.0";

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

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

/// A linked module, ready to be instantiated.
pub(super) struct Pre {
    linked: InstancePre<StoreData>,
    manifest: exports::manifest::GuestIndices,
    reduce: Option<exports::reduce::GuestIndices>,
    relay: Option<exports::relay::GuestIndices>,
}

impl Pre {
    /// Looks up the exported functions of the interfaces in `exported`.
    pub(super) fn new(linked: InstancePre<StoreData>, exported: Exported) -> wasmtime::Result<Self> {
        let manifest = exports::manifest::GuestIndices::new(&linked)?;
        let reduce = exported.reduce.then(|| exports::reduce::GuestIndices::new(&linked)).transpose()?;
        let relay = exported.relay.then(|| exports::relay::GuestIndices::new(&linked)).transpose()?;
        Ok(Self { linked, manifest, reduce, relay })
    }
}

impl Linked for Pre {
    fn engine(&self) -> &Engine {
        self.linked.component().engine()
    }

    fn instantiate(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Box<dyn Exports>> {
        let instance = self.linked.instantiate(&mut *store)?;
        let manifest = self.manifest.load(&mut *store, &instance)?;
        let reduce = self.reduce.as_ref().map(|reduce| reduce.load(&mut *store, &instance)).transpose()?;
        let relay = self.relay.as_ref().map(|relay| relay.load(&mut *store, &instance)).transpose()?;
        Ok(Box::new(Bindings { manifest, reduce, relay }))
    }
}

/// The exported functions of one instance.
struct Bindings {
    manifest: exports::manifest::Guest,
    reduce: Option<exports::reduce::Guest>,
    relay: Option<exports::relay::Guest>,
}

impl Exports for Bindings {
    fn describe(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Result<core::Description>> {
        Ok(description(self.manifest.call_describe(store)?))
    }

    fn extract(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
        description: &core::Description,
    ) -> Answer<Extracted> {
        let columns = lowered_columns(batch);
        let answer = self.reduce()?.call_extract(store, lowered_batch(batch, &columns))?;
        Ok(lifted(answer, |answer| extracted(answer, batch.rows(), description)))
    }

    fn relay(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
        description: &core::Description,
    ) -> Answer<Relayed> {
        let columns = lowered_columns(batch);
        let relay = self.relay.as_ref().ok_or_else(|| wasmtime::format_err!("the module has no relay"))?;
        let answer = relay.call_relay(store, lowered_batch(batch, &columns))?;
        Ok(lifted(answer, |answer| relayed(answer, batch.rows(), description.relay_topics.len())))
    }

    fn project(&self, store: &mut Store<StoreData>, rows: &ResultRows) -> Answer<Projected> {
        let results: Vec<_> = rows.results.iter().map(lowered).collect();
        let wit_rows = wit::Rows {
            table: index(rows.table),
            count: index(rows.rows()),
            keys: lowered(&rows.keys[0]),
            window_starts: &rows.window_starts,
            window_ends: &rows.window_ends,
            results: &results,
            references: &[],
        };
        let answer = self.reduce()?.call_project(store, wit_rows)?;
        Ok(lifted(answer, |answer| projected(answer, rows.rows())))
    }
}

impl Bindings {
    fn reduce(&self) -> wasmtime::Result<&exports::reduce::Guest> {
        self.reduce.as_ref().ok_or_else(|| wasmtime::format_err!("the module only relays"))
    }
}

fn lifted<T, U>(
    answer: std::result::Result<T, String>,
    lift: impl FnOnce(T) -> std::result::Result<U, String>,
) -> std::result::Result<U, Objection> {
    lift(answer.map_err(Objection::Refused)?).map_err(Objection::Broken)
}

fn lowered_columns(batch: &EventBatch) -> Vec<wit::ColumnParam<'_>> {
    batch.columns.iter().map(|column| lowered(column)).collect()
}

fn lowered_batch<'a>(batch: &'a EventBatch, columns: &'a [wit::ColumnParam<'a>]) -> wit::Batch<'a> {
    wit::Batch { input: index(batch.input), rows: index(batch.rows()), times: &batch.times_ms, columns }
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
fn extracted(
    answer: wit::Extracted,
    rows: usize,
    description: &core::Description,
) -> std::result::Result<Extracted, String> {
    let mut tables = lift::Tables::of(description);
    let mut lifted = Vec::with_capacity(answer.contributions.len().min(tables.len()));
    for contributions in answer.contributions {
        let table = contributions.table as usize;
        let spec = tables.take(table)?;
        let aggregates = lift::values_of(spec, contributions.values.len())?;
        let len = contributions.source_rows.len();
        let of = |name: &str, what: String| format!("`{name}` of table `{}` {what}", spec.name);
        let keys = column(len, contributions.keys).map_err(|what| of("keys", what))?;
        let keys = KeyColumns::new(vec![Arc::new(keys)]).map_err(|what| of("keys", what))?;
        let values = zip(contributions.values, aggregates)
            .map(|(values, (aggregate, _))| {
                column(len, values).map(Arc::new).map_err(|what| of(&aggregate.name, what))
            })
            .collect::<std::result::Result<_, _>>()?;
        lifted.push(Contributions { table, source_rows: contributions.source_rows, keys, values });
    }
    Ok(Extracted { contributions: lifted, rejected: rejected(answer.rejected, rows)? })
}

fn rejected(answer: Vec<wit::Rejected>, rows: usize) -> std::result::Result<Vec<Rejected>, String> {
    lift::rejected(answer.into_iter().map(|wit::Rejected { row, reason }| (row, reason)), rows)
}

/// Checks and moves the answer of `relay` for a batch of `rows` rows. The module declares `topics` relay topics.
fn relayed(
    answer: exports::relay::Relayed,
    rows: usize,
    topics: usize,
) -> std::result::Result<Relayed, String> {
    let exports::relay::Relayed { source_rows, topics: messages_topics, keys, values, rejected: refused } =
        answer;
    lift::messages(&source_rows, &messages_topics, rows, topics)?;
    let len = source_rows.len();
    Ok(Relayed {
        keys: lift::bytes("keys", column(len, keys))?,
        values: lift::bytes("values", column(len, values))?,
        source_rows,
        topics: messages_topics,
        rejected: rejected(refused, rows)?,
    })
}

/// Checks and moves the answer of `project` for `rows` rows.
fn projected(answer: wit::Projected, rows: usize) -> std::result::Result<Projected, String> {
    let documents = lift::documents(column(rows, answer.documents))?;
    let sets = lift::names("sets", answer.sets.offsets, answer.sets.data)?;
    let members = lift::names("members", answer.members.offsets, answer.members.data)?;
    let memberships = Memberships::from_parts(rows, answer.member_rows, sets, members, answer.scores)?;
    Ok(Projected { documents, memberships })
}

fn column(len: usize, column: wit::ColumnResult) -> std::result::Result<Column, String> {
    let bytes = |bytes: wit::BytesColumnResult| lift::bytes_column(bytes.offsets, bytes.data);
    let values = match column.values {
        wit::ValuesResult::Booleans(bits) => Values::Booleans(bits),
        wit::ValuesResult::Ints(values) => Values::Ints(values),
        wit::ValuesResult::Floats(values) => Values::Floats(values),
        wit::ValuesResult::Times(values) => Values::Times(values),
        wit::ValuesResult::Texts(texts) => Values::Texts(bytes(texts)?),
        wit::ValuesResult::Blobs(blobs) => Values::Blobs(bytes(blobs)?),
    };
    Column::from_parts(len, values, column.validity)
}

fn description(wit: wit::Description) -> Result<core::Description> {
    wit.tables.iter().try_for_each(refuse_references)?;
    Ok(core::Description {
        name: wit.name,
        version: wit.version,
        sdk: wit.sdk,
        projections: projections(&wit.tables, wit.document)?,
        inputs: wit.inputs.into_iter().map(input).collect::<Result<_>>()?,
        tables: wit.tables.into_iter().map(table).collect(),
        relay_topics: wit.relay_topics,
    })
}

/// No host runs the references of this contract: the next one declares them on projections.
fn refuse_references(table: &wit::Table) -> Result<()> {
    let Some(aggregate) = table.aggregates.iter().find(|aggregate| aggregate.refers_to.is_some()) else {
        return Ok(());
    };
    let [table_name, name] = [&table.name, &aggregate.name].map(shortened);
    match table.window {
        wit::Window::Unbounded => {
            Err(not_yet(format_args!("table `{table_name}`: aggregate `{name}` refers to another table")))
        }
        _ => Err(refusal(format!("table `{table_name}`: has windows, and `{name}` refers to another table"))
            .with_hint("refer to other tables from a table without windows")),
    }
}

/// In this contract, the projected table has the reducer's one document.
fn projections(tables: &[wit::Table], document: Vec<wit::OutputField>) -> Result<Vec<core::Projection>> {
    let projected: Vec<usize> = (0..tables.len()).filter(|&at| tables[at].projected).collect();
    match projected[..] {
        [table] => Ok(vec![core::Projection {
            name: tables[table].name.clone(),
            table,
            references: Vec::new(),
            document: document.into_iter().map(output_field).collect(),
        }]),
        [] if tables.is_empty() && !document.is_empty() => Err(refusal("declares a document and no table")
            .with_hint("mark the reducer with `#[reducer]`, or leave the document out")),
        [] => Ok(Vec::new()),
        _ => Err(not_yet(format_args!("projects {} tables where one is expected", projected.len()))),
    }
}

fn input(wit: wit::Input) -> Result<core::Input> {
    Ok(core::Input {
        fields: wit.fields.into_iter().map(|field| lifted_field(field, &wit.topic)).collect::<Result<_>>()?,
        topic: wit.topic,
        event_time: wit.event_time.map(|at| at as usize),
        out_of_orderness_ms: wit.out_of_orderness_ms,
        changelog: wit.changelog,
        ..core::Input::default()
    })
}

fn lifted_field(wit: wit::Field, topic: &str) -> Result<core::Field> {
    let source = match wit.source {
        wit::FieldSource::Value => core::FieldSource::Value(wit.path),
        wit::FieldSource::Key if wit.path.is_empty() => core::FieldSource::Key,
        wit::FieldSource::Key => {
            let [name, topic] = [&wit.name, topic].map(shortened);
            return Err(refusal(format!(
                "topic `{topic}`: field `{name}` is the record's key and has a path"
            )));
        }
    };
    let ty = value_type(wit.ty).into();
    Ok(core::Field {
        name: wit.name,
        in_list: None,
        source,
        aliases: wit.aliases,
        ty,
        required: wit.required,
    })
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
        key: value_type(wit.key).into(),
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
        emit: core::Emit::WhenClosed,
        allowed_lateness_ms: wit.allowed_lateness_ms,
        retain_ms: None,
        ends: false,
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
    }
}

fn output_field(wit: wit::OutputField) -> core::OutputField {
    core::OutputField { name: wit.name, ty: value_type(wit.ty), sortable: wit.sortable }
}
