//! How relays start, and where they keep how far they have sent.

use std::collections::BTreeMap;

use super::parse::check_topic_letters;
use super::section::{Section, Value};

/// How relays are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaysConfig {
    /// The Kafka topic of frontiers. Hosts that share it share their relays' names: one sends under each.
    pub frontiers: String,
    /// Where relays start what was never relayed, by name.
    pub from: BTreeMap<String, RelayFrom>,
}

/// Where a relay starts what was never relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayFrom {
    /// At the first record.
    Start,
    /// Where the log ended when the version that relays went live.
    End,
}

impl RelayFrom {
    /// Every start, with its name in the configuration.
    pub const ALL: [(&str, Self); 2] = [("start", Self::Start), ("end", Self::End)];
}

impl Default for RelaysConfig {
    fn default() -> Self {
        Self { frontiers: "foldline.frontiers".to_owned(), from: BTreeMap::new() }
    }
}

impl RelaysConfig {
    /// Returns whether the relay of a name starts at the first record.
    pub fn from_start(&self, name: &str) -> bool {
        self.from.get(name) == Some(&RelayFrom::Start)
    }
}

pub(super) fn relays(mut section: Section<'_>) -> RelaysConfig {
    let tables = section.tables();
    let mut relays = RelaysConfig::default();
    // A key that holds a table is a relay, even where it is called like a setting.
    if !tables.iter().any(|(name, ..)| *name == "frontiers")
        && let Some(frontiers) = section.get("frontiers", frontiers)
    {
        relays.frontiers = frontiers;
    }
    for (name, _, mut table) in tables {
        if let Some(from) = table.get("from", from) {
            relays.from.insert(name.to_owned(), from);
        }
        table.finish();
    }
    section.finish_beside_tables();
    relays
}

fn frontiers(value: &Value<'_>) -> Result<String, String> {
    let topic = value.text()?;
    check_topic_letters(&topic).map_err(|message| value.says(&message))?;
    match topic.starts_with("foldline.") {
        true => Ok(topic),
        false => {
            Err(value
                .says(&format!("`{topic}` does not begin with `foldline.`, as the host's own topics do")))
        }
    }
}

fn from(value: &Value<'_>) -> Result<RelayFrom, String> {
    let text = value.text()?;
    let known = RelayFrom::ALL.iter().find(|(name, _)| *name == text);
    known.map(|(_, from)| *from).ok_or_else(|| value.says(&format!("`{text}` is neither `start` nor `end`")))
}
