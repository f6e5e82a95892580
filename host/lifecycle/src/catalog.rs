//! The state of every version, computed from the decisions so far. Pure: the same decisions give the same catalog.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::lifecycle::{NotAllowed, Transition, VersionState};
use foldline_core::position::Position;
use semver::Version;

use super::build::Build;
use super::decisions::Decision;
use super::skip::Skip;
use foldline_log::lineage::Adoption;
use foldline_module::Digest;

/// Every build that was ever accepted, by its version ([`Build::version`]), with its state. Of each name, at most one version is live, at most one is the candidate,
/// and at most one is kept for a rollback.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    names: BTreeMap<String, Versions>,
    /// Adopted topics, one entry per adoption.
    adopted: Vec<(String, Adoption)>,
    /// The decisions on skips, by projection name, in order.
    skips: BTreeMap<String, Vec<Skip>>,
    /// Removed projections whose documents stay on servers until a new version of theirs is live.
    documents_stay: BTreeSet<String>,
}

type Versions = BTreeMap<Version, VersionRecord>;

/// The catalog's entry for one version.
#[derive(Clone, Debug, PartialEq, Eq)]
struct VersionRecord {
    build: Build,
    /// How many were registered under the name before it was, the last time.
    order: usize,
    state: VersionState,
    /// When it was last demoted, in milliseconds since 1970. `None` if it was never served.
    demoted_at_ms: Option<i64>,
    /// The position shown when it last went live. `None` if it never did.
    promoted_at: Option<Position>,
    /// For sinks left behind at that time: what their readers may have seen.
    left: BTreeMap<String, Position>,
}

/// The catalog's verdict on an accepted module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationCheck {
    /// These bytes are known, and no other values came later: nothing to decide.
    Known,
    /// This version is already registered with other bytes.
    Conflict(Digest),
    /// A new version to register, or other values for one.
    New,
}

/// A decision that does not fit those before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDecision {
    /// Nothing was ever registered under this name and version.
    #[error("{0}@{1} is not registered")]
    Unknown(String, Version),
    /// It was registered before.
    #[error("{0}@{1} is already registered")]
    Twice(String, Version),
    /// A version that was served keeps its bytes.
    #[error("{0}@{1} was served, so its bytes stay")]
    Served(String, Version),
    /// The version's state does not allow the transition.
    #[error("{0}@{1}: {2}")]
    NotAllowed(String, Version, NotAllowed),
}

impl Catalog {
    /// Applies a decision, or leaves the catalog unchanged.
    ///
    /// A registered version that is higher than all before becomes the candidate, replacing one that was not served yet; so does
    /// another build of the highest version, and one that comes again after others. A version that goes live starts the previous one's rollback window, and ends the window of any other.
    ///
    /// # Errors
    /// [`InvalidDecision`] for a decision that does not fit those before it.
    pub fn apply(&mut self, decision: &Decision) -> Result<(), InvalidDecision> {
        if let Decision::LogAdopted { topic, position, from_start } = decision {
            let adoption = Adoption { position: position.clone(), from_start: *from_start };
            self.adopted.push((topic.clone(), adoption));
            self.forget_of_log(topic);
        }
        if let Decision::Skipped { name, skip } = decision {
            self.skips.entry(name.clone()).or_default().push(skip.clone());
        }
        if let Decision::Removed { name, keeps_documents } = decision {
            self.remove(name, *keeps_documents);
        }
        let Some((name, version)) = decision.subject() else { return Ok(()) };
        let mut versions = self.names.get(name).cloned().unwrap_or_default();
        let invalid = |not_allowed: Option<NotAllowed>| match not_allowed {
            Some(not_allowed) => InvalidDecision::NotAllowed(name.to_owned(), version.clone(), not_allowed),
            None if matches!(decision, Decision::Registered { .. }) => {
                InvalidDecision::Twice(name.to_owned(), version.clone())
            }
            None => InvalidDecision::Unknown(name.to_owned(), version.clone()),
        };
        if matches!(decision, Decision::Completed { .. }) && self.was_served(name, version) {
            return Err(InvalidDecision::Served(name.to_owned(), version.clone()));
        }
        let applied = match decision {
            Decision::Completed { digest, .. } => complete(&mut versions, version, digest),
            Decision::Registered { digest, values, .. } => {
                let build = Build { release: version.clone(), module: *digest, values: values.clone() };
                register(&mut versions, build)
            }
            Decision::Started { .. } => start(&mut versions, version),
            Decision::Live { at_ms, position, left, .. } => {
                go_live(&mut versions, version, *at_ms, position, left)
            }
            Decision::Retired { .. } => take(&mut versions, version, Transition::Retire),
            Decision::Discarded { .. } => take(&mut versions, version, Transition::Discard),
            // These concern no version.
            Decision::Removed { .. }
            | Decision::Skipped { .. }
            | Decision::PartitionAdded { .. }
            | Decision::LogAdopted { .. } => Ok(()),
        };
        applied.map_err(invalid)?;
        if only(&versions, VersionState::Live).is_some() {
            self.documents_stay.remove(name);
        }
        self.names.insert(name.to_owned(), versions);
        Ok(())
    }

