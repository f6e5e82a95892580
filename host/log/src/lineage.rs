//! Lineage: whether a log is the one that was read. It compares what positions claim with what the log holds.
//!
//! State, sinks, frontiers and decisions continue from positions, and offsets alone do not distinguish logs: a re-created
//! topic, an older copy that was restored, or another installation's folder has the same offsets. So a position names the
//! topic's id and a [`Witness`] of each partition. A topic that does not agree is reported by name, and takes no appends until
//! an operator adopts the log (`foldline adopt-log`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::{Position, Witness};
use parking_lot::{Condvar, Mutex};

use super::Log;
use super::witness::hashes_at;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};

/// How long an append waits for starting versions to compare the log with what they folded of it.
const PROVEN_WITHIN: Duration = Duration::from_secs(10);

/// What a host knows of its log: which topics were adopted, which are in doubt, which are still to be compared.
#[derive(Default)]
pub struct Lineage {
    known: Mutex<Known>,
    /// Notified when a topic was compared.
    proven: Condvar,
}

#[derive(Default)]
struct Known {
    /// By topic, its last adoption, and how often it had been adopted by then.
    adopted: BTreeMap<String, (Adoption, u32)>,
    /// By topic, how often it was adopted, according to decisions or to any kept position: decisions can be lost, or restored
    /// from an older copy.
    adoptions: BTreeMap<String, u32>,
    /// By topic and source, why the topic is not the one that was read.
    doubts: BTreeMap<String, BTreeMap<DoubtSource, String>>,
    /// Topics that were read but are unknown to the log, and since when.
    vanished: BTreeMap<String, Instant>,
    /// By topic, how many versions have not compared it yet.
    unproven: BTreeMap<String, usize>,
    /// How many versions with unknown topics are still to compare them.
    unproven_in_any: usize,
}

impl Known {
    /// Returns why a topic is not the one that was read. If several sources reported it, the readers' reason comes first.
    fn doubt(&self, topic: &str) -> Option<&String> {
        self.doubts.get(topic)?.values().next()
    }

    fn is_unproven(&self, topic: &str) -> bool {
        self.unproven_in_any > 0 || self.unproven.contains_key(topic)
    }
}

/// Who reported that a topic is not the one that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DoubtSource {
    /// State, a relay's frontier, or a reader of the log.
    Readers,
    /// A sink, or a relay that knows of frontiers. It may withdraw the doubt, or an operator may find the source to be wrong.
    Named(String),
}

/// The adoption of a topic by an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The topic's end at the time of the adoption, with its id and witnesses.
    pub position: Position,
    /// Whether relays read the topic from its start instead of from that end.
    pub from_start: bool,
}

/// The origin of something that continues from positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogOrigin {
    /// From this log, as far as known.
    ThisLog,
    /// From another log, and this one was adopted since: it must begin again.
    BeforeAdoption,
    /// From another log.
    AnotherLog {
        /// The topic that does not agree.
        topic: String,
        /// How it contradicts the positions.
        contradiction: String,
    },
}

/// A version that has not compared its topics yet. Until this is dropped, appends to them wait.
pub struct Unproven {
    lineage: Arc<Lineage>,
    /// `None` = not known yet, so appends to any topic wait.
    topics: Option<Vec<String>>,
}

impl Drop for Unproven {
    fn drop(&mut self) {
        let mut known = self.lineage.known.lock();
        if self.topics.is_none() {
            known.unproven_in_any -= 1;
        }
        for topic in self.topics.iter().flatten() {
            if let Some(versions) = known.unproven.get_mut(topic) {
                *versions -= 1;
            }
        }
        known.unproven.retain(|_, versions| *versions > 0);
        self.lineage.proven.notify_all();
    }
}

