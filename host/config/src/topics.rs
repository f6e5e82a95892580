//! `[topics]`: how topics are read and created, for all topics and for each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::key::{Key, Overriding};
use super::kind::{DurationRange, Number, Optional, Text, Truth};
use super::limits::DEAD_LETTERS_MAX;
use super::section::{Section, defaults};
use super::table::{CHOSEN, Table};
use super::topic_name;

/// Settings of one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// The topic's name in the log, if it differs from the logical one.
    pub name: Option<String>,
    /// Partitions when it is created; `None` = the log's default.
    pub partitions: Option<u32>,
    /// Whether a missing Kafka topic is created.
    pub create: bool,
    /// How far an event time may lie beyond the append time of its record. Beyond it the record is a dead letter.
    pub max_ahead: Duration,
    /// How long a partition may be without records before it counts as idle.
    pub idle_after: Duration,
    /// Whether punctuations may be written to the Kafka topic; the embedded log always takes them.
    pub punctuate: bool,
    /// As [`Limits::dead_letters_max`](super::Limits::dead_letters_max), for records of this topic.
    pub dead_letters_max: Option<f64>,
}

pub(crate) static TABLE: Table = Table {
    name: "topics",
    about: "Defaults of all topics.",
    keys: &[&PARTITIONS, &CREATE, &MAX_AHEAD, &IDLE_AFTER, &PUNCTUATE],
    each_table: Some(&EACH),
    ..Table::EMPTY
};

static EACH: Table = Table {
    name: CHOSEN,
    about: "One topic, by the name that reducers use. What it does not set is taken from `[topics]`.",
    keys: &[
        &NAME,
        &Overriding { key: &PARTITIONS, about: OVERRIDES },
        &Overriding { key: &CREATE, about: OVERRIDES },
        &Overriding { key: &MAX_AHEAD, about: OVERRIDES },
        &Overriding { key: &IDLE_AFTER, about: OVERRIDES },
        &Overriding { key: &PUNCTUATE, about: OVERRIDES },
        &Overriding { key: &DEAD_LETTERS_MAX, about: "Overrides `[limits]` for the records of this topic." },
    ],
    ..Table::EMPTY
};

const OVERRIDES: &str = "Overrides `[topics]` for this topic.";

/// More partitions than one process should read.
pub(crate) const PARTITIONS_OF_A_TOPIC: Number<u32> = Number { range: 1..=10_000, unit: "partitions" };

/// 100 years: practically no bound.
const CENTURY: Duration = Duration::from_secs(36_500 * 86_400);

/// At least 1 s: the clocks of two machines differ by up to that much.
const AHEAD: RangeInclusive<Duration> = Duration::from_secs(1)..=CENTURY;

/// Below 10 ms every partition would be idle between two records; 100 years means never.
const IDLE: RangeInclusive<Duration> = Duration::from_millis(10)..=CENTURY;

static NAME: Key<Optional<Text>> = Key {
    name: "name",
    kind: Optional(Text {
        what: "name of a topic",
        pattern: Some(topic_name::PATTERN),
        check: topic_name::check,
    }),
    default: || None,
    about: "Name in Kafka of the topic that reducers call `X`. Unset: the same. The embedded log always uses `X`.",
};

static PARTITIONS: Key<Optional<Number<u32>>> = Key {
    name: "partitions",
    kind: Optional(PARTITIONS_OF_A_TOPIC),
    default: || None,
    about: "Partitions of a topic that the host creates. Unset: the log decides (`log.embedded.partitions`, or the broker).",
};

static CREATE: Key<Truth> = Key {
    name: "create",
    kind: Truth,
    default: || false,
    about: "Whether the host creates topics that reducers read and Kafka does not have. Off by default, so that a misspelt \
            topic in a shared cluster is noticed. The embedded log always creates topics.",
};

static MAX_AHEAD: Key<DurationRange> = Key {
    name: "max_ahead",
    kind: DurationRange(AHEAD),
    default: || Duration::from_secs(3_600),
    about: "How far an event time may lie beyond the append time of its record. Beyond that, the record is a dead letter and \
            moves no watermark; otherwise one event from 2099 would close every window. An hour allows for clocks that \
            differ. A change takes effect in later replays: see [decoding.md](decoding.md).",
};

static IDLE_AFTER: Key<DurationRange> = Key {
    name: "idle_after",
    kind: DurationRange(IDLE),
    default: || Duration::from_secs(30),
    about: "How long a partition may have no records, while other partitions of a reducer have some, before the host moves \
            its watermark by a punctuation. A partition that never had a record is moved on even if no other has any. A \
            window that waits for an idle partition is late by this time.",
};

static PUNCTUATE: Key<Truth> = Key {
    name: "punctuate",
    kind: Truth,
    default: || false,
    about: "Whether the host may write punctuations to Kafka: records without a value, with the header `foldline-time`. Off \
            by default, because other applications read the topic too. The embedded log always takes them.",
};

impl Default for TopicConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read_defaults)
    }
}

/// Reads the defaults of all topics, and the topics with settings of their own.
pub(crate) fn read(section: &Section<'_>) -> (TopicConfig, BTreeMap<String, TopicConfig>) {
    let defaults = TopicConfig::read_defaults(section);
    let mut topics = BTreeMap::new();
    for (name, span, table) in section.tables() {
        if let Err(message) = topic_name::check(name) {
            section.problem(Some(span), message);
        }
        topics.insert(name.to_owned(), TopicConfig::read(&table, &defaults));
    }
    (defaults, topics)
}

impl TopicConfig {
    fn read_defaults(section: &Section<'_>) -> Self {
        Self {
            name: None,
            partitions: section.get(&PARTITIONS),
            create: section.get(&CREATE),
            max_ahead: section.get(&MAX_AHEAD),
            idle_after: section.get(&IDLE_AFTER),
            punctuate: section.get(&PUNCTUATE),
            dead_letters_max: None,
        }
    }

    fn read(section: &Section<'_>, defaults: &Self) -> Self {
        Self {
            name: section.get(&NAME),
            partitions: section.given(&PARTITIONS).unwrap_or(defaults.partitions),
            create: section.given(&CREATE).unwrap_or(defaults.create),
            max_ahead: section.given(&MAX_AHEAD).unwrap_or(defaults.max_ahead),
            idle_after: section.given(&IDLE_AFTER).unwrap_or(defaults.idle_after),
            punctuate: section.given(&PUNCTUATE).unwrap_or(defaults.punctuate),
            dead_letters_max: section.given(&DEAD_LETTERS_MAX),
        }
    }
}
