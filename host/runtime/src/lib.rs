//! The host as a whole: the log, the versions that fold it, and the questions that it answers.
//!
//! Every method that is not `async` may block: the server calls it on a blocking thread.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod adopting;
mod cursor;
mod data_folder;
mod known;
mod verification;
mod sink_verification;
mod waiting;
mod tracing;
mod comparison;
mod relays;
mod dead_letter_records;
mod skipping;
mod sinks;
mod status;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::sinks::backends;
use foldline_api as api;
use foldline_base::clock::now_ms;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_base::panics;
use foldline_config::quantity::format_duration;
use foldline_config::{Config, LogConfig, SinkConfig};
use foldline_decode::DecodeLimits;
use foldline_engine::{VersionHandle, damage};
use foldline_lifecycle::decisions;
use foldline_lifecycle::{OperatorRequest, Planner, Registry, Supervisor, SupervisorConfig};
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::lineage::{Adoption, Lineage, testimony};
use foldline_log::metadata::MetadataCache;
use foldline_log::{AppendTime, Log, NewRecord};
use foldline_log_kafka::{KafkaLog, KafkaOptions};
use foldline_relay::{EmbeddedTarget, RelayTarget};
use foldline_relay_kafka::KafkaTarget;
use foldline_sink::SharedBackend;
use foldline_source::feed::Feeds;
use foldline_source::threads;

use self::cursor::{parse_cursor, print_cursor};
use self::data_folder::{clear_scratch, lock, owner_nonce, refuse_lost_log};

pub use self::data_folder::SCRATCH;
pub use self::waiting::WaitScope;
pub use foldline_lifecycle::Serving;

/// A running host.
pub struct Host {
    config: Config,
    log: Arc<dyn Log>,
    /// The log that holds decisions: the log that is read, or the embedded one if that is Kafka.
    internal_log: Arc<EmbeddedLog>,
    registry: Arc<Registry>,
    supervisor: Mutex<Option<Supervisor>>,
    planner: Planner,
    /// The configured sinks.
    sinks: Vec<SharedBackend>,
    lineage: Arc<Lineage>,
    /// Cached metadata of topics, for answers that must not wait for the log.
    metadata: Arc<MetadataCache>,
    /// Held while the log is replayed for one key. Replays run one at a time, because each uses all cores.
    tracing: Mutex<()>,
    /// Held for as long as the host lives, so that a second host cannot use the folder.
    _lock: File,
}

impl Host {
    /// Locks the data folder, opens the log, resumes every version, then scans and watches the modules folder.
    ///
    /// # Errors
    /// `Config` when the folder is locked or unusable, `Unavailable` when the log cannot be reached.
    pub fn start(config: Config) -> Result<Arc<Self>> {
        data_folder::make(&config.data)?;
        let lock = lock(&config.data)?;
        refuse_lost_log(&config.data)?;
        clear_scratch(&config.data)?;
        let internal_log = Arc::new(EmbeddedLog::open(&config.data.join("log"), embedded_options(&config))?);
        let target: Arc<dyn RelayTarget> = match &config.log {
            LogConfig::Embedded { .. } => Arc::new(EmbeddedTarget::new(Arc::clone(&internal_log))),
            LogConfig::Kafka(cluster) => {
                let options = KafkaOptions {
                    cluster: cluster.clone(),
                    topics: config.topics.clone(),
                    topic_defaults: config.topic_defaults.clone(),
                    record_bytes_max: config.limits.record_bytes_max,
                };
                Arc::new(KafkaTarget::new(Arc::new(KafkaLog::connect(options)?), &config.relays.frontiers))
            }
        };
        // Relays send to the same log that is read.
        let log = target.log();
        let registry = Arc::new(Registry::default());
        let planner = Planner::new(config.clone(), Arc::clone(&log), Arc::clone(&registry))?;
        let inputs = Arc::default();
        let sinks = backends(&config, &log, &inputs)?;
        let feeds = Arc::new(Feeds::new(
            Arc::clone(&log),
            threads(config.engine.threads)?,
            DecodeLimits::of(&config),
        ));
        let (lineage, metadata) = (Arc::clone(feeds.lineage()), Arc::clone(feeds.metadata()));
        let supervisor = Supervisor::start(
            SupervisorConfig {
                config: config.clone(),
                feeds,
                internal_log: Arc::clone(&internal_log),
                target,
                sinks: sinks.clone(),
                inputs,
                owner: owner_nonce()?,
            },
            Arc::clone(&registry),
        )?;
        Ok(Arc::new(Self {
            config,
            log,
            internal_log,
            registry,
            supervisor: Mutex::new(Some(supervisor)),
            planner,
            sinks,
            lineage,
            metadata,
            tracing: Mutex::default(),
            _lock: lock,
        }))
    }