    /// Forgets decisions about a log that was replaced by an adopted one: their offsets belong to other records.
    fn forget_of_log(&mut self, topic: &str) {
        self.skips.values_mut().for_each(|skips| skips.retain(|skip| skip.topic != topic));
        for known in self.names.values_mut().flat_map(BTreeMap::values_mut) {
            known.left.retain(|_, seen| !seen.iter().any(|(of, ..)| of == topic));
        }
    }

    /// Discards all versions of a name. Skips stay in force for versions that come later.
    fn remove(&mut self, name: &str, keeps_documents: bool) {
        for known in self.names.get_mut(name).into_iter().flat_map(BTreeMap::values_mut) {
            known.state = known.state.after(Transition::Remove).unwrap_or(known.state);
        }
        match keeps_documents {
            true => self.documents_stay.insert(name.to_owned()),
            false => self.documents_stay.remove(name),
        };
    }

    /// Returns whether a projection's documents stay on servers although it has no version left.
    pub fn keeps_documents(&self, name: &str) -> bool {
        self.documents_stay.contains(name)
    }

    /// Returns what readers of left-behind sinks may have seen when the live version went live.
    pub fn left(&self, name: &str) -> BTreeMap<String, Position> {
        let live = self.live(name).and_then(|live| self.names.get(name)?.get(live));
        live.map(|known| known.left.clone()).unwrap_or_default()
    }

    /// Returns the adopted topics, one entry per adoption, in order.
    pub fn adopted(&self) -> impl Iterator<Item = (&str, &Adoption)> {
        self.adopted.iter().map(|(topic, adoption)| (topic.as_str(), adoption))
    }

    /// Returns the decisions on records that a projection skips, in order.
    pub fn skips(&self, name: &str) -> &[Skip] {
        self.skips.get(name).map_or(&[], Vec::as_slice)
    }

    /// Checks a module against the decisions.
    pub fn rule(&self, name: &str, build: &Build) -> RegistrationCheck {
        match self.names.get(name).and_then(|versions| newest(versions, &build.release)) {
            Some(known) if known.build == *build => RegistrationCheck::Known,
            Some(known) if known.build.module != build.module => {
                RegistrationCheck::Conflict(known.build.module)
            }
            Some(_) | None => RegistrationCheck::New,
        }
    }

    /// Returns the build of a registered version.
    pub fn build(&self, name: &str, version: &Version) -> Option<&Build> {
        Some(&self.names.get(name)?.get(version)?.build)
    }

    /// Returns the versions of all builds of a release, in the order in which they were registered.
    pub fn builds(&self, name: &str, release: &Version) -> Vec<&Version> {
        let versions = self.names.get(name).into_iter().flatten();
        let mut builds: Vec<_> = versions.filter(|(_, known)| known.build.release == *release).collect();
        builds.sort_by_key(|(_, known)| known.order);
        builds.into_iter().map(|(version, _)| version).collect()
    }

    /// Returns whether any version was registered with these bytes.
    pub fn knows(&self, digest: &Digest) -> bool {
        self.names.values().flat_map(BTreeMap::values).any(|known| known.build.module == *digest)
    }

