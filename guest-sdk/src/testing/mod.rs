//! Unit tests for reducers: feed events and read documents, without wasm and without a host.
//!
//! ```
//! # use foldline_sdk::prelude::*;
//! # #[derive(Event)] #[event(topic = "likes")] struct Like<'a> { user_id: &'a str, post_id: &'a str }
//! # #[derive(Table)] struct Likes { #[key] post_id: Text, users: Distinct }
//! # #[derive(Document)] struct LikeCount { post_id: String, count: u64 }
//! # #[reducer] impl Reducer for LikeCounter {
//! #     type Event<'a> = Like<'a>; type Table = Likes; type Document = LikeCount;
//! #     fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
//! #         out.add(Likes::key(like.post_id).users(like.user_id))
//! #     }
//! #     fn project(row: Row<'_, Likes>, out: &mut Projected<LikeCount>) -> Result<()> {
//! #         out.document(LikeCount { post_id: row.post_id.into(), count: row.users })
//! #     }
//! # }
//! use foldline_sdk::testing::{Harness, json};
//!
//! let mut likes = Harness::<LikeCounter>::new();
//! likes.event(Like { user_id: "u1", post_id: "p1" });
//! likes.json("likes", r#"{"user_id": "u2", "post_id": "p1"}"#);
//! likes.json("likes", r#"{"user_id": "u3"}"#);
//! assert_eq!(likes.document("p1"), Some(json!({"post_id": "p1", "count": 2})));
//! assert_eq!(likes.rejected()[0].reason, "missing field `post_id`");
//! ```
//!
//! Windows advance as in the host, by event time alone: an event may close windows, and is dropped if it is late for those
//! of its topic. Events that are declared `untimed` do neither. [`Harness::watermark`] advances time without events.
//!
//! ```
//! # use foldline_sdk::prelude::*;
//! # #[derive(Event)] #[event(topic = "likes", time = at)] struct Like<'a> { post_id: &'a str, at: i64 }
//! # #[derive(Document)] struct LikeCount { count: u64, window_end: Time }
//! #[derive(Table)]
//! #[table(window = "1m")]
//! struct Likes { #[key] post_id: Text, likes: Count }
//! # #[reducer] impl Reducer for LikeCounter {
//! #     type Event<'a> = Like<'a>; type Table = Likes; type Document = LikeCount;
//! #     fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
//! #         out.add(Likes::key(like.post_id).likes(1))
//! #     }
//! #     fn project(row: Row<'_, Likes>, out: &mut Projected<LikeCount>) -> Result<()> {
//! #         out.document(LikeCount { count: row.likes, window_end: row.window_end })
//! #     }
//! # }
//! # use foldline_sdk::testing::{Harness, json};
//!
//! let mut likes = Harness::<LikeCounter>::new();
//! likes.event(Like { post_id: "p1", at: 1_000 }).event(Like { post_id: "p1", at: 59_000 });
//! assert_eq!(likes.document("p1"), None, "the window is open");
//! likes.watermark("1970-01-01T00:01:00Z");
//! assert_eq!(likes.document("p1"), Some(json!({"count": 2, "window_end": 60_000})));
//! likes.event(Like { post_id: "p1", at: 2_000 });
//! assert_eq!(likes.late(), 1);
//! ```
//!
//! Documents show the rows that they [refer to](crate::Table#references), from the same tables, as they are when a test asks.
//! Topics that are `untimed` hold back no windows.
//!
//! Events take the same path as in the host: through columns into `extract`, through Foldline's own tables, and through
//! columns into `project`. What this leaves out (wasm itself, batches, restarts) is covered by the fixtures of
//! `foldline test`.

mod decode;
mod convert;
mod time;
mod tables;
mod references;
mod relay;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use decode::Taker;
use foldline_core::contribution::{self, Rejected};
use foldline_core::description::{TableSpec, Window};
use foldline_core::memberships::Memberships;
use foldline_core::reference::References;
use foldline_core::table::{HashSeed, NoColdRows, Origin, Selected, Table, hash_keys};
use foldline_core::watermark::{EventTimes, Watermarks};
pub use relay::{Message, RelayHarness};
pub use serde_json::{Value, json};
use tables::HarnessTable;
pub use time::EventTime;

