//! How the documents of two versions differ.

use foldline_core::position::Position;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Problem;

/// The name under which memberships are compared as if they were a field. It cannot clash: authors cannot declare a document
/// field of this name.
pub const MEMBERSHIPS: &str = "(memberships)";

/// A line of the answer of `GET projections/{name}/diff`: progress lines while it runs, then the outcome as the last line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffLine {
    /// The rows of both versions are being read.
    Progress {
        /// Rows read.
        read: u64,
        /// Rows to read.
        of: u64,
    },
    /// Both versions were compared.
    Compared(Box<Comparison>),
    /// The comparison failed before its end.
    Failed(Problem),
}

/// How the documents of two versions differ at one position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The position of both versions. A topic that only one version reads ends where that version stood.
    pub position: Position,
    /// The version compared against.
    pub old: ComparedVersion,
    /// The version that would replace it.
    pub new: ComparedVersion,
    /// Counts of the documents of both versions.
    pub documents: ComparedDocuments,
    /// Fields that both versions declare, in the order of the old version, then undeclared fields that differ, by name.
    pub fields: Vec<ComparedField>,
    /// Number of differences in undeclared fields that are not listed: the list of names is bounded, because names may be
    /// anything.
    #[serde(skip_serializing_if = "super::is_zero", default)]
    pub further_field_differences: u64,
    /// The first documents of each kind, in the order of their keys.
    pub samples: DocumentSamples,
}

/// One of two versions that were compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparedVersion {
    /// NAME@VERSION.
    pub version: String,
    /// Number of its documents.
    pub documents: u64,
    /// Rows whose document could not be made. They are not compared.
    pub failed_rows: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_failed: Option<FailedDocument>,
    /// Records folded, dead letters not counted.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Records that came too late for a window.
    pub late: u64,
    /// Fields that the other version does not declare. They are not compared.
    pub fields_only_here: Vec<String>,
}

/// A row whose document could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedDocument {
    /// The row's key as text.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// Number of documents per outcome. Rows that failed in either version are counted in none of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedDocuments {
    /// The same in both, within the tolerances.
    pub same: u64,
    /// Different in some field.
    pub changed: u64,
    /// Documents of the old version alone.
    pub only_old: u64,
    /// Documents of the new version alone.
    pub only_new: u64,
}

/// How one field differs, over the documents of both versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparedField {
    /// Its name.
    pub name: String,
    /// Documents in which it differs by more than its tolerance.
    pub differ: u64,
    /// Documents in which it differs within its tolerance.
    pub tolerated: u64,
    /// Documents in which its number is larger in the new version, tolerated or not.
    pub rose: u64,
    /// Documents in which its number is smaller in the new version, tolerated or not.
    pub fell: u64,
    /// How many documents have a number that differs by how much: buckets of drift, ascending, tolerated differences included.
    /// Empty when no number differs.
    pub drift: Vec<DriftBucket>,
}

/// Number of documents whose drift falls into one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftBucket {
    /// Upper end of the range, in percent of the old number, in either direction. Absent for the last bucket, which also counts
    /// documents whose old number was 0.
    pub up_to_percent: Option<f64>,
    /// Number of documents.
    pub documents: u64,
}

/// The first documents of each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DocumentSamples {
    /// Documents that differ.
    pub changed: Vec<ChangedDocument>,
    /// Documents of the old version alone.
    pub only_old: Vec<SampleDocument>,
    /// Documents of the new version alone.
    pub only_new: Vec<SampleDocument>,
}

/// A document that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedDocument {
    /// Its id.
    pub id: String,
    /// The fields that differ beyond their tolerance, by name.
    pub fields: Vec<ChangedField>,
}

/// A field that differs. Long values are replaced by a text that says how long they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedField {
    /// Its name.
    pub name: String,
    /// Its value in the old version; absent when the document has no such field.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "present")]
    pub old: Option<Value>,
    /// Its value in the new version; absent when the document has no such field.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "present")]
    pub new: Option<Value>,
}

/// A document that one version alone has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleDocument {
    /// Its id.
    pub id: String,
    /// Its body. A long body is replaced by a text that says how long it is.
    pub document: Value,
}

impl Comparison {
    /// Returns the share of documents that differ, from 0 to 1, of all documents of both versions. Documents that failed in
    /// either version count in neither number; see [`Comparison::failed_rows`].
    pub fn changed_share(&self) -> f64 {
        let ComparedDocuments { same, changed, only_old, only_new } = self.documents;
        let differ = changed + only_old + only_new;
        if differ == 0 { 0.0 } else { differ as f64 / (same + differ) as f64 }
    }

    /// Returns how many documents could not be made, in both versions together.
    pub fn failed_rows(&self) -> u64 {
        self.old.failed_rows + self.new.failed_rows
    }

    /// Returns whether both versions show the same: all documents and declared fields are equal, and no row failed.
    pub fn is_same(&self) -> bool {
        let ComparedDocuments { changed, only_old, only_new, .. } = self.documents;
        let fields = self.old.fields_only_here.len() + self.new.fields_only_here.len();
        changed + only_old + only_new + self.failed_rows() == 0 && fields == 0
    }
}

/// Reads a field that is `null` as present.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
