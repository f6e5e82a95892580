//! One step: a pure function of (state, batch). Decode, extract, apply.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::fingerprint::Fingerprint;
use foldline_core::table::{Origin, Table};

use super::DeadLetter;
use super::extract::{Extractor, Guilty};
use crate::decode::Decoder;
use crate::error::{Error, ErrorKind, Result};
use crate::log::RecordBatch;
use crate::module::ValidatedModule;

/// Rows per call of a module: larger gains nothing (bench.md), smaller costs calls.
pub const BATCH_ROWS: usize = 4_096;

/// The whole state of one projection version, and how records change it.
///
/// Deterministic: the same records per partition give the same rows, whatever the batches or their interleaving.
pub struct Fold {
    module: ValidatedModule,
    inputs: BTreeMap<String, FoldInput>,
    extractor: Extractor,
    tables: Vec<Table>,
    events: u64,
    guilty: Vec<Guilty>,
    batch_rows: usize,
}

struct FoldInput {
    decoder: Decoder,
    /// Rank among the reducer's topics by name: decides ties of `First` and `Last` alike on every host.
    topic_rank: u16,
}

impl Fold {
    /// Returns the empty state of a module.
    ///
    /// # Errors
    /// `Module` naming the part of a table that this host cannot run.
    pub fn new(module: ValidatedModule, record_bytes_max: usize) -> Result<Self> {
        let description = Arc::clone(module.description());
        let mut topics: Vec<&str> = description.inputs.iter().map(|input| input.topic.as_str()).collect();
        topics.sort_unstable();
        let mut inputs = BTreeMap::new();
        for (index, input) in description.inputs.iter().enumerate() {
            let rank = topics.partition_point(|topic| *topic < input.topic.as_str());
            let topic_rank = u16::try_from(rank).map_err(|_| {
                Error::new(ErrorKind::Module, format!("{} inputs are more than 65,536", topics.len()))
            })?;
            let decoder = Decoder::new(index, input, record_bytes_max);
            inputs.insert(input.topic.clone(), FoldInput { decoder, topic_rank });
        }
        let tables = description
            .tables
            .iter()
            .map(|table| Table::new(table).map_err(|problem| Error::new(ErrorKind::Module, problem)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            extractor: Extractor::new(module.clone()),
            module,
            inputs,
            tables,
            events: 0,
            guilty: Vec::new(),
            batch_rows: BATCH_ROWS,
        })
    }

    /// Returns the same state with calls of at most `rows` rows: results must not depend on it.
    #[must_use]
    pub fn with_batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }

    /// Folds a batch; what cannot be folded joins `dead`, by offset.
    ///
    /// # Errors
    /// `Internal` when the host itself fails: the state is then in doubt and must be restored.
    pub fn step(&mut self, records: &RecordBatch, dead: &mut Vec<DeadLetter>) -> Result<()> {
        let Some(input) = self.inputs.get_mut(records.topic().as_ref()) else {
            return Err(Error::new(
                ErrorKind::Internal,
                format!("topic `{}` is no input of this reducer", records.topic()),
            ));
        };
        let first_dead = dead.len();
        let letter = |offset, reason| DeadLetter {
            topic: Arc::clone(records.topic()),
            partition: records.partition(),
            offset,
            reason,
        };
        let mut start = 0;
        while start < records.len() {
            let end = records.len().min(start + self.batch_rows);
            let decoded = input.decoder.decode(records, start..end);
            dead.extend(decoded.dead.into_iter().map(|dead| letter(dead.offset, dead.reason)));
            self.events += decoded.events.rows() as u64;
            for extraction in self.extractor.extract(decoded.events, &mut self.guilty)? {
                let events = &extraction.events;
                let origin = Origin {
                    topic: input.topic_rank,
                    partition: events.partition,
                    offsets: &events.offsets,
                    times_ms: &events.times_ms,
                };
                for contributions in &extraction.contributions {
                    self.tables[contributions.table].apply(contributions, &origin);
                }
            }
            self.events -= self.guilty.len() as u64;
            dead.extend(self.guilty.drain(..).map(|guilty| letter(guilty.offset, guilty.reason)));
            start = end;
        }
        dead[first_dead..].sort_unstable_by_key(|letter| letter.offset);
        Ok(())
    }

    /// Returns the module that folds.
    pub fn module(&self) -> &ValidatedModule {
        &self.module
    }

    /// Returns the tables, in the description's order.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Returns the tables, for marks of changed rows and for restoring.
    pub fn tables_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    /// Returns the index of the table that becomes documents.
    pub fn projected_table(&self) -> usize {
        self.module
            .description()
            .projected_table()
            .expect("validation accepts only modules that project a table")
    }

    /// Returns how many records were folded, dead letters not counted.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Sets the number of folded records, after a restore.
    pub fn set_events(&mut self, events: u64) {
        self.events = events;
    }

    /// Returns the number of rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.len() as u64).sum()
    }

    /// Returns the hash over all rows, which depends on nothing else.
    pub fn fingerprint(&self) -> String {
        let mut fingerprint = Fingerprint::default();
        let mut row = Vec::new();
        for (index, table) in self.tables.iter().enumerate() {
            for slot in 0..table.len() as u32 {
                row.clear();
                table.encode_row(slot, &mut row);
                fingerprint.add_row(index, table.key_bytes(slot), &row);
            }
        }
        fingerprint.finish()
    }
}
