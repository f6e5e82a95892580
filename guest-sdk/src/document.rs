//! Documents: what a projection serves for a row.

use std::marker::PhantomData;

use serde::Serialize;
use serde::ser::SerializeStruct;

use crate::bindings::foldline::reducer::types::{Column, OutputField, ValueType};
use crate::column::ColumnBuilder;
use crate::error::{Error, Result};
use crate::value::{Boolean, Float, Int, Text, Time, Value};

/// What is served for a row, as a JSON object. Derive it on a struct with named fields.
///
/// Every field is always there, an absent `Option` as `null`. Fields marked `#[sortable]` are indexed, so that
/// documents can be listed by them. [`DocumentField`] lists the types; a document may hold others, and lists of them.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Document)]
/// struct Customer {
///     customer: String,
///     #[sortable]
///     orders: u64,
///     last_coupon: Option<String>,
///     addresses: Vec<Address>,
/// }
///
/// #[derive(Document)]
/// struct Address { street: String, city: String }
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no document", label = "needs `#[derive(Document)]`")]
pub trait Document: Serialize {
    #[doc(hidden)]
    fn fields() -> Vec<OutputField>;
}

/// A type that a field of a [`Document`] may have: `String`, `&'static str`, `i64`, `i32`, `u64`, `u32`, `f64`, `bool`,
/// [`Time`], [`Ranked`](crate::Ranked), what [`Quantiles`](crate::Quantiles) show, other documents, and `Option`s and
/// `Vec`s of these. Only single values can be `#[sortable]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a document",
    label = "no type that documents know; a struct of one's own needs `#[derive(Document)]`"
)]
pub trait DocumentField: Serialize {
    /// `None` for lists and objects, which descriptions do not list.
    #[doc(hidden)]
    const TYPE: Option<ValueType>;
}

/// Takes the document of a row, or the decision that there is none.
pub struct Projected<D> {
    bodies: ColumnBuilder<Text>,
    decided: bool,
    document: PhantomData<D>,
}

impl<D: Document> Projected<D> {
    /// Serves this document for the row, in place of the row's former one.
    ///
    /// # Errors
    /// The row has its document already, or it cannot be written as JSON.
    pub fn document(&mut self, document: D) -> Result {
        let body = serde_json::to_string(&document)?;
        self.decide(Some(&body))
    }

    /// Serves no document for the row; its former one is deleted.
    ///
    /// # Errors
    /// The row has a document already.
    pub fn nothing(&mut self) -> Result {
        self.decide(None)
    }

    fn decide(&mut self, body: Option<&str>) -> Result {
        if self.decided {
            return Err(
                "a row has one document: `out.document` or `out.nothing` was called twice for it".into()
            );
        }
        self.decided = true;
        self.bodies.push(body);
        Ok(())
    }

    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { bodies: ColumnBuilder::with_capacity(rows), decided: false, document: PhantomData }
    }

    /// Runs `project` for one row.
    pub(crate) fn of_row(&mut self, project: impl FnOnce(&mut Self) -> Result) -> Result {
        self.decided = false;
        project(self)?;
        if self.decided {
            Ok(())
        } else {
            Err(Error::from("`project` called neither `out.document` nor `out.nothing`"))
        }
    }

    pub(crate) fn finish(self) -> Column {
        self.bodies.finish()
    }
}

macro_rules! document_field {
    ($($field:ty => $value:ty),*) => {$(
        impl DocumentField for $field {
            const TYPE: Option<ValueType> = Some(<$value as Value>::TYPE);
        }
    )*};
}

document_field!(
    String => Text, &'static str => Text, i64 => Int, i32 => Int, u64 => Int, u32 => Int, f64 => Float,
    bool => Boolean, Time => Time
);

impl<F: DocumentField> DocumentField for Option<F> {
    const TYPE: Option<ValueType> = F::TYPE;
}

impl<F: DocumentField> DocumentField for Vec<F> {
    const TYPE: Option<ValueType> = None;
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.ms())
    }
}

/// Describes a field, unless it is a list or an object.
#[doc(hidden)]
pub fn describe_output<F: DocumentField>(name: &str, sortable: bool) -> Option<OutputField> {
    F::TYPE.map(|ty| OutputField { name: name.to_owned(), ty, sortable })
}

/// Writes a field. Serde's own function would do, but its message about other types speaks of serde.
#[doc(hidden)]
pub fn write_field<F: DocumentField, S: SerializeStruct>(
    object: &mut S,
    name: &'static str,
    value: &F,
) -> std::result::Result<(), S::Error> {
    object.serialize_field(name, value)
}
