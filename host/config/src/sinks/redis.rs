//! `[sinks.X.redis]`: a prefix per version and generation, a pointer per projection.

use std::path::PathBuf;

use super::namespace::{self, NAMESPACE};
use crate::key::{Key, SecretKey};
use crate::kind::{Optional, PATH, Path, Text, Truth, any_text};
use crate::section::{Section, defaults};
use crate::table::Table;
use crate::url::Urls;
use foldline_base::secret::Secret;

/// `[sinks.NAME.redis]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisConfig {
    /// `redis://HOST:PORT/DB` or `rediss://` (TLS): one server, or nodes of one cluster.
    pub urls: Vec<String>,
    /// Whether the URLs are nodes of a Redis Cluster.
    pub cluster: bool,
    /// For `AUTH`.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Certificates of the authority that signed the server's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// The prefix of keys.
    pub namespace: String,
}

pub(super) static TABLE: Table = Table {
    name: "redis",
    about: "A sink in a Redis server or a Redis Cluster; `X` is a name of your choice. The keys of each version have a prefix \
            of their own, and each projection has a pointer for readers.",
    keys: &[&URL, &CLUSTER, &USERNAME, &PASSWORD, &CA_FILE, &NAMESPACE_KEY],
    ..Table::EMPTY
};

static URL: Key<Urls> = Key {
    name: "url",
    kind: Urls { schemes: &["redis", "rediss"], what: "`redis://` or `rediss://` URLs, comma-separated" },
    default: || vec!["redis://127.0.0.1:6379".to_owned()],
    about: "One server, `redis://HOST:PORT/DB`, or nodes of one cluster; `rediss://` for TLS. The default is a server on \
            this machine.",
};

static CLUSTER: Key<Truth> = Key {
    name: "cluster",
    kind: Truth,
    default: || false,
    about: "Whether the servers are a Redis Cluster. All keys of a version are in one slot: a cluster distributes projections, \
            but does not split one.",
};

static USERNAME: Key<Optional<Text>> = Key {
    name: "username",
    kind: Optional(any_text("name")),
    default: || None,
    about: "User for `AUTH`. Unset: the default user of Redis.",
};

static PASSWORD: SecretKey = SecretKey {
    name: "password",
    file: "password_file",
    about: "Password for `AUTH`. It may come from the environment: `\"${REDIS_PASSWORD}\"`.",
};

static CA_FILE: Key<Optional<Path>> = Key {
    name: "ca_file",
    kind: Optional(PATH),
    default: || None,
    about: "Certificates (PEM) of the authority that signed the server's certificate. Unset: the authorities that the \
            system trusts.",
};

static NAMESPACE_KEY: Key<Text> = Key {
    name: "namespace",
    kind: namespace::KIND,
    default: || NAMESPACE.to_owned(),
    about: "Prefix of all keys, before a colon. Installations that share a server need one each.",
};

impl Default for RedisConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl RedisConfig {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let config = Self {
            urls: section.get(&URL),
            cluster: section.get(&CLUSTER),
            username: section.get(&USERNAME),
            password: section.secret(&PASSWORD),
            ca_file: section.get(&CA_FILE),
            namespace: section.get(&NAMESPACE_KEY),
        };
        if config.urls.len() > 1 && !config.cluster {
            let message =
                "several servers can be one sink only as a cluster: set `cluster = true`, or name one server";
            section.problem(section.span_of(URL.name), message);
        }
        config
    }

    /// Returns whether both write to the same place, as far as their addresses tell.
    pub(super) fn shares_place_with(&self, other: &Self) -> bool {
        let others: Vec<String> = other.urls.iter().map(|url| database(url)).collect();
        self.namespace == other.namespace && self.urls.iter().any(|url| others.contains(&database(url)))
    }
}

/// Normalizes a URL, so that a server's first database is named explicitly.
fn database(url: &str) -> String {
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path { url.to_owned() } else { format!("{url}/0") }
}
