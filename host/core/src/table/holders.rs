//! An index of the rows that refer to others: finds the holders of a target.
//!
//! Targets are numbered, and the rows that lead to one are a list that runs through the slots: 12 bytes a row, and a few dozen a
//! target. The index is of one shard's own rows; a target that changes is looked for in all of them. It exists only while every
//! row is in memory, and is made in one pass when it is first needed, so that a replay pays nothing.

use super::HashSeed;
use super::Table;
use super::dictionary::Dictionary;
use crate::column::Column;
use crate::description::KeyPart;
use crate::reference::{TargetKeys, target_keys};
use crate::slots::ABSENT;
use crate::slots::growth::fill_to;
use crate::slots::marks::Mark;

/// Rows that are read together.
const ROWS_AT_ONCE: usize = 4_096;

/// Stale targets are tolerated up to as many as there are rows, and this many more.
const STALE_TARGETS: usize = 4_096;

/// The holders of all targets to which one `via` leads.
#[derive(Clone, Debug)]
struct Holders {
    via: Vec<KeyPart>,
    targets: Dictionary,
    /// By target: the first slot that leads to it.
    first: Vec<u32>,
    /// By slot: the target that it leads to, and its neighbours in the list of that target.
    target: Vec<u32>,
    next: Vec<u32>,
    before: Vec<u32>,
}

/// The indexes of a table, one for each `via`.
#[derive(Clone, Debug, Default)]
pub(super) struct HolderIndexes {
    vias: Vec<Vec<KeyPart>>,
    /// `None` until they are first needed, and while rows are cold.
    made: Option<Vec<Holders>>,
}

impl HolderIndexes {
    /// Returns the indexes, not made yet, for these ways to lead.
    pub(super) fn new(vias: Vec<Vec<KeyPart>>) -> Self {
        Self { vias, made: None }
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.made.iter().flatten().map(Holders::heap_bytes).sum()
    }
}

impl Holders {
    fn new(via: Vec<KeyPart>, seed: HashSeed) -> Self {
        let (first, target, next, before) = Default::default();
        Self { via, targets: Dictionary::new(seed), first, target, next, before }
    }

    /// Makes a row lead to a target, or to nothing.
    fn lead(&mut self, slot: u32, key: Option<&[u8]>) {
        let rows = self.target.len().max(slot as usize + 1);
        for of_slots in [&mut self.target, &mut self.next, &mut self.before] {
            fill_to(of_slots, rows, || ABSENT);
        }
        let target = key.map_or(ABSENT, |key| self.targets.number_of(key));
        if self.target[slot as usize] == target {
            return;
        }
        self.unlink(slot);
        if target == ABSENT {
            return;
        }
        fill_to(&mut self.first, self.targets.len(), || ABSENT);
        let first = std::mem::replace(&mut self.first[target as usize], slot);
        self.target[slot as usize] = target;
        self.next[slot as usize] = first;
        if first != ABSENT {
            self.before[first as usize] = slot;
        }
    }

    fn unlink(&mut self, slot: u32) {
        let at = slot as usize;
        let target = std::mem::replace(&mut self.target[at], ABSENT);
        if target == ABSENT {
            return;
        }
        let next = std::mem::replace(&mut self.next[at], ABSENT);
        let before = std::mem::replace(&mut self.before[at], ABSENT);
        if next != ABSENT {
            self.before[next as usize] = before;
        }
        match before {
            ABSENT => self.first[target as usize] = next,
            before => self.next[before as usize] = next,
        }
    }

    fn of(&self, target: &[u8]) -> impl Iterator<Item = u32> {
        let first = self.targets.find(target).and_then(|target| self.first.get(target as usize).copied());
        let follow = |&slot: &u32| Some(self.next[slot as usize]).filter(|&next| next != ABSENT);
        std::iter::successors(first.filter(|&first| first != ABSENT), follow)
    }

    fn heap_bytes(&self) -> usize {
        let slots =
            self.first.capacity() + self.target.capacity() + self.next.capacity() + self.before.capacity();
        slots * 4 + self.targets.heap_bytes()
    }

    fn has_many_stale_targets(&self) -> bool {
        self.targets.len() > self.target.len() + STALE_TARGETS
    }
}

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
