//! The documents of a checkpoint, row by row in the order of keys: for comparisons, which write nothing.

use std::vec::IntoIter;

use foldline_core::table::Table;

use super::chunks::ProjectedTable;
use super::project::Projector;
use super::rows_batch::RowsBatch;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_core::BATCH_ROWS;
use foldline_module::ValidatedModule;
use foldline_sink::{Documents, Membership};
use foldline_state::scan::Rows;

/// A row of the projected table, with what is shown for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownRow {
    /// Its canonical key.
    pub key: Vec<u8>,
    /// The id of its document.
    pub id: String,
    /// What is shown.
    pub shown: Shown,
    /// Its memberships, sorted by set and member; none if the row failed.
    pub memberships: Vec<Membership>,
}

/// What is shown for a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// No document: no window is closed yet, or the module made none.
    Nothing,
    /// A document: a JSON object.
    Document(String),
    /// The row failed; the reason, for people.
    Failed(String),
}

/// The rows of a scan, projected a chunk at a time. The first error is the last item.
pub struct ShownRows<'a> {
    table: ProjectedTable,
    projector: Projector,
    rows: Rows,
    /// Called with the number of further rows read, of any table; may end the iteration.
    passed: &'a dyn Fn(u64) -> Result<()>,
    not_told: u64,
    chunk: IntoIter<ShownRow>,
    ended: bool,
}

impl<'a> ShownRows<'a> {
    /// Returns what a module shows for all rows of a scan. `passed` is called with the number of further rows read, and may
    /// end the iteration with an error.
    pub fn new(module: ValidatedModule, rows: Rows, passed: &'a dyn Fn(u64) -> Result<()>) -> Self {
        let table = ProjectedTable::of(module.description());
        let chunk = Vec::new().into_iter();
        Self { table, projector: Projector::new(module), rows, passed, not_told: 0, chunk, ended: false }
    }

    fn next_chunk(&mut self) -> Result<Vec<ShownRow>> {
        let mut table = self.table.empty()?;
        while table.len() < BATCH_ROWS {
            let Some(row) = self.rows.next().transpose()? else {
                self.ended = true;
                break;
            };
            self.not_told += 1;
            if self.not_told >= BATCH_ROWS as u64 {
                self.tell()?;
            }
            if self.table.holds(&row) {
                let restored = table.restore_row(row.key(), row.row());
                restored.kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
            }
        }
        if self.ended {
            self.tell()?;
        }
        self.project(&table)
    }

    fn tell(&mut self) -> Result<()> {
        (self.passed)(std::mem::take(&mut self.not_told))
    }

    fn project(&mut self, table: &Table) -> Result<Vec<ShownRow>> {
        let slots: Vec<u32> = (0..table.len() as u32).collect();
        let RowsBatch { ids, rows, .. } = RowsBatch::of(table, self.table.index(), &slots);
        let mut documents = Documents::default();
        self.projector.project(&ids, rows, &mut documents)?;
        let mut made = documents.changes.into_iter().peekable();
        let mut failed = documents.failed.into_iter();
        let shown_row = |slot: u32| {
            let id = table.document_id(slot).into_owned();
            let (shown, mut memberships) = if !table.has_document(slot) {
                (Shown::Nothing, Vec::new())
            } else if let Some(made) = made.next_if(|made| made.id == id) {
                (made.body.map_or(Shown::Nothing, Shown::Document), made.memberships)
            } else {
                let failed = failed.next().expect("each row that is projected is made or has failed");
                assert_eq!(failed.id, id, "rows are projected in their order");
                (Shown::Failed(failed.reason), Vec::new())
            };
            memberships.sort_unstable_by(|one, other| one.set_and_member().cmp(&other.set_and_member()));
            ShownRow { key: table.key_bytes(slot).to_vec(), id, shown, memberships }
        };
        Ok(slots.into_iter().map(shown_row).collect())
    }
}

impl Iterator for ShownRows<'_> {
    type Item = Result<ShownRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.chunk.next() {
                return Some(Ok(row));
            }
            if self.ended {
                return None;
            }
            match self.next_chunk() {
                Ok(chunk) => self.chunk = chunk.into_iter(),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
