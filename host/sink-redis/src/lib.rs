//! Redis: documents as texts, sets as sorted sets, under a prefix per version.
//!
//! ```text
//! foldline:NAME:live                          the pointer: the live version's prefix
//! foldline:NAME:prefixes                      all prefixes that hold anything of the projection
//! foldline:{NAME@VERSION-DIGEST.1}:control    owner, term, link, step, seq, hi, lo
//! foldline:{NAME@VERSION-DIGEST.1}:doc:ID     a document
//! foldline:{NAME@VERSION-DIGEST.1}:set:SET    a sorted set
//! foldline:{NAME@VERSION-DIGEST.1}:row:ID     a row's memberships, so that what it no longer holds can be removed
//! ```
//!
//! The number is the prefix's **generation**. A load that did not complete, and a prefix whose contents are gone or have gone
//! back, are never repaired: a new generation replaces them. In a cluster the braces keep a prefix in one slot.
//!
//! All writes are made by a script (`write.lua`) that first checks whether it still comes from the current owner and connection.
//! So writes that an older owner, connection or flush left in flight are refused. A script is atomic; a flush of several scripts
//! is not: its intent (`seq`, `hi`) is written before its data, and `lo` after all of it (docs/design/sinks.md). If an answer
//! is lost, the same flush is simply sent again. Scripts are numbered (`script_numbers.rs`): each proves that all before it
//! were run, so the next script reveals a server that went back between two of them.
//!
//! In a cluster, redirections while a slot moves (`ASK`) are waited out instead of followed: a script that runs on the
//! new node cannot see the keys that are still on the old one.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod names;
mod fault;
mod event;
mod breaker;
mod link;
mod access;
mod servers;
mod script;
mod request;
mod acked_progress;
mod script_numbers;
mod eviction;
mod sweep;
mod keys;
mod taken_prefix;
mod backend;
mod turn;
mod script_batch;
mod writer;
mod reading;

pub use backend::RedisBackend;
