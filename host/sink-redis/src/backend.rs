//! The configured servers: opens versions, deletes retired ones.

use std::sync::Arc;

use foldline_core::position::Position;
use redis::Value;
use tracing::{info, warn};

use super::access::Access;
use super::acked_progress::AckedProgressMap;
use super::eviction::refuse_eviction;
use super::keys::{Keys, pointed, refuse_other_type, remember};
use super::names::{self, Names, Prefix};
use super::reading::RedisReading;
use super::script::{ADOPT, CLAIM, TAKE, decode, encode, wrong_type};
use super::servers::{Servers, text};
use super::sweep::{Sweep, Swept};
use super::taken_prefix::TakenPrefix;
use super::writer::RedisSink;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::RedisConfig;
use foldline_sink::installation::{Installation, refuse};
use foldline_sink::{Reading, Sink, SinkBackend, SinkProgress, SinkVersion};

/// Each try uses a generation that was unknown. That it exists all the same is already very unlikely.
const NEW_PREFIX_TRIES: u64 = 8;

/// A Redis server or cluster that documents are served from.
pub struct RedisBackend {
    sink: String,
    access: Arc<Access>,
    names: Names,
    installation: Installation,
    acked_progress: AckedProgressMap,
}

/// Who takes over: this process, and its installation, empty if that has no name.
struct Taker<'a> {
    owner: &'a str,
    installation: &'a str,
}

/// The outcome of taking over a prefix.
enum Attempt {
    Taken(TakenPrefix),
    /// It does not exist, or cannot be read.
    Gone,
    /// Another installation, of this name, owns it.
    Theirs(String),
}

impl RedisBackend {
    /// Reads the configuration, without connecting. The backend neither writes nor checks the name of an installation.
    ///
    /// # Errors
    /// `Config` when an address or a certificate cannot be used.
    pub fn new(config: &RedisConfig) -> Result<Self> {
        Ok(Self {
            sink: "SINK".to_owned(),
            access: Arc::new(Access::new(config)?),
            names: Names::new(&config.namespace),
            installation: Installation::default(),
            acked_progress: AckedProgressMap::default(),
        })
    }

    /// Returns the backend with a sink's name and its installation.
    #[must_use]
    pub fn of(self, sink: &str, installation: Installation) -> Self {
        Self { sink: sink.to_owned(), installation, ..self }
    }

    /// Takes over the newest prefix if the sink can continue with it; otherwise, or if `from_empty` is set, begins a new one.
    fn take_usable(
        &self,
        servers: &mut Servers,
        version: &SinkVersion,
        taker: &Taker<'_>,
        from_empty: bool,
    ) -> Result<TakenPrefix> {
        let projection = &version.projection;
        let label = names::label(version);
        let known = self.acked_progress.get(&label);
        let found = self.find(servers, projection)?;
        self.claim(servers, projection, &found, taker)?;
        let mut own: Vec<Prefix> = found.into_iter().filter(|prefix| prefix.label() == label).collect();
        // The set of prefixes may have gone back alone: in a cluster it is on another server.
        own.extend((known.generation > 0).then(|| self.names.prefix(&label, known.generation)));
        own.sort_by_key(Prefix::generation);
        own.dedup();
        let mut hi = known.hi.clone();
        let mut newest = known.generation;
        if let Some(prefix) = own.pop() {
            newest = newest.max(prefix.generation());
            refuse_eviction(servers, &prefix.control())?;
            match take(servers, &prefix, taker, None)? {
                Attempt::Taken(taken) => {
                    let SinkProgress { seq, lo, .. } = &taken.progress;
                    let has_gone_back = known.is_ahead_of(&prefix, *seq, lo.as_ref());
                    if lo.is_some() && !has_gone_back && !from_empty {
                        remember(servers, &self.names.prefixes(projection), &prefix)?;
                        return Ok(taken);
                    }
                    hi.raise_to(&taken.progress.hi);
                    let reason = match lo {
                        None => "it was never loaded to its end, or from another log",
                        Some(_) if has_gone_back => "it has gone back",
                        Some(_) => "that is asked for",
                    };
                    warn!(%prefix, reason, "documents in redis are loaded again, under a new prefix");
                }
                Attempt::Gone => {
                    warn!(%prefix, "documents in redis are gone, loading them again under a new prefix");
                }
                Attempt::Theirs(theirs) => return Err(self.refuse(projection, &theirs, taker.installation)),
            }
        }
        for prefix in own {
            hi.raise_to(&shown(servers, &prefix)?);
        }
        for generation in (newest + 1..).take(NEW_PREFIX_TRIES.try_into().expect("a small number")) {
            let prefix = self.names.prefix(&label, generation);
            refuse_eviction(servers, &prefix.control())?;
            remember(servers, &self.names.prefixes(projection), &prefix)?;
            match take(servers, &prefix, taker, Some(&hi))? {
                Attempt::Taken(taken) if taken.is_new || taken.progress.lo.is_some() => {
                    info!(%prefix, "documents go to redis");
                    return Ok(taken);
                }
                Attempt::Taken(_) | Attempt::Gone => {}
                Attempt::Theirs(theirs) => return Err(self.refuse(projection, &theirs, taker.installation)),
            }
        }
        Err(Error::new(ErrorKind::Internal, format!("no prefix can be begun for {label}")))
    }

