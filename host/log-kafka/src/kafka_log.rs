//! The topics of a Kafka cluster as a log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use foldline_core::position::Position;
use rdkafka::Offset;
use rdkafka::producer::ThreadedProducer;

use super::client::Cluster;
use super::context::Context;
use super::names::TopicNames;
use super::producer::KafkaProducer;
use super::read_ahead::ReadAhead;
use super::reader::KafkaReader;
use super::settings::Settings;
use super::{admin, client, names, reader, settings};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::{KafkaConfig, TopicConfig};
use foldline_log::{Log, LogReader, NewRecord, Start, partitioner};

/// How long brokers that have just started may not know a topic.
const LEARNS_TOPICS_WITHIN: Duration = Duration::from_secs(10);

/// Settings of a compacted topic, of which only the newest record of each key matters. Segments are small, since the newest
/// one is never compacted.
const COMPACTED: &[(&str, &str)] =
    &[("cleanup.policy", "compact"), ("segment.bytes", "16777216"), ("min.cleanable.dirty.ratio", "0.1")];

/// Options of a Kafka log.
#[derive(Clone, Debug)]
pub struct KafkaOptions {
    /// The address of the cluster, and how to connect to it.
    pub cluster: KafkaConfig,
    /// Logical topics with settings of their own.
    pub topics: BTreeMap<String, TopicConfig>,
    /// Settings of all other topics.
    pub topic_defaults: TopicConfig,
    /// Maximum bytes (key and value) of a record to append. Longer records can still be read.
    pub record_bytes_max: usize,
}

/// The topics of a Kafka cluster.
pub struct KafkaLog {
    settings: Settings,
    read_ahead: ReadAhead,
    names: TopicNames,
    cluster: Arc<Cluster>,
    producer: KafkaProducer,
}

impl KafkaLog {
    /// Connects, and returns once a broker has answered.
    ///
    /// # Errors
    /// `Config` naming each setting that librdkafka refuses; `Unavailable` when no broker answers within 10 s.
    pub fn connect(options: KafkaOptions) -> Result<Self> {
        let names = TopicNames::new(options.topics, options.topic_defaults)?;
        let settings = Settings::new(&options.cluster, options.record_bytes_max)?;
        let cluster = Arc::new(Cluster::connect(&settings)?);
        let producer = KafkaProducer::new(settings.clone());
        Ok(Self { settings, read_ahead: ReadAhead::default(), names, cluster, producer })
    }

    /// Returns a producer of transactions, with a transactional id.
    pub fn transactional(&self, id: &str) -> Result<ThreadedProducer<Context>> {
        self.settings
            .transactional(id)
            .create_with_context(self.settings.context())
            .map_err(settings::refused)
    }

    /// Returns a topic's name in Kafka.
    pub fn physical<'a>(&'a self, topic: &'a str) -> &'a str {
        self.names.physical(topic)
    }

    /// Makes sure that a topic exists, and creates it if that is configured.
    pub fn require_topic(&self, topic: &str) -> Result<()> {
        self.partitions_of(topic).map(drop)
    }

    /// Makes sure that one of the host's own topics exists; creates it with one partition, compacted.
    pub fn ensure_compacted(&self, topic: &str) -> Result<()> {
        if self.partitions(topic)?.is_some() {
            return Ok(());
        }
        admin::create_topic(&self.settings, &self.cluster, self.names.physical(topic), Some(1), COMPACTED)
    }

    /// Returns the end of a topic's first partition, records of open transactions included.
    pub fn stored_end(&self, topic: &str) -> Result<u64> {
        let ends = client::high_watermarks(&self.settings, self.names.physical(topic), 1)?;
        Ok(ends.first().copied().unwrap_or(0))
    }

    /// Returns the number of partitions of a topic that must exist; creates it if that is configured.
    fn partitions_of(&self, topic: &str) -> Result<u32> {
        match self.partitions(topic)? {
            Some(partitions) => Ok(partitions),
            None if self.ensure_topic(topic)? => {
                self.partitions(topic)?.ok_or_else(|| self.unknown_topic(topic))
            }
            None => Err(self.unknown_topic(topic)),
        }
    }

    fn offsets(&self, topic: &str, which: Offset) -> Result<Vec<u64>> {
        let physical = self.names.physical(topic);
        match self.cluster.partitions(physical)? {
            Some(partitions) => self.cluster.offsets(physical, partitions, which),
            None => Err(self.unknown_topic(topic)),
        }
    }

    fn unknown_topic(&self, topic: &str) -> Error {
        let physical = self.names.physical(topic);
        Error::new(ErrorKind::NotFound, format!("kafka has no topic `{physical}`"))
            .with_hint(format!("create it there, or let the host do it: [topics.{topic}] create = true"))
    }

    /// Checks that punctuations are valid, and that this host may write them, since other programs read the topic too.
    fn check_punctuations(&self, topic: &str, records: &[NewRecord]) -> Result<()> {
        let mut any = false;
        for record in records {
            any |= record.punctuation_ms()?.is_some();
        }
        if !any || self.names.config(topic).punctuate {
            return Ok(());
        }
        let physical = self.names.physical(topic);
        let message = format!("punctuations are not written to kafka topic `{physical}`: it is not allowed");
        Err(Error::new(ErrorKind::Data, message).with_hint(format!(
            "allow it: [topics.{topic}] punctuate = true; other readers of the topic will see records without a value"
        )))
    }

