//! Where the rows of a table lead, and which rows lead to a target.

use super::Table;
use super::holders::{HolderIndexes, Holders};
use crate::column::Column;
use crate::description::KeyPart;
use crate::slots::marks::Mark;
use crate::target_keys::{TargetKeys, target_keys};

/// Rows that are read together.
const ROWS_AT_ONCE: usize = 4_096;

impl Table {
    /// Declares how rows lead to others: by which aggregates and parts of their keys. See [`Table::update_holders`].
    pub fn lead_by(&mut self, vias: Vec<Vec<KeyPart>>) {
        let mut leading = vec![false; self.spec.aggregates.len()];
        for part in vias.iter().flatten() {
            if let KeyPart::Aggregate(aggregate) = *part {
                leading[aggregate] = true;
            }
        }
        self.holders = HolderIndexes::new(vias);
        self.marks.lead_by(leading);
    }

    /// Declares which aggregates rows of other tables show: their changes set [`Mark::Echo`].
    pub fn show(&mut self, columns: &[usize]) {
        let shown = (0..self.spec.aggregates.len()).map(|aggregate| columns.contains(&aggregate)).collect();
        self.marks.show(shown);
    }

    /// Brings the indexes of holders up to date. Returns false if there can be none, because rows are cold.
    pub fn update_holders(&mut self) -> bool {
        if self.cold_len > 0 {
            self.drop_holders();
            return false;
        }
        let stale = |made: &Vec<Holders>| made.iter().any(Holders::has_many_stale_targets);
        if self.holders.made.as_ref().is_some_and(stale) {
            self.drop_holders();
        }
        let (mut made, slots) = match self.holders.made.take() {
            Some(made) => (made, self.marks.take(Mark::Lead)),
            None => {
                let seed = self.keys.seed();
                let made = self.holders.vias.iter().map(|via| Holders::new(via.clone(), seed)).collect();
                self.marks.track_dirty(Mark::Lead, true);
                (made, (0..self.len() as u32).collect())
            }
        };
        for slots in slots.chunks(ROWS_AT_ONCE) {
            for holders in &mut made {
                let targets = self.targets_of(slots, &holders.via);
                for (row, &slot) in slots.iter().enumerate() {
                    holders.lead(slot, targets.get(row));
                }
            }
        }
        self.holders.made = Some(made);
        true
    }

    /// Calls `each` with the slot of every row that leads to a target by the `via` with this number, in no particular order.
    /// [`Table::update_holders`] must have returned true since the last change.
    ///
    /// # Panics
    /// Panics when the indexes are not made.
    pub fn each_holder(&self, via: usize, target: &[u8], each: impl FnMut(u32)) {
        let made = self.holders.made.as_ref().expect("holders are asked for after their update");
        made[via].of(target).for_each(each);
    }

    /// Returns where some rows lead.
    pub fn targets_of(&self, slots: &[u32], via: &[KeyPart]) -> TargetKeys {
        let mut keys = self.spec.key.empty_columns();
        if via.iter().any(|part| matches!(part, KeyPart::Key(_))) {
            slots.iter().for_each(|&slot| self.spec.key.push_parts(self.own_key(slot), &mut keys));
        }
        let aggregates: Vec<usize> = (via.iter())
            .filter_map(|part| match *part {
                KeyPart::Aggregate(aggregate) => Some(aggregate),
                KeyPart::Key(_) => None,
            })
            .collect();
        let results: Vec<Column> = self.results_of(&aggregates, slots);
        target_keys(via, slots.len(), &keys, |aggregate| {
            let at = aggregates.iter().position(|&of| of == aggregate);
            &results[at.expect("the results of all parts were read")]
        })
    }

    /// Drops the indexes: slots have moved, or rows have left memory.
    pub(super) fn drop_holders(&mut self) {
        if self.holders.made.take().is_some() {
            self.marks.track_dirty(Mark::Lead, false);
        }
    }
}
