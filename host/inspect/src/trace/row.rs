//! The row of one key, with its served documents.

use std::collections::BTreeMap;

use foldline_core::contribution::Contributions;
use foldline_core::description::{Description, TableSpec, Window};
use foldline_core::key::KeyColumns;
use foldline_core::reference::{InMemory, References};
use foldline_core::table::{ColdFault, Mark, NoColdRows, Origin, Selected, Table};

use super::followed_rows::FollowedRows;
use super::target::TraceTarget;
use crate::fixture::sets::ranked;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::seed::hash_seed;
use foldline_core::BATCH_ROWS;
use foldline_module::ValidatedModule;
use foldline_projection::RowsBatch;
use foldline_projection::project::Projector;
use foldline_sink::{DocumentChange, Documents, FailedRow, Membership};

/// The mark of rows whose changes the target shows.
const SHOWN: Mark = Mark::Echo(0);

/// The mark of rows that may lead elsewhere than when it was last looked.
const LEADS: Mark = Mark::Flush(1);

/// A module's tables that hold the row of one key, and the rows that it shows.
pub(super) struct Row {
    target: TraceTarget,
    followed: FollowedRows,
    declared: usize,
    /// The declared tables.
    tables: Vec<Table>,
    references: References,
    /// The row's closed windows, if every window is kept.
    closed: Option<Table>,
    projector: Projector,
    /// The documents that are served, by id.
    documents: BTreeMap<String, String>,
    /// The memberships, by the id of the row or window. Rows without memberships have no entry.
    memberships: BTreeMap<String, Vec<Membership>>,
    /// Whether the single window asked for is closed, so that nothing can change it any more.
    over: bool,
}

/// How one document, or its row's memberships, changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    /// Its id.
    pub(super) id: String,
    /// The document before; `None` if there was none.
    pub(super) before: Option<String>,
    /// The document after; `None` if there is none any more.
    pub(super) after: Option<String>,
    /// The memberships before, by set and member.
    pub(super) sets_before: Vec<Membership>,
    /// The memberships after.
    pub(super) sets_after: Vec<Membership>,
    /// Why the module made no document. The previous one is then still served.
    pub(super) failed: Option<String>,
}

impl Row {
    /// Returns the row before the first record.
    ///
    /// # Errors
    /// `Module` naming the part of a table that this host cannot run.
    pub(super) fn new(module: &ValidatedModule, target: TraceTarget, followed: FollowedRows) -> Result<Self> {
        let description: &Description = module.description();
        let declared =
            description.projected_table().expect("validation accepts only modules that project a table");
        let references = References::of(description, hash_seed());
        let table = |(index, spec): (usize, &TableSpec)| {
            let table = Table::new(spec).map_err(|problem| Error::new(ErrorKind::Module, problem))?;
            let mut table = table.seeded(hash_seed());
            table.show(&references.shown_of(index).unwrap_or_default());
            table.track_dirty(SHOWN, true);
            table.track_dirty(LEADS, true);
            Ok(table)
        };
        Ok(Self {
            target,
            followed,
            declared,
            tables: description.tables.iter().enumerate().map(table).collect::<Result<_>>()?,
            references,
            closed: Table::of_closed_windows(&description.tables[declared]),
            projector: Projector::new(module.clone()),
            documents: BTreeMap::new(),
            memberships: BTreeMap::new(),
            over: false,
        })
    }

    /// Returns whether the key of a contribution to a table, with this hash, is that of the traced row.
    #[inline]
    pub(super) fn is(&self, table: usize, hash: u64, keys: &KeyColumns, row: usize) -> bool {
        table == self.declared && self.target.is(hash, keys, row)
    }

    /// Returns the rows of other tables that are followed.
    pub(super) fn followed(&self) -> &FollowedRows {
        &self.followed
    }

    /// Returns the name of a row for people: its table and its key.
    pub(super) fn name_of(&self, table: usize, key: &[u8]) -> String {
        format!("{} {}", self.tables[table].spec().name, self.tables[table].id_of_key(key))
    }

    /// Returns whether the table has windows: then events show once their window has closed.
    pub(super) fn is_windowed(&self) -> bool {
        self.tables[self.declared].spec().window != Window::Unbounded
    }

