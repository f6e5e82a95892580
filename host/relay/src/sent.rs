//! How far this host saw a relay send. It is a note next to the log, since the topic of frontiers alone cannot show that it
//! went back.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::frontier::Frontier;
use foldline_base::error::Result;
use foldline_base::note;
use foldline_base::planted::{Bug, is_planted};
use foldline_log::lineage::Lineage;

/// The folder of these notes, within the data folder.
pub const SENT_FOLDER: &str = "relays";

/// How often the note is written while messages are sent.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// The note of one relay.
pub(super) struct SentNote {
    path: PathBuf,
    /// The name under which the relay reports doubts about a topic.
    who: String,
    /// The topic of frontiers, as the log names it.
    topic: String,
    /// The frontier that is not written yet.
    unwritten: Option<NotedFrontier>,
    written: Option<Instant>,
    fails: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NotedFrontier {
    /// The topic of frontiers.
    topic: String,
    /// How often that topic had been adopted.
    adoptions: u32,
    pub(super) frontier: Frontier,
}

impl SentNote {
    pub(super) fn new(path: PathBuf, topic: &str) -> Self {
        let who = format!("relay {}", path.display());
        Self { path, who, topic: topic.to_owned(), unwritten: None, written: None, fails: false }
    }

    /// Returns the note, if there is one.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read for now.
    pub(super) fn noted(&self) -> Result<Option<NotedFrontier>> {
        Ok(note::read(&self.path)?.filter(|_| !is_planted(Bug::SentNotNoted)))
    }

    /// Returns the frontier to continue from: the one that was found, unless this host has sent more. Then the topic of
    /// frontiers went back, which is an error until an operator adopts it. After that, the relay continues where this host saw
    /// it last, or at the frontier found if the operator said so. `adopted` inputs are not compared, since they begin again
    /// anyway.
    ///
    /// # Errors
    /// `Replaced` when the topic of frontiers went back and was not adopted since.
    pub(super) fn agree(
        &self,
        found: Option<Frontier>,
        noted: Option<NotedFrontier>,
        adopted: &[String],
        lineage: &Lineage,
    ) -> Result<Option<Frontier>> {
        lineage.forget(&self.who);
        let Some(mut noted) = noted else { return Ok(found) };
        let sent = &mut noted.frontier;
        adopted.iter().for_each(|topic| sent.position.replace_topic(topic, &Position::default()));
        // In another topic of frontiers, nothing is expected to be found.
        let is_same_topic = noted.topic == self.topic;
        if is_same_topic {
            lineage.learn_adoptions(&self.topic, noted.adoptions);
        }
        let Some(lacking) = lacking(found.as_ref(), sent) else { return Ok(found) };
        if is_same_topic && noted.adoptions >= lineage.adoptions(&self.topic) {
            let contradiction = format!("{lacking}: the topic of frontiers was replaced");
            let topic = &self.topic;
            return Err(lineage.doubt_by(topic, contradiction, &self.who).with_hint(format!(
                "restore the topic as it was; or, to continue with this one, run `foldline adopt-log {topic}`: relays \
                 continue where this host saw them last, or with `--from start` where the topic says, which sends messages again"
            )));
        }
        let starts_at_found = is_same_topic && lineage.adoption(&self.topic).is_some_and(|of| of.from_start);
        if starts_at_found {
            return Ok(found);
        }
        warn!(topic = self.topic, lacking, "a relay goes on where this host saw it last");
        Ok(Some(further(found, noted.frontier)))
    }

    /// Notes a frontier that was sent. It is written at once, or within a second.
    pub(super) fn note(&mut self, frontier: &Frontier, lineage: &Lineage) {
        let adoptions = lineage.adoptions(&self.topic);
        self.unwritten =
            Some(NotedFrontier { topic: self.topic.clone(), adoptions, frontier: frontier.clone() });
        self.tend();
    }

    /// Writes what is not written yet, at most once per second.
    pub(super) fn tend(&mut self) {
        if self.written.is_none_or(|written| written.elapsed() >= WRITE_EVERY) {
            self.write();
        }
    }

