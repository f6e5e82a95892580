//! `[sinks.X.changes]`: a topic of the log per projection.

use crate::key::Key;
use crate::kind::Text;
use crate::section::{Section, defaults};
use crate::table::Table;
use crate::topic_name;

/// `[sinks.NAME.changes]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesConfig {
    /// The topic, with `{projection}` for the projection's name.
    pub topic: String,
}

pub(super) static TABLE: Table = Table {
    name: "changes",
    about: "A sink in topics of the log; `X` is a name of your choice. Each projection has a topic of its documents.",
    keys: &[&TOPIC],
    ..Table::EMPTY
};

/// The placeholder for the projection's name in the name of a topic.
const PROJECTION: &str = "{projection}";

static TOPIC: Key<Text> = Key {
    name: "topic",
    kind: Text {
        what: "name of a topic, with `{projection}`",
        pattern: Some(r"\{projection\}"),
        check: check_topic,
    },
    default: || format!("{PROJECTION}-changes"),
    about: "Topic that holds the documents of a projection; `{projection}` stands for the projection's name. The key of a \
            record is the id of a document; a record without a value deletes it. In Kafka the topic should be compacted. The \
            host creates it only where `create` of `[topics.X]` allows it.",
};

impl Default for ChangesConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl ChangesConfig {
    /// Returns the topic of a projection.
    pub fn of(&self, projection: &str) -> String {
        self.topic.replace(PROJECTION, projection)
    }

    pub(super) fn read(section: &Section<'_>) -> Self {
        Self { topic: section.get(&TOPIC) }
    }

    /// Returns whether both write to the same topic.
    pub(super) fn shares_place_with(&self, other: &Self) -> bool {
        self.topic == other.topic
    }
}

fn check_topic(topic: &str) -> Result<(), String> {
    if !topic.contains(PROJECTION) {
        return Err(format!(
            "`{topic}` does not contain `{PROJECTION}`: each projection needs a topic of its own"
        ));
    }
    topic_name::check(&topic.replace(PROJECTION, "x"))
}
