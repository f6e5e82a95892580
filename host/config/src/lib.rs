//! What a host is told: `foldline.toml`, resolved and checked (design §14).

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod load;
mod parse;
mod kafka;
mod sinks;
mod relays;
mod server;
mod section;
mod problem;
mod interpolate;
pub mod quantity;
pub mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use foldline_base::secret::Secret;

pub use interpolate::Env;
pub use kafka::{KafkaClientCertificate, KafkaConfig, KafkaSasl, KafkaTls, TokenSource};
pub use load::{FILE_NAME, Overrides, load, load_with};
pub use relays::{RelayFrom, RelaysConfig};
pub use server::ServerConfig;
pub use sinks::{ChangesConfig, EMBEDDED, ElasticsearchConfig, NAMESPACE, RedisConfig, SinkConfig};

/// Everything a host is told, with all defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file that it was read from; `None` for defaults and what a program put together.
    pub file: Option<PathBuf>,
    /// Where HTTP listens.
    pub listen: SocketAddr,
    /// The folder of everything the host writes.
    pub data: PathBuf,
    /// The folder that is watched for modules.
    pub modules: PathBuf,
    /// The token that changes need when `listen` is not loopback.
    pub token: Option<Secret>,
    /// Where records come from.
    pub log: LogConfig,
    /// Defaults of all topics.
    pub topic_defaults: TopicConfig,
    /// Logical topics with settings of their own.
    pub topics: BTreeMap<String, TopicConfig>,
    /// Limits of records and modules.
    pub limits: Limits,
    /// How often, and after how much, state is checkpointed.
    pub checkpoint: CheckpointConfig,
    /// What folding may use.
    pub engine: EngineConfig,
    /// Servers that documents are served from beside the embedded store, by name.
    pub sinks: BTreeMap<String, SinkConfig>,
    /// Defaults of all projections.
    pub projection_defaults: ProjectionConfig,
    /// Projections with settings of their own.
    pub projections: BTreeMap<String, ProjectionConfig>,
    /// How relays are run.
    pub relays: RelaysConfig,
    /// How HTTP is served.
    pub server: ServerConfig,
}

/// How versions of one projection follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectionConfig {
    /// The sinks that it is served from, beside the embedded store.
    pub sinks: Vec<String>,
    /// What lets a version that has caught up take over.
    pub promote: Promote,
    /// How many of a hundred documents may differ for [`Promote::WhenDiffBelow`].
    pub diff_below: f64,
    /// By document field, how far numbers may be apart and count as the same, in percent.
    pub tolerance: BTreeMap<String, f64>,
    /// How long the version before stays caught up for a rollback.
    pub keep_old: Duration,
    /// As [`Limits::dead_letters_max`], for this projection.
    pub dead_letters_max: Option<f64>,
}

/// What lets a version that has caught up take over. The first version of a projection needs nobody's leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promote {
    /// An operator.
    Manual,
    /// That it has caught up.
    WhenCaughtUp,
    /// That its documents differ from those of the live version in no more than a given share.
    WhenDiffBelow,
}

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

/// Settings of one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// The topic's name in the log, when it is not the logical one.
    pub name: Option<String>,
    /// Partitions when it is created; `None` = the log's default.
    pub partitions: Option<u32>,
    /// Whether a missing Kafka topic is created.
    pub create: bool,
    /// How far an event's time may lie beyond the append of its record: beyond, the record is a dead letter.
    pub max_ahead: Duration,
    /// How long a partition may be without records before it counts as asleep.
    pub idle_after: Duration,
    /// Whether punctuations may be written to the Kafka topic; the embedded log always takes them.
    pub punctuate: bool,
    /// As [`Limits::dead_letters_max`], for records of this topic.
    pub dead_letters_max: Option<f64>,
}

