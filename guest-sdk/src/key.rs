//! The key of a table as a type, and how documents hold it.

use crate::bindings::foldline::reducer::types::Column;
use crate::column::{ColumnReader, Nulls};
use crate::document::DocumentField;
use crate::top_k::Ranked;
use crate::value::{Time, Value};

/// All parts of a table's key: one value type, or a tuple of them.
#[doc(hidden)]
pub trait Key: 'static {
    /// A key in the author's code.
    type Ref<'a>: Copy + InDocument;
    /// The opened columns of the parts.
    type Reader<'a>;
    fn open<'a>(columns: &'a [Column], name: &str, rows: usize) -> Result<Self::Reader<'a>, String>;
    fn get<'a>(reader: &Self::Reader<'a>, row: usize) -> Self::Ref<'a>;
}

impl<V: Value> Key for V
where
    for<'a> V::Ref<'a>: InDocument,
{
    type Ref<'a> = V::Ref<'a>;
    type Reader<'a> = ColumnReader<'a, V>;

    fn open<'a>(columns: &'a [Column], name: &str, rows: usize) -> Result<Self::Reader<'a>, String> {
        ColumnReader::open(columns, 0, name, rows, Nulls::Refused)
    }

    fn get<'a>(reader: &Self::Reader<'a>, row: usize) -> Self::Ref<'a> {
        reader.required(row)
    }
}

/// Keys of several parts, and how documents show them: as lists.
macro_rules! key_of_parts {
    ($($part:ident $at:tt),*) => {
        impl<$($part: Value),*> Key for ($($part,)*)
        where
            $(for<'a> $part::Ref<'a>: InDocument,)*
        {
            type Ref<'a> = ($($part::Ref<'a>,)*);
            type Reader<'a> = ($(ColumnReader<'a, $part>,)*);

            fn open<'a>(columns: &'a [Column], name: &str, rows: usize) -> Result<Self::Reader<'a>, String> {
                Ok(($(ColumnReader::open(columns, $at, name, rows, Nulls::Refused)?,)*))
            }

            fn get<'a>(reader: &Self::Reader<'a>, row: usize) -> Self::Ref<'a> {
                ($(reader.$at.required(row),)*)
            }
        }

        impl<$($part: InDocument),*> InDocument for ($($part,)*) {
            type Owned = ($($part::Owned,)*);

            fn in_document(self) -> Self::Owned {
                ($(self.$at.in_document(),)*)
            }
        }

        impl<$($part: DocumentField),*> DocumentField for ($($part,)*) {
            const TYPE: Option<crate::bindings::foldline::reducer::types::ValueType> = None;
        }
    };
}

key_of_parts!(A 0, B 1);
key_of_parts!(A 0, B 1, C 2);
key_of_parts!(A 0, B 1, C 2, D 3);

/// A result or a key, and how documents hold it.
#[doc(hidden)]
pub trait InDocument {
    type Owned: DocumentField;
    fn in_document(self) -> Self::Owned;
}

macro_rules! in_document {
    ($($shown:ty => $owned:ty),*) => {$(
        impl InDocument for $shown {
            type Owned = $owned;

            fn in_document(self) -> $owned {
                self.into()
            }
        }
    )*};
}

in_document!(&str => String, i64 => i64, u64 => u64, f64 => f64, bool => bool, Time => Time, Vec<Ranked> => Vec<Ranked>);

impl<T: InDocument> InDocument for Option<T> {
    type Owned = Option<T::Owned>;

    fn in_document(self) -> Self::Owned {
        self.map(T::in_document)
    }
}
