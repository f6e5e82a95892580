//! Finds configuration tables that name nothing known: a misspelt gate, topic or relay would have no effect.
//!
//! It is not an error: a configuration may be there before its module.

use std::collections::BTreeSet;

use tracing::warn;

use super::supervisor_state::SupervisorState;
use foldline_base::nearest::nearest;
use foldline_config::{Config, LogConfig, SinkConfig};

/// The names that exist.
#[derive(Debug, Default)]
struct Known {
    /// Projections that were registered, and those of file names in the modules folder.
    projections: BTreeSet<String>,
    /// Topics that modules read or relay to, that changes are written to, or that the embedded log holds.
    topics: BTreeSet<String>,
    /// Names whose module relays, or may relay.
    relays: BTreeSet<String>,
}

/// Returns a sentence for each table that names nothing known.
fn unmatched(config: &Config, known: &Known) -> Vec<String> {
    let projections = config.projections.keys().filter(|name| !known.projections.contains(*name));
    let projections = projections.map(|name| {
        told("projections", name, "no projection of that name is registered", &known.projections)
    });
    let topics = config.topics.keys().filter(|name| !known.topics.contains(*name));
    let topics = topics
        .map(|name| told("topics", name, "no module reads or writes a topic of that name", &known.topics));
    let relays = config.relays.from.keys().filter(|name| !known.relays.contains(*name));
    let relays = relays.map(|name| told("relays", name, "no module of that name relays", &known.relays));
    let settings = config.projections.values().chain([&config.projection_defaults]);
    let served: BTreeSet<&String> = settings.flat_map(|projection| &projection.sinks).collect();
    let sinks = config.sinks.keys().filter(|name| !served.contains(name));
    let sinks = sinks.map(|name| {
        format!("`[sinks.{name}]` does nothing: no projection names it in `sinks` under [projections] or [projections.X]")
    });
    projections.chain(topics).chain(relays).chain(sinks).collect()
}

fn told(table: &str, name: &str, what: &str, known: &BTreeSet<String>) -> String {
    let guess = nearest(name, known.iter().map(String::as_str));
    let guess = guess.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
    format!("`[{table}.{name}]` does nothing: {what}{guess}")
}

impl SupervisorState {
    /// Publishes which tables name nothing known; logs them at first and whenever that changes.
    pub(super) fn name_unmatched(&self) {
        let unmatched = unmatched(&self.config, &self.known());
        let before = self.registry.unmatched();
        for said in unmatched.iter().filter(|said| !before.contains(said)) {
            warn!("{said}");
        }
        self.registry.set_unmatched(unmatched);
    }

    fn known(&self) -> Known {
        let mut known = Known::default();
        known.projections.extend(self.catalog.names().map(str::to_owned));
        // A file that was rejected or is waiting has its own report.
        let files = self.registry.reports().into_iter().map(|report| report.file);
        known.projections.extend(files.filter_map(|file| Some(file.split_once('@')?.0.to_owned())));
        for (name, projection) in &self.projections {
            for running in projection.running.values() {
                let Some(module) = &running.module else {
                    known.relays.insert(name.clone());
                    known.topics.extend(running.handle.topics().iter().cloned());
                    continue;
                };
                let description = module.description();
                known.topics.extend(description.topics());
                known.topics.extend(description.relay_topics.iter().cloned());
                if description.relays() {
                    known.relays.insert(name.clone());
                }
            }
        }
        for sink in self.config.sinks.values() {
            if let SinkConfig::Changes(changes) = sink {
                known.topics.extend(known.projections.iter().map(|name| changes.of(name)));
            }
        }
        if matches!(self.config.log, LogConfig::Embedded { .. }) {
            // The embedded log's topics are known here; if it cannot be listed, there are none. Kafka is not asked: brokers may
            // be unreachable.
            known.topics.extend(self.feeds.log().topics().unwrap_or_default());
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_table_is_named_with_the_nearest_name_and_a_right_one_is_not() {
        let mut config = Config::default();
        for name in ["like-count", "lik-count", "later"] {
            config.projections.insert(name.to_owned(), config.projection_defaults.clone());
        }
        for name in ["likes", "liks"] {
            config.topics.insert(name.to_owned(), config.topic_defaults.clone());
        }
        config.relays.from.insert("nope".to_owned(), foldline_config::RelayFrom::Start);
        for name in ["cache", "spare"] {
            config
                .sinks
                .insert(name.to_owned(), SinkConfig::Changes(foldline_config::ChangesConfig::default()));
        }
        config.projection_defaults.sinks = vec!["cache".to_owned()];
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let known = Known {
            projections: names(&["like-count", "mail"]),
            topics: names(&["likes"]),
            relays: names(&["mail"]),
        };
        assert_eq!(
            unmatched(&config, &known),
            [
                "`[projections.later]` does nothing: no projection of that name is registered",
                "`[projections.lik-count]` does nothing: no projection of that name is registered; did you mean `like-count`?",
                "`[topics.liks]` does nothing: no module reads or writes a topic of that name; did you mean `likes`?",
                "`[relays.nope]` does nothing: no module of that name relays",
                "`[sinks.spare]` does nothing: no projection names it in `sinks` under [projections] or [projections.X]",
            ]
        );
    }
}
