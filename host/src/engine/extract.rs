//! Calls a module's `extract`, and finds the guilty records when a call fails.
//!
//! A call that traps, runs out of fuel or memory, answers with an error or with nonsense is repeated in halves, each
//! in a fresh instance, until single records are found guilty. A batch has the budget of a single event, so a record
//! is guilty exactly when it is guilty alone: the verdict does not depend on how records were batched (design §12).

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_core::contribution::{Contributions, EventBatch};
use foldline_core::description::TableSpec;
use tracing::debug;

use crate::error::Result;
use crate::module::{Extracted, Fault, KeptInstance, ValidatedModule};
use crate::planted::{Bug, is_planted};

/// Runs one module over batches, with one instance that lives until it fails.
pub struct Extractor(KeptInstance);

/// What some consecutive rows of a batch contribute.
pub struct Extraction {
    /// The events that were handed over: all of the batch, or a part of it after a fault.
    pub events: EventBatch,
    /// Their contributions, checked, without those of rejected records.
    pub contributions: Vec<Contributions>,
}

/// A record that the module refused, or that made it fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guilty {
    /// Its offset.
    pub offset: u64,
    /// Why.
    pub reason: String,
}

impl Extractor {
    /// Returns an extractor; the first instance is made by the first call.
    pub fn new(module: ValidatedModule) -> Self {
        Self(KeptInstance::new(module))
    }

    /// Extracts a batch: what goes through, in order, and the guilty records.
    ///
    /// # Errors
    /// As [`KeptInstance::call`].
    pub fn extract(&mut self, events: EventBatch, guilty: &mut Vec<Guilty>) -> Result<Vec<Extraction>> {
        let mut done = Vec::with_capacity(1);
        // A stack instead of recursion: the first half is always on top, so results come in the records' order.
        let mut open = vec![events];
        while let Some(events) = open.pop() {
            if events.rows() == 0 {
                continue;
            }
            let description = Arc::clone(self.0.module().description());
            let answer = self.0.call(|instance| {
                let extracted = instance.extract(&events)?;
                checked(extracted, &description.tables, events.rows())
            })?;
            match answer {
                Ok((contributions, refused)) => {
                    guilty.extend(
                        refused
                            .into_iter()
                            .map(|(row, reason)| Guilty { offset: events.offsets[row as usize], reason }),
                    );
                    done.push(Extraction { events, contributions });
                }
                Err(fault) if is_planted(Bug::WholeBatchGuilty) => {
                    let reason = fault.to_string();
                    let all = events.offsets.iter();
                    guilty.extend(all.map(|&offset| Guilty { offset, reason: reason.clone() }));
                }
                Err(fault) if events.rows() == 1 => {
                    guilty.push(Guilty { offset: events.offsets[0], reason: fault.to_string() });
                }
                Err(fault) => {
                    debug!(rows = events.rows(), %fault, "extract failed, halving");
                    let half = events.rows() / 2;
                    open.push(events.slice(half..events.rows()));
                    open.push(events.slice(0..half));
                }
            }
        }
        Ok(done)
    }
}

/// Checks contributions against their tables and takes out those of rejected records: nothing of a refused record
/// may be applied.
fn checked(
    extracted: Extracted,
    tables: &[TableSpec],
    rows: usize,
) -> Result<(Vec<Contributions>, BTreeMap<u32, String>), Fault> {
    let mut refused: BTreeMap<u32, String> = BTreeMap::new();
    let mut refuse = |row: u32, reason: String| {
        refused.entry(row).or_insert(reason);
    };
    for rejected in extracted.rejected {
        refuse(rejected.row, rejected.reason);
    }
    for contributions in &extracted.contributions {
        let table = tables
            .get(contributions.table)
            .ok_or_else(|| Fault::bad_output(format!("contributes to table {}", contributions.table)))?;
        for rejected in contributions.check(table, rows).map_err(Fault::bad_output)? {
            refuse(rejected.row, rejected.reason);
        }
    }
    let mut contributions = extracted.contributions;
    if !refused.is_empty() {
        let rows: Vec<u32> = refused.keys().copied().collect();
        contributions = contributions.into_iter().map(|some| some.without_rows(&rows)).collect();
    }
    Ok((contributions, refused))
}
