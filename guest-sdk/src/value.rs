//! The types of values in columns: keys, items, results.

use crate::bindings::foldline::reducer::types::{BytesColumn, Scalar, ValueType, Values};
use crate::bitmap::Bitmap;
use crate::text::checked_by_host;

/// A type that columns can hold: [`Text`], [`Int`], [`Float`], [`Boolean`], [`Time`] or [`Blob`].
pub trait Value: sealed::Sealed + 'static {
    /// One value in the author's code.
    type Ref<'a>: Copy;
    /// The values of a column that is being read.
    #[doc(hidden)]
    type Slice<'a>;
    /// The values of a column that is being built.
    #[doc(hidden)]
    type Store;
    /// The type in descriptions.
    #[doc(hidden)]
    const TYPE: ValueType;

    /// Borrows a column's values; `None` if they have another type, or if there are not `rows` of them.
    #[doc(hidden)]
    fn slice(values: &Values, rows: usize) -> Option<Self::Slice<'_>>;
    #[doc(hidden)]
    fn get<'a>(values: &Self::Slice<'a>, row: usize) -> Self::Ref<'a>;
    /// Whether a value is the one of this row: the same number, or text at the same address.
    #[doc(hidden)]
    fn is_at(value: Self::Ref<'_>, values: &Values, row: usize) -> bool;
    /// Returns a value as one that can stand for a whole column, if it can.
    #[doc(hidden)]
    fn scalar(value: Self::Ref<'_>) -> Option<Scalar>;
    #[doc(hidden)]
    fn is_scalar(value: Self::Ref<'_>, scalar: &Scalar) -> bool;
    #[doc(hidden)]
    fn of_scalar(scalar: &Scalar) -> Option<Self::Ref<'_>>;
    #[doc(hidden)]
    fn with_capacity(rows: usize) -> Self::Store;
    /// Appends a value, or the placeholder for a null.
    #[doc(hidden)]
    fn push(store: &mut Self::Store, value: Option<Self::Ref<'_>>);
    #[doc(hidden)]
    fn truncate(store: &mut Self::Store, rows: usize);
    #[doc(hidden)]
    fn finish(store: Self::Store) -> Values;
}

/// UTF-8 text; `&str` in code.
#[derive(Clone, Copy, Debug)]
pub struct Text;
/// A 64-bit signed integer; `i64` in code.
#[derive(Clone, Copy, Debug)]
pub struct Int;
/// A 64-bit float; `f64` in code. Not allowed as a key: floats that print the same may differ.
#[derive(Clone, Copy, Debug)]
pub struct Float;
/// `true` or `false`; `bool` in code.
#[derive(Clone, Copy, Debug)]
pub struct Boolean;
/// Bytes; `&[u8]` in code. Not allowed as a key: keys become document ids, which are texts.
#[derive(Clone, Copy, Debug)]
pub struct Blob;

/// A point in time, in milliseconds since the Unix epoch; in JSON an integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// Makes a time from milliseconds since the Unix epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Text {}
    impl Sealed for super::Int {}
    impl Sealed for super::Float {}
    impl Sealed for super::Boolean {}
    impl Sealed for super::Blob {}
    impl Sealed for super::Time {}
}

/// The types whose values are stored in a plain list of numbers.
macro_rules! number_value {
    (
        $ty:ty, $ref:ty, $stored:ty, $type:expr, $variant:ident, $scalar:ident, $read:pat => $list:ident,
        $out:expr, $in:expr, $same:expr, $constant:expr
    ) => {
        impl Value for $ty {
            type Ref<'a> = $ref;
            type Slice<'a> = &'a [$stored];
            type Store = Vec<$stored>;
            const TYPE: ValueType = $type;

            fn slice(values: &Values, rows: usize) -> Option<&[$stored]> {
                match values {
                    $read if $list.len() == rows => Some($list),
                    _ => None,
                }
            }

            #[inline]
            fn get<'a>(values: &Self::Slice<'a>, row: usize) -> Self::Ref<'a> {
                $out(values[row])
            }

            #[inline]
            fn is_at(value: $ref, values: &Values, row: usize) -> bool {
                matches!(values, Values::$variant(list) if $same(list[row], $in(value)))
            }

            fn scalar(value: $ref) -> Option<Scalar> {
                $constant(value).then(|| Scalar::$scalar($in(value)))
            }

            #[inline]
            fn is_scalar(value: $ref, scalar: &Scalar) -> bool {
                matches!(scalar, Scalar::$scalar(same) if $same(*same, $in(value)))
            }

            fn of_scalar(scalar: &Scalar) -> Option<$ref> {
                match scalar {
                    Scalar::$scalar(same) => Some($out(*same)),
                    _ => None,
                }
            }

            fn with_capacity(rows: usize) -> Self::Store {
                Vec::with_capacity(rows)
            }

            #[inline]
            fn push(store: &mut Self::Store, value: Option<$ref>) {
                store.push(value.map_or(<$stored>::default(), $in));
            }

            fn truncate(store: &mut Self::Store, rows: usize) {
                store.truncate(rows);
            }

            fn finish(store: Self::Store) -> Values {
                Values::$variant(store)
            }
        }
    };
}