    /// Returns whether any build of a release is, or was, served.
    pub fn was_served(&self, name: &str, release: &Version) -> bool {
        let known = self.names.get(name).into_iter().flat_map(BTreeMap::values);
        known.filter(|known| known.build.release == *release).any(|known| known.promoted_at.is_some())
    }

    /// Returns the state of a registered version.
    pub fn state_of(&self, name: &str, version: &Version) -> Option<VersionState> {
        Some(self.names.get(name)?.get(version)?.state)
    }

    /// Returns the highest version that was ever registered.
    pub fn highest(&self, name: &str) -> Option<&Version> {
        self.names.get(name)?.last_key_value().map(|(highest, _)| highest)
    }

    /// Returns the projections' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// Returns every version of a name that was ever registered.
    pub fn versions(&self, name: &str) -> impl Iterator<Item = &Version> {
        self.names.get(name).into_iter().flat_map(BTreeMap::keys)
    }

    /// Returns the versions of a name that fold the log.
    pub fn folding(&self, name: &str) -> impl Iterator<Item = (&Version, VersionState)> {
        let versions = self.names.get(name).into_iter().flatten();
        versions.map(|(version, known)| (version, known.state)).filter(|(_, state)| state.folds())
    }

    /// Returns the version that is served.
    pub fn live(&self, name: &str) -> Option<&Version> {
        self.only(name, VersionState::Live)
    }

    /// Returns the version that is built alongside the live one.
    pub fn candidate(&self, name: &str) -> Option<&Version> {
        self.only(name, VersionState::Candidate)
    }

    /// Returns the version that is kept for a rollback, and since when, in milliseconds since 1970.
    pub fn draining(&self, name: &str) -> Option<(&Version, i64)> {
        let version = self.only(name, VersionState::Draining)?;
        Some((version, self.names.get(name)?.get(version)?.demoted_at_ms?))
    }

    /// Returns the position shown when the live version went live.
    pub fn promoted_at(&self, name: &str) -> Option<&Position> {
        self.names.get(name)?.get(self.live(name)?)?.promoted_at.as_ref()
    }

    fn only(&self, name: &str, state: VersionState) -> Option<&Version> {
        only(self.names.get(name)?, state)
    }
}

fn only(versions: &Versions, state: VersionState) -> Option<&Version> {
    versions.iter().find(|(_, known)| known.state == state).map(|(version, _)| version)
}

/// Returns the build of a release that was registered last.
fn newest<'a>(versions: &'a Versions, release: &Version) -> Option<&'a VersionRecord> {
    versions.values().filter(|known| known.build.release == *release).max_by_key(|known| known.order)
}

fn register(versions: &mut Versions, build: Build) -> Result<(), Option<NotAllowed>> {
    let refuses = |newest: &VersionRecord| newest.build.module != build.module || newest.build == build;
    if newest(versions, &build.release).is_some_and(refuses) {
        return Err(None);
    }
    let is_highest = versions.values().all(|known| known.build.release <= build.release);
    let order = versions.values().map(|known| known.order + 1).max().unwrap_or(0);
    let version = build.version();
    let known = versions.entry(version.clone()).or_insert(VersionRecord {
        build,
        order,
        state: VersionState::Registered,
        demoted_at_ms: None,
        promoted_at: None,
        left: BTreeMap::new(),
    });
    known.order = order;
    let state = known.state;
    match state {
        VersionState::Registered | VersionState::Retired | VersionState::Discarded if is_highest => {
            start(versions, &version)
        }
        // What is served with these values, or was until now, is what the operator wants again: nothing is to take its place.
        VersionState::Live | VersionState::Draining if is_highest => displace(versions, &version),
        _ => Ok(()),
    }
}

