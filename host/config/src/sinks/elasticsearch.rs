//! `[sinks.X.elasticsearch]`: an index per version and generation, an alias per projection.

use std::path::PathBuf;
use std::time::Duration;

use super::namespace::{self, NAMESPACE};
use crate::key::{Key, SecretKey};
use crate::kind::{DurationRange, Number, Optional, PATH, Path, Text, any_text};
use crate::section::{Section, defaults};
use crate::table::Table;
use crate::url::Urls;
use foldline_base::secret::Secret;

/// `[sinks.NAME.elasticsearch]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticsearchConfig {
    /// Nodes of one cluster, `http://` or `https://`.
    pub urls: Vec<String>,
    /// For HTTP's basic authentication.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// An API key, instead of username and password.
    pub api_key: Option<Secret>,
    /// Certificates of the authority that signed the server's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Primary shards of an index.
    pub shards: u32,
    /// Replicas of each shard, once an index is served.
    pub replicas: u32,
    /// How soon a search sees what was written.
    pub refresh_interval: Duration,
    /// The prefix of index names.
    pub namespace: String,
}

pub(super) static TABLE: Table = Table {
    name: "elasticsearch",
    about: "A sink in a cluster of Elasticsearch 8 or OpenSearch 2; `X` is a name of your choice. Each version of a \
            projection has an index, and each projection has an alias for readers.",
    keys: &[
        &URL,
        &USERNAME,
        &PASSWORD,
        &API_KEY,
        &CA_FILE,
        &SHARDS,
        &REPLICAS,
        &REFRESH_INTERVAL,
        &NAMESPACE_KEY,
    ],
    ..Table::EMPTY
};

static URL: Key<Urls> = Key {
    name: "url",
    kind: Urls { schemes: &["http", "https"], what: "`http://` or `https://` URLs, comma-separated" },
    default: || vec!["http://127.0.0.1:9200".to_owned()],
    about: "Nodes of one cluster. The default is a node on this machine.",
};

static USERNAME: Key<Optional<Text>> = Key {
    name: "username",
    kind: Optional(any_text("name")),
    default: || None,
    about: "User for basic authentication; it needs a password.",
};

static PASSWORD: SecretKey = SecretKey {
    name: "password",
    file: "password_file",
    about: "Password of the user. It may come from the environment: `\"${ES_PASSWORD}\"`.",
};

static API_KEY: SecretKey =
    SecretKey { name: "api_key", file: "api_key_file", about: "API key, in place of a user and a password." };

static CA_FILE: Key<Optional<Path>> = Key {
    name: "ca_file",
    kind: Optional(PATH),
    default: || None,
    about: "Certificates (PEM) of the authority that signed the server's certificate. Unset: the public authorities of \
            Mozilla's list.",
};

static SHARDS: Key<Number<u32>> = Key {
    name: "shards",
    // More shards than the documents of one projection need.
    kind: Number { range: 1..=1_024, unit: "shards" },
    default: || 1,
    about: "Primary shards of an index. One holds tens of millions of documents.",
};

static REPLICAS: Key<Number<u32>> = Key {
    name: "replicas",
    // Elasticsearch's own limit is the number of nodes.
    kind: Number { range: 0..=100, unit: "replicas" },
    default: || 1,
    about: "Replicas of each shard, once an index is served. An index has none while it is loaded.",
};

static REFRESH_INTERVAL: Key<DurationRange> = Key {
    name: "refresh_interval",
    // Below 100 ms a server does little else; after an hour, at the latest, writes become visible.
    kind: DurationRange(Duration::from_millis(100)..=Duration::from_secs(3_600)),
    default: || Duration::from_secs(1),
    about: "How soon searches see what was written. The host requests refreshes; if it cannot, the index \
            refreshes itself after five times this interval.",
};

static NAMESPACE_KEY: Key<Text> = Key {
    name: "namespace",
    kind: namespace::KIND,
    default: || NAMESPACE.to_owned(),
    about: "Prefix of index names. Installations that share a cluster need one each. The alias of a projection is `NAME` in \
            the default namespace, and `NAMESPACE-NAME` in any other.",
};

impl Default for ElasticsearchConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl ElasticsearchConfig {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let config = Self {
            urls: section.get(&URL),
            username: section.get(&USERNAME),
            password: section.secret(&PASSWORD),
            api_key: section.secret(&API_KEY),
            ca_file: section.get(&CA_FILE),
            shards: section.get(&SHARDS),
            replicas: section.get(&REPLICAS),
            refresh_interval: section.get(&REFRESH_INTERVAL),
            namespace: section.get(&NAMESPACE_KEY),
        };
        section.refuse_half(
            (USERNAME.name, config.username.is_some()),
            (PASSWORD.name, config.password.is_some()),
        );
        if config.api_key.is_some() && config.username.is_some() {
            let message = "both `api_key` and `username` are set; keep one";
            section.problem(section.span_of(USERNAME.name), message);
        }
        config
    }

    /// Returns whether both write to the same place, as far as their addresses tell.
    pub(super) fn shares_place_with(&self, other: &Self) -> bool {
        self.namespace == other.namespace && self.urls.iter().any(|url| other.urls.contains(url))
    }
}
