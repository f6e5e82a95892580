//! Takes records from librdkafka in batches. rdkafka has no safe call for it, so this needs unsafe code.
//!
//! rdkafka's safe consumer makes an event, a reference count and a Rust object per record. Here one call fills an array of
//! thousands of records, and the caller copies the bytes of each while the array is held.
//!
//! librdkafka's simple consumer reads partitions into a separate queue. There is no group to authorize and nothing to commit.
//! The client's main queue is not used for records, so log lines and connection errors go through rdkafka's safe code.

#![expect(unsafe_code, reason = "rd_kafka_consume_batch_queue has no safe wrapper; each block has its proof")]

use std::collections::{BTreeMap, HashMap};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::{RDKafkaMessage, RDKafkaQueue, RDKafkaRespErr, RDKafkaTopic};

use super::context::Context;
use foldline_base::error::{Error, ErrorKind, Result};

/// Records per call: enough to make the cost of the call itself negligible.
const MESSAGES_MAX: usize = 4096;

/// [`super::headers::PUNCTUATION_HEADER`], as C knows it.
const PUNCTUATION_HEADER: &CStr = c"foldline-time";

/// [`super::headers::MARK_HEADER`], as C knows it.
const MARK_HEADER: &CStr = c"foldline-changes";

/// An entry of the queue for a partition.
pub(super) enum Taken<'a> {
    /// A record.
    Record {
        /// Its offset.
        offset: u64,
        /// Its time in milliseconds; `None` if it has none.
        time_ms: Option<i64>,
        /// Whether the broker set the time, and not the producer.
        by_log: bool,
        /// The header that makes a record without a value a punctuation. It is looked up only for such records.
        punctuation: Option<&'a [u8]>,
        /// The header that marks a record of a topic of changes. It is looked up only on request.
        mark: Option<&'a [u8]>,
        /// Its key.
        key: Option<&'a [u8]>,
        /// Its value.
        value: Option<&'a [u8]>,
    },
    /// Something else: the end of the partition, or an error.
    Notice {
        /// librdkafka's code (`rd_kafka_resp_err_t`).
        code: i32,
        /// The offset that it concerns.
        offset: i64,
        /// librdkafka's message.
        text: &'a str,
    },
}

/// A consumer with one queue for all the partitions it reads.
pub(super) struct BatchQueue {
    queue: NonNull<RDKafkaQueue>,
    sources: Vec<Source>,
    source_by_name: HashMap<CString, BTreeMap<i32, usize>>,
    /// Whether the marks of records are looked up.
    marked: bool,
    /// Reused by every call. It holds live messages only during [`BatchQueue::take`].
    messages: Vec<*mut RDKafkaMessage>,
    /// The last field: dropping it ends the client, on which all fields above depend.
    consumer: BaseConsumer<Context>,
}

struct Source {
    topic: NonNull<RDKafkaTopic>,
    partition: i32,
    started: bool,
}

// SAFETY: librdkafka's client, queue and topic handles may be used from any thread; the pointers are owned by this
// value alone, and every method that uses them takes `&mut self`.
unsafe impl Send for BatchQueue {}

impl BatchQueue {
    /// Creates a queue on a consumer without a group.
    ///
    /// `marked` = look up the marks of records.
    pub(super) fn new(consumer: BaseConsumer<Context>, marked: bool) -> Result<Self> {
        // SAFETY: the client is alive: `consumer` owns it and outlives the queue (see `Drop`).
        let queue = unsafe { sys::rd_kafka_queue_new(consumer.client().native_ptr()) };
        let queue = NonNull::new(queue).ok_or_else(|| internal("kafka gave no queue"))?;
        let messages = Vec::with_capacity(MESSAGES_MAX);
        Ok(Self { queue, sources: Vec::new(), source_by_name: HashMap::new(), marked, messages, consumer })
    }

    /// Adds a partition, not yet read, and returns its number in this queue.
    pub(super) fn add(&mut self, topic: &str, partition: u32) -> Result<usize> {
        let name = CString::new(topic).map_err(|_| internal(format!("topic `{topic}` has a zero byte")))?;
        let partition = i32::try_from(partition).map_err(|_| internal(format!("partition {partition}")))?;
        // SAFETY: the client is alive, `name` is a C string that the call copies, and null asks for default settings.
        let handle = unsafe {
            sys::rd_kafka_topic_new(self.consumer.client().native_ptr(), name.as_ptr(), std::ptr::null_mut())
        };
        let handle =
            NonNull::new(handle).ok_or_else(|| internal(format!("kafka refuses topic `{topic}`")))?;
        let source = self.sources.len();
        self.sources.push(Source { topic: handle, partition, started: false });
        self.source_by_name.entry(name).or_default().insert(partition, source);
        Ok(source)
    }