use crate::bindings::foldline::reducer::types::{Batch, Column, Description, FieldType, Input, Values};
use crate::event::Event;
use crate::guest;
use crate::parameters::{Configurable, Parameters as _, within};
use crate::reducer::Module;

/// A reducer with its state, fed event by event.
pub struct Harness<R: Configurable> {
    parameters: Rc<R::Parameters>,
    description: Description,
    tables: Vec<HarnessTable>,
    references: References,
    watermarks: Watermarks,
    /// The next offset of each topic.
    next_offsets: BTreeMap<String, u64>,
    late: usize,
    passed_over: usize,
    /// Events and records fed, including rejected ones.
    fed: usize,
    rejected: Vec<Rejection>,
}

/// An event or record that became a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its topic.
    pub topic: String,
    /// The number of events and records fed before it.
    pub index: usize,
    /// Why.
    pub reason: String,
}

impl<R: Module> Harness<R> {
    /// Returns a harness for a reducer without state. Its parameters have their fallbacks.
    ///
    /// # Panics
    /// Panics when the table needs something that the harness does not support yet, and when the reducer refuses its own
    /// fallbacks.
    pub fn new() -> Self {
        Self::with(R::Parameters::default())
    }

    /// Returns a harness for a reducer without state and with these values of its parameters, such as
    /// `Limits { orders: 3, ..Limits::default() }`.
    ///
    /// # Panics
    /// As [`Harness::new`], and when the reducer refuses the values.
    pub fn with(parameters: R::Parameters) -> Self {
        parameters.check().unwrap_or_else(|error| panic!("these parameters are refused: {error}"));
        let parameters = Rc::new(parameters);
        let description = within(&parameters, guest::describe::<R>);
        let tables = description.tables.iter().map(|table| HarnessTable::new(&convert::table(table)));
        let inputs: Vec<_> = description.inputs.iter().map(convert::times_of).collect();
        Self {
            next_offsets: BTreeMap::new(),
            tables: tables.collect(),
            references: references::plan(&description),
            watermarks: Watermarks::new(&inputs),
            late: 0,
            passed_over: 0,
            description,
            fed: 0,
            rejected: Vec::new(),
            parameters,
        }
    }

    /// Feeds an event.
    ///
    /// Its time is that of its time field. Without such a field, events are one millisecond apart, starting in 1970.
    pub fn event(&mut self, event: R::Event<'_>) -> &mut Self {
        let (input, columns) = event.encode();
        self.feed(input, columns);
        self
    }

    /// Feeds the value of a record, as JSON. What does not decode is rejected, as the host would.
    ///
    /// # Panics
    /// Panics when the reducer does not read the topic, or declares a blob in it: feed those by [`Harness::event`].
    pub fn json(&mut self, topic: &str, value: &str) -> &mut Self {
        self.record(topic, None, value)
    }

    /// Feeds a record with a key, as [`Harness::json`] does.
    ///
    /// # Panics
    /// As [`Harness::json`].
    pub fn json_with_key(&mut self, topic: &str, key: &str, value: &str) -> &mut Self {
        self.record(topic, Some(key), value)
    }

    /// Advances event time: every partition of every topic has passed this time.
    ///
    /// Windows that end at or before this time close, unless their table allows for late events. Earlier events are late
    /// from now on; time never goes back.
    ///
    /// # Panics
    /// Panics when a text is not a time.
    pub fn watermark(&mut self, time: impl EventTime) -> &mut Self {
        let time_ms = time.ms();
        for input in &self.description.inputs {
            let seen_ms = time_ms.saturating_add_unsigned(input.out_of_orderness_ms);
            self.watermarks.observe(&input.topic, 0, seen_ms);
        }
        self.advance();
        self
    }

    /// Returns how many events were dropped because they were late for their window.
    pub fn late(&self) -> usize {
        self.late
    }

    /// Returns how many records were passed over because no input selects them.
    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// Returns a row's document by its id: the row's key as text; where every window is kept, `KEY@START`, with the
    /// window's start in milliseconds.
    ///
    /// # Panics
    /// Panics when `project` fails for the row.
    pub fn document(&self, id: &str) -> Option<Value> {
        self.slots().find(|(_, slot_id)| slot_id == id).and_then(|(slot, id)| self.project(slot, &id).0)
    }

