//! Finds the poison records when a call of a module fails.
//!
//! A call that traps, runs out of fuel or memory, or answers with an error or a malformed result is bisected, each half in a
//! fresh instance, until single poison records are found, each alone in an instance that has seen no other record. A batch has
//! the budget of a single event, so a record is poison exactly when it fails alone: the verdict does not depend on how records
//! were batched (docs/design/limits.md).

use std::collections::BTreeMap;

use foldline_core::contribution::EventBatch;
use tracing::debug;

use crate::{Fault, Instance, KeptInstance};
use foldline_base::error::Result;
use foldline_base::planted::{Bug, is_planted};

/// A record that the module refused, or on which it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoisonRecord {
    /// Its offset.
    pub offset: u64,
    /// Why.
    pub reason: String,
}

/// The answer of a call for some consecutive rows of a batch.
pub struct Answered<T> {
    /// The events that were passed to the module: the whole batch, or a part of it after a fault.
    pub events: EventBatch,
    /// The answer, without the parts of rejected records.
    pub answer: T,
}

/// Makes a call for a batch. Returns the answers that succeeded, in order, and adds poison records to `poison`. `call` returns
/// its answer, and the rows that it refuses.
///
/// # Errors
/// As [`KeptInstance::call`].
pub fn call_bisecting<T>(
    kept: &mut KeptInstance,
    events: EventBatch,
    poison: &mut Vec<PoisonRecord>,
    mut call: impl FnMut(&mut Instance, &EventBatch) -> Result<(T, BTreeMap<u32, String>), Fault>,
) -> Result<Vec<Answered<T>>> {
    let mut done = Vec::with_capacity(1);
    // A stack instead of recursion. The first half is always on top, so results come in the order of the records.
    let mut open = vec![events];
    while let Some(events) = open.pop() {
        if events.rows() == 0 {
            continue;
        }
        let fresh = kept.is_fresh();
        match kept.call(|instance| call(instance, &events))? {
            Ok((answer, refused)) => {
                poison.extend(
                    refused
                        .into_iter()
                        .map(|(row, reason)| PoisonRecord { offset: events.offsets[row as usize], reason }),
                );
                done.push(Answered { events, answer });
            }
            Err(fault) if is_planted(Bug::WholeBatchGuilty) => {
                let reason = fault.to_string();
                let all = events.offsets.iter();
                poison.extend(all.map(|&offset| PoisonRecord { offset, reason: reason.clone() }));
            }
            // Earlier calls of this instance may be to blame, so try again in a fresh one.
            Err(_) if events.rows() == 1 && !fresh => open.push(events),
            Err(fault) if events.rows() == 1 => {
                poison.push(PoisonRecord { offset: events.offsets[0], reason: fault.to_string() });
            }
            Err(fault) => {
                debug!(rows = events.rows(), %fault, "a module's call failed, bisecting");
                let half = events.rows() / 2;
                open.push(events.slice(half..events.rows()));
                open.push(events.slice(0..half));
            }
        }
    }
    Ok(done)
}
