//! The documents of a job: from rows of a scan, projected chunk by chunk, or from batches of rows in memory.

use foldline_core::description::{Description, TableSpec};
use foldline_core::table::Table;
use foldline_core::table::layout::shown_table;

use super::failure::Failure;
use super::project::Projector;
use super::rows_batch::RowsBatch;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::seed::hash_seed;
use foldline_core::BATCH_ROWS;
use foldline_sink::{DocumentChunks, Documents, FailedRow};
use foldline_state::ScannedRow;
use foldline_state::scan::Rows;

/// Projects batches into as few chunks as possible: each shard has its own batch, however small, and a server takes longer for
/// two requests than for one with the contents of both.
pub(super) fn projected(projector: &mut Projector, batches: Vec<RowsBatch>) -> Result<Vec<Documents>> {
    let mut chunks: Vec<Documents> = Vec::new();
    let mut rows = 0;
    for batch in batches {
        rows += batch.len();
        let last = chunks.pop_if(|_| rows <= BATCH_ROWS);
        if last.is_none() {
            rows = batch.len();
        }
        let mut chunk = last.unwrap_or_default();
        projector.project_batch(batch, &mut chunk)?;
        chunks.push(chunk);
    }
    Ok(chunks)
}

/// Failed rows, reported once per job.
#[derive(Default)]
pub(super) struct Failures {
    pub(super) rows: usize,
    pub(super) first: Option<FailedRow>,
}

impl Failures {
    pub(super) fn add(&mut self, documents: &Documents) {
        self.rows += documents.failed.len();
        if self.first.is_none() {
            self.first = documents.failed.first().cloned();
        }
    }
}

/// The projected table.
pub(super) struct ProjectedTable {
    index: usize,
    /// The stored index of the table whose rows are shown.
    stored: usize,
    spec: TableSpec,
}

impl ProjectedTable {
    /// Returns the table that a validated module projects.
    pub(super) fn of(description: &Description) -> Self {
        let index =
            description.projected_table().expect("validation accepts only modules that project a table");
        let stored = shown_table(&description.tables, index);
        Self { index, stored, spec: description.tables[index].clone() }
    }

    /// Returns its declared index.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Returns whether a row is of the table whose rows are shown.
    pub(super) fn holds(&self, row: &ScannedRow) -> bool {
        usize::from(row.table()) == self.stored
    }

    /// Returns an empty table for some of the rows that are shown.
    pub(super) fn empty(&self) -> Result<Table> {
        let closed = Table::of_closed_windows(&self.spec);
        closed
            .map_or_else(|| Table::new(&self.spec), Ok)
            .map(|table| table.seeded(hash_seed()))
            .map_err(|problem| Error::new(ErrorKind::Module, problem))
    }
}

/// Returns the documents of a whole scan, for scans that fit into memory.
///
/// # Errors
/// The errors of the scan, and those of [`Projector::project_batch`].
pub fn scanned_documents(
    projector: &mut Projector,
    description: &Description,
    rows: Rows,
) -> Result<Vec<Documents>> {
    let table = ProjectedTable::of(description);
    let mut chunks = ScannedChunks::new(&table, projector, rows, &|| false);
    let mut documents = Vec::new();
    while let Some(chunk) = chunks.next()? {
        documents.push(chunk.clone());
    }
    Ok(documents)
}

/// The documents of a scan. Each chunk is projected when it is requested.
pub(super) struct ScannedChunks<'a> {
    table: &'a ProjectedTable,
    projector: &'a mut Projector,
    rows: Rows,
    ends: &'a dyn Fn() -> bool,
    chunk: Documents,
    failures: Failures,
    early_end: Option<EarlyEnd>,
}

/// Why chunks end early, if neither sink nor module is to blame.
#[derive(Clone, Copy, Debug)]
enum EarlyEnd {
    Stopped,
    Damaged,
}

impl<'a> ScannedChunks<'a> {
    /// Returns the documents of `rows`, which stop with an error once `ends` returns true.
    pub(super) fn new(
        table: &'a ProjectedTable,
        projector: &'a mut Projector,
        rows: Rows,
        ends: &'a dyn Fn() -> bool,
    ) -> Self {
        let (chunk, failures) = Default::default();
        Self { table, projector, rows, ends, chunk, failures, early_end: None }
    }

    /// Classifies an error of [`DocumentChunks::next`], or of a sink that called it.
    pub(super) fn failure(&self, error: Error) -> Failure {
        match self.early_end {
            Some(EarlyEnd::Stopped) => Failure::Stopped,
            Some(EarlyEnd::Damaged) => Failure::Damaged(error),
            None => Failure::Other(error),
        }
    }

    /// Returns the rows that failed so far.
    pub(super) fn failures(&self) -> &Failures {
        &self.failures
    }

    fn advance(&mut self) -> Result<bool> {
        if (self.ends)() {
            self.early_end = Some(EarlyEnd::Stopped);
            return Err(Error::new(ErrorKind::Unavailable, "the version stops"));
        }
        let batch = self.next_rows().inspect_err(|error| {
            if error.kind() == ErrorKind::Corrupt {
                self.early_end = Some(EarlyEnd::Damaged);
            }
        })?;
        let Some(batch) = batch else { return Ok(false) };
        self.chunk = Documents::default();
        self.projector.project_batch(batch, &mut self.chunk)?;
        self.failures.add(&self.chunk);
        Ok(true)
    }

    /// Restores a chunk into a separate table, which provides ids and results.
    fn next_rows(&mut self) -> Result<Option<RowsBatch>> {
        let mut table = self.table.empty()?;
        let mut deleted = Vec::new();
        for row in &mut self.rows {
            let row = row?;
            if !self.table.holds(&row) {
                continue;
            }
            if row.is_deleted() {
                deleted.push(table.id_of_key(row.key()).into_owned());
            } else {
                table
                    .restore_row(row.key(), row.row())
                    .kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
            }
            if table.len() + deleted.len() == BATCH_ROWS {
                break;
            }
        }
        let slots: Vec<u32> = (0..table.len() as u32).collect();
        let mut batch = RowsBatch::of(&table, self.table.index, &slots);
        batch.deleted.append(&mut deleted);
        Ok((!slots.is_empty() || !batch.deleted.is_empty()).then_some(batch))
    }
}

impl DocumentChunks for ScannedChunks<'_> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        Ok(self.advance()?.then_some(&self.chunk))
    }
}
