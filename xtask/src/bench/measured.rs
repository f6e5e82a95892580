//! Measurements and their subjects.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// The subject of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Native,
    NativePhases,
    ParseOnly,
    Append,
    Start,
    StartOneCore,
    StartEight,
    Fold,
    FoldOneCore,
    Eight,
    Keys,
    Window,
    WindowHour,
    WindowTenSeconds,
    WindowMonth,
    Latency,
    Upgrade,
    KafkaRead,
    KafkaFold,
    RedisLoad,
    RedisBareLoad,
    RedisLive,
    RedisBareLive,
    ElasticsearchLoad,
    ElasticsearchBareLoad,
    ElasticsearchLive,
    ElasticsearchBareLive,
    NativeFeed,
    StartFeed,
    Feed,
    Renames,
}

impl Subject {
    /// Returns its title in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Native => "native by hand, event by event",
            Self::NativePhases => "native by hand, in phases",
            Self::ParseOnly => "limit: serde_json, parsing alone",
            Self::Append => "Foldline: append over HTTP",
            Self::Start => "Foldline: start without events",
            Self::StartOneCore => "Foldline: start without events, on one core",
            Self::StartEight => "Foldline: start of eight reducers without events",
            Self::Fold => "**Foldline: log to documents**",
            Self::FoldOneCore => "Foldline: log to documents, on one core",
            Self::Eight => "Foldline: eight reducers on the topic",
            Self::Keys => "Foldline: log to documents, a key for ten events",
            Self::Window => "**Foldline: the same over 24 h sliding by 2 min**",
            Self::WindowHour => "Foldline: … over 1 h sliding by 2 min",
            Self::WindowTenSeconds => "Foldline: … over 24 h sliding by 10 s",
            Self::WindowMonth => "Foldline: … over 30 d sliding by 1 h",
            Self::Latency => "Foldline: a record at a time, each read at once",
            Self::Upgrade => "Foldline: a replay alongside a live version under load",
            Self::KafkaRead => "limit: bare librdkafka, reading alone",
            Self::KafkaFold => "Foldline: Kafka to documents",
            Self::RedisLoad => "**Foldline: first load of Redis**",
            Self::RedisBareLoad => "bare client, pipelined, the same script",
            Self::RedisLive => "**Foldline: append to Redis**",
            Self::RedisBareLive => "bare client, a document at a time, same server",
            Self::ElasticsearchLoad => "**Foldline: first load of Elasticsearch**",
            Self::ElasticsearchBareLoad => "bare client, bulk requests",
            Self::ElasticsearchLive => "**Foldline: append to a search in Elasticsearch**",
            Self::ElasticsearchBareLive => "bare client, a document at a time, same index",
            Self::NativeFeed => "native by hand, event by event",
            Self::StartFeed => "Foldline: start without events",
            Self::Feed => "**Foldline: log to feed documents**",
            Self::Renames => "Foldline: a new name at a time, each read at once",
        }
    }

    /// Returns the name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::NativePhases => "native_phases",
            Self::ParseOnly => "parse_only",
            Self::Append => "append",
            Self::Start => "start",
            Self::StartOneCore => "start_one_core",
            Self::StartEight => "start_eight",
            Self::Fold => "fold",
            Self::FoldOneCore => "fold_one_core",
            Self::Eight => "eight",
            Self::Keys => "keys",
            Self::Window => "window",
            Self::WindowHour => "window_hour",
            Self::WindowTenSeconds => "window_ten_seconds",
            Self::WindowMonth => "window_month",
            Self::Latency => "latency",
            Self::Upgrade => "upgrade",
            Self::KafkaRead => "kafka_read",
            Self::KafkaFold => "kafka_fold",
            Self::RedisLoad => "redis_load",
            Self::RedisBareLoad => "redis_bare_load",
            Self::RedisLive => "redis_live",
            Self::RedisBareLive => "redis_bare_live",
            Self::ElasticsearchLoad => "elasticsearch_load",
            Self::ElasticsearchBareLoad => "elasticsearch_bare_load",
            Self::ElasticsearchLive => "elasticsearch_live",
            Self::ElasticsearchBareLive => "elasticsearch_bare_live",
            Self::NativeFeed => "native_feed",
            Self::StartFeed => "start_feed",
            Self::Feed => "feed",
            Self::Renames => "renames",
        }
    }

    /// Returns the subject that measures the same host's start without events, which is not a cost of events.
    pub fn start(self) -> Option<Self> {
        match self {
            Self::Fold | Self::Keys | Self::KafkaFold => Some(Self::Start),
            Self::Window | Self::WindowHour | Self::WindowTenSeconds | Self::WindowMonth => Some(Self::Start),
            Self::FoldOneCore => Some(Self::StartOneCore),
            Self::Eight => Some(Self::StartEight),
            Self::Feed => Some(Self::StartFeed),
            _ => None,
        }
    }
}

/// One measurement; for a process, from its start on.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Number of events processed; 0 if there are none.
    pub events: u64,
    /// Wall seconds.
    pub wall_s: f64,
    /// CPU seconds.
    pub cpu_s: f64,
    /// Peak memory use.
    pub peak_rss_bytes: u64,
    /// Further numbers, by names that contain the unit.
    pub more: BTreeMap<&'static str, f64>,
}

impl Measured {
    /// Returns one of the further numbers.
    pub fn more(&self, name: &str) -> Result<f64> {
        self.more.get(name).copied().with_context(|| format!("{name} was not measured"))
    }

    /// Returns the memory in use at the end, in bytes.
    pub fn rss_bytes(&self) -> Result<f64> {
        self.more("rss_bytes")
    }
}

/// The measurements of one round.
#[derive(Clone, Debug, Default)]
pub struct Round(BTreeMap<Subject, Measured>);

impl Round {
    /// Adds a measurement.
    pub fn add(&mut self, subject: Subject, measured: Measured) {
        self.0.insert(subject, measured);
    }

    /// Returns a measurement unchanged.
    pub fn whole(&self, subject: Subject) -> Option<&Measured> {
        self.0.get(&subject)
    }

    /// Returns the cost of the events alone: wall and CPU seconds minus those of a start.
    pub fn net(&self, subject: Subject) -> Option<Measured> {
        let mut measured = self.0.get(&subject)?.clone();
        if let Some(start) = subject.start().and_then(|start| self.0.get(&start)) {
            measured.wall_s -= start.wall_s;
            measured.cpu_s -= start.cpu_s;
        }
        Some(measured)
    }

    /// Returns everything as JSON.
    pub fn json(&self) -> Value {
        let json = |measured: &Measured| {
            json!({
                "events": measured.events,
                "wall_s": measured.wall_s,
                "cpu_s": measured.cpu_s,
                "peak_rss_bytes": measured.peak_rss_bytes,
                "more": measured.more,
            })
        };
        self.0.iter().map(|(subject, measured)| (subject.name().to_owned(), json(measured))).collect()
    }
}

/// Sorts the values, and returns the one that this share of them lies below.
///
/// # Panics
/// Panics when there are no values.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() as f64 * share) as usize]
}

/// Returns the measurement that a program made of itself.
pub fn self_measured(answer: &Value) -> Result<Measured> {
    let number = |name: &str| answer[name].as_f64().with_context(|| format!("no {name} in {answer}"));
    Ok(Measured {
        events: number("events")? as u64,
        wall_s: number("wall_s")?,
        cpu_s: number("cpu_s")?,
        peak_rss_bytes: number("peak_rss_bytes")? as u64,
        more: BTreeMap::new(),
    })
}
