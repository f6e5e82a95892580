//! The trait that an author implements.

use crate::contributions::Contributions;
use crate::document::{Document, Projected};
use crate::error::Result;
use crate::event::Event;
use crate::parameters::Configurable;
use crate::reference::ReferencesIn;
use crate::table::{Row, Tables};

/// Deterministic code that folds events into rows, and shows rows as documents.
///
/// Both functions are pure: what they return depends only on their arguments, and on the values of the reducer's
/// [`Parameters`](crate::Parameters) if it has some. Put [`#[reducer]`](macro@crate::reducer) on
/// the implementation.
pub trait Reducer: 'static {
    /// What it reads: a struct for one topic, an enum for several.
    type Event<'a>: Event<'a>;
    /// Its state: a table, or several. They hold every table to which the first one refers.
    type Table: Tables<Shown: ReferencesIn<Self::Table>>;
    /// What it serves.
    type Document: Document;

    /// Adds an event's contributions to the tables; an event may add nothing.
    ///
    /// # Errors
    /// An error makes the event a dead letter, with the error as its reason; the event then adds nothing.
    fn extract(event: Self::Event<'_>, out: &mut Contributions<Self::Table>) -> Result;

    /// Serves a row of the first table: call `out.document(…)` or `out.nothing()`, and `out.member(…)` for each set that the row is in.
    ///
    /// # Errors
    /// An error marks the row as failed; its previous document stays, and the version is not promoted.
    fn project(row: Row<'_, <Self::Table as Tables>::Shown>, out: &mut Projected<Self::Document>) -> Result;
}

/// A reducer as a module: what `#[reducer]` adds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "its `impl Reducer` needs `#[reducer]`"
)]
pub trait Module: Reducer + Configurable {
    /// The crate's name.
    const NAME: &'static str;
    /// The crate's version.
    const VERSION: &'static str;
}
