//! Documents: what a projection serves for a row.

use std::marker::PhantomData;

use serde_core::Serialize;
use serde_core::ser::SerializeStruct;

use crate::bindings::foldline::reducer::types::{OutputField, Projected as Answer, ValueType};
use crate::column::ColumnBuilder;
use crate::error::{Error, Result};
use crate::membership::{Memberships, Score};
use crate::value::{Boolean, Float, Int, Text, Time, Value};

/// What is served for a row, as a JSON object. Derive it on a struct with named fields.
///
/// Every field is always present; an absent `Option` is `null`. Fields marked `#[sortable]` are indexed, so documents can
/// be listed by them. [`DocumentField`] lists the types; a document may contain other documents and lists of them. A
/// reducer that serves its rows only in sets ([`Projected::member`]) uses `()`.
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
#[diagnostic::on_unimplemented(message = "`{Self}` is not a document", label = "needs `#[derive(Document)]`")]
pub trait Document: Serialize {
    #[doc(hidden)]
    fn fields() -> Vec<OutputField>;
}

/// No document, for a reducer whose rows are served only in sets.
impl Document for () {
    fn fields() -> Vec<OutputField> {
        Vec::new()
    }
}

/// A type that a field of a [`Document`] may have: `String`, `&'static str`, `i64`, `i32`, `u64`, `u32`, `f64`, `bool`,
/// [`Time`], [`Ranked`](crate::Ranked), what [`Quantiles`](crate::Quantiles) show, [`JsonText`](crate::JsonText), rows that are
/// [referred to](crate::Table#references), other documents, and `Option`s and `Vec`s of these. Only single values can be `#[sortable]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a document",
    label = "not a type that documents support; a struct of one's own needs `#[derive(Document)]`"
)]
pub trait DocumentField: Serialize {
    /// `None` for lists and objects, which descriptions do not list.
    #[doc(hidden)]
    const TYPE: Option<ValueType>;
}

/// Takes what is served for a row: its document, or the decision that it has none, and its memberships.
pub struct Projected<D> {
    bodies: ColumnBuilder<Text>,
    memberships: Memberships,
    /// The row at hand.
    row: u32,
    decided: bool,
    document: PhantomData<D>,
}

impl<D: Document> Projected<D> {
    /// Serves this document for the row, replacing the row's previous one.
    ///
    /// # Errors
    /// The row already has a document, or the document cannot be written as JSON.
    pub fn document(&mut self, document: D) -> Result {
        let body = serde_json::to_string(&document)?;
        self.decide(Some(&body))
    }

    /// Serves no document for the row; its previous one is deleted. A row that is only in sets need not call this.
    ///
    /// # Errors
    /// The row already has a document.
    pub fn nothing(&mut self) -> Result {
        self.decide(None)
    }

    /// Serves the row in a set, as a member with a score. `GET …/sets/{set}` lists the members, by default the largest score
    /// first, ties by member.
    ///
    /// Call it once for each set that the row is in, up to 1,024 times, in addition to [`Projected::document`], or alone for
    /// a row without a document. The calls for a row are its complete list: the row leaves every set that it was in before
    /// and that is not named now. Scores are integers, floats or times ([`Score`]).
    ///
    /// A membership belongs to one row. Two rows that claim the same member of the same set are a mistake that the host does
    /// not correct: build the member or the set from the row's key.
    ///
    /// Posts, ranked within their tribe:
    ///
    /// ```
    /// use foldline_sdk::prelude::*;
    ///
    /// # #[derive(Event)] #[event(topic = "posts")]
    /// # struct Post<'a> { post_id: &'a str, tribe_id: &'a str }
    /// #[derive(Table)]
    /// struct Posts { #[key] post_id: Text, tribe_id: Last<Text>, likes: Count }
    ///
    /// #[derive(Document)]
    /// struct PostLikes { post_id: String, likes: u64 }
    ///
    /// # #[reducer] impl Reducer for TribePosts {
    /// #     type Event<'a> = Post<'a>; type Table = Posts; type Document = PostLikes;
    /// #     fn extract(post: Post<'_>, out: &mut Contributions<Posts>) -> Result<()> {
    /// #         out.add(Posts::key(post.post_id).tribe_id(post.tribe_id).likes(1))
    /// #     }
    /// fn project(row: Row<'_, Posts>, out: &mut Projected<PostLikes>) -> Result<()> {
    ///     if let Some(tribe) = row.tribe_id {
    ///         out.member(format!("tribe:{tribe}"), row.post_id, row.likes)?;
    ///     }
    ///     out.document(PostLikes { post_id: row.post_id.into(), likes: row.likes })
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// A name is empty or longer than 512 bytes, or the score is not a finite number.
    pub fn member(&mut self, set: impl AsRef<str>, member: impl AsRef<str>, score: impl Score) -> Result {
        self.memberships.push(self.row, set.as_ref(), member.as_ref(), score.score())
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
        Self {
            bodies: ColumnBuilder::with_capacity(rows),
            memberships: Memberships::default(),
            row: 0,
            decided: false,
            document: PhantomData,
        }
    }

    /// Runs `project` for one row; rows come in their order.
    pub(crate) fn of_row(&mut self, row: u32, project: impl FnOnce(&mut Self) -> Result) -> Result {
        (self.row, self.decided) = (row, false);
        let memberships_before = self.memberships.len();
        project(self)?;
        match self.decided {
            true => Ok(()),
            // The row is only in sets.
            false if self.memberships.len() > memberships_before => self.decide(None),
            false => {
                Err(Error::from("`project` called none of `out.document`, `out.member` and `out.nothing`"))
            }
        }
    }

    pub(crate) fn finish(self) -> Answer {
        self.memberships.answer(self.bodies.finish())
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
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.ms())
    }
}

/// Describes a field, unless it is a list or an object.
#[doc(hidden)]
pub fn describe_output<F: DocumentField>(name: &str, sortable: bool) -> Option<OutputField> {
    F::TYPE.map(|ty| OutputField {
        path: vec![name.to_owned()],
        ty,
        sortable,
        searchable: false,
        settings: Vec::new(),
    })
}

/// Writes a field. Serde's own function would work, but its message about other types mentions serde.
#[doc(hidden)]
pub fn write_field<F: DocumentField, S: SerializeStruct>(
    object: &mut S,
    name: &'static str,
    value: &F,
) -> std::result::Result<(), S::Error> {
    object.serialize_field(name, value)
}
