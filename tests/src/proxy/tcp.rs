//! A TCP proxy that cuts, stalls, delays and truncates, and that loses replies to requests that were executed.
//!
//! Faults that end a connection happen once and leave the proxy passing everything on again; a stall and a delay last
//! until another fault is set.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Far beyond what any wait takes on a busy machine.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// What the proxy does with bytes from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Passes everything on.
    None,
    /// Ends the connection once so many more bytes of requests have passed: the last request may be half there.
    CutRequests(u64),
    /// Ends the connection once so many more bytes of replies have passed: what was asked is executed, the reply is
    /// lost, or truncated.
    CutReplies(u64),
    /// Holds back requests.
    StallRequests,
    /// Holds back replies: what was asked is executed.
    StallReplies,
    /// Passes everything on, this much later.
    Delay(Duration),
    /// Ends each new connection at once.
    Refuse,
}

/// What passed through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Connections that clients made.
    pub connections: u64,
    /// Bytes of requests that servers got.
    pub request_bytes: u64,
    /// Bytes of replies that clients got.
    pub reply_bytes: u64,
    /// Bytes of replies that came, also those that clients never got.
    pub replied_bytes: u64,
    /// Connections that a fault ended.
    pub cuts: u64,
}

/// A proxy to one server; it ends with the value.
pub struct TcpProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    fault: Fault,
    seen: Seen,
    open: Vec<TcpStream>,
    /// Connections up to this one are held back.
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let (accepting, target) = (Arc::clone(&shared), target.to_owned());
        std::thread::spawn(move || accepting.accept(&listener, &target));
        Self { address, shared }
    }

    /// Returns where clients connect, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Sets what happens from now on.
    pub fn set(&self, fault: Fault) {
        self.shared.lock().fault = fault;
        self.shared.changed.notify_all();
    }

    /// Ends all connections now.
    pub fn cut(&self) {
        let mut state = self.shared.lock();
        state.seen.cuts += 1;
        state.end_connections();
        self.shared.changed.notify_all();
    }

    /// Holds back what the connections that are open send, whatever the fault, until [`TcpProxy::release`]; new ones
    /// are not touched. As a network does that delivers late.
    pub fn strand(&self) {
        let mut state = self.shared.lock();
        state.stranded = state.seen.connections;
    }

    /// Lets what was stranded go on, to servers; its clients may have gone.
    pub fn release(&self) {
        self.shared.lock().stranded = 0;
        self.shared.changed.notify_all();
    }

    /// Returns what passed through so far.
    pub fn seen(&self) -> Seen {
        self.shared.lock().seen
    }

    /// Waits until what passed through is what the test waits for.
    ///
    /// # Panics
    /// Panics after a minute, with what passed.
    pub fn wait_until(&self, is_there: impl Fn(&Seen) -> bool) -> Seen {
        let deadline = Instant::now() + WAIT_MAX;
        let mut state = self.shared.lock();
        while !is_there(&state.seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not within a minute: {:?}", state.seen);
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.seen
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.ended = true;
        state.end_connections();
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
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
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that failed while it waited has left it as it should be.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: Arc<Self>, listener: &TcpListener, target: &str) {
        for client in listener.incoming() {
            let Ok(client) = client else { continue };
            let number = {
                let mut state = self.lock();
                if state.ended {
                    return;
                }
                state.seen.connections += 1;
                self.changed.notify_all();
                if state.fault == Fault::Refuse {
                    continue;
                }
                state.seen.connections
            };
            // A server that is down: the client sees its connection end.
            let Ok(server) = TcpStream::connect(target) else { continue };
            for stream in [&client, &server] {
                let _ = stream.set_nodelay(true);
            }
            let (Ok(client_end), Ok(server_end)) = (client.try_clone(), server.try_clone()) else { continue };
            self.lock().open.extend([client.try_clone(), server.try_clone()].into_iter().flatten());
            for (from, to, direction) in
                [(client, server_end, Direction::Requests), (server, client_end, Direction::Replies)]
            {
                let shared = Arc::clone(&self);
                std::thread::spawn(move || shared.pump(number, from, to, direction));
            }
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
                let mut state = self.lock();
                state.seen.cuts += 1;
                self.changed.notify_all();
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    /// Waits as the fault says, and returns how much may pass.
    fn admit(&self, number: u64, count: usize, direction: Direction) -> Admitted {
        let mut state = self.lock();
        if direction == Direction::Replies {
            state.seen.replied_bytes += count as u64;
            self.changed.notify_all();
        }
        loop {
            let stalls = match direction {
                Direction::Requests => Fault::StallRequests,
                Direction::Replies => Fault::StallReplies,
            };
            let is_stranded = direction == Direction::Requests && number <= state.stranded;
            if state.ended || !(is_stranded || state.fault == stalls) {
                break;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
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
        let mut state = self.lock();
        match direction {
            Direction::Requests => state.seen.request_bytes += count as u64,
            Direction::Replies => state.seen.reply_bytes += count as u64,
        }
        self.changed.notify_all();
    }
}

enum Admitted {
    All,
    /// So many bytes, then the connection ends.
    Last(usize),
}
