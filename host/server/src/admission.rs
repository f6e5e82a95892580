//! Decides which connections may be open: a bounded number in total, and per client address.
//!
//! A client loses little with a connection that waits for a request: HTTP lets either side close it. So if all connections are in
//! use, the one that has waited longest is closed to make room. A new one is refused only if all are busy. We found no library
//! that does this: those for hyper limit requests, or their rate.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::warn;

use super::activity::Activity;

/// Even a flood of refusals logs only one line a minute.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Limits of one listener's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Limit for all clients together.
    pub(super) connections_max: usize,
    /// Limit per client address.
    pub(super) per_peer_max: usize,
}

/// The client of a connection, by its address. For IPv6 it is the network, because a client with one address has the whole /64.
/// `None` for a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer(Option<IpAddr>);

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// All connections are busy.
    Total,
    /// All connections that one address may have are busy.
    Peer,
}

/// The connections of one listener.
pub(super) struct Admission {
    /// The listener's name in metrics and log lines.
    listener: &'static str,
    limits: Limits,
    open: Mutex<Open>,
    refused: [AtomicU64; 2],
    closed_idle: AtomicU64,
    logged: Mutex<Logged>,
}

#[derive(Default)]
struct Open {
    connections: BTreeMap<u64, Connection>,
    next_id: u64,
}

struct Connection {
    peer: Peer,
    activity: Arc<Activity>,
}

#[derive(Default)]
struct Logged {
    at: Option<Instant>,
    refused_since: u64,
}

/// A connection's permit; dropping it frees the place.
pub(super) struct ConnectionPermit {
    admission: Arc<Admission>,
    id: u64,
}

impl Peer {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & (u128::MAX << 64);
                IpAddr::V6(network.into())
            }
            v4 => v4,
        }))
    }

    pub(super) fn of_socket() -> Self {
        Self(None)
    }
}

impl Reason {
    const ALL: [Self; 2] = [Self::Total, Self::Peer];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Peer => "peer",
        }
    }

    /// Returns the text for the client.
    pub(super) fn detail(self) -> &'static str {
        match self {
            Self::Total => "all connections of this host are busy",
            Self::Peer => "all connections that your address may have are busy",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Total => "server.connections_max",
            Self::Peer => "server.connections_per_peer_max",
        }
    }
}

impl Admission {
    pub(super) fn new(listener: &'static str, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            listener,
            limits,
            open: Mutex::default(),
            refused: Default::default(),
            closed_idle: AtomicU64::new(0),
            logged: Mutex::default(),
        })
    }

    /// Admits a connection, possibly by closing one that waits, or returns why not.
    pub(super) fn admit(
        self: &Arc<Self>,
        peer: Peer,
        activity: &Arc<Activity>,
    ) -> Result<ConnectionPermit, Reason> {
        let mut open = self.open.lock();
        match open.make_room(self.limits, peer) {
            Ok(closed) => {
                self.closed_idle.fetch_add(closed, Ordering::Relaxed);
            }
            Err(reason) => {
                drop(open);
                self.note_refusal(peer, reason);
                return Err(reason);
            }
        }
        let id = open.next_id;
        open.next_id += 1;
        open.connections.insert(id, Connection { peer, activity: Arc::clone(activity) });
        Ok(ConnectionPermit { admission: Arc::clone(self), id })
    }

    fn note_refusal(&self, peer: Peer, reason: Reason) {
        self.refused[reason as usize].fetch_add(1, Ordering::Relaxed);
        let mut logged = self.logged.lock();
        logged.refused_since += 1;
        let now = Instant::now();
        if logged.at.is_some_and(|at| now.duration_since(at) < LOG_EVERY) {
            return;
        }
        let refused = std::mem::take(&mut logged.refused_since);
        logged.at = Some(now);
        let peer = peer.0.map_or_else(|| "a local process".to_owned(), |address| address.to_string());
        warn!(
            listener = self.listener,
            refused,
            peer,
            limit = reason.key(),
            "connections are refused: all that may be open are busy"
        );
    }

    /// Returns the listener's name.
    pub(super) fn listener(&self) -> &'static str {
        self.listener
    }

    /// Returns the number of open connections.
    pub(super) fn open(&self) -> usize {
        self.open.lock().connections.len()
    }

    /// Returns the number of refused connections so far, by reason.
    pub(super) fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Reason::ALL
            .map(|reason| (reason.as_str(), self.refused[reason as usize].load(Ordering::Relaxed)))
            .into_iter()
    }

    /// Returns the number of waiting connections that were closed to make room.
    pub(super) fn closed_idle(&self) -> u64 {
        self.closed_idle.load(Ordering::Relaxed)
    }
}