impl Lineage {
    /// Compares topics with the positions that something continues from (`claims`).
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer.
    pub fn compare(&self, log: &dyn Log, topics: &[String], claims: &[&Position]) -> Result<LogOrigin> {
        let mut origin = LogOrigin::ThisLog;
        for topic in topics {
            let times = |claim: &Position| claim.topic_id(topic).map_or(0, adoptions_of);
            self.learn_adoptions(topic, claims.iter().map(|claim| times(claim)).max().unwrap_or(0));
            let adoption = self.known.lock().adopted.get(topic).cloned();
            let adopted_times = adoption.as_ref().map_or(0, |(_, times)| *times);
            let is_since = |claim: &&Position| times(claim) >= adopted_times;
            let (since, before): (Vec<&Position>, Vec<&Position>) =
                claims.iter().copied().partition(is_since);
            let another = |contradiction| LogOrigin::AnotherLog { topic: topic.clone(), contradiction };
            if is_planted(Bug::WitnessNotAsked) {
                continue;
            }
            if let Some(contradiction) = self.contradiction(log, topic, &since)? {
                return Ok(another(contradiction));
            }
            let Some(contradiction) = self.contradiction(log, topic, &before)? else { continue };
            match adoption {
                Some((Adoption { position, .. }, _))
                    if contradiction_of(log, topic, &[&position])?.is_none() =>
                {
                    origin = LogOrigin::BeforeAdoption;
                }
                _ => return Ok(another(contradiction)),
            }
        }
        Ok(origin)
    }

    /// As [`Lineage::compare`], for state and relays: a topic that does not agree is in doubt from then on. Returns whether
    /// they must begin again because this log was adopted.
    ///
    /// # Errors
    /// `Replaced` when a topic is not the one that was read, and was not adopted; `Unavailable` when the log does not answer.
    pub fn prove(&self, log: &dyn Log, topics: &[String], claims: &[&Position]) -> Result<bool> {
        match self.compare(log, topics, claims)? {
            LogOrigin::ThisLog => Ok(false),
            LogOrigin::BeforeAdoption => Ok(true),
            LogOrigin::AnotherLog { topic, contradiction } => Err(self.doubt(&topic, contradiction)),
        }
    }

    /// Returns how a topic contradicts positions, if it does.
    fn contradiction(&self, log: &dyn Log, topic: &str, claims: &[&Position]) -> Result<Option<String>> {
        if claims.is_empty() {
            return Ok(None);
        }
        match log.partitions(topic)? {
            Some(_) => {
                self.found(topic);
                contradiction_of(log, topic, claims)
            }
            None => self.gone(log, topic, claims),
        }
    }

    /// Notes that the log knows a topic. If the topic is missing later, the waiting time starts then.
    pub fn found(&self, topic: &str) {
        self.known.lock().vanished.remove(topic);
    }

    /// Returns how a topic that the log does not know contradicts positions, if one of them has read it.
    ///
    /// # Errors
    /// `Unavailable` while the log may still learn of the topic.
    pub fn gone(&self, log: &dyn Log, topic: &str, claims: &[&Position]) -> Result<Option<String>> {
        let read = |claim: &&Position| {
            let of_topic = claim.of_topics([topic]);
            of_topic
                .iter()
                .map(|(_, partition, next_offset)| (partition, next_offset))
                .find(|(_, next)| *next > 0)
        };
        let Some((partition, next_offset)) = claims.iter().find_map(read) else { return Ok(None) };
        let since = *self.known.lock().vanished.entry(topic.to_owned()).or_insert_with(Instant::now);
        if since.elapsed() < log.learns_topics_within() {
            return Err(Error::new(ErrorKind::Unavailable, format!("topic `{topic}` is gone")));
        }
        Ok(Some(format!(
            "it is gone, but offset {next_offset} of partition {partition} was already folded or shown: the log was replaced"
        )))
    }

    /// Puts a topic in doubt, and returns the error that says so.
    pub fn doubt(&self, topic: &str, contradiction: String) -> Error {
        self.note(topic, DoubtSource::Readers, &contradiction);
        replaced(topic, contradiction)
    }

    /// As [`Lineage::doubt`], until `who` withdraws it ([`Lineage::forget`]).
    pub fn doubt_by(&self, topic: &str, contradiction: String, who: &str) -> Error {
        self.note(topic, DoubtSource::Named(who.to_owned()), &contradiction);
        replaced(topic, contradiction)
    }

