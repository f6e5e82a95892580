//! From one live version to the next: freeze what the old one shows, wait until the new one shows as much, decide.
//!
//! Hand-over points are observed, not chosen (ARCHITECTURE.md, invariant 5): B is what the old version's sinks may show, read
//! after its flushes were frozen. Until the decision everything can be taken back: the old version flushes on.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use semver::Version;

use crate::engine::VersionHandle;
use crate::error::{Error, ErrorKind, Result};
use crate::failpoints::{Failpoint, reach};
use crate::planted::{Bug, is_planted};

/// How long the old version's flushes stay frozen while the new one reaches what they showed.
const FREEZE_MAX: Duration = Duration::from_secs(10);

/// How long the new version may take to come close enough for freezing.
const APPROACH_MAX: Duration = Duration::from_secs(60);

/// A hand-over that is under way.
pub(super) struct Handover {
    to: Version,
    began: Instant,
    /// Since when the old version's flushes are frozen, and what its sinks may show.
    frozen: Option<(Instant, Position)>,
    /// Operators who wait for the outcome.
    askers: Vec<SyncSender<Result<String>>>,
}

/// Where a hand-over stands.
pub(super) enum Reached {
    /// The new version does not show enough yet.
    NotYet,
    /// The new version shows this, which is at least what the old one may show.
    Enough(Position),
}

impl Handover {
    /// Begins to hand over to a version.
    pub(super) fn to(version: Version, now: Instant) -> Self {
        Self { to: version, began: now, frozen: None, askers: Vec::new() }
    }

    /// Returns the version that takes over.
    pub(super) fn version(&self) -> &Version {
        &self.to
    }

    /// Adds somebody who waits for the outcome.
    pub(super) fn add_asker(&mut self, asker: SyncSender<Result<String>>) {
        self.askers.push(asker);
    }

    /// Looks where the new version stands; freezes the old one as soon as the new one shows what it shows.
    ///
    /// # Errors
    /// `TimedOut` when it takes too long.
    pub(super) fn look(
        &mut self,
        new: &VersionHandle,
        old: Option<&VersionHandle>,
        now: Instant,
    ) -> Result<Reached> {
        let Some(shown) = new.progress().shown else { return self.not_yet(new, now) };
        let Some(old) = old else { return Ok(Reached::Enough(shown)) };
        // A new version may have dropped an input of the old one.
        let covers =
            |other: &Position| shown.covers(&other.of_topics(new.topics().iter().map(String::as_str)));
        if self.frozen.is_none() && old.progress().shown.is_none_or(|old| covers(&old)) {
            self.frozen = Some((now, old.freeze()));
            reach(Failpoint::Frozen);
        }
        match &self.frozen {
            Some((_, intent)) if covers(intent) || is_planted(Bug::IntentNotAwaited) => {
                Ok(Reached::Enough(shown))
            }
            _ => self.not_yet(new, now),
        }
    }

    fn not_yet(&self, new: &VersionHandle, now: Instant) -> Result<Reached> {
        let (since, patience) = match &self.frozen {
            Some((since, _)) => (*since, FREEZE_MAX),
            None => (self.began, APPROACH_MAX),
        };
        if now.duration_since(since) <= patience {
            return Ok(Reached::NotYet);
        }
        let seconds = patience.as_secs();
        Err(Error::new(
            ErrorKind::TimedOut,
            format!("{} did not come to show what is served within {seconds} s", new.label()),
        )
        .with_hint("`foldline status` says how far it is; nothing was changed"))
    }