/// Gives a release the whole bytes in place of their beginning. Its builds are called after the bytes.
fn complete(versions: &mut Versions, release: &Version, digest: &Digest) -> Result<(), Option<NotAllowed>> {
    let of_release = |_: &Version, known: &mut VersionRecord| known.build.release == *release;
    let completed: Vec<_> = versions.extract_if(.., of_release).map(|(_, known)| known).collect();
    if completed.is_empty() {
        return Err(None);
    }
    for known in completed {
        let build = Build { module: *digest, ..known.build };
        versions.insert(build.version(), VersionRecord { build, ..known });
    }
    Ok(())
}

fn start(versions: &mut Versions, version: &Version) -> Result<(), Option<NotAllowed>> {
    displace(versions, version)?;
    take(versions, version, Transition::Start)
}

/// Takes the candidate's place if it is another version.
fn displace(versions: &mut Versions, version: &Version) -> Result<(), Option<NotAllowed>> {
    match only(versions, VersionState::Candidate).filter(|&before| before != version).cloned() {
        Some(before) => take(versions, &before, Transition::Displace),
        None => Ok(()),
    }
}

fn go_live(
    versions: &mut Versions,
    version: &Version,
    at_ms: i64,
    position: &Position,
    left: &BTreeMap<String, Position>,
) -> Result<(), Option<NotAllowed>> {
    if let Some(before) = only(versions, VersionState::Draining).filter(|&before| before != version).cloned()
    {
        take(versions, &before, Transition::Retire)?;
    }
    if let Some(before) = only(versions, VersionState::Live).filter(|&before| before != version).cloned() {
        take(versions, &before, Transition::Demote)?;
        versions.entry(before).and_modify(|known| known.demoted_at_ms = Some(at_ms));
    }
    take(versions, version, Transition::Promote)?;
    versions.entry(version.clone()).and_modify(|known| {
        known.promoted_at = Some(position.clone());
        known.left.clone_from(left);
    });
    Ok(())
}