    /// Withdraws all doubts of a sink that is refilled, or of a relay that has found the log to be right.
    pub fn forget(&self, who: &str) {
        let mut known = self.known.lock();
        let who = DoubtSource::Named(who.to_owned());
        known.doubts.values_mut().for_each(|of_topic| drop(of_topic.remove(&who)));
        known.doubts.retain(|_, of_topic| !of_topic.is_empty());
    }

    fn note(&self, topic: &str, by: DoubtSource, contradiction: &str) {
        let mut known = self.known.lock();
        known.doubts.entry(topic.to_owned()).or_default().insert(by, contradiction.to_owned());
    }

    /// Accepts a topic as the right one from now on, and clears its doubts.
    pub fn adopt(&self, topic: &str, adoption: Adoption) {
        let mut known = self.known.lock();
        known.doubts.remove(topic);
        let decided = adoption.position.topic_id(topic).map_or(0, adoptions_of);
        let times = known.adoptions.entry(topic.to_owned()).or_default();
        // Decisions of older hosts do not hold the number of adoptions.
        *times = decided.max(*times + u32::from(decided == 0));
        let times = *times;
        known.adopted.insert(topic.to_owned(), (adoption, times));
    }

    /// Returns the position for an adoption that is decided now: the topic's end, with the number of adoptions including this
    /// one.
    pub fn next_adoption(&self, topic: &str, mut testimony: Position) -> Position {
        if let Some(id) = testimony.topic_id(topic).map(str::to_owned) {
            testimony.identify(topic, &format!("{id}{ADOPTIONS}{}", self.adoptions(topic) + 1));
        }
        testimony
    }

    /// Notes how often a topic was adopted according to a kept position. Decisions may know of fewer adoptions.
    pub fn learn_adoptions(&self, topic: &str, times: u32) {
        let mut known = self.known.lock();
        let known = known.adoptions.entry(topic.to_owned()).or_default();
        *known = times.max(*known);
    }

    /// Returns the id that positions keep of a topic: the topic's id with the number of adoptions. It distinguishes positions
    /// from before and after an adoption.
    pub fn kept_id(&self, topic: &str, id: &str) -> String {
        match self.adoptions(topic) {
            0 => id.to_owned(),
            adoptions => format!("{id}{ADOPTIONS}{adoptions}"),
        }
    }

    /// Returns how often a topic was adopted. The number distinguishes offsets of this log from those of an earlier one.
    pub fn adoptions(&self, topic: &str) -> u32 {
        self.known.lock().adoptions.get(topic).copied().unwrap_or(0)
    }

    /// Returns the last adoption of a topic, if there is one.
    pub fn adoption(&self, topic: &str) -> Option<Adoption> {
        self.known.lock().adopted.get(topic).map(|(adoption, _)| adoption.clone())
    }

    /// Returns why a topic is in doubt, if it is.
    pub fn doubts(&self, topic: &str) -> Option<String> {
        self.known.lock().doubt(topic).cloned()
    }

    /// Returns an error for each topic in doubt, with the reason.
    pub fn doubted(&self) -> Vec<Error> {
        let known = self.known.lock();
        let topics = known.doubts.keys();
        topics.filter_map(|topic| Some(replaced(topic, known.doubt(topic)?.clone()))).collect()
    }

    /// Notes that a version is about to compare these topics.
    pub fn expect(self: &Arc<Self>, topics: &[String]) -> Unproven {
        let mut known = self.known.lock();
        for topic in topics {
            *known.unproven.entry(topic.clone()).or_default() += 1;
        }
        Unproven { lineage: Arc::clone(self), topics: Some(topics.to_vec()) }
    }

    /// Notes that versions with unknown topics are about to start: appends to any topic wait.
    pub fn expect_any(self: &Arc<Self>) -> Unproven {
        self.known.lock().unproven_in_any += 1;
        Unproven { lineage: Arc::clone(self), topics: None }
    }

    /// Waits until a topic may be appended to: new records must follow the records that were read.
    ///
    /// # Errors
    /// `Replaced` for a topic in doubt; `Unavailable` when starting versions have not compared it within 10 s.
    pub fn admit(&self, topic: &str) -> Result<()> {
        let until = Instant::now() + PROVEN_WITHIN;
        let mut known = self.known.lock();
        while known.is_unproven(topic) {
            if self.proven.wait_until(&mut known, until).timed_out() {
                let message = format!("topic `{topic}` has not been compared with what was read of it yet");
                return Err(Error::new(ErrorKind::Unavailable, message)
                    .with_hint("`foldline status` shows what its readers wait for; try again"));
            }
        }
        match known.doubt(topic) {
            Some(doubt) => Err(replaced(topic, format!("nothing is appended to it, since {doubt}"))),
            None => Ok(()),
        }
    }
}

