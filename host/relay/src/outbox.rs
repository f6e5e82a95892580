//! Outboxes, which send messages together with the frontier.

use std::sync::Arc;

use super::frontier::Frontier;
use super::message::Message;
use foldline_base::error::Result;
use foldline_log::Log;

/// Sends under one name.
///
/// After any error it is unknown what was sent. The name is then taken over again, which reads what really happened.
pub trait Outbox: Send {
    /// Fences the previous sender of the name, then reads its frontier.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer, `Config` when the host may not write to it.
    fn take_over(&mut self) -> Result<Option<Frontier>>;

    /// Sends messages and the frontier after them, all or nothing.
    ///
    /// # Errors
    /// `Refused` when another process has taken the name over, which is final. Other errors may pass: `NotFound` when a topic
    /// is missing, `Unavailable` when the log refuses or does not answer.
    fn send(&mut self, messages: Vec<Message>, frontier: &Frontier) -> Result<()>;
}

/// The log that messages go to, which is also the one that is read.
pub trait RelayTarget: Send + Sync {
    /// Returns the log.
    fn log(&self) -> Arc<dyn Log>;

    /// Returns the topic of frontiers.
    fn frontiers(&self) -> &str;

    /// Refuses relay topics that are inputs under another name: such a relay would read its own messages.
    ///
    /// # Errors
    /// `Config` naming both.
    fn refuse_loop(&self, inputs: &[String], topics: &[String]) -> Result<()> {
        let _ = (inputs, topics);
        Ok(())
    }

    /// Returns the outbox of a name; `owner` is the nonce of this process.
    fn open(&self, name: &str, owner: &str) -> Box<dyn Outbox>;
}
