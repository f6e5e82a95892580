//! The scripts of one flush or load: several in flight, their answers in order.

use std::collections::VecDeque;

use redis::{RedisError, Value};

use super::link::{Link, WINDOW};
use super::request::{Head, Rows};
use super::servers::texts;
use super::turn::Turn;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::DocumentChange;

/// Rows on their way into a prefix.
pub(super) struct ScriptBatch<'a> {
    turn: &'a mut Turn,
    link: String,
    control: String,
    prefix: String,
    before: &'a str,
    seq: &'a str,
    rows: Rows,
    /// Whether the intent is written.
    is_begun: bool,
    /// The numbers of the scripts without an answer yet.
    on_the_way: VecDeque<u64>,
}

impl<'a> ScriptBatch<'a> {
    pub(super) fn new(turn: &'a mut Turn, before: &'a str, seq: &'a str) -> Result<Self> {
        let link = turn.claim_link()?.to_string();
        let (control, prefix) = (turn.prefix.control(), turn.prefix.to_string());
        let (rows, on_the_way) = (Rows::default(), VecDeque::with_capacity(WINDOW));
        Ok(Self { turn, link, control, prefix, before, seq, rows, is_begun: false, on_the_way })
    }

    /// Adds a row. Sends a full script first; the first one carries the intent `hi`.
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

    /// Sends the pending rows, if there are any.
    fn write(&mut self, hi: &str, lo: &str) -> Result<()> {
        if self.rows.is_empty() { Ok(()) } else { self.write_even_nothing(hi, lo) }
    }

    fn write_even_nothing(&mut self, hi: &str, lo: &str) -> Result<()> {
        while self.on_the_way.len() >= WINDOW {
            self.receive()?;
        }
        let (follows, step) = self.turn.numbers.send();
        let head = Head {
            control: &self.control,
            prefix: &self.prefix,
            owner: &self.turn.owner,
            term: &self.turn.term,
            link: &self.link,
            follows: &follows.to_string(),
            step: &step.to_string(),
            before: if hi.is_empty() { "" } else { self.before },
            seq: self.seq,
            hi,
            lo,
        };
        let request = self.rows.take_request(&head);
        self.on_the_way.push_back(step);
        let sent = self.link().and_then(|link| link.send(request));
        sent.inspect_err(|_| self.turn.servers.forget())
    }

    /// Waits for the oldest answer. After an error, other scripts may still be in flight, so the next batch uses another link.
    fn receive(&mut self) -> Result<()> {
        let Some(step) = self.on_the_way.pop_front() else { return Ok(()) };
        let judged = self.judged();
        judged.inspect_err(|_| self.turn.servers.forget())?;
        self.turn.numbers.acknowledge(step);
        Ok(())
    }

    fn judged(&mut self) -> Result<()> {
        let link = self.link()?;
        match link.receive()? {
            Value::ServerError(error) => Err(link.explain(&RedisError::from(error))),
            answer => texts(answer).and_then(|answer| self.turn.judge(&answer)),
        }
    }

    /// Sends the pending rows and waits for all answers. Then records that everything up to `lo` is written, if `lo` is given.
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

    /// Waits for everything in flight.
    fn settle(&mut self) -> Result<()> {
        while !self.on_the_way.is_empty() {
            self.receive()?;
        }
        Ok(())
    }

    fn link(&mut self) -> Result<&Link> {
        let link = self.turn.servers.link(&self.control)?;
        if link.number().to_string() != self.link {
            let message = format!("redis at {}: reconnected in the middle of a flush", link.server());
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        Ok(link)
    }
}

impl Drop for ScriptBatch<'_> {
    fn drop(&mut self) {
        // Otherwise unread answers would be taken for answers to the next commands.
        if !self.on_the_way.is_empty() {
            self.turn.servers.forget();
        }
    }
}
