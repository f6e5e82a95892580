//! A proxy that understands Kafka's frames, so that a fault can affect one request of one kind, or its reply.
//!
//! Brokers tell their clients which address to use, so the broker must advertise the proxy's address:
//! [`Broker::behind_proxy`](crate::kafka::Broker::behind_proxy).

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use super::entrance::Entrance;
use super::watched::Watched;

/// Far more than any request or reply of a test.
const FRAME_BYTES_MAX: usize = 256 << 20;

/// A kind of request, by its API number in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Api(i16);

impl Api {
    /// Records for partitions.
    pub const PRODUCE: Self = Self(0);
    /// Requests a producer's id and epoch; it fences the previous producer and ends its transaction.
    pub const INIT_PRODUCER_ID: Self = Self(22);
    /// Names the partitions that a transaction is about to write.
    pub const ADD_PARTITIONS_TO_TXN: Self = Self(24);
    /// A commit or an abort.
    pub const END_TXN: Self = Self(26);
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is executed, but the client's connection is closed instead of the reply.
    CutReply,
    /// It is executed, but the reply never arrives.
    SwallowReply,
    /// It waits for [`Aim::release`], as does everything after it on its connection. The client may disconnect meanwhile.
    Hold,
    /// As [`Fault::Hold`], and the client's connection is closed.
    Strand,
}

/// The traffic of the requests of one aim.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    requests: BTreeMap<Api, u64>,
    /// Number of injected faults.
    pub faults: u64,
}

impl Seen {
    /// Returns the number of requests of a kind.
    pub fn requests(&self, api: Api) -> u64 {
        self.requests.get(&api).copied().unwrap_or(0)
    }
}

/// A proxy to one broker. Dropping it ends it.
pub struct KafkaProxy {
    entrance: Entrance,
    shared: Arc<Shared>,
}

/// Requests that contain one text, such as a transactional id. They are counted, and faults can be injected.
pub struct Aim {
    number: usize,
    shared: Arc<Shared>,
}

type Shared = Watched<State>;

#[derive(Default)]
struct State {
    aims: Vec<Aimed>,
    connections: u64,
    open: Vec<TcpStream>,
    /// Requests that wait to be released.
    held: BTreeMap<Request, (usize, Api)>,
    /// Requests whose replies need special treatment.
    fates: BTreeMap<Request, (usize, ReplyFate)>,
    /// Whether all requests wait.
    stalled: bool,
    ended: bool,
}

/// A connection and a correlation id.
type Request = (u64, i32);

#[derive(Default)]
struct Aimed {
    text: String,
    planned: Vec<Planned>,
    seen: Seen,
    /// Replies to requests that were held.
    late: Vec<Vec<u8>>,
}

/// A planned fault.
struct Planned {
    api: Api,
    /// After this many further requests of the kind.
    after: u64,
    fault: Fault,
}

/// The treatment of a reply.
#[derive(Clone, Copy)]
enum ReplyFate {
    Cut,
    Swallowed,
    Late,
}

impl KafkaProxy {
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

    /// Returns the address to which clients connect.
    pub fn address(&self) -> SocketAddr {
        self.entrance.address()
    }

    /// Holds back all requests, or releases them.
    pub fn stall(&self, stalled: bool) {
        self.shared.change(|state| state.stalled = stalled);
    }

    /// Watches the requests that contain this text from now on. A request with several texts belongs to the first aim.
    pub fn aim(&self, text: &str) -> Aim {
        let number = self.shared.change(|state| {
            state.aims.push(Aimed { text: text.to_owned(), ..Aimed::default() });
            state.aims.len() - 1
        });
        Aim { number, shared: Arc::clone(&self.shared) }
    }
}

impl Aim {
    /// Injects a fault into a request of a kind, after this many further ones.
    pub fn fail_after(&self, after: u64, api: Api, fault: Fault) {
        let planned = Planned { api, after, fault };
        self.shared.change(|state| state.aims[self.number].planned.push(planned));
    }

    /// Delivers the held requests of a kind. Returns the bodies of the broker's replies.
    ///
    /// # Panics
    /// Panics when no reply comes within a minute.
    pub fn release(&self, api: Api) -> Vec<Vec<u8>> {
        let released = self.shared.change(|state| {
            let before = state.held.len();
            state.held.retain(|_, held| *held != (self.number, api));
            before - state.held.len()
        });
        self.shared.wait_for(
            |state| {
                let late = &mut state.aims[self.number].late;
                (late.len() >= released).then(|| late.drain(..released).collect())
            },
            |state| &state.aims[self.number].seen,
        )
    }

    /// Returns the traffic so far.
    pub fn seen(&self) -> Seen {
        self.shared.lock().aims[self.number].seen.clone()
    }