    fn write(&mut self) {
        let Some(noted) = self.unwritten.take() else { return };
        self.written = Some(Instant::now());
        let written = note::write(&self.path, &noted);
        match &written {
            Err(error) if !self.fails => warn!(%error, "cannot note how far a relay has sent"),
            _ => {}
        }
        self.fails = written.is_err();
    }
}

impl Drop for SentNote {
    fn drop(&mut self) {
        self.write();
    }
}

/// Returns a text that says what `sent` covers beyond `found`, if anything. Offsets start over with each adoption of an input.
fn lacking(found: Option<&Frontier>, sent: &Frontier) -> Option<String> {
    let nothing = Frontier::default();
    let found = found.unwrap_or(&nothing);
    let is_behind = |(topic, partition, next): &(&str, u32, u64)| match found
        .adoptions(topic)
        .cmp(&sent.adoptions(topic))
    {
        Ordering::Less => true,
        Ordering::Equal => found.position.next_offset(topic, *partition) < *next,
        Ordering::Greater => false,
    };
    sent.position.iter().find(is_behind).map(|(topic, partition, next)| {
        let held = found.position.next_offset(topic, partition);
        format!("it says that offset {held} of partition {partition} of `{topic}` is the next, and offset {next} was")
    })
}

/// Returns a frontier that covers both.
fn further(found: Option<Frontier>, sent: Frontier) -> Frontier {
    let Some(mut found) = found else { return sent };
    for topic in &sent.topics {
        match found.adoptions(topic).cmp(&sent.adoptions(topic)) {
            Ordering::Less => found.position.replace_topic(topic, &sent.position),
            Ordering::Equal => found.position.raise_to(&sent.position.of_topics([topic.as_str()])),
            Ordering::Greater => {}
        }
        if !found.topics.contains(topic) {
            found.topics.push(topic.clone());
        }
    }
    found.sent = found.sent.max(sent.sent);
    found.dead_letters = found.dead_letters.max(sent.dead_letters);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use foldline_base::error::ErrorKind;
    use foldline_log::lineage::Adoption;

    fn frontier(position: &str) -> Frontier {
        let position = position.parse().unwrap();
        Frontier { position, topics: vec!["a".into()], ..Frontier::default() }
    }

    /// The position where a relay that sent `sent` continues, if the topic holds `found`.
    fn agreed(sent: &str, found: Option<&str>, lineage: &Lineage) -> Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relays/mail.json");
        SentNote::new(path.clone(), "frontiers").note(&frontier(sent), &Lineage::default());
        let sent = SentNote::new(path, "frontiers");
        let adopted: Vec<String> =
            ["a".to_owned()].into_iter().filter(|topic| lineage.adoptions(topic) > 0).collect();
        let agreed = sent.agree(found.map(frontier), sent.noted()?, &adopted, lineage)?;
        Ok(agreed.map_or_else(|| "-".to_owned(), |frontier| frontier.position.to_string()))
    }

    #[test]
    fn a_relay_goes_on_at_a_frontier_that_holds_all_that_was_sent() {
        let lineage = Lineage::default();
        assert_eq!(agreed("a:0:3", Some("a:0:3"), &lineage).unwrap(), "a:0:3");
        assert_eq!(
            agreed("a:0:3", Some("a:0:5,b:0:1"), &lineage).unwrap(),
            "a:0:5,b:0:1",
            "another host sent on"
        );
        assert_eq!(
            agreed("a#id,a:0:9", Some("a#id+1,a:0:2"), &lineage).unwrap(),
            "a:0:2",
            "its offsets start over"
        );
        assert!(lineage.doubted().is_empty());
    }

    #[test]
    fn frontiers_that_went_back_are_refused_by_name_until_they_are_adopted() {
        for found in [None, Some("a:0:2")] {
            let lineage = Lineage::default();
            let refused = agreed("a:0:3", found, &lineage).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Replaced);
            let refused = refused.to_string();
            assert!(refused.contains("topic `frontiers` is not the one that was read"), "{refused}");
            assert!(refused.contains("partition 0 of `a` is the next, and offset 3 was"), "{refused}");
            assert!(refused.contains("`foldline adopt-log frontiers`: relays continue where"), "{refused}");
            assert!(lineage.doubts("frontiers").is_some());
            let adopt = |from_start| Adoption { position: Position::default(), from_start };
            lineage.adopt("frontiers", adopt(false));
            assert_eq!(agreed("a:0:3", found, &lineage).unwrap(), "a:0:3", "nothing is sent again");
            let before = found.map(|_| "a#id,a:0:9,b:0:7");
            let both = if before.is_some() { "a:0:3,b:0:7" } else { "a:0:3" };
            assert_eq!(
                agreed("a#id+1,a:0:3", before, &lineage).unwrap(),
                both,
                "offsets of another adoption are none"
            );
            lineage.adopt("frontiers", adopt(true));
            assert_eq!(
                agreed("a:0:3", found, &lineage).unwrap(),
                found.unwrap_or("-"),
                "as the operator said"
            );
            // A host whose decisions know of fewer adoptions than the note.
            let dir = tempfile::tempdir().unwrap();
            let mut sent = SentNote::new(dir.path().join("mail.json"), "frontiers");
            sent.note(&frontier("a:0:3"), &lineage);
            let forgetful = Lineage::default();
            let agree = |lineage: &Lineage| sent.agree(found.map(frontier), sent.noted()?, &[], lineage);
            agree(&forgetful).expect_err("the note says more");
            forgetful.adopt("frontiers", adopt(false));
            assert_eq!(agree(&forgetful).unwrap().unwrap().position.to_string(), "a:0:3", "one is enough");
        }
    }

    #[test]
    fn an_input_that_was_adopted_since_makes_no_doubt_of_frontiers() {
        let lineage = Lineage::default();
        agreed("a:0:3", None, &lineage).expect_err("nothing was adopted");
        let adoption = Adoption { position: Position::default(), from_start: false };
        lineage.adopt("a", adoption);
        assert_eq!(agreed("a:0:3", Some("a:0:1"), &lineage).unwrap(), "a:0:1");
        agreed("a:0:3,b:0:2", Some("a:0:1"), &lineage).expect_err("the other input was not");
    }

    #[test]
    fn a_relay_whose_frontiers_go_to_another_topic_goes_on_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (path, lineage) = (dir.path().join("mail.json"), Lineage::default());
        SentNote::new(path.clone(), "frontiers").note(&frontier("a:0:3"), &lineage);
        let sent = SentNote::new(path, "others");
        let agreed = sent.agree(None, sent.noted().unwrap(), &[], &lineage).unwrap();
        assert_eq!(agreed, Some(frontier("a:0:3")));
    }
}