    /// Returns all documents by id.
    ///
    /// # Panics
    /// Panics when `project` fails for a row.
    pub fn documents(&self) -> BTreeMap<String, Value> {
        self.slots().filter_map(|(slot, id)| Some((id.clone(), self.project(slot, &id).0?))).collect()
    }

    /// Returns the members of a set with their scores: the largest first, ties by ascending member. A set that no row names is
    /// empty.
    ///
    /// # Panics
    /// Panics when `project` fails for a row, and when a member is in the set twice, by one row or by two.
    pub fn members(&self, set: &str) -> Vec<(String, f64)> {
        let mut members = BTreeMap::new();
        for (slot, id) in self.slots() {
            let (_, memberships) = self.project(slot, &id);
            for membership in memberships.of_row(0).filter(|membership| membership.set == set) {
                let other = members.insert(membership.member.to_owned(), (membership.score, id.clone()));
                if let Some((_, other)) = other {
                    panic!("`{other}` and `{id}` are both in set `{set}` as `{}`", membership.member);
                }
            }
        }
        let mut members: Vec<_> = members.into_iter().map(|(member, (score, _))| (member, score)).collect();
        members.sort_by(|one, other| other.1.total_cmp(&one.1));
        members
    }

    /// Returns the dead letters, in the order in which they were fed.
    pub fn rejected(&self) -> &[Rejection] {
        &self.rejected
    }

    fn record(&mut self, topic: &str, key: Option<&str>, value: &str) -> &mut Self {
        let offset = self.next_offsets.get(topic).copied().unwrap_or(0);
        let columns = match decode::taker(&self.description.inputs, topic, key, value) {
            None => panic!("`{}` does not read topic `{topic}`", self.description.name),
            Some(Ok(Taker::Nobody)) => {
                self.take_offset(topic);
                self.passed_over += 1;
                return self;
            }
            Some(Ok(Taker::Input(input))) => {
                let columns = decode::columns(&self.description.inputs[input], offset, key, value);
                columns.map(|columns| (input, columns))
            }
            Some(Err(reason)) => Err(reason),
        };
        match columns {
            Ok((input, columns)) => self.feed(input, columns),
            Err(reason) => {
                self.take_offset(topic);
                self.reject(topic, reason);
            }
        }
        self
    }

    /// Returns the offset of the topic's next record.
    fn take_offset(&mut self, topic: &str) -> u64 {
        let next_offset = self.next_offsets.entry(topic.to_owned()).or_default();
        *next_offset += 1;
        *next_offset - 1
    }

    /// Takes one event through `extract` into the table.
    fn feed(&mut self, input: usize, mut columns: Vec<Column>) {
        let declared = self.description.inputs[input].clone();
        for (column, field) in columns.iter_mut().zip(&declared.fields) {
            declare_times(column, &field.ty);
        }
        let time_ms = match declared.event_time.map(|at| &columns[at as usize].values) {
            Some(Values::Times(times)) => times[0],
            _ => i64::try_from(self.fed).expect("a test feeds fewer events than that") + 1,
        };
        let offset = self.take_offset(&declared.topic);
        let batch = Batch { input: input as u32, rows: 1, times: vec![time_ms], lists: Vec::new(), columns };
        let batch = Rc::new(batch);
        let extracted = within(&self.parameters, || guest::extract::<R>(Rc::clone(&batch)));
        let extracted = extracted.unwrap_or_else(|error| panic!("{error}"));
        let mut rejected: Vec<Rejected> = extracted.rejected.into_iter().map(convert::rejected).collect();
        let mut all = Vec::new();
        for contributions in extracted.contributions {
            let spec = self.tables[contributions.table as usize].table.spec();
            let contributions = convert::contributions(contributions, &batch, spec);
            let refused = contributions.check(spec, 1);
            rejected.extend(refused.unwrap_or_else(|error| panic!("{error}")));
            if declared.untimed && spec.window != Window::Unbounded && contributions.rows() > 0 {
                let reason = contribution::untimed_in_windows(&spec.name, &declared.topic);
                rejected.push(Rejected { row: 0, reason });
            }
            all.push(contributions);
        }
        // Of a record that one table refuses, no table takes anything.
        match rejected.into_iter().next() {
            Some(rejected) => self.reject(&declared.topic, rejected.reason),
            None => {
                self.late += usize::from(self.apply(&all, input, offset, time_ms));
                self.fed += 1;
            }
        }
        // This includes events that the reducer rejected: their time is valid.
        if !declared.untimed {
            self.watermarks.observe(&declared.topic, 0, time_ms);
            self.advance();
        }
    }

