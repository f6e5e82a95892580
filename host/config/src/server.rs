//! `[server]`: whom HTTP serves, and how much it gives to one of them.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::section::{Section, Value};

/// From one, lest nobody is answered, to as many as one address has ports.
const CONNECTIONS: RangeInclusive<u64> = 1..=65_536;

/// Below 100 ms a packet that is lost costs a client its connection; an hour is no limit any more.
const PATIENCE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_600);

/// From what one body of 64 MiB and its records take, as far as any machine goes.
const MEMORY: RangeInclusive<u64> = 128 << 20..=1 << 40;

/// A name in DNS.
const HOST_BYTES_MAX: usize = 253;

/// How HTTP is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Names by which clients reach this host, beside its addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Where operators and probes are answered, whatever readers do.
    pub operators_listen: Option<SocketAddr>,
    /// Connections of all clients together.
    pub connections_max: usize,
    /// Connections of one client address.
    pub connections_per_peer_max: usize,
    /// How long a request's head may take.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// Memory for request bodies, and for the records made of them.
    pub memory_max: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            operators_listen: None,
            connections_max: 1_024,
            connections_per_peer_max: 512,
            head_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            memory_max: 256 << 20,
        }
    }
}

pub(super) fn server(
    mut section: Section<'_>,
    address: impl Fn(&Value<'_>) -> Result<SocketAddr, String>,
) -> ServerConfig {
    let defaults = ServerConfig::default();
    let hosts = section.get("hosts", hosts);
    let operators_listen = section.get("operators_listen", address);
    let mut count = |key| {
        let count = section.get(key, |value| value.number(CONNECTIONS));
        count.and_then(|count| usize::try_from(count).ok())
    };
    let connections_max = count("connections_max");
    let connections_per_peer_max = count("connections_per_peer_max");
    let head_timeout = section.get("head_timeout", |value| value.duration(PATIENCE));
    let idle_timeout = section.get("idle_timeout", |value| value.duration(PATIENCE));
    let memory_max = section.get("memory_max", |value| value.size(MEMORY));
    section.finish();
    ServerConfig {
        hosts: hosts.unwrap_or(defaults.hosts),
        operators_listen,
        connections_max: connections_max.unwrap_or(defaults.connections_max),
        connections_per_peer_max: connections_per_peer_max.unwrap_or(defaults.connections_per_peer_max),
        head_timeout: head_timeout.unwrap_or(defaults.head_timeout),
        idle_timeout: idle_timeout.unwrap_or(defaults.idle_timeout),
        memory_max: memory_max.unwrap_or(defaults.memory_max),
    }
}

fn hosts(value: &Value<'_>) -> Result<Vec<String>, String> {
    let names = value.texts()?;
    match names.iter().find(|name| !is_name(name)) {
        None => Ok(names),
        Some(name) => Err(value.says(&format!(
            "`{name}` is no name of a host: letters, digits, `-`, `_` and `.`, without a port; addresses are served anyway"
        ))),
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=HOST_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_allowed)
}
