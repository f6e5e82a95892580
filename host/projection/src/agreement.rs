//! Whether a sink shows what the rows of a version say, entry by entry.
//!
//! Rows and sink go on meanwhile. What a checkpoint shows is held as digests, a bounded chunk at a time, and struck out as
//! the sink's entries come by; what is left, and what is not there to be struck out, is a suspicion. One is dropped when its row
//! changed since the checkpoint, and believed when another round finds the sink the same: a row that changes all the time is
//! not judged, and counted.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::position::Position;

use super::chunks::ProjectedTable;
use super::shown::{Shown, ShownRow, ShownRows};
use foldline_base::error::Result;
use foldline_module::ValidatedModule;
use foldline_sink::reading::{Entry, Reading};
use foldline_state::Scan;

/// 64 MiB: keys and digests held at once; about half a million entries.
const HELD_BYTES_MAX: usize = 64 << 20;

/// What an entry takes on top of its key, about.
const ENTRY_BYTES: usize = 96;

/// Suspicions that are followed up; the others are counted.
const SUSPECTS_MAX: usize = 1_000;

/// 4 KiB of a body say enough.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// Rounds that must find the same.
const ROUNDS: usize = 3;

/// The rows of a version that goes on.
pub trait Rows {
    /// Returns all rows as they stand now.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    fn scan(&self) -> Result<Scan>;

    /// Waits until the sink shows everything before a position.
    ///
    /// # Errors
    /// `Unavailable` when it does not get there.
    fn wait_until_shown(&self, position: &Position) -> Result<()>;

    /// Hears that more was read, and may end it.
    ///
    /// # Errors
    /// What ends it.
    fn passed(&self) -> Result<()>;
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Documents that rows say there are.
    pub documents: u64,
    /// Memberships.
    pub places: u64,
    /// Rows that could not be judged: they changed all the time.
    pub undecided: u64,
    /// How many entries differ.
    pub differing: u64,
    /// The first of them.
    pub first: Option<Disagreement>,
}

/// An entry that a sink shows otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What it is.
    pub key: EntryKey,
    /// What rows say; `None` = nothing.
    pub expected: Option<String>,
    /// What the sink shows; `None` = nothing.
    pub found: Option<String>,
}

/// An entry's name; documents come before members.
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

/// What a row says of an entry.
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
    /// Its beginning.
    found: Option<String>,
    found_digest: Option<Digest>,
    /// The row, where it is known.
    id: Option<String>,
}

type Suspects = BTreeMap<EntryKey, Suspect>;

/// Compares a sink with rows.
///
/// # Errors
/// As those of rows and sink; `Corrupt` when the state cannot be read.
pub fn agreement(module: &ValidatedModule, rows: &dyn Rows, reading: &mut dyn Reading) -> Result<Agreement> {
    agreement_within(module, rows, reading, HELD_BYTES_MAX)
}

pub(super) fn agreement_within(
    module: &ValidatedModule,
    rows: &dyn Rows,
    reading: &mut dyn Reading,
    held_bytes_max: usize,
) -> Result<Agreement> {
    let mut round = Round { module, rows, reading, held_bytes_max, counts: Agreement::default(), more: 0 };
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
    // Those that were only counted are believed where all that were followed up were.
    answer.differing = suspects.len() as u64 + if suspects.is_empty() { 0 } else { more };
    if let Some((key, suspect)) = suspects.pop_first() {
        let expected = round.expected(&key)?;
        answer.first = Some(Disagreement { key, expected, found: suspect.found });
    }
    Ok(answer)
}

struct Round<'a> {
    module: &'a ValidatedModule,
    rows: &'a dyn Rows,
    reading: &'a mut dyn Reading,
    held_bytes_max: usize,
    counts: Agreement,
    /// Suspicions beyond those that are followed up.
    more: u64,
}

impl Round<'_> {
    /// Returns what differs, of everything or of what was suspected before.
    fn run(&mut self, only: Option<&Suspects>) -> Result<Suspects> {
        let scan = self.rows.scan()?;
        let position = scan.checkpointed().position.clone();
        self.rows.wait_until_shown(&position)?;
        let mut suspects = Suspects::new();
        // Places of rows that could not be projected stay what they were, whatever that is.
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

    /// Returns what rows say of one entry, as text.
    fn expected(&self, key: &EntryKey) -> Result<Option<String>> {
        let rows = self.rows;
        let passed = |_: u64| rows.passed();
        for row in ShownRows::new(self.module.clone(), rows.scan()?.rows(None), &passed) {
            let ShownRow { id, shown, memberships, .. } = row?;
            match key {
                EntryKey::Document(of) if *of == id => {
                    return Ok(match shown {
                        Shown::Document(body) => Some(cut(&body)),
                        Shown::Nothing | Shown::Failed(_) => None,
                    });
                }
                EntryKey::Member(set, member) => {
                    if let Some(place) = memberships
                        .iter()
                        .find(|place| place.set_and_member() == (set.as_str(), member.as_str()))
                    {
                        return Ok(Some(place.score.to_string()));
                    }
                }
                EntryKey::Document(_) => {}
            }
        }
        Ok(None)
    }

    /// Takes what the checkpoint's rows say, as much as there is room for.
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
        for row in ShownRows::new(self.module.clone(), scan.rows(None), &passed) {
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
            for place in memberships.into_iter().filter(|_| has_sets) {
                self.counts.places += u64::from(first && only.is_none());
                let key = EntryKey::Member(place.set, place.member);
                if held.wants(&key, only) {
                    let digest = digest(&place.score.to_bits().to_le_bytes());
                    held.add(key, Expected { digest, id: id.clone(), met: false });
                }
            }
        }
        Ok(held)
    }

    /// Reads the sink, and strikes out what agrees.
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
            // What is served for a row that cannot be projected stays as it was.
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

    /// Drops what is suspected of rows that changed after a position: the sink may show either.
    fn drop_changed(&mut self, position: &Position, suspects: &mut Suspects) -> Result<()> {
        if suspects.is_empty() {
            return Ok(());
        }
        let now = self.rows.scan()?;
        let table = ProjectedTable::of(self.module.description());
        let ids: BTreeSet<&str> = suspects.values().filter_map(|suspect| suspect.id.as_deref()).collect();
        let mut changed = BTreeSet::new();
        let empty = table.empty()?;
        for row in now.rows(Some(position)) {
            let row = row?;
            if table.holds(&row) {
                let id = empty.id_of_key(row.key());
                if ids.contains(&*id) {
                    changed.insert(id.into_owned());
                }
            }
        }
        suspects.retain(|_, suspect| !suspect.id.as_ref().is_some_and(|id| changed.contains(id)));
        self.counts.undecided += changed.len() as u64;
        Ok(())
    }
}

/// What rows say of the lowest entries of a range, as many as there is room for.
struct Held {
    /// Entries before this one had their turn.
    low: Option<EntryKey>,
    /// Entries from this one on have theirs later.
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
        // One at least, or no chunk would get anywhere.
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