/// Returns the end of a topic, with its id and a witness of each partition, as an adoption records it.
///
/// # Errors
/// `NotFound` for a topic that does not exist; `Unavailable` when the log does not answer.
pub fn testimony(log: &dyn Log, topic: &str) -> Result<Position> {
    let mut position = Position::default();
    if let Some(id) = log.topic_id(topic)? {
        position.identify(topic, &id);
    }
    let bounds: Vec<(u64, u64)> = log.starts(topic)?.into_iter().zip(log.ends(topic)?).collect();
    (0..).zip(&bounds).for_each(|(partition, (_, end))| position.set(topic, partition, *end));
    let mut open: BTreeMap<u32, (u64, u64)> = (0..).zip(bounds).collect();
    for _ in 0..TESTIMONY_OFFSETS_MAX {
        // The last entry may be a transaction's marker: then try the one before it.
        open.retain(|_, (start, end)| start < end);
        open.values_mut().for_each(|(_, end)| *end -= 1);
        let last = open.iter().map(|(&partition, &(_, offset))| (partition, offset)).collect();
        for ((partition, offset), hash) in hashes_at(log, topic, &last)? {
            position.witness(topic, partition, Witness { offset, hash });
            open.remove(&partition);
        }
    }
    Ok(position)
}

/// Separates a topic's id from the number of adoptions. No id contains it.
const ADOPTIONS: char = '+';

/// Returns how often a topic had been adopted when a position was made. `kept_id` is the id in the position.
pub fn adoptions_of(kept_id: &str) -> u32 {
    kept_id.split_once(ADOPTIONS).and_then(|(_, adoptions)| adoptions.parse().ok()).unwrap_or(0)
}

/// Returns the topic's own id, from the id that a position keeps.
pub fn id_of(kept_id: &str) -> &str {
    kept_id.split_once(ADOPTIONS).map_or(kept_id, |(id, _)| id)
}

/// Returns the topic's id in a position, if it differs from `id`.
pub fn other_id<'a>(position: &'a Position, topic: &str, id: &str) -> Option<&'a str> {
    position.topic_id(topic).map(id_of).filter(|read| *read != id)
}

/// How many offsets at a topic's end are tried for a record.
const TESTIMONY_OFFSETS_MAX: usize = 8;

/// Returns how an existing topic contradicts positions, if it does.
fn contradiction_of(log: &dyn Log, topic: &str, claims: &[&Position]) -> Result<Option<String>> {
    if let Some(id) = log.topic_id(topic)? {
        let other = claims.iter().find_map(|claim| other_id(claim, topic, &id));
        if let Some(read) = other {
            return Ok(Some(recreated(read, &id)));
        }
    }
    let ends = log.ends(topic)?;
    let mut witnesses = BTreeSet::new();
    for claim in claims {
        for (_, partition, next_offset) in claim.of_topics([topic]).iter() {
            let end = ends.get(partition as usize).copied().unwrap_or(0);
            if end < next_offset {
                return Ok(Some(format!(
                    "partition {partition} ends at offset {end}, but offset {next_offset} was already folded or shown: the \
                     log was replaced"
                )));
            }
        }
        witnesses.extend(claim.witnesses(topic).map(|(partition, of)| ((partition, of.offset), of.hash)));
    }
    let held = hashes_at(log, topic, &witnesses.iter().map(|(place, _)| *place).collect())?;
    let other = witnesses.iter().find(|(place, hash)| held.get(place).is_some_and(|held| held != hash));
    Ok(other.map(|((partition, offset), _)| {
        format!(
            "partition {partition} holds another record at offset {offset} than the one that was read there: the log was \
             replaced"
        )
    }))
}

