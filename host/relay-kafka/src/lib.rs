//! Sends messages to topics of a Kafka cluster: one transaction holds them and the frontier.
//!
//! The transactional id consists of the topic of frontiers and the relay's name, so a sender that takes a name over fences the
//! previous one, in this process or another. A commit whose outcome is unknown is never repeated, neither here nor by
//! librdkafka, whose retries are delayed: all transactions of a producer have the same epoch (this librdkafka lacks KIP-890),
//! so a commit that arrives late would commit a part of the next transaction. Instead, a new producer fences it, and the
//! frontier says what happened.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use tracing::warn;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_log::Log;
use foldline_log_kafka::{Context, KafkaLog};
use foldline_relay::frontier::{Frontier, newest};
use foldline_relay::message::{ID_HEADER, Message};
use foldline_relay::{Outbox, RelayTarget};

/// How long the brokers may take to fence a predecessor, whose transaction they may have to end first.
const TAKE_OVER_MAX: Duration = Duration::from_secs(10);
/// How long a commit may take before its outcome counts as unknown. Shorter than librdkafka waits before it repeats one.
const COMMIT_MAX: Duration = Duration::from_secs(10);
/// How long a message waits for room in librdkafka's queue.
const ROOM_MAX: Duration = Duration::from_secs(10);

/// A Kafka cluster as a relay target, with its topic of frontiers.
pub struct KafkaTarget {
    log: Arc<KafkaLog>,
    frontiers: String,
}

impl KafkaTarget {
    /// Returns a cluster as a relay target.
    pub fn new(log: Arc<KafkaLog>, frontiers: &str) -> Self {
        Self { log, frontiers: frontiers.to_owned() }
    }
}

impl RelayTarget for KafkaTarget {
    fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.log) as Arc<dyn Log>
    }

    fn frontiers(&self) -> &str {
        &self.frontiers
    }

    fn refuse_loop(&self, inputs: &[String], topics: &[String]) -> Result<()> {
        for topic in topics {
            let physical = self.log.physical(topic);
            if let Some(input) = inputs.iter().find(|input| self.log.physical(input) == physical) {
                let message = format!(
                    "topic `{topic}` of the relay and its input `{input}` are both kafka topic `{physical}`"
                );
                return Err(Error::new(ErrorKind::Config, message)
                    .with_hint("give one of them another `name` under [topics]"));
            }
        }
        Ok(())
    }

    fn open(&self, name: &str, owner: &str) -> Box<dyn Outbox> {
        Box::new(KafkaOutbox::new(Arc::clone(&self.log), &self.frontiers, name, owner))
    }
}

/// The outbox of one name.
struct KafkaOutbox {
    log: Arc<KafkaLog>,
    /// The topic of frontiers.
    frontiers: String,
    name: String,
    owner: String,
    /// `None` before the name is taken over, and after any failed transaction.
    producer: Option<ThreadedProducer<Context>>,
    /// Topics that are known to exist.
    known: BTreeSet<Arc<str>>,
    /// Whether this process has written a frontier. A frontier of another process is then that of a successor.
    claimed: bool,
}

impl KafkaOutbox {
    fn new(log: Arc<KafkaLog>, frontiers: &str, name: &str, owner: &str) -> Self {
        Self {
            log,
            frontiers: frontiers.to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            producer: None,
            known: BTreeSet::new(),
            claimed: false,
        }
    }

    fn read_frontier(&self) -> Result<Option<Frontier>> {
        // The end including open transactions: a frontier before it must not be missed because it is not committed yet.
        let end = self.log.stored_end(&self.frontiers)?;
        newest(&*self.log, &self.frontiers, end, &self.name)
    }

    /// Checks that no successor has sent under the name, as far as is known.
    fn require_not_succeeded(&self) -> Result<()> {
        match self.read_frontier()? {
            Some(frontier) if frontier.owner != self.owner => {
                Err(Error::new(ErrorKind::Refused, format!("another host relays as `{}`", self.name)).with_hint(
                    "one host relays under a name on a cluster; restart this host to take over, or give it another \
                     `frontiers` topic under [relays]",
                ))
            }
            _ => Ok(()),
        }
    }

    fn commit(&mut self, messages: &[Message], frontier: &Frontier) -> Result<()> {
        for message in messages {
            if !self.known.contains(&message.topic) {
                self.log.require_topic(&message.topic)?;
                self.known.insert(Arc::clone(&message.topic));
            }
        }
        let value = frontier.encode()?;
        let producer = self.producer.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("relay `{}` sends before it has taken over", self.name))
        })?;
        producer.begin_transaction().map_err(|error| refused("begin a transaction", &error))?;
        for message in messages {
            let id = message.id(&self.name);
            let header = Header { key: ID_HEADER, value: Some(id.as_str()) };
            let mut record = BaseRecord::<[u8], [u8]>::to(self.log.physical(&message.topic));
            record.key = message.key.as_deref();
            record.payload = message.value.as_deref();
            record.headers = Some(OwnedHeaders::new_with_capacity(1).insert(header));
            put(producer, record)?;
        }
        let mut record = BaseRecord::<[u8], [u8]>::to(self.log.physical(&self.frontiers));
        record.key = Some(self.name.as_bytes());
        record.payload = Some(&value);
        put(producer, record)?;
        reach(Failpoint::RelayUncommitted);
        producer.commit_transaction(COMMIT_MAX).map_err(|error| refused("commit a transaction", &error))
    }
}

impl Outbox for KafkaOutbox {
    fn take_over(&mut self) -> Result<Option<Frontier>> {
        self.producer = None;
        self.log.ensure_compacted(&self.frontiers)?;
        if self.claimed {
            self.require_not_succeeded()?;
        }
        let id = format!("{}/{}", self.frontiers, self.name);
        let producer = self.log.transactional(&id)?;
        producer.init_transactions(TAKE_OVER_MAX).map_err(|error| {
            let doing = "fence the relay before";
            producer.client().context().explained(&format!("kafka: cannot {doing}"), refused(doing, &error))
        })?;
        let found = self.read_frontier()?;
        self.producer = Some(producer);
        Ok(found)
    }

    fn send(&mut self, messages: Vec<Message>, frontier: &Frontier) -> Result<()> {
        let sent = self.commit(&messages, frontier);
        match &sent {
            Ok(()) => self.claimed = true,
            Err(error) => {
                warn!(relay = self.name, %error, "a transaction is in doubt, taking over again");
                // Whatever the outcome, only a new producer may continue.
                self.producer = None;
            }
        }
        sent
    }
}

/// Passes a message to librdkafka, waiting for room in its queue.
fn put(producer: &ThreadedProducer<Context>, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<()> {
    let deadline = Instant::now() + ROOM_MAX;
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((error, back))
                if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
                    && Instant::now() < deadline =>
            {
                record = back;
                std::thread::park_timeout(Duration::from_millis(5));
            }
            Err((error, _)) => return Err(refused("send a message", &error)),
        }
    }
}

fn refused(doing: &str, error: &KafkaError) -> Error {
    let reason = match error {
        KafkaError::Transaction(error) => error.string(),
        error => error.to_string(),
    };
    Error::new(ErrorKind::Unavailable, format!("kafka: cannot {doing}: {reason}"))
}
