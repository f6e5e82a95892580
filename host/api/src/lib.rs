//! What travels over HTTP: the shapes that server and command line share (design §14).

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod comparison;
mod dead_letter;
mod plan;
mod relay;
mod sets;
mod trace;

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
    /// The position after the appended records: hand it to a read as `at_least`.
    pub token: Position,
    /// How many records were appended.
    pub appended: u64,
    /// How many punctuations were appended; one for all partitions counts once.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub punctuations: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What became of the lines of `POST topics/{t}/records` that was not fulfilled, where that is not simply «nothing is in the log».
/// Lines that are in neither list are in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartlyAppended {
    /// How many records and punctuations are in the log.
    pub appended: u64,
    /// The position after them.
    pub token: Position,
    /// Lines that are not in the log, as `[first, last]`, counted from 1: append these again, and no others.
    pub missing: Vec<[u64; 2]>,
    /// Lines that may be in the log: the log failed while it took them.
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

/// What one partition holds: records from `start_offset` up to but without `end_offset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicPartition {
    /// The partition.
    pub partition: u32,
    /// The first offset still held.
    pub start_offset: u64,
    /// The next offset that will be readable.
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

/// What became of a module file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is folding or has folded.
    Accepted,
    /// It is known, and not started: a higher version is live.
    Registered,
    /// It will not run; the reason says why and what to do.
    Rejected,
    /// It is judged as soon as what is needed for that answers; the reason names it.
    Waiting,
    /// It is none of the host's business, and was not read; the reason says why.
    Ignored,
}

/// One entry of the modules folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleReport {
    /// The file's name, made printable.
    pub file: String,
    /// The reducer's name, once known.
    pub name: Option<String>,
    /// The reducer's version, once known.
    pub version: Option<String>,
    /// blake3 of the file, once read, in hex.
    pub digest: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// The stable name of the reason (docs/upgrades.md), for those that are not folded because of it.
    #[serde(default)]
    pub code: Option<String>,
    /// Why, with the next step; wherever there is a code.
    pub reason: Option<String>,
}

/// The answer of `GET modules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleReports {
    /// One entry per file, by name.
    pub modules: Vec<ModuleReport>,
}

/// Where one partition stands.
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
    /// What is done with it.
    pub phase: SinkPhase,
    /// Offsets in the log that it does not show yet.
    pub lag: u64,
    /// Why it was given up, or what does not work for the moment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Documents that it refused for good.
    pub refused: u64,
    /// One of them: its id and why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub example: Option<String>,
    /// Whether the projection's readers read this version there.
    pub pointed: bool,
}

/// One version of a projection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionStatus {
    /// The projection's name.
    pub name: String,
    /// The module's version.
    pub version: String,
    /// The module's digest, in hex.
    pub digest: String,
    /// The phase.
    pub phase: Phase,
    /// Why it halted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What a version that has caught up waits for before it is served.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_for: Option<String>,
    /// Records folded a second, over the last ten seconds; absent in the first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub records_per_s: Option<u64>,
    /// The partitions of its inputs.
    pub positions: Vec<PartitionStatus>,
    /// The state of its sinks other than the embedded store.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sinks: Vec<SinkStatus>,
    /// Topics it reads that do not exist.
    pub missing_topics: Vec<String>,
    /// Topics whose records are stamped by their producers' clocks (Kafka's CreateTime): an event time that is wrong may get past
    /// `max_ahead`, because the stamp is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub producer_times: Vec<String>,
    /// For each topic, the first event time that looks like one in a coarser unit than declared, as a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub coarse_times: Vec<String>,
    /// Records folded so far, dead letters not counted.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Records that came too late for a window.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub late: u64,
    /// The event time that all partitions have passed, in milliseconds; absent without windows, and before the first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub watermark_ms: Option<i64>,
    /// The partitions that hold event time back, and why; absent while none stands behind another one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub held_by: Vec<Holder>,
    /// How much longer a version that was served before is kept for a rollback, in milliseconds in which the host runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept_ms: Option<u64>,
    /// Rows whose document could not be made.
    pub failed_rows: u64,
    /// Rows in state.
    pub rows: u64,
    /// Documents that it shows, whether they are served or not.
    pub documents: u64,
    /// What its state takes.
    #[serde(default)]
    pub takes: Takes,
}

