//! Appends records to Kafka topics, and waits until all in-sync replicas hold them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex};
use rdkafka::Message;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};

use super::client::{ANSWER_WITHIN, RETRY_AFTER};
use super::context::Context;
use super::headers::{MARK_HEADER, PUNCTUATION_HEADER};
use super::settings::{self, Settings};
use foldline_base::clock::{RisingClock, now_ms};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::partly::Partly;
use foldline_base::partly::ranges;
use foldline_log::NewRecord;

/// How long to wait at once for a full queue. It empties at the pace of delivery reports.
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(100);

/// The producer of a log's appends. The first append creates it.
pub(super) struct KafkaProducer {
    settings: Settings,
    producer: Mutex<Option<Arc<Connected>>>,
    /// Gives a time to records without their own. It never goes back, even if the host's clock does.
    clock: Mutex<RisingClock>,
}

/// A producer, with the numbers of partitions that it knows.
struct Connected {
    producer: ThreadedProducer<Deliveries>,
    /// Number of partitions of each topic, as far as the producer knows. It refuses records for partitions that it does not
    /// know.
    partitions: Mutex<BTreeMap<String, u32>>,
}

impl KafkaProducer {
    pub(super) fn new(settings: Settings) -> Self {
        let clock = Mutex::new(RisingClock::from(i64::MIN, Instant::now()));
        Self { settings, producer: Mutex::new(None), clock }
    }

    /// Appends records and returns the next offset of every partition that got one.
    ///
    /// # Errors
    /// As [`foldline_log::Log::append`]. If something was sent, the error says what became of each record, by its number in
    /// `records`.
    pub(super) fn append(
        &self,
        topic: &str,
        partitions: u32,
        records: &[NewRecord],
    ) -> Result<BTreeMap<u32, u64>> {
        for (number, record) in records.iter().enumerate() {
            self.check(partitions, record)
                .map_err(|error| error.context(format!("record {} for kafka topic `{topic}`", number + 1)))?;
        }
        let connected = self.connected()?;
        // Before the first record is sent: otherwise a record for an unknown partition would fail in the middle of the append.
        connected.learn(topic, partitions)?;
        let producer = &connected.producer;
        let append = Arc::new(Append::default());
        let mut sent = 0;
        let now_ms = self.clock.lock().read(now_ms(), Instant::now());
        for (number, record) in records.iter().enumerate() {
            if append.has_failed() {
                break;
            }
            self.send(producer, topic, number as u64, record, now_ms, &append);
            sent = number as u64 + 1;
        }
        let outcome = append.wait();
        if let Some((code, text)) = producer.client().fatal_error() {
            // An idempotent producer that lost track reports it once, and sends nothing more. The next append gets a new one.
            tracing::warn!(%code, text, "kafka producer gave up, the next append makes a new one");
            self.producer.lock().take_if(|current| Arc::ptr_eq(current, &connected));
        }
        match outcome.failed {
            None => {
                assert_eq!(outcome.written, records.len(), "every record has its delivery report");
                Ok(outcome.next_offsets)
            }
            Some(failure) => {
                let (mut missing, mut unknown) = (outcome.missing, outcome.unknown);
                missing.extend(sent..records.len() as u64);
                missing.sort_unstable();
                unknown.sort_unstable();
                let mut token = Position::default();
                outcome.next_offsets.iter().for_each(|(&partition, &next)| token.set(topic, partition, next));
                let (missing, unknown) = (ranges(missing), ranges(unknown));
                let partly = Partly { written: outcome.written as u64, token, missing, unknown };
                let context = &producer.client().context().0;
                Err(self
                    .refused(topic, records.len(), outcome.written, &failure, context)
                    .with_partly(partly))
            }
        }
    }

    /// Refuses a record that Kafka would refuse or change, before anything is sent.
    fn check(&self, partitions: u32, record: &NewRecord) -> Result<()> {
        let (bytes, bytes_max) = (record.bytes(), self.settings.record_bytes_max());
        if bytes > bytes_max {
            let message = format!("has {bytes} bytes, more than {bytes_max}");
            return Err(
                Error::new(ErrorKind::Data, message).with_hint("see `record_bytes_max` under [limits]")
            );
        }
        if let Some(partition) = record.partition.filter(|&partition| partition >= partitions) {
            let message = format!("names partition {partition}, but there are {partitions}");
            return Err(Error::new(ErrorKind::Data, message));
        }
        if let Some(time_ms) = record.time_ms.filter(|&time_ms| time_ms <= 0 && !record.punctuation) {
            let message = format!("has the time {time_ms} ms, and kafka stores times after 1970 only");
            return Err(Error::new(ErrorKind::Data, message)
                .with_hint("leave `time` out, and put the event's own time into the value"));
        }
        Ok(())
    }

