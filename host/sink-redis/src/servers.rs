//! Finds the server that holds a key, and keeps the link to it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;
use std::sync::Arc;

use redis::{Cmd, ErrorKind as Kind, RedisError, ServerErrorKind, Value};

use super::access::Access;
use super::breaker::Breaker;
use super::link::Link;
use super::names;
use super::script::Script;
use foldline_base::error::{Error, ErrorKind, Result};

/// The servers of one sink of one version.
pub(super) struct Servers {
    access: Arc<Access>,
    breaker: Arc<Breaker>,
    links: BTreeMap<String, Link>,
    /// Empty before the first lookup, and after doubts.
    shares: Vec<Share>,
}

/// The slots of one node.
struct Share {
    slots: RangeInclusive<u16>,
    host: String,
    port: u16,
}

impl Servers {
    pub(super) fn new(access: &Arc<Access>) -> Self {
        let breaker = Arc::new(Breaker::default());
        Self { access: Arc::clone(access), breaker, links: BTreeMap::new(), shares: Vec::new() }
    }

    /// Returns what interrupts the wait for a server.
    pub(super) fn breaker(&self) -> &Arc<Breaker> {
        &self.breaker
    }

    /// Returns the link to the server that holds a key; reconnects if it broke.
    pub(super) fn link(&mut self, key: &str) -> Result<&Link> {
        let info = if self.access.is_cluster() {
            let slot = names::slot(key);
            if self.shares.is_empty() {
                self.shares = self.ask_shares()?;
            }
            let share = self.shares.iter().find(|share| share.slots.contains(&slot)).ok_or_else(|| {
                Error::new(ErrorKind::Unavailable, format!("no node of the redis cluster holds slot {slot}"))
            });
            match share {
                Ok(share) => self.access.node(&share.host, share.port),
                Err(error) => {
                    self.shares.clear();
                    return Err(error);
                }
            }
        } else {
            self.access.seeds()[0].clone()
        };
        match self.links.entry(info.addr().to_string()) {
            Entry::Occupied(link) => Ok(link.into_mut()),
            Entry::Vacant(place) => match Link::open(&info, self.access.is_cluster(), &self.breaker) {
                Ok(link) => Ok(place.insert(link)),
                Err(error) => {
                    self.shares.clear();
                    Err(error)
                }
            },
        }
    }

    /// Sends a command to the server that holds a key, and returns its answer.
    pub(super) fn ask(&mut self, key: &str, command: &Cmd) -> Result<Value> {
        self.raw(key, command.get_packed_command())?.map_err(|(_, error)| error)
    }

    /// Runs a script on the server that holds its key. Returns its answer as texts, of which the first is a keyword.
    pub(super) fn run(&mut self, script: &Script, key: &str, arguments: &[&str]) -> Result<Vec<String>> {
        let packed = |mut command: Cmd| {
            command.arg(1).arg(key).arg(arguments);
            command.get_packed_command()
        };
        let by_hash = packed(redis::cmd("EVALSHA").arg(script.hash()).to_owned());
        let answer = match self.raw(key, by_hash)? {
            Err((Kind::Server(ServerErrorKind::NoScript), _)) => {
                let in_full = packed(redis::cmd("EVAL").arg(script.text()).to_owned());
                self.raw(key, in_full)?
            }
            answer => answer,
        };
        answer.map_err(|(_, error)| error).and_then(texts)
    }

    /// Forgets the link and the list of servers after a problem.
    pub(super) fn forget(&mut self) {
        self.links.clear();
        self.shares.clear();
    }

    fn raw(&mut self, key: &str, request: Vec<u8>) -> Result<Result<Value, (Kind, Error)>> {
        let link = self.link(key)?;
        let answer = link.send(request).and_then(|()| link.receive());
        match answer {
            Ok(Value::ServerError(error)) => {
                let error = RedisError::from(error);
                let (kind, ours) = (error.kind(), link.explain(&error));
                if ours.kind() == ErrorKind::Unavailable && kind != ServerErrorKind::NoScript.into() {
                    self.forget();
                }
                Ok(Err((kind, ours)))
            }
            Ok(value) => Ok(Ok(value)),
            Err(error) => {
                self.forget();
                Err(error)
            }
        }
    }

    /// Asks any node which node holds which slots.
    fn ask_shares(&mut self) -> Result<Vec<Share>> {
        let mut last = None;
        for seed in self.access.seeds() {
            let asked = Link::open(seed, true, &self.breaker).and_then(|link| {
                link.send(redis::cmd("CLUSTER").arg("SLOTS").get_packed_command())?;
                match link.receive()? {
                    Value::ServerError(error) => Err(link.explain(&error.into())),
                    answer => shares(&answer, link.server()),
                }
            });
            match asked {
                Ok(shares) => return Ok(shares),
                // Another node may know.
                Err(error) if error.kind() == ErrorKind::Unavailable => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(ErrorKind::Config, "the sink's `url` names no server")))
    }
}

/// Parses the answer to `CLUSTER SLOTS`. A node that does not know its own name gets the address where it was asked.
fn shares(answer: &Value, asked: &str) -> Result<Vec<Share>> {
    let bad = || Error::new(ErrorKind::Unavailable, format!("redis at {asked}: unreadable CLUSTER SLOTS"));
    let Value::Array(ranges) = answer else { return Err(bad()) };
    let mut shares = Vec::with_capacity(ranges.len());
    for range in ranges {
        let Value::Array(range) = range else { return Err(bad()) };
        let [Value::Int(from), Value::Int(to), Value::Array(node), ..] = &range[..] else {
            return Err(bad());
        };
        let [host, Value::Int(port), ..] = &node[..] else { return Err(bad()) };
        let host = match host {
            Value::BulkString(host) if !host.is_empty() && host != b"?" => {
                String::from_utf8_lossy(host).into_owned()
            }
            _ => asked.rsplit_once(':').map_or(asked, |(host, _)| host).to_owned(),
        };
        let slot = |at: &i64| u16::try_from(*at).map_err(|_| bad());
        shares.push(Share { slots: slot(from)?..=slot(to)?, host, port: slot(port)? });
    }
    if shares.is_empty() {
        let message = format!("redis at {asked} knows of no node that holds slots");
        return Err(Error::new(ErrorKind::Unavailable, message));
    }
    Ok(shares)
}

/// Parses a script's answer.
pub(super) fn texts(answer: Value) -> Result<Vec<String>> {
    let bad = |what: &Value| Error::new(ErrorKind::Internal, format!("a script answered {what:?}"));
    let Value::Array(values) = answer else { return Err(bad(&answer)) };
    values.into_iter().map(|value| text(&value).ok_or_else(|| bad(&value))).collect()
}

/// Returns a value as text; nil is an empty text. `None` for any other type.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Nil => Some(String::new()),
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        Value::Okay => Some("OK".to_owned()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}
