//! The scripts of one flush or load: several on their way, their answers in order.

use std::collections::VecDeque;

use redis::{RedisError, ServerErrorKind, Value};

use super::link::{Link, WINDOW};
use super::request::{Head, Rows};
use super::script::WRITE;
use super::servers::texts;
use super::writer::RedisSink;
use crate::error::{Error, ErrorKind, Result};
use crate::sink::DocumentChange;

/// Someone who empties the script cache that often means it.
const SCRIPT_LOADS_MAX: usize = 64;

/// Rows on their way into a prefix.
pub(super) struct Batch<'a> {
    sink: &'a mut RedisSink,
    link: String,
    control: String,
    prefix: String,
    before: &'a str,
    seq: &'a str,
    rows: Rows,
    /// Whether the intent is written.
    is_begun: bool,
    on_the_way: VecDeque<OnTheWay>,
    script_loads: usize,
}

enum OnTheWay {
    /// A run of the script: kept, since the server may not know the script.
    Write(Vec<u8>),
    /// The script itself.
    Load,
}

impl<'a> Batch<'a> {
    pub(super) fn new(sink: &'a mut RedisSink, before: &'a str, seq: &'a str) -> Result<Self> {
        let link = sink.link()?.to_string();
        let (control, prefix) = (sink.prefix.control(), sink.prefix.to_string());
        let (rows, on_the_way) = (Rows::default(), VecDeque::with_capacity(WINDOW));
        let (is_begun, script_loads) = (false, 0);
        Ok(Self { sink, link, control, prefix, before, seq, rows, is_begun, on_the_way, script_loads })
    }

    /// Adds a row; what is full before it goes on its way, the first time with the intent at `hi`.
    pub(super) fn add(&mut self, change: &DocumentChange, hi: &str) -> Result<()> {
        if self.rows.is_full() {
            if hi.is_empty() || self.is_begun {
                self.write("", "")?;
            } else {
                self.write(hi, "")?;
                self.settle()?;
                self.is_begun = true;
            }
        }
        self.rows.add(change)
    }

    /// Sends the rows that wait, if there are any.
    fn write(&mut self, hi: &str, lo: &str) -> Result<()> {
        if self.rows.is_empty() { Ok(()) } else { self.write_even_nothing(hi, lo) }
    }

    fn write_even_nothing(&mut self, hi: &str, lo: &str) -> Result<()> {
        let head = Head {
            control: &self.control,
            prefix: &self.prefix,
            owner: &self.sink.owner,
            term: &self.sink.term,
            link: &self.link,
            before: if hi.is_empty() { "" } else { self.before },
            seq: self.seq,
            hi,
            lo,
        };
        let request = self.rows.take_request(&head);
        self.send(OnTheWay::Write(request))
    }

    fn send(&mut self, what: OnTheWay) -> Result<()> {
        while self.on_the_way.len() >= WINDOW {
            self.receive()?;
        }
        let request = match &what {
            OnTheWay::Write(request) => request.clone(),
            OnTheWay::Load => redis::cmd("SCRIPT").arg("LOAD").arg(WRITE.text()).get_packed_command(),
        };
        let sent = self.link()?.send(request);
        self.on_the_way.push_back(what);
        sent.inspect_err(|_| self.sink.servers.forget())
    }

    /// Waits for the oldest answer.
    fn receive(&mut self) -> Result<()> {
        let Some(what) = self.on_the_way.pop_front() else { return Ok(()) };
        let answer = self.link()?.receive();
        let answer = answer.inspect_err(|_| self.sink.servers.forget())?;
        match (answer, what) {
            (Value::ServerError(error), OnTheWay::Write(request))
                if error.kind() == Some(ServerErrorKind::NoScript)
                    && self.script_loads < SCRIPT_LOADS_MAX =>
            {
                // No order is lost: the intent and `lo` are waited for, and no row is in two scripts.
                self.script_loads += 1;
                self.send(OnTheWay::Load)?;
                self.send(OnTheWay::Write(request))
            }
            (Value::ServerError(error), _) => {
                let error = self.link()?.explain(&RedisError::from(error));
                // Others may be on their way still: whoever comes next uses another link.
                self.sink.servers.forget();
                Err(error)
            }
            (_, OnTheWay::Load) => Ok(()),
            (answer, OnTheWay::Write(_)) => {
                let judged = texts(answer).and_then(|answer| self.sink.judge(&answer));
                judged.inspect_err(|_| self.sink.servers.forget())
            }
        }
    }

    /// Writes what waits still and waits for it all; then says that everything up to `lo` is there, if that is given.
    pub(super) fn finish(mut self, lo: &str) -> Result<()> {
        if lo.is_empty() {
            self.write("", "")?;
        } else if self.is_begun {
            self.write("", "")?;
            self.settle()?;
            self.write_even_nothing("", lo)?;
        } else {
            self.write_even_nothing(lo, lo)?;
        }
        self.settle()
    }

    /// Waits for everything that is on its way.
    fn settle(&mut self) -> Result<()> {
        while !self.on_the_way.is_empty() {
            self.receive()?;
        }
        Ok(())
    }

    fn link(&mut self) -> Result<&Link> {
        let link = self.sink.servers.link(&self.control)?;
        if link.number().to_string() != self.link {
            let message = format!("redis at {}: connected anew in the middle of a flush", link.server());
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        Ok(link)
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // Answers that nobody has read would be taken for those of what comes next.
        if !self.on_the_way.is_empty() {
            self.sink.servers.forget();
        }
    }
}
