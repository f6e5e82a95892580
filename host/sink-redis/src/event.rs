//! Messages from the thread of a link to whoever waits for it.

use redis::{RedisResult, Value};

/// A message from a link's thread.
pub(super) enum Event {
    /// The connection was established, or cannot be.
    Connected(RedisResult<()>),
    /// The answer to the oldest request.
    Answered(RedisResult<Value>),
    /// The wait was interrupted.
    Interrupted,
}
