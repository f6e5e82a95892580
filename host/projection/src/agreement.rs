//! Compares a sink with the rows of a version, entry by entry.
//!
//! Rows and sink may change meanwhile. The entries that a checkpoint shows are held as digests, a bounded chunk at a time, and
//! struck out as the sink's entries are read. An entry that remains, and an entry of the sink that cannot be struck out, are
//! suspicions. A suspicion is dropped if its row changed since the checkpoint, and confirmed if further rounds find the same
//! in the sink. A row that changes all the time is not judged, but counted.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::position::Position;

use super::shown::{Shown, ShownRow, ShownTable};
use foldline_base::error::Result;
use foldline_module::ValidatedModule;
use foldline_sink::reading::{Entry, Reading};
use foldline_state::Scan;

/// Maximum bytes of keys and digests held at once: about half a million entries.
const HELD_BYTES_MAX: usize = 64 << 20;

/// Approximate bytes of an entry in addition to its key.
const ENTRY_BYTES: usize = 96;

/// Maximum number of suspicions that are followed up. The others are only counted.
const SUSPECTS_MAX: usize = 1_000;

/// Maximum bytes of a body that is kept to be shown.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// Number of rounds that must find the same.
const ROUNDS: usize = 3;

/// The rows of a version that keeps running.
pub trait Rows {
    /// Returns all rows as they stand now.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    fn scan(&self) -> Result<Scan>;

    /// Waits until the sink shows everything before a position.
    ///
    /// # Errors
    /// `Unavailable` when the sink does not get there.
    fn wait_until_shown(&self, position: &Position) -> Result<()>;

    /// Called as rows are read; may end the comparison.
    ///
    /// # Errors
    /// The reason to end.
    fn passed(&self) -> Result<()>;
}

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Number of documents that the rows make.
    pub documents: u64,
    /// Number of memberships that the rows make.
    pub memberships: u64,
    /// Rows that could not be judged, because they changed all the time.
    pub undecided: u64,
    /// How many entries differ.
    pub differing: u64,
    /// The first of them.
    pub first: Option<Disagreement>,
}

/// An entry that differs between rows and sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The entry.
    pub key: EntryKey,
    /// What the rows make; `None` = no such entry.
    pub expected: Option<String>,
    /// What the sink shows; `None` = no such entry.
    pub found: Option<String>,
}

/// The name of an entry. Documents sort before members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKey {
    /// A document, by id.
    Document(String),
    /// A member of a set, by set and member.
    Member(String, String),
}

impl EntryKey {
    fn bytes(&self) -> usize {
        match self {
            Self::Document(id) => id.len() + ENTRY_BYTES,
            Self::Member(set, member) => set.len() + member.len() + ENTRY_BYTES,
        }
    }
}

type Digest = [u8; 16];

/// An entry that a row makes.
struct Expected {
    digest: Digest,
    id: String,
    /// Whether the sink has an entry of that name.
    met: bool,
}

impl Expected {
    fn bytes(&self) -> usize {
        self.id.len()
    }
}

struct Suspect {
    /// The beginning of the entry in the sink.
    found: Option<String>,
    found_digest: Option<Digest>,
    /// The document id of the row, if known.
    id: Option<String>,
}

type Suspects = BTreeMap<EntryKey, Suspect>;

/// Compares a sink with rows.
///
/// # Errors
/// The errors of rows and sink; `Corrupt` when the state cannot be read.
pub fn agreement(module: &ValidatedModule, rows: &dyn Rows, reading: &mut dyn Reading) -> Result<Agreement> {
    agreement_within(module, rows, reading, HELD_BYTES_MAX)
}

pub(super) fn agreement_within(
    module: &ValidatedModule,
    rows: &dyn Rows,
    reading: &mut dyn Reading,
    held_bytes_max: usize,
) -> Result<Agreement> {
    let shown = &ShownTable::of(module);
    let mut round = Round { shown, rows, reading, held_bytes_max, counts: Agreement::default(), more: 0 };
    let mut suspects = round.run(None)?;
    let mut answer = std::mem::take(&mut round.counts);
    let more = round.more;
    for _ in 1..ROUNDS {
        if suspects.is_empty() {
            break;
        }
        let again = round.run(Some(&suspects))?;
        suspects
            .retain(|key, before| again.get(key).is_some_and(|now| now.found_digest == before.found_digest));
    }
    answer.undecided += round.counts.undecided;
    // Suspicions that were only counted are added if at least one that was followed up is confirmed.
    answer.differing = suspects.len() as u64 + if suspects.is_empty() { 0 } else { more };
    if let Some((key, suspect)) = suspects.pop_first() {
        let expected = round.expected(&key)?;
        answer.first = Some(Disagreement { key, expected, found: suspect.found });
    }
    Ok(answer)
}

