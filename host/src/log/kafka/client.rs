//! The connection that answers questions: which topics there are, and from where to where their partitions reach.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use tracing::{debug, error, info, trace, warn};

use super::settings::{self, Settings};
use super::topic_id;
use crate::error::{Error, ErrorKind, Result};

/// How long a question may take, a broker's restart included, before the caller hears that Kafka is gone.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The facility of log lines about topics.
const METADATA: &str = "METADATA";
/// Between two tries of a question; brokers need about this long to agree on a new leader.
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(100);
/// How often the thread that takes librdkafka's events looks whether it is still wanted.
const EVENTS_EVERY: Duration = Duration::from_millis(250);

/// Receives what a client has to say: its log lines, and why it cannot reach a broker.
pub(crate) struct Context {
    last_error: Mutex<Option<String>>,
    /// Which topic of a name the client reads: ids by name, as its log lines say.
    topic_ids: Mutex<HashMap<String, String>>,
}

impl Context {
    pub(crate) fn new() -> Self {
        Self { last_error: Mutex::new(None), topic_ids: Mutex::default() }
    }

    /// Returns the id of the topic that the client reads under a name, if it has said so.
    pub(super) fn topic_id(&self, topic: &str) -> Option<String> {
        self.topic_ids.lock().get(topic).cloned()
    }

    /// Returns why the last connection failed.
    fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if facility == METADATA {
            if let Some((topic, id)) = changed_id(text) {
                self.topic_ids.lock().insert(topic.to_owned(), super::printed(id));
            }
            // They are asked for (see `Settings::reader`), and are no news to anyone else.
            trace!(facility, "{text}");
            return;
        }
        match level {
            // Settings pass to every kind of client; that some do not concern this one is no news.
            _ if facility == "CONFWARN" => debug!(facility, "{text}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                error!(facility, "{text}");
            }
            // Failed connections arrive as errors too, over and over during an outage.
            RDKafkaLogLevel::Error if facility == "FAIL" => debug!(facility, "{text}"),
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => warn!(facility, "{text}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => info!(facility, "{text}"),
            RDKafkaLogLevel::Debug => debug!(facility, "{text}"),
        }
    }

    fn stats_raw(&self, _statistics: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            // The sum of failures that come one by one, over and over during an outage: whoever reads or appends says it
            // once, with what it means for them.
            Some(RDKafkaErrorCode::AllBrokersDown) => debug!("kafka: {reason}"),
            _ => {
                debug!("kafka: {reason}");
                *self.last_error.lock() = Some(reason.to_owned());
            }
        }
    }
}

impl ConsumerContext for Context {}

/// For transactions: what became of single messages is asked of nobody, since the commit says it of all.
impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// A connection to the cluster that reads nothing.
pub(super) struct Cluster {
    client: Arc<BaseConsumer<Context>>,
    brokers: String,
    stop: Arc<AtomicBool>,
    events: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Connects, and returns once a broker has answered.
    pub(super) fn connect(settings: &Settings) -> Result<Self> {
        let client: BaseConsumer<Context> =
            settings.metadata().create_with_context(Context::new()).map_err(settings::refused)?;
        let client = Arc::new(client);
        let stop = Arc::new(AtomicBool::new(false));
        let events = {
            let (client, stop) = (Arc::clone(&client), Arc::clone(&stop));
            let take_events = move || {
                while !stop.load(Ordering::Relaxed) {
                    // Log lines and errors go to the context; nothing else arrives here.
                    let _ = client.poll(EVENTS_EVERY);
                }
            };
            std::thread::Builder::new().name("kafka-events".to_owned()).spawn(take_events).map_err(
                |error| Error::new(ErrorKind::Unavailable, format!("cannot start a thread: {error}")),
            )?
        };
        let cluster = Self { client, brokers: settings.brokers().to_owned(), stop, events: Some(events) };
        // Any answer will do, and that about one topic is short.
        cluster
            .ask(|timeout| cluster.client.fetch_metadata(Some("__consumer_offsets"), timeout).map(drop))?;
        Ok(cluster)
    }

