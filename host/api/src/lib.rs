//! The JSON that travels over HTTP: the types that the server and the command line share (docs/design/interfaces.md).

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod comparison;
mod dead_letter;
mod plan;
mod relay;
mod sets;
mod trace;

use foldline_core::parameters::Values;
use foldline_core::position::Position;
use serde::{Deserialize, Serialize};

pub use comparison::{
    ChangedDocument, ChangedField, ComparedDocuments, ComparedField, ComparedVersion, Comparison, DiffLine,
    DocumentSamples, DriftBucket, FailedDocument, MEMBERSHIPS, SampleDocument,
};
pub use dead_letter::{DeadLetter, DeadLetterPage};
pub use foldline_core::status::{Holder, Phase, SinkPhase};
pub use plan::{Outcome, Plan, PlannedInput, PlannedModule};
pub use relay::{RelayPartition, RelayPhase, RelayStatus};
pub use sets::{SetMember, SetMembership, SetPage};
pub use trace::{
    DivergenceReport, TraceLine, Traced, TracedEvent, TracedMembership, TracedTime, Why, WhyLine,
};

/// The answer of `POST topics/{t}/records`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Appended {
    /// The position after the appended records. Pass it to a read as `at_least`.
    pub token: Position,
    /// How many records were appended.
    pub appended: u64,
    /// Number of punctuations appended. A punctuation for all partitions counts once.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub punctuations: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The outcome per line of a `POST topics/{t}/records` that failed, unless nothing at all is in the log. Lines in neither list
/// are in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartlyAppended {
    /// How many records and punctuations are in the log.
    pub appended: u64,
    /// The position after them.
    pub token: Position,
    /// Lines that are not in the log, as `[first, last]`, counted from 1. Append exactly these again.
    pub missing: Vec<[u64; 2]>,
    /// Lines that may be in the log: the log failed while it wrote them.
    pub unknown: Vec<[u64; 2]>,
}

/// The answer of `POST topics/{t}/punctuations`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Punctuated {
    /// The position after the punctuations.
    pub token: Position,
    /// Their time, in milliseconds since 1970.
    pub time_ms: i64,
}

/// The answer of `GET topics`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topics {
    /// The topics that exist, by name; internal ones are left out.
    pub topics: Vec<String>,
}

/// The answer of `GET topics/{t}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The logical topic.
    pub topic: String,
    /// Its partitions, by number.
    pub partitions: Vec<TopicPartition>,
}

/// What one partition holds: records from `start_offset` (inclusive) to `end_offset` (exclusive).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicPartition {
    /// The partition.
    pub partition: u32,
    /// The first offset still held.
    pub start_offset: u64,
    /// The next offset that will become readable.
    pub end_offset: u64,
}

/// One document with its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// The row's key as text.
    pub id: String,
    /// The body, exactly as the module wrote it.
    pub document: Box<serde_json::value::RawValue>,
}

/// A page of documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentPage {
    /// The documents, in the order asked for.
    pub documents: Vec<Document>,
    /// Where the next page starts; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
}

/// The verdict on a module file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is folding or has folded.
    Accepted,
    /// It is known but not started, because a higher version is live.
    Registered,
    /// It will not run. The reason says why, and what to do.
    Rejected,
    /// It will be judged as soon as a server or log that the judgement needs answers. The reason names it.
    Waiting,
    /// It is no module for this host and was not read. The reason says why.
    Ignored,
}

/// One entry of the modules folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleReport {
    /// The file's name, made printable.
    pub file: String,
    /// The reducer's name, once known.
    pub name: Option<String>,
    /// The reducer's version, once known, with its build if values of its parameters differ from the fallbacks.
    pub version: Option<String>,
    /// The values that differ from the fallbacks.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub parameters: Values,
    /// blake3 of the file, once read, in hex.
    pub digest: Option<String>,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The stable code of the reason (docs/upgrades.md). Present for modules that are not folded for this reason.
    #[serde(default)]
    pub code: Option<String>,
    /// Why, with the next step. Present wherever there is a code.
    pub reason: Option<String>,
}