struct Round<'a> {
    shown: &'a ShownTable,
    rows: &'a dyn Rows,
    reading: &'a mut dyn Reading,
    held_bytes_max: usize,
    counts: Agreement,
    /// Number of suspicions beyond those that are followed up.
    more: u64,
}

impl Round<'_> {
    /// Returns the entries that differ: of all entries, or of those suspected before.
    fn run(&mut self, only: Option<&Suspects>) -> Result<Suspects> {
        let scan = self.rows.scan()?;
        let position = scan.checkpointed().position.clone();
        self.rows.wait_until_shown(&position)?;
        let mut suspects = Suspects::new();
        // Memberships of failed rows stay what they were, whatever that is.
        let mut failed = BTreeSet::new();
        let mut low = None;
        loop {
            let mut held = self.hold(&scan, only, low, &mut failed)?;
            self.strike_out(&mut held, only, &failed, &mut suspects)?;
            match held.high {
                Some(high) => low = Some(high),
                None => break,
            }
        }
        self.drop_changed(&position, &mut suspects)?;
        Ok(suspects)
    }

    /// Returns what the rows make of one entry, as text.
    fn expected(&self, key: &EntryKey) -> Result<Option<String>> {
        let rows = self.rows;
        let passed = |_: u64| rows.passed();
        for row in self.shown.rows(&rows.scan()?, &passed) {
            let ShownRow { id, shown, memberships, .. } = row?;
            match key {
                EntryKey::Document(of) if *of == id => {
                    return Ok(match shown {
                        Shown::Document(body) => Some(cut(&body)),
                        Shown::Nothing | Shown::Failed(_) => None,
                    });
                }
                EntryKey::Member(set, member) => {
                    if let Some(membership) = memberships
                        .iter()
                        .find(|membership| membership.set_and_member() == (set.as_str(), member.as_str()))
                    {
                        return Ok(Some(membership.score.to_string()));
                    }
                }
                EntryKey::Document(_) => {}
            }
        }
        Ok(None)
    }

    /// Collects entries that the checkpoint's rows make, as many as fit.
    fn hold(
        &mut self,
        scan: &Scan,
        only: Option<&Suspects>,
        low: Option<EntryKey>,
        failed: &mut BTreeSet<String>,
    ) -> Result<Held> {
        let first = low.is_none();
        let (has_sets, normal) = (self.reading.has_sets(), self.reading.normal());
        let mut held =
            Held { low, high: None, expected: BTreeMap::new(), bytes: 0, bytes_max: self.held_bytes_max };
        let rows = self.rows;
        let passed = |_: u64| rows.passed();
        for row in self.shown.rows(scan, &passed) {
            let ShownRow { id, shown, memberships, .. } = row?;
            match shown {
                Shown::Failed(_) if failed.len() < SUSPECTS_MAX => drop(failed.insert(id.clone())),
                Shown::Failed(_) | Shown::Nothing => {}
                Shown::Document(body) => {
                    self.counts.documents += u64::from(first && only.is_none());
                    let key = EntryKey::Document(id.clone());
                    if held.wants(&key, only) {
                        let digest = digest(normal(&body).as_bytes());
                        held.add(key, Expected { digest, id: id.clone(), met: false });
                    }
                }
            }
            for membership in memberships.into_iter().filter(|_| has_sets) {
                self.counts.memberships += u64::from(first && only.is_none());
                let key = EntryKey::Member(membership.set, membership.member);
                if held.wants(&key, only) {
                    let digest = digest(&membership.score.to_bits().to_le_bytes());
                    held.add(key, Expected { digest, id: id.clone(), met: false });
                }
            }
        }
        Ok(held)
    }

    /// Reads the sink, and strikes out the entries that agree.
    fn strike_out(
        &mut self,
        held: &mut Held,
        only: Option<&Suspects>,
        failed: &BTreeSet<String>,
        suspects: &mut Suspects,
    ) -> Result<()> {
        let Self { reading, rows, more, .. } = self;
        let normal = reading.normal();
        let mut read = 0_u64;
        reading.entries(&mut |entry| {
            read += 1;
            if read.is_multiple_of(4_096) {
                rows.passed()?;
            }
            let key = match &entry {
                Entry::Document { id, .. } => EntryKey::Document(id.clone()),
                Entry::Member { set, member, .. } => EntryKey::Member(set.clone(), member.clone()),
            };
            if !held.wants(&key, only) {
                return Ok(());
            }
            let (digest, id) = match &entry {
                Entry::Document { id, body } => (digest(normal(body).as_bytes()), Some(id)),
                Entry::Member { score, id, .. } => (digest(&score.to_bits().to_le_bytes()), id.as_ref()),
            };
            let expected = held.expected.get_mut(&key);
            if let Some(expected) = expected.filter(|expected| expected.digest == digest) {
                expected.met = true;
                return Ok(());
            }
            // The documents of a failed row stay as they were.
            if id.is_some_and(|id| failed.contains(id)) {
                return Ok(());
            }
            let expected = held.expected.get_mut(&key).map(|expected| {
                expected.met = true;
                expected.id.clone()
            });
            let id = expected.or_else(|| id.cloned());
            let found = match entry {
                Entry::Document { body, .. } => cut(&body),
                Entry::Member { score, .. } => score.to_string(),
            };
            let suspect = Suspect { found: Some(found), found_digest: Some(digest), id };
            suspect_it(suspects, key, suspect, more);
            Ok(())
        })?;
        for (key, expected) in
            std::mem::take(&mut held.expected).into_iter().filter(|(_, expected)| !expected.met)
        {
            let suspect = Suspect { found: None, found_digest: None, id: Some(expected.id) };
            suspect_it(suspects, key, suspect, more);
        }
        Ok(())
    }

    /// Drops suspicions about rows that changed after a position: the sink may show either state.
    fn drop_changed(&mut self, position: &Position, suspects: &mut Suspects) -> Result<()> {
        if suspects.is_empty() {
            return Ok(());
        }
        let now = self.rows.scan()?;
        let ids: BTreeSet<&str> = suspects.values().filter_map(|suspect| suspect.id.as_deref()).collect();
        let mut changed = BTreeSet::new();
        let rows = self.rows;
        let passed = |_: u64| rows.passed();
        self.shown.changed_ids(&now, position, &passed, |id| {
            if ids.contains(&*id) {
                changed.insert(id);
            }
        })?;
        suspects.retain(|_, suspect| !suspect.id.as_ref().is_some_and(|id| changed.contains(id)));
        self.counts.undecided += changed.len() as u64;
        Ok(())
    }
}

