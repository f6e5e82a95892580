//! Calls a module's `extract`, and removes the records that the module or the host refuses.

use std::collections::BTreeMap;

use foldline_core::contribution::{Contributions, EventBatch, untimed_in_windows};
use foldline_core::description::{Description, Window};

use foldline_base::error::Result;
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_module::bisection::{Answered, PoisonRecord, call_bisecting};
use foldline_module::{Extracted, Fault, KeptInstance, ValidatedModule};

/// Runs one module over batches, in one instance that is kept until a call fails.
pub struct Extractor(KeptInstance);

/// The contributions of some consecutive rows of a batch.
pub struct Extraction {
    /// The events that were passed to the module: the whole batch, or a part of it after a fault.
    pub events: EventBatch,
    /// Their contributions, checked, without those of rejected records.
    pub contributions: Vec<Contributions>,
}

impl Extractor {
    /// Returns an extractor. The first call makes the first instance.
    pub fn new(module: ValidatedModule) -> Self {
        Self(KeptInstance::new(module))
    }

    /// Extracts a batch. Returns the extractions that succeeded, in order, and adds poison records to `poison`.
    ///
    /// # Errors
    /// As [`KeptInstance::call`].
    pub fn extract(&mut self, events: EventBatch, poison: &mut Vec<PoisonRecord>) -> Result<Vec<Extraction>> {
        let module = self.0.module().clone();
        let description = module.description();
        panic_if_asked(PanicPoint::Extract, &description.name);
        let answered = call_bisecting(&mut self.0, events, poison, |instance, events| {
            checked(instance.extract(events)?, description, events)
        })?;
        let extraction = |Answered { events, answer }| Extraction { events, contributions: answer };
        Ok(answered.into_iter().map(extraction).collect())
    }
}

/// Checks contributions against their tables, and removes those of rejected records: no part of a rejected record may be
/// applied.
fn checked(
    extracted: Extracted,
    description: &Description,
    events: &EventBatch,
) -> Result<(Vec<Contributions>, BTreeMap<u32, String>), Fault> {
    let mut refused: BTreeMap<u32, String> = BTreeMap::new();
    let mut refuse = |row: u32, reason: String| {
        refused.entry(row).or_insert(reason);
    };
    for rejected in extracted.rejected {
        refuse(rejected.row, rejected.reason);
    }
    let input = &description.inputs[events.input];
    for contributions in &extracted.contributions {
        let table = description
            .tables
            .get(contributions.table)
            .ok_or_else(|| Fault::bad_output(format!("contributes to table {}", contributions.table)))?;
        for rejected in contributions.check(table, events.rows()).map_err(Fault::bad_output)? {
            refuse(rejected.row, rejected.reason);
        }
        // Its time has no place among those that windows wait for.
        if input.untimed && table.window != Window::Unbounded {
            let reason = untimed_in_windows(&table.name, &input.topic);
            contributions.source_rows.iter().for_each(|&row| refuse(row, reason.clone()));
        }
    }
    let mut contributions = extracted.contributions;
    if !refused.is_empty() {
        let rows: Vec<u32> = refused.keys().copied().collect();
        contributions = contributions.into_iter().map(|some| some.without_rows(&rows)).collect();
    }
    Ok((contributions, refused))
}
