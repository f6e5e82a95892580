//! One connection, on its own thread, so that waiting for its answers can be interrupted.
//!
//! A link that failed or was interrupted is dropped. Its thread ends at its next answer or time-out. The server may still execute
//! late what the link had sent; the number in its scripts then makes the server refuse them (`write.lua`).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use redis::{Client, Connection, ConnectionInfo, RedisError, RedisResult, Value};

use super::breaker::Breaker;
use super::event::Event;
use super::fault::explain;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::panics::spawn_contained;

/// Includes TLS and authentication.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Far more than a script of bounded size takes, even during a save or a failover.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// The thread always reports its outcome, unless it died of a bug; then nobody must wait for it forever.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// Requests in flight: enough to keep a server busy while the next one is built, few enough to use little memory.
pub(super) const WINDOW: usize = 4;

/// A connection to one server.
pub(super) struct Link {
    number: u64,
    server: String,
    cluster: bool,
    breaker: Arc<Breaker>,
    requests: SyncSender<Vec<u8>>,
    events: Receiver<Event>,
    waker: Sender<Event>,
}

impl Link {
    /// Connects.
    pub(super) fn open(info: &ConnectionInfo, cluster: bool, breaker: &Arc<Breaker>) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let server = info.addr().to_string();
        let (requests, received) = sync_channel(WINDOW);
        let (waker, events) = channel();
        let (info, teller) = (info.clone(), waker.clone());
        spawn_contained("redis link", move || serve(info, &received, &teller))
            .kind(ErrorKind::Unavailable, "cannot start a thread for redis")?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let link = Self { number, server, cluster, breaker: Arc::clone(breaker), requests, events, waker };
        match link.wait()? {
            Event::Connected(connected) => connected.map_err(|error| link.explain(&error))?,
            _ => return Err(link.broke()),
        }
        Ok(link)
    }

    /// Returns a number that is unique among the links of this process.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Returns the server's address.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Sends a packed command; at most [`WINDOW`] may be unanswered.
    pub(super) fn send(&self, request: Vec<u8>) -> Result<()> {
        self.requests.send(request).map_err(|_| self.broke())
    }

    /// Returns the answer to the oldest command sent, including a server's error.
    pub(super) fn receive(&self) -> Result<Value> {
        match self.wait()? {
            Event::Answered(answer) => answer.map_err(|error| self.explain(&error)),
            _ => Err(self.broke()),
        }
    }

    /// Converts a server's error.
    pub(super) fn explain(&self, error: &RedisError) -> Error {
        explain(error, &self.server, self.cluster)
    }

    fn wait(&self) -> Result<Event> {
        let interrupted = || {
            let message = format!("redis at {}: interrupted", self.server);
            Err(Error::new(ErrorKind::Unavailable, message))
        };
        if self.breaker.watch(&self.waker) {
            return interrupted();
        }
        loop {
            match self.events.recv_timeout(GONE_AFTER).map_err(|_| self.broke())? {
                Event::Interrupted if self.breaker.take() => return interrupted(),
                // An earlier wait has already handled it.
                Event::Interrupted => {}
                event => return Ok(event),
            }
        }
    }

    fn broke(&self) -> Error {
        Error::new(ErrorKind::Unavailable, format!("redis at {}: the connection is gone", self.server))
    }
}

/// Sends requests and reports the answers in order, until either side ends.
fn serve(info: ConnectionInfo, requests: &Receiver<Vec<u8>>, events: &Sender<Event>) {
    let mut connection = match connect(info) {
        Ok(connection) => connection,
        Err(error) => return drop(events.send(Event::Connected(Err(error)))),
    };
    if events.send(Event::Connected(Ok(()))).is_err() {
        return;
    }
    let mut unanswered = 0;
    let mut waiting = VecDeque::new();
    loop {
        if unanswered == 0 {
            let Ok(request) = requests.recv() else { return };
            waiting.push_back(request);
        }
        waiting.extend(requests.try_iter());
        while let Some(request) = waiting.pop_front() {
            if let Err(error) = connection.send_packed_command(&request) {
                return drop(events.send(Event::Answered(Err(error))));
            }
            unanswered += 1;
        }
        let answer = connection.recv_response();
        unanswered -= 1;
        let failed = answer.is_err();
        if events.send(Event::Answered(answer)).is_err() || failed {
            return;
        }
    }
}

fn connect(info: ConnectionInfo) -> RedisResult<Connection> {
    let connection = Client::open(info)?.get_connection_with_timeout(CONNECT_TIMEOUT)?;
    connection.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    connection.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    Ok(connection)
}