    /// Returns the log, for appends and `tail`.
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// Appends records and punctuations to a topic, all or none. Returns once they are durable.
    ///
    /// # Errors
    /// As [`Log::append`]. `Data` for an internal topic, for a topic of changes, and for a punctuation that readers would ignore.
    pub fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<api::Appended> {
        refuse_internal(topic)?;
        self.refuse_changes(topic)?;
        let _vital = panics::vital();
        panic_if_asked(PanicPoint::Append, topic);
        let mut punctuations = 0;
        for record in &records {
            if let Some(time_ms) = record.punctuation_ms()? {
                self.check_punctuation(topic, time_ms, self.log.now_ms())?;
                punctuations += 1;
            }
        }
        let appended = records.len() as u64 - punctuations;
        self.lineage.admit(topic)?;
        let token = self.log.append(topic, records)?;
        self.metadata.reached(&token);
        Ok(api::Appended { token, appended, punctuations })
    }

    /// Refuses a topic of changes: a record of another writer would halt the sink.
    fn refuse_changes(&self, topic: &str) -> Result<()> {
        let versions = self.registry.versions();
        // A sink whose topic is also an input has halted; appends of facts take precedence.
        if versions.iter().any(|version| version.topics().iter().any(|read| read == topic)) {
            return Ok(());
        }
        for version in &versions {
            for sink in version.backends() {
                let Some(SinkConfig::Changes(changes)) = self.config.sinks.get(sink.name()) else { continue };
                if changes.topic.replace("{projection}", version.name()) == topic {
                    let message = format!("topic `{topic}` holds the changes of `{}` alone", version.name());
                    return Err(Error::new(ErrorKind::Data, message)
                        .with_hint("append to a topic of your own; the host writes this one"));
                }
            }
        }
        Ok(())
    }

    /// Appends a punctuation to one partition of a topic, or to all of them. Its time is `time_ms`, or else now.
    ///
    /// # Errors
    /// As [`Log::punctuate`]; `Data` as for [`Host::append`].
    pub fn punctuate(
        &self,
        topic: &str,
        partition: Option<u32>,
        time_ms: Option<i64>,
    ) -> Result<api::Punctuated> {
        refuse_internal(topic)?;
        // The wall clock, not the log's: if the log was once stamped by a clock far ahead, the default must not punctuate at that
        // time.
        let time_ms = time_ms.unwrap_or_else(now_ms);
        self.check_punctuation(topic, time_ms, self.log.now_ms())?;
        self.lineage.admit(topic)?;
        let token = self.log.punctuate(topic, partition.as_ref().map(std::slice::from_ref), time_ms)?;
        self.metadata.reached(&token);
        Ok(api::Punctuated { token, time_ms })
    }

    /// Checks the time of a punctuation. Readers ignore a punctuation from the future, so its sender should get an error.
    fn check_punctuation(&self, topic: &str, time_ms: i64, now_ms: i64) -> Result<()> {
        let max_ahead = self.config.topic(topic).max_ahead;
        let limits = DecodeLimits::of(&self.config);
        if limits.admits(topic, time_ms, Some(AppendTime::Log(now_ms))) {
            return Ok(());
        }
        let message = format!(
            "a punctuation of {time_ms} ms is before 1970, or more than topics.{topic}.max_ahead ({}) from now",
            format_duration(max_ahead)
        );
        Err(Error::new(ErrorKind::Data, message)
            .with_hint("it would close windows whose events are still to come"))
    }