    /// Ends it, decided or given up: the old version may flush again, and whoever asked hears of it.
    pub(super) fn end(self, old: Option<&VersionHandle>, outcome: &Result<String>) {
        if let (Some(_), Some(old)) = (&self.frozen, old) {
            old.thaw();
        }
        for asker in self.askers {
            // Whoever asked may have gone.
            let _ = asker.try_send(outcome.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;

    use tokio::sync::watch;

    use super::*;
    use crate::api::Phase;
    use crate::module::Digest;

    fn position(text: &str) -> Position {
        text.parse().unwrap()
    }

    /// Returns a version that shows this much, and may show that much.
    fn version(number: &str, topics: &[&str], shows: Option<&str>, intends: &str) -> VersionHandle {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let changes = Arc::new(watch::Sender::new(0));
        let handle = VersionHandle::new("a", number, Digest::from([0; 32]), topics, Phase::Live, changes);
        handle.publish(|progress| progress.shown = shows.map(position));
        handle.set_intent(&position(intends));
        handle
    }

    /// Asks for a flush that is not sent.
    fn is_frozen(handle: &VersionHandle) -> bool {
        let mut asked = false;
        let flush: Option<()> = handle.unless_frozen(|| {
            asked = true;
            None
        });
        assert!(flush.is_none());
        !asked
    }

    fn handover(now: Instant) -> Handover {
        Handover::to("0.2.0".parse().unwrap(), now)
    }

    #[test]
    fn a_version_takes_over_once_it_shows_what_the_old_one_may_show() {
        let now = Instant::now();
        let old = version("0.1.0", &["t"], Some("t:0:5"), "t:0:8");
        let new = version("0.2.0", &["t"], Some("t:0:4"), "t:0:4");
        let mut handover = handover(now);
        assert!(matches!(handover.look(&new, Some(&old), now), Ok(Reached::NotYet)));
        assert!(!is_frozen(&old), "too early: the new version is not close");
        new.publish(|progress| progress.shown = Some(position("t:0:5")));
        assert!(matches!(handover.look(&new, Some(&old), now), Ok(Reached::NotYet)), "a flush is on its way");
        assert!(is_frozen(&old));
        new.publish(|progress| progress.shown = Some(position("t:0:9")));
        let Ok(Reached::Enough(shown)) = handover.look(&new, Some(&old), now) else {
            panic!("it shows enough")
        };
        assert_eq!(shown, position("t:0:9"));
        handover.end(Some(&old), &Ok("done".to_owned()));
        assert!(!is_frozen(&old));
    }

    #[test]
    fn an_input_that_the_new_version_has_dropped_is_not_waited_for() {
        let now = Instant::now();
        let old = version("0.1.0", &["t", "u"], Some("t:0:5,u:0:7"), "t:0:5,u:0:7");
        let new = version("0.2.0", &["t"], Some("t:0:5"), "t:0:5");
        assert!(matches!(handover(now).look(&new, Some(&old), now), Ok(Reached::Enough(_))));
    }

    #[test]
    fn a_version_that_does_not_come_is_waited_for_so_long_and_nothing_is_changed() {
        let now = Instant::now();
        let old = version("0.1.0", &["t"], Some("t:0:5"), "t:0:8");
        let new = version("0.2.0", &["t"], Some("t:0:5"), "t:0:5");
        let mut handover = handover(now);
        let (asker, answer) = sync_channel(1);
        handover.add_asker(asker);
        assert!(matches!(handover.look(&new, Some(&old), now), Ok(Reached::NotYet)));
        let later = now + FREEZE_MAX + Duration::from_millis(1);
        let Err(error) = handover.look(&new, Some(&old), later) else { panic!("it took too long") };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        handover.end(Some(&old), &Err(error));
        assert!(!is_frozen(&old), "the old version flushes on");
        assert_eq!(answer.try_recv().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn the_first_version_needs_nothing_but_something_to_show() {
        let now = Instant::now();
        let new = version("0.1.0", &["t"], None, "-");
        let mut handover = handover(now);
        assert!(matches!(handover.look(&new, None, now), Ok(Reached::NotYet)));
        new.publish(|progress| progress.shown = Some(position("t:0:1")));
        assert!(matches!(handover.look(&new, None, now), Ok(Reached::Enough(_))));
    }
}
