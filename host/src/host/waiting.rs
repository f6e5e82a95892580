//! Waiting until a projection shows what the log holds.

use std::sync::Arc;
use std::time::Duration;

use foldline_core::position::Position;

use super::Host;
use crate::api;
use crate::engine::VersionHandle;
use crate::engine::assignment::log_end;
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::relay::{Frontier, RelayHandle};

impl Host {
    /// Returns once everything in the log at the time of the call is folded and shown by every sink: of the live
    /// version, or of the given one. Also waits for a projection that is not there yet.
    ///
    /// # Errors
    /// `TimedOut` with the position reached; `Unavailable` when the version has halted.
    pub async fn wait(
        self: &Arc<Self>,
        name: &str,
        version: Option<&str>,
        timeout: Duration,
    ) -> Result<api::Waited> {
        let deadline = tokio::time::Instant::now() + timeout;
        let mut changes = self.registry.changes();
        // What the log held when the call came; topics of a version that appears later join when it does.
        let mut target: Option<(Vec<String>, Position)> = None;
        loop {
            changes.borrow_and_update();
            let mut reached = None;
            if let Some(handle) = self.handle(name, version) {
                if target.as_ref().is_none_or(|(topics, _)| topics != handle.topics()) {
                    let (log, topics) = (Arc::clone(&self.log), handle.topics().to_vec());
                    let known = target.take().map(|(_, position)| position).unwrap_or_default();
                    let mut end = tokio::task::spawn_blocking({
                        let topics = topics.clone();
                        move || log_end(log.as_ref(), &topics)
                    })
                    .await
                    .kind(ErrorKind::Internal, "asking the log for its end")??;
                    for (topic, partition, next_offset) in known.iter() {
                        end.set(topic, partition, next_offset);
                    }
                    target = Some((topics, end));
                }
                let progress = handle.progress();
                if let Some(halt) = &progress.halt {
                    return Err(Error::new(
                        ErrorKind::Unavailable,
                        format!("{} has halted: {}", handle.label(), halt.reason),
                    ));
                }
                let (_, end) = target.get_or_insert_default();
                let due = end.of_topics(handle.topics().iter().map(String::as_str));
                // Who asks for a version by its number wants to promote it: every sink counts, and readers need not see it.
                let (shown, is_served) = match version {
                    Some(_) => (progress.shown_everywhere(), true),
                    None => (progress.shown.clone(), self.serves(name, &handle, &due)),
                };
                // Both: after a restart the sink shows what the engine has yet to fold again.
                let is_there = |shown: &Position| shown.covers(&due) && progress.position.covers(&due);
                match shown {
                    Some(position) if is_served && is_there(&position) => {
                        return Ok(api::Waited { version: handle.label(), position });
                    }
                    shown => reached = shown,
                }
            }
            if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
                return Err(self.waited_in_vain(name, version, timeout, reached));
            }
        }
    }

    /// Returns whether a version is what readers see; of one that only relays, whether its relay stands at `due`: that it has
    /// caught up is said before its relay has read how far was sent.
    fn serves(&self, name: &str, handle: &Arc<VersionHandle>, due: &Position) -> bool {
        let covers = |frontier: &Frontier| frontier.position.covers(due);
        let has_relayed = |relay: &Arc<RelayHandle>| {
            relay.name() == name && relay.look(|progress| progress.frontier.as_ref().is_some_and(covers))
        };
        self.serving(name).is_some_and(|serving| Arc::ptr_eq(&serving.handle, handle))
            && (!handle.only_relays() || self.registry.relays().iter().any(has_relayed))
    }

    fn waited_in_vain(
        &self,
        name: &str,
        version: Option<&str>,
        timeout: Duration,
        reached: Option<Position>,
    ) -> Error {
        let label = version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        let what = match (self.handle(name, version), reached) {
            (None, _) => "is not there".to_owned(),
            (Some(_), None) => "shows nothing yet".to_owned(),
            (Some(_), Some(position)) => format!("shows {position}"),
        };
        let error =
            Error::new(ErrorKind::TimedOut, format!("`{label}` {what} after {:.1} s", timeout.as_secs_f64()));
        let rejected = self.modules().into_iter().find(|report| {
            report.verdict == api::Verdict::Rejected && report.file.starts_with(&format!("{name}@"))
        });
        match rejected {
            Some(report) => error.with_hint(format!(
                "{} was rejected: {}",
                report.file,
                report.reason.unwrap_or_default()
            )),
            None => error.with_hint("`foldline status` and `foldline modules` say what runs"),
        }
    }
}
