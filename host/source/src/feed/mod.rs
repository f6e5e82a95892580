//! Reads topics once for all versions that stand near the same position, and decodes once what they declared.
//!
//! A *feed* is one reader of a topic with a thread of its own: it polls, decodes on all cores and puts the batches into
//! a bounded ring, ahead of those that take them. Versions subscribe. One that stands elsewhere (a replay) gets a feed of
//! its own and joins an older one as soon as that one's ring reaches its position; one that is too slow for the others
//! loses its subscription and reads by itself. Nothing of this shows in results: a batch only saves work.
//!
//! Bounded: a feed reads 4 MiB ahead of its fastest subscriber, and its ring holds a few MiB.

pub mod batch;
mod ring;
mod reading;
mod subscription;
mod feeds;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::description::Input;
use parking_lot::{Condvar, Mutex};

use self::batch::Declared;
pub use self::feeds::Feeds;
use self::ring::Ring;
pub use self::subscription::{Subscription, Taken, offset_of};
use foldline_base::error::Error;
use foldline_base::notifier::Notifier;
use foldline_decode::DecodeLimits;

/// Bytes of records that a feed reads ahead of its fastest subscriber: two polls, so that reading and folding overlap.
const AHEAD_BYTES_MAX: usize = 4 << 20;

/// One reader of a topic, and what it has read.
struct Feed {
    /// Feeds are numbered in the order of their start: of two that meet, the older one stays.
    id: u64,
    topic: String,
    state: Mutex<FeedState>,
    /// Something was taken, or someone came or left.
    changed: Condvar,
}

struct FeedState {
    ring: Ring,
    subscribers: BTreeMap<u64, Subscriber>,
    next_subscriber: u64,
    declared: Arc<Declared>,
    limits: DecodeLimits,
    /// The log does not answer for the moment.
    trouble: Option<Error>,
    /// Nothing is read any more: everyone left, or the log is damaged.
    ended: Option<Option<Error>>,
}

/// What a feed knows of someone who takes its batches.
struct Subscriber {
    /// The number of the batch to take next.
    next: u64,
    /// The number of the batch to look at next, where some before it must wait: what is needed may be further on.
    seen: u64,
    input: Input,
    notifier: Arc<Notifier>,
}
