//! The hand-over between two live versions: freeze what the old one shows, wait until the new one shows as much, decide.
//!
//! Hand-over points are observed, not chosen (ARCHITECTURE.md, invariant 5): B is what each of the old version's sinks may show,
//! read after its flushes were frozen. Until the decision, everything can be undone: the old version resumes flushing.
//!
//! An operator may have sinks left behind that do not reach B. Their readers go on reading the old version there, and move once
//! the new one shows what they may have seen.
//!
//! After the decision, the embedded store's readers move at once. Those of other sinks move as soon as the new version has moved
//! the sink's pointer; until then the old version's flushes there stay frozen ([`thaw_behind`]).

use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use semver::Version;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_base::planted::{Bug, is_planted};
use foldline_config::EMBEDDED;
use foldline_core::status::SinkPhase;
use foldline_engine::{SinkState, VersionHandle};

/// Time limit of a freeze: the new version must reach what the old one may show within it.
const FREEZE_MAX: Duration = Duration::from_secs(10);

/// Time limit for the new version to come close enough to freeze.
const APPROACH_MAX: Duration = Duration::from_secs(60);

/// A hand-over that is under way.
pub(super) struct Handover {
    to: Version,
    began: Instant,
    /// Since when the old version's flushes have been frozen, and what each of its sinks may show.
    frozen: Option<(Instant, BTreeMap<String, Position>)>,
    /// Whether sinks that do not show enough are left behind.
    leaves_sinks: bool,
    /// Operators who wait for the outcome.
    requesters: Vec<SyncSender<Result<String>>>,
}

/// The progress of a hand-over.
pub(super) enum HandoverProgress {
    /// The new version does not show enough yet.
    NotYet,
    /// The new version shows at least what the old one may show, in all sinks except those left behind.
    Enough {
        /// The position that the embedded store shows.
        shown: Position,
        /// For the sinks left behind: what readers may have seen.
        left: BTreeMap<String, Position>,
    },
}

impl Handover {
    /// Starts a hand-over to a version.
    pub(super) fn to(version: Version, now: Instant) -> Self {
        Self { to: version, began: now, frozen: None, leaves_sinks: false, requesters: Vec::new() }
    }

    /// Returns the version that is to be live.
    pub(super) fn version(&self) -> &Version {
        &self.to
    }

    /// Leaves sinks behind that do not show enough.
    pub(super) fn leave_sinks(&mut self) {
        self.leaves_sinks = true;
    }

    /// Adds a requester that waits for the outcome.
    pub(super) fn add_requester(&mut self, requester: SyncSender<Result<String>>) {
        self.requesters.push(requester);
    }

