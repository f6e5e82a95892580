//! Where messages go, together with the frontier.

use std::sync::Arc;

use super::embedded::EmbeddedOutbox;
use super::frontier::{Frontier, TOPIC};
use super::kafka::KafkaOutbox;
use super::message::Message;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Log;
use crate::log::embedded::EmbeddedLog;
use crate::log::kafka::KafkaLog;

/// What sends under one name.
///
/// After any error what was sent is in doubt: the name is taken over once more, which reads what really happened.
pub trait Outbox: Send {
    /// Fences whoever sent under the name before, then reads how far that went.
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
#[derive(Clone)]
pub enum Outlet {
    /// Topics of the embedded log.
    Embedded(Arc<EmbeddedLog>),
    /// Topics of the Kafka cluster, and the one for frontiers there.
    Kafka(Arc<KafkaLog>, String),
}

impl Outlet {
    /// Returns the log.
    pub fn log(&self) -> Arc<dyn Log> {
        match self {
            Self::Embedded(log) => Arc::clone(log) as Arc<dyn Log>,
            Self::Kafka(log, _) => Arc::clone(log) as Arc<dyn Log>,
        }
    }

    /// Returns the topic of frontiers.
    pub fn frontiers(&self) -> &str {
        match self {
            Self::Embedded(_) => TOPIC,
            Self::Kafka(_, topic) => topic,
        }
    }

    /// Refuses topics that are inputs under another name: such a relay would feed itself.
    ///
    /// # Errors
    /// `Config`, naming both.
    pub fn refuse_loop(&self, inputs: &[String], topics: &[String]) -> Result<()> {
        let Self::Kafka(log, _) = self else { return Ok(()) };
        for topic in topics {
            let physical = log.physical(topic);
            if let Some(input) = inputs.iter().find(|input| log.physical(input) == physical) {
                let message = format!(
                    "topic `{topic}` of the relay and its input `{input}` are both kafka topic `{physical}`"
                );
                return Err(Error::new(ErrorKind::Config, message)
                    .with_hint("give one of them another `name` under [topics]"));
            }
        }
        Ok(())
    }

    /// Returns what sends under a name; `owner` is the nonce of this process.
    pub fn open(&self, name: &str, owner: &str) -> Box<dyn Outbox> {
        match self {
            Self::Embedded(log) => Box::new(EmbeddedOutbox::new(Arc::clone(log), name)),
            Self::Kafka(log, frontiers) => {
                Box::new(KafkaOutbox::new(Arc::clone(log), frontiers, name, owner))
            }
        }
    }
}