    /// Starts reading a partition from an offset on. Drops whatever was read ahead of it from another offset.
    pub(super) fn start(&mut self, source: usize, next_offset: u64) -> Result<()> {
        self.stop(source);
        let Source { topic, partition, .. } = self.sources[source];
        let offset = i64::try_from(next_offset).map_err(|_| internal(format!("offset {next_offset}")))?;
        // SAFETY: topic and queue are alive until `Drop`, and the topic is of the queue's own client.
        let failed = unsafe {
            sys::rd_kafka_consume_start_queue(topic.as_ptr(), partition, offset, self.queue.as_ptr()) != 0
        };
        if failed {
            return Err(internal(format!("kafka does not start reading partition {partition} at {offset}")));
        }
        self.sources[source].started = true;
        Ok(())
    }

    /// Passes all pending log lines and connection errors to the context.
    pub(super) fn take_events(&self) {
        // SAFETY: the client is alive: `consumer` owns it.
        let waiting = unsafe { sys::rd_kafka_outq_len(self.consumer.client().native_ptr()) };
        // One call takes one event.
        for _ in 0..waiting {
            let _ = self.consumer.poll(Duration::ZERO);
        }
    }

    /// Returns the client's context.
    pub(super) fn context(&self) -> &Context {
        self.consumer.context()
    }

    /// Passes at most `messages_max` messages to `each`, with the number of their partition; returns how many there were.
    /// Waits only for the first one, since librdkafka's call would otherwise wait until its array is full.
    pub(super) fn take(
        &mut self,
        messages_max: usize,
        wait: Duration,
        mut each: impl FnMut(usize, Taken<'_>),
    ) -> usize {
        if !wait.is_zero() && self.fill(1, wait) == 0 {
            return 0;
        }
        if messages_max > self.messages.len() {
            self.fill(messages_max - self.messages.len(), Duration::ZERO);
        }
        let held = Held(&mut self.messages);
        // Runs of one partition are long, so the name is looked up once per run. Pointers can be compared, since the messages
        // that hold the topics live until the end of this call.
        let mut run: Option<(*mut RDKafkaTopic, i32, Option<usize>)> = None;
        for &message in held.0.iter() {
            // SAFETY: librdkafka filled the array with messages that are alive until `held` destroys them; only plain
            // fields are read, none of them the enum `err`, whose value a newer broker might not share with us.
            let (topic, partition) = unsafe { ((*message).rkt, (*message).partition) };
            let source = match run {
                Some((last_topic, last_partition, source))
                    if (last_topic, last_partition) == (topic, partition) =>
                {
                    source
                }
                _ => {
                    let source = self.source_by_name.get(topic_name(topic)).and_then(|by| by.get(&partition));
                    run = Some((topic, partition, source.copied()));
                    source.copied()
                }
            };
            // A message of another partition would be a bug of librdkafka, and is dropped.
            if let Some(source) = source {
                // SAFETY: as above. The borrow ends before `held` does.
                each(source, unsafe { taken(message, self.marked) });
            }
        }
        held.0.len()
    }

    /// Appends up to `count` messages to `messages`; returns how many came.
    fn fill(&mut self, count: usize, wait: Duration) -> usize {
        let count = count.min(MESSAGES_MAX - self.messages.len());
        let wait_ms = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
        let room = &mut self.messages.spare_capacity_mut()[..count];
        // SAFETY: the queue is alive, and `room` has space for `count` pointers, which the call writes from the front.
        let came = unsafe {
            sys::rd_kafka_consume_batch_queue(
                self.queue.as_ptr(),
                wait_ms,
                room.as_mut_ptr().cast::<*mut RDKafkaMessage>(),
                count,
            )
        };
        // A negative number is an error of the call itself: nothing was written.
        let came = usize::try_from(came).unwrap_or(0);
        assert!(came <= count, "librdkafka wrote {came} messages where {count} fit");
        // SAFETY: the call has written `came` pointers behind the current length, within the capacity.
        unsafe { self.messages.set_len(self.messages.len() + came) };
        came
    }

    fn stop(&mut self, source: usize) {
        let source = &mut self.sources[source];
        if std::mem::take(&mut source.started) {
            // SAFETY: the topic is alive until `Drop`. The answer does not matter: it only says that nothing was read.
            unsafe { sys::rd_kafka_consume_stop(source.topic.as_ptr(), source.partition) };
        }
    }
}

impl Drop for BatchQueue {
    fn drop(&mut self) {
        // Empty, unless a call panicked before it processed the messages.
        drop(Held(&mut self.messages));
        for source in 0..self.sources.len() {
            self.stop(source);
        }
        for source in &self.sources {
            // SAFETY: each handle came from `rd_kafka_topic_new`, is destroyed once, here, and not used after.
            unsafe { sys::rd_kafka_topic_destroy(source.topic.as_ptr()) };
        }
        // SAFETY: the queue came from `rd_kafka_queue_new`, no partition is read into it any more, and the client ends
        // only after this body, with the field `consumer`.
        unsafe { sys::rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}

/// Messages that are destroyed when this is dropped, even if `each` panics.
struct Held<'a>(&'a mut Vec<*mut RDKafkaMessage>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        for message in self.0.drain(..) {
            // SAFETY: every pointer came from `rd_kafka_consume_batch_queue` and leaves the list here, so once only.
            unsafe { sys::rd_kafka_message_destroy(message) };
        }
    }
}

fn topic_name<'a>(topic: *mut RDKafkaTopic) -> &'a CStr {
    if topic.is_null() {
        return c"";
    }
    // SAFETY: not null, and kept alive by the message it came from; its name is a C string that lives as long.
    unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(topic)) }
}