    /// Checks the new version's progress. Freezes the old version as soon as the new one shows as much.
    ///
    /// # Errors
    /// `TimedOut` when it takes too long.
    pub(super) fn look(
        &mut self,
        new: &VersionHandle,
        old: Option<&VersionHandle>,
        now: Instant,
    ) -> Result<HandoverProgress> {
        let Some(shown) = new.look(|progress| progress.shown.clone()) else {
            return self.not_yet(new, now, "the embedded store is not loaded");
        };
        let Some(old) = old else { return Ok(HandoverProgress::Enough { shown, left: BTreeMap::new() }) };
        let sinks = shown_by_sink(new);
        let counts = |sink: &str| sink == EMBEDDED || !self.leaves_sinks;
        if let Some((sink, _)) = sinks.iter().find(|(sink, shown)| shown.is_none() && counts(sink)) {
            return self.not_yet(new, now, &format!("sink `{sink}` is not loaded"));
        }
        // Readers that were not pointed to the old version yet could be pointed there after they were pointed to the new one.
        if let Some(sink) = pointing(old).filter(|sink| counts(sink)) {
            return self.not_yet(
                new,
                now,
                &format!("readers of sink `{sink}` do not read {} yet", old.label()),
            );
        }
        // A sink in trouble would hardly recover while the embedded store's readers wait for it. A sink on which the old version
        // has halted shows nothing new anyway, and must not keep a fixed version from taking over.
        let in_trouble =
            in_trouble(old, false).or_else(|| in_trouble(new, true)).filter(|(sink, _)| counts(sink));
        if let (Some((sink, trouble)), None) = (in_trouble, &self.frozen) {
            return self.not_yet(new, now, &format!("sink `{sink}`: {trouble}"));
        }
        // A new version may have dropped an input of the old one.
        let lags = |sink: &str, other: &Position| {
            let other = other.of_topics(new.topics().iter().map(String::as_str));
            sinks.get(sink).is_some_and(|shown| shown.as_ref().is_none_or(|shown| !shown.covers(&other)))
        };
        if self.frozen.is_none() {
            let shown = shown_by_sink(old);
            let mut behind = shown
                .iter()
                .filter(|(sink, old)| counts(sink) && old.as_ref().is_some_and(|old| lags(sink, old)));
            if let Some((sink, _)) = behind.next() {
                return self.not_yet(new, now, &format!("sink `{sink}` shows less"));
            }
            self.frozen = Some((now, old.freeze()));
            reach(Failpoint::Frozen);
        }
        let intents = self.frozen.iter().flat_map(|(_, intents)| intents);
        let behind: Vec<(&String, &Position)> = intents.filter(|(sink, hi)| lags(sink, hi)).collect();
        if let Some((sink, _)) = behind.iter().find(|(sink, _)| counts(sink))
            && !is_planted(Bug::IntentNotAwaited)
        {
            let sink = (*sink).clone();
            return self.not_yet(new, now, &format!("sink `{sink}` shows less"));
        }
        // For a sink that has not answered since the start, it is unknown what it shows: possibly all that the old version has
        // folded.
        let unknown =
            sinks.keys().filter(|sink| self.leaves_sinks && *sink != EMBEDDED && !old.knows_intent(sink));
        let unknown = unknown.map(|sink| (sink.clone(), old.look(|progress| progress.position.clone())));
        let behind = behind.into_iter().filter(|(sink, _)| !counts(sink));
        let left = behind.map(|(sink, hi)| (sink.clone(), hi.clone())).chain(unknown);
        let left = left
            .map(|(sink, hi)| {
                let seen = old.may_be_read(&sink, &hi);
                (sink, seen)
            })
            .collect();
        Ok(HandoverProgress::Enough { shown, left })
    }

    fn not_yet(&self, new: &VersionHandle, now: Instant, why: &str) -> Result<HandoverProgress> {
        let (since, patience) = match &self.frozen {
            Some((since, _)) => (*since, FREEZE_MAX),
            None => (self.began, APPROACH_MAX),
        };
        if now.duration_since(since) <= patience {
            return Ok(HandoverProgress::NotYet);
        }
        let seconds = patience.as_secs();
        Err(Error::new(
            ErrorKind::TimedOut,
            format!("{} did not show what is served within {seconds} s: {why}", new.label()),
        )
        .with_hint(
            "`foldline status` shows how far it is; nothing was changed; `--leave-sinks` takes over without sinks that lag",
        ))
    }

    /// Ends the hand-over, decided or abandoned: the old version may flush again, and the requesters receive the outcome. After a
    /// decision, flushes to sinks other than the embedded store wait for their readers ([`thaw_behind`]).
    pub(super) fn end(self, old: Option<&VersionHandle>, outcome: &Result<String>) {
        if let (Some((_, frozen)), Some(old)) = (&self.frozen, old) {
            let thawed = frozen
                .keys()
                .filter(|sink| outcome.is_err() || *sink == EMBEDDED || is_planted(Bug::ThawedByDecision));
            thawed.for_each(|sink| old.set_frozen(sink, false));
        }
        for requester in self.requesters {
            // The requesting thread may be gone.
            let _ = requester.try_send(outcome.clone());
        }
    }
}

