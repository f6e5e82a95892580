// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::__link_custom_section_describing_imports;
use super::super::super::_rt;
/// n values in n + 1 offsets: value i is data[offsets[i]..offsets[i + 1]]. The first offset is 0, none is smaller than
/// the one before it, the last is the length of data.
#[derive(Clone, PartialEq)]
pub struct BytesColumn {
    pub offsets: _rt::Vec<u32>,
    pub data: _rt::Vec<u8>,
}
impl ::core::fmt::Debug for BytesColumn {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("BytesColumn")
            .field("offsets", &self.offsets)
            .field("data", &self.data)
            .finish()
    }
}
/// One value per row. At a null stands a zero, a false, or an empty value.
#[derive(Clone, PartialEq)]
pub enum Values {
    /// A bitmap: 1 = true.
    Booleans(_rt::Vec<u8>),
    Ints(_rt::Vec<i64>),
    Floats(_rt::Vec<f64>),
    Times(_rt::Vec<i64>),
    /// Every single value is valid UTF-8, not only all of them together.
    Texts(BytesColumn),
    Blobs(BytesColumn),
}
impl ::core::fmt::Debug for Values {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Values::Booleans(e) => f.debug_tuple("Values::Booleans").field(e).finish(),
            Values::Ints(e) => f.debug_tuple("Values::Ints").field(e).finish(),
            Values::Floats(e) => f.debug_tuple("Values::Floats").field(e).finish(),
            Values::Times(e) => f.debug_tuple("Values::Times").field(e).finish(),
            Values::Texts(e) => f.debug_tuple("Values::Texts").field(e).finish(),
            Values::Blobs(e) => f.debug_tuple("Values::Blobs").field(e).finish(),
        }
    }
}
/// validity: a bitmap, 1 = present; none = no value is null.
#[derive(Clone, PartialEq)]
pub struct Column {
    pub values: Values,
    pub validity: Option<_rt::Vec<u8>>,
}
impl ::core::fmt::Debug for Column {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Column")
            .field("values", &self.values)
            .field("validity", &self.validity)
            .finish()
    }
}
/// What a column holds: keys, contributions, results, fields of documents.
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum ValueType {
    Boolean,
    Int,
    Float,
    Text,
    Blob,
    Time,
}
impl ::core::fmt::Debug for ValueType {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            ValueType::Boolean => f.debug_tuple("ValueType::Boolean").finish(),
            ValueType::Int => f.debug_tuple("ValueType::Int").finish(),
            ValueType::Float => f.debug_tuple("ValueType::Float").finish(),
            ValueType::Text => f.debug_tuple("ValueType::Text").finish(),
            ValueType::Blob => f.debug_tuple("ValueType::Blob").finish(),
            ValueType::Time => f.debug_tuple("ValueType::Time").finish(),
        }
    }
}
impl ValueType {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> ValueType {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => ValueType::Boolean,
            1 => ValueType::Int,
            2 => ValueType::Float,
            3 => ValueType::Text,
            4 => ValueType::Blob,
            5 => ValueType::Time,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
/// A single value: a parameter's, or one that is the same in all rows. Floats are finite. A parameter is never a time.
#[derive(Clone, PartialEq)]
pub enum Scalar {
    Boolean(bool),
    Int(i64),
    Float(f64),
    Text(_rt::String),
    Time(i64),
}
impl ::core::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Scalar::Boolean(e) => f.debug_tuple("Scalar::Boolean").field(e).finish(),
            Scalar::Int(e) => f.debug_tuple("Scalar::Int").field(e).finish(),
            Scalar::Float(e) => f.debug_tuple("Scalar::Float").field(e).finish(),
            Scalar::Text(e) => f.debug_tuple("Scalar::Text").field(e).finish(),
            Scalar::Time(e) => f.debug_tuple("Scalar::Time").field(e).finish(),
        }
    }
}
/// Something that this contract has no field for. value: JSON. A module sets only what differs from the default. A
/// host refuses a name that it does not know, except for `note.*`, which it only shows.
#[derive(Clone, PartialEq)]
pub struct Setting {
    pub name: _rt::String,
    pub value: _rt::String,
}
impl ::core::fmt::Debug for Setting {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Setting")
            .field("name", &self.name)
            .field("value", &self.value)
            .finish()
    }
}
/// A kind that this contract has no case for, by name.
#[derive(Clone, PartialEq)]
pub struct Extension {
    pub name: _rt::String,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Extension {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Extension")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish()
    }
}
/// The unit of a time in a record: whole numbers of it, or text such as 2026-01-01T00:00:00Z. Rounded down.
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum TimeUnit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    Rfc3339,
}
impl ::core::fmt::Debug for TimeUnit {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            TimeUnit::Seconds => f.debug_tuple("TimeUnit::Seconds").finish(),
            TimeUnit::Milliseconds => f.debug_tuple("TimeUnit::Milliseconds").finish(),
            TimeUnit::Microseconds => f.debug_tuple("TimeUnit::Microseconds").finish(),
            TimeUnit::Nanoseconds => f.debug_tuple("TimeUnit::Nanoseconds").finish(),
            TimeUnit::Rfc3339 => f.debug_tuple("TimeUnit::Rfc3339").finish(),
        }
    }
}
impl TimeUnit {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> TimeUnit {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => TimeUnit::Seconds,
            1 => TimeUnit::Milliseconds,
            2 => TimeUnit::Microseconds,
            3 => TimeUnit::Nanoseconds,
            4 => TimeUnit::Rfc3339,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
/// How a field is written in a record; its column has the type of the same name where nothing else is said.
#[derive(Clone, PartialEq)]
pub enum FieldType {
    Boolean,
    Int,
    Float,
    Text,
    Blob,
    Time(TimeUnit),
    /// A number, or a text such as "-1.50", with at most this many places; a column of texts with exactly this many.
    Decimal(u8),
    /// One of these texts; a column of ints, their indexes. Any other text makes the record a dead letter, or the value
    /// null where the field is not required.
    Choice(_rt::Vec<_rt::String>),
    /// Whatever stands there, as JSON text, with its white space as it was; a column of texts.
    Json,
    /// As documented for its name, and so is the column.
    Other(Extension),
}
impl ::core::fmt::Debug for FieldType {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            FieldType::Boolean => f.debug_tuple("FieldType::Boolean").finish(),
            FieldType::Int => f.debug_tuple("FieldType::Int").finish(),
            FieldType::Float => f.debug_tuple("FieldType::Float").finish(),
            FieldType::Text => f.debug_tuple("FieldType::Text").finish(),
            FieldType::Blob => f.debug_tuple("FieldType::Blob").finish(),
            FieldType::Time(e) => f.debug_tuple("FieldType::Time").field(e).finish(),
            FieldType::Decimal(e) => {
                f.debug_tuple("FieldType::Decimal").field(e).finish()
            }
            FieldType::Choice(e) => f.debug_tuple("FieldType::Choice").field(e).finish(),
            FieldType::Json => f.debug_tuple("FieldType::Json").finish(),
            FieldType::Other(e) => f.debug_tuple("FieldType::Other").field(e).finish(),
        }
    }
}
#[derive(Clone, PartialEq)]
pub enum FieldSource {
    /// A path of names into the record's value; inside a list, into each element (empty: the element itself).
    Value(_rt::Vec<_rt::String>),
    /// The record's key, as a whole.
    Key,
    /// The last header of this name, null if there is none. Attributes of CloudEvents are headers `ce_NAME`, in both of
    /// their modes.
    Header(_rt::String),
    /// The value as a whole, undecoded: a blob. Next to it an input may read only key, headers and place.
    Raw,
    /// Where the record stands in its topic: ints.
    Partition,
    Offset,
    /// The record's own time, null if it has none: a time in milliseconds.
    Timestamp,
    Other(Extension),
}
impl ::core::fmt::Debug for FieldSource {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            FieldSource::Value(e) => {
                f.debug_tuple("FieldSource::Value").field(e).finish()
            }
            FieldSource::Key => f.debug_tuple("FieldSource::Key").finish(),
            FieldSource::Header(e) => {
                f.debug_tuple("FieldSource::Header").field(e).finish()
            }
            FieldSource::Raw => f.debug_tuple("FieldSource::Raw").finish(),
            FieldSource::Partition => f.debug_tuple("FieldSource::Partition").finish(),
            FieldSource::Offset => f.debug_tuple("FieldSource::Offset").finish(),
            FieldSource::Timestamp => f.debug_tuple("FieldSource::Timestamp").finish(),
            FieldSource::Other(e) => {
                f.debug_tuple("FieldSource::Other").field(e).finish()
            }
        }
    }
}
/// in-list: index into the input's lists; this is a field of their elements, and its source is of kind `value`.
/// aliases: other names of the path's last segment, tried in order when it is absent.
/// required: a record without it, or with an element without it, is a dead letter; otherwise its value is null.
#[derive(Clone, PartialEq)]
pub struct Field {
    pub name: _rt::String,
    pub in_list: Option<u32>,
    pub source: FieldSource,
    pub aliases: _rt::Vec<_rt::String>,
    pub ty: FieldType,
    pub required: bool,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Field {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("in-list", &self.in_list)
            .field("source", &self.source)
            .field("aliases", &self.aliases)
            .field("ty", &self.ty)
            .field("required", &self.required)
            .field("settings", &self.settings)
            .finish()
    }
}
/// Which records of a topic an input takes: those whose `source`, read as text, is one of `texts`.
#[derive(Clone, PartialEq)]
pub struct Selector {
    pub source: FieldSource,
    pub texts: _rt::Vec<_rt::String>,
}
impl ::core::fmt::Debug for Selector {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Selector")
            .field("source", &self.source)
            .field("texts", &self.texts)
            .finish()
    }
}
/// A topic that the reducer reads, or some of its records.
///
/// Either one input reads a topic, or several do: then each has a selector, all with the same source, and no text
/// stands in two of them. A record that none selects is counted as passed over; it moves no time and is no dead letter.
///
/// lists: paths of the lists whose elements are read; a list that is absent or null is empty.
/// event-time: index into fields, of a required time outside lists; none = the record's own time.
/// out-of-orderness-ms: the same for all inputs of a topic.
/// changelog: the topic holds the last value per key and may be compacted. A null value is a deletion: all its fields
/// but key, headers and place are null, and its event time is the record's own.
/// untimed: its records neither move nor hold the event time of windows, and contribute to no table that has windows.
/// This is for what others refer to, such as profiles, which may rest for days.
#[derive(Clone, PartialEq)]
pub struct Input {
    pub topic: _rt::String,
    pub when: Option<Selector>,
    pub lists: _rt::Vec<_rt::Vec<_rt::String>>,
    pub fields: _rt::Vec<Field>,
    pub event_time: Option<u32>,
    pub out_of_orderness_ms: u64,
    pub changelog: bool,
    pub untimed: bool,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Input {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Input")
            .field("topic", &self.topic)
            .field("when", &self.when)
            .field("lists", &self.lists)
            .field("fields", &self.fields)
            .field("event-time", &self.event_time)
            .field("out-of-orderness-ms", &self.out_of_orderness_ms)
            .field("changelog", &self.changelog)
            .field("untimed", &self.untimed)
            .field("settings", &self.settings)
            .finish()
    }
}
/// at: each within 0..=1.
#[derive(Clone, PartialEq)]
pub struct QuantileSpec {
    pub relative_error_millionths: u32,
    pub at: _rt::Vec<f64>,
}
impl ::core::fmt::Debug for QuantileSpec {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("QuantileSpec")
            .field("relative-error-millionths", &self.relative_error_millionths)
            .field("at", &self.at)
            .finish()
    }
}
/// partition: as they come, those of each (topic, partition) into a state of its own; a row that gets two of them
/// fails, visibly.
/// time: by event time, ties by topic, partition, offset, row, once every partition has passed it; what is late is
/// dropped and counted, as for windows.
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum FoldOrder {
    Partition,
    Time,
}
impl ::core::fmt::Debug for FoldOrder {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            FoldOrder::Partition => f.debug_tuple("FoldOrder::Partition").finish(),
            FoldOrder::Time => f.debug_tuple("FoldOrder::Time").finish(),
        }
    }
}
impl FoldOrder {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> FoldOrder {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => FoldOrder::Partition,
            1 => FoldOrder::Time,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
/// values: the types of the columns of one contribution. state-bytes-max: a contribution that makes a key's state
/// longer is a dead letter.
#[derive(Clone, PartialEq)]
pub struct FoldSpec {
    pub values: _rt::Vec<ValueType>,
    pub order: FoldOrder,
    pub state_bytes_max: u32,
}
impl ::core::fmt::Debug for FoldSpec {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("FoldSpec")
            .field("values", &self.values)
            .field("order", &self.order)
            .field("state-bytes-max", &self.state_bytes_max)
            .finish()
    }
}
/// An aggregate that this contract has no case for. contributions: the types of its columns; output: of its result.
#[derive(Clone, PartialEq)]
pub struct CustomAggregate {
    pub name: _rt::String,
    pub settings: _rt::Vec<Setting>,
    pub contributions: _rt::Vec<ValueType>,
    pub output: ValueType,
}
impl ::core::fmt::Debug for CustomAggregate {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("CustomAggregate")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .field("contributions", &self.contributions)
            .field("output", &self.output)
            .finish()
    }
}
/// What a row keeps of its contributions, what one contributes, and what the result is. A null adds nothing.
#[derive(Clone, PartialEq)]
pub enum AggregateKind {
    /// Ints of 0 or more, added up. Result: an int.
    Count,
    /// An exact sum with this many decimal places. Contributions: ints (whole units) or texts (decimals such as "-1.50",
    /// with no more places than declared). Result: a text with exactly that many places, "0" if there are none.
    Sum(u8),
    /// The smallest value; bytes and texts compare byte by byte. Result: that value, null if there is none.
    Min(ValueType),
    /// The largest value.
    Max(ValueType),
    /// The value with the earliest event time; ties by topic, partition, offset, row.
    First(ValueType),
    /// The value with the latest event time.
    Last(ValueType),
    /// As `last`, but the latest contribution may say that there is no value. Contributions, in two columns: booleans,
    /// whether there is a value (null adds nothing), then the values. Result: the value, or null.
    LastOrNone(ValueType),
    /// The number of distinct items, estimated by HyperLogLog of this precision. Contributions: raw items of any one
    /// type; the host hashes them. Result: an int.
    Distinct(u8),
    /// The k largest values of distinct ids. Contributions: ids (texts) and values (ints) in two columns, the ids first,
    /// null together. Result: a JSON text such as [{"id":"a","value":9}], the largest first.
    TopK(u32),
    /// Contributions: finite floats, or ints. Result: a JSON text such as {"count":3,"p50":1.5,"p99.9":2}, the quantiles
    /// null if there is no value.
    Quantiles(QuantileSpec),
    /// State that only the module understands (interface fold). Its table has no other aggregate, no windows, no ends
    /// and no retention. Result: the state, a blob.
    Fold(FoldSpec),
    Other(CustomAggregate),
}
impl ::core::fmt::Debug for AggregateKind {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            AggregateKind::Count => f.debug_tuple("AggregateKind::Count").finish(),
            AggregateKind::Sum(e) => {
                f.debug_tuple("AggregateKind::Sum").field(e).finish()
            }
            AggregateKind::Min(e) => {
                f.debug_tuple("AggregateKind::Min").field(e).finish()
            }
            AggregateKind::Max(e) => {
                f.debug_tuple("AggregateKind::Max").field(e).finish()
            }
            AggregateKind::First(e) => {
                f.debug_tuple("AggregateKind::First").field(e).finish()
            }
            AggregateKind::Last(e) => {
                f.debug_tuple("AggregateKind::Last").field(e).finish()
            }
            AggregateKind::LastOrNone(e) => {
                f.debug_tuple("AggregateKind::LastOrNone").field(e).finish()
            }
            AggregateKind::Distinct(e) => {
                f.debug_tuple("AggregateKind::Distinct").field(e).finish()
            }
            AggregateKind::TopK(e) => {
                f.debug_tuple("AggregateKind::TopK").field(e).finish()
            }
            AggregateKind::Quantiles(e) => {
                f.debug_tuple("AggregateKind::Quantiles").field(e).finish()
            }
            AggregateKind::Fold(e) => {
                f.debug_tuple("AggregateKind::Fold").field(e).finish()
            }
            AggregateKind::Other(e) => {
                f.debug_tuple("AggregateKind::Other").field(e).finish()
            }
        }
    }
}
#[derive(Clone, PartialEq)]
pub struct Aggregate {
    pub name: _rt::String,
    pub kind: AggregateKind,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Aggregate")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("settings", &self.settings)
            .finish()
    }
}
/// slide-ms divides size-ms.
#[repr(C)]
#[derive(Clone, Copy, PartialEq)]
pub struct Sliding {
    pub size_ms: u64,
    pub slide_ms: u64,
}
impl ::core::fmt::Debug for Sliding {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Sliding")
            .field("size-ms", &self.size_ms)
            .field("slide-ms", &self.slide_ms)
            .finish()
    }
}
/// tumbling: length in milliseconds; session: the gap in milliseconds that ends it.
#[derive(Clone, PartialEq)]
pub enum Window {
    Unbounded,
    Tumbling(u64),
    Sliding(Sliding),
    Session(u64),
    Other(Extension),
}
impl ::core::fmt::Debug for Window {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Window::Unbounded => f.debug_tuple("Window::Unbounded").finish(),
            Window::Tumbling(e) => f.debug_tuple("Window::Tumbling").field(e).finish(),
            Window::Sliding(e) => f.debug_tuple("Window::Sliding").field(e).finish(),
            Window::Session(e) => f.debug_tuple("Window::Session").field(e).finish(),
            Window::Other(e) => f.debug_tuple("Window::Other").field(e).finish(),
        }
    }
}
/// latest: one result per key, of the newest window. every: each window's result for this many milliseconds after its
/// end, then it is freed.
#[derive(Clone, Copy, PartialEq)]
pub enum Keep {
    Latest,
    Every(u64),
}
impl ::core::fmt::Debug for Keep {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Keep::Latest => f.debug_tuple("Keep::Latest").finish(),
            Keep::Every(e) => f.debug_tuple("Keep::Every").field(e).finish(),
        }
    }
}
/// Whether a key whose newest window is empty is deleted, or shown with the results of nothing.
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum WhenEmpty {
    Delete,
    Zero,
}
impl ::core::fmt::Debug for WhenEmpty {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            WhenEmpty::Delete => f.debug_tuple("WhenEmpty::Delete").finish(),
            WhenEmpty::Zero => f.debug_tuple("WhenEmpty::Zero").finish(),
        }
    }
}
impl WhenEmpty {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> WhenEmpty {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => WhenEmpty::Delete,
            1 => WhenEmpty::Zero,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
/// when-closed: a result is shown once every partition has passed its window's end, and is final.
/// early: what is shown is the window that ends with the newest pane (for sessions: the newest session) in which the
/// key has an event, closed or not, and it changes as events come. Only with keep `latest`.
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum Emit {
    WhenClosed,
    Early,
}
impl ::core::fmt::Debug for Emit {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Emit::WhenClosed => f.debug_tuple("Emit::WhenClosed").finish(),
            Emit::Early => f.debug_tuple("Emit::Early").finish(),
        }
    }
}
impl Emit {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> Emit {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => Emit::WhenClosed,
            1 => Emit::Early,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
/// Keyed state. A row is a function of the set of its contributions that were not late, and of how far event time has
/// come; the order in which they arrived never shows.
///
/// key: the types of its one to four parts: texts, ints, booleans or times. No part is null, no text part is empty. The
/// id of a row's document is the key as text, its parts joined by `/`; if there are several parts, `%` and `/` within
/// a part are written `%25` and `%2F`. An id has at most 512 bytes.
/// keep, when-empty, emit: without meaning when the window is unbounded.
/// allowed-lateness-ms: an event is late for a table with windows, `retain-ms` or `ends` when its time lies further
/// behind its own partition's watermark than this. Other tables know no lateness.
/// retain-ms: only for unbounded tables. A row's history is cut where two neighbouring events are this far apart or
/// farther, and the row is what follows the last cut. It is no longer shown once all partitions of all inputs have
/// passed its last event by this much, and it is forgotten when they have passed it by the allowed lateness as well.
/// ends: only for unbounded tables with a `last` or a `last-or-none`; contributions may end rows. A row of such a table
/// exists while one of these holds something, if only that there is none. While it does not, it has neither document
/// nor memberships, and references to it find nothing. An end is remembered until all partitions of all inputs have
/// passed it by more than the allowed lateness; without `retain-ms`, a row that then holds nothing is forgotten.
#[derive(Clone, PartialEq)]
pub struct Table {
    pub name: _rt::String,
    pub key: _rt::Vec<ValueType>,
    pub aggregates: _rt::Vec<Aggregate>,
    pub window: Window,
    pub keep: Keep,
    pub when_empty: WhenEmpty,
    pub emit: Emit,
    pub allowed_lateness_ms: u64,
    pub retain_ms: Option<u64>,
    pub ends: bool,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Table {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Table")
            .field("name", &self.name)
            .field("key", &self.key)
            .field("aggregates", &self.aggregates)
            .field("window", &self.window)
            .field("keep", &self.keep)
            .field("when-empty", &self.when_empty)
            .field("emit", &self.emit)
            .field("allowed-lateness-ms", &self.allowed_lateness_ms)
            .field("retain-ms", &self.retain_ms)
            .field("ends", &self.ends)
            .field("settings", &self.settings)
            .finish()
    }
}
/// Where a part of a referred row's key comes from: a part of the holder's key, or the result of one of its aggregates
/// (`first`, `last` or `last-or-none`).
#[derive(Clone, Copy, PartialEq)]
pub enum KeyPart {
    Key(u32),
    Aggregate(u32),
}
impl ::core::fmt::Debug for KeyPart {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            KeyPart::Key(e) => f.debug_tuple("KeyPart::Key").field(e).finish(),
            KeyPart::Aggregate(e) => {
                f.debug_tuple("KeyPart::Aggregate").field(e).finish()
            }
        }
    }
}
/// A row that is shown together with another one.
///
/// holder: whose reference it is; none = the projected row's, otherwise that of an earlier reference in the list.
/// via: a part for each part of the key of `table`, of the same types. If one is null, or an empty text, the reference
/// leads to nothing.
/// columns: the aggregates of `table` that are shown. A change of any other changes no document.
///
/// At most three references follow one another, and a projection has at most sixteen. A table with windows refers only
/// by parts of its key, and keeps `latest`; it is referred to only by the projected row, with the projected row's
/// whole key.
#[derive(Clone, PartialEq)]
pub struct Reference {
    pub holder: Option<u32>,
    pub via: _rt::Vec<KeyPart>,
    pub table: u32,
    pub columns: _rt::Vec<u32>,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Reference {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Reference")
            .field("holder", &self.holder)
            .field("via", &self.via)
            .field("table", &self.table)
            .field("columns", &self.columns)
            .field("settings", &self.settings)
            .finish()
    }
}
/// A field of the documents' JSON that holds a single value, at any depth of objects; lists are not declared.
/// sortable: sinks index it. searchable: for texts, by words.
#[derive(Clone, PartialEq)]
pub struct OutputField {
    pub path: _rt::Vec<_rt::String>,
    pub ty: ValueType,
    pub sortable: bool,
    pub searchable: bool,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for OutputField {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("OutputField")
            .field("path", &self.path)
            .field("ty", &self.ty)
            .field("sortable", &self.sortable)
            .field("searchable", &self.searchable)
            .field("settings", &self.settings)
            .finish()
    }
}
/// A table whose rows become documents. The first is the reducer's main one; the others are asked for by name.
#[derive(Clone, PartialEq)]
pub struct Projection {
    pub name: _rt::String,
    pub table: u32,
    pub references: _rt::Vec<Reference>,
    pub document: _rt::Vec<OutputField>,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Projection {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Projection")
            .field("name", &self.name)
            .field("table", &self.table)
            .field("references", &self.references)
            .field("document", &self.document)
            .field("settings", &self.settings)
            .finish()
    }
}
/// A value that operators may set. fallback: its type, and its value where nobody sets it.
#[derive(Clone, PartialEq)]
pub struct Parameter {
    pub name: _rt::String,
    pub explanation: _rt::String,
    pub fallback: Scalar,
}
impl ::core::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Parameter")
            .field("name", &self.name)
            .field("explanation", &self.explanation)
            .field("fallback", &self.fallback)
            .finish()
    }
}
/// name and version: those of the file's name, NAME@VERSION.wasm. sdk: what built the module, for messages only.
/// A module that only relays has neither tables nor projections.
#[derive(Clone, PartialEq)]
pub struct Description {
    pub name: _rt::String,
    pub version: _rt::String,
    pub sdk: _rt::String,
    pub inputs: _rt::Vec<Input>,
    pub tables: _rt::Vec<Table>,
    pub projections: _rt::Vec<Projection>,
    pub relay_topics: _rt::Vec<_rt::String>,
    pub settings: _rt::Vec<Setting>,
}
impl ::core::fmt::Debug for Description {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Description")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("sdk", &self.sdk)
            .field("inputs", &self.inputs)
            .field("tables", &self.tables)
            .field("projections", &self.projections)
            .field("relay-topics", &self.relay_topics)
            .field("settings", &self.settings)
            .finish()
    }
}
/// Decoded records of one partition.
///
/// input: index into the description's inputs. times: the rows' event times.
/// lists: for each declared list n + 1 offsets, the first 0: record i has the elements lists[l][i]..lists[l][i + 1].
/// columns: one per declared field, in the declaration's order; as long as its list has elements, or `rows` long.
#[derive(Clone, PartialEq)]
pub struct Batch {
    pub input: u32,
    pub rows: u32,
    pub times: _rt::Vec<i64>,
    pub lists: _rt::Vec<_rt::Vec<u32>>,
    pub columns: _rt::Vec<Column>,
}
impl ::core::fmt::Debug for Batch {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Batch")
            .field("input", &self.input)
            .field("rows", &self.rows)
            .field("times", &self.times)
            .field("lists", &self.lists)
            .field("columns", &self.columns)
            .finish()
    }
}
/// rows[i]: which value of the batch's column `field` contribution i has; its length = null.
#[derive(Clone, PartialEq)]
pub struct Picked {
    pub field: u32,
    pub rows: _rt::Vec<u32>,
}
impl ::core::fmt::Debug for Picked {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Picked")
            .field("field", &self.field)
            .field("rows", &self.rows)
            .finish()
    }
}
/// A column of contributions.
#[derive(Clone, PartialEq)]
pub enum Contributed {
    /// All null.
    Nulls,
    /// The same value in all.
    Same(Scalar),
    /// The batch's column of this number, at the source row of each contribution, with its nulls; not of a list's
    /// elements.
    Field(u32),
    /// Values of one of the batch's columns, wherever they stand in it.
    Picked(Picked),
    /// Values of the module's own.
    Column(Column),
}
impl ::core::fmt::Debug for Contributed {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Contributed::Nulls => f.debug_tuple("Contributed::Nulls").finish(),
            Contributed::Same(e) => f.debug_tuple("Contributed::Same").field(e).finish(),
            Contributed::Field(e) => {
                f.debug_tuple("Contributed::Field").field(e).finish()
            }
            Contributed::Picked(e) => {
                f.debug_tuple("Contributed::Picked").field(e).finish()
            }
            Contributed::Column(e) => {
                f.debug_tuple("Contributed::Column").field(e).finish()
            }
        }
    }
}
/// What a batch adds to one table, a row per contribution.
///
/// source-rows: the batch's row each comes from, never falling: a record's contributions stand together.
/// keys: one per part of the key. values: the columns of each aggregate in turn: two for `top-k` and `last-or-none`, as
/// declared for `fold` and `other`, otherwise one. Values by reference count towards the limits as if they were sent.
/// ends: a bitmap, 1 = this contribution ends the row, and all its values are null; none = no row ends.
///
/// An end takes effect as of its event time, ties as for `last`. To a `last` or `last-or-none`, what came before the
/// latest end is as if it had never been. All other aggregates belong to the key and outlast the end: they go on.
#[derive(Clone, PartialEq)]
pub struct Contributions {
    pub table: u32,
    pub source_rows: _rt::Vec<u32>,
    pub keys: _rt::Vec<Contributed>,
    pub values: _rt::Vec<Contributed>,
    pub ends: Option<_rt::Vec<u8>>,
}
impl ::core::fmt::Debug for Contributions {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Contributions")
            .field("table", &self.table)
            .field("source-rows", &self.source_rows)
            .field("keys", &self.keys)
            .field("values", &self.values)
            .field("ends", &self.ends)
            .finish()
    }
}
/// A record that the module refuses, for the dead letters. Nothing of that row may be among the contributions.
#[derive(Clone, PartialEq)]
pub struct Rejected {
    pub row: u32,
    pub reason: _rt::String,
}
impl ::core::fmt::Debug for Rejected {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Rejected")
            .field("row", &self.row)
            .field("reason", &self.reason)
            .finish()
    }
}
/// contributions: at most one entry per table. rejected: by rising row.
#[derive(Clone, PartialEq)]
pub struct Extracted {
    pub contributions: _rt::Vec<Contributions>,
    pub rejected: _rt::Vec<Rejected>,
}
impl ::core::fmt::Debug for Extracted {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Extracted")
            .field("contributions", &self.contributions)
            .field("rejected", &self.rejected)
            .finish()
    }
}
/// The rows that some rows refer to, each once. picks[i]: which of them row i shows; their number = none.
/// known: a bitmap over them, 1 = the row exists. The others show the results of nothing.
/// keys: a column per part. columns: one per column of the reference.
#[derive(Clone, PartialEq)]
pub struct Referred {
    pub picks: _rt::Vec<u32>,
    pub known: _rt::Vec<u8>,
    pub keys: _rt::Vec<Column>,
    pub columns: _rt::Vec<Column>,
}
impl ::core::fmt::Debug for Referred {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Referred")
            .field("picks", &self.picks)
            .field("known", &self.known)
            .field("keys", &self.keys)
            .field("columns", &self.columns)
            .finish()
    }
}
/// keys: a column per part. results: one column per aggregate, `count` long.
/// window-starts, window-ends: of the window at which the result last changed (keep `latest`), of the window itself
/// (keep `every`), or of the window shown (emit `early`); both empty without windows.
/// window-open: a bitmap, 1 = not final yet; none unless results are early.
/// referred: one for each reference of the projection, in its order.
#[derive(Clone, PartialEq)]
pub struct Rows {
    pub projection: u32,
    pub count: u32,
    pub keys: _rt::Vec<Column>,
    pub window_starts: _rt::Vec<i64>,
    pub window_ends: _rt::Vec<i64>,
    pub window_open: Option<_rt::Vec<u8>>,
    pub results: _rt::Vec<Column>,
    pub referred: _rt::Vec<Referred>,
}
impl ::core::fmt::Debug for Rows {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Rows")
            .field("projection", &self.projection)
            .field("count", &self.count)
            .field("keys", &self.keys)
            .field("window-starts", &self.window_starts)
            .field("window-ends", &self.window_ends)
            .field("window-open", &self.window_open)
            .field("results", &self.results)
            .field("referred", &self.referred)
            .finish()
    }
}
/// documents: a texts column, one JSON object per row, null = this row has no document; the host makes the ids.
/// memberships: member-rows[i] is in sets[i] as members[i] with scores[i]; a row's list is complete. Four lists of equal
/// length; member-rows never falls: a row's memberships stand together. Names of sets and members are texts of 1 to 512
/// bytes, scores are finite. A row has at most 1,024 memberships, each set and member once, with or without a document.
/// No two rows ever claim the same member of the same set: which row it belongs to follows from both names.
#[derive(Clone, PartialEq)]
pub struct Projected {
    pub documents: Column,
    pub member_rows: _rt::Vec<u32>,
    pub sets: BytesColumn,
    pub members: BytesColumn,
    pub scores: _rt::Vec<f64>,
}
impl ::core::fmt::Debug for Projected {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Projected")
            .field("documents", &self.documents)
            .field("member-rows", &self.member_rows)
            .field("sets", &self.sets)
            .field("members", &self.members)
            .field("scores", &self.scores)
            .finish()
    }
}
