//! A relay on a Kafka broker, and its messages as readers of committed records see them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};

use crate::host::{Host, PATIENCE};
use crate::kafka::{Broker, unique_topic};
use crate::relayed::{NAME, assert_each_once, expected_messages};

/// Of each topic except that of frontiers.
pub const PARTITIONS: i32 = 3;

/// The topics of one test, on a broker that others use as well.
pub struct Topics {
    /// The input of the relay.
    pub posts: String,
    /// The topic of messages.
    pub new_posts: String,
    /// The topic of frontiers.
    pub frontiers: String,
}

impl Topics {
    /// Returns names that no other test uses.
    #[expect(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        let frontiers = format!("foldline.{}", unique_topic("frontiers"));
        Self { posts: unique_topic("posts"), new_posts: unique_topic("new-posts"), frontiers }
    }

    /// Returns the configuration of a host that relays on a broker at `host:port`.
    pub fn configuration(&self, broker: &str) -> String {
        let Self { posts, new_posts, frontiers } = self;
        format!(
            "[log.kafka]\nbrokers = \"{broker}\"\n\n[topics]\npartitions = {PARTITIONS}\ncreate = true\n[topics.posts]\nname = \"{posts}\"\n\
             [topics.new-posts]\nname = \"{new_posts}\"\n\n[relays]\nfrontiers = \"{frontiers}\"\nrelay.from = \"start\"\n"
        )
    }

    /// Returns the transactional id of the relay's producers.
    pub fn transactional_id(&self) -> String {
        format!("{}/{NAME}", self.frontiers)
    }
}

/// Waits until the relay has sent everything, and checks the messages that readers of committed records see. Returns their
/// number.
///
/// # Panics
/// Panics when a message is missing or duplicated.
pub fn check(host: &Host, broker: &Broker, topics: &Topics) -> usize {
    host.wait(NAME);
    let records: Vec<Value> = committed(broker, &topics.posts)
        .into_iter()
        .map(
            |(partition, offset, _, value)| json!({"partition": partition, "offset": offset, "value": value}),
        )
        .collect();
    let expected: BTreeMap<String, String> = expected_messages(&records);
    let sent = committed(broker, &topics.new_posts).into_iter();
    let post = |value: &Value| value["post_id"].as_str().unwrap_or_default().to_owned();
    assert_each_once(&expected, sent.map(|(_, _, id, value)| (id, post(&value))));
    expected.len()
}

/// Reads all committed records of a topic: partition, offset, id, value.
fn committed(broker: &Broker, topic: &str) -> Vec<(i32, i64, String, Value)> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker.address())
        .set("group.id", unique_topic("readers"))
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .create()
        .expect("a consumer");
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        all.add_partition_offset(topic, partition, Offset::Beginning).expect("a partition");
    }
    consumer.assign(&all).expect("assigned");
    let (mut records, mut ended, deadline) = (Vec::new(), BTreeSet::new(), Instant::now() + PATIENCE);
    while ended.len() < PARTITIONS as usize {
        assert!(Instant::now() < deadline, "`{topic}` does not end");
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(partition))) => {
                // This may be the end of an open transaction; then more records follow, and another end.
                ended.insert(partition);
            }
            Some(Err(error)) => panic!("reading `{topic}`: {error}"),
            Some(Ok(message)) => {
                let id = message.headers().and_then(|headers| {
                    headers.iter().find(|header| header.key == "foldline-id").and_then(|header| header.value)
                });
                let id = String::from_utf8(id.unwrap_or_default().to_vec()).expect("a text");
                let value =
                    serde_json::from_slice(message.payload().unwrap_or_default()).expect("a JSON value");
                records.push((message.partition(), message.offset(), id, value));
            }
        }
    }
    records
}

/// Returns whether a topic's first partition has an open transaction with records.
///
/// # Panics
/// Panics when the broker does not answer.
pub fn has_open_transaction(broker: &Broker, topic: &str) -> bool {
    let end = |isolation: &str| {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker.address())
            .set("isolation.level", isolation)
            .create()
            .expect("a consumer");
        consumer.fetch_watermarks(topic, 0, PATIENCE).expect("the broker answers").1
    };
    end("read_committed") < end("read_uncommitted")
}