    /// Checks the starts of a reader, so that a lost or replaced log is reported before anything is read.
    fn check_starts(&self, topic: &str, starts: &[&Start]) -> Result<()> {
        let physical = self.names.physical(topic);
        let partitions = self.cluster.partitions(physical)?.ok_or_else(|| self.unknown_topic(topic))?;
        if let Some(start) = starts.iter().find(|start| start.partition >= partitions) {
            let message =
                format!("kafka topic `{physical}` has no partition {}, only {partitions}", start.partition);
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let first = self.cluster.offsets(physical, partitions, Offset::Beginning)?;
        let mut end = self.cluster.offsets(physical, partitions, Offset::End)?;
        let partition_of = |start: &Start| start.partition as usize;
        // Beyond the last stable offset there may be records of an open transaction, and the position after an append may lie
        // there. Only a position beyond those as well was never in this log.
        if starts.iter().any(|start| start.next_offset > end[partition_of(start)]) {
            end = client::high_watermarks(&self.settings, physical, partitions)?;
        }
        for start in starts {
            let held = first[partition_of(start)]..end[partition_of(start)];
            if start.next_offset < held.start || start.next_offset > held.end {
                return Err(reader::out_of_range(physical, start.partition, start.next_offset, Some(held)));
            }
        }
        Ok(())
    }
}

/// Renames the topic in a position, from its name in Kafka to its logical name.
fn of_topic(topic: &str, position: &Position) -> Position {
    let mut renamed = Position::default();
    position.iter().for_each(|(_, partition, next_offset)| renamed.set(topic, partition, next_offset));
    renamed
}

impl Log for KafkaLog {
    fn topics(&self) -> Result<Vec<String>> {
        let physical = self.cluster.topics()?;
        let mut topics: Vec<String> =
            physical.iter().filter_map(|name| self.names.logical(name)).map(str::to_owned).collect();
        topics.sort_unstable();
        Ok(topics)
    }

    fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        self.cluster.partitions(self.names.physical(topic))
    }

    fn ensure_topic(&self, topic: &str) -> Result<bool> {
        let physical = self.names.physical(topic);
        names::check(physical)?;
        if self.cluster.partitions(physical)?.is_some() {
            return Ok(true);
        }
        let config = self.names.config(topic);
        if !config.create {
            return Ok(false);
        }
        admin::create_topic(&self.settings, &self.cluster, physical, config.partitions, &[])?;
        Ok(true)
    }

    fn starts(&self, topic: &str) -> Result<Vec<u64>> {
        self.offsets(topic, Offset::Beginning)
    }

    fn ends(&self, topic: &str) -> Result<Vec<u64>> {
        self.offsets(topic, Offset::End)
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn id(&self) -> Result<Option<String>> {
        Ok(self.cluster.id())
    }

    fn learns_topics_within(&self) -> Duration {
        LEARNS_TOPICS_WITHIN
    }

    fn topic_id(&self, topic: &str) -> Result<Option<String>> {
        let Some(id) = self.cluster.topic_id(self.names.physical(topic))? else { return Ok(None) };
        Ok(Some(format!("{}/{id}", self.cluster.id().unwrap_or_default())))
    }

    fn is_compacted(&self, topic: &str) -> Result<bool> {
        admin::is_compacted(&self.settings, self.names.physical(topic))
    }

    /// Appends records, and returns once all in-sync replicas hold all of them.
    ///
    /// Lengths, partitions and the topic are checked before the first record is sent. If a broker fails in the middle, a part
    /// of the records is in the log, and the error says which: see `docs/decisions/0010-kafka-appends.md`.
    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<Position> {
        let physical = self.names.physical(topic);
        names::check(physical)?;
        self.check_punctuations(topic, &records)?;
        let partitions = self.partitions_of(topic)?;
        let parts: Vec<u64> =
            records.iter().map(|record| partitioner::parts_of(record, partitions)).collect();
        let records = partitioner::everywhere(topic, records, partitions)?;
        let written =
            self.producer.append(physical, partitions, &records).map_err(|error| match error.partly() {
                Some(partly) => {
                    let mut partly = partly.clone().of_whole(&parts);
                    partly.token = of_topic(topic, &partly.token);
                    error.with_partly(partly)
                }
                None => error,
            })?;
        let mut position = Position::default();
        for (partition, next_offset) in written {
            position.set(topic, partition, next_offset);
        }
        Ok(position)
    }

    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        self.open_reader(starts, false)
    }

    fn marked_reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        self.open_reader(starts, true)
    }
}

impl KafkaLog {
    fn open_reader(&self, starts: &[Start], marked: bool) -> Result<Box<dyn LogReader>> {
        let mut by_topic: BTreeMap<&str, Vec<&Start>> = BTreeMap::new();
        for start in starts {
            by_topic.entry(&start.topic).or_default().push(start);
        }
        let mut topic_ids = BTreeMap::new();
        for (topic, starts) in by_topic {
            // First, so that the checks below are about this topic, or about one that the reader refuses.
            let physical = self.names.physical(topic);
            if let Some(id) = self.cluster.topic_id(physical)? {
                topic_ids.insert(physical.to_owned(), id);
            }
            self.check_starts(topic, &starts)?;
        }
        let partitions = starts.iter().map(|start| (start, self.names.physical(&start.topic)));
        let cluster = Arc::clone(&self.cluster);
        let part = self.read_ahead.share(starts.len());
        Ok(Box::new(KafkaReader::open(&self.settings, part, cluster, topic_ids, partitions, marked)?))
    }
}
