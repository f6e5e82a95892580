//! A Kafka cluster as the log.
//!
//! Positions come from the caller only (our own checkpoints): no consumer group, nothing committed, and an offset that
//! Kafka no longer holds is an error, never a silent jump. Readers see committed records, so the end of a partition is
//! its last stable offset, and a reader that has passed the control records behind it stands exactly there.
//!
//! ```text
//! names       logical topics ⇄ names in Kafka
//! topic_id    what tells a topic from others that had its name; with unsafe code
//! settings    what librdkafka is told, by us and by the configuration
//! read_ahead  how far all readers may read ahead
//! security    how connections are encrypted, and as whom they are made;  tokens: those of an identity provider
//! refusal     why a broker does not talk to this host;  certificate: what is wrong with the broker's
//! client      the connection that answers questions: topics, partitions, first and last offsets;  context: what clients say
//! reader      batches of records per partition; over batch_queue, which has unsafe code
//! producer    appends;  admin: creating topics, and how they are kept;  admin_token: as whom, with unsafe code
//! ```

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod names;
mod certificate;
mod findings;
mod refusal;
mod security;
mod tokens;
mod settings;
mod read_ahead;
mod id;
mod topic_id;
mod context;
mod client;
mod headers;
mod batch_queue;
mod reader;
mod producer;
mod admin_token;
mod admin;
mod kafka_log;

pub use self::context::Context;
pub use self::kafka_log::{KafkaLog, KafkaOptions};
