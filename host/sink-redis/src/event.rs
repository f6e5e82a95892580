//! What the thread of a link tells whoever waits for it.

use redis::{RedisResult, Value};

/// What a link's thread tells.
pub(super) enum Event {
    /// The connection is there, or cannot be made.
    Connected(RedisResult<()>),
    /// The answer to the oldest request.
    Answered(RedisResult<Value>),
    /// Someone does not want to wait any longer.
    Interrupted,
}
