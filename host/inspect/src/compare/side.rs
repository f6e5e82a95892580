//! What one version shows for a row: its document, its memberships, or both.

use serde_json::{Map, Value, json};

use foldline_api::MEMBERSHIPS;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_projection::{Shown, ShownRow};
use foldline_sink::Membership;

/// What one version shows for a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Side<'a> {
    pub(super) shown: &'a Shown,
    /// Sorted by set and member.
    memberships: &'a [Membership],
}

impl<'a> From<Option<&'a ShownRow>> for Side<'a> {
    fn from(row: Option<&'a ShownRow>) -> Self {
        match row {
            Some(row) => Self { shown: &row.shown, memberships: &row.memberships },
            None => Self { shown: &Shown::Nothing, memberships: &[] },
        }
    }
}

impl Side<'_> {
    /// Returns whether its document could not be made.
    pub(super) fn failed(&self) -> bool {
        matches!(self.shown, Shown::Failed(_))
    }

    /// Returns whether the row shows anything.
    pub(super) fn shows(&self) -> bool {
        matches!(self.shown, Shown::Document(_)) || !self.memberships.is_empty()
    }

    /// Returns the document's fields; memberships, if there are any, count as one more field.
    ///
    /// # Errors
    /// `Internal` for a document that is no JSON object.
    pub(super) fn fields(&self, id: &str) -> Result<Map<String, Value>> {
        let mut fields: Map<String, Value> = match self.shown {
            Shown::Document(body) => {
                serde_json::from_str(body).kind(ErrorKind::Internal, format_args!("document `{id}`"))?
            }
            _ => Map::new(),
        };
        if !self.memberships.is_empty() {
            let membership = |of: &Membership| json!({"set": of.set, "member": of.member, "score": of.score});
            fields.insert(MEMBERSHIPS.to_owned(), self.memberships.iter().map(membership).collect());
        }
        Ok(fields)
    }
}