    /// Adds the rows to which the followed rows lead now, as far as they changed since the last call.
    ///
    /// # Errors
    /// As [`FollowedRows::add`].
    pub(super) fn note_shown(&mut self, shown: &mut FollowedRows) -> Result<()> {
        for table in 0..self.tables.len() {
            let slots = self.tables[table].take_changed(LEADS);
            for reference in self.references.list().iter().filter(|of| of.holder_table == table) {
                let targets = self.tables[table].targets_of(&slots, &reference.via);
                for row in 0..targets.len() {
                    if let Some(key) = targets.get(row) {
                        shown.add(reference.table, key)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns whether an event of this time can affect the target.
    pub(super) fn shows_event(&self, time_ms: i64) -> bool {
        self.target.has_event(time_ms) && !self.over
    }

    /// Returns the documents that are served, by id.
    pub(super) fn documents(&self) -> &BTreeMap<String, String> {
        &self.documents
    }

    /// Returns the served document, for targets with only one.
    pub(super) fn document(&self) -> Option<&String> {
        let one = self.closed.is_none() || self.target.is_one_window();
        self.documents.values().next().filter(|_| one)
    }

    /// Returns the memberships, for targets with only one document.
    pub(super) fn memberships(&self) -> &[Membership] {
        let one = self.closed.is_none() || self.target.is_one_window();
        self.memberships.values().next().filter(|_| one).map_or(&[], Vec::as_slice)
    }

    /// Returns the memberships of a row or window.
    pub(super) fn memberships_of(&self, id: &str) -> &[Membership] {
        self.memberships.get(id).map_or(&[], Vec::as_slice)
    }

    /// Returns all members that the row, with all its windows, puts into a set, in reading order.
    pub(super) fn members_of(&self, set: &str) -> Vec<&str> {
        let memberships = self.memberships.values().flatten().filter(|membership| membership.set == set);
        ranked(memberships.map(|membership| (membership.member.as_str(), membership.score)))
    }

    /// Merges the listed contributions, all of rows that are followed.
    pub(super) fn apply(
        &mut self,
        contributions: &Contributions,
        origin: &Origin<'_>,
        hashes: &[u64],
        rows: &[u32],
    ) -> Result<()> {
        let selected = Selected::listed(hashes, rows);
        let table = &mut self.tables[contributions.table];
        let applied = table.apply(contributions, origin, selected, &mut NoColdRows);
        applied.map_err(|fault| Error::new(ErrorKind::Internal, fault))
    }

    /// Returns an event time before which time changes nothing.
    pub(super) fn next_change_ms(&self) -> Option<i64> {
        self.tables.iter().chain(&self.closed).filter_map(Table::next_change_ms).min()
    }

    /// Advances windows, as a shard does.
    ///
    /// # Errors
    /// None: every row is in memory.
    pub(super) fn advance(&mut self, watermark_ms: i64) -> Result<()> {
        let advance = |table: &mut Table| {
            table.advance(watermark_ms, &mut NoColdRows).and_then(|()| table.catch_up(&mut NoColdRows))
        };
        let internal = |fault: ColdFault| Error::new(ErrorKind::Internal, fault);
        self.tables.iter_mut().try_for_each(advance).map_err(internal)?;
        if let Some(closed) = &mut self.closed {
            closed.close(&mut self.tables[self.declared]);
            advance(closed).map_err(internal)?;
        }
        Ok(())
    }

    /// Returns the slots of the target's rows that changed, or that show a row that changed.
    fn take_changed_slots(&mut self) -> Vec<u32> {
        let shows_change =
            self.references.list().iter().any(|of| self.tables[of.table].changed_len(SHOWN) > 0);
        if let Some(closed) = &mut self.closed {
            return closed.take_changed(Mark::Flush(0));
        }
        let table = &mut self.tables[self.declared];
        // Other rows of the table may be followed because the target shows them.
        let own = table.find(self.target.key());
        if let (true, Some(slot)) = (shows_change, own) {
            table.mark(Mark::Flush(0), slot);
        }
        table.take_changed(Mark::Flush(0)).into_iter().filter(|slot| Some(*slot) == own).collect()
    }

    /// Returns the target's documents that changed since the last call, or whose projection failed.
    pub(super) fn take_changes(&mut self) -> Result<Vec<Change>> {
        let slots = self.take_changed_slots();
        let shown = self.closed.as_ref().unwrap_or(&self.tables[self.declared]);
        let mut documents = Documents::default();
        for slots in slots.chunks(BATCH_ROWS) {
            let mut batch = RowsBatch::of(shown, self.declared, slots);
            let Ok(()) = self.references.gather(&mut batch.rows, &mut InMemory::of(&self.tables));
            self.projector.project_batch(batch, &mut documents)?;
        }
        // Without checkpoints, rows that are gone can be dropped at once.
        for table in self.tables.iter_mut().chain(&mut self.closed) {
            for mark in [Mark::Checkpoint, Mark::Flush(0), SHOWN, LEADS] {
                table.take_changed(mark);
            }
            table.sweep();
        }
        let mut changes = Vec::new();
        for DocumentChange { id, body, mut memberships } in documents.changes {
            if !self.target.has_document(&id) {
                continue;
            }
            memberships.sort_unstable_by(|one, other| one.set_and_member().cmp(&other.set_and_member()));
            let (sets_before, sets_after) = (self.memberships.remove(&id).unwrap_or_default(), memberships);
            if !sets_after.is_empty() {
                self.memberships.insert(id.clone(), sets_after.clone());
            }
            let before = match &body {
                Some(body) => self.documents.insert(id.clone(), body.clone()),
                None => self.documents.remove(&id),
            };
            self.over |= self.target.is_one_window();
            if before != body || sets_before != sets_after {
                changes.push(Change { id, before, after: body, sets_before, sets_after, failed: None });
            }
        }
        for FailedRow { id, reason } in documents.failed {
            if self.target.has_document(&id) {
                let served = self.documents.get(&id).cloned();
                let sets = self.memberships.get(&id).cloned().unwrap_or_default();
                changes.push(Change {
                    id,
                    before: served.clone(),
                    after: served,
                    sets_before: sets.clone(),
                    sets_after: sets,
                    failed: Some(reason),
                });
            }
        }
        Ok(changes)
    }
}
