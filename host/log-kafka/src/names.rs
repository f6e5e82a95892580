//! Maps logical topics to Kafka topics, and back.

use std::collections::BTreeMap;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::TopicConfig;

/// Maximum length of a topic's name in Kafka.
const NAME_BYTES_MAX: usize = 249;

/// Logical topics and their names in Kafka.
pub(super) struct TopicNames {
    configured: BTreeMap<String, TopicConfig>,
    defaults: TopicConfig,
    logical_by_physical: BTreeMap<String, String>,
}

impl TopicNames {
    /// Checks that no two logical topics share a Kafka topic: their records would be folded twice.
    pub(super) fn new(configured: BTreeMap<String, TopicConfig>, defaults: TopicConfig) -> Result<Self> {
        let mut logical_by_physical = BTreeMap::new();
        for (logical, config) in &configured {
            let physical = config.name.as_ref().unwrap_or(logical);
            check(physical)?;
            if let Some(other) = logical_by_physical.insert(physical.clone(), logical.clone()) {
                let message =
                    format!("topics `{other}` and `{logical}` are both the kafka topic `{physical}`");
                return Err(Error::new(ErrorKind::Config, message)
                    .with_hint("give each its own `name`, or let the reducers read the same logical topic"));
            }
        }
        Ok(Self { configured, defaults, logical_by_physical })
    }

    /// Returns the settings of a logical topic.
    pub(super) fn config(&self, logical: &str) -> &TopicConfig {
        self.configured.get(logical).unwrap_or(&self.defaults)
    }

    /// Returns the name in Kafka.
    pub(super) fn physical<'a>(&'a self, logical: &'a str) -> &'a str {
        self.configured.get(logical).and_then(|config| config.name.as_deref()).unwrap_or(logical)
    }

    /// Returns the logical topic; `None` for internal topics, and if the logical topic of this name is configured as another
    /// Kafka topic.
    pub(super) fn logical<'a>(&'a self, physical: &'a str) -> Option<&'a str> {
        let logical = match self.logical_by_physical.get(physical) {
            Some(logical) => logical,
            None if self.configured.contains_key(physical) => return None,
            None => physical,
        };
        let internal = logical.starts_with("foldline.")
            || physical.starts_with("foldline.")
            || physical.starts_with("__");
        (!internal).then_some(logical)
    }
}

/// Checks that the name is valid in Kafka.
pub(super) fn check(physical: &str) -> Result<()> {
    let reason = if physical.is_empty() {
        "is empty"
    } else if physical == "." || physical == ".." {
        "is a folder's name"
    } else if physical.len() > NAME_BYTES_MAX {
        "is longer than 249 bytes"
    } else if !physical.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        "has other characters than letters, digits, `.`, `_` and `-`"
    } else {
        return Ok(());
    };
    let name = physical.escape_debug();
    Err(Error::new(ErrorKind::Data, format!("`{name}` cannot be a kafka topic: the name {reason}"))
        .with_hint("give the topic another `name` under [topics]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: Option<&str>) -> TopicConfig {
        TopicConfig { name: name.map(str::to_owned), ..TopicConfig::default() }
    }

    fn names(topics: &[(&str, Option<&str>)]) -> Result<TopicNames> {
        let topics = topics.iter().map(|&(logical, name)| (logical.to_owned(), named(name))).collect();
        TopicNames::new(topics, named(None))
    }

    #[test]
    fn names_lead_there_and_back() {
        let names = names(&[("likes", Some("prod.likes")), ("views", None)]).unwrap();
        for (logical, physical) in [("likes", "prod.likes"), ("views", "views"), ("posts", "posts")] {
            assert_eq!(names.physical(logical), physical);
            assert_eq!(names.logical(physical), Some(logical));
        }
    }

    #[test]
    fn a_topic_hidden_behind_a_configured_name_is_not_listed() {
        assert_eq!(names(&[("likes", Some("prod.likes"))]).unwrap().logical("likes"), None);
    }

    #[test]
    fn internal_topics_are_not_listed() {
        let names = names(&[]).unwrap();
        for internal in ["__consumer_offsets", "__transaction_state", "foldline.decisions"] {
            assert_eq!(names.logical(internal), None, "{internal}");
        }
    }

    #[test]
    fn two_logical_topics_on_one_kafka_topic_are_refused() {
        let error = names(&[("likes", Some("views")), ("views", None)]).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.message(), "topics `likes` and `views` are both the kafka topic `views`");
    }

    #[test]
    fn names_that_kafka_refuses_are_refused_here() {
        for name in ["", ".", "..", "a/b", "a b", "é", &"a".repeat(250)] {
            assert_eq!(check(name).unwrap_err().kind(), ErrorKind::Data, "{name}");
        }
        check(&"a".repeat(249)).unwrap();
        check("prod.likes_v-2").unwrap();
    }
}
