//! The settings on which verdicts depend. A changed setting applies to everything that is decoded afterwards, including replays.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use foldline_config::{Config, Limits, TopicConfig};
use foldline_log::AppendTime;

/// The configuration of decoding. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DecodeLimits {
    /// The longest record, key and value together, in bytes. A longer one is a dead letter.
    pub record_bytes_max: usize,
    max_ahead_ms: i64,
    max_ahead_ms_of: Arc<BTreeMap<String, i64>>,
}

impl DecodeLimits {
    /// Returns the limits that a host's configuration sets.
    pub fn of(config: &Config) -> Self {
        let of_topic = |(topic, settings): (&String, &TopicConfig)| (topic.clone(), ms(settings.max_ahead));
        Self {
            record_bytes_max: config.limits.record_bytes_max,
            max_ahead_ms: ms(config.topic_defaults.max_ahead),
            max_ahead_ms_of: Arc::new(config.topics.iter().map(of_topic).collect()),
        }
    }

    /// Returns how far an event time of this topic may lie beyond the append time, in milliseconds.
    pub fn max_ahead_ms(&self, topic: &str) -> i64 {
        self.max_ahead_ms_of.get(topic).copied().unwrap_or(self.max_ahead_ms)
    }

    /// Returns whether an event time of this topic is valid: not before 1970, and not too far beyond the append time, if the log
    /// has one. This is for punctuations; events with invalid times have already become dead letters.
    pub fn admits(&self, topic: &str, time_ms: i64, append_time: Option<AppendTime>) -> bool {
        let latest_ms = append_time.map(|append| append.ms().saturating_add(self.max_ahead_ms(topic)));
        time_ms >= 0 && latest_ms.is_none_or(|latest_ms| time_ms <= latest_ms)
    }
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Limits::default().record_bytes_max.into()
    }
}

/// Limits with this `record_bytes_max`, and defaults otherwise.
impl From<usize> for DecodeLimits {
    fn from(record_bytes_max: usize) -> Self {
        let max_ahead_ms = ms(TopicConfig::default().max_ahead);
        Self { record_bytes_max, max_ahead_ms, max_ahead_ms_of: Arc::default() }
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_its_own_limit_or_the_one_of_all() {
        let mut config = Config::default();
        config.topic_defaults.max_ahead = Duration::from_secs(1);
        let likes = TopicConfig { max_ahead: Duration::from_secs(2), ..TopicConfig::default() };
        config.topics.insert("likes".to_owned(), likes);
        let limits = DecodeLimits::of(&config);
        for (topic, max_ahead_ms) in [("likes", 2_000), ("views", 1_000)] {
            assert_eq!(limits.max_ahead_ms(topic), max_ahead_ms);
            for append in [AppendTime::Log(5), AppendTime::Producer(5)] {
                let admits = |time_ms| limits.admits(topic, time_ms, Some(append));
                let verdicts = [-1, 0, max_ahead_ms + 5, max_ahead_ms + 6].map(admits);
                assert_eq!(verdicts, [false, true, true, false]);
            }
            assert!(limits.admits(topic, i64::MAX, None) && !limits.admits(topic, -1, None));
        }
    }
}
