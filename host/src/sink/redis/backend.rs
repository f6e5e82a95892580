//! The configured servers: opens versions, deletes retired ones.

use std::sync::Arc;

use foldline_core::position::Position;
use redis::Value;
use tracing::{info, warn};

use super::access::Access;
use super::eviction::refuse_eviction;
use super::names::{self, Prefix};
use super::script::{TAKE, wrong_type};
use super::servers::{Servers, text};
use super::standing::Standings;
use super::sweep::Sweep;
use super::writer::RedisSink;
use crate::config::RedisConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::sink::{Backend, Sink, SinkProgress, SinkVersion};

/// Each try goes to a prefix that nobody knew of: another one is already luck of a strange kind.
const NEW_PREFIX_TRIES: u64 = 8;

/// A Redis server or cluster that documents are served from.
pub struct RedisBackend {
    access: Arc<Access>,
    standings: Standings,
}

/// What a prefix holds, now that it is ours.
pub(super) struct Taken {
    pub(super) prefix: Prefix,
    pub(super) term: String,
    pub(super) progress: SinkProgress,
    is_new: bool,
}

impl RedisBackend {
    /// Reads the configuration; connects to nothing yet.
    ///
    /// # Errors
    /// `Config` when an address or a certificate cannot be used.
    pub fn new(config: &RedisConfig) -> Result<Self> {
        Ok(Self { access: Arc::new(Access::new(config)?), standings: Standings::default() })
    }

    /// Takes over the newest prefix if it can be gone on with, else begins a new one, as it does if that is asked for.
    fn take_usable(
        &self,
        servers: &mut Servers,
        version: &SinkVersion,
        owner: &str,
        anew: bool,
    ) -> Result<Taken> {
        let label = names::label(version);
        let known = self.standings.get(&label);
        let found = find(servers, &version.projection)?;
        let mut own: Vec<Prefix> = found.into_iter().filter(|prefix| prefix.label() == label).collect();
        // The set of prefixes may have gone back alone: in a cluster it is on another server.
        own.extend((known.generation > 0).then(|| Prefix::new(&label, known.generation)));
        own.sort_by_key(Prefix::generation);
        own.dedup();
        let mut hi = known.hi.clone();
        let mut newest = known.generation;
        if let Some(prefix) = own.pop() {
            newest = newest.max(prefix.generation());
            refuse_eviction(servers, &prefix.control())?;
            match take(servers, &prefix, owner, None)? {
                Some(taken) => {
                    let SinkProgress { seq, lo, .. } = &taken.progress;
                    let has_gone_back = known.is_ahead_of(&prefix, *seq, lo.as_ref());
                    if lo.is_some() && !has_gone_back && !anew {
                        remember(servers, &version.projection, &prefix)?;
                        return Ok(taken);
                    }
                    hi.raise_to(&taken.progress.hi);
                    let reason = match lo {
                        None => "it was never loaded to its end",
                        Some(_) if has_gone_back => "it has gone back",
                        Some(_) => "that is asked for",
                    };
                    warn!(%prefix, reason, "documents in redis are loaded again, under a new prefix");
                }
                None => warn!(%prefix, "documents in redis are gone, loading them again under a new prefix"),
            }
        }
        for prefix in own {
            hi.raise_to(&shown(servers, &prefix)?);
        }
        for generation in (newest + 1..).take(NEW_PREFIX_TRIES.try_into().expect("a small number")) {
            let prefix = Prefix::new(&label, generation);
            refuse_eviction(servers, &prefix.control())?;
            remember(servers, &version.projection, &prefix)?;
            let taken = take(servers, &prefix, owner, Some(&hi))?;
            if let Some(taken) = taken.filter(|taken| taken.is_new || taken.progress.lo.is_some()) {
                info!(%prefix, "documents go to redis");
                return Ok(taken);
            }
        }
        Err(Error::new(ErrorKind::Internal, format!("no prefix can be begun for {label}")))
    }
}

impl Backend for RedisBackend {
    fn open(&self, version: &SinkVersion, owner: &str, anew: bool) -> Result<Box<dyn Sink>> {
        let mut servers = Servers::new(&self.access);
        let mut taken = self.take_usable(&mut servers, version, owner, anew)?;
        let label = names::label(version);
        // A flush whose intent may be on its way still.
        taken.progress.hi.raise_to(&self.standings.get(&label).hi);
        self.standings.change(&label, |standing| {
            standing.generation = taken.prefix.generation();
            standing.seq = taken.progress.seq;
            standing.lo.clone_from(&taken.progress.lo);
            standing.hi.raise_to(&taken.progress.hi);
        });
        let found = find(&mut servers, &version.projection)?;
        let left = found
            .into_iter()
            .filter(|prefix| prefix.label() == label && prefix.generation() < taken.prefix.generation());
        let left = left.map(Sweep::new).collect();
        let standings = self.standings.clone();
        Ok(Box::new(RedisSink::new(&version.projection, owner, taken, servers, standings, left)))
    }

