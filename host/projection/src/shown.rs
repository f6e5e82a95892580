//! The documents of a checkpoint, row by row in the order of keys: for comparisons, which write nothing.

use std::vec::IntoIter;

use foldline_core::position::Position;

use super::project::Projector;
use super::projected_table::ProjectedTable;
use super::rows_batch::RowsBatch;
use super::scanned_rows::{Chunk, ScannedRows};
use foldline_base::error::Result;
use foldline_module::ValidatedModule;
use foldline_sink::{Documents, Membership};
use foldline_state::Scan;

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
    projector: Projector,
    rows: ScannedRows<'a>,
    ended: bool,
    chunk: IntoIter<ShownRow>,
}

/// The table of which rows are shown.
pub struct ShownTable {
    module: ValidatedModule,
    table: ProjectedTable,
}

impl ShownTable {
    /// Returns the table that a module projects.
    pub fn of(module: &ValidatedModule) -> Self {
        Self { table: ProjectedTable::of(module.description()), module: module.clone() }
    }

    /// Returns the ids of rows that may show something else than at a position, by themselves or by what they refer to. `passed`
    /// as for [`ShownTable::rows`].
    ///
    /// # Errors
    /// Those of the scan and of `passed`.
    pub fn changed_ids(
        &self,
        scan: &Scan,
        after: &Position,
        passed: &dyn Fn(u64) -> Result<()>,
        mut each: impl FnMut(String),
    ) -> Result<()> {
        let mut rows = ScannedRows::new(&self.table, scan, Some(after), passed);
        while let Some(Chunk { rows, slots, deleted }) = rows.next_chunk()? {
            slots.iter().for_each(|&slot| each(rows.document_id(slot).into_owned()));
            deleted.into_iter().for_each(&mut each);
        }
        Ok(())
    }

    /// Returns what the module shows for all rows of a scan. `passed` is called with the number of further rows read, and may end
    /// the iteration with an error.
    pub fn rows<'a>(&'a self, scan: &Scan, passed: &'a dyn Fn(u64) -> Result<()>) -> ShownRows<'a> {
        ShownRows {
            projector: Projector::new(self.module.clone()),
            rows: ScannedRows::new(&self.table, scan, None, passed),
            ended: false,
            chunk: Vec::new().into_iter(),
        }
    }
}

impl ShownRows<'_> {
    fn next_chunk(&mut self) -> Result<Option<Vec<ShownRow>>> {
        let Some(chunk) = self.rows.next_chunk()? else { return Ok(None) };
        let RowsBatch { ids, rows, .. } = self.rows.batch(&chunk)?;
        let table = &chunk.rows;
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
        Ok(Some(chunk.slots.iter().copied().map(shown_row).collect()))
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
                Ok(Some(chunk)) => self.chunk = chunk.into_iter(),
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