    /// Applies what an event contributes; returns whether the event is late for a table.
    fn apply(
        &mut self,
        all: &[contribution::Contributions],
        input: usize,
        offset: u64,
        time_ms: i64,
    ) -> bool {
        let late: Vec<_> =
            self.tables.iter().map(|table| self.judge(table.table.spec(), input, offset, time_ms)).collect();
        let topic = self.topic_rank(input);
        for contributions in all {
            let late_offsets = &late[contributions.table];
            let origin =
                Origin { topic, partition: 0, offsets: &[offset], times_ms: &[time_ms], late_offsets };
            let mut hashes = Vec::new();
            hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
            let table = &mut self.tables[contributions.table].table;
            let applied = table.apply(contributions, &origin, Selected::all(&hashes), &mut NoColdRows);
            applied.unwrap_or_else(|error| panic!("{error}"));
        }
        late.iter().any(|late| !late.is_empty())
    }

    /// Returns the event's offset if the event is late, judged by the earlier events of its own partition.
    fn judge(&self, spec: &TableSpec, input: usize, offset: u64, time_ms: i64) -> Vec<u64> {
        if spec.window == Window::Unbounded || self.description.inputs[input].untimed {
            return Vec::new();
        }
        let Input { topic, out_of_orderness_ms, .. } = &self.description.inputs[input];
        let mut event_times = EventTimes::default();
        event_times.add(&[offset], &[time_ms]);
        let slack_ms = out_of_orderness_ms.saturating_add(spec.allowed_lateness_ms);
        event_times.late(self.watermarks.largest_ms(topic, 0), slack_ms)
    }

    /// Closes the windows that all partitions have passed.
    fn advance(&mut self) {
        let Some(watermark_ms) = self.watermarks.all_ms() else { return };
        self.tables.iter_mut().for_each(|table| table.advance(watermark_ms));
    }

    /// Returns the table whose rows become documents.
    fn shown(&self) -> &Table {
        let HarnessTable { table, closed } = &self.tables[0];
        closed.as_ref().unwrap_or(table)
    }

    /// Returns the rank of an input's topic among all topics by name, which breaks ties of time.
    fn topic_rank(&self, input: usize) -> u16 {
        let inputs = &self.description.inputs;
        let before = inputs.iter().map(|other| &other.topic).filter(|topic| **topic < inputs[input].topic);
        before.collect::<BTreeSet<_>>().len() as u16
    }

    fn reject(&mut self, topic: &str, reason: String) {
        self.rejected.push(Rejection { topic: topic.to_owned(), index: self.fed, reason });
        self.fed += 1;
    }

    /// Returns the rows that have something to show, with their documents' ids.
    fn slots(&self) -> impl Iterator<Item = (u32, String)> {
        let table = self.shown();
        let shown = (0..table.len() as u32).filter(|&slot| table.has_document(slot));
        shown.map(|slot| (slot, table.document_id(slot).into_owned()))
    }

    fn project(&self, slot: u32, id: &str) -> (Option<Value>, Memberships) {
        let fail = |error: String| -> ! { panic!("`project` fails for `{id}`: {error}") };
        let mut rows = self.shown().results(0, &[slot]);
        references::gather(&self.references, &self.tables, &mut rows);
        let rows = convert::rows(rows);
        let projected = within(&self.parameters, || guest::project::<R>(&rows));
        let projected = projected.unwrap_or_else(|error| fail(error));
        let (documents, memberships) = convert::projected(projected, 1);
        let document = match documents.get(0) {
            Some(foldline_core::column::ValueRef::Text(text)) => {
                Some(serde_json::from_str(text).expect("the SDK writes documents as JSON"))
            }
            _ => None,
        };
        (document, memberships.unwrap_or_else(|error| fail(error)))
    }
}

impl<R: Module> Default for Harness<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Converts an `i64` that is declared as a time into a column of times, as the host would send it.
fn declare_times(column: &mut Column, declared: &FieldType) {
    if let (FieldType::Time(_), Values::Ints(values)) = (declared, &mut column.values) {
        column.values = Values::Times(std::mem::take(values));
    }
}
