//! The rows of one shard: those whose key hashes fall to it. One thread at a time applies to it.

use foldline_core::description::Description;
use foldline_core::reference::References;
use foldline_core::table::layout::{closed_tables, stored_tables};
use foldline_core::table::{ColdFault, ColdRows, Mark, Selected, Table};

use super::extract_worker::ExtractedBatch;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_base::seed::hash_seed;
use foldline_state::StateStore;

/// One shard of every table of a reducer.
pub struct Shard {
    tables: Vec<Table>,
    /// For each table of closed windows: the index of the table that its windows are of, and its own index.
    closed: Vec<(usize, usize)>,
    /// How far event time has come.
    watermark_ms: Option<i64>,
    /// The store that holds evicted rows.
    store: Option<StateStore>,
}

/// Reads the evicted rows of one table.
struct Cold<'a> {
    store: Option<&'a StateStore>,
    table: u8,
}

impl ColdRows for Cold<'_> {
    fn fetch(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, ColdFault> {
        if is_planted(Bug::ColdRowForgotten) {
            return Ok(None);
        }
        let Some(store) = self.store else {
            let none = "rows were evicted, and there is no store to read them from";
            return Err(ColdFault::Damaged(none.to_owned()));
        };
        store.row(self.table, key).map_err(|error| match error.kind() {
            ErrorKind::Unavailable if !is_planted(Bug::UnreadableIsDamaged) => {
                ColdFault::Unreadable(error.message().to_owned())
            }
            _ => ColdFault::Damaged(error.message().to_owned()),
        })
    }
}

impl Shard {
    /// Returns a shard without rows.
    ///
    /// # Errors
    /// `Module` naming the part of a table that this host cannot run.
    pub(super) fn new(
        description: &Description,
        references: &References,
        store: Option<StateStore>,
    ) -> Result<Self> {
        let tables =
            stored_tables(&description.tables).map_err(|problem| Error::new(ErrorKind::Module, problem))?;
        let mut tables: Vec<Table> = tables.into_iter().map(|table| table.seeded(hash_seed())).collect();
        for (index, table) in tables.iter_mut().enumerate().take(description.tables.len()) {
            if let Some(shown) = references.shown_of(index) {
                table.show(&shown);
            }
            table.lead_by(references.vias_of(index));
        }
        Ok(Self { tables, closed: closed_tables(&description.tables).collect(), watermark_ms: None, store })
    }

    /// Returns the shard's tables, by stored index.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Returns the shard's tables, for marks and for restoring.
    pub fn tables_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    /// Returns the stored row of a key that is not in memory; `None` if there is none.
    ///
    /// # Errors
    /// `Corrupt` when the store is damaged, `Unavailable` when it cannot be read for now.
    pub(super) fn cold_row(&self, table: usize, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Cold { store: self.store.as_ref(), table: table as u8 }.fetch(key).map_err(in_doubt)
    }

    /// Merges the contributions for this shard into its rows.
    ///
    /// # Errors
    /// `Corrupt` when an evicted row is damaged or missing, `Unavailable` when the store cannot be read for now. The rows in
    /// memory are undefined then.
    pub(super) fn apply(&mut self, shard: usize, extracted: &[ExtractedBatch]) -> Result<()> {
        let Self { tables, store, .. } = self;
        for batch in extracted {
            batch.contributions_to(shard, |contributions, origin, hashes, rows| {
                let table = contributions.table;
                let mut cold = Cold { store: store.as_ref(), table: table as u8 };
                tables[table]
                    .apply(contributions, origin, Selected { hashes, rows }, &mut cold)
                    .map_err(in_doubt)
            })?;
        }
        Ok(())
    }

    /// Advances windows to an event time that every partition has passed. Rows may lag behind it.
    ///
    /// # Errors
    /// As [`Shard::apply`].
    pub(super) fn advance(&mut self, watermark_ms: i64) -> Result<()> {
        self.watermark_ms = Some(watermark_ms);
        self.of_declared(|table, cold| table.advance(watermark_ms, cold))?;
        self.close_windows()
    }

    /// Returns whether rows may lag behind event time.
    pub(super) fn lags(&self) -> bool {
        self.tables.iter().any(Table::lags)
    }

    /// Brings lagging rows to the event time of the last [`Shard::advance`].
    ///
    /// # Errors
    /// As [`Shard::apply`].
    pub(super) fn catch_up(&mut self) -> Result<()> {
        self.of_declared(|table, cold| table.catch_up(cold))?;
        self.close_windows()
    }

    fn close_windows(&mut self) -> Result<()> {
        let Some(watermark_ms) = self.watermark_ms else { return Ok(()) };
        let Self { tables, closed, store, .. } = self;
        for &(of, index) in &*closed {
            let [of, closed] = tables.get_disjoint_mut([of, index]).expect("two tables of the shard");
            closed.close(of);
            // A window may have ended longer ago than its retention: a replay creates it and deletes it at once.
            let mut cold = Cold { store: store.as_ref(), table: index as u8 };
            closed.advance(watermark_ms, &mut cold).map_err(in_doubt)?;
        }
        Ok(())
    }

    /// Calls a function for every declared table and its cold rows.
    fn of_declared(
        &mut self,
        each: impl Fn(&mut Table, &mut Cold<'_>) -> Result<(), ColdFault>,
    ) -> Result<()> {
        let Self { tables, closed, store, .. } = self;
        let declared = tables.len() - closed.len();
        for (index, table) in tables[..declared].iter_mut().enumerate() {
            each(table, &mut Cold { store: store.as_ref(), table: index as u8 }).map_err(in_doubt)?;
        }
        Ok(())
    }

    /// As [`Fold::sweep`](super::fold::Fold::sweep).
    pub(super) fn sweep(&mut self) -> usize {
        self.tables.iter_mut().map(Table::sweep).sum()
    }

    /// Returns the number of rows, evicted ones included.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.total_len() as u64).sum()
    }

    /// Returns the memory of the resident rows, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.tables.iter().map(Table::heap_bytes).sum()
    }

    /// Returns the memory that evicted rows still take, in bytes: their dates.
    pub fn cold_bytes(&self) -> usize {
        self.tables.iter().map(Table::cold_bytes).sum()
    }

    /// Evicts rows that carry no mark until the rest takes about `bytes`; returns how many.
    pub(super) fn evict(&mut self, bytes: usize) -> usize {
        if is_planted(Bug::DirtyRowEvicted) {
            self.tables.iter_mut().for_each(|table| drop(table.take_changed(Mark::Checkpoint)));
        }
        let held = self.heap_bytes().max(1);
        let mut evicted = 0;
        for table in &mut self.tables {
            // Each table keeps a share in proportion to what it holds.
            let share = (bytes as u128 * table.heap_bytes() as u128 / held as u128) as usize;
            evicted += table.evict(share);
        }
        evicted
    }

    /// Returns how many rows carry a mark.
    pub fn changed_len(&self, mark: Mark) -> usize {
        self.tables.iter().map(|table| table.changed_len(mark)).sum()
    }
}

fn in_doubt(fault: ColdFault) -> Error {
    match fault {
        ColdFault::Unreadable(reason) => Error::new(ErrorKind::Unavailable, reason),
        ColdFault::Damaged(reason) => Error::new(ErrorKind::Corrupt, reason),
    }
}
