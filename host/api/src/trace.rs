//! The answers of `trace` and `diff/why`: the log replayed for one key.

use foldline_core::position::Position;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Problem;

/// A line of the answer of `GET projections/{name}/trace`: each change of the row, progress lines in between, and the outcome as
/// the last line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceLine {
    /// The log is being replayed.
    Progress {
        /// Records read.
        read: u64,
        /// Records to read.
        of: u64,
    },
    /// A record contributed to the row.
    Event(TracedEvent),
    /// Time changed a document: a window moved on, closed, or reached the end of its retention.
    Time(TracedTime),
    /// The trace ended: everything was traced, or as much as was asked for.
    Traced(Traced),
    /// The trace failed before its end.
    Failed(Problem),
}

/// A record that contributed to the row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TracedEvent {
    /// The record as `tail` prints it: topic, key, value, the record's own time, partition, offset.
    pub record: Box<RawValue>,
    /// The event's time, in milliseconds.
    pub time_ms: i64,
    /// Whether it was late: no window took it.
    #[serde(skip_serializing_if = "is_false", default)]
    pub late: bool,
    /// Whether a window that is still open took it. It shows once time has passed that window.
    #[serde(skip_serializing_if = "is_false", default)]
    pub open: bool,
    /// The row of another table that it changed, and that the traced row shows: `users u7`. Absent when it contributes to the
    /// traced row itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub through: Option<String>,
    /// The document before. Absent when there was none, and where every window has its own document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Box<RawValue>>,
    /// The document after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<Box<RawValue>>,
    /// The row's memberships before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sets_before: Vec<TracedMembership>,
    /// The row's memberships after.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sets_after: Vec<TracedMembership>,
    /// Why the module made no document of the row. The previous document is still served.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed: Option<String>,
}

/// A membership of the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedMembership {
    /// The set.
    pub set: String,
    /// The member's name in it.
    pub member: String,
    /// Its score, by which members are ordered.
    #[serde(serialize_with = "super::sets::score")]
    pub score: f64,
}

/// A change that time made, without an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TracedTime {
    /// The event time that all partitions had passed, in milliseconds.
    pub time_ms: i64,
    /// The document's id.
    pub id: String,
    /// The document before. Absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Box<RawValue>>,
    /// The document after. Absent when it was deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<Box<RawValue>>,
    /// The row's memberships before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sets_before: Vec<TracedMembership>,
    /// The row's memberships after.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sets_after: Vec<TracedMembership>,
    /// Why the module made no document of the row. The previous document is still served.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed: Option<String>,
}

/// How a trace ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traced {
    /// NAME@VERSION.
    pub version: String,
    /// The end of the log when the trace began.
    pub position: Position,
    /// Number of events reported.
    pub events: u64,
    /// Number of reported changes that time alone made.
    pub times: u64,
    /// Whether there is more than was asked for.
    pub more: bool,
}

/// A line of the answer of `GET projections/{name}/diff/why`: progress lines while it runs, then the outcome as the last line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyLine {
    /// The log is being replayed.
    Progress {
        /// Records read.
        read: u64,
        /// Records to read.
        of: u64,
    },
    /// Both versions were compared.
    Why(Why),
    /// The comparison failed before its end.
    Failed(Problem),
}

/// Where two versions diverge over one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Why {
    /// NAME@VERSION of the reference version.
    pub old: String,
    /// NAME@VERSION of the version compared with it.
    pub new: String,
    /// The end of the log when they were compared.
    pub position: Position,
    /// Records that touched the row, up to the divergence.
    pub events: u64,
    /// Fields that only the old version declares. They are not compared.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub only_old: Vec<String>,
    /// Fields that only the new version declares. They are not compared.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub only_new: Vec<String>,
    /// Where they diverge. Absent when they never do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parting: Option<DivergenceReport>,
}

/// The first moment at which two versions make different documents. If they never do, the first different memberships.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DivergenceReport {
    /// The record after which they differ, as `tail` prints it. Absent when only time moved on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<Box<RawValue>>,
    /// The record's event time, or else the event time that all partitions had passed, in milliseconds.
    pub time_ms: i64,
    /// The documents' id.
    pub id: String,
    /// The common fields that differ, and `(memberships)` if memberships differ. Empty of fields if only one version has a
    /// document.
    pub fields: Vec<String>,
    /// The old version's document; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub old: Option<Box<RawValue>>,
    /// The new version's document; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new: Option<Box<RawValue>>,
    /// The row's memberships in the old version, where they differ.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub old_sets: Vec<TracedMembership>,
    /// The row's memberships in the new version, where they differ.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub new_sets: Vec<TracedMembership>,
    /// Why the old version made no new document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub old_failed: Option<String>,
    /// Why the new version made no new document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_failed: Option<String>,
    /// Lines of a fixture that the old version passes and the new one fails. It was run against both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fixture: Option<String>,
    /// Why there is no fixture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_fixture: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}
