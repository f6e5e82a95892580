//! The installation that writes to a server: a host and those that follow it, told from all others.
//!
//! Two hosts with different logs on one server would each take the other for an earlier or later start of itself, and would
//! delete each other's documents. So everything in a sink names its owner: by the id of the log that it was made from, or for
//! Kafka, which several installations may share, by a name from the configuration (`[log.kafka] installation`). It is not a nonce
//! of the data folder, because a host that lost its data folder is still the same installation.

use std::sync::Arc;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_config::{Config, KafkaConfig, LogConfig};
use foldline_log::Log;

/// The installation of this host, which may have no name.
#[derive(Clone, Default)]
pub struct Installation(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    Nothing,
    Name(Arc<str>),
    Log(Arc<dyn Log>),
}

impl Installation {
    /// Returns the installation that a configuration and its log define.
    pub fn of(config: &Config, log: &Arc<dyn Log>) -> Self {
        match &config.log {
            LogConfig::Kafka(KafkaConfig { installation: Some(name), .. }) => Self::named(name),
            _ => Self(Source::Log(Arc::clone(log))),
        }
    }

    /// Returns the installation of this name.
    pub fn named(name: &str) -> Self {
        Self(Source::Name(name.into()))
    }

    /// Returns the name. `None` if the log has no id and no name is configured; then no name is written or compared.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    pub fn name(&self) -> Result<Option<String>> {
        match &self.0 {
            _ if is_planted(Bug::InstallationNotChecked) => Ok(None),
            Source::Nothing => Ok(None),
            Source::Name(name) => Ok(Some((**name).to_owned())),
            Source::Log(log) => log.id(),
        }
    }

    /// Returns the name, which a host needs in order to take something over.
    ///
    /// # Errors
    /// As [`Installation::name`]; `Config` if there is none.
    pub fn must_have_name(&self) -> Result<String> {
        self.name()?.ok_or_else(|| {
            Error::new(ErrorKind::Config, "this host's log has no id, so its installation has no name")
                .with_hint("set `installation` in `[log.kafka]`")
        })
    }
}

/// Returns the error for something that belongs to another installation. `what` names it; `sink` and `kind` name the sink's table
/// in the configuration.
pub fn refuse(what: &str, theirs: &str, ours: &str, projection: &str, sink: &str, kind: &str) -> Error {
    let message = format!("{what} belongs to installation `{theirs}`; this host is `{ours}`");
    Error::new(ErrorKind::Refused, message).with_hint(format!(
        "give one of them a `namespace` of its own in `[sinks.{sink}.{kind}]`, or take it over: \
         `foldline adopt {projection} {sink}`"
    ))
}
