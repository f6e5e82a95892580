//! The row of one key, with its served documents.

use std::collections::BTreeMap;

use foldline_core::contribution::Contributions;
use foldline_core::description::{Description, Window};
use foldline_core::table::{ColdFault, Mark, NoColdRows, Origin, Selected, Table};

use super::target::TraceTarget;
use crate::fixture::sets::ranked;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::seed::hash_seed;
use foldline_core::BATCH_ROWS;
use foldline_module::ValidatedModule;
use foldline_projection::RowsBatch;
use foldline_projection::project::Projector;
use foldline_sink::{DocumentChange, Documents, FailedRow, Membership};

/// A module's projected table that holds the row of one key only.
pub(super) struct Row {
    target: TraceTarget,
    declared: usize,
    table: Table,
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
    pub(super) fn new(module: &ValidatedModule, target: TraceTarget) -> Result<Self> {
        let description: &Description = module.description();
        let declared =
            description.projected_table().expect("validation accepts only modules that project a table");
        let spec = &description.tables[declared];
        let table = Table::new(spec).map_err(|problem| Error::new(ErrorKind::Module, problem))?;
        Ok(Self {
            target,
            declared,
            table: table.seeded(hash_seed()),
            closed: Table::of_closed_windows(spec),
            projector: Projector::new(module.clone()),
            documents: BTreeMap::new(),
            memberships: BTreeMap::new(),
            over: false,
        })
    }

    /// Returns the target of the trace.
    pub(super) fn target(&self) -> &TraceTarget {
        &self.target
    }

    /// Returns the declared index of the table.
    pub(super) fn declared(&self) -> usize {
        self.declared
    }

    /// Returns whether the table has windows: then events show once their window has closed.
    pub(super) fn is_windowed(&self) -> bool {
        self.table.spec().window != Window::Unbounded
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

    /// Merges the listed contributions, all of the row's key.
    pub(super) fn apply(
        &mut self,
        contributions: &Contributions,
        origin: &Origin<'_>,
        hashes: &[u64],
        rows: &[u32],
    ) -> Result<()> {
        let selected = Selected::listed(hashes, rows);
        let applied = self.table.apply(contributions, origin, selected, &mut NoColdRows);
        applied.map_err(|fault| Error::new(ErrorKind::Internal, fault))
    }

    /// Returns an event time before which time changes nothing.
    pub(super) fn next_change_ms(&self) -> Option<i64> {
        let closed = self.closed.as_ref().and_then(Table::next_change_ms);
        [self.table.next_change_ms(), closed].into_iter().flatten().min()
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
        advance(&mut self.table).map_err(internal)?;
        if let Some(closed) = &mut self.closed {
            closed.close(&mut self.table);
            advance(closed).map_err(internal)?;
        }
        Ok(())
    }

    /// Returns the target's documents that changed since the last call, or whose projection failed.
    pub(super) fn take_changes(&mut self) -> Result<Vec<Change>> {
        let shown = self.closed.as_mut().unwrap_or(&mut self.table);
        let mut documents = Documents::default();
        for slots in shown.take_changed(Mark::Flush(0)).chunks(BATCH_ROWS) {
            let batch = RowsBatch::of(shown, self.declared, slots);
            self.projector.project_batch(batch, &mut documents)?;
        }
        // Without checkpoints, rows that are gone can be dropped at once.
        for table in std::iter::once(&mut self.table).chain(&mut self.closed) {
            table.take_changed(Mark::Checkpoint);
            table.take_changed(Mark::Flush(0));
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