    /// Returns the verdict of every file in the modules folder.
    pub fn modules(&self) -> Vec<api::ModuleReport> {
        self.registry.reports()
    }

    /// Returns a page of dead letters of all served versions or of one projection, each with its record if the log still holds
    /// it.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection, `Data` for an invalid cursor, `Unavailable` while not all dead letters are known.
    pub fn dead_letters(
        &self,
        projection: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
        with_records: bool,
    ) -> Result<api::DeadLetterPage> {
        let after = cursor.map(parse_cursor).transpose()?;
        let mut handles = Vec::new();
        match projection {
            Some(name) => handles.push(self.version(name, None)?),
            None => {
                let names: BTreeSet<String> =
                    self.registry.versions().iter().map(|version| version.name().to_owned()).collect();
                handles.extend(names.iter().filter_map(|name| self.handle(name, None)));
                // Their dead letters will never be known; `status` says why.
                handles.retain(|handle| handle.has_opened() || !handle.has_halted());
            }
        }
        for handle in &handles {
            self.require_letters(handle)?;
        }
        let mut letters = Vec::new();
        for handle in handles {
            let after = match &after {
                Some(after) if handle.name() < after.projection.as_str() => continue,
                Some(after) if handle.name() == after.projection => {
                    Some((after.topic.as_str(), after.partition, after.offset))
                }
                _ => None,
            };
            // One more than the limit shows whether there is a next page.
            let found = handle.dead_letters(after, limit + 1 - letters.len());
            let mut found = found.map_err(|error| self.report(error, &handle))?;
            relays::add_letters(&self.registry, handle.name(), after, &mut found);
            letters.extend(found.into_iter().map(|letter| api::DeadLetter {
                projection: handle.name().to_owned(),
                topic: letter.topic.to_string(),
                partition: letter.partition,
                offset: letter.offset,
                reason: letter.reason,
                record: None,
            }));
            if letters.len() > limit {
                break;
            }
        }
        let more = letters.len() > limit;
        letters.truncate(limit);
        let cursor = letters.last().filter(|_| more).map(print_cursor);
        if with_records {
            dead_letter_records::add_records(self.log.as_ref(), &mut letters);
        }
        Ok(api::DeadLetterPage { dead_letters: letters, cursor })
    }

    /// Returns the error of reading a version's state, with the consequences if the state is damaged.
    fn report(&self, error: Error, handle: &VersionHandle) -> Error {
        damage::report(error, handle, self.log.as_ref())
    }

    /// Returns the fingerprint of the live version.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection.
    pub fn fingerprint(&self, name: &str) -> Result<api::FingerprintAnswer> {
        let handle = self.version(name, None)?;
        self.require_as_decided(&handle)?;
        let (fingerprint, position) = handle.fingerprint().map_err(|error| self.report(error, &handle))?;
        let skipped = position.iter().filter_map(|(topic, partition, _)| {
            let ranges = position.skipped(topic, partition)?.iter();
            Some(ranges.map(move |range| format!("{topic}:{partition}:{}-{}", range.start, range.end)))
        });
        let skipped = skipped.flatten().collect();
        Ok(api::FingerprintAnswer { version: handle.label(), fingerprint, position, skipped })
    }

    /// Returns why the host is not ready: a projection with a live version does not serve yet.
    ///
    /// # Errors
    /// The text for `/readyz`.
    pub fn ready(&self) -> Result<(), String> {
        let doubts = self.doubts();
        if !doubts.is_empty() {
            return Err(doubts.join("\n"));
        }
        if !self.registry.is_folder_read() {
            return Err("the modules folder is being read".to_owned());
        }
        match self.registry.not_served().first() {
            Some(name) => Err(format!("projection `{name}` does not serve yet; `foldline status` shows why")),
            None => Ok(()),
        }
    }

    /// Returns why topics take no appends: each is not the topic that was read, or lost its end.
    fn doubts(&self) -> Vec<String> {
        let mut doubts: Vec<String> = self.lineage.doubted().iter().map(ToString::to_string).collect();
        let mut losses = self.log.losses();
        if matches!(self.config.log, LogConfig::Kafka(_)) {
            losses.extend(self.internal_log.losses());
        }
        doubts.extend(losses.iter().map(ToString::to_string));
        doubts
    }

