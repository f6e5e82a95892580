//! Waits until a projection shows what the log holds, in every sink or in the embedded store alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;

use super::Host;
use super::skipping::built_as_decided;
use foldline_api as api;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_core::status::SinkPhase;
use foldline_engine::{Progress, VersionHandle};
use foldline_relay::{Frontier, RelayHandle};

/// How often to check whether the log has answered, which takes a few milliseconds.
const ANSWER_LOOK: Duration = Duration::from_millis(5);

/// The stores that must show what the log holds before a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitScope {
    /// The embedded store and every configured sink.
    Everyone,
    /// The embedded store alone.
    Embedded,
}

impl Host {
    /// Returns once everything that the log held at the time of the call is folded and shown, by every sink or by the embedded
    /// store alone. This concerns the given version, or else the live version, which readers must see by then. Also waits for a
    /// projection that does not exist yet, and for sinks that are in trouble or halted.
    ///
    /// # Errors
    /// `TimedOut`, naming what is still missing; `Refused` when the version has halted.
    pub async fn wait(
        self: &Arc<Self>,
        name: &str,
        version: Option<&str>,
        who: WaitScope,
        timeout: Duration,
    ) -> Result<api::Waited> {
        let deadline = tokio::time::Instant::now() + timeout;
        let mut changes = self.registry.changes();
        // The log's end at the time of the call. Topics of a version that appears later join when it does.
        let mut target: Option<(Vec<String>, Position)> = None;
        loop {
            changes.borrow_and_update();
            let mut missing = "it does not run".to_owned();
            if let Some(handle) = self.handle(name, version) {
                if target.as_ref().is_none_or(|(topics, _)| topics != handle.topics()) {
                    let topics = handle.topics().to_vec();
                    let known = target.take().map(|(_, position)| position).unwrap_or_default();
                    let mut end = self.end_now(&topics).await?;
                    for (topic, partition, next_offset) in known.iter() {
                        end.set(topic, partition, next_offset);
                    }
                    target = Some((topics, end));
                }
                let progress = handle.progress();
                if let Some(halt) = &progress.halt {
                    let halted = format!("{} has halted: {}", handle.label(), halt.reason);
                    return Err(Error::new(ErrorKind::Refused, halted));
                }
                let (_, end) = target.get_or_insert_default();
                let expected = end.of_topics(handle.topics().iter().map(String::as_str));
                // A caller that names a version wants to promote it, so readers need not see it yet.
                let is_read = version.is_none();
                let shown = shown(&progress, &expected, who, is_read);
                match shown.and_then(|shown| self.as_decided(&handle, &progress, who).map(|()| shown)) {
                    Ok(_) if is_read && !self.serves(name, &handle, &expected) => {
                        missing = format!("readers do not see {} yet", handle.label());
                    }
                    Ok(position) => return Ok(api::Waited { version: handle.label(), position }),
                    Err(reason) => missing = reason,
                }
            }
            if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
                return Err(self.waited_in_vain(name, version, timeout, &missing));
            }
        }
    }

    /// Checks that the awaited stores agree with the decisions: none shows skipped records.
    fn as_decided(&self, handle: &VersionHandle, progress: &Progress, who: WaitScope) -> Result<(), String> {
        let skips = self.skips_of(handle.name());
        built_as_decided(handle, &skips)?;
        if who == WaitScope::Embedded {
            return Ok(());
        }
        let shown = progress.sinks.iter().filter_map(|(sink, state)| Some((sink, state.shown.as_ref()?)));
        let mut other = shown.filter_map(|(sink, shown)| Some((sink, skips.disagreement(shown)?)));
        other
            .next()
            .map_or(Ok(()), |(sink, other)| Err(format!("sink `{sink}` is being filled again: {other}")))
    }

    /// Returns whether readers see a version. For a version that only relays, returns whether its relay has reached `expected`:
    /// such a version counts as caught up before its relay has read its frontier.
    fn serves(&self, name: &str, handle: &Arc<VersionHandle>, expected: &Position) -> bool {
        let covers = |frontier: &Frontier| frontier.position.covers(expected);
        let has_relayed = |relay: &Arc<RelayHandle>| {
            relay.name() == name && relay.look(|progress| progress.frontier.as_ref().is_some_and(covers))
        };
        self.serving(name).is_ok_and(|serving| Arc::ptr_eq(&serving.handle, handle))
            && (!handle.only_relays() || self.registry.relays().iter().any(has_relayed))
    }

    /// Returns where topics end now, once the log has answered. Cancel safe.
    async fn end_now(&self, topics: &[String]) -> Result<Position> {
        let since = Instant::now();
        loop {
            if let Some(end) = self.metadata.ends_since(topics, since) {
                return end;
            }
            tokio::time::sleep(ANSWER_LOOK).await;
        }
    }

    fn waited_in_vain(&self, name: &str, version: Option<&str>, timeout: Duration, missing: &str) -> Error {
        let label = version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        let seconds = timeout.as_secs_f64();
        let message = format!("`{label}` does not show everything after {seconds:.1} s: {missing}");
        let error = Error::new(ErrorKind::TimedOut, message);
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

/// Returns the position that all awaited stores show, once it covers `expected`.
///
/// # Errors
/// A sentence that names the first store that does not, and why.
fn shown(
    progress: &Progress,
    expected: &Position,
    who: WaitScope,
    is_read: bool,
) -> Result<Position, String> {
    let embedded = progress.shown.as_ref().ok_or("the embedded store shows nothing yet")?;
    if !embedded.covers(expected) {
        return Err(format!("the embedded store shows {embedded}"));
    }
    // After a restart, a sink already shows what the engine has yet to fold again.
    if !progress.position.covers(expected) {
        return Err(format!("it has folded {}", progress.position));
    }
    // By then, everything that it reported before, such as dead letters, is known again.
    if !progress.caught_up {
        return Err("it has not reached the log's end yet".to_owned());
    }
    let mut least = embedded.clone();
    if who == WaitScope::Embedded || is_planted(Bug::SinksNotAwaited) {
        return Ok(least);
    }
    for (name, sink) in &progress.sinks {
        let why = sink.reason.as_ref().or(sink.trouble.as_ref());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let missing = match (&sink.shown, sink.phase) {
            (_, SinkPhase::Halted) => "has halted".to_owned(),
            (_, SinkPhase::Opening) => "is being opened".to_owned(),
            (None, _) => "is not loaded yet".to_owned(),
            (Some(shown), _) if !shown.covers(expected) => format!("shows {shown}"),
            (Some(_), _) if is_read && !sink.pointed => "does not point its readers here yet".to_owned(),
            (Some(shown), _) => {
                least = least.least(shown);
                continue;
            }
        };
        return Err(format!("sink `{name}` {missing}{why}"));
    }
    Ok(least)
}