    fn connected(&self) -> Result<Arc<Connected>> {
        let mut current = self.producer.lock();
        if let Some(connected) = &*current {
            return Ok(Arc::clone(connected));
        }
        let context = Deliveries(self.settings.context());
        let producer: ThreadedProducer<Deliveries> =
            self.settings.producer().create_with_context(context).map_err(settings::refused)?;
        let connected = Connected { producer, partitions: Mutex::default() };
        Ok(Arc::clone(current.insert(Arc::new(connected))))
    }

    fn send(
        &self,
        producer: &ThreadedProducer<Deliveries>,
        topic: &str,
        number: u64,
        record: &NewRecord,
        now_ms: i64,
        append: &Arc<Append>,
    ) {
        append.expect_one();
        let sent = Box::new(Sent { append: Arc::clone(append), number });
        let mut message = BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, sent);
        message.key = record.key.as_deref();
        message.payload = record.value.as_deref();
        if record.punctuation {
            // The time of the message is when it was sent, as for records: it bounds the time of the punctuation.
            let time_ms = record.time_ms.map(|time_ms| time_ms.to_string());
            let header = Header { key: PUNCTUATION_HEADER, value: time_ms.as_deref() };
            message.headers = Some(OwnedHeaders::new_with_capacity(1).insert(header));
            message.timestamp = Some(now_ms);
        } else {
            message.timestamp = Some(record.time_ms.unwrap_or(now_ms));
        }
        if let Some(id) = &record.id {
            let header = Header { key: MARK_HEADER, value: Some(id.as_str()) };
            message.headers = Some(OwnedHeaders::new_with_capacity(1).insert(header));
        }
        message.partition = record.partition.map(u32::cast_signed);
        loop {
            match producer.send(message) {
                Ok(()) => return,
                Err((error, back)) if is_full(&error) => {
                    append.wait_for_room();
                    message = back;
                }
                // It was never sent, so it cannot arrive later.
                Err((error, _)) => return append.report(number, Err((error, Fate::Missing))),
            }
        }
    }

    fn refused(
        &self,
        topic: &str,
        records: usize,
        written: usize,
        error: &KafkaError,
        context: &Context,
    ) -> Error {
        let reason = match error.rdkafka_error_code() {
            Some(code) => code.to_string(),
            None => error.to_string(),
        };
        let message =
            format!("kafka topic `{topic}` took {written} of {records} records, then refused: {reason}");
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => Error::new(ErrorKind::Data, message).with_hint(
                format!("raise `max.message.bytes` of the topic `{topic}`, or send shorter records"),
            ),
            Some(RDKafkaErrorCode::MessageTimedOut) => {
                let brokers = self.settings.brokers();
                let error = Error::new(ErrorKind::Unavailable, &message).with_hint(format!(
                    "no broker of `{brokers}` confirmed them in time; later, append again what is not in the topic"
                ));
                context.explained(&message, error)
            }
            _ => Error::new(ErrorKind::Unavailable, message).with_hint(
                "an append to kafka is not a transaction: append again only what is not in the topic",
            ),
        }
    }
}

impl Connected {
    /// Makes the producer learn how many partitions a topic has, if it knows of fewer. By itself it would do so only minutes
    /// later.
    fn learn(&self, topic: &str, partitions: u32) -> Result<()> {
        if self.partitions.lock().get(topic).is_some_and(|&known| known >= partitions) {
            return Ok(());
        }
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let answer = self.producer.client().fetch_metadata(Some(topic), left.max(RETRY_AFTER));
            let heard = answer.as_ref().map(|metadata| {
                let mut topics = metadata.topics().iter().filter(|answer| answer.name() == topic);
                topics.next().map_or(0, |answer| u32::try_from(answer.partitions().len()).unwrap_or(u32::MAX))
            });
            match heard {
                Ok(heard) if heard >= partitions => {
                    self.partitions.lock().insert(topic.to_owned(), heard);
                    return Ok(());
                }
                // Another broker answered, which does not know of the new partitions yet.
                _ if left > RETRY_AFTER => std::thread::sleep(RETRY_AFTER),
                heard => {
                    let heard = match heard {
                        Ok(heard) => format!("kafka's brokers report {heard}"),
                        Err(error) => error.to_string(),
                    };
                    let message = format!("kafka topic `{topic}` has {partitions} partitions: {heard}");
                    let error = Error::new(ErrorKind::Unavailable, message)
                        .with_hint("nothing was appended; try again in a moment");
                    return Err(self.producer.client().context().0.explained("nothing was appended", error));
                }
            }
        }
    }
}