    /// Waits until the traffic fulfils the test's condition.
    ///
    /// # Panics
    /// Panics after a minute, with the traffic.
    pub fn wait_until(&self, is_there: impl Fn(&Seen) -> bool) {
        self.shared.wait_for(
            |state| is_there(&state.aims[self.number].seen).then_some(()),
            |state| &state.aims[self.number].seen,
        );
    }
}

impl Drop for KafkaProxy {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.ended = true;
            for stream in state.open.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }
}

impl Shared {
    fn admit_client(self: &Arc<Self>, client: TcpStream, target: &str) {
        // The broker is down: the client's connection is closed.
        let Ok(server) = TcpStream::connect(target) else { return };
        let _ = server.set_nodelay(true);
        let (Ok(client_end), Ok(server_end)) = (client.try_clone(), server.try_clone()) else { return };
        let connection = self.change(|state| {
            state.open.extend([client.try_clone(), server.try_clone()].into_iter().flatten());
            state.connections += 1;
            state.connections
        });
        let shared = Arc::clone(self);
        std::thread::spawn(move || {
            // Either side may disconnect at any time.
            let _ = shared.pass_requests(connection, &client, &server_end);
            end(&client, &server_end);
        });
        let shared = Arc::clone(self);
        std::thread::spawn(move || {
            let _ = shared.pass_replies(connection, &server, &client_end);
            end(&server, &client_end);
            // Replies that can no longer come are not awaited.
            shared.change(|state| state.fates.retain(|(of, _), _| *of != connection));
        });
    }

    fn pass_requests(&self, connection: u64, client: &TcpStream, mut server: &TcpStream) -> io::Result<()> {
        loop {
            let frame = read_frame(client)?;
            let api = Api(i16::from_be_bytes(bytes(&frame, 4)?));
            let request = (connection, i32::from_be_bytes(bytes(&frame, 8)?));
            let fault = self.change(|state| state.note(api, request, &frame));
            if fault == Some(Fault::Strand) {
                let _ = client.shutdown(Shutdown::Both);
            }
            drop(
                self.wait_while(|state| !state.ended && (state.stalled || state.held.contains_key(&request))),
            );
            server.write_all(&frame)?;
            if matches!(fault, Some(Fault::Hold | Fault::Strand)) {
                // The client may have disconnected, which ends this connection.
                drop(self.wait_while(|state| !state.ended && state.fates.contains_key(&request)));
            }
        }
    }

    fn pass_replies(&self, connection: u64, server: &TcpStream, mut client: &TcpStream) -> io::Result<()> {
        loop {
            let frame = read_frame(server)?;
            let request = (connection, i32::from_be_bytes(bytes(&frame, 4)?));
            let fate = self.change(|state| {
                let (aim, fate) = state.fates.remove(&request)?;
                match fate {
                    ReplyFate::Cut | ReplyFate::Swallowed => state.aims[aim].seen.faults += 1,
                    ReplyFate::Late => state.aims[aim].late.push(frame[8..].to_vec()),
                }
                Some(fate)
            });
            match fate {
                None => client.write_all(&frame)?,
                Some(ReplyFate::Cut) => return Ok(()),
                Some(ReplyFate::Swallowed) => {}
                // The client may have disconnected.
                Some(ReplyFate::Late) => drop(client.write_all(&frame)),
            }
        }
    }
}

impl State {
    /// Counts a request, and decides on its fault.
    fn note(&mut self, api: Api, request: Request, frame: &[u8]) -> Option<Fault> {
        let holds = |text: &str| frame.windows(text.len()).any(|part| part == text.as_bytes());
        let number = self.aims.iter().position(|aim| holds(&aim.text))?;
        let aim = &mut self.aims[number];
        *aim.seen.requests.entry(api).or_default() += 1;
        let at = aim.planned.iter().position(|planned| planned.api == api)?;
        if let Some(after) = aim.planned[at].after.checked_sub(1) {
            aim.planned[at].after = after;
            return None;
        }
        let fault = aim.planned.remove(at).fault;
        let fate = match fault {
            Fault::CutReply => ReplyFate::Cut,
            Fault::SwallowReply => ReplyFate::Swallowed,
            Fault::Hold | Fault::Strand => {
                aim.seen.faults += 1;
                self.held.insert(request, (number, api));
                ReplyFate::Late
            }
        };
        self.fates.insert(request, (number, fate));
        Some(fault)
    }
}

fn end(one: &TcpStream, other: &TcpStream) {
    for stream in [one, other] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// Reads a request or a reply, including its length.
fn read_frame(mut from: &TcpStream) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    from.read_exact(&mut frame)?;
    let length = u32::from_be_bytes(bytes(&frame, 0)?) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    frame.resize(4 + length, 0);
    from.read_exact(&mut frame[4..])?;
    Ok(frame)
}

/// Returns the bytes of a number in a frame.
fn bytes<const N: usize>(frame: &[u8], at: usize) -> io::Result<[u8; N]> {
    frame
        .get(at..at + N)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