fn take(
    versions: &mut Versions,
    version: &Version,
    transition: Transition,
) -> Result<(), Option<NotAllowed>> {
    let known = versions.get_mut(version).ok_or(None)?;
    known.state = known.state.after(transition)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use foldline_core::description::Scalar;
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn registered(text: &str, byte: u8) -> Decision {
        configured(text, byte, None)
    }

    /// A module whose one parameter has this value; `None` = its fallback.
    fn configured(text: &str, byte: u8, orders: Option<i64>) -> Decision {
        let Build { release, module, values } = build(text, byte, orders);
        Decision::Registered { name: "a".into(), version: release, digest: module, values }
    }

    fn build(text: &str, byte: u8, orders: Option<i64>) -> Build {
        let values = orders.map(|orders| ("orders".to_owned(), Scalar::Int(orders)));
        let values = values.into_iter().collect();
        Build { release: version(text), module: Digest::from([byte; 32]), values }
    }

    fn live(text: &str, at_ms: i64) -> Decision {
        let (digest, position) = (Digest::from([0; 32]), Position::default());
        Decision::Live {
            name: "a".into(),
            version: version(text),
            digest,
            position,
            at_ms,
            left: BTreeMap::new(),
        }
    }

    fn discarded(text: &str) -> Decision {
        Decision::Discarded { name: "a".into(), version: version(text) }
    }

    fn started(text: &str) -> Decision {
        Decision::Started { name: "a".into(), version: version(text) }
    }

    fn removed() -> Decision {
        Decision::Removed { name: "a".into(), keeps_documents: false }
    }

    fn retired(text: &str) -> Decision {
        Decision::Retired { name: "a".into(), version: version(text) }
    }

    #[track_caller]
    fn catalog(decisions: &[Decision]) -> Catalog {
        let mut catalog = Catalog::default();
        decisions.iter().for_each(|decision| catalog.apply(decision).unwrap());
        catalog
    }

    #[track_caller]
    fn roles(decisions: &[Decision]) -> [Option<String>; 3] {
        let catalog = catalog(decisions);
        let draining = catalog.draining("a").map(|(version, _)| version);
        [catalog.live("a"), catalog.candidate("a"), draining].map(|version| version.map(Version::to_string))
    }

    fn some(live: &str, candidate: &str, draining: &str) -> [Option<String>; 3] {
        [live, candidate, draining].map(|text| (!text.is_empty()).then(|| text.to_owned()))
    }

    #[test]
    fn the_same_version_with_other_bytes_is_a_conflict() {
        let catalog = catalog(&[registered("1.0.0", 1)]);
        assert_eq!(catalog.rule("a", &build("1.0.0", 1, None)), RegistrationCheck::Known);
        let conflict = RegistrationCheck::Conflict(Digest::from([1; 32]));
        assert_eq!(catalog.rule("a", &build("1.0.0", 2, None)), conflict);
        assert_eq!(catalog.rule("a", &build("1.0.0", 2, Some(6))), conflict, "whatever the values");
        assert_eq!(catalog.rule("a", &build("1.0.1", 2, None)), RegistrationCheck::New);
    }

    #[test]
    fn a_version_that_was_never_served_may_be_completed_and_stands_where_it_stood() {
        let completed = |text: &str, byte: u8| Decision::Completed {
            name: "a".into(),
            version: version(text),
            digest: Digest::from([byte; 32]),
        };
        let mut decisions = vec![registered("1.0.0", 1), live("1.0.0", 5), registered("1.1.0", 2)];
        decisions.push(completed("1.1.0", 3));
        assert_eq!(roles(&decisions), some("1.0.0", "1.1.0", ""));
        let mut catalog = catalog(&decisions);
        assert_eq!(catalog.rule("a", &build("1.1.0", 3, None)), RegistrationCheck::Known);
        assert!(catalog.knows(&Digest::from([3; 32])) && !catalog.knows(&Digest::from([2; 32])));
        let before = catalog.clone();
        for (decision, expected) in [
            (completed("1.0.0", 4), "a@1.0.0 was served, so its bytes stay"),
            (completed("1.2.0", 4), "a@1.2.0 is not registered"),
        ] {
            assert_eq!(catalog.apply(&decision).unwrap_err().to_string(), expected);
            assert_eq!(catalog, before);
        }
    }

    #[test]
    fn other_values_are_another_build_of_the_version_and_the_later_decision_wins() {
        let plain = build("1.0.0", 1, None);
        let six = build("1.0.0", 1, Some(6));
        let (of_plain, of_six) = ("1.0.0", six.version().to_string());
        let mut decisions = vec![registered("1.0.0", 1), live("1.0.0", 5)];
        assert_eq!(catalog(&decisions).rule("a", &six), RegistrationCheck::New);
        decisions.push(configured("1.0.0", 1, Some(6)));
        assert_eq!(roles(&decisions), some(of_plain, &of_six, ""), "both side by side");
        let known = catalog(&decisions);
        assert_eq!(known.build("a", &six.version()), Some(&six), "the decisions say what it runs with");
        assert_eq!(known.rule("a", &six), RegistrationCheck::Known);
        assert_eq!(known.builds("a", &version("1.0.0")), [&plain.version(), &six.version()]);

        // The file says the former values again before the build is served: it is given up.
        assert_eq!(known.rule("a", &plain), RegistrationCheck::New);
        let undone = [decisions.clone(), vec![registered("1.0.0", 1)]].concat();
        assert_eq!(roles(&undone), some(of_plain, "", ""));
        assert_eq!(catalog(&undone).rule("a", &plain), RegistrationCheck::Known);

        decisions.push(live(&of_six, 7));
        assert_eq!(roles(&decisions), some(&of_six, "", of_plain), "a rollback needs the file no more");
        let back = [decisions.clone(), vec![live(of_plain, 9)]].concat();
        assert_eq!(roles(&back), some(of_plain, "", &of_six));
        assert_eq!(catalog(&back).rule("a", &six), RegistrationCheck::Known, "the file starts nothing again");

        // With the former values after the rollback window, the former build is replayed.
        decisions.extend([retired(of_plain), registered("1.0.0", 1)]);
        assert_eq!(roles(&decisions), some(&of_six, of_plain, ""));
        // Another version of the module conflicts with neither.
        decisions.push(configured("1.1.0", 2, Some(6)));
        let higher = build("1.1.0", 2, Some(6)).version().to_string();
        assert_eq!(roles(&decisions), some(&of_six, &higher, ""));
        decisions.push(configured("1.0.0", 1, Some(7)));
        assert_eq!(roles(&decisions), some(&of_six, &higher, ""), "values of a lower version start nothing");
    }

    #[test]
    fn all_builds_of_a_beginning_are_completed() {
        let completed = Decision::Completed {
            name: "a".into(),
            version: version("1.0.0"),
            digest: Digest::from([2; 32]),
        };
        let half = [registered("1.0.0", 1), configured("1.0.0", 1, Some(6))];
        let whole = build("1.0.0", 2, Some(6));
        let mut known = catalog(&[half.to_vec(), vec![completed.clone()]].concat());
        assert_eq!(known.candidate("a"), Some(&whole.version()));
        assert_eq!(known.build("a", &whole.version()), Some(&whole));
        assert!(!known.knows(&Digest::from([1; 32])));
        assert_eq!(known.versions("a").count(), 2);
        known.apply(&live(&whole.version().to_string(), 5)).unwrap();
        assert_eq!(known.apply(&completed).unwrap_err().to_string(), "a@1.0.0 was served, so its bytes stay");
    }

    #[test]
    fn the_highest_version_is_the_candidate_and_displaces_one_that_was_not_served() {
        let before = [registered("1.9.0", 1), registered("1.10.0", 2)];
        assert_eq!(roles(&before), some("", "1.10.0", ""));
        assert_eq!(catalog(&before).state_of("a", &version("1.9.0")), Some(VersionState::Registered));
        let lower = [registered("1.10.0", 2), live("1.10.0", 0), registered("1.9.0", 1)];
        assert_eq!(roles(&lower), some("1.10.0", "", ""));
    }

    #[test]
    fn an_upgrade_keeps_the_old_version_and_a_rollback_the_new_one() {
        let mut decisions = vec![registered("1.0.0", 1), live("1.0.0", 5), registered("2.0.0", 2)];
        assert_eq!(roles(&decisions), some("1.0.0", "2.0.0", ""));
        decisions.push(live("2.0.0", 7));
        assert_eq!(roles(&decisions), some("2.0.0", "", "1.0.0"));
        assert_eq!(catalog(&decisions).draining("a"), Some((&version("1.0.0"), 7)));
        decisions.push(live("1.0.0", 9));
        assert_eq!(roles(&decisions), some("1.0.0", "", "2.0.0"), "and 2.0.0 is no candidate again");
        decisions.push(registered("3.0.0", 3));
        decisions.push(live("3.0.0", 11));
        assert_eq!(roles(&decisions), some("3.0.0", "", "1.0.0"));
        assert_eq!(catalog(&decisions).state_of("a", &version("2.0.0")), Some(VersionState::Retired));
        decisions.push(retired("1.0.0"));
        assert_eq!(roles(&decisions), some("3.0.0", "", ""));
        decisions.push(started("2.0.0"));
        assert_eq!(roles(&decisions), some("3.0.0", "2.0.0", ""), "a retired one can be replayed again");
    }

    #[test]
    fn what_was_given_up_is_no_candidate_until_somebody_starts_it() {
        let mut decisions = vec![registered("1.0.0", 1), registered("2.0.0", 2), discarded("2.0.0")];
        assert_eq!(roles(&decisions), some("", "", ""));
        decisions.push(started("1.0.0"));
        assert_eq!(roles(&decisions), some("", "1.0.0", ""));
    }

    #[test]
    fn a_projection_that_was_removed_begins_again_with_a_higher_version_or_one_that_somebody_starts() {
        let served = vec![registered("1.0.0", 1), live("1.0.0", 5), registered("2.0.0", 2), removed()];
        assert_eq!(roles(&served), some("", "", ""));
        let mut known = catalog(&served);
        let check = known.rule("a", &build("2.0.0", 2, None));
        assert_eq!(check, RegistrationCheck::Known, "its file may still lie there");
        known.apply(&started("1.0.0")).unwrap();
        assert_eq!(known.candidate("a"), Some(&version("1.0.0")));
        let again = [served, vec![registered("3.0.0", 3)]].concat();
        assert_eq!(roles(&again), some("", "3.0.0", ""));
    }

    #[test]
    fn what_was_decided_of_a_log_is_forgotten_with_it() {
        let skip = |topic: &str| Decision::Skipped {
            name: "a".into(),
            skip: Skip {
                topic: topic.into(),
                partition: 0,
                from: 3,
                to: 5,
                relay: false,
                undone: false,
                reason: "bad".into(),
                at_ms: 0,
            },
        };
        let adopted =
            Decision::LogAdopted { topic: "likes".into(), position: Position::default(), from_start: true };
        let left =
            |topic: &str| BTreeMap::from([(topic.to_owned(), format!("{topic}:0:9").parse().unwrap())]);
        let mut decisions = vec![registered("1.0.0", 1), skip("likes"), skip("posts")];
        let (digest, position) = (Digest::from([0; 32]), Position::default());
        let (name, version) = ("a".to_owned(), version("1.0.0"));
        let left = left("likes").into_iter().chain(left("posts")).collect();
        decisions.push(Decision::Live { name, version, digest, position, at_ms: 1, left });
        decisions.push(adopted);
        let known = catalog(&decisions);
        let topics: Vec<&str> = known.skips("a").iter().map(|skip| skip.topic.as_str()).collect();
        assert_eq!(topics, ["posts"]);
        assert_eq!(known.left("a").into_keys().collect::<Vec<_>>(), ["posts"]);
    }

    #[test]
    fn documents_that_stay_do_so_until_another_version_is_live() {
        let keep = Decision::Removed { name: "a".into(), keeps_documents: true };
        let mut known = catalog(&[registered("1.0.0", 1), live("1.0.0", 5), keep, registered("2.0.0", 2)]);
        assert!(known.keeps_documents("a"));
        known.apply(&live("2.0.0", 7)).unwrap();
        assert!(!known.keeps_documents("a"));
    }

    #[test]
    fn a_decision_that_does_not_fit_is_refused_and_changes_nothing() {
        let mut catalog = catalog(&[registered("1.0.0", 1), live("1.0.0", 5)]);
        let before = catalog.clone();
        for (decision, expected) in [
            (live("1.0.0", 6), "a@1.0.0: a version that is live cannot be promoted"),
            (discarded("1.0.0"), "a@1.0.0: a version that is live cannot be discarded"),
            (live("2.0.0", 6), "a@2.0.0 is not registered"),
            (registered("1.0.0", 2), "a@1.0.0 is already registered"),
        ] {
            assert_eq!(catalog.apply(&decision).unwrap_err().to_string(), expected);
            assert_eq!(catalog, before);
        }
    }

    fn any_decision() -> impl Strategy<Value = Decision> {
        let version = (0..4u8).prop_map(|minor| format!("1.{minor}.0"));
        (0..7u8, version, 0..9i64).prop_map(|(kind, version, at_ms)| match kind {
            0 => registered(&version, 1),
            6 => configured(&version, 1, Some(at_ms % 3)),
            1 => started(&version),
            2 => live(&version, at_ms),
            3 => retired(&version),
            4 => removed(),
            _ => discarded(&version),
        })
    }

    proptest! {
        #[test]
        fn whatever_is_decided_no_role_is_taken_twice_and_what_was_live_once_is_followed_by_another(
            decisions in proptest::collection::vec(any_decision(), 0..40),
        ) {
            let mut catalog = Catalog::default();
            let mut was_live = false;
            for decision in decisions {
                let before = catalog.clone();
                let removes = matches!(decision, Decision::Removed { .. });
                match catalog.apply(&decision) {
                    Ok(()) => {}
                    Err(_) => prop_assert_eq!(&catalog, &before),
                }
                for state in [VersionState::Candidate, VersionState::Live, VersionState::Draining] {
                    let taken = catalog.folding("a").filter(|(_, held)| *held == state).count();
                    prop_assert!(taken <= 1, "{} are {}", taken, state);
                }
                was_live = !removes && (was_live || catalog.live("a").is_some());
                prop_assert_eq!(catalog.live("a").is_some(), was_live, "something is served until the projection is removed");
            }
        }
    }
}
