//! Asks a broker for a topic's id, which distinguishes it from other topics that had its name. rdkafka has no safe call for
//! it.

#![expect(unsafe_code, reason = "rd_kafka_DescribeTopics has no safe wrapper; each block has its proof")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaQueue;

use super::context::Context;

/// How much longer than librdkafka's own time-out to wait for the answer.
const MARGIN: Duration = Duration::from_secs(1);
/// librdkafka's error names for a topic that does not exist.
const UNKNOWN: &[&CStr] = &[c"UNKNOWN_TOPIC_OR_PART", c"_UNKNOWN_TOPIC", c"UNKNOWN_TOPIC_ID"];

/// Returns a topic's id, as Kafka's own tools print it; `None` if the topic does not exist, or the broker has no ids (before
/// 2.8).
///
/// # Errors
/// The reason why there is no answer.
pub(super) fn ask(
    client: &BaseConsumer<Context>,
    topic: &str,
    timeout: Duration,
) -> Result<Option<String>, String> {
    let name = CString::new(topic).map_err(|_| format!("topic `{topic}` has a zero byte"))?;
    let rk = client.client().native_ptr();
    // SAFETY: the client is alive for the whole call: it is borrowed.
    let queue = unsafe { sys::rd_kafka_queue_new(rk) };
    let queue = Queue(NonNull::new(queue).ok_or("no queue")?);
    let mut names = [name.as_ptr()];
    // SAFETY: `names` is an array of one C string; the call copies it.
    let topics = unsafe { sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len()) };
    let topics = Topics(NonNull::new(topics).ok_or("no collection of topics")?);
    let kind = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
    // SAFETY: the client is alive, and the kind is one that librdkafka knows.
    let options = unsafe { sys::rd_kafka_AdminOptions_new(rk, kind) };
    let options = Options(NonNull::new(options).ok_or("no options")?);
    let mut reason: [c_char; 256] = [0; 256];
    // SAFETY: the options are alive, and `reason` is as long as its length argument says. The call returns one of its own two
    // codes, which the enum knows. A time-out that it refuses leaves the default.
    unsafe {
        sys::rd_kafka_AdminOptions_set_request_timeout(
            options.0.as_ptr(),
            ms(timeout),
            reason.as_mut_ptr(),
            reason.len(),
        )
    };
    // SAFETY: all four are alive; topics and options are copied. The answer goes to our queue, which outlives the wait for it;
    // librdkafka drops what arrives after the queue was destroyed.
    unsafe {
        sys::rd_kafka_DescribeTopics(rk, topics.0.as_ptr(), options.0.as_ptr(), queue.0.as_ptr());
    }
    // SAFETY: the queue is alive.
    let event = unsafe { sys::rd_kafka_queue_poll(queue.0.as_ptr(), ms(timeout + MARGIN)) };
    let event = Event(NonNull::new(event).ok_or("no answer")?);
    // SAFETY: the event is alive; for one of another kind the call returns null.
    let result = unsafe { sys::rd_kafka_event_DescribeTopics_result(event.0.as_ptr()) };
    if result.is_null() {
        return Err("an answer to something else".to_owned());
    }
    let mut count = 0;
    // SAFETY: the result is not null and lives as long as its event; `count` is a place to write to.
    let found = unsafe { sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count) };
    if count == 0 || found.is_null() {
        // SAFETY: the event is alive. The text is librdkafka's own, or the event's: `text` copies it before the event ends.
        return Err(unsafe { text(sys::rd_kafka_event_error_string(event.0.as_ptr())) });
    }
    // SAFETY: an array of `count` descriptions, one at least, which live as long as the event.
    let description = unsafe { *found };
    // SAFETY: the description is alive; the error is null or lives as long.
    let error = unsafe { sys::rd_kafka_TopicDescription_error(description) };
    if !error.is_null() {
        // SAFETY: the error is alive, and so is its name, a C string.
        let name = unsafe { CStr::from_ptr(sys::rd_kafka_error_name(error)) };
        if UNKNOWN.contains(&name) {
            return Ok(None);
        }
        // SAFETY: the error is alive, and so is its text.
        return Err(unsafe { text(sys::rd_kafka_error_string(error)) });
    }
    // SAFETY: the description is alive; the id is part of it.
    let id = unsafe { sys::rd_kafka_TopicDescription_topic_id(description) };
    let Some(id) = NonNull::new(id.cast_mut()) else { return Ok(None) };
    // SAFETY: the id is alive.
    let bits = unsafe {
        (
            sys::rd_kafka_Uuid_most_significant_bits(id.as_ptr()),
            sys::rd_kafka_Uuid_least_significant_bits(id.as_ptr()),
        )
    };
    if bits == (0, 0) {
        return Ok(None);
    }
    // SAFETY: the id is alive, and ours alone: the call keeps the text in it.
    Ok(Some(super::id::printed(&unsafe { text(sys::rd_kafka_Uuid_base64str(id.as_ptr())) })))
}

fn ms(time: Duration) -> c_int {
    c_int::try_from(time.as_millis()).unwrap_or(c_int::MAX)
}

/// Returns a copy of a text; an empty one for null.
///
/// # Safety
/// Not null: it must be a C string.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

struct Queue(NonNull<RDKafkaQueue>);

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: it came from `rd_kafka_queue_new`, and goes once, here.
        unsafe { sys::rd_kafka_queue_destroy(self.0.as_ptr()) };
    }
}

struct Topics(NonNull<sys::rd_kafka_TopicCollection_t>);

impl Drop for Topics {
    fn drop(&mut self) {
        // SAFETY: it came from `rd_kafka_TopicCollection_of_topic_names`, and goes once, here.
        unsafe { sys::rd_kafka_TopicCollection_destroy(self.0.as_ptr()) };
    }
}

struct Options(NonNull<sys::rd_kafka_AdminOptions_t>);

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: it came from `rd_kafka_AdminOptions_new`, and goes once, here.
        unsafe { sys::rd_kafka_AdminOptions_destroy(self.0.as_ptr()) };
    }
}

struct Event(NonNull<sys::rd_kafka_event_t>);

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: it came from `rd_kafka_queue_poll`, and goes once, here; nothing that it lent is used after.
        unsafe { sys::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}
