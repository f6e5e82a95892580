//! Compaction: the remaining rows move to lower slots, in their order, in every vector of a table.

use super::ABSENT;
use super::growth::release;

/// The new slot of each slot after some are dropped. The others keep their order and leave no gaps.
#[derive(Debug)]
pub(crate) struct Renumbering {
    /// By old slot; [`ABSENT`] marks a dropped one.
    new_slots: Vec<u32>,
    kept: usize,
}

impl Renumbering {
    /// Keeps the slots below `len` for which `stays` returns true. Calls it in rising order.
    pub(crate) fn keeping(len: usize, mut stays: impl FnMut(u32) -> bool) -> Self {
        let mut kept = 0;
        let new_slot = |slot| {
            if !stays(slot) {
                return ABSENT;
            }
            kept += 1;
            kept - 1
        };
        let new_slots = (0..len as u32).map(new_slot).collect();
        Self { new_slots, kept: kept as usize }
    }

    /// Returns the new slot of a slot, or `None` if it is dropped.
    #[inline]
    pub(crate) fn new_slot(&self, slot: u32) -> Option<u32> {
        self.new_slots.get(slot as usize).copied().filter(|&new_slot| new_slot != ABSENT)
    }

    /// Returns whether every slot stays.
    pub(crate) fn keeps_all(&self) -> bool {
        self.kept == self.new_slots.len()
    }

    /// Returns the old slots that stay, in rising order.
    pub(crate) fn staying(&self) -> impl Iterator<Item = u32> {
        self.old_slots(|new_slot| new_slot != ABSENT)
    }

    /// Returns the old slots that are dropped, in rising order.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = u32> {
        self.old_slots(|new_slot| new_slot == ABSENT)
    }

    fn old_slots(&self, wanted: impl Fn(u32) -> bool) -> impl Iterator<Item = u32> {
        (0..).zip(&self.new_slots).filter(move |(_, new_slot)| wanted(**new_slot)).map(|(slot, _)| slot)
    }

    /// Moves values to their new slots and releases memory. Calls `dropped` with each dropped value, including those
    /// beyond the last slot.
    pub(crate) fn compact<T>(&self, values: &mut Vec<T>, mut dropped: impl FnMut(&T)) {
        let mut new_slots = self.new_slots.iter();
        values.retain(|value| {
            let stays = new_slots.next().is_some_and(|&new_slot| new_slot != ABSENT);
            if !stays {
                dropped(value);
            }
            stays
        });
        release(values);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn what_stays_keeps_its_order_and_finds_its_values(
            stays in proptest::collection::vec(any::<bool>(), 0..60),
            beyond in 0usize..4,
        ) {
            let renumbering = Renumbering::keeping(stays.len(), |slot| stays[slot as usize]);
            let old: Vec<u32> = (0..(stays.len() + beyond) as u32).collect();
            let (mut values, mut dropped) = (old.clone(), Vec::new());
            renumbering.compact(&mut values, |value| dropped.push(*value));
            prop_assert_eq!(&values, &renumbering.staying().collect::<Vec<_>>());
            prop_assert_eq!(renumbering.keeps_all(), stays.iter().all(|&stays| stays));
            for &slot in &old {
                let found = renumbering.new_slot(slot).map(|new_slot| values[new_slot as usize]);
                prop_assert_eq!(found, stays.get(slot as usize).filter(|&&stays| stays).map(|_| slot));
                prop_assert_eq!(found.is_none(), dropped.contains(&slot));
            }
            dropped.truncate(dropped.len() - beyond);
            prop_assert_eq!(dropped, renumbering.dropped().collect::<Vec<_>>());
        }
    }
}
