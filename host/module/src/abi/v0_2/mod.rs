//! Contract 0.2: calls a module and lifts its answers.
//!
//! Columns go in as borrowed slices and come out as vectors that are moved, or as names of the batch's own columns: a call
//! copies every byte at most once each way, whatever the number of rows.

mod generated;
mod columns;
mod contributed;
mod declared;
mod described;

use foldline_core::contribution::EventBatch;
use foldline_core::description as core;
use foldline_core::memberships::Memberships;
use foldline_core::results::ResultRows;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

use foldline_base::error::Result;

use self::columns::{ReferredColumns, column, lowered, lowered_batch, lowered_columns, rejected};
use self::generated::exports::foldline::reducer as exports;
use self::generated::foldline::reducer::types as wit;
use super::contract::{Answer, Exports, Linked, Objection};
use super::lift::{self, index};
use crate::answers::{Extracted, Projected, Relayed};
use crate::exported::Exported;
use crate::imports::LogLevel;
use crate::store_data::StoreData;

pub(super) use self::generated::foldline::reducer::host::Level;

/// The one interface that a module may call.
pub(super) const HOST_INTERFACE: &str = "foldline:reducer/host@0.2.0";

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
    fn parameters(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Vec<core::Parameter>> {
        let parameters = self.manifest.call_parameters(store)?;
        let lift = |wit::Parameter { name, explanation, fallback }: wit::Parameter| core::Parameter {
            name,
            explanation,
            fallback: declared::scalar(fallback),
        };
        Ok(parameters.into_iter().map(lift).collect())
    }

    fn configure(&self, store: &mut Store<StoreData>, values: &[core::Scalar]) -> Answer<()> {
        let values: Vec<_> = values.iter().map(declared::lowered_scalar).collect();
        Ok(self.manifest.call_configure(store, &values)?.map_err(Objection::Refused))
    }

    fn describe(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Result<core::Description>> {
        Ok(described::description(self.manifest.call_describe(store)?))
    }

    fn extract(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
        description: &core::Description,
    ) -> Answer<Extracted> {
        let columns = lowered_columns(batch);
        // What a call may answer: values by reference count towards it as if they were sent.
        let budget = store.hostcall_fuel();
        let answer = self.reduce()?.call_extract(store, lowered_batch(batch, &columns))?;
        Ok(lifted(answer, |answer| contributed::extracted(answer, batch, description, budget)))
    }

    fn relay(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
        description: &core::Description,
    ) -> Answer<Relayed> {
        let columns = lowered_columns(batch);
        let relay = self.relay.as_ref().ok_or_else(|| wasmtime::format_err!("the module has no relay"))?;
        let answer = relay.call_messages(store, lowered_batch(batch, &columns))?;
        Ok(lifted(answer, |answer| relayed(answer, batch.rows(), description.relay_topics.len())))
    }

    fn project(&self, store: &mut Store<StoreData>, rows: &ResultRows) -> Answer<Projected> {
        let results: Vec<_> = rows.results.iter().map(lowered).collect();
        let keys: Vec<_> = rows.keys.iter().map(lowered).collect();
        let referred: Vec<_> = rows.referred.iter().map(ReferredColumns::of).collect();
        let referred: Vec<_> = referred.iter().map(ReferredColumns::lowered).collect();
        let wit_rows = wit::Rows {
            // A host of this contract serves a reducer's first projection.
            projection: 0,
            count: index(rows.rows()),
            keys: &keys,
            window_starts: &rows.window_starts,
            window_ends: &rows.window_ends,
            window_open: None,
            results: &results,
            referred: &referred,
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

fn lifted<T, U, E: Into<Objection>>(
    answer: std::result::Result<T, String>,
    lift: impl FnOnce(T) -> std::result::Result<U, E>,
) -> std::result::Result<U, Objection> {
    lift(answer.map_err(Objection::Refused)?).map_err(E::into)
}

/// Checks and moves the answer of `relay` for a batch of `rows` rows. The module declares `topics` relay topics.
fn relayed(
    answer: exports::relay::Relayed,
    rows: usize,
    topics: usize,
) -> std::result::Result<Relayed, String> {
    let exports::relay::Relayed {
        source_rows,
        topics: messages_topics,
        keys,
        values,
        headers,
        rejected: refused,
    } = answer;
    lift::messages(&source_rows, &messages_topics, rows, topics)?;
    if let Some(header) = headers.first() {
        let name = lift::shortened(&header.name);
        return Err(format!("messages have the header `{name}`, and this host cannot send headers yet"));
    }
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
