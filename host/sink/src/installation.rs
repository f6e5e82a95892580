//! Which installation writes a server: what tells a host, and those that follow it, from all others.
//!
//! Two hosts with logs of their own would take each other for an older or a younger start of themselves on one server, and
//! would delete each other's documents. So what a sink holds names whose it is: by the id of the log that it was made from,
//! or in Kafka, which several installations may share, by a name of the configuration (`[log.kafka] installation`). It is no
//! nonce of the data folder: a host that lost that is still itself.

use std::sync::Arc;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_config::{Config, KafkaConfig, LogConfig};
use foldline_log::Log;

/// Names the installation of this host, as far as there is a name.
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
    /// Returns the installation that a configuration and its log make.
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

    /// Returns the name; `None` where the log has no id and nothing is configured: then nothing is written of it, and nothing
    /// compared.
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

    /// Returns the name, which a host must have to take something over.
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

/// Returns the error for something that belongs to another installation; `what` names it, `table` is the sink's in the configuration.
pub fn refuse(what: &str, theirs: &str, ours: &str, projection: &str, sink: &str, kind: &str) -> Error {
    let message = format!("{what} belongs to installation `{theirs}`; this host is `{ours}`");
    Error::new(ErrorKind::Refused, message).with_hint(format!(
        "give one of them a `namespace` of its own in `[sinks.{sink}.{kind}]`, or take it over: \
         `foldline adopt {projection} {sink}`"
    ))
}
