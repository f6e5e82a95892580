//! `[server]`: whom HTTP serves, and how much one client may use.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::key::Key;
use super::kind::{Address, DurationRange, Number, Optional, Size, Texts};
use super::section::{Section, defaults};
use super::table::Table;

/// How HTTP is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Names by which clients reach this host, besides its addresses and `localhost`.
    pub hosts: Vec<String>,
    /// A separate address for operators and probes, which answers whatever the load of readers.
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

pub(crate) static TABLE: Table = Table {
    name: "server",
    about: "The HTTP server: the names that it answers to, and how much clients may use.",
    keys: &[
        &HOSTS,
        &OPERATORS_LISTEN,
        &CONNECTIONS_MAX,
        &CONNECTIONS_PER_PEER_MAX,
        &HEAD_TIMEOUT,
        &IDLE_TIMEOUT,
        &MEMORY_MAX,
    ],
    ..Table::EMPTY
};

/// At least one, or no client is served; at most the number of ports of one address.
const CONNECTIONS: RangeInclusive<usize> = 1..=65_536;

/// Below 100 ms, one lost packet costs a client its connection; an hour is no limit any more.
const PATIENCE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_600);

/// A name in DNS.
const HOST_BYTES_MAX: usize = 253;

static HOSTS: Key<Texts> = Key {
    name: "hosts",
    kind: Texts { what: "list of host names", check: check_host },
    default: Vec::new,
    about: "Names by which clients reach the host, such as `[\"foldline.example\"]`. A request for any other name is refused \
            (421). The host always answers requests for its IP addresses and for `localhost`; on loopback, only those for \
            loopback addresses. This stops DNS rebinding: a web page that points its own name at the host can read nothing.",
};

/// An address that is not loopback needs a token, as with `listen`.
pub(crate) static OPERATORS_LISTEN: Key<Optional<Address>> = Key {
    name: "operators_listen",
    kind: Optional(Address),
    default: || None,
    about: "Second address, for operators and probes only: readers cannot use up its connections and threads. Unset: \
            operators on this machine use `operators.sock` in `data`, which the command line finds by itself. As with \
            `listen`, any address other than loopback needs a token.",
};

static CONNECTIONS_MAX: Key<Number<usize>> = Key {
    name: "connections_max",
    kind: Number { range: CONNECTIONS, unit: "connections" },
    default: || 1_024,
    about: "Connections of all clients together. The process needs as many file descriptors, and some more. If all are \
            taken, a new connection replaces the one that has waited longest for its next request; if all are at work, the \
            new one is answered with 503. The default is close to the usual limit of file descriptors.",
};

static CONNECTIONS_PER_PEER_MAX: Key<Number<usize>> = Key {
    name: "connections_per_peer_max",
    kind: Number { range: CONNECTIONS, unit: "connections" },
    default: || 512,
    about: "Connections of one client address (for IPv6, of one /64 network), so that no client takes them all: half of all \
            by default. Behind a proxy, which is one address, set it to `connections_max`.",
};

static HEAD_TIMEOUT: Key<DurationRange> = Key {
    name: "head_timeout",
    kind: DurationRange(PATIENCE),
    default: || Duration::from_secs(5),
    about: "Time that the head of a request may take: on a new connection from the start, later from the head's first byte. \
            Heads are short.",
};

static IDLE_TIMEOUT: Key<DurationRange> = Key {
    name: "idle_timeout",
    kind: DurationRange(PATIENCE),
    default: || Duration::from_secs(30),
    about: "Time that a connection may wait for its next request. An open connection saves that request a round trip.",
};

static MEMORY_MAX: Key<Size> = Key {
    name: "memory_max",
    // From the memory of one 64 MiB body and its records to more than any machine has.
    kind: Size(128 << 20..=1 << 40),
    default: || 256 << 20,
    about: "Memory for the bodies of all requests together: half for their bytes, half for the records made from them. A \
            request that gets none within 10 s is answered with 503. The default holds two bodies of the largest size.",
};

impl Default for ServerConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl ServerConfig {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        Self {
            hosts: section.get(&HOSTS),
            operators_listen: section.get(&OPERATORS_LISTEN),
            connections_max: section.get(&CONNECTIONS_MAX),
            connections_per_peer_max: section.get(&CONNECTIONS_PER_PEER_MAX),
            head_timeout: section.get(&HEAD_TIMEOUT),
            idle_timeout: section.get(&IDLE_TIMEOUT),
            memory_max: section.get(&MEMORY_MAX),
        }
    }
}

fn check_host(name: &str) -> Result<(), String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if (1..=HOST_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_allowed) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is not a host name: use letters, digits, `-`, `_` and `.`, without a port; IP addresses are always served"
    ))
}
