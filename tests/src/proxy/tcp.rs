//! A TCP proxy that cuts, stalls, delays and truncates, and that loses replies to executed requests.
//!
//! Faults that end a connection happen once; after that, the proxy passes everything on again. A stall and a delay last until
//! another fault is set.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::entrance::Entrance;
use super::watched::Watched;

/// What the proxy does with bytes from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Passes everything on.
    None,
    /// Ends the connection after this many further bytes of requests. The last request may be incomplete.
    CutRequests(u64),
    /// Ends the connection after this many further bytes of replies. The request is executed, and its reply is lost or truncated.
    CutReplies(u64),
    /// Holds back requests.
    StallRequests,
    /// Holds back replies; requests are executed.
    StallReplies,
    /// Passes everything on after this delay.
    Delay(Duration),
    /// Ends each new connection at once.
    Refuse,
}

/// The traffic so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Connections that clients made.
    pub connections: u64,
    /// Bytes of requests that the server received.
    pub request_bytes: u64,
    /// Bytes of replies that clients received.
    pub reply_bytes: u64,
    /// Bytes of replies from the server, including those that clients never received.
    pub replied_bytes: u64,
    /// Connections that a fault ended.
    pub cuts: u64,
}

/// A proxy to one server. Dropping it ends it.
pub struct TcpProxy {
    entrance: Entrance,
    shared: Arc<Shared>,
}

type Shared = Watched<State>;

struct State {
    fault: Fault,
    seen: Seen,
    open: Vec<TcpStream>,
    /// Connections with numbers up to this one are held back.
    stranded: u64,
    ended: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { fault: Fault::None, seen: Seen::default(), open: Vec::new(), stranded: 0, ended: false }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Requests,
    Replies,
}

impl TcpProxy {
    /// Starts a proxy on a free port to `target`, `host:port`.
    ///
    /// # Panics
    /// Panics when no port is free.
    pub fn start(target: &str) -> Self {
        let shared = Arc::new(Shared::default());
        let (accepting, target) = (Arc::clone(&shared), target.to_owned());
        let entrance = Entrance::open(move |client| accepting.admit_client(client, &target));
        Self { entrance, shared }
    }

    /// Returns the address to which clients connect, `host:port`.
    pub fn address(&self) -> String {
        self.entrance.address().to_string()
    }

    /// Sets the fault from now on.
    pub fn set(&self, fault: Fault) {
        self.shared.change(|state| state.fault = fault);
    }

    /// Ends all connections now.
    pub fn cut(&self) {
        self.shared.change(|state| {
            state.seen.cuts += 1;
            state.end_connections();
        });
    }

    /// Holds back everything that the open connections send, whatever the fault, until [`TcpProxy::release`]. New connections are
    /// not affected. This simulates a network that delivers late.
    pub fn strand(&self) {
        let mut state = self.shared.lock();
        state.stranded = state.seen.connections;
    }

    /// Delivers to servers what was stranded; its clients may have disconnected.
    pub fn release(&self) {
        self.shared.change(|state| state.stranded = 0);
    }

    /// Returns the traffic so far.
    pub fn seen(&self) -> Seen {
        self.shared.lock().seen
    }

    /// Waits until the traffic fulfils the test's condition.
    ///
    /// # Panics
    /// Panics after a minute, with the traffic.
    pub fn wait_until(&self, is_there: impl Fn(&Seen) -> bool) -> Seen {
        self.shared.wait_for(|state| is_there(&state.seen).then_some(state.seen), |state| &state.seen)
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.ended = true;
            state.end_connections();
        });
    }
}

impl State {
    fn end_connections(&mut self) {
        for stream in self.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn admit_client(self: &Arc<Self>, client: TcpStream, target: &str) {
        let number = self.change(|state| {
            state.seen.connections += 1;
            (!state.ended && state.fault != Fault::Refuse).then_some(state.seen.connections)
        });
        let Some(number) = number else { return };
        // The server is down: the client's connection is closed.
        let Ok(server) = TcpStream::connect(target) else { return };
        let _ = server.set_nodelay(true);
        let (Ok(client_end), Ok(server_end)) = (client.try_clone(), server.try_clone()) else { return };
        self.lock().open.extend([client.try_clone(), server.try_clone()].into_iter().flatten());
        for (from, to, direction) in
            [(client, server_end, Direction::Requests), (server, client_end, Direction::Replies)]
        {
            let shared = Arc::clone(self);
            std::thread::spawn(move || shared.pump(number, from, to, direction));
        }
    }

    /// Passes bytes on until either side ends.
    fn pump(&self, number: u64, mut from: TcpStream, mut to: TcpStream, direction: Direction) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let passed = self.admit(number, count, direction);
            let (passing, is_last) = match passed {
                Admitted::All => (count, false),
                Admitted::Last(bytes) => (bytes, true),
            };
            if to.write_all(&buffer[..passing]).is_err() {
                break;
            }
            self.note_passed(passing, direction);
            if is_last {
                self.change(|state| state.seen.cuts += 1);
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    /// Waits as the fault requires, and returns how many bytes may pass.
    fn admit(&self, number: u64, count: usize, direction: Direction) -> Admitted {
        if direction == Direction::Replies {
            self.change(|state| state.seen.replied_bytes += count as u64);
        }
        let stalls = match direction {
            Direction::Requests => Fault::StallRequests,
            Direction::Replies => Fault::StallReplies,
        };
        let mut state = self.wait_while(|state| {
            let is_stranded = direction == Direction::Requests && number <= state.stranded;
            !state.ended && (is_stranded || state.fault == stalls)
        });
        match (state.fault, direction) {
            (Fault::CutRequests(left), Direction::Requests)
            | (Fault::CutReplies(left), Direction::Replies) => {
                if (count as u64) < left {
                    let left = left - count as u64;
                    state.fault = match direction {
                        Direction::Requests => Fault::CutRequests(left),
                        Direction::Replies => Fault::CutReplies(left),
                    };
                    return Admitted::All;
                }
                state.fault = Fault::None;
                Admitted::Last(usize::try_from(left).expect("less than the buffer"))
            }
            (Fault::Delay(delay), _) => {
                drop(state);
                std::thread::sleep(delay);
                Admitted::All
            }
            _ => Admitted::All,
        }
    }

    fn note_passed(&self, count: usize, direction: Direction) {
        self.change(|state| match direction {
            Direction::Requests => state.seen.request_bytes += count as u64,
            Direction::Replies => state.seen.reply_bytes += count as u64,
        });
    }
}

enum Admitted {
    All,
    /// Passes this many bytes, then ends the connection.
    Last(usize),
}
