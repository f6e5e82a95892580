//! What a sink shows, read back entry by entry: for checks, not for those who are served.

use std::borrow::Cow;

use foldline_base::error::Result;

/// Something that a sink shows.
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
        /// What it is ordered by.
        score: f64,
        /// The row that it belongs to, if the sink records it.
        id: Option<String>,
    },
}

/// Brings a body into the form that is compared.
pub type Normalize = for<'a> fn(&'a str) -> Cow<'a, str>;

/// Hears of each entry, and may end the reading.
pub type EntryVisitor<'a> = dyn FnMut(Entry) -> Result<()> + 'a;

/// Reads back what a sink shows of one version.
pub trait Reading: Send {
    /// Returns whether sets are shown, or documents alone.
    fn has_sets(&self) -> bool;

    /// Returns how to normalise bodies that the sink considers equal; nothing if it keeps the text.
    fn normal(&self) -> Normalize {
        |body| Cow::Borrowed(body)
    }

    /// Hands over everything that is shown, in any order, in bounded memory. What changes meanwhile may come as it was or as
    /// it is, or twice.
    ///
    /// # Errors
    /// `Unavailable` when the sink does not answer or holds what cannot be read; whatever `visit` ends it with.
    fn entries(&mut self, visit: &mut EntryVisitor<'_>) -> Result<()>;
}