impl Open {
    /// Makes room for a connection of a peer. Returns how many connections were closed for it.
    fn make_room(&mut self, limits: Limits, peer: Peer) -> Result<u64, Reason> {
        if self.of(peer) >= limits.per_peer_max {
            return self.close_idle(|of| of == peer).ok_or(Reason::Peer);
        }
        if self.connections.len() < limits.connections_max {
            return Ok(0);
        }
        // Close a connection of the client with the most, so that opening many gains nothing.
        let most = self.waiting_peers().max_by_key(|peer| self.of(*peer)).ok_or(Reason::Total)?;
        self.close_idle(|of| of == most).ok_or(Reason::Total)
    }

    fn of(&self, peer: Peer) -> usize {
        self.connections.values().filter(|connection| connection.peer == peer).count()
    }

    fn waiting_peers(&self) -> impl Iterator<Item = Peer> {
        let waiting = self.connections.values().filter(|of| of.activity.waiting_since().is_some());
        waiting.map(|of| of.peer).collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    /// Closes the connection that has waited longest among the matching peers.
    fn close_idle(&mut self, of: impl Fn(Peer) -> bool) -> Option<u64> {
        let candidates = self.connections.iter().filter(|(_, connection)| of(connection.peer));
        let waiting =
            candidates.filter_map(|(id, connection)| Some((connection.activity.waiting_since()?, *id)));
        let (_, id) = waiting.min()?;
        // Its permit is free at once; its file descriptor is closed later.
        self.connections.remove(&id)?.activity.close();
        Some(1)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.admission.open.lock().connections.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::task::{Context, Waker};

    use super::*;

    const LIMITS: Limits = Limits { connections_max: 6, per_peer_max: 4 };

    fn peer(last: u8) -> Peer {
        Peer::of(IpAddr::from([10, 0, 0, last]))
    }

    struct Client {
        activity: Arc<Activity>,
        _place: ConnectionPermit,
    }

    impl Client {
        /// Returns whether the connection was told to close. True only once.
        fn is_closing(&self) -> bool {
            let mut told = std::pin::pin!(self.activity.closed());
            told.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
        }
    }

    /// Opens a connection that waits for its first request.
    fn open(admission: &Arc<Admission>, peer: Peer) -> Result<Client, Reason> {
        let activity = Arc::new(Activity::default());
        let permit = admission.admit(peer, &activity)?;
        Ok(Client { activity, _place: permit })
    }

    fn open_busy(admission: &Arc<Admission>, peer: Peer) -> Result<Client, Reason> {
        let client = open(admission, peer)?;
        client.activity.begin();
        Ok(client)
    }

    #[test]
    fn a_silent_client_takes_no_more_than_its_share_and_its_oldest_connection_makes_room() {
        let admission = Admission::new("public", LIMITS);
        let silent: Vec<_> = (0..7).map(|_| open(&admission, peer(1)).ok().unwrap()).collect();
        let closed: Vec<bool> = silent.iter().map(|client| client.is_closing()).collect();
        assert_eq!(closed, [true, true, true, false, false, false, false]);
        assert_eq!((admission.open(), admission.closed_idle()), (4, 3));
        assert!(open(&admission, peer(2)).is_ok());
    }

    #[test]
    fn where_a_clients_share_is_at_work_it_is_refused_and_others_are_not() {
        let admission = Admission::new("public", LIMITS);
        let busy: Vec<_> = (0..4).map(|_| open_busy(&admission, peer(1)).ok().unwrap()).collect();
        assert_eq!(open(&admission, peer(1)).err(), Some(Reason::Peer));
        let other = open(&admission, peer(2));
        assert!(other.is_ok());
        assert_eq!(admission.refused().collect::<Vec<_>>(), [("total", 0), ("peer", 1)]);
        drop(busy);
        assert!(open(&admission, peer(1)).is_ok(), "permits are given back");
    }

    #[test]
    fn where_all_are_taken_the_client_with_most_connections_gives_one_up_and_none_that_works() {
        let admission = Admission::new("public", LIMITS);
        let one = open(&admission, peer(2)).ok().unwrap();
        let many: Vec<_> = (0..4).map(|_| open(&admission, peer(1)).ok().unwrap()).collect();
        let busy = open_busy(&admission, peer(3)).ok().unwrap();
        let new = open_busy(&admission, peer(4)).ok().unwrap();
        assert!(many[0].is_closing());
        assert!(!one.is_closing() && !busy.is_closing() && !new.is_closing());
        many.iter().chain([&one]).for_each(|client| client.activity.begin());
        assert_eq!(open(&admission, peer(5)).err(), Some(Reason::Total));
    }

    #[test]
    fn an_ipv6_network_is_one_client_and_a_mapped_address_is_that_of_ipv4() {
        let of = |text: &str| Peer::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), peer(1));
    }
}
