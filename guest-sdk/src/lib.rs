//! Foldline's SDK: everything that you need to write a reducer, on one page.
//!
//! A reducer reads events from topics, folds them into the rows of a table, and shows each row as a document. This one
//! counts the distinct users who like each post:
//!
//! ```
//! use foldline_sdk::prelude::*;
//!
//! #[derive(Event)]
//! #[event(topic = "likes", time = timestamp, unit = "ms")]
//! struct Like<'a> { user_id: &'a str, post_id: &'a str, timestamp: i64 }
//!
//! #[derive(Table)]
//! struct Likes { #[key] post_id: Text, users: Distinct }
//!
//! #[derive(Document)]
//! struct LikeCount { post_id: String, #[sortable] count: u64 }
//!
//! #[reducer]
//! impl Reducer for LikeCounter {
//!     type Event<'a> = Like<'a>;
//!     type Table = Likes;
//!     type Document = LikeCount;
//!
//!     fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
//!         out.add(Likes::key(like.post_id).users(like.user_id))
//!     }
//!
//!     fn project(row: Row<'_, Likes>, out: &mut Projected<LikeCount>) -> Result<()> {
//!         out.document(LikeCount { post_id: row.post_id.into(), count: row.users })
//!     }
//! }
//! ```
//!
//! To count over the last 24 hours, updated every two minutes, change a few lines: how far events may be out of order,
//! the window, and the fields of the document.
//!
//! ```
//! use foldline_sdk::prelude::*;
//!
//! #[derive(Event)]
//! #[event(topic = "likes", time = timestamp, unit = "ms", bound = "1m")]
//! struct Like<'a> { user_id: &'a str, post_id: &'a str, timestamp: i64 }
//!
//! #[derive(Table)]
//! #[table(window = "24h / 2m")]
//! struct Likes { #[key] post_id: Text, users: Distinct }
//!
//! #[derive(Document)]
//! struct Trend { post_id: String, #[sortable] count: u64, window_end: Time }
//!
//! # #[reducer]
//! # impl Reducer for Trending {
//! #     type Event<'a> = Like<'a>;
//! #     type Table = Likes;
//! #     type Document = Trend;
//! #     fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
//! #         out.add(Likes::key(like.post_id).users(like.user_id))
//! #     }
//! fn project(row: Row<'_, Likes>, out: &mut Projected<Trend>) -> Result<()> {
//!     out.document(Trend { post_id: row.post_id.into(), count: row.users, window_end: row.window_end })
//! }
//! # }
//! ```
//!
//! - [`Event`]: what is read. Fields, paths, optional fields, event time, several topics; [`Choice`], [`Json`], decimals.
//! - [`Table`]: what is kept. Keys, windows, and columns, which [`Contributions`] fill: [`Count`], [`Sum`], [`Min`],
//!   [`Max`], [`First`], [`Last`], [`Distinct`], [`TopK`], [`Quantiles`]. A reducer may have several: [`Tables`]. Rows may show
//!   rows of other tables: [references](Table#references).
//! - [`Document`]: what is served, through [`Projected`]. Rows can also be members of ranked sets: [`Projected::member`];
//!   [`rank`] makes scores of votes and time.
//! - [`Reducer`]: the two functions between them; [`#[reducer]`](macro@reducer) turns them into a module.
//! - [`Parameters`]: values that operators set, such as limits; [`parameters`] returns them.
//! - [`Relay`]: messages for other systems, each sent exactly once; [`#[relay]`](macro@relay) turns a relay into a module.
//! - [`Error`]: rejects one event or row, with any text or error as the reason; nothing else stops.
//! - [`log`]: writes a line to the host's log.
//! - `testing` (a feature, for `[dev-dependencies]`): feed events and read documents in unit tests.
//!
//! `foldline new`, `foldline test` and `foldline build` do the rest: reducers compile to `wasm32-unknown-unknown` as a
//! `cdylib`, which `foldline build` turns into a component. Reducers have no clock, no randomness, no files and no network.

mod event;
mod json;
mod choice;
mod table;
mod key;
mod windows;
mod reference;
mod aggregate;
mod top_k;
mod quantiles;
mod bitmap;
mod value;
mod contributed;
mod contributions;
mod document;
mod membership;
pub mod rank;
mod span;
mod parameters;
mod reducer;
mod relay;
mod error;
pub mod log;
mod guest;
mod column;
mod text;
mod abi;
/// The contract as Rust types and exports, generated from `wit/` by `cargo xtask bindings`.
///
/// They belong to the world with everything that a module may export. Each module exports its own parts of it (`__export!`), and
/// `foldline build` names the world that these parts make.
#[doc(hidden)]
#[rustfmt::skip]
pub mod bindings;
#[cfg(feature = "testing")]
pub mod testing;

pub use crate::aggregate::{Aggregate, Count, Distinct, First, Last, Max, Min, Sum};
pub use crate::choice::Choice;
pub use crate::contributions::Contributions;
pub use crate::document::{Document, DocumentField, Projected};
pub use crate::error::{Error, Result};
pub use crate::event::{Event, Field};
pub use crate::json::{Json, JsonText};
pub use crate::membership::Score;
pub use crate::parameters::{Parameters, parameters};
pub use crate::quantiles::{Number, Quantiles};
pub use crate::reducer::Reducer;
pub use crate::relay::{Messages, Relay};
pub use crate::span::{BadSpan, Span};
pub use crate::table::{Contribution, Row, Table, Tables};
pub use crate::top_k::{Ranked, TopK};
pub use crate::value::{Blob, Boolean, Float, Int, Text, Time, Value};
pub use foldline_sdk_macros::{Choice, Document, Event, Parameters, Table, Tables, reducer, relay};

/// Everything that a reducer needs: `use foldline_sdk::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Blob, Boolean, Choice, Contributions, Count, Distinct, Document, Error, Event, First, Float, Int,
        Json, JsonText, Last, Max, Messages, Min, Parameters, Projected, Quantiles, Ranked, Reducer, Relay,
        Result, Row, Span, Sum, Table, Tables, Text, Time, TopK, parameters, rank, reducer, relay,
    };
}

/// What the macros expand to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::aggregate::{ResultReader, describe_aggregate, open_results, show_result};
    pub use crate::bindings::exports::foldline::reducer as exports;
    pub use crate::bindings::foldline::reducer::types as contract;
    pub use crate::choice::chosen;
    pub use crate::column::{ColumnReader, Nulls};
    pub use crate::contributed::{ContributedColumn, ContributionColumns, Source};
    pub use crate::document::{describe_output, write_field};
    pub use crate::event::{FieldReader, at_path, describe_field, encode_field, open_field, selected};
    pub use crate::guest::{
        describe, describe_relay, describe_with_relay, extract, project, relay, report_panics,
    };
    pub use crate::key::{InDocument, Key};
    pub use crate::parameters::{Configurable, Named, ParameterValue, configure, declare};
    pub use crate::quantiles::{QuantileSet, QuantilesOf};
    pub use crate::reducer::Module;
    pub use crate::reference::{
        HasColumn, HasReference, KeyOf, ReferencesIn, ReferredByAll, ReferredByKey, ReferredReader,
        column_of, describe_reference, leads_anyhow, leads_by_key, leads_by_whole_key, reference_of,
        required,
    };
    pub use crate::relay::RelayModule;
    pub use crate::table::{Collector, Holds};
    pub use crate::windows::{EveryWindow, LatestWindow, NoWindows};
    pub use serde_core as serde;
}
