//! The documents of a job: from rows of a scan, projected chunk by chunk, or from batches of rows in memory.

use foldline_core::BATCH_ROWS;
use foldline_core::description::Description;
use foldline_core::position::Position;

use super::failure::Failure;
use super::project::Projector;
use super::projected_table::ProjectedTable;
use super::rows_batch::RowsBatch;
use super::scanned_rows::ScannedRows;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::{DocumentChunks, Documents, FailedRow};
use foldline_state::Scan;

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

/// Returns the documents of all rows of a scan that may have changed after a position, for scans that fit into memory.
///
/// # Errors
/// The errors of the scan, and those of [`Projector::project_batch`].
pub fn scanned_documents(
    projector: &mut Projector,
    description: &Description,
    scan: &Scan,
    after: &Position,
) -> Result<Vec<Documents>> {
    let table = ProjectedTable::of(description);
    let passed = |_| Ok(());
    let rows = ScannedRows::new(&table, scan, Some(after), &passed);
    let mut chunks = ScannedChunks::new(projector, rows, &|| false);
    let mut documents = Vec::new();
    while let Some(chunk) = chunks.next()? {
        documents.push(chunk.clone());
    }
    Ok(documents)
}

/// The documents of a scan. Each chunk is projected when it is requested.
pub(super) struct ScannedChunks<'a> {
    projector: &'a mut Projector,
    rows: ScannedRows<'a>,
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
        projector: &'a mut Projector,
        rows: ScannedRows<'a>,
        ends: &'a dyn Fn() -> bool,
    ) -> Self {
        let (chunk, failures) = Default::default();
        Self { projector, rows, ends, chunk, failures, early_end: None }
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
        let batch = self.next_rows().inspect_err(|error| {
            if (self.ends)() {
                self.early_end = Some(EarlyEnd::Stopped);
            } else if error.kind() == ErrorKind::Corrupt {
                self.early_end = Some(EarlyEnd::Damaged);
            }
        })?;
        let Some(batch) = batch else { return Ok(false) };
        self.chunk = Documents::default();
        self.projector.project_batch(batch, &mut self.chunk)?;
        self.failures.add(&self.chunk);
        Ok(true)
    }

    fn next_rows(&mut self) -> Result<Option<RowsBatch>> {
        go_on(self.ends)?;
        let Some(chunk) = self.rows.next_chunk()? else { return Ok(None) };
        let mut batch = self.rows.batch(&chunk)?;
        batch.deleted.extend(chunk.deleted);
        Ok(Some(batch))
    }
}

/// Fails once `ends` returns true.
pub(super) fn go_on(ends: &dyn Fn() -> bool) -> Result<()> {
    if ends() {
        return Err(Error::new(ErrorKind::Unavailable, "the version stops"));
    }
    Ok(())
}

impl DocumentChunks for ScannedChunks<'_> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        Ok(self.advance()?.then_some(&self.chunk))
    }
}
