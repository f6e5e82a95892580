//! The trait that an author implements.

use crate::contributions::Contributions;
use crate::document::{Document, Projected};
use crate::error::Result;
use crate::event::Event;
use crate::table::{Row, Table};

/// Deterministic code that folds events into rows, and shows rows as documents.
///
/// Both functions are pure: what they return depends on their arguments only. Write the implementation under
/// [`#[reducer]`](macro@crate::reducer).
pub trait Reducer: 'static {
    /// What it reads: a struct for one topic, an enum for several.
    type Event<'a>: Event<'a>;
    /// Its state.
    type Table: Table;
    /// What it serves.
    type Document: Document;

    /// Says what an event adds to the table; an event that adds nothing is fine.
    ///
    /// # Errors
    /// An error makes the event a dead letter, with the error as its reason; it then adds nothing at all.
    fn extract(event: Self::Event<'_>, out: &mut Contributions<Self::Table>) -> Result;

    /// Says what is served for a row: `out.document(…)` or `out.nothing()`, and `out.member(…)` for each set that it is in.
    ///
    /// # Errors
    /// An error marks the row as failed; its former document stays, and the version is not promoted.
    fn project(row: Row<'_, Self::Table>, out: &mut Projected<Self::Document>) -> Result;
}

/// A reducer as a module: what `#[reducer]` adds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module",
    label = "its `impl Reducer` needs `#[reducer]`"
)]
pub trait Module: Reducer {
    /// The crate's name.
    const NAME: &'static str;
    /// The crate's version.
    const VERSION: &'static str;
}