    /// Has a version refill one of its sinks, alongside what readers read meanwhile. Uses the live version unless another one is
    /// named. Returns the result as a sentence.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection, version or sink; `Unavailable` when the version does not run.
    pub fn resync(&self, name: &str, sink: &str, version: Option<&str>) -> Result<String> {
        let handle = self.version(name, version)?;
        let label = handle.label();
        let sinks: Vec<String> = handle.progress().sinks.into_keys().collect();
        if !sinks.iter().any(|known| known == sink) {
            let known = if sinks.is_empty() {
                "none besides the embedded store".to_owned()
            } else {
                sinks.join(", ")
            };
            return Err(Error::new(ErrorKind::NotFound, format!("{label} has no sink `{sink}`"))
                .with_hint(format!("its sinks: {known}")));
        }
        handle.resync(sink)?;
        Ok(format!("{label} is refilling `{sink}`; `foldline status` shows how far it is"))
    }

    /// Promotes, rolls back, discards or replays a version, skips records, or removes a projection. Returns the result as a
    /// sentence once that is done.
    ///
    /// # Errors
    /// As [`foldline_lifecycle::OperatorRequests::ask`].
    pub fn request(&self, name: &str, request: OperatorRequest) -> Result<String> {
        if let OperatorRequest::Skip(skip) = &request
            && skip.from < skip.to
        {
            self.check_skip(name, skip)?;
        }
        let requests = self.supervisor.lock().as_ref().map(Supervisor::requests);
        requests.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the host stops"))?.ask(name, request)
    }

    /// Adopts a topic that is not the one that was read: it is the right one from now on. Its projections replay it; relays
    /// continue at its end, or at its start. Returns the result as a sentence.
    ///
    /// # Errors
    /// `NotFound` for a topic that does not exist; `Refused` if it is the topic that was read, as far as can be determined;
    /// `Unavailable` when the log does not answer.
    pub fn adopt_log(&self, topic: &str, from_start: bool) -> Result<String> {
        let is_doubted = self.lineage.doubts(topic).is_some();
        // A topic in doubt that no longer exists is created again, empty.
        let log: &dyn Log = if topic == decisions::TOPIC { &*self.internal_log } else { &*self.log };
        let is_there = log.partitions(topic)?.is_some() || is_doubted && log.ensure_topic(topic)?;
        if !is_there {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no topic `{topic}`"))
                .with_hint("create it first"));
        }
        if !is_doubted && log.loss(topic)?.is_none() {
            let message = format!("topic `{topic}` is the one that was read: nothing to adopt");
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let position = self.lineage.next_adoption(topic, testimony(log, topic)?);
        self.request(topic, OperatorRequest::AdoptLog(Adoption { position, from_start }))
    }

    /// Returns a counter that grows whenever the status changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.registry.changes()
    }

    /// Predicts what a module in the modules folder would do, under a file name if one is given.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn plan(&self, file: Option<&str>, bytes: &[u8]) -> Result<api::Plan> {
        self.planner.plan(file, bytes)
    }

    /// Stops every version after a last flush and checkpoint.
    pub fn stop(&self) {
        drop(self.supervisor.lock().take());
    }
}

fn refuse_internal(topic: &str) -> Result<()> {
    if topic.starts_with("foldline.") {
        return Err(Error::new(ErrorKind::Data, format!("topic `{topic}` is written by the host alone"))
            .with_hint("topics that begin with `foldline.` are internal"));
    }
    Ok(())
}

fn embedded_options(config: &Config) -> EmbeddedOptions {
    let partitions = match config.log {
        LogConfig::Embedded { partitions } => partitions,
        LogConfig::Kafka(_) => 1,
    };
    EmbeddedOptions {
        partitions: config.topic_defaults.partitions.unwrap_or(partitions),
        partitions_of: config
            .topics
            .iter()
            .filter_map(|(topic, settings)| Some((topic.clone(), settings.partitions?)))
            .collect(),
        record_bytes_max: config.limits.record_bytes_max,
        clock: Arc::new(now_ms),
    }
}
