//! An owner's turn to write a prefix: its connection, its scripts, and the meaning of their answers.

use super::acked_progress::{AckedProgress, AckedProgressMap};
use super::names::Prefix;
use super::script::{RELINK, WRITE, decode, hexadecimal, wrong_type};
use super::script_numbers::{NewLink, ScriptNumbers};
use super::servers::{Servers, text, texts};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};

/// What one owner needs to write its prefix, and to notice that it was fenced.
pub(super) struct Turn {
    pub(super) owner: String,
    pub(super) term: String,
    pub(super) prefix: Prefix,
    pub(super) servers: Servers,
    pub(super) acked_progress: AckedProgressMap,
    /// The link that may send scripts; 0 = none yet.
    writing_link: u64,
    pub(super) numbers: ScriptNumbers,
}

impl Turn {
    /// Begins the turn of an owner that took over a prefix, after the script that ran last.
    pub(super) fn new(
        owner: &str,
        term: String,
        prefix: Prefix,
        step: u64,
        servers: Servers,
        acked_progress: AckedProgressMap,
    ) -> Self {
        let (owner, numbers) = (owner.to_owned(), ScriptNumbers::found(step));
        Self { owner, term, prefix, servers, acked_progress, writing_link: 0, numbers }
    }

    pub(super) fn acked(&self) -> AckedProgress {
        self.acked_progress.get(self.prefix.label())
    }

    /// Returns the link to write through, after the server refuses older ones.
    pub(super) fn claim_link(&mut self) -> Result<u64> {
        let control = self.prefix.control();
        let number = self.servers.link(&control)?.number();
        if number != self.writing_link {
            // Loaded now, and not when the server lacks it: scripts in flight behind an unknown script would be out of order.
            self.servers.ask(&control, redis::cmd("SCRIPT").arg("LOAD").arg(WRITE.text()))?;
            let NewLink { least, most, step } = self.numbers.new_link();
            let numbers = [number, least, most, step].map(|number| number.to_string());
            let mut arguments = vec![self.owner.as_str(), &self.term];
            arguments.extend(numbers.iter().map(String::as_str));
            let answer = self.servers.run(&RELINK, &control, &arguments)?;
            self.judge(&answer)?;
            self.numbers.acknowledge(step);
            self.writing_link = number;
        }
        Ok(number)
    }

    /// Judges a script's answer.
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

    /// Every take-over has a greater term. A smaller one means that the server went back.
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

    /// Checks that the prefix is still ours and shows as much as before.
    pub(super) fn check_control(&mut self) -> Result<()> {
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
        let may_stand = step.parse().is_ok_and(|step| self.numbers.may_stand_at(step));
        if !may_stand || self.acked().is_ahead_of(&self.prefix, seq, decode(lo).as_ref()) {
            return Err(self.lost("has gone back"));
        }
        Ok(())
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.acked().lo.is_some()
    }
}
