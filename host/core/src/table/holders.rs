//! An index of the rows that refer to others: finds the holders of a target.
//!
//! Targets are numbered, and the rows that lead to one are a list that runs through the slots: 12 bytes a row, and a few dozen a
//! target. The index is of one shard's own rows; a target that changes is looked for in all of them. It exists only while every
//! row is in memory, and is made in one pass when it is first needed, so that a replay pays nothing.

use super::HashSeed;
use super::dictionary::Dictionary;
use crate::description::KeyPart;
use crate::slots::ABSENT;
use crate::slots::growth::fill_to;

/// Stale targets are tolerated up to as many as there are rows, and this many more.
const STALE_TARGETS: usize = 4_096;

/// The holders of all targets to which one `via` leads.
#[derive(Clone, Debug)]
pub(super) struct Holders {
    pub(super) via: Vec<KeyPart>,
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
    pub(super) vias: Vec<Vec<KeyPart>>,
    /// `None` until they are first needed, and while rows are cold.
    pub(super) made: Option<Vec<Holders>>,
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
    pub(super) fn new(via: Vec<KeyPart>, seed: HashSeed) -> Self {
        let (first, target, next, before) = Default::default();
        Self { via, targets: Dictionary::new(seed), first, target, next, before }
    }

    /// Makes a row lead to a target, or to nothing.
    pub(super) fn lead(&mut self, slot: u32, key: Option<&[u8]>) {
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

    pub(super) fn of(&self, target: &[u8]) -> impl Iterator<Item = u32> {
        let first = self.targets.find(target).and_then(|target| self.first.get(target as usize).copied());
        let follow = |&slot: &u32| Some(self.next[slot as usize]).filter(|&next| next != ABSENT);
        std::iter::successors(first.filter(|&first| first != ABSENT), follow)
    }

    fn heap_bytes(&self) -> usize {
        let slots =
            self.first.capacity() + self.target.capacity() + self.next.capacity() + self.before.capacity();
        slots * 4 + self.targets.heap_bytes()
    }

    pub(super) fn has_many_stale_targets(&self) -> bool {
        self.targets.len() > self.target.len() + STALE_TARGETS
    }
}
