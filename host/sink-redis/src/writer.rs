//! Writes the documents of one projection version: the one owner of its prefix.

use std::collections::VecDeque;
use std::sync::Arc;

use tracing::{info, warn};

use super::acked_progress::{AckedProgress, AckedProgressMap};
use super::backend::{Taken, pointed, remember};
use super::batch::Batch;
use super::eviction::refuse_eviction;
use super::names::{Names, Prefix};
use super::script::{POINT, RELINK, WRITE, decode, encode, hexadecimal, wrong_type};
use super::servers::{Servers, text, texts};
use super::steps::{NewLink, Steps};
use super::sweep::{Sweep, Swept};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_sink::{DocumentChunks, Documents, FlushHead, Interrupt, Sink, SinkProgress};

/// Chunks of what was left behind that are deleted at each look: some thousand keys every few seconds.
const SWEEP_STEPS: usize = 8;

/// The keys of a projection, besides those of its prefixes.
pub(super) struct Keys {
    names: Names,
    pointer: String,
    prefixes: String,
}

impl Keys {
    pub(super) fn of(names: &Names, projection: &str) -> Self {
        Self {
            names: names.clone(),
            pointer: names.pointer(projection),
            prefixes: names.prefixes(projection),
        }
    }
}

/// The writing side of a version's prefix.
///
/// Rows that could not be projected are remembered by the embedded store alone.
pub struct RedisSink {
    keys: Keys,
    pub(super) owner: String,
    pub(super) term: String,
    pub(super) prefix: Prefix,
    found: SinkProgress,
    pub(super) servers: Servers,
    acked_progress: AckedProgressMap,
    /// The link that scripts may come from; 0 = none yet.
    writing_link: u64,
    pub(super) steps: Steps,
    /// Older generations, deleted once no readers are pointed there.
    left: VecDeque<Sweep>,
}

impl RedisSink {
    pub(super) fn new(
        keys: Keys,
        owner: &str,
        taken: Taken,
        servers: Servers,
        acked_progress: AckedProgressMap,
        left: VecDeque<Sweep>,
    ) -> Self {
        Self {
            keys,
            owner: owner.to_owned(),
            term: taken.term,
            prefix: taken.prefix,
            found: taken.progress,
            servers,
            acked_progress,
            writing_link: 0,
            steps: Steps::found(taken.step),
            left,
        }
    }

    fn acked(&self) -> AckedProgress {
        self.acked_progress.get(self.prefix.label())
    }

    /// Returns the link to write by, after the door is closed to older ones.
    pub(super) fn link(&mut self) -> Result<u64> {
        let control = self.prefix.control();
        let number = self.servers.link(&control)?.number();
        if number != self.writing_link {
            // Before, not when it is missed: scripts on their way behind one that is not known would be out of their turn.
            self.servers.ask(&control, redis::cmd("SCRIPT").arg("LOAD").arg(WRITE.text()))?;
            let NewLink { least, most, step } = self.steps.new_link();
            let numbers = [number, least, most, step].map(|number| number.to_string());
            let mut arguments = vec![self.owner.as_str(), &self.term];
            arguments.extend(numbers.iter().map(String::as_str));
            let answer = self.servers.run(&RELINK, &control, &arguments)?;
            self.judge(&answer)?;
            self.steps.acknowledge(step);
            self.writing_link = number;
        }
        Ok(number)
    }

