//! Elasticsearch: an index per version and generation, an alias per projection.
//!
//! An index is named `NAMESPACE-NAME-VERSION-DIGEST-GENERATION`. Only the `_meta` of its mapping decides what it holds, and its
//! control document names its owner. The index is filled without refreshes and replicas; both come with the first flush. A resync
//! fills the next generation alongside the one that is served.
//!
//! **Flushes** are numbered by compare-and-set on a control document of the index (`control.rs`): the intent `{owner, seq, hi}`
//! before the data, and `{seq, lo}` after it, if no shard has gone back meanwhile (`shards.rs`). The data carries `version =
//! seq`, compared by `external_gte`: a repeated write changes nothing, and a late one is refused. A removed document becomes a
//! tombstone, because the server remembers a deletion's version for only a minute. A fenced writer fails at the next
//! compare-and-set; what it still has in flight is older than what its successor sends first.
//!
//! **Readers** read the alias, whose filter hides tombstones and control documents. They see a flush within the refresh
//! interval (`refresher.rs`), document by document.
//!
//! All writes go through an alias of the index (`INDEX.write`), and requests demand that it is an alias: a write to an index that
//! is gone fails, instead of creating the index with a guessed mapping.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod client;
mod answer;
mod mapping;
mod index;
mod control;
mod shards;
mod bulk;
mod refused;
mod alias;
mod refresher;
mod writer;
mod reading;
mod backend;

pub use backend::ElasticsearchBackend;
