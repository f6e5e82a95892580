//! Reads back what a sink shows, entry by entry: for checks, not for serving.

use std::borrow::Cow;

use foldline_base::error::Result;

/// An entry that a sink shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A document.
    Document {
        /// Its id.
        id: String,
        /// Its JSON body.
        body: String,
    },
    /// A member of a set.
    Member {
        /// The set.
        set: String,
        /// The member.
        member: String,
        /// The member's score.
        score: f64,
        /// The id of its row, if the sink records it.
        id: Option<String>,
    },
}

/// Brings a body into the form that is compared.
pub type Normalize = for<'a> fn(&'a str) -> Cow<'a, str>;

/// Receives each entry, and may end the reading.
pub type EntryVisitor<'a> = dyn FnMut(Entry) -> Result<()> + 'a;

/// Reads back what a sink shows of one version.
pub trait Reading: Send {
    /// Returns whether the sink shows sets, or only documents.
    fn has_sets(&self) -> bool;

    /// Returns how to normalise bodies that the sink considers equal. By default, the text stays as it is.
    fn normal(&self) -> Normalize {
        |body| Cow::Borrowed(body)
    }

    /// Passes on everything that is shown, in any order, in bounded memory. Entries that change meanwhile may come in their old
    /// or new form, or twice.
    ///
    /// # Errors
    /// `Unavailable` when the sink does not answer or its data cannot be read; errors of `visit`.
    fn entries(&mut self, visit: &mut EntryVisitor<'_>) -> Result<()>;
}