    /// Returns the names of all topics.
    pub(super) fn topics(&self) -> Result<Vec<String>> {
        let metadata = self.ask(|timeout| self.client.fetch_metadata(None, timeout))?;
        let exists = |error: Option<RDKafkaRespErr>| !error.is_some_and(is_unknown);
        let topics = metadata.topics().iter().filter(|topic| exists(topic.error()));
        Ok(topics.map(|topic| topic.name().to_owned()).collect())
    }

    /// Returns how many partitions a topic has; `None` when it does not exist.
    pub(super) fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        if super::names::check(topic).is_err() {
            return Ok(None);
        }
        self.ask(|timeout| {
            let metadata = self.client.fetch_metadata(Some(topic), timeout)?;
            let Some(answer) = metadata.topics().iter().find(|answer| answer.name() == topic) else {
                return Ok(None);
            };
            match answer.error() {
                None => Ok(Some(u32::try_from(answer.partitions().len()).unwrap_or(u32::MAX))),
                Some(error) if is_unknown(error) => Ok(None),
                Some(error) => Err(KafkaError::MetadataFetch(error.into())),
            }
        })
    }

    /// Returns the first offsets held, or the last stable ones, of a topic's partitions: one request per broker.
    pub(super) fn offsets(&self, topic: &str, partitions: u32, which: Offset) -> Result<Vec<u64>> {
        offsets(&self.client, topic, partitions, which, |question| self.ask(question))
            .map_err(|error| error.context(format!("kafka topic `{topic}`")))
    }

    /// Returns the cluster's id; `None` from a broker that has none.
    pub(super) fn id(&self) -> Option<String> {
        self.client.client().fetch_cluster_id(ANSWER_WITHIN)
    }

    /// Returns what tells a topic from others that had its name; `None` when it does not exist, and from brokers before 2.8.
    pub(super) fn topic_id(&self, topic: &str) -> Result<Option<String>> {
        if super::names::check(topic).is_err() {
            return Ok(None);
        }
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match topic_id::ask(&self.client, topic, left.max(RETRY_AFTER)) {
                Ok(id) => return Ok(id),
                Err(_) if left > RETRY_AFTER => std::thread::sleep(RETRY_AFTER),
                Err(reason) => {
                    let brokers = &self.brokers;
                    let message =
                        format!("kafka at `{brokers}` does not tell the id of topic `{topic}`: {reason}");
                    return Err(Error::new(ErrorKind::Unavailable, message).with_hint(
                        "look at the brokers' state, and at the permission Describe on the topic",
                    ));
                }
            }
        }
    }

    /// Asks until there is an answer: leaders move and brokers restart, within [`ANSWER_WITHIN`].
    fn ask<T>(&self, mut question: impl FnMut(Duration) -> KafkaResult<T>) -> Result<T> {
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match question(left.max(RETRY_AFTER)) {
                Ok(answer) => return Ok(answer),
                Err(error) if is_passing(&error) && left > RETRY_AFTER => std::thread::sleep(RETRY_AFTER),
                Err(error) => return Err(self.unreachable(&error)),
            }
        }
    }

    fn unreachable(&self, error: &KafkaError) -> Error {
        let brokers = &self.brokers;
        let reason = self.client.context().last_error();
        let (message, hint) = match error.rdkafka_error_code() {
            Some(code) if is_lost(code) => (
                format!("cannot reach kafka at `{brokers}` within {} s", ANSWER_WITHIN.as_secs()),
                "start the brokers, or correct `brokers` under [log.kafka]; without that table the embedded log is used",
            ),
            _ => (format!("kafka at `{brokers}`: {error}"), "look at the brokers' state and permissions"),
        };
        match reason {
            Some(reason) => {
                Error::new(ErrorKind::Unavailable, message).with_hint(format!("{hint} (last seen: {reason})"))
            }
            None => Error::new(ErrorKind::Unavailable, message).with_hint(hint),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(events) = self.events.take() {
            // A panic in the thread was already reported by its own hook.
            let _ = events.join();
        }
    }
}

