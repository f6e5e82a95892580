//! Reads each topic once for all versions that stand near the same position, and decodes once what they declared.
//!
//! A *feed* is one reader of a topic with a thread of its own. It polls, decodes on all cores, and puts the batches into a
//! bounded ring, ahead of its subscribers. Versions subscribe. A version that stands elsewhere (a replay) gets a feed of its own,
//! and joins an older feed as soon as that feed's ring reaches its position. A version that is too slow for the others loses its
//! subscription and reads by itself. None of this affects results: sharing a batch only saves work.
//!
//! Memory is bounded: a feed reads 4 MiB ahead of its fastest subscriber, and its ring holds a few MiB.

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
    /// Rises with each feed that starts. When two feeds meet, subscribers move to the older one.
    id: u64,
    topic: String,
    state: Mutex<FeedState>,
    /// Notified when a batch was taken, and when a subscriber came or left.
    changed: Condvar,
}

struct FeedState {
    ring: Ring,
    subscribers: BTreeMap<u64, Subscriber>,
    next_subscriber: u64,
    declared: Arc<Declared>,
    limits: DecodeLimits,
    /// Why the log does not answer for the moment.
    trouble: Option<Error>,
    /// Set when nothing is read any more: all subscribers left (`None`), or the error that ended the feed.
    ended: Option<Option<Error>>,
}

/// What a feed knows of a subscriber.
struct Subscriber {
    /// The number of the batch to take next.
    next: u64,
    /// The number of the batch to look at next. It exceeds `next` when a batch must wait and later ones need not.
    seen: u64,
    /// Those of its inputs that read the topic.
    inputs: Vec<Input>,
    notifier: Arc<Notifier>,
}