/// Limits, each with its reason in docs/configuration.md.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Longest record (key and value).
    pub record_bytes_max: usize,
    /// Longest module file.
    pub module_bytes_max: usize,
    /// Linear memory of one module instance.
    pub module_memory_max: usize,
    /// Fuel for a call (about one per wasm instruction); the budget of a single event.
    pub module_fuel: u64,
    /// Longest answer of one module call, as lifted into the host.
    pub module_output_max: usize,
    /// Share of dead letters among 1,000 offsets of a partition above which a projection stops, 0 to 1.
    pub dead_letters_max: f64,
}

/// When a checkpoint is due: whichever comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointConfig {
    /// Time since the last one.
    pub every: Duration,
    /// Encoded bytes of changed rows since the last one.
    pub bytes: usize,
}

/// What folding may use.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineConfig {
    /// Threads that decode, extract and apply, for all versions together; `None` = one a core.
    pub threads: Option<usize>,
    /// Memory for the rows of one version, in bytes; rows beyond it are read from the state store.
    pub memory_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            data: ".foldline".into(),
            modules: "modules".into(),
            token: None,
            log: LogConfig::Embedded { partitions: LogConfig::PARTITIONS },
            topic_defaults: TopicConfig::default(),
            topics: BTreeMap::new(),
            limits: Limits::default(),
            checkpoint: CheckpointConfig::default(),
            engine: EngineConfig::default(),
            sinks: BTreeMap::new(),
            projection_defaults: ProjectionConfig::default(),
            projections: BTreeMap::new(),
            relays: RelaysConfig::default(),
            server: ServerConfig::default(),
        }
    }
}

impl Promote {
    /// Every gate, with its name in the configuration.
    pub const ALL: [(&str, Self); 3] = [
        ("manual", Self::Manual),
        ("when-caught-up", Self::WhenCaughtUp),
        ("when-diff-below", Self::WhenDiffBelow),
    ];
}

impl Default for ProjectionConfig {
    fn default() -> Self {
        Self {
            sinks: Vec::new(),
            promote: Promote::Manual,
            diff_below: 0.0,
            tolerance: BTreeMap::new(),
            keep_old: Duration::from_secs(24 * 3_600),
            dead_letters_max: None,
        }
    }
}

impl Default for TopicConfig {
    fn default() -> Self {
        Self {
            name: None,
            partitions: None,
            create: false,
            max_ahead: Duration::from_secs(3_600),
            idle_after: Duration::from_secs(30),
            punctuate: false,
            dead_letters_max: None,
        }
    }
}

impl LogConfig {
    /// Partitions of a new topic in the embedded log.
    pub const PARTITIONS: u32 = 4;
}

impl Default for CheckpointConfig {
    fn default() -> Self {
        Self { every: Duration::from_secs(5), bytes: 256 << 20 }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { threads: None, memory_max: 2 << 30 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 8 << 20,
            module_bytes_max: 32 << 20,
            module_memory_max: 64 << 20,
            module_fuel: 1_000_000_000,
            module_output_max: 64 << 20,
            dead_letters_max: 0.1,
        }
    }
}

impl Config {
    /// Returns the settings of a logical topic.
    pub fn topic(&self, topic: &str) -> &TopicConfig {
        self.topics.get(topic).unwrap_or(&self.topic_defaults)
    }

    /// Returns the share of dead letters among 1,000 offsets of a topic's partition above which a projection stops: its own
    /// setting, else the topic's, else the host's.
    pub fn dead_letters_max(&self, projection: &str, topic: &str) -> f64 {
        let own = self.projection(projection).dead_letters_max;
        own.or(self.topic(topic).dead_letters_max).unwrap_or(self.limits.dead_letters_max)
    }

    /// Returns the name that a logical topic has in the log.
    pub fn name_in_log<'a>(&'a self, topic: &'a str) -> &'a str {
        self.topic(topic).name.as_deref().unwrap_or(topic)
    }

    /// Returns the settings of a projection.
    pub fn projection(&self, name: &str) -> &ProjectionConfig {
        self.projections.get(name).unwrap_or(&self.projection_defaults)
    }
}
