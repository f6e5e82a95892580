// Generated from wit/reducer-0.1.0 by `cargo xtask bindings`. Do not edit.

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
/// The unit of a time on the wire: whole numbers of it, or text such as 2026-01-01T00:00:00Z. Rounded down.
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
#[derive(Clone, Copy, PartialEq)]
pub enum ValueType {
    Boolean,
    Int,
    Float,
    Text,
    Blob,
    Time(TimeUnit),
}
impl ::core::fmt::Debug for ValueType {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            ValueType::Boolean => f.debug_tuple("ValueType::Boolean").finish(),
            ValueType::Int => f.debug_tuple("ValueType::Int").finish(),
            ValueType::Float => f.debug_tuple("ValueType::Float").finish(),
            ValueType::Text => f.debug_tuple("ValueType::Text").finish(),
            ValueType::Blob => f.debug_tuple("ValueType::Blob").finish(),
            ValueType::Time(e) => f.debug_tuple("ValueType::Time").field(e).finish(),
        }
    }
}
/// value: a path into the record's value; key: the record's key as a whole, the path is then empty.
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum FieldSource {
    Value,
    Key,
}
impl ::core::fmt::Debug for FieldSource {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            FieldSource::Value => f.debug_tuple("FieldSource::Value").finish(),
            FieldSource::Key => f.debug_tuple("FieldSource::Key").finish(),
        }
    }
}
impl FieldSource {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> FieldSource {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => FieldSource::Value,
            1 => FieldSource::Key,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
/// aliases: other names of the path's last segment, tried in order when it is absent.
/// required: a record without it is a dead letter; otherwise its value is null.
#[derive(Clone, PartialEq)]
pub struct Field {
    pub name: _rt::String,
    pub source: FieldSource,
    pub path: _rt::Vec<_rt::String>,
    pub aliases: _rt::Vec<_rt::String>,
    pub ty: ValueType,
    pub required: bool,
}
impl ::core::fmt::Debug for Field {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("source", &self.source)
            .field("path", &self.path)
            .field("aliases", &self.aliases)
            .field("ty", &self.ty)
            .field("required", &self.required)
            .finish()
    }
}
/// A topic that the reducer reads; no topic is named twice.
/// event-time: index into fields, of a required time; none = the record's own time.
/// changelog: last value per key, may be compacted; a null value is a deletion (all fields but the key null).
#[derive(Clone, PartialEq)]
pub struct Input {
    pub topic: _rt::String,
    pub fields: _rt::Vec<Field>,
    pub event_time: Option<u32>,
    pub out_of_orderness_ms: u64,
    pub changelog: bool,
}
impl ::core::fmt::Debug for Input {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Input")
            .field("topic", &self.topic)
            .field("fields", &self.fields)
            .field("event-time", &self.event_time)
            .field("out-of-orderness-ms", &self.out_of_orderness_ms)
            .field("changelog", &self.changelog)
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
/// What a row keeps of its contributions, what one contributes, and what the result is. A null adds nothing.
#[derive(Clone, PartialEq)]
pub enum AggregateKind {
    /// Ints of 0 or more, added up. Result: an int.
    Count,
    /// An exact sum with so many decimal places. Contributions: ints (whole units) or texts (decimals such as "-1.50",
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
    /// The number of distinct items, estimated by HyperLogLog of this precision. Contributions: raw items of any one
    /// type; the host hashes them. Result: an int.
    Distinct(u8),
    /// The k largest values of distinct ids. Contributions: ids (texts) and values (ints) in two columns, the ids first,
    /// null together. Result: a JSON text such as [{"id":"a","value":9}], the largest first.
    TopK(u32),
    /// Contributions: finite floats, or ints. Result: a JSON text such as {"count":3,"p50":1.5,"p99.9":2}, the quantiles
    /// null if there is no value.
    Quantiles(QuantileSpec),
    /// State that only the module understands (interface fold); its table has no other aggregate.
    Fold,
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
            AggregateKind::Distinct(e) => {
                f.debug_tuple("AggregateKind::Distinct").field(e).finish()
            }
            AggregateKind::TopK(e) => {
                f.debug_tuple("AggregateKind::TopK").field(e).finish()
            }
            AggregateKind::Quantiles(e) => {
                f.debug_tuple("AggregateKind::Quantiles").field(e).finish()
            }
            AggregateKind::Fold => f.debug_tuple("AggregateKind::Fold").finish(),
        }
    }
}
/// refers-to: index of the table whose key this `last` holds.
#[derive(Clone, PartialEq)]
pub struct Aggregate {
    pub name: _rt::String,
    pub kind: AggregateKind,
    pub refers_to: Option<u32>,
}
impl ::core::fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Aggregate")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("refers-to", &self.refers_to)
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
#[derive(Clone, Copy, PartialEq)]
pub enum Window {
    Unbounded,
    Tumbling(u64),
    Sliding(Sliding),
    Session(u64),
}
impl ::core::fmt::Debug for Window {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Window::Unbounded => f.debug_tuple("Window::Unbounded").finish(),
            Window::Tumbling(e) => f.debug_tuple("Window::Tumbling").field(e).finish(),
            Window::Sliding(e) => f.debug_tuple("Window::Sliding").field(e).finish(),
            Window::Session(e) => f.debug_tuple("Window::Session").field(e).finish(),
        }
    }
}
/// latest: one result per key, of the newest closed window. every: each window's result for so many milliseconds after
/// its end, then it is freed.
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
/// Keyed state. Keys are texts, ints, booleans or times, never null.
/// keep, when-empty, allowed-lateness-ms: without meaning when the window is unbounded.
/// projected: its rows become documents; exactly one table of a reducer is, none of a relay-only module.
#[derive(Clone, PartialEq)]
pub struct Table {
    pub name: _rt::String,
    pub key: ValueType,
    pub aggregates: _rt::Vec<Aggregate>,
    pub window: Window,
    pub keep: Keep,
    pub when_empty: WhenEmpty,
    pub allowed_lateness_ms: u64,
    pub projected: bool,
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
            .field("allowed-lateness-ms", &self.allowed_lateness_ms)
            .field("projected", &self.projected)
            .finish()
    }
}
/// A field of the documents' JSON that holds a single value; lists and objects are not declared. sortable: sinks index
/// it.
#[derive(Clone, PartialEq)]
pub struct OutputField {
    pub name: _rt::String,
    pub ty: ValueType,
    pub sortable: bool,
}
impl ::core::fmt::Debug for OutputField {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("OutputField")
            .field("name", &self.name)
            .field("ty", &self.ty)
            .field("sortable", &self.sortable)
            .finish()
    }
}
/// name and version: the crate's; they agree with the file's name, NAME@VERSION.wasm.
/// sdk: what built the module, for messages only.
#[derive(Clone, PartialEq)]
pub struct Description {
    pub name: _rt::String,
    pub version: _rt::String,
    pub sdk: _rt::String,
    pub inputs: _rt::Vec<Input>,
    pub tables: _rt::Vec<Table>,
    pub document: _rt::Vec<OutputField>,
    pub relay_topics: _rt::Vec<_rt::String>,
}
impl ::core::fmt::Debug for Description {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Description")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("sdk", &self.sdk)
            .field("inputs", &self.inputs)
            .field("tables", &self.tables)
            .field("document", &self.document)
            .field("relay-topics", &self.relay_topics)
            .finish()
    }
}
/// Decoded records of one partition. input: index into the description's inputs. columns: one per declared field, in
/// the declaration's order, of the declared type and `rows` long. times: the rows' event times.
#[derive(Clone, PartialEq)]
pub struct Batch {
    pub input: u32,
    pub rows: u32,
    pub times: _rt::Vec<i64>,
    pub columns: _rt::Vec<Column>,
}
impl ::core::fmt::Debug for Batch {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Batch")
            .field("input", &self.input)
            .field("rows", &self.rows)
            .field("times", &self.times)
            .field("columns", &self.columns)
            .finish()
    }
}
/// What a batch adds to one table, a row per contribution.
/// source-rows: the batch's row each comes from, never falling: a record's contributions stand together.
/// values: one column per aggregate (two for top-k); a null adds nothing.
#[derive(Clone, PartialEq)]
pub struct Contributions {
    pub table: u32,
    pub source_rows: _rt::Vec<u32>,
    pub keys: Column,
    pub values: _rt::Vec<Column>,
}
impl ::core::fmt::Debug for Contributions {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Contributions")
            .field("table", &self.table)
            .field("source-rows", &self.source_rows)
            .field("keys", &self.keys)
            .field("values", &self.values)
            .finish()
    }
}
/// A record that the reducer refuses, for the dead letters. Nothing of that row may be among the contributions.
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
#[derive(Clone, PartialEq)]
pub struct Referenced {
    pub aggregate: u32,
    pub columns: _rt::Vec<Column>,
}
impl ::core::fmt::Debug for Referenced {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Referenced")
            .field("aggregate", &self.aggregate)
            .field("columns", &self.columns)
            .finish()
    }
}
/// results: one column per aggregate, `count` long.
/// window-starts, window-ends: of the window at which the result last changed (keep latest), or of the window (keep
/// every); both empty without windows.
#[derive(Clone, PartialEq)]
pub struct Rows {
    pub table: u32,
    pub count: u32,
    pub keys: Column,
    pub window_starts: _rt::Vec<i64>,
    pub window_ends: _rt::Vec<i64>,
    pub results: _rt::Vec<Column>,
    pub references: _rt::Vec<Referenced>,
}
impl ::core::fmt::Debug for Rows {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Rows")
            .field("table", &self.table)
            .field("count", &self.count)
            .field("keys", &self.keys)
            .field("window-starts", &self.window_starts)
            .field("window-ends", &self.window_ends)
            .field("results", &self.results)
            .field("references", &self.references)
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