/// Returns the ends of a topic's partitions with the records of open transactions; on a connection of its own, since
/// it is needed only to tell a replaced log from an open transaction.
pub(super) fn high_watermarks(settings: &Settings, topic: &str, partitions: u32) -> Result<Vec<u64>> {
    let client: BaseConsumer<Context> =
        settings.uncommitted_metadata().create_with_context(Context::new()).map_err(settings::refused)?;
    offsets(&client, topic, partitions, Offset::End, |mut question| {
        question(ANSWER_WITHIN)
            .map_err(|error| Error::new(ErrorKind::Unavailable, format!("kafka topic `{topic}`: {error}")))
    })
}

fn offsets(
    client: &BaseConsumer<Context>,
    topic: &str,
    partitions: u32,
    which: Offset,
    ask: impl FnOnce(Question<'_>) -> Result<Vec<u64>>,
) -> Result<Vec<u64>> {
    if partitions == 0 {
        return Ok(Vec::new());
    }
    ask(Box::new(|timeout| {
        let mut list = TopicPartitionList::with_capacity(partitions as usize);
        for partition in 0..partitions {
            // The «time» that stands for the first or the last offset.
            list.add_partition_offset(topic, partition.cast_signed(), which)?;
        }
        let answers = client.offsets_for_times(list, timeout)?;
        let mut offsets = vec![0; partitions as usize];
        for answer in answers.elements() {
            answer.error()?;
            let unknown = || KafkaError::OffsetFetch(RDKafkaErrorCode::OffsetNotAvailable);
            let Offset::Offset(offset) = answer.offset() else { return Err(unknown()) };
            let partition = usize::try_from(answer.partition()).map_err(|_| unknown())?;
            offsets[partition] = u64::try_from(offset).map_err(|_| unknown())?;
        }
        Ok(offsets)
    }))
}

/// Returns topic and new id of the log line by which librdkafka says that it reads another topic of the name from now on; it
/// does so before the first fetch from it.
fn changed_id(line: &str) -> Option<(&str, &str)> {
    let (before, ids) = line.split_once(" changed id from ")?;
    let (_, topic) = before.rsplit_once("Topic ")?;
    let (_, id) = ids.rsplit_once(" to ")?;
    Some((topic, id.trim_end()))
}

type Question<'a> = Box<dyn FnMut(Duration) -> KafkaResult<Vec<u64>> + 'a>;

fn is_unknown(error: RDKafkaRespErr) -> bool {
    matches!(
        error,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            | RDKafkaRespErr::RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
            | RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID
    )
}

fn is_lost(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::Resolve
    )
}

fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    error.rdkafka_error_code().is_some_and(|code| {
        is_lost(code)
            || matches!(
                code,
                Code::LeaderNotAvailable
                    | Code::NotLeaderForPartition
                    | Code::ReplicaNotAvailable
                    | Code::BrokerNotAvailable
                    | Code::NetworkException
                    | Code::OffsetNotAvailable
                    | Code::FencedLeaderEpoch
                    | Code::UnknownLeaderEpoch
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_another_topic_is_understood() {
        let line =
            "[thrd:main]: Topic a.b-c changed id from AAAAAAAAAAAAAAAAAAAAAA to 9mEg+Zi/SRqk0Q3hOZ6m8A";
        assert_eq!(changed_id(line), Some(("a.b-c", "9mEg+Zi/SRqk0Q3hOZ6m8A")));
        assert_eq!(changed_id("[thrd:main]: Topic a partition count changed from 0 to 1"), None);
        let context = Context::new();
        context.log(RDKafkaLogLevel::Debug, METADATA, line);
        assert_eq!(context.topic_id("a.b-c").as_deref(), Some("9mEg-Zi_SRqk0Q3hOZ6m8A"));
    }
}