    /// Returns what a script's answer means.
    pub(super) fn judge(&self, answer: &[String]) -> Result<()> {
        let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
        match answer[..] {
            ["OK"] => Ok(()),
            ["LOST"] => Err(self.lost("is gone")),
            ["WRONG", key, kind] => Err(wrong_type(key, kind)),
            ["OWNER", owner, term] => Err(self.not_owner(owner, term)),
            ["SEQ", seq] => Err(self.other_flush(seq)),
            ["STEP", _] if is_planted(Bug::ScriptGapIgnored) => {
                Err(Error::new(ErrorKind::Unavailable, "a gap between scripts"))
            }
            ["STEP", _] => Err(self.lost("has gone back to an earlier script")),
            ["LINK"] => {
                let message = format!("redis `{}` has met a younger connection of ours", self.prefix);
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            _ => Err(Error::new(ErrorKind::Internal, format!("`{}` answered {answer:?}", self.prefix))),
        }
    }

    /// Each fencing has a greater term: a smaller one is what the server held once.
    fn not_owner(&self, owner: &str, term: &str) -> Error {
        let number = |term: &str| term.parse::<u64>().unwrap_or_default();
        if number(term) < number(&self.term) {
            return self.lost("has gone back to an earlier owner");
        }
        let message =
            format!("redis `{}` was taken over: owner `{}` is fenced by `{owner}`", self.prefix, self.owner);
        Error::new(ErrorKind::Corrupt, message)
            .with_hint("only one host may write a projection's documents to a redis; stop the other one")
    }

    fn other_flush(&self, found: &str) -> Error {
        let acknowledged = self.acked().seq;
        match u64::from_str_radix(found, 16) {
            Ok(found) if found < acknowledged => self.lost("has gone back to an earlier flush"),
            _ => {
                let message = format!(
                    "redis `{}` is at flush {found} where {} was the last",
                    self.prefix,
                    hexadecimal(acknowledged)
                );
                Error::new(ErrorKind::Internal, message)
            }
        }
    }

    fn lost(&self, what: &str) -> Error {
        let message = format!("what redis held under `{}` {what}", self.prefix);
        Error::new(ErrorKind::Lost, message).with_hint("it is loaded again under a new prefix")
    }

    /// Looks whether the prefix is still ours and shows what it did.
    fn check_control(&mut self) -> Result<()> {
        let control = self.prefix.control();
        let kind = text(&self.servers.ask(&control, redis::cmd("TYPE").arg(&control))?).unwrap_or_default();
        if kind != "hash" && kind != "none" {
            return Err(wrong_type(&control, &kind));
        }
        let mut ask = redis::cmd("HMGET");
        ask.arg(&control).arg(&["owner", "term", "step", "seq", "lo"]);
        let found = texts(self.servers.ask(&control, &ask)?)?;
        let [owner, term, step, seq, lo] = &found[..] else { return Err(self.lost("is unreadable")) };
        if owner.is_empty() {
            return Err(self.lost("is gone"));
        }
        if *owner != self.owner || *term != self.term {
            return Err(self.not_owner(owner, term));
        }
        let seq = u64::from_str_radix(seq, 16).map_err(|_| self.lost("is unreadable"))?;
        let may_stand = step.parse().is_ok_and(|step| self.steps.may_stand_at(step));
        if !may_stand || self.acked().is_ahead_of(&self.prefix, seq, decode(lo).as_ref()) {
            return Err(self.lost("has gone back"));
        }
        Ok(())
    }

    fn is_loaded(&self) -> bool {
        self.acked().lo.is_some()
    }

    /// Moves the pointer here from where it was seen.
    fn move_pointer(&mut self, found: &str) -> Result<()> {
        let (key, prefix) = (&self.keys.pointer, self.prefix.to_string());
        if found == prefix {
            return Ok(());
        }
        // Compared again: a request that comes late must not take back what came after it.
        let answer = self.servers.run(&POINT, key, &[found, &prefix])?;
        if answer.first().is_some_and(|word| word == "ELSEWHERE") {
            let message = format!("redis key `{key}` was moved meanwhile");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        self.judge(&answer)
    }

    /// Deletes a chunk of older generations that readers are not pointed to.
    fn sweep(&mut self, pointed: &str) -> Result<()> {
        for _ in 0..SWEEP_STEPS {
            let Some(sweep) = self.left.front_mut() else { return Ok(()) };
            if pointed == sweep.prefix().to_string() {
                self.left.rotate_left(1);
                continue;
            }
            match sweep.step(&self.keys.prefixes, &mut self.servers)? {
                Swept::More => continue,
                Swept::All => info!(prefix = %sweep.prefix(), "documents deleted from redis"),
                Swept::Theirs(theirs) => {
                    warn!(prefix = %sweep.prefix(), theirs, "documents are another installation's, and stay");
                }
            }
            self.left.pop_front();
        }
        Ok(())
    }
}

impl Sink for RedisSink {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    fn interrupt(&self) -> Interrupt {
        let breaker = Arc::clone(self.servers.breaker());
        Box::new(move || breaker.trip())
    }

    fn load(&mut self, documents: &Documents) -> Result<()> {
        let seq = hexadecimal(0);
        let mut batch = Batch::new(self, "", &seq)?;
        for change in &documents.changes {
            batch.add(change, "")?;
        }
        batch.finish("")
    }

    /// A flush of one script is one round trip; of more, the first one is the intent, and `lo` goes last.
    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        let acked = self.acked();
        if !head.position.covers(&acked.hi) {
            let message = format!(
                "flush {} of `{}` at {} would go back behind {}",
                head.seq, self.prefix, head.position, acked.hi
            );
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let label = self.prefix.label().to_owned();
        self.acked_progress.change(&label, |acked| acked.hi.raise_to(&head.position));
        let (before, seq) = (hexadecimal(head.seq.saturating_sub(1)), hexadecimal(head.seq));
        let position = encode(&head.position);
        let mut batch = Batch::new(self, &before, &seq)?;
        while let Some(chunk) = chunks.next()? {
            for change in &chunk.changes {
                batch.add(change, &position)?;
            }
        }
        batch.finish(&position)?;
        self.acked_progress.change(&label, |acked| {
            acked.seq = acked.seq.max(head.seq);
            acked.lo = Some(head.position.clone());
        });
        if acked.lo.is_none() {
            info!(prefix = %self.prefix, seq = head.seq, "documents are loaded");
        }
        Ok(())
    }

    fn point(&mut self) -> Result<()> {
        self.check_control()?;
        if !self.is_loaded() {
            let message = format!("readers would be pointed to `{}`, which is not loaded", self.prefix);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let found = pointed(&mut self.servers, &self.keys.pointer)?;
        self.move_pointer(&found)
    }

    fn examine(&mut self, live: bool) -> Result<()> {
        self.check_control()?;
        let control = self.prefix.control();
        refuse_eviction(&mut self.servers, &control)?;
        remember(&mut self.servers, &self.keys.prefixes, &self.prefix)?;
        let found = pointed(&mut self.servers, &self.keys.pointer)?;
        if live && self.is_loaded() {
            let is_older = |prefix: &Prefix| {
                prefix.label() == self.prefix.label() && prefix.generation() < self.prefix.generation()
            };
            let key = &self.keys.pointer;
            if found.is_empty() || self.keys.names.parse(&found).as_ref().is_some_and(is_older) {
                // In a cluster it may be lost, or have gone back, alone.
                warn!(key, found, "the pointer is not where it was, setting it again");
                self.move_pointer(&found)?;
            } else if found != self.prefix.to_string() {
                // Documents go on being written; it is looked at again, so that deleting it is enough.
                let message = format!("redis key `{key}` holds `{found}` instead of `{}`", self.prefix);
                return Err(Error::new(ErrorKind::Unavailable, message).with_hint(format!(
                    "it was changed by hand: delete `{key}`, and foldline sets it again within seconds"
                )));
            }
        }
        self.sweep(&found)
    }
}
