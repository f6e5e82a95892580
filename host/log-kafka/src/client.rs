//! The connection for metadata: which topics there are, and the first and last offsets of their partitions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use super::context::Context;
use super::settings::{self, Settings};
use super::topic_id;
use foldline_base::error::{Error, ErrorKind, Result};

/// How long a request may take, a broker's restart included, before the caller learns that Kafka is not available.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Pause between two tries of a request. Brokers need about this long to elect a new leader.
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(100);
/// Time-out of the first try, after which it is checked whether the brokers refuse this host. It doubles with each further
/// try.
const LISTEN_EVERY: Duration = Duration::from_millis(500);
/// Maximum number of events that a new client sends at once: some log lines about its settings.
const FIRST_EVENTS: usize = 16;
/// The error that ends [`Cluster::ask`] at once.
const REFUSED: KafkaError = KafkaError::MetadataFetch(RDKafkaErrorCode::Authentication);
/// How often the thread that takes librdkafka's events checks whether it is still needed.
const EVENTS_EVERY: Duration = Duration::from_millis(250);

/// A connection to the cluster that reads no records.
pub(super) struct Cluster {
    client: Arc<BaseConsumer<Context>>,
    brokers: String,
    stop: Arc<AtomicBool>,
    events: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Connects, and returns once a broker has answered.
    pub(super) fn connect(settings: &Settings) -> Result<Self> {
        let context = settings.context();
        context.greet(true);
        let client: BaseConsumer<Context> =
            settings.metadata().create_with_context(context).map_err(settings::refused)?;
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
        cluster.greet()?;
        Ok(cluster)
    }

    /// Waits for the first answer. If a broker refuses this host, the wait ends at once: another try would get the same
    /// answer.
    fn greet(&self) -> Result<()> {
        let context = self.client.context();
        // Short at first: a request waits until a broker accepts this host, and does not learn that one refuses it.
        let mut patience = LISTEN_EVERY;
        let greeted = self.ask(|timeout| {
            let deadline = Instant::now() + timeout;
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                // Any answer will do. An answer about one topic is short.
                let answer = self
                    .client
                    .fetch_metadata(Some("__consumer_offsets"), patience.min(left.max(RETRY_AFTER)));
                match answer {
                    Err(_) if context.is_refused() => return Err(REFUSED),
                    Err(_) if left > patience => patience *= 2,
                    answer => return answer.map(drop),
                }
            }
        });
        context.greet(false);
        match greeted {
            Err(error) if context.is_refused() => {
                let refused = Error::new(ErrorKind::Config, error.message());
                Err(refused.with_hint(error.hint().unwrap_or_default()))
            }
            greeted => greeted,
        }
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

    /// Returns the first offset held, or the last stable offset, of each partition of a topic. It takes one request per
    /// broker.
    pub(super) fn offsets(&self, topic: &str, partitions: u32, which: Offset) -> Result<Vec<u64>> {
        offsets(&self.client, topic, partitions, which, |question| self.ask(question))
            .map_err(|error| error.context(format!("kafka topic `{topic}`")))
    }

    /// Returns the cluster's id; `None` from a broker that has none.
    pub(super) fn id(&self) -> Option<String> {
        self.client.client().fetch_cluster_id(ANSWER_WITHIN)
    }

    /// Returns a topic's id; `None` if the topic does not exist, or the broker is older than 2.8.
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
                        format!("kafka at `{brokers}` does not return the id of topic `{topic}`: {reason}");
                    return Err(Error::new(ErrorKind::Unavailable, message)
                        .with_hint("check the brokers' state, and the permission Describe on the topic"));
                }
            }
        }
    }

    /// Repeats a request until there is an answer, for at most [`ANSWER_WITHIN`], since leaders move and brokers restart.
    fn ask<T>(&self, mut question: impl FnMut(Duration) -> KafkaResult<T>) -> Result<T> {
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match question(left.max(RETRY_AFTER)) {
                Ok(answer) => {
                    self.client.context().connected();
                    return Ok(answer);
                }
                Err(error) if is_passing(&error) && left > RETRY_AFTER => std::thread::sleep(RETRY_AFTER),
                Err(error) => return Err(self.unreachable(&error)),
            }
        }
    }

    fn unreachable(&self, error: &KafkaError) -> Error {
        let brokers = &self.brokers;
        let (message, hint) = match error.rdkafka_error_code() {
            Some(code) if is_lost(code) => (
                format!("cannot reach kafka at `{brokers}` within {} s", ANSWER_WITHIN.as_secs()),
                "start the brokers, or correct `brokers` under [log.kafka]; without that table the embedded log is used",
            ),
            _ => (format!("kafka at `{brokers}`: {error}"), "check the brokers' state and permissions"),
        };
        self.client.context().explained("", Error::new(ErrorKind::Unavailable, message).with_hint(hint))
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

/// Returns the ends of a topic's partitions, records of open transactions included. It uses a separate connection, since it is
/// needed only to distinguish a replaced log from an open transaction.
pub(super) fn high_watermarks(settings: &Settings, topic: &str, partitions: u32) -> Result<Vec<u64>> {
    let client: BaseConsumer<Context> =
        settings.uncommitted_metadata().create_with_context(settings.context()).map_err(settings::refused)?;
    // If the client needs a token, one of its first events, after some log lines, asks for it. Later events are not taken.
    for _ in 0..FIRST_EVENTS {
        let _ = client.poll(Duration::ZERO);
    }
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
            // `which` is the pseudo-offset that stands for the first or the last offset.
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
