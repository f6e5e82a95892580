//! What a module declares about itself: the answer of `describe`, in the host's own types.
//!
//! Mirrors `wit/reducer-0.2.0/reducer.wit`, so that the rest of the host knows no generated types and a module of an older
//! contract can be lifted into the newest description.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::aggregate::AggregateKind;
pub use crate::aggregate::quantiles::requested::QuantileSpec;
pub use crate::column::{TimeUnit, ValueType};
pub use crate::key::KeyType;

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldSource {
    /// A path of names into the record's value; in a list, into each element, where an empty path is the element itself.
    Value(Vec<String>),
    /// The record's key, as a whole.
    Key,
    /// The last header of this name.
    Header(String),
    /// The record's value as a whole, undecoded.
    Raw,
    /// The record's partition.
    Partition,
    /// The record's offset.
    Offset,
    /// The record's own time.
    Timestamp,
}

/// How a field is written in a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldType {
    /// As its column holds it; times in their unit.
    Value(ValueType),
    /// A number or a text with at most this many decimal places; a column of texts with exactly this many.
    Decimal(u8),
    /// One of these texts; a column of ints, their indexes.
    Choice(Vec<String>),
    /// Any JSON, as text, with its white space as it was.
    Json,
}

impl FieldType {
    /// Returns the type of the field's column.
    pub fn column_type(&self) -> ValueType {
        match self {
            Self::Value(ty) => *ty,
            Self::Decimal(_) | Self::Json => ValueType::Text,
            Self::Choice(_) => ValueType::Int,
        }
    }
}

impl From<ValueType> for FieldType {
    fn from(ty: ValueType) -> Self {
        Self::Value(ty)
    }
}

/// One declared field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name that messages use.
    pub name: String,
    /// Index into the input's lists; the field then has a value per element.
    pub in_list: Option<usize>,
    /// Where the value comes from.
    pub source: FieldSource,
    /// Other names of the path's last segment, tried in order when it is absent.
    pub aliases: Vec<String>,
    /// The declared type.
    pub ty: FieldType,
    /// Whether a record without it is a dead letter.
    pub required: bool,
}

impl Field {
    /// Returns a required field that is read at a path of the record's value.
    pub fn of_value(path: Vec<String>, ty: impl Into<FieldType>) -> Self {
        Self::required(path.join("."), FieldSource::Value(path), ty.into())
    }

    /// Returns a required field that is the record's key.
    pub fn of_key(name: impl Into<String>, ty: impl Into<FieldType>) -> Self {
        Self::required(name.into(), FieldSource::Key, ty.into())
    }

    fn required(name: String, source: FieldSource, ty: FieldType) -> Self {
        Self { name, in_list: None, source, aliases: Vec::new(), ty, required: true }
    }
}

/// Which records of a topic an input takes: those whose `source`, read as text, is one of `texts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// What decides.
    pub source: FieldSource,
    /// The texts of the records that are taken.
    pub texts: Vec<String>,
}

/// A topic that the reducer reads, or some of its records, with the fields it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The logical topic.
    pub topic: String,
    /// Which of its records are taken; `None` is all of them.
    pub when: Option<Selector>,
    /// Paths of the lists whose elements are read.
    pub lists: Vec<Vec<String>>,
    /// The declared fields, in column order.
    pub fields: Vec<Field>,
    /// Index into `fields` of the event time; `None` means the record's own time.
    pub event_time: Option<usize>,
    /// How far events may be out of order, in milliseconds; the same for all inputs of a topic.
    pub out_of_orderness_ms: u64,
    /// Whether only the last value per key matters (and the topic may be compacted).
    pub changelog: bool,
    /// Whether its records neither move nor hold the event time of windows.
    pub untimed: bool,
}

/// One aggregate column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AggregateSpec {
    /// The column's name.
    pub name: String,
    /// The column's kind.
    pub kind: AggregateKind,
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

/// When a window's result is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Emit {
    /// Once every partition has passed its end.
    #[default]
    WhenClosed,
    /// While it is open too, changing as events come.
    Early,
}