    fn keep_only(&self, projection: &str, kept: &[SinkVersion]) -> Result<()> {
        let mut servers = Servers::new(&self.access);
        let live = pointed(&mut servers, projection)?;
        let kept: Vec<String> = kept.iter().map(names::label).collect();
        let found = find(&mut servers, projection)?;
        let newest =
            |label: &str| found.iter().filter(|prefix| prefix.label() == label).map(Prefix::generation).max();
        for prefix in &found {
            let is_kept = kept.iter().any(|label| label == prefix.label())
                && newest(prefix.label()) == Some(prefix.generation());
            // What readers still read goes once they do not; a projection that is gone has no readers.
            let is_read = live == prefix.to_string() && !kept.is_empty();
            if is_kept || is_read {
                continue;
            }
            let mut sweep = Sweep::new(prefix.clone());
            while !sweep.step(projection, &mut servers)? {}
            info!(%prefix, "documents deleted from redis");
        }
        if kept.is_empty() && !live.is_empty() {
            let pointer = names::pointer(projection);
            servers.ask(&pointer, redis::cmd("DEL").arg(&pointer))?;
        }
        Ok(())
    }
}

/// Returns all prefixes of a projection, that which its readers are pointed to among them.
fn find(servers: &mut Servers, projection: &str) -> Result<Vec<Prefix>> {
    let key = names::prefixes(projection);
    refuse_other_type(servers, &key, "set")?;
    let answer = servers.ask(&key, redis::cmd("SMEMBERS").arg(&key))?;
    let members = match answer {
        Value::Array(members) | Value::Set(members) => members,
        other => return Err(Error::new(ErrorKind::Internal, format!("`{key}` holds {other:?}"))),
    };
    let live = pointed(servers, projection)?;
    let mut found: Vec<Prefix> =
        members.iter().filter_map(text).chain([live]).filter_map(|text| Prefix::parse(&text)).collect();
    found.sort_by_key(ToString::to_string);
    found.dedup();
    Ok(found)
}

/// Notes a prefix before anything is written there, so that it is found and deleted one day.
pub(super) fn remember(servers: &mut Servers, projection: &str, prefix: &Prefix) -> Result<()> {
    let key = names::prefixes(projection);
    servers.ask(&key, redis::cmd("SADD").arg(&key).arg(prefix.to_string())).map(drop)
}

/// Returns what the pointer holds, nothing where there is none.
pub(super) fn pointed(servers: &mut Servers, projection: &str) -> Result<String> {
    let key = names::pointer(projection);
    refuse_other_type(servers, &key, "string")?;
    let answer = servers.ask(&key, redis::cmd("GET").arg(&key))?;
    text(&answer).ok_or_else(|| Error::new(ErrorKind::Refused, format!("redis key `{key}` is no text")))
}

fn refuse_other_type(servers: &mut Servers, key: &str, due: &str) -> Result<()> {
    let kind = text(&servers.ask(key, redis::cmd("TYPE").arg(key))?).unwrap_or_default();
    if kind == due || kind == "none" { Ok(()) } else { Err(wrong_type(key, &kind)) }
}

/// Returns the position that an older prefix may show.
fn shown(servers: &mut Servers, prefix: &Prefix) -> Result<Position> {
    let control = prefix.control();
    refuse_other_type(servers, &control, "hash")?;
    let answer = servers.ask(&control, redis::cmd("HGET").arg(&control).arg("hi"))?;
    Ok(text(&answer).and_then(|hi| hi.parse().ok()).unwrap_or_default())
}

/// Takes a prefix over; begins it with `hi`, if that is given. `None`: it is not there, or unreadable.
fn take(servers: &mut Servers, prefix: &Prefix, owner: &str, hi: Option<&Position>) -> Result<Option<Taken>> {
    let control = prefix.control();
    let hi = hi.map(ToString::to_string).unwrap_or_default();
    let answer = servers.run(&TAKE, &control, &[owner, &hi])?;
    let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
    match answer[..] {
        ["LOST"] => Ok(None),
        ["WRONG", key, kind] => Err(wrong_type(key, kind)),
        [how, term, seq, hi, lo] => {
            let lo = (!lo.is_empty()).then(|| lo.parse()).transpose();
            let (Ok(seq), Ok(hi), Ok(lo)) = (u64::from_str_radix(seq, 16), hi.parse(), lo) else {
                warn!(key = control, "what a prefix shows cannot be read");
                return Ok(None);
            };
            let progress = SinkProgress { seq, hi, lo };
            let is_new = how == "BEGUN";
            Ok(Some(Taken { prefix: prefix.clone(), term: term.to_owned(), progress, is_new }))
        }
        _ => Err(Error::new(ErrorKind::Internal, format!("taking `{prefix}` answered {answer:?}"))),
    }
}
