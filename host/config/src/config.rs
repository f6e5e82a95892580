//! The whole configuration of a host, from the file and the command line, as one [`Config`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use toml::de::DeTable;

use super::checkpoint::{self, CheckpointConfig};
use super::engine::{self, EngineConfig};
use super::interpolate::Env;
use super::key::{Flagged, Key, SecretKey};
use super::kind::{Address, FOLDER, Path};
use super::limits::{self, Limits};
use super::log::{self, LogConfig};
use super::problem::Problems;
use super::projections::{self, ProjectionConfig};
use super::relays::{self, RelaysConfig};
use super::section::{Section, defaults};
use super::server::{self, OPERATORS_LISTEN, ServerConfig};
use super::sinks::{self, SinkConfig};
use super::table::Table;
use super::topics::{self, TopicConfig};
use foldline_base::error::Result;
use foldline_base::secret::Secret;

/// The whole configuration of a host, with all defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file that it was read from. `None` for the defaults and for a configuration that a program built.
    pub file: Option<PathBuf>,
    /// The address on which HTTP listens.
    pub listen: SocketAddr,
    /// The data folder, where the host writes everything.
    pub data: PathBuf,
    /// The folder that is watched for modules.
    pub modules: PathBuf,
    /// The token that changes need if `listen` is not a loopback address.
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
    /// Sinks besides the embedded store, by name.
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

/// What the command line sets. It overrides the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Where HTTP listens.
    pub listen: Option<SocketAddr>,
    /// The folder of everything the host writes.
    pub data: Option<PathBuf>,
    /// The folder that is watched for modules.
    pub modules: Option<PathBuf>,
}

/// The file itself: every key and table that it may hold, in the order of the reference page.
pub(crate) static TABLE: Table = Table {
    keys: &[
        &Flagged { key: &LISTEN, flag: "--listen" },
        &Flagged { key: &DATA, flag: "--data" },
        &Flagged { key: &MODULES, flag: "--modules" },
        &TOKEN,
    ],
    tables: &[
        &server::TABLE,
        &log::TABLE,
        &topics::TABLE,
        &sinks::TABLE,
        &projections::TABLE,
        &relays::TABLE,
        &limits::TABLE,
        &checkpoint::TABLE,
        &engine::TABLE,
    ],
    ..Table::EMPTY
};

static LISTEN: Key<Address> = Key {
    name: "listen",
    kind: Address,
    default: || SocketAddr::from(([127, 0, 0, 1], 7070)),
    about: "Address where HTTP listens. Port 0 takes a free port, which the host prints. Loopback by default, because a new \
            host has no token: any other address needs `token` or `token_file`.",
};

static DATA: Key<Path> = Key {
    name: "data",
    kind: FOLDER,
    default: || ".foldline".into(),
    about: "Folder of everything that the host writes: log, state, document stores, compiled modules. Only one host at a \
            time may use it. It is in the working folder by default: delete it to start from nothing.",
};

static MODULES: Key<Path> = Key {
    name: "modules",
    kind: FOLDER,
    default: || "modules".into(),
    about: "Folder that the host watches for `NAME@VERSION.wasm`. It may be read-only.",
};

static TOKEN: SecretKey = SecretKey {
    name: "token",
    file: "token_file",
    about: "Bearer token that requests which change something must carry if `listen` is not loopback. None by default, \
            because a secret with a default is no secret. It may come from the environment: `\"${FOLDLINE_TOKEN}\"`.",
};

impl Default for Config {
    fn default() -> Self {
        defaults(&TABLE, |section| Self::read(section, &Overrides::default()))
    }
}

/// Reads a configuration from `text`, which came from `file`; what the command line sets wins.
///
/// # Errors
/// `Config` with every problem, each with file, line and column.
pub(crate) fn parse(file: &str, text: &str, overrides: &Overrides, env: Env<'_>) -> Result<Config> {
    let problems = Problems::new(file, text);
    let (table, syntax) = DeTable::parse_recoverable(text);
    for error in syntax {
        problems.add(error.span(), lowercase_first(error.message()));
    }
    let config = Config::read(&Section::root(&TABLE, table.get_ref(), env, &problems), overrides);
    match problems.into_error() {
        None => Ok(config),
        Some(error) => Err(error),
    }
}

impl Config {
    /// Returns the settings of a logical topic.
    pub fn topic(&self, topic: &str) -> &TopicConfig {
        self.topics.get(topic).unwrap_or(&self.topic_defaults)
    }

    /// Returns the share of dead letters among 1,000 offsets of a topic's partition above which a projection halts: the
    /// projection's own setting, else the topic's, else the host's.
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

    fn read(section: &Section<'_>, overrides: &Overrides) -> Self {
        let (topic_defaults, topics) = topics::read(&section.table(&topics::TABLE));
        let sinks = sinks::read(&section.table(&sinks::TABLE));
        let (projection_defaults, projections) =
            projections::read(&section.table(&projections::TABLE), &sinks);
        let server = section.table(&server::TABLE);
        // The file's values are checked even where the command line overrides them: a wrong value is still a problem.
        let (listen, data, modules) = (section.get(&LISTEN), section.get(&DATA), section.get(&MODULES));
        let config = Self {
            file: None,
            listen: overrides.listen.unwrap_or(listen),
            data: overrides.data.clone().unwrap_or(data),
            modules: overrides.modules.clone().unwrap_or(modules),
            token: section.secret(&TOKEN),
            log: LogConfig::read(&section.table(&log::TABLE)),
            topic_defaults,
            topics,
            limits: Limits::read(&section.table(&limits::TABLE)),
            checkpoint: CheckpointConfig::read(&section.table(&checkpoint::TABLE)),
            engine: EngineConfig::read(&section.table(&engine::TABLE)),
            sinks,
            projection_defaults,
            projections,
            relays: RelaysConfig::read(&section.table(&relays::TABLE)),
            server: ServerConfig::read(&server),
        };
        let listen_at = section.span_of(LISTEN.name).filter(|_| overrides.listen.is_none());
        let operators_listen_at = server.span_of(OPERATORS_LISTEN.name);
        let reachable = [
            ("listen", Some(config.listen), listen_at),
            ("server.operators_listen", config.server.operators_listen, operators_listen_at),
        ];
        for (key, address, span) in reachable {
            let address = address.filter(|address| !is_loopback(*address) && config.token.is_none());
            if let Some(address) = address {
                let message = format!(
                    "`{key}` is {address}, which others can reach, and no token is set: set `token_file`, or listen on 127.0.0.1"
                );
                section.problem(span, message);
            }
        }
        config
    }
}

fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn lowercase_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