    /// Checks that no other installation owns a prefix of the projection, and claims the projection, so that no other
    /// installation may write there. The first installation that comes takes over what names none.
    fn claim(
        &self,
        servers: &mut Servers,
        projection: &str,
        found: &[Prefix],
        taker: &Taker<'_>,
    ) -> Result<()> {
        if taker.installation.is_empty() {
            return Ok(());
        }
        for prefix in found {
            let theirs = installation_of(servers, prefix)?;
            if !theirs.is_empty() && theirs != taker.installation {
                return Err(self.refuse(projection, &theirs, taker.installation));
            }
        }
        match self.write_claim(servers, projection, taker.installation, "")? {
            Some(theirs) => Err(self.refuse(projection, &theirs, taker.installation)),
            None => Ok(()),
        }
    }

    /// Records the owner of a projection. Returns another installation that is already recorded; it stays unless `taken` is set.
    fn write_claim(
        &self,
        servers: &mut Servers,
        projection: &str,
        installation: &str,
        taken: &str,
    ) -> Result<Option<String>> {
        let key = self.names.installation(projection);
        let answer = servers.run(&CLAIM, &key, &[installation, taken])?;
        let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
        match answer[..] {
            ["OK"] => Ok(None),
            ["OTHER", theirs] => Ok(Some(theirs.to_owned())),
            ["WRONG", key, kind] => Err(wrong_type(key, kind)),
            _ => Err(Error::new(ErrorKind::Internal, format!("`{key}` answered {answer:?}"))),
        }
    }

    fn refuse(&self, projection: &str, theirs: &str, ours: &str) -> Error {
        let key = self.names.installation(projection);
        refuse(
            &format!("what redis holds of `{projection}` (`{key}`)"),
            theirs,
            ours,
            projection,
            &self.sink,
            "redis",
        )
    }

    /// Returns all prefixes of a projection, including the one that the pointer names.
    fn find(&self, servers: &mut Servers, projection: &str) -> Result<Vec<Prefix>> {
        let key = self.names.prefixes(projection);
        refuse_other_type(servers, &key, "set")?;
        let answer = servers.ask(&key, redis::cmd("SMEMBERS").arg(&key))?;
        let members = match answer {
            Value::Array(members) | Value::Set(members) => members,
            other => return Err(Error::new(ErrorKind::Internal, format!("`{key}` holds {other:?}"))),
        };
        let live = pointed(servers, &self.names.pointer(projection))?;
        let texts = members.iter().filter_map(text).chain([live]);
        let mut found: Vec<Prefix> = texts.filter_map(|text| self.names.parse(&text)).collect();
        found.sort_by_key(ToString::to_string);
        found.dedup();
        Ok(found)
    }
}

