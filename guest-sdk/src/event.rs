//! Events: what a reducer reads, as structs that the author declares.

use crate::bindings::foldline::reducer::types::{
    Column, Field as FieldSpec, FieldSource, FieldType, Input, Selector, TimeUnit, ValueType,
};
use crate::column::{ColumnBuilder, ColumnReader, Nulls};
use crate::value::{Blob, Boolean, Float, Int, Text, Time, Value};

/// The events of one or several topics. Derive it.
///
/// On a struct, the fields are what the host decodes from each record; texts are borrowed from the batch. Optional
/// fields are `Option`s; a record that lacks a required field becomes a dead letter. [`Field`] lists the types. Spell
/// them out: the derive recognises them by name.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Event)]
/// #[event(topic = "orders", time = placed_at, unit = "ms", bound = "1m")]
/// struct Order<'a> {
///     #[event(key)] // the record's key, as a whole
///     order_id: &'a str,
///     #[event(path = "customer.id", alias = "customer_id")]
///     customer: &'a str,
///     total: f64,
///     coupon: Option<&'a str>,
///     placed_at: i64,
/// }
/// ```
///
/// | on the struct | meaning |
/// |---|---|
/// | `topic = "orders"` | the logical topic; required |
/// | `time = placed_at` | the field with the event time, an `i64` or a [`Time`]; without it, the record's own time |
/// | `unit = "ms"` | the unit of `time` on the wire: `s`, `ms` (default), `us`, `ns`, `rfc3339` |
/// | `bound = "1m"` | how far events may be out of order, for tables with windows; default `0s` |
/// | `changelog` | the topic holds the last value per key and may be compacted; a record without a value is a deletion: all fields but the key are `None`, so they are `Option`s, and the event time is the record's own |
/// | `untimed` | windows do not wait for the topic, and its events are never late; they contribute to no table with windows. For what others refer to, such as profiles, which may rest for days |
///
/// | on a field | meaning |
/// |---|---|
/// | `path = "customer.id"` | where it is in the value; default: the field's name at the top |
/// | `alias = "customer_id"` | an alternative to the path's last segment, used if that is absent; repeatable |
/// | `key` | the record's key instead of a path |
/// | `raw` | the record's whole value as bytes, which need not be JSON; other fields are then the key or the place |
/// | `partition`, `offset` | where the record stands in its topic; an `i64` |
/// | `timestamp` | the record's own time; a [`Time`] |
/// | `decimal = 2` | a number or a text with at most two decimal places; in code a text with exactly two, what `Sum<2>` adds |
/// | `unit = "s"` | the field is a time with this unit on the wire; in code it is always milliseconds |
///
/// On an enum, each variant is the event of one topic. It has its fields and names its topic, or it holds an event that is
/// declared elsewhere. `time`, `unit` and `bound` on the enum are for all variants with fields; a variant may have its own.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Event)]
/// #[event(time = timestamp)]
/// enum Input<'a> {
///     #[topic("likes")]
///     Like { post_id: &'a str, timestamp: Time },
///     #[topic("users")]
///     #[event(untimed)]
///     User { user_id: &'a str, name: &'a str, timestamp: Time },
/// }
/// ```
///
/// Held by variants:
///
/// ```
/// # use foldline_sdk::prelude::*;
/// # #[derive(Event)] #[event(topic = "likes")] struct Like<'a> { post_id: &'a str }
/// # #[derive(Event)] #[event(topic = "posts")] struct Post<'a> { post_id: &'a str }
/// #[derive(Event)]
/// enum Input<'a> {
///     Like(Like<'a>),
///     Post(Post<'a>),
/// }
/// ```
///
/// If a topic holds several kinds of records, a text selects the variant: at a path of the value (`select = "path"`), or the
/// record's key (`select(key)`). Without `#[select(…)]`, the text is the variant's name in lower case, words joined by `_`. A
/// record with another text, or with none, is passed over. All events of a topic have the same `bound`. A variant with fields
/// may leave its topic to the enum.
///
/// ```
/// # use foldline_sdk::prelude::*;
/// # #[derive(Event)] #[event(topic = "events")] struct Like<'a> { post_id: &'a str }
/// # #[derive(Event)] #[event(topic = "events")] struct Post<'a> { post_id: &'a str }
/// #[derive(Event)]
/// #[event(select = "kind")]
/// enum Activity<'a> {
///     Like(Like<'a>), // {"kind": "like", …}
///     #[select("post", "repost")]
///     Post(Post<'a>),
/// }
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is not an event", label = "needs `#[derive(Event)]`")]
pub trait Event<'a>: Sized {
    /// The opened columns of a batch.
    #[doc(hidden)]
    type Reader;
    /// The number of inputs: one per struct.
    #[doc(hidden)]
    const INPUTS: usize;
    #[doc(hidden)]
    fn inputs() -> Vec<Input>;
    #[doc(hidden)]
    fn open(input: usize, columns: &'a [Column], rows: usize) -> Result<Self::Reader, String>;
    #[doc(hidden)]
    fn read(reader: &Self::Reader, row: usize) -> Self;
    /// Returns the index of the input, and a column of one row per field. Tests feed events this way.
    #[doc(hidden)]
    fn encode(&self) -> (usize, Vec<Column>);
}

