//! Where messages go, together with the frontier.

use std::sync::Arc;

use super::frontier::Frontier;
use super::message::Message;
use foldline_base::error::Result;
use foldline_log::Log;

/// What sends under one name.
///
/// After any error what was sent is in doubt: the name is taken over once more, which reads what really happened.
pub trait Outbox: Send {
    /// Fences the previous sender of the name, then reads how far that went.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer, `Config` when it may not be written.
    fn take_over(&mut self) -> Result<Option<Frontier>>;

    /// Sends messages and the frontier behind them, all or nothing.
    ///
    /// # Errors
    /// `Refused` when another process has taken the name over, for good; all else may pass: `NotFound` for a topic that is
    /// missing, `Unavailable` when the log refuses or does not answer.
    fn send(&mut self, messages: Vec<Message>, frontier: &Frontier) -> Result<()>;
}

/// The log that messages go to: the one that is read.
pub trait RelayTarget: Send + Sync {
    /// Returns the log.
    fn log(&self) -> Arc<dyn Log>;

    /// Returns the topic of frontiers.
    fn frontiers(&self) -> &str;

    /// Refuses topics that are inputs under another name: such a relay would feed itself.
    ///
    /// # Errors
    /// `Config`, naming both.
    fn refuse_loop(&self, inputs: &[String], topics: &[String]) -> Result<()> {
        let _ = (inputs, topics);
        Ok(())
    }

    /// Returns what sends under a name; `owner` is the nonce of this process.
    fn open(&self, name: &str, owner: &str) -> Box<dyn Outbox>;
}