fn is_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
}

/// The delivery reports of one append.
#[derive(Default)]
struct Append {
    state: Mutex<Outcome>,
    changed: Condvar,
}

#[derive(Default)]
struct Outcome {
    /// Records sent, but not reported yet. Every record gets a report, within `message.timeout.ms`.
    awaited: usize,
    written: usize,
    next_offsets: BTreeMap<u32, u64>,
    /// The first failure.
    failed: Option<KafkaError>,
    /// Records that are not in the log, in the order of their reports.
    missing: Vec<u64>,
    /// Records that may be in the log.
    unknown: Vec<u64>,
}

/// A record that was sent.
struct Sent {
    append: Arc<Append>,
    /// Its number in the append.
    number: u64,
}

/// The fate of a record that is not known to be in the log.
#[derive(Clone, Copy)]
enum Fate {
    Missing,
    Unknown,
}

impl Fate {
    /// Classifies the error of a record that was sent. A broker may take a record but fail to report it, so only a refusal of
    /// the record itself proves that it is not in the log.
    fn of(error: &KafkaError) -> Self {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(
                Code::MessageSizeTooLarge
                | Code::InvalidMessage
                | Code::InvalidMessageSize
                | Code::InvalidTimestamp
                | Code::InvalidRecord
                | Code::InvalidTopic
                | Code::TopicAuthorizationFailed
                | Code::UnknownPartition
                | Code::UnknownTopic
                | Code::UnknownTopicOrPartition,
            ) => Self::Missing,
            _ => Self::Unknown,
        }
    }
}

impl Append {
    fn expect_one(&self) {
        self.state.lock().awaited += 1;
    }

    fn has_failed(&self) -> bool {
        self.state.lock().failed.is_some()
    }

    /// Adds a report: partition and offset of the record, or the error.
    fn report(&self, number: u64, report: Result<(u32, u64), (KafkaError, Fate)>) {
        let mut state = self.state.lock();
        state.awaited -= 1;
        match report {
            Ok((partition, offset)) => {
                state.written += 1;
                let next_offset = state.next_offsets.entry(partition).or_default();
                *next_offset = (*next_offset).max(offset + 1);
            }
            Err((error, fate)) => {
                state.failed.get_or_insert(error);
                match fate {
                    Fate::Missing => state.missing.push(number),
                    Fate::Unknown => state.unknown.push(number),
                }
            }
        }
        self.changed.notify_one();
    }

    /// Waits for the next report, but only a moment, since other appends may fill the queue too.
    fn wait_for_room(&self) {
        self.changed.wait_for(&mut self.state.lock(), QUEUE_FULL_WAIT);
    }

    fn wait(&self) -> Outcome {
        let mut state = self.state.lock();
        while state.awaited > 0 {
            self.changed.wait(&mut state);
        }
        std::mem::take(&mut state)
    }
}

/// Passes delivery reports to the append that they belong to.
struct Deliveries(Context);

impl ClientContext for Deliveries {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        self.0.generate_oauth_token(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.0.log(level, facility, text);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.0.stats_raw(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        let place = |partition: i32, offset: i64| {
            let place = u32::try_from(partition).ok().zip(u64::try_from(offset).ok());
            // The record is in the log, but its offset is not known.
            let nowhere = KafkaError::MessageProduction(RDKafkaErrorCode::OffsetNotAvailable);
            place.ok_or((nowhere, Fate::Unknown))
        };
        sent.append.report(
            sent.number,
            match result {
                Ok(message) => place(message.partition(), message.offset()),
                Err((error, _)) => Err((error.clone(), Fate::of(error))),
            },
        );
    }
}