/// Reads one message.
///
/// # Safety
/// `message` must be alive, and stay so for `'a`.
unsafe fn taken<'a>(message: *mut RDKafkaMessage, marked: bool) -> Taken<'a> {
    // SAFETY: the caller vouches for the message. `err` is read as the integer that it is in C, since a Rust enum must
    // not hold a value it does not know.
    let (code, offset, payload, key) = unsafe {
        (
            (&raw const (*message).err).cast::<i32>().read(),
            (*message).offset,
            bytes((*message).payload, (*message).len),
            bytes((*message).key, (*message).key_len),
        )
    };
    match u64::try_from(offset) {
        Ok(offset) if code == 0 => {
            let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            // SAFETY: the message is alive, and `kind` is a place to write to.
            let time_ms = unsafe { sys::rd_kafka_message_timestamp(message, &raw mut kind) };
            let has_time = kind != sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            let by_log = kind == sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
            let time_ms = has_time.then_some(time_ms);
            let punctuation = match payload {
                Some(_) => None,
                // SAFETY: the caller vouches for the message.
                None => unsafe { header(message, PUNCTUATION_HEADER) },
            };
            // SAFETY: the caller vouches for the message.
            let mark = if marked { unsafe { header(message, MARK_HEADER) } } else { None };
            Taken::Record { offset, time_ms, by_log, punctuation, mark, key, value: payload }
        }
        // The payload of an error is its text, in ASCII.
        _ => Taken::Notice {
            code,
            offset,
            text: payload.map_or("", |text| std::str::from_utf8(text).unwrap_or("")),
        },
    }
}

/// Returns the value of the last header of this name, if there is one.
///
/// # Safety
/// `message` must be alive, and stay so for `'a`.
unsafe fn header<'a>(message: *mut RDKafkaMessage, name: &CStr) -> Option<&'a [u8]> {
    let mut headers = std::ptr::null_mut();
    // SAFETY: the caller vouches for the message, and `headers` is a place to write to. The call parses them into memory
    // of the message. Its answer is librdkafka's own (none, or not parsable), so one of the codes that the enum knows.
    let found = unsafe { sys::rd_kafka_message_headers(message, &raw mut headers) };
    if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || headers.is_null() {
        return None;
    }
    let (mut value, mut len) = (std::ptr::null(), 0);
    // SAFETY: the headers live as long as the message, `name` is a C string, and the rest are places to write to.
    let found =
        unsafe { sys::rd_kafka_header_get_last(headers, name.as_ptr(), &raw mut value, &raw mut len) };
    if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return None;
    }
    // SAFETY: what the call found is `len` bytes of the message, or null for a header without a value.
    unsafe { bytes(value.cast_mut(), len) }
}

/// Returns the bytes behind a pointer; `None` for null, which differs from an empty value.
///
/// # Safety
/// Not null: `data` must be readable for `len` bytes, unchanged for `'a`.
unsafe fn bytes<'a>(data: *mut c_void, len: usize) -> Option<&'a [u8]> {
    let data = NonNull::new(data)?;
    // SAFETY: not null, and the caller vouches for the rest; lengths are below 2 GiB, Kafka's own limit.
    Some(unsafe { std::slice::from_raw_parts(data.cast::<c_char>().cast::<u8>().as_ptr(), len) })
}

fn internal(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, message)
}
