//! Relays: turn events into messages for other systems.

use crate::bindings::foldline::reducer::types::Column;
use crate::column::ColumnBuilder;
use crate::document::Document;
use crate::error::Result;
use crate::event::Event;
use crate::parameters::Configurable;
use crate::value::Blob;

/// Stateless code that turns events into messages for other systems. Readers of committed records see each message exactly
/// once, across crashes and upgrades.
///
/// Put [`#[relay]`](macro@crate::relay) on the implementation:
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Event)]
/// #[event(topic = "posts")]
/// struct Post<'a> { post_id: &'a str, title: &'a str, deleted: Option<bool> }
///
/// #[derive(Document)]
/// struct Announced { post_id: String, title: String }
///
/// #[relay]
/// impl Relay for Announcements {
///     type Event<'a> = Post<'a>;
///     const TOPICS: &'static [&'static str] = &["new-posts"];
///
///     fn relay(post: Post<'_>, out: &mut Messages) -> Result<()> {
///         if post.deleted == Some(true) {
///             return Ok(());
///         }
///         out.send(
///             "new-posts",
///             post.post_id,
///             &Announced { post_id: post.post_id.into(), title: post.title.into() },
///         )
///     }
/// }
/// ```
///
/// To relay from a reducer's crate, mark the reducer `#[reducer(relay)]` and add a plain `impl Relay` with the reducer's
/// events:
///
/// ```
/// # use foldline_sdk::prelude::*;
/// # #[derive(Event)] #[event(topic = "likes")] struct Like<'a> { user_id: &'a str, post_id: &'a str }
/// # #[derive(Table)] struct Likes { #[key] post_id: Text, users: Distinct }
/// # #[derive(Document)] struct LikeCount { count: u64 }
/// # #[derive(Document)] struct Liked { user_id: String }
/// #[reducer(relay)]
/// impl Reducer for LikeCounter {
///     // …
/// #   type Event<'a> = Like<'a>;
/// #   type Table = Likes;
/// #   type Document = LikeCount;
/// #   fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
/// #       out.add(Likes::key(like.post_id).users(like.user_id))
/// #   }
/// #   fn project(row: Row<'_, Likes>, out: &mut Projected<LikeCount>) -> Result<()> {
/// #       out.document(LikeCount { count: row.users })
/// #   }
/// }
///
/// impl Relay for LikeCounter {
///     type Event<'a> = Like<'a>;
///     const TOPICS: &'static [&'static str] = &["mail"];
///
///     fn relay(like: Like<'_>, out: &mut Messages) -> Result<()> {
///         out.send("mail", like.post_id, &Liked { user_id: like.user_id.into() })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` has no relay", label = "needs an `impl Relay`")]
pub trait Relay: 'static {
    /// What it reads: a struct for one topic, an enum for several.
    type Event<'a>: Event<'a>;
    /// The topics that it writes. It must not write a topic that it reads.
    const TOPICS: &'static [&'static str];

    /// Sends messages about an event; an event may cause none.
    ///
    /// # Errors
    /// An error makes the event a dead letter of the relay, with the error as its reason; then no message of it is sent.
    fn relay(event: Self::Event<'_>, out: &mut Messages) -> Result;
}

/// A relay as a module: what `#[relay]` adds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "its `impl Relay` needs `#[relay]`"
)]
pub trait RelayModule: Relay + Configurable {
    /// The crate's name.
    const NAME: &'static str;
    /// The crate's version.
    const VERSION: &'static str;
}

/// Collects the messages that events cause.
pub struct Messages {
    topics: &'static [&'static str],
    row: u32,
    sent: Sent,
}

/// Messages in columns.
struct Sent {
    source_rows: Vec<u32>,
    topics: Vec<u32>,
    keys: ColumnBuilder<Blob>,
    values: ColumnBuilder<Blob>,
}

impl Messages {
    /// Sends a message with a key, and a JSON object as its value. Messages with the same key stay in order.
    ///
    /// Call it any number of times for an event.
    ///
    /// # Errors
    /// A topic that is not among the relay's `TOPICS`, or a value that cannot be written as JSON.
    pub fn send(&mut self, topic: &str, key: &str, value: &impl Document) -> Result {
        let value = serde_json::to_vec(value)?;
        self.send_bytes(topic, Some(key.as_bytes()), Some(&value))
    }

    /// Sends a message of arbitrary bytes. Without a key, it goes to any partition; without a value, it deletes the key in a
    /// compacted topic.
    ///
    /// # Errors
    /// A topic that is not among the relay's `TOPICS`.
    pub fn send_bytes(&mut self, topic: &str, key: Option<&[u8]>, value: Option<&[u8]>) -> Result {
        let Some(number) = self.topics.iter().position(|known| *known == topic) else {
            return Err(format!(
                "topic `{topic}` is not among the relay's TOPICS: {}",
                self.topics.join(", ")
            )
            .into());
        };
        self.sent.source_rows.push(self.row);
        self.sent.topics.push(number as u32);
        self.sent.keys.push(key);
        self.sent.values.push(value);
        Ok(())
    }

    pub(crate) fn to(topics: &'static [&'static str]) -> Self {
        let (keys, values) = (ColumnBuilder::with_capacity(0), ColumnBuilder::with_capacity(0));
        Self { topics, row: 0, sent: Sent { source_rows: Vec::new(), topics: Vec::new(), keys, values } }
    }

    /// Runs `relay` for one row of the batch; if it fails, nothing of that row remains.
    pub(crate) fn of_row(&mut self, row: u32, relay: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = self.sent.source_rows.len();
        self.row = row;
        let outcome = relay(self);
        if outcome.is_err() {
            self.sent.source_rows.truncate(before);
            self.sent.topics.truncate(before);
            self.sent.keys.truncate(before);
            self.sent.values.truncate(before);
        }
        outcome
    }

    /// Returns source rows, topics, keys and values.
    pub(crate) fn finish(self) -> (Vec<u32>, Vec<u32>, Column, Column) {
        let Sent { source_rows, topics, keys, values } = self.sent;
        (source_rows, topics, keys.finish(), values.finish())
    }
}
