//! `[relays]`: where relays start, and where they keep their frontiers.

use std::collections::BTreeMap;

use super::key::Key;
use super::kind::{Choice, Text};
use super::section::{Section, defaults};
use super::table::{CHOSEN, Table};
use super::topic_name;

/// How relays are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaysConfig {
    /// The Kafka topic of frontiers. Hosts that share it also share the relays' names: one host at a time sends under each.
    pub frontiers: String,
    /// Where relays start in topics that they never relayed, by reducer name.
    pub from: BTreeMap<String, RelayFrom>,
}

/// Where a relay starts in a topic that it never relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayFrom {
    /// At the first record.
    Start,
    /// At the end that the log had when the relaying version went live.
    End,
}

pub(crate) static TABLE: Table = Table {
    name: "relays",
    about: "Where relays record their progress.",
    keys: &[&FRONTIERS],
    each_table: Some(&EACH),
    ..Table::EMPTY
};

static EACH: Table = Table { name: CHOSEN, about: "One relay, by its name.", keys: &[&FROM], ..Table::EMPTY };

static FRONTIERS: Key<Text> = Key {
    name: "frontiers",
    kind: Text {
        what: "name of an internal topic (`foldline.…`)",
        pattern: Some(topic_name::PATTERN),
        check: topic_name::check_internal,
    },
    default: || "foldline.frontiers".to_owned(),
    about: "Kafka topic in which the host records how far each relay has sent. Hosts that share it take over each other's relays; the host \
            that starts later wins. Installations that relay under the same names on one cluster need a topic each. The \
            embedded log does not use it.",
};

static FROM: Key<Choice<RelayFrom>> = Key {
    name: "from",
    kind: Choice { of: &RelayFrom::ALL, any_case: false },
    default: || RelayFrom::End,
    about: "Where the relay starts if it has never relayed. `start`: at the first record that the log holds. `end`: where \
            the log ended when the version went live. `end` by default, because nobody wants a message for each record of \
            the past.",
};

impl RelayFrom {
    /// Every start, with its name in the configuration.
    pub const ALL: [(&str, Self); 2] = [("start", Self::Start), ("end", Self::End)];
}

impl Default for RelaysConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl RelaysConfig {
    /// Returns whether the relay of a name starts at the first record.
    pub fn from_start(&self, name: &str) -> bool {
        self.from.get(name) == Some(&RelayFrom::Start)
    }

    pub(crate) fn read(section: &Section<'_>) -> Self {
        let relay = |(name, _, table): (&str, _, Section<'_>)| Some((name.to_owned(), table.given(&FROM)?));
        Self {
            frontiers: section.get(&FRONTIERS),
            from: section.tables().into_iter().filter_map(relay).collect(),
        }
    }
}