// An event's `i64` may be declared as a time; its column then holds times.
number_value!(
    Int, i64, i64, ValueType::Int, Ints, Int, Values::Ints(list) | Values::Times(list) => list,
    std::convert::identity, std::convert::identity, |a: i64, b: i64| a == b, |_| true
);
number_value!(
    Float, f64, f64, ValueType::Float, Floats, Float, Values::Floats(list) => list,
    std::convert::identity, std::convert::identity, |a: f64, b: f64| a.to_bits() == b.to_bits(), f64::is_finite
);
number_value!(
    Time, Time, i64, ValueType::Time, Times, Time, Values::Times(list) => list,
    Time::from_ms, Time::ms, |a: i64, b: i64| a == b, |_| true
);

impl Value for Boolean {
    type Ref<'a> = bool;
    type Slice<'a> = &'a [u8];
    type Store = Bitmap;
    const TYPE: ValueType = ValueType::Boolean;

    fn slice(values: &Values, rows: usize) -> Option<&[u8]> {
        match values {
            Values::Booleans(bits) if bits.len() == rows.div_ceil(8) => Some(bits),
            _ => None,
        }
    }

    #[inline]
    fn get<'a>(values: &Self::Slice<'a>, row: usize) -> Self::Ref<'a> {
        Bitmap::bit(values, row)
    }

    #[inline]
    fn is_at(value: bool, values: &Values, row: usize) -> bool {
        matches!(values, Values::Booleans(bits) if Bitmap::bit(bits, row) == value)
    }

    fn scalar(value: bool) -> Option<Scalar> {
        Some(Scalar::Boolean(value))
    }

    #[inline]
    fn is_scalar(value: bool, scalar: &Scalar) -> bool {
        matches!(scalar, Scalar::Boolean(same) if *same == value)
    }

    fn of_scalar(scalar: &Scalar) -> Option<bool> {
        match scalar {
            Scalar::Boolean(same) => Some(*same),
            _ => None,
        }
    }

    fn with_capacity(rows: usize) -> Bitmap {
        Bitmap::with_capacity(rows)
    }

    #[inline]
    fn push(store: &mut Bitmap, value: Option<bool>) {
        store.push(value.unwrap_or(false));
    }

    fn truncate(store: &mut Bitmap, rows: usize) {
        store.truncate(rows);
    }

    fn finish(store: Bitmap) -> Values {
        Values::Booleans(store.into_bytes())
    }
}

/// The types whose values vary in length.
macro_rules! bytes_value {
    ($ty:ty, $ref:ty, $type:expr, $variant:ident, $out:expr, $in:expr, $scalar:expr, $of_scalar:expr) => {
        impl Value for $ty {
            type Ref<'a> = &'a $ref;
            type Slice<'a> = &'a BytesColumn;
            type Store = Bytes;
            const TYPE: ValueType = $type;

            fn slice(values: &Values, rows: usize) -> Option<&BytesColumn> {
                match values {
                    Values::$variant(bytes) if bytes.offsets.len() == rows + 1 => Some(bytes),
                    _ => None,
                }
            }

            #[inline]
            fn get<'a>(values: &Self::Slice<'a>, row: usize) -> Self::Ref<'a> {
                $out(&values.data[values.offsets[row] as usize..values.offsets[row + 1] as usize])
            }

            #[inline]
            fn is_at(value: &$ref, values: &Values, row: usize) -> bool {
                let Values::$variant(bytes) = values else { return false };
                let range = bytes.offsets[row] as usize..bytes.offsets[row + 1] as usize;
                std::ptr::eq($in(value), &bytes.data[range])
            }

            fn scalar(value: &$ref) -> Option<Scalar> {
                $scalar(value)
            }

            #[inline]
            fn is_scalar(value: &$ref, scalar: &Scalar) -> bool {
                $of_scalar(scalar).is_some_and(|same: &$ref| same == value)
            }

            fn of_scalar(scalar: &Scalar) -> Option<&$ref> {
                $of_scalar(scalar)
            }

            fn with_capacity(rows: usize) -> Bytes {
                Bytes::with_capacity(rows)
            }

            #[inline]
            fn push(store: &mut Bytes, value: Option<&$ref>) {
                store.push(value.map_or(&[], $in));
            }

            fn truncate(store: &mut Bytes, rows: usize) {
                store.truncate(rows);
            }

            fn finish(store: Bytes) -> Values {
                Values::$variant(store.0)
            }
        }
    };
}

fn text_scalar(text: &str) -> Option<Scalar> {
    Some(Scalar::Text(text.to_owned()))
}

fn scalar_text(scalar: &Scalar) -> Option<&str> {
    match scalar {
        Scalar::Text(text) => Some(text),
        _ => None,
    }
}

bytes_value!(Text, str, ValueType::Text, Texts, checked_by_host, str::as_bytes, text_scalar, scalar_text);
bytes_value!(
    Blob,
    [u8],
    ValueType::Blob,
    Blobs,
    std::convert::identity,
    std::convert::identity,
    |_| None,
    |_| None
);

/// Values of varying length under construction.
#[doc(hidden)]
pub struct Bytes(BytesColumn);

impl Bytes {
    /// Expected bytes per value: ids and short texts. Longer values grow the buffer, which doubles.
    const VALUE_BYTES: usize = 16;

    fn with_capacity(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self(BytesColumn { offsets, data: Vec::with_capacity(rows * Self::VALUE_BYTES) })
    }

    #[inline]
    fn push(&mut self, value: &[u8]) {
        self.0.data.extend_from_slice(value);
        // A module's memory is far below 4 GiB, and 4 GiB is the most that wasm32 could address.
        self.0.offsets.push(self.0.data.len() as u32);
    }

    fn truncate(&mut self, rows: usize) {
        self.0.offsets.truncate(rows + 1);
        self.0.data.truncate(self.0.offsets[rows] as usize);
    }
}