impl SinkBackend for RedisBackend {
    fn open(&self, version: &SinkVersion, owner: &str, from_empty: bool) -> Result<Box<dyn Sink>> {
        let installation = self.installation.name()?.unwrap_or_default();
        let taker = Taker { owner, installation: &installation };
        let mut servers = Servers::new(&self.access);
        let mut taken = self.take_usable(&mut servers, version, &taker, from_empty)?;
        let label = names::label(version);
        // Includes a flush whose intent may still be in flight.
        taken.progress.hi.raise_to(&self.acked_progress.get(&label).hi);
        self.acked_progress.change(&label, |acked| {
            acked.generation = taken.prefix.generation();
            acked.seq = taken.progress.seq;
            acked.lo.clone_from(&taken.progress.lo);
            acked.hi.raise_to(&taken.progress.hi);
        });
        let found = self.find(&mut servers, &version.projection)?;
        let left = found
            .into_iter()
            .filter(|prefix| prefix.label() == label && prefix.generation() < taken.prefix.generation());
        let left = left.map(|prefix| Sweep::new(prefix, &installation)).collect();
        let keys = Keys::of(&self.names, &version.projection);
        Ok(Box::new(RedisSink::new(keys, owner, taken, servers, self.acked_progress.clone(), left)))
    }

    fn disown(&self, version: &SinkVersion) -> Result<()> {
        let installation = self.installation.name()?.unwrap_or_default();
        let mut servers = Servers::new(&self.access);
        let label = names::label(version);
        let found = self.find(&mut servers, &version.projection)?;
        self.claim(
            &mut servers,
            &version.projection,
            &found,
            &Taker { owner: "", installation: &installation },
        )?;
        for prefix in found.iter().filter(|prefix| prefix.label() == label) {
            adopt(&mut servers, prefix, &installation, true)?;
        }
        self.acked_progress.change(&label, |acked| (acked.lo, acked.hi) = (None, Position::default()));
        Ok(())
    }

    fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        let mut servers = Servers::new(&self.access);
        let label = names::label(version);
        let found = self.find(&mut servers, &version.projection)?.into_iter();
        let own = found.filter(|prefix| prefix.label() == label);
        let newest = own.max_by_key(Prefix::generation);
        Ok(newest.map(|prefix| Box::new(RedisReading::new(&self.access, prefix)) as Box<dyn Reading>))
    }

    fn keep_only(&self, projection: &str, kept: &[SinkVersion]) -> Result<()> {
        let installation = self.installation.name()?.unwrap_or_default();
        let mut servers = Servers::new(&self.access);
        let key = self.names.installation(projection);
        refuse_other_type(&mut servers, &key, "string")?;
        let theirs = text(&servers.ask(&key, redis::cmd("GET").arg(&key))?).unwrap_or_default();
        if !installation.is_empty() && !theirs.is_empty() && theirs != installation {
            warn!(projection, theirs, "what redis holds is another installation's, and stays");
            return Ok(());
        }
        let pointer = self.names.pointer(projection);
        let live = pointed(&mut servers, &pointer)?;
        let kept: Vec<String> = kept.iter().map(names::label).collect();
        let found = self.find(&mut servers, projection)?;
        let newest =
            |label: &str| found.iter().filter(|prefix| prefix.label() == label).map(Prefix::generation).max();
        let mut is_all_ours = true;
        for prefix in &found {
            let is_kept = kept.iter().any(|label| label == prefix.label())
                && newest(prefix.label()) == Some(prefix.generation());
            // A prefix that readers still use goes once they no longer do. A projection that is gone has no readers.
            let is_read = live == prefix.to_string() && !kept.is_empty();
            if is_kept || is_read {
                continue;
            }
            let mut sweep = Sweep::new(prefix.clone(), &installation);
            let swept = loop {
                match sweep.step(&self.names.prefixes(projection), &mut servers)? {
                    Swept::More => {}
                    swept => break swept,
                }
            };
            if let Swept::Theirs(theirs) = swept {
                warn!(%prefix, theirs, "documents in redis are another installation's, and stay");
                is_all_ours = false;
            } else {
                info!(%prefix, "documents deleted from redis");
            }
        }
        if kept.is_empty() && is_all_ours {
            for key in [&pointer, &key] {
                servers.ask(key, redis::cmd("DEL").arg(key))?;
            }
        }
        Ok(())
    }

    fn adopt(&self, projection: &str) -> Result<bool> {
        let installation = self.installation.must_have_name()?;
        let mut servers = Servers::new(&self.access);
        let mut is_taken = false;
        // The prefixes come first, so that their writers are fenced before the projection changes owners.
        for prefix in self.find(&mut servers, projection)? {
            is_taken |= adopt(&mut servers, &prefix, &installation, false)?;
        }
        is_taken |= self.write_claim(&mut servers, projection, &installation, "taken")?.is_some();
        info!(projection, sink = self.sink, installation, is_taken, "adopted what redis holds");
        Ok(is_taken)
    }
}