/// Returns the position that each sink of a version shows.
fn shown_by_sink(handle: &VersionHandle) -> BTreeMap<String, Option<Position>> {
    handle.look(|progress| {
        let sinks = progress.sinks.iter().map(|(sink, state)| (sink.clone(), state.shown.clone()));
        sinks.chain([(EMBEDDED.to_owned(), progress.shown.clone())]).collect()
    })
}

/// Returns a sink whose readers have not been pointed to the live version yet. A halted sink no longer points readers.
fn pointing(live: &VersionHandle) -> Option<String> {
    live.look(|progress| {
        let mut pointing =
            progress.sinks.iter().filter(|(_, state)| !state.pointed && state.phase != SinkPhase::Halted);
        pointing.next().map(|(sink, _)| sink.clone())
    })
}

/// Returns a sink that accepts no writes for the moment, and why; with `given_up`, also a halted sink.
fn in_trouble(handle: &VersionHandle, given_up: bool) -> Option<(String, String)> {
    handle.look(|progress| {
        let why =
            |state: &SinkState| state.reason.clone().filter(|_| given_up).or_else(|| state.trouble.clone());
        progress.sinks.iter().find_map(|(sink, state)| Some((sink.clone(), why(state)?)))
    })
}

/// Lets a draining version flush to exactly those sinks whose readers already read the live one.
pub(super) fn thaw_behind(live: &VersionHandle, draining: &VersionHandle) {
    let pointed: Vec<(String, bool)> = live
        .look(|progress| progress.sinks.iter().map(|(sink, state)| (sink.clone(), state.pointed)).collect());
    for (sink, pointed) in pointed {
        draining.set_frozen(&sink, !pointed);
    }
}

/// Records that a version is no longer live: its readers are pointed elsewhere.
pub(super) fn step_down(handle: &VersionHandle) {
    handle.publish(|progress| progress.sinks.values_mut().for_each(|state| state.pointed = false));
}