/// Returns the text that says that a topic's id has changed.
pub fn recreated(read: &str, id: &str) -> String {
    format!("it was re-created: its id was {read} when it was read, and is {id}")
}

fn replaced(topic: &str, contradiction: String) -> Error {
    Error::new(ErrorKind::Replaced, format!("topic `{topic}` is not the one that was read: {contradiction}"))
        .with_hint(format!(
            "restore the log that the host knew; or, to continue with this one, run `foldline adopt-log {topic}`: \
             what is made of it begins again"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewRecord;
    use crate::file::FileLog;

    /// A log of one partition with these values.
    fn log(values: &[&str]) -> FileLog {
        let record = |value: &&str| {
            let record = NewRecord { value: Some((*value).into()), ..NewRecord::default() };
            ("likes".to_owned(), record)
        };
        FileLog::from_records(values.iter().map(record).collect(), 1).unwrap()
    }

    /// The position of a reader of the whole log.
    fn read(log: &FileLog) -> Position {
        testimony(log, "likes").unwrap()
    }

    /// Whether a reader with this position must begin again, or why it is refused.
    fn proven(lineage: &Lineage, log: &FileLog, claim: &Position) -> Result<bool, String> {
        lineage.prove(log, &["likes".to_owned()], &[claim]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_log_that_goes_on_from_what_was_read_is_the_same() {
        let lineage = Lineage::default();
        let claim = read(&log(&["a", "b"]));
        assert_eq!(claim.witnesses("likes").count(), 1);
        assert_eq!(proven(&lineage, &log(&["a", "b"]), &claim), Ok(false));
        assert_eq!(proven(&lineage, &log(&["a", "b", "c"]), &claim), Ok(false));
        assert_eq!(proven(&lineage, &log(&["x"]), &Position::default()), Ok(false), "nothing was read");
        let of_yore: Position = "likes:0:2".parse().unwrap();
        assert_eq!(proven(&lineage, &log(&["x", "y"]), &of_yore), Ok(false), "nothing is known");
        assert!(lineage.doubted().is_empty());
    }

    #[test]
    fn a_log_with_another_record_or_a_nearer_end_is_refused_by_name_and_takes_no_appends() {
        for (held, why) in [
            (
                &["a", "x"][..],
                "partition 0 holds another record at offset 1 than the one that was read there",
            ),
            (
                &["a", "x", "c", "d"],
                "partition 0 holds another record at offset 1 than the one that was read there",
            ),
            (&["a"], "partition 0 ends at offset 1, but offset 2 was already folded or shown"),
        ] {
            let lineage = Lineage::default();
            lineage.admit("likes").unwrap();
            let refused = proven(&lineage, &log(held), &read(&log(&["a", "b"]))).unwrap_err();
            assert!(
                refused.starts_with(&format!("topic `likes` is not the one that was read: {why}")),
                "{refused}"
            );
            assert!(refused.contains("`foldline adopt-log likes`"), "{refused}");
            assert!(lineage.doubts("likes").is_some());
            assert_eq!(lineage.admit("likes").unwrap_err().kind(), ErrorKind::Replaced);
            lineage.admit("posts").unwrap();
        }
    }

    #[test]
    fn what_was_read_of_another_log_begins_again_where_this_one_was_adopted_and_only_there() {
        let lineage = Lineage::default();
        let (former, adopted) = (read(&log(&["a", "b"])), log(&["x", "y"]));
        proven(&lineage, &adopted, &former).unwrap_err();
        lineage.adopt("likes", Adoption { position: read(&adopted), from_start: false });
        lineage.admit("likes").unwrap();
        assert_eq!(proven(&lineage, &adopted, &former), Ok(true));
        assert_eq!(proven(&lineage, &log(&["x", "y", "z"]), &former), Ok(true));
        assert_eq!(proven(&lineage, &log(&["a", "b"]), &former), Ok(false), "the former one came back");
        proven(&lineage, &log(&["p", "q"]), &former).expect_err("a third one is nobody's");
    }

    #[test]
    fn a_topic_that_came_back_has_just_gone_when_it_is_gone_again() {
        let lineage = Lineage::default();
        let (empty, claim) = (log(&[]), read(&log(&["a"])));
        let vanished = || lineage.known.lock().vanished.get("likes").copied();
        lineage.gone(&empty, "likes", &[&claim]).unwrap().expect("a contradiction");
        let first = vanished().expect("it is noted");
        lineage.gone(&empty, "likes", &[&claim]).unwrap().expect("a contradiction");
        assert_eq!(vanished(), Some(first), "it is gone since then");
        assert_eq!(proven(&lineage, &log(&["a"]), &claim), Ok(false));
        assert_eq!(vanished(), None);
    }

    #[test]
    fn a_log_that_goes_back_behind_what_was_read_since_its_adoption_is_refused_like_any_other() {
        let lineage = Lineage::default();
        let adopted = log(&["x", "y"]);
        lineage.adopt("likes", Adoption { position: read(&adopted), from_start: false });
        let mut since = read(&log(&["x", "y", "z"]));
        since.identify("likes", &lineage.kept_id("likes", "id"));
        assert_eq!(since.topic_id("likes"), Some("id+1"));
        assert_eq!(proven(&lineage, &log(&["x", "y", "z"]), &since), Ok(false));
        proven(&lineage, &adopted, &since).expect_err("a record is missing");
        lineage.adopt("likes", Adoption { position: read(&adopted), from_start: false });
        assert_eq!(proven(&lineage, &adopted, &since), Ok(true), "and adopted once more");
    }

    #[test]
    fn adoptions_that_decisions_do_not_know_of_are_counted_all_the_same() {
        let lineage = Lineage::default();
        let adopted = log(&["x"]);
        let mut of_yore = read(&log(&["x", "y"]));
        of_yore.identify("likes", "id+2");
        proven(&lineage, &adopted, &of_yore).expect_err("a record is missing");
        assert_eq!(lineage.adoptions("likes"), 2, "as the claim says");
        // A position from after a known adoption never counts as older than it, whatever other positions say.
        let known = Lineage::default();
        known.adopt("likes", Adoption { position: read(&adopted), from_start: false });
        let mut since = read(&log(&["x", "y"]));
        since.identify("likes", "id+1");
        known.learn_adoptions("likes", 2);
        proven(&known, &adopted, &since).expect_err("a record is missing");
        let mut testimony = read(&adopted);
        testimony.identify("likes", "id");
        let position = lineage.next_adoption("likes", testimony);
        assert_eq!(position.topic_id("likes"), Some("id+3"));
        let adoption = Adoption { position, from_start: false };
        lineage.adopt("likes", adoption.clone());
        assert_eq!(proven(&lineage, &adopted, &of_yore), Ok(true), "one adoption is enough");
        // A restart reads the adoption from the decision.
        let lineage = Lineage::default();
        lineage.adopt("likes", adoption);
        assert_eq!((lineage.adoptions("likes"), lineage.kept_id("likes", "id")), (3, "id+3".to_owned()));
    }

    #[test]
    fn an_append_waits_for_those_of_whom_nobody_knows_yet_what_they_read() {
        let lineage = Arc::new(Lineage::default());
        let starting = lineage.expect_any();
        std::thread::scope(|scope| {
            let appending = scope.spawn(|| lineage.admit("likes"));
            let reader = lineage.expect(&["likes".to_owned()]);
            drop(starting);
            lineage.admit("posts").unwrap();
            proven(&lineage, &log(&["a"]), &read(&log(&["a", "b"]))).unwrap_err();
            drop(reader);
            let refused = appending.join().unwrap().expect_err("the topic is in doubt by then");
            assert_eq!(refused.kind(), ErrorKind::Replaced);
        });
    }

    #[test]
    fn an_append_waits_for_those_who_have_not_compared_the_topic_yet() {
        let lineage = Arc::new(Lineage::default());
        let unproven = lineage.expect(&["likes".to_owned()]);
        std::thread::scope(|scope| {
            let appending = scope.spawn(|| lineage.admit("likes"));
            let claim = read(&log(&["a", "b"]));
            proven(&lineage, &log(&["a"]), &claim).unwrap_err();
            drop(unproven);
            let refused = appending.join().unwrap().expect_err("the topic is in doubt by then");
            assert_eq!(refused.kind(), ErrorKind::Replaced);
        });
    }
}