/// The lowest entries of a range, as many as fit.
struct Held {
    /// Entries before this one are done.
    low: Option<EntryKey>,
    /// Entries from this one on follow in a later chunk.
    high: Option<EntryKey>,
    expected: BTreeMap<EntryKey, Expected>,
    bytes: usize,
    bytes_max: usize,
}

impl Held {
    fn wants(&self, key: &EntryKey, only: Option<&Suspects>) -> bool {
        self.low.as_ref().is_none_or(|low| key >= low)
            && self.high.as_ref().is_none_or(|high| key < high)
            && only.is_none_or(|only| only.contains_key(key))
    }

    fn add(&mut self, key: EntryKey, expected: Expected) {
        self.bytes += key.bytes() + expected.bytes();
        self.expected.insert(key, expected);
        // At least one entry, so that every chunk makes progress.
        while self.bytes > self.bytes_max && self.expected.len() > 1 {
            let Some((last, expected)) = self.expected.pop_last() else { break };
            self.bytes -= last.bytes() + expected.bytes();
            self.high = Some(last);
        }
    }
}

fn suspect_it(suspects: &mut Suspects, key: EntryKey, suspect: Suspect, more: &mut u64) {
    suspects.insert(key, suspect);
    if suspects.len() > SUSPECTS_MAX {
        suspects.pop_last();
        *more += 1;
    }
}

fn digest(bytes: &[u8]) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    digest
}

fn cut(text: &str) -> String {
    match text.floor_char_boundary(TEXT_BYTES_MAX) {
        end if end < text.len() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}