/// A type that a field of an [`Event`] may have: `&str`, `String`, `i64`, `f64`, `bool`, `&[u8]`, [`Time`],
/// [`Json`](crate::Json), enums that derive [`Choice`](crate::Choice), and `Option`s of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of an event",
    label = "an enum of texts needs `#[derive(Choice)]`"
)]
pub trait Field<'a>: Sized {
    #[doc(hidden)]
    type Value: Value;
    #[doc(hidden)]
    const NULLS: Nulls;
    /// How the field is written in a record.
    #[doc(hidden)]
    fn ty() -> FieldType {
        field_type(Self::Value::TYPE)
    }
    #[doc(hidden)]
    fn from_column(value: Option<<Self::Value as Value>::Ref<'a>>) -> Self;
    #[doc(hidden)]
    fn to_column(&self) -> Option<<Self::Value as Value>::Ref<'_>>;
}

/// Fields whose type is itself a value.
macro_rules! plain_field {
    ($($field:ty => $value:ty),*) => {$(
        impl<'a> Field<'a> for $field {
            type Value = $value;
            const NULLS: Nulls = Nulls::Refused;

            #[inline]
            fn from_column(value: Option<<$value as Value>::Ref<'a>>) -> Self {
                value.expect(REQUIRED)
            }

            fn to_column(&self) -> Option<<$value as Value>::Ref<'_>> {
                Some(*self)
            }
        }
    )*};
}

pub(crate) const REQUIRED: &str = "nulls in required columns are refused when a batch is opened";

plain_field!(&'a str => Text, &'a [u8] => Blob, i64 => Int, f64 => Float, bool => Boolean, Time => Time);

impl<'a> Field<'a> for String {
    type Value = Text;
    const NULLS: Nulls = Nulls::Refused;

    fn from_column(value: Option<&'a str>) -> Self {
        value.expect(REQUIRED).to_owned()
    }

    fn to_column(&self) -> Option<&str> {
        Some(self)
    }
}

impl<'a, F: Field<'a>> Field<'a> for Option<F> {
    type Value = F::Value;
    const NULLS: Nulls = Nulls::Allowed;

    fn ty() -> FieldType {
        F::ty()
    }

    #[inline]
    fn from_column(value: Option<<F::Value as Value>::Ref<'a>>) -> Self {
        value.map(|value| F::from_column(Some(value)))
    }

    fn to_column(&self) -> Option<<F::Value as Value>::Ref<'_>> {
        self.as_ref().and_then(F::to_column)
    }
}

/// The reader of a field's column.
#[doc(hidden)]
pub type FieldReader<'a, F> = ColumnReader<'a, <F as Field<'a>>::Value>;

/// Opens the column of a field.
#[doc(hidden)]
pub fn open_field<'a, F: Field<'a>>(
    columns: &'a [Column],
    at: usize,
    name: &str,
    rows: usize,
) -> Result<FieldReader<'a, F>, String> {
    ColumnReader::open(columns, at, name, rows, F::NULLS)
}

/// Returns a field's value as a column of one row.
#[doc(hidden)]
pub fn encode_field<'a, F: Field<'a>>(field: &F) -> Column {
    let mut column = ColumnBuilder::<F::Value>::with_capacity(1);
    column.push(field.to_column());
    column.finish()
}

/// Describes a field; without a type, it is written as its own type is.
#[doc(hidden)]
pub fn describe_field<'a, F: Field<'a>>(
    name: &str,
    source: FieldSource,
    aliases: &[&str],
    ty: Option<FieldType>,
) -> FieldSpec {
    FieldSpec {
        name: name.to_owned(),
        in_list: None,
        source,
        aliases: owned(aliases),
        ty: ty.unwrap_or_else(F::ty),
        required: matches!(F::NULLS, Nulls::Refused),
        settings: Vec::new(),
    }
}

/// Returns the input of a variant, which takes the records that these texts select.
///
/// # Panics
/// Panics when the variant's event is an enum of several: one of them would have to select once more.
#[doc(hidden)]
pub fn selected(mut inputs: Vec<Input>, source: FieldSource, texts: &[&str]) -> Vec<Input> {
    let [input] = &mut inputs[..] else { panic!("what is selected is one event, not an enum of several") };
    input.when = Some(Selector { source, texts: owned(texts) });
    inputs
}

/// Returns the source of a field at a path.
#[doc(hidden)]
pub fn at_path(path: &[&str]) -> FieldSource {
    FieldSource::Value(owned(path))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Times are milliseconds unless the author says otherwise.
fn field_type(ty: ValueType) -> FieldType {
    match ty {
        ValueType::Boolean => FieldType::Boolean,
        ValueType::Int => FieldType::Int,
        ValueType::Float => FieldType::Float,
        ValueType::Text => FieldType::Text,
        ValueType::Blob => FieldType::Blob,
        ValueType::Time => FieldType::Time(TimeUnit::Milliseconds),
    }
}