/// Keyed state of a reducer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableSpec {
    /// The table's name.
    pub name: String,
    /// The types of the key's parts: texts, ints, booleans or times.
    pub key: KeyType,
    /// The aggregate columns, in order.
    pub aggregates: Vec<AggregateSpec>,
    /// The windows.
    pub window: Window,
    /// Which windows' results are served.
    pub keep: Keep,
    /// What is served when a window is empty.
    pub when_empty: WhenEmpty,
    /// When results are shown.
    pub emit: Emit,
    /// The allowed lateness, in milliseconds.
    pub allowed_lateness_ms: u64,
    /// How long a row is kept after its last event, in milliseconds; `None` is for ever.
    pub retain_ms: Option<u64>,
    /// Whether contributions may end rows.
    pub ends: bool,
}

impl TableSpec {
    /// Returns a table without windows whose rows stay for ever.
    pub fn new(name: impl Into<String>, key: impl Into<KeyType>, aggregates: Vec<AggregateSpec>) -> Self {
        Self {
            name: name.into(),
            key: key.into(),
            aggregates,
            window: Window::Unbounded,
            keep: Keep::Latest,
            when_empty: WhenEmpty::Delete,
            emit: Emit::WhenClosed,
            allowed_lateness_ms: 0,
            retain_ms: None,
            ends: false,
        }
    }
}

impl AggregateSpec {
    /// Returns a column of a kind.
    pub fn new(name: impl Into<String>, kind: AggregateKind) -> Self {
        Self { name: name.into(), kind }
    }
}

/// Where a part of a referred row's key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPart {
    /// This part of the holder's key.
    Key(usize),
    /// The result of this aggregate of the holder.
    Aggregate(usize),
}

/// A row that is shown together with another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Whose reference it is: that of an earlier reference of the projection, or the projected row's.
    pub holder: Option<usize>,
    /// A part for each part of the key of `table`. If one is null, or an empty text, the reference leads to nothing.
    pub via: Vec<KeyPart>,
    /// Index into the description's tables.
    pub table: usize,
    /// The aggregates of `table` that are shown.
    pub columns: Vec<usize>,
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

/// A table whose rows become documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Its name, by which readers ask for its documents; the first is the reducer's main one.
    pub name: String,
    /// Index into the description's tables.
    pub table: usize,
    /// The rows that are shown with each row; one comes after those that it hangs on.
    pub references: Vec<Reference>,
    /// The declared fields of its documents.
    pub document: Vec<OutputField>,
}

/// A single value: a parameter's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Int(i64),
    /// A finite float.
    Float(f64),
    /// A text.
    Text(String),
    /// A time in milliseconds since the Unix epoch.
    Time(i64),
}

/// A value that operators may set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name in the configuration.
    pub name: String,
    /// What it decides.
    pub explanation: String,
    /// Its type, and its value where nobody sets it.
    pub fallback: Scalar,
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
    /// What it shows; empty for a module that only relays.
    pub projections: Vec<Projection>,
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

    /// Returns the topics that it reads, each once, in the order of its inputs.
    pub fn topics(&self) -> Vec<String> {
        let mut topics: Vec<String> = Vec::new();
        for Input { topic, .. } in &self.inputs {
            if !topics.contains(topic) {
                topics.push(topic.clone());
            }
        }
        topics
    }

    /// Returns its inputs by topic, with their indexes.
    pub fn inputs_by_topic(&self) -> BTreeMap<String, Vec<(usize, Input)>> {
        let mut by_topic: BTreeMap<String, Vec<(usize, Input)>> = BTreeMap::new();
        for (index, input) in self.inputs.iter().enumerate() {
            by_topic.entry(input.topic.clone()).or_default().push((index, input.clone()));
        }
        by_topic
    }

    /// Returns whether one of its tables has windows. If not, event time only orders.
    pub fn is_windowed(&self) -> bool {
        self.tables.iter().any(|table| table.window != Window::Unbounded)
    }

    /// Returns the projection whose documents readers get; `None` for a module that only relays.
    pub fn projection(&self) -> Option<&Projection> {
        self.projections.first()
    }

    /// Returns the index of the projected table.
    pub fn projected_table(&self) -> Option<usize> {
        self.projection().map(|projection| projection.table)
    }

    /// Returns the declared fields of the documents that readers get.
    pub fn document(&self) -> &[OutputField] {
        self.projection().map_or(&[], |projection| &projection.document)
    }
}
