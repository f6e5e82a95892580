//! Appends records to Kafka topics, and waits until all in-sync replicas hold them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rdkafka::Message;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};

use super::PUNCTUATION_HEADER;
use super::client::Context;
use super::settings::{self, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::log::NewRecord;

/// How long a full queue is waited for between two tries; it empties at the pace of delivery reports.
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(100);

/// The producer of a log's appends; made at the first one.
pub(super) struct KafkaProducer {
    settings: Settings,
    producer: Mutex<Option<Arc<ThreadedProducer<Deliveries>>>>,
}

impl KafkaProducer {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, producer: Mutex::new(None) }
    }

    /// Appends records and returns the next offset of every partition that got one.
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
        let producer = self.producer()?;
        let append = Arc::new(Append::default());
        for record in records {
            if append.has_failed() {
                break;
            }
            self.send(&producer, topic, record, &append);
        }
        let outcome = append.wait();
        if let Some((code, text)) = producer.client().fatal_error() {
            // An idempotent producer that lost track says so once and sends nothing more: the next append gets another.
            tracing::warn!(%code, text, "kafka producer gave up, the next append makes a new one");
            self.producer.lock().take_if(|current| Arc::ptr_eq(current, &producer));
        }
        match outcome.failed {
            None => {
                assert_eq!(outcome.written, records.len(), "every record has its delivery report");
                Ok(outcome.next_offsets)
            }
            Some(failure) => Err(self.refused(topic, records.len(), outcome.written, &failure)),
        }
    }

    /// Refuses what Kafka would refuse or change, before anything is sent.
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

    fn producer(&self) -> Result<Arc<ThreadedProducer<Deliveries>>> {
        let mut current = self.producer.lock();
        if let Some(producer) = &*current {
            return Ok(Arc::clone(producer));
        }
        let context = Deliveries(Context::new());
        let producer: ThreadedProducer<Deliveries> =
            self.settings.producer().create_with_context(context).map_err(settings::refused)?;
        Ok(Arc::clone(current.insert(Arc::new(producer))))
    }

    fn send(
        &self,
        producer: &ThreadedProducer<Deliveries>,
        topic: &str,
        record: &NewRecord,
        append: &Arc<Append>,
    ) {
        append.expect_one();
        let mut message = BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, Arc::clone(append));
        message.key = record.key.as_deref();
        message.payload = record.value.as_deref();
        if record.punctuation {
            // The message's own time is when it was sent, as for records: it bounds the punctuation's.
            let time_ms = record.time_ms.map(|time_ms| time_ms.to_string());
            let header = Header { key: PUNCTUATION_HEADER, value: time_ms.as_deref() };
            message.headers = Some(OwnedHeaders::new_with_capacity(1).insert(header));
        } else {
            message.timestamp = record.time_ms;
        }
        message.partition = record.partition.map(u32::cast_signed);
        loop {
            match producer.send(message) {
                Ok(()) => return,
                Err((error, back)) if is_full(&error) => {
                    append.wait_for_room();
                    message = back;
                }
                Err((error, _)) => return append.report(Err(error)),
            }
        }
    }

    fn refused(&self, topic: &str, records: usize, written: usize, error: &KafkaError) -> Error {
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
                Error::new(ErrorKind::Unavailable, message).with_hint(format!(
                    "no broker of `{brokers}` took them in time; append the rest again later"
                ))
            }
            _ => Error::new(ErrorKind::Unavailable, message)
                .with_hint("an append to kafka is no transaction: append only the rest again"),
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
    /// Sent, without a report yet. Every record sent gets one: librdkafka bounds it by `message.timeout.ms`.
    awaited: usize,
    written: usize,
    next_offsets: BTreeMap<u32, u64>,
    /// The first failure.
    failed: Option<KafkaError>,
}

impl Append {
    fn expect_one(&self) {
        self.state.lock().awaited += 1;
    }

    fn has_failed(&self) -> bool {
        self.state.lock().failed.is_some()
    }

    /// Notes a report: partition and offset of the record, or why it is not stored.
    fn report(&self, report: Result<(u32, u64), KafkaError>) {
        let mut state = self.state.lock();
        state.awaited -= 1;
        match report {
            Ok((partition, offset)) => {
                state.written += 1;
                let next_offset = state.next_offsets.entry(partition).or_default();
                *next_offset = (*next_offset).max(offset + 1);
            }
            Err(error) => {
                state.failed.get_or_insert(error);
            }
        }
        self.changed.notify_one();
    }

    /// Waits for the next report, or a moment: the room may also be taken by other appends.
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

/// Hands delivery reports to the append they belong to.
struct Deliveries(Context);

impl ClientContext for Deliveries {
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
    type DeliveryOpaque = Arc<Append>;

    fn delivery(&self, result: &DeliveryResult<'_>, append: Arc<Append>) {
        let place = |partition: i32, offset: i64| {
            let place = u32::try_from(partition).ok().zip(u64::try_from(offset).ok());
            place.ok_or(KafkaError::MessageProduction(RDKafkaErrorCode::OffsetNotAvailable))
        };
        append.report(match result {
            Ok(message) => place(message.partition(), message.offset()),
            Err((error, _)) => Err(error.clone()),
        });
    }
}