/// The answer of `GET modules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleReports {
    /// One entry per file, by name.
    pub modules: Vec<ModuleReport>,
}

/// The progress of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionStatus {
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The next offset to fold.
    pub next_offset: u64,
    /// The next offset that the embedded store shows.
    pub shown_offset: u64,
    /// The end of the partition in the log.
    pub end_offset: u64,
}

/// The state of a version's sink other than the embedded store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkStatus {
    /// The sink's name.
    pub name: String,
    /// Its phase.
    pub phase: SinkPhase,
    /// Offsets in the log that it does not show yet.
    pub lag: u64,
    /// Why it halted, or what does not work for the moment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Number of documents that it refused for good.
    pub refused: u64,
    /// One refused document: its id and the reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub example: Option<String>,
    /// Whether the sink's pointer names this version, so that readers read it there.
    pub pointed: bool,
}

/// One version of a projection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionStatus {
    /// The projection's name.
    pub name: String,
    /// The module's version, with its build if values of its parameters differ from the fallbacks.
    pub version: String,
    /// The digest of the module, or of the module and the values of its parameters, in hex.
    pub digest: String,
    /// The values of its parameters that differ from the fallbacks.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub parameters: Values,
    /// The phase.
    pub phase: Phase,
    /// Why it halted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What a version that has caught up still waits for before it can be served.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_for: Option<String>,
    /// Records folded per second, over the last ten seconds. Absent during the first ten seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub records_per_s: Option<u64>,
    /// The partitions of its inputs.
    pub positions: Vec<PartitionStatus>,
    /// The state of its sinks other than the embedded store.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sinks: Vec<SinkStatus>,
    /// Topics it reads that do not exist.
    pub missing_topics: Vec<String>,
    /// Topics whose records carry their producer's time (Kafka's CreateTime). A wrong event time can pass `max_ahead` there,
    /// because the record's own time is wrong by as much.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub producer_times: Vec<String>,
    /// For each topic, the first event time that looks like a coarser unit than declared, as a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub coarse_times: Vec<String>,
    /// Records folded so far, dead letters not counted.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Records that came too late for a window.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub late: u64,
    /// Records that none of its inputs selects.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub passed_over: u64,
    /// The event time that all partitions have passed, in milliseconds. Absent without windows, and before the first event.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub watermark_ms: Option<i64>,
    /// The partitions that hold event time back, and why. Absent while no partition is behind another.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub held_by: Vec<Holder>,
    /// Time left in the rollback window of a version that was served before, in milliseconds. Only time in which the host runs
    /// counts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept_ms: Option<u64>,
    /// Rows whose document could not be made.
    pub failed_rows: u64,
    /// Rows in state.
    pub rows: u64,
    /// Number of documents that it shows, served or not.
    pub documents: u64,
    /// Memory and disk that its state uses.
    #[serde(default)]
    pub takes: Takes,
}

/// Memory and disk that a version's state uses, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takes {
    /// Memory of the resident rows. `engine.memory_max` bounds this plus `evicted_bytes`.
    pub rows_bytes: u64,
    /// Memory that evicted rows still use: their next dates.
    pub evicted_bytes: u64,
    /// Memory of the state store: checkpoints waiting to be written, and rows that were read.
    pub store_bytes: u64,
    /// Size of the state store's files, without its journal.
    pub disk_bytes: u64,
}

/// The answer of `GET status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The host's version.
    pub version: String,
    /// The kind of log: `embedded` or `kafka`.
    pub log: String,
    /// How far the host's clock is behind the newest append time of the embedded log, in milliseconds. Append times never go
    /// back. Left out below one second.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub clock_behind_ms: u64,
    /// Age of the known ends of topics, in milliseconds. For a log on another machine, `status` shows cached ends instead of
    /// asking. Left out where the log answers at once.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub log_end_age_ms: u64,
    /// Why topics take no appends, one sentence each: the topic is not the one that was read, or lost its end.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub doubts: Vec<String>,
    /// Configuration tables that name no known projection, topic or relay, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unmatched: Vec<String>,
    /// Records that projections skip: every decision, by projection name, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub skips: Vec<ProjectionSkip>,
    /// Every version that runs or has halted, by name, then version.
    pub projections: Vec<VersionStatus>,
    /// The relay of each live version that has one, by name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub relays: Vec<RelayStatus>,
}

