//! What a module declares about itself: the answer of `describe`, in the host's own types.
//!
//! Mirrors `wit/reducer-0.1.0/reducer.wit` one to one, so that the rest of the host knows no generated types and an
//! older ABI can be lifted into the newest description.

use serde::{Deserialize, Serialize};

pub use crate::aggregate::AggregateKind;
pub use crate::aggregate::quantiles::requested::QuantileSpec;
pub use crate::column::{TimeUnit, ValueType};

/// Where a field's bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldSource {
    /// A path into the record's value.
    Value,
    /// The record's key, as a whole.
    Key,
}

/// One declared field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name that messages use.
    pub name: String,
    /// Where the bytes come from.
    pub source: FieldSource,
    /// The path into the value; empty when the source is the key.
    pub path: Vec<String>,
    /// Other names of the path's last segment, tried in order when it is absent.
    pub aliases: Vec<String>,
    /// The declared type.
    pub ty: ValueType,
    /// Whether a record without it is a dead letter.
    pub required: bool,
}

/// A topic that the reducer reads, with the fields it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The logical topic.
    pub topic: String,
    /// The declared fields, in column order.
    pub fields: Vec<Field>,
    /// Index into `fields` of the event time; `None` means the record's own time.
    pub event_time: Option<usize>,
    /// How far events may be out of order, in milliseconds.
    pub out_of_orderness_ms: u64,
    /// Whether only the last value per key matters (and the topic may be compacted).
    pub changelog: bool,
}

/// One aggregate column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AggregateSpec {
    /// The column's name.
    pub name: String,
    /// The column's kind.
    pub kind: AggregateKind,
    /// For a `Last` that holds keys of another table: the index of that table.
    pub refers_to: Option<usize>,
}

/// The time windows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// No windows: a row holds everything ever seen.
    Unbounded,
    /// Consecutive windows of this many milliseconds.
    Tumbling(u64),
    /// Overlapping windows.
    Sliding {
        /// Length of a window in milliseconds.
        size_ms: u64,
        /// Distance between two window starts in milliseconds.
        slide_ms: u64,
    },
    /// Windows that end after this many milliseconds without an event.
    Session(u64),
}

/// Which windows' results are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// One document per key: the newest closed window.
    Latest,
    /// One document per closed window, kept for this many milliseconds.
    Every(u64),
}

/// What is served when a window is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhenEmpty {
    /// The document is deleted.
    Delete,
    /// The document shows the results of empty aggregates.
    Zero,
}

/// Keyed state of a reducer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableSpec {
    /// The table's name.
    pub name: String,
    /// The type of the key: texts, ints, booleans or times.
    pub key: ValueType,
    /// The aggregate columns, in order.
    pub aggregates: Vec<AggregateSpec>,
    /// The windows.
    pub window: Window,
    /// Which windows' results are served.
    pub keep: Keep,
    /// What is served when a window is empty.
    pub when_empty: WhenEmpty,
    /// The allowed lateness, in milliseconds.
    pub allowed_lateness_ms: u64,
    /// Whether this is the table that is projected to documents.
    pub projected: bool,
}

/// One declared field of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputField {
    /// The field's name in the JSON body.
    pub name: String,
    /// Its type.
    pub ty: ValueType,
    /// Whether sinks index it for sorting.
    pub sortable: bool,
}

/// Everything a module says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The reducer's name, which is that of its crate.
    pub name: String,
    /// The reducer's version, which is that of its crate.
    pub version: String,
    /// The SDK that built it. Used in messages only.
    pub sdk: String,
    /// The topics it reads.
    pub inputs: Vec<Input>,
    /// Its state.
    pub tables: Vec<TableSpec>,
    /// The fields of its document.
    pub document: Vec<OutputField>,
    /// The topics its relay writes; empty without a relay.
    pub relay_topics: Vec<String>,
}

impl Description {
    /// Returns whether it folds events into tables. A module that does not is only a relay.
    pub fn reduces(&self) -> bool {
        !self.tables.is_empty()
    }

    /// Returns whether it turns events into messages for other systems.
    pub fn relays(&self) -> bool {
        !self.relay_topics.is_empty()
    }

    /// Returns whether one of its tables has windows. If not, event time only orders.
    pub fn is_windowed(&self) -> bool {
        self.tables.iter().any(|table| table.window != Window::Unbounded)
    }

    /// Returns the index of the projected table.
    pub fn projected_table(&self) -> Option<usize> {
        self.tables.iter().position(|table| table.projected)
    }
}
