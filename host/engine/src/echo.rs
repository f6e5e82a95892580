//! Which rows show a row that changed: they are marked like rows that changed themselves, and are part of the same flush.
//!
//! A changed target is told to all shards, and each marks its own rows: none has to know where another one's rows are. Chains
//! are followed from their ends: a target that shows something else through a further reference counts as changed.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::reference::{HoldersBy, PlannedReference};
use foldline_core::table::{Mark, hash_key, shard_of};
use rayon::prelude::*;

use super::Fold;
use super::shard::Shard;
use foldline_base::planted::{Bug, is_planted};
use foldline_base::seed::hash_seed;

/// Up to so many changed targets are looked for on the calling thread: waking another one costs more.
const ALONE_MAX: usize = 64;

/// Marks the rows of the projected table that show a target whose change is noted under `echo`, and forgets these notes. Returns
/// false if the rows are not all known, because some are cold: then a checkpoint must be read to find them.
pub(super) fn mark_holders(fold: &mut Fold, flush: Mark, echo: Mark) -> bool {
    let references = fold.references();
    if references.is_empty() {
        return true;
    }
    let mut changed: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
    for table in references.list().iter().map(|reference| reference.table).collect::<BTreeSet<_>>() {
        for shard in fold.shards_mut() {
            let rows = &mut shard.tables_mut()[table];
            let slots = rows.take_changed(echo);
            let keys = slots.into_iter().map(|slot| rows.key_bytes(slot).to_vec());
            changed.entry(table).or_default().extend(keys);
        }
    }
    if changed.values().all(Vec::is_empty) || is_planted(Bug::EchoForgotten) {
        return true;
    }
    // By reference: targets that show something else through a further reference.
    let mut through: Vec<BTreeSet<Vec<u8>>> = vec![BTreeSet::new(); references.list().len()];
    for (at, reference) in references.list().iter().enumerate().rev() {
        let mut targets = std::mem::take(&mut through[at]);
        targets.extend(changed[&reference.table].iter().cloned());
        if targets.is_empty() {
            continue;
        }
        let targets: Vec<Vec<u8>> = targets.into_iter().collect();
        let Some(holders) = holders_of(fold, reference, &targets) else { return false };
        for (shard, slots) in fold.shards_mut().iter_mut().zip(holders) {
            let rows = &mut shard.tables_mut()[reference.holder_table];
            match reference.holder {
                None => slots.into_iter().for_each(|slot| rows.mark(flush, slot)),
                Some(holder) => {
                    through[holder].extend(slots.into_iter().map(|slot| rows.key_bytes(slot).to_vec()));
                }
            }
        }
    }
    true
}

/// Returns, for each shard, the rows that lead to some targets by a reference; `None` if they are not all known.
fn holders_of(fold: &mut Fold, reference: &PlannedReference, targets: &[Vec<u8>]) -> Option<Vec<Vec<u32>>> {
    let shards = fold.shards().len();
    let of_shard = |(index, shard): (usize, &mut Shard)| match reference.holders_by {
        HoldersBy::Key => holders_by_key(shard, reference.holder_table, targets, |target| {
            shard_of(hash_key(target, hash_seed()), shards) == index
        }),
        HoldersBy::Index(via) => {
            if index > 0 && is_planted(Bug::OtherShardNotTold) {
                return Some(Vec::new());
            }
            holders_by_index(shard, reference.holder_table, via, targets)
        }
    };
    if targets.len() <= ALONE_MAX {
        return fold.shards_mut().iter_mut().enumerate().map(of_shard).collect();
    }
    let threads = std::sync::Arc::clone(fold.threads());
    threads.install(|| fold.shards_mut().par_iter_mut().enumerate().map(of_shard).collect())
}

/// The holder has the target's own key, and so belongs to the same shard.
fn holders_by_key(
    shard: &Shard,
    table: usize,
    targets: &[Vec<u8>],
    is_own: impl Fn(&[u8]) -> bool,
) -> Option<Vec<u32>> {
    let rows = &shard.tables()[table];
    let mut slots = Vec::new();
    for target in targets.iter().filter(|target| is_own(target)) {
        match rows.find(target) {
            Some(slot) => slots.push(slot),
            None if rows.cold_len() > 0 => return None,
            None => {}
        }
    }
    Some(slots)
}

fn holders_by_index(shard: &mut Shard, table: usize, via: usize, targets: &[Vec<u8>]) -> Option<Vec<u32>> {
    let rows = &mut shard.tables_mut()[table];
    if !rows.update_holders() {
        return None;
    }
    let mut slots = Vec::new();
    targets.iter().for_each(|target| rows.each_holder(via, target, |slot| slots.push(slot)));
    Some(slots)
}