/// An operator's decision about records that a projection skips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectionSkip {
    /// The projection.
    pub projection: String,
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The first offset.
    pub from: u64,
    /// The offset after the last one.
    pub to: u64,
    /// Whether the projection's relay skips them too.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub relay: bool,
    /// Whether this takes back an earlier decision, so that the records count again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub undone: bool,
    /// Why, in the operator's words.
    pub reason: String,
    /// When it was decided, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The answer of `POST projections/{name}/promote|rollback|discard|replay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAnswer {
    /// What holds now, as a sentence.
    pub message: String,
}

/// The answer of `GET projections/{name}/fingerprint`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FingerprintAnswer {
    /// NAME@VERSION.
    pub version: String,
    /// The hash, in hex.
    pub fingerprint: String,
    /// The position at which it was taken.
    pub position: Position,
    /// Skipped records before the position, as topic, partition and offsets `FROM-TO`. Two fingerprints are comparable only if
    /// this is equal.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub skipped: Vec<String>,
}

/// A line of the answer of `GET projections/{name}/verify`: progress lines while it runs, then the outcome as the last line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyLine {
    /// The log is being folded once more.
    Progress {
        /// Records read.
        read: u64,
        /// Records to read.
        of: u64,
    },
    /// State and log were compared.
    Verified(Verified),
    /// The verification failed before its end.
    Failed(Problem),
}

/// A version's state compared with the outcome of folding the log again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// NAME@VERSION.
    pub version: String,
    /// The position at which both were compared.
    pub position: Position,
    /// Number of rows that the log makes.
    pub rows: u64,
    /// The fingerprint of the rows that the log makes, in hex.
    pub fingerprint: String,
    /// The first row that differs, by table and key. Absent when the state agrees with the log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<RowDifference>,
    /// The comparison of each sink with the rows; the embedded store comes first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sinks: Vec<SinkVerified>,
}

/// What a sink shows, compared with the version's rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SinkVerified {
    /// The sink.
    pub sink: String,
    /// Number of documents that the rows make.
    pub documents: u64,
    /// Number of memberships. Zero where the sink serves no sets.
    pub places: u64,
    /// Rows that changed throughout the comparison, so that they could not be compared.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub undecided: u64,
    /// Why it was not compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_compared: Option<String>,
    /// Whether the sink was not compared because its contents are damaged.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub damaged: bool,
    /// Number of entries that differ.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub differing: u64,
    /// The first entry that differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<EntryDifference>,
}

/// A document, or a member of a set, that differs between a sink and the rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EntryDifference {
    /// The document's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// The set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub set: Option<String>,
    /// The member of the set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<String>,
    /// What the rows make, with long bodies cut short. Absent when they make none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// What the sink shows. Absent when it shows none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shown: Option<String>,
}

/// A row that differs between state and log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowDifference {
    /// The table's name.
    pub table: String,
    /// The row's key as text: the id of its document.
    pub key: String,
    /// The results of the row in the state, by aggregate. Absent when the state has no such row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<serde_json::Value>,
    /// The results of the row that the log makes. Absent when it makes no such row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log: Option<serde_json::Value>,
}

/// The answer of `GET projections/{name}/wait`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// NAME@VERSION.
    pub version: String,
    /// The position that its sinks show.
    pub position: Position,
}

/// An error as problem+json (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A short name of the kind of problem.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// What happened, naming the object and the value.
    pub detail: String,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// The position reached, when a read timed out waiting for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub position: Option<Position>,
    /// What a failed append left in the log. Absent if it left nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partly: Option<PartlyAppended>,
}