/// What a version's state takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takes {
    /// Memory of the rows in memory: what `engine.memory_max` bounds, with `evicted_bytes`.
    pub rows_bytes: u64,
    /// Memory that evicted rows still take: their next dates.
    pub evicted_bytes: u64,
    /// Memory of the state store: checkpoints that wait for the disk, and rows that were read.
    pub store_bytes: u64,
    /// The state store's files, without its journal.
    pub disk_bytes: u64,
}

/// The answer of `GET status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The host's version.
    pub version: String,
    /// Which log: `embedded` or `kafka`.
    pub log: String,
    /// How far the host's clock stands behind what the embedded log last took for now, in milliseconds: append times never go
    /// back. Left out below a second.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub clock_behind_ms: u64,
    /// How long ago the log said where topics end, in milliseconds: a log on another machine is not asked by callers that want the
    /// status. Left out where it answers at once.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub log_end_age_ms: u64,
    /// Why topics take no appends, a sentence each: they are not what was read, or lost their end.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub doubts: Vec<String>,
    /// Tables of the configuration that name no projection, topic or relay that is here, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unmatched: Vec<String>,
    /// Records that projections skip, each decision by name, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub skips: Vec<ProjectionSkip>,
    /// Every version that runs or halted, by name, then version.
    pub projections: Vec<VersionStatus>,
    /// The relay of each live version that has one, by name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub relays: Vec<RelayStatus>,
}

/// A decision about records that a projection skips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectionSkip {
    /// The projection.
    pub projection: String,
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The first record's offset.
    pub from: u64,
    /// The offset after the last record's.
    pub to: u64,
    /// Whether the projection's relay skips them too.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub relay: bool,
    /// Whether an earlier decision is taken back: they count again.
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
    /// What is now, as a sentence.
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
    /// What of the records before it was skipped, as topic, partition and offsets `FROM-TO`: fingerprints tell something of each other
    /// only where this is equal.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub skipped: Vec<String>,
}

/// A line of the answer of `GET projections/{name}/verify`: how far it is, now and then, and what came of it, last.
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
    /// They could not be compared to the end.
    Failed(Problem),
}

/// What a state is, compared with what the log says it must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// NAME@VERSION.
    pub version: String,
    /// The position at which both were compared.
    pub position: Position,
    /// Rows that the log makes.
    pub rows: u64,
    /// The hash over the rows that the log makes, in hex.
    pub fingerprint: String,
    /// The first row that differs, by table and key; absent when the state is what the log says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<RowDifference>,
    /// What each sink shows, compared with what the rows say; the embedded store first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sinks: Vec<SinkVerified>,
}

/// What a sink shows, compared with what the rows of the version say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SinkVerified {
    /// The sink.
    pub sink: String,
    /// Documents that the rows say there are.
    pub documents: u64,
    /// Memberships; none where the sink serves no sets.
    pub places: u64,
    /// Rows that changed all the time, so that nothing can be said of them.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub undecided: u64,
    /// Why it was not compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_compared: Option<String>,
    /// Whether what it holds is damaged, and was not compared for that reason.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub damaged: bool,
    /// How many entries differ.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub differing: u64,
    /// The first that differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<EntryDifference>,
}

/// A document, or a member of a set, that a sink shows otherwise than the rows say.
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
    /// What the rows say, long bodies cut short; absent when they say that there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// What the sink shows; absent when it shows none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shown: Option<String>,
}

/// A row that state and log do not share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowDifference {
    /// The table's name.
    pub table: String,
    /// The row's key as text: the id of its document.
    pub key: String,
    /// The results of the row in state, by aggregate; absent when it has no such row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<serde_json::Value>,
    /// The results of the row that the log makes; absent when it makes none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log: Option<serde_json::Value>,
}

/// The answer of `GET projections/{name}/wait`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// NAME@VERSION.
    pub version: String,
    /// What its sinks show.
    pub position: Position,
}

/// An error as problem+json (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A short name of the kind of problem.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// What happened, naming the thing and the value.
    pub detail: String,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// The position reached, when a read timed out waiting for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub position: Option<Position>,
    /// What is in the log of an append that failed; absent: nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partly: Option<PartlyAppended>,
}