/// Records that a version becomes live, so nothing keeps it from flushing. Readers of left-behind sinks move once it shows what
/// they may have seen.
pub(super) fn step_up(handle: &VersionHandle, left: &BTreeMap<String, Position>) {
    handle.leave_sinks(left);
    let sinks: Vec<String> = handle.look(|progress| progress.sinks.keys().cloned().collect());
    sinks.iter().for_each(|sink| handle.set_frozen(sink, false));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;

    use tokio::sync::watch;

    use super::*;
    use foldline_core::status::Phase;
    use foldline_module::Digest;

    fn position(text: &str) -> Position {
        text.parse().unwrap()
    }

    /// Returns a version that shows `shows` and may show `intends`.
    fn version(number: &str, topics: &[&str], shows: Option<&str>, intends: &str) -> VersionHandle {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let changes = Arc::new(watch::Sender::new(0));
        let handle = VersionHandle::new("a", number, Digest::from([0; 32]), topics, Phase::Live, changes);
        handle.publish(|progress| progress.shown = shows.map(position));
        handle.set_intent(EMBEDDED, &position(intends));
        handle
    }

    /// Requests a flush, and returns whether it is held back.
    fn is_frozen(handle: &VersionHandle) -> bool {
        let mut asked = false;
        let flush: Option<()> = handle.begin_flush(EMBEDDED, || {
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
        assert!(matches!(handover.look(&new, Some(&old), now), Ok(HandoverProgress::NotYet)));
        assert!(!is_frozen(&old), "too early: the new version is not close");
        new.publish(|progress| progress.shown = Some(position("t:0:5")));
        assert!(
            matches!(handover.look(&new, Some(&old), now), Ok(HandoverProgress::NotYet)),
            "a flush is on its way"
        );
        assert!(is_frozen(&old));
        new.publish(|progress| progress.shown = Some(position("t:0:9")));
        let Ok(HandoverProgress::Enough { shown, .. }) = handover.look(&new, Some(&old), now) else {
            panic!("it shows enough")
        };
        assert_eq!(shown, position("t:0:9"));
        handover.end(Some(&old), &Ok("done".to_owned()));
        assert!(!is_frozen(&old));
    }

    /// Adds a sink to a version, which shows `shows` and may show `intends`.
    fn add_sink(handle: &VersionHandle, shows: Option<&str>, intends: &str, pointed: bool) {
        handle.publish_sink("cache", |state| (state.shown, state.pointed) = (shows.map(position), pointed));
        handle.set_intent("cache", &position(intends));
    }

    fn says(looked: Result<HandoverProgress>) -> &'static str {
        match looked {
            Ok(HandoverProgress::NotYet) => "not yet",
            Ok(HandoverProgress::Enough { .. }) => "enough",
            Err(_) => "too late",
        }
    }

    #[test]
    fn every_sink_of_the_new_version_must_show_what_that_of_the_old_one_may_show() {
        let now = Instant::now();
        let (old, new) =
            (version("0.1.0", &["t"], Some("t:0:5"), "t:0:5"), version("0.2.0", &["t"], Some("t:0:9"), "-"));
        add_sink(&old, Some("t:0:6"), "t:0:8", true);
        add_sink(&new, None, "-", false);
        let mut handover = handover(now);
        assert_eq!(says(handover.look(&new, Some(&old), now)), "not yet", "the sink is not loaded");
        add_sink(&new, Some("t:0:5"), "t:0:5", false);
        assert_eq!(says(handover.look(&new, Some(&old), now)), "not yet", "the sink shows less");
        assert!(!is_frozen(&old));
        add_sink(&new, Some("t:0:7"), "t:0:7", false);
        assert_eq!(says(handover.look(&new, Some(&old), now)), "not yet", "a flush is on its way");
        assert!(is_frozen(&old));
        add_sink(&new, Some("t:0:8"), "t:0:8", false);
        assert_eq!(says(handover.look(&new, Some(&old), now)), "enough");
    }

    #[test]
    fn a_sink_that_is_away_freezes_nothing_and_may_be_left_behind() {
        let now = Instant::now();
        let (old, new) = (
            version("0.2.0", &["t"], Some("t:0:5"), "t:0:5"),
            version("0.1.0", &["t"], Some("t:0:5"), "t:0:5"),
        );
        add_sink(&old, Some("t:0:5"), "t:0:8", true);
        add_sink(&new, Some("t:0:5"), "t:0:5", false);
        old.leave_sinks(&BTreeMap::from([("cache".to_owned(), position("t:0:9"))]));
        new.publish_sink("cache", |state| state.trouble = Some("connection refused".to_owned()));
        let mut handover = handover(now);
        assert_eq!(says(handover.look(&new, Some(&old), now)), "not yet");
        assert!(!is_frozen(&old), "readers of the embedded store do not wait for a cache that is away");
        let Err(error) = handover.look(&new, Some(&old), now + APPROACH_MAX * 2) else { panic!("too late") };
        assert!(error.message().contains("sink `cache`: connection refused"), "{error}");
        handover.leave_sinks();
        let Ok(HandoverProgress::Enough { left, .. }) = handover.look(&new, Some(&old), now) else {
            panic!("enough")
        };
        assert_eq!(
            left["cache"],
            position("t:0:9"),
            "what may have been seen, also before the old version was live"
        );
        step_up(&new, &left);
        let shows = |shown: &str| new.shows_what_was_seen("cache", &position(shown));
        assert!(!shows("t:0:8") && shows("t:0:9"));
        step_up(&new, &BTreeMap::new());
        assert!(shows("-"), "a later decision leaves nothing behind");
    }

    #[test]
    fn a_sink_of_the_old_version_stays_frozen_until_its_readers_read_the_new_one() {
        let now = Instant::now();
        let (old, new) =
            (version("0.1.0", &["t"], Some("t:0:5"), "t:0:5"), version("0.2.0", &["t"], Some("t:0:5"), "-"));
        add_sink(&old, Some("t:0:5"), "t:0:5", true);
        add_sink(&new, Some("t:0:5"), "t:0:5", false);
        let mut handover = handover(now);
        assert_eq!(says(handover.look(&new, Some(&old), now)), "enough");
        handover.end(Some(&old), &Ok("done".to_owned()));
        step_down(&old);
        let is_frozen_in = |sink: &str| old.begin_flush(sink, || Some(((), Position::default()))).is_none();
        assert!(!is_frozen_in(EMBEDDED) && is_frozen_in("cache"));
        thaw_behind(&new, &old);
        assert!(is_frozen_in("cache"), "its readers still read the old one");
        new.publish_sink("cache", |state| state.pointed = true);
        thaw_behind(&new, &old);
        assert!(!is_frozen_in("cache"));
    }

    #[test]
    fn nothing_is_handed_over_while_readers_are_still_being_pointed_to_the_old_version() {
        let now = Instant::now();
        let (old, new) =
            (version("0.1.0", &["t"], Some("t:0:5"), "t:0:5"), version("0.2.0", &["t"], Some("t:0:5"), "-"));
        add_sink(&old, Some("t:0:5"), "t:0:5", false);
        add_sink(&new, Some("t:0:5"), "t:0:5", false);
        assert_eq!(says(handover(now).look(&new, Some(&old), now)), "not yet");
        // A halted sink no longer points readers and must not keep a better version out.
        old.publish_sink("cache", |state| {
            (state.phase, state.reason) = (SinkPhase::Halted, Some("a mapping that conflicts".to_owned()));
        });
        assert_eq!(says(handover(now).look(&new, Some(&old), now)), "enough");
    }

    #[test]
    fn a_sink_that_has_not_answered_since_the_start_may_show_all_that_was_folded() {
        let now = Instant::now();
        let (old, new) = (
            version("0.2.0", &["t"], Some("t:0:5"), "t:0:5"),
            version("0.1.0", &["t"], Some("t:0:5"), "t:0:5"),
        );
        old.publish(|progress| progress.position = position("t:0:7"));
        old.publish_sink("cache", |state| state.trouble = Some("connection refused".to_owned()));
        new.publish_sink("cache", |state| state.trouble = Some("connection refused".to_owned()));
        let mut handover = handover(now);
        handover.leave_sinks();
        let Ok(HandoverProgress::Enough { left, .. }) = handover.look(&new, Some(&old), now) else {
            panic!("enough")
        };
        assert_eq!(left["cache"], position("t:0:7"));
    }

    #[test]
    fn an_input_that_the_new_version_has_dropped_is_not_waited_for() {
        let now = Instant::now();
        let old = version("0.1.0", &["t", "u"], Some("t:0:5,u:0:7"), "t:0:5,u:0:7");
        let new = version("0.2.0", &["t"], Some("t:0:5"), "t:0:5");
        assert!(matches!(handover(now).look(&new, Some(&old), now), Ok(HandoverProgress::Enough { .. })));
    }

    #[test]
    fn a_version_that_does_not_come_is_waited_for_so_long_and_nothing_is_changed() {
        let now = Instant::now();
        let old = version("0.1.0", &["t"], Some("t:0:5"), "t:0:8");
        let new = version("0.2.0", &["t"], Some("t:0:5"), "t:0:5");
        let mut handover = handover(now);
        let (requester, answer) = sync_channel(1);
        handover.add_requester(requester);
        assert!(matches!(handover.look(&new, Some(&old), now), Ok(HandoverProgress::NotYet)));
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
        assert!(matches!(handover.look(&new, None, now), Ok(HandoverProgress::NotYet)));
        new.publish(|progress| progress.shown = Some(position("t:0:1")));
        assert!(matches!(handover.look(&new, None, now), Ok(HandoverProgress::Enough { .. })));
    }
}
