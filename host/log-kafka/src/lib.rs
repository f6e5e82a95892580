//! A Kafka cluster as the log.
//!
//! Positions come only from the caller (from checkpoints): there is no consumer group, nothing is committed to Kafka, and an
//! offset that Kafka no longer holds is an error, never a silent jump. Readers see committed records, so the end of a
//! partition is its last stable offset. A reader that has passed the control records before it stands exactly there.
//!
//! ```text
//! names       logical topics ⇄ names in Kafka
//! topic_id    the id of a topic, which distinguishes it from others that had its name; with unsafe code
//! settings    librdkafka's settings, the host's and the configuration's
//! read_ahead  how far all readers may read ahead
//! security    encryption and authentication of connections;  tokens: those of an identity provider
//! refusal     why a broker refuses this host;  certificate: what is wrong with the broker's
//! client      the connection for metadata: topics, partitions, first and last offsets;  context: callbacks of clients
//! reader      batches of records per partition; over batch_queue, which has unsafe code
//! producer    appends;  admin: creating topics, and their cleanup policy;  admin_token: its token, with unsafe code
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
