//! `[log]`: where records come from.

mod kafka;
mod protocol;
mod tls;
mod sasl;
mod librdkafka;

use super::key::Key;
use super::kind::Number;
use super::section::Section;
use super::table::Table;
use super::topics::PARTITIONS_OF_A_TOPIC;

pub use kafka::KafkaConfig;
pub use sasl::{KafkaSasl, TokenSource};
pub use tls::{KafkaClientCertificate, KafkaTls};

/// Where records come from.
#[derive(Clone, Debug, PartialEq)]
pub enum LogConfig {
    /// Segment files in the data folder.
    Embedded {
        /// Partitions of topics created on first append.
        partitions: u32,
    },
    /// A Kafka cluster.
    Kafka(KafkaConfig),
}

pub(crate) static TABLE: Table = Table { name: "log", tables: &[&EMBEDDED, &kafka::TABLE], ..Table::EMPTY };

static EMBEDDED: Table = Table {
    name: "embedded",
    about: "The log in the data folder. It is used if there is no `[log.kafka]`.",
    keys: &[&PARTITIONS],
    ..Table::EMPTY
};

static PARTITIONS: Key<Number<u32>> = Key {
    name: "partitions",
    kind: PARTITIONS_OF_A_TOPIC,
    default: || LogConfig::PARTITIONS,
    about: "Partitions of a topic that is created on its first append. They never change afterwards, because the partition \
            of a key follows from their number. Four keep a few cores busy, and each costs an open file.",
};

impl LogConfig {
    /// Partitions of a new topic in the embedded log.
    pub const PARTITIONS: u32 = 4;

    pub(crate) fn read(section: &Section<'_>) -> Self {
        let (embedded_at, kafka_at) = (section.span_of(EMBEDDED.name), section.span_of(kafka::TABLE.name));
        // Both tables are read, so that all problems are reported at once.
        let embedded = Self::Embedded { partitions: section.table(&EMBEDDED).get(&PARTITIONS) };
        let kafka = Self::Kafka(KafkaConfig::read(&section.table(&kafka::TABLE)));
        let is_kafka = kafka_at.is_some();
        if let (Some(embedded_at), Some(kafka_at)) = (embedded_at, kafka_at) {
            let second = if embedded_at.start < kafka_at.start { kafka_at } else { embedded_at };
            section.problem(
                Some(second),
                "both `[log.embedded]` and `[log.kafka]` are set, and a host has one log: remove one",
            );
        }
        if is_kafka { kafka } else { embedded }
    }
}