/// Makes this installation the owner of a prefix. Gives up its contents if they are another installation's or of another log.
/// Returns whether it was another installation's.
fn adopt(servers: &mut Servers, prefix: &Prefix, installation: &str, is_foreign: bool) -> Result<bool> {
    let (nothing, foreign) = (encode(&Position::default()), if is_foreign { "foreign" } else { "" });
    let answer = servers.run(&ADOPT, &prefix.control(), &[installation, &nothing, foreign])?;
    match answer.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["OK" | "LOST"] => Ok(false),
        ["TAKEN"] => Ok(true),
        ["WRONG", key, kind] => Err(wrong_type(key, kind)),
        _ => Err(Error::new(ErrorKind::Internal, format!("adopting `{prefix}` answered {answer:?}"))),
    }
}

/// Returns the position up to which an older prefix may show documents.
fn shown(servers: &mut Servers, prefix: &Prefix) -> Result<Position> {
    let control = prefix.control();
    refuse_other_type(servers, &control, "hash")?;
    let answer = servers.ask(&control, redis::cmd("HGET").arg(&control).arg("hi"))?;
    Ok(text(&answer).and_then(|hi| decode(&hi)).unwrap_or_default())
}

/// Returns the installation that a prefix names; empty if it names none.
fn installation_of(servers: &mut Servers, prefix: &Prefix) -> Result<String> {
    let control = prefix.control();
    refuse_other_type(servers, &control, "hash")?;
    let answer = servers.ask(&control, redis::cmd("HGET").arg(&control).arg("installation"))?;
    Ok(text(&answer).unwrap_or_default())
}

/// Takes over a prefix, or begins it if `hi` is given.
fn take(servers: &mut Servers, prefix: &Prefix, taker: &Taker<'_>, hi: Option<&Position>) -> Result<Attempt> {
    let control = prefix.control();
    let hi = hi.map(encode).unwrap_or_default();
    let answer = servers.run(&TAKE, &control, &[taker.owner, &hi, taker.installation])?;
    let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
    match answer[..] {
        ["LOST"] => Ok(Attempt::Gone),
        ["OTHER", theirs] => Ok(Attempt::Theirs(theirs.to_owned())),
        ["WRONG", key, kind] => Err(wrong_type(key, kind)),
        [how, term, step, seq, hi, lo] => {
            let lo = if lo.is_empty() { Some(None) } else { decode(lo).map(Some) };
            let (Ok(step), Ok(seq), Some(hi), Some(lo)) =
                (step.parse(), u64::from_str_radix(seq, 16), decode(hi), lo)
            else {
                warn!(key = control, "what a prefix shows cannot be read");
                return Ok(Attempt::Gone);
            };
            let progress = SinkProgress { seq, hi, lo };
            let is_new = how == "BEGUN";
            let (prefix, term) = (prefix.clone(), term.to_owned());
            Ok(Attempt::Taken(TakenPrefix { prefix, term, step, progress, is_new }))
        }
        _ => Err(Error::new(ErrorKind::Internal, format!("taking `{prefix}` answered {answer:?}"))),
    }
}
