//! Takes messages from librdkafka thousands at a time: the only file of the benchmarks with unsafe code.
//!
//! It shares no code with the host: a baseline with the host's code would have the host's mistakes.

#![expect(unsafe_code, reason = "rd_kafka_consume_batch_queue has no safe wrapper; each block has its proof")]

use std::ffi::{CString, c_int};
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::types::{RDKafkaMessage, RDKafkaQueue, RDKafkaTopic};

/// Messages per call: enough to make the cost of the call negligible.
const MESSAGES_MAX: usize = 4_096;

/// An entry taken from the queue.
pub enum Taken {
    /// A record.
    Record {
        /// The length of its value.
        value_bytes: usize,
    },
    /// The end of a partition.
    End,
    /// Anything else.
    Trouble {
        /// librdkafka's code (`rd_kafka_resp_err_t`).
        code: i32,
    },
}

/// All partitions of a topic behind one queue.
pub struct BatchQueue {
    queue: NonNull<RDKafkaQueue>,
    topic: NonNull<RDKafkaTopic>,
    started: Vec<i32>,
    messages: Vec<*mut RDKafkaMessage>,
    /// The last field: dropping it ends the client, which everything above depends on.
    consumer: BaseConsumer,
}

impl BatchQueue {
    /// Creates a queue for a topic on a consumer without a group.
    pub fn new(consumer: BaseConsumer, topic: &str) -> Result<Self, String> {
        let name = CString::new(topic).map_err(|_| format!("topic `{topic}` has a zero byte"))?;
        let client = consumer.client().native_ptr();
        // SAFETY: the client is alive, `name` is a C string that the call copies, and null asks for default settings.
        let handle = unsafe { sys::rd_kafka_topic_new(client, name.as_ptr(), std::ptr::null_mut()) };
        let handle = NonNull::new(handle).ok_or_else(|| format!("kafka refuses topic `{topic}`"))?;
        // SAFETY: the client is alive: `consumer` owns it and outlives the queue (see `Drop`).
        let queue = NonNull::new(unsafe { sys::rd_kafka_queue_new(client) }).expect("it only allocates");
        let messages = Vec::with_capacity(MESSAGES_MAX);
        Ok(Self { queue, topic: handle, started: Vec::new(), messages, consumer })
    }

    /// Starts reading a partition from its beginning.
    pub fn start(&mut self, partition: i32) -> Result<(), String> {
        // SAFETY: topic and queue are alive until `Drop`, and both are of the same client.
        let failed = unsafe {
            sys::rd_kafka_consume_start_queue(self.topic.as_ptr(), partition, 0, self.queue.as_ptr()) != 0
        };
        if failed {
            return Err(format!("kafka does not start reading partition {partition}"));
        }
        self.started.push(partition);
        Ok(())
    }

    /// Passes available entries to `each`, and returns their number. Waits at most `wait`, or until the array is full.
    pub fn take(&mut self, wait: Duration, mut each: impl FnMut(Taken)) -> usize {
        // Only log lines and connection errors arrive there.
        let _ = self.consumer.poll(Duration::ZERO);
        let wait_ms = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
        let room = self.messages.spare_capacity_mut();
        // SAFETY: the queue is alive, and `room` has space for its length in pointers, written from the front.
        let came = unsafe {
            sys::rd_kafka_consume_batch_queue(
                self.queue.as_ptr(),
                wait_ms,
                room.as_mut_ptr().cast::<*mut RDKafkaMessage>(),
                room.len(),
            )
        };
        // Negative: the call itself failed and wrote nothing.
        let came = usize::try_from(came).unwrap_or(0);
        assert!(came <= room.len(), "librdkafka wrote {came} messages where {} fit", room.len());
        // SAFETY: the list was empty, and the call has written `came` pointers, within the capacity.
        unsafe { self.messages.set_len(came) };
        for message in self.messages.drain(..) {
            // SAFETY: librdkafka's message is alive until it is destroyed below. `err` is read as the integer that it
            // is in C, since a Rust enum must not hold a value it does not know.
            let (code, value_bytes) =
                unsafe { ((&raw const (*message).err).cast::<i32>().read(), (*message).len) };
            each(match code {
                0 => Taken::Record { value_bytes },
                code if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__PARTITION_EOF as i32 => {
                    Taken::End
                }
                code => Taken::Trouble { code },
            });
            // SAFETY: the pointer came from the call above and leaves the list here, so once only.
            unsafe { sys::rd_kafka_message_destroy(message) };
        }
        came
    }
}

impl Drop for BatchQueue {
    fn drop(&mut self) {
        for &partition in &self.started {
            // SAFETY: the topic is alive. The answer does not matter: it only says that nothing was read.
            unsafe { sys::rd_kafka_consume_stop(self.topic.as_ptr(), partition) };
        }
        // SAFETY: both came from librdkafka, are destroyed once, here, and not used after; the client ends only after
        // this body, with the field `consumer`.
        unsafe {
            sys::rd_kafka_topic_destroy(self.topic.as_ptr());
            sys::rd_kafka_queue_destroy(self.queue.as_ptr());
        }
    }
}
