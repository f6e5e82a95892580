//! The window by its definition: its panes, each with all its hashes.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::aggregate::distinct::tests::plain::rank;

/// A key's run: the panes that have items, and the window's length.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) precision: u8,
    pub(super) window: i64,
    pub(super) panes: Vec<(i64, Vec<u64>)>,
}

/// What a host does at one boundary.
pub(super) struct Step {
    pub(super) first: i64,
    pub(super) sealed: Option<(i64, Distinct)>,
    pub(super) after: Model,
}

impl Step {
    pub(super) fn pass(&self, window: &mut SlidingDistinct) {
        window.expire(self.first);
        if let Some((pane, value)) = &self.sealed {
            window.seal(*pane, value.clone());
        }
    }
}

#[derive(Clone)]
pub(super) struct Model {
    precision: u8,
    window: i64,
    panes: BTreeMap<i64, Vec<u64>>,
    is_dense: bool,
}

impl Model {
    pub(super) fn new(run: &Run) -> Self {
        Self { precision: run.precision, window: run.window, panes: BTreeMap::new(), is_dense: false }
    }

    /// Passes all boundaries at which something leaves before a pane is sealed, then the one that seals it, as a host
    /// does. Returns what it does at each.
    pub(super) fn advance(&mut self, pane: i64, items: &[u64]) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(oldest) = self.oldest().filter(|oldest| oldest + self.window <= pane) {
            self.expire(oldest + 1);
            steps.push(Step { first: oldest + 1, sealed: None, after: self.clone() });
        }
        self.expire(pane + 1 - self.window);
        self.panes.insert(pane, items.to_vec());
        let value = sketch(self.precision, items.iter().copied());
        self.is_dense |= matches!(value.form, crate::aggregate::distinct::Form::Dense(_))
            || self.indexes() > sparse_len_max(self.precision);
        steps.push(Step { first: pane + 1 - self.window, sealed: Some((pane, value)), after: self.clone() });
        steps
    }

    fn expire(&mut self, first: i64) {
        self.panes = self.panes.split_off(&first);
        if self.panes.is_empty() {
            self.is_dense = false;
        }
    }

    pub(super) fn is_dense(&self) -> bool {
        self.is_dense
    }

    pub(super) fn sketch(&self) -> Distinct {
        sketch(self.precision, self.panes.values().flatten().copied())
    }

    pub(super) fn oldest(&self) -> Option<i64> {
        self.lists().values().filter_map(|list| list.first()).map(|&(pane, _)| pane).min()
    }

    /// Returns the encoding as documented.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let lists = self.lists();
        let mut bytes = vec![1, self.precision, u8::from(self.is_dense)];
        let panes: BTreeSet<i64> = lists.values().flatten().map(|&(pane, _)| pane).collect();
        let (Some(&oldest), Some(&newest)) = (panes.first(), panes.last()) else { return bytes };
        bytes.extend(oldest.to_le_bytes());
        bytes.extend(((newest - oldest) as u32).to_le_bytes());
        let mut numbers = Vec::new();
        if self.is_dense {
            let mut bits = vec![0u8; (1 << self.precision) / 8];
            lists.keys().for_each(|&register| bits[register as usize / 8] += 1 << (register % 8));
            bytes.extend(bits);
            bytes.extend(lists.values().map(|list| list.len() as u8));
            numbers
                .extend(lists.values().flatten().map(|&(pane, rank)| (pane - oldest) << 6 | i64::from(rank)));
        } else {
            for (&index, list) in &lists {
                let number = |&(pane, rank)| (pane - oldest) << 31 | (index as i64) << 6 | i64::from(rank);
                numbers.extend(list.iter().map(number));
            }
            numbers.sort();
        }
        let other_bits = if self.is_dense { 6 } else { 31 };
        let len = (1..)
            .find(|len| (newest - oldest) >> (8 * len - other_bits).max(0) == 0 && 8 * len >= other_bits);
        let len = len.unwrap() as usize;
        numbers.iter().for_each(|number| bytes.extend(&number.to_be_bytes()[8 - len..]));
        bytes
    }

    fn indexes(&self) -> usize {
        self.panes.values().flatten().map(|hash| hash >> 39).collect::<BTreeSet<_>>().len()
    }

    /// Returns, for each register or index that has any, its entries whose rank no later one reaches.
    fn lists(&self) -> BTreeMap<u64, Vec<(i64, u8)>> {
        let precision = if self.is_dense { u32::from(self.precision) } else { 25 };
        let mut all: BTreeMap<u64, BTreeSet<(i64, u8)>> = BTreeMap::new();
        for (&pane, items) in &self.panes {
            for &hash in items {
                all.entry(hash >> (64 - precision)).or_default().insert((pane, rank(hash, precision)));
            }
        }
        let kept = |entries: BTreeSet<(i64, u8)>| {
            let reached = |&(pane, rank): &(i64, u8)| {
                entries.iter().any(|&(other, above)| (other, above) > (pane, rank) && above >= rank)
            };
            entries.iter().copied().filter(|entry| !reached(entry)).collect()
        };
        all.into_iter().map(|(register, entries)| (register, kept(entries))).collect()
    }
}

/// Items that return and share indexes and registers; panes of one item and of many; small and large gaps.
pub(super) fn any_run() -> impl Strategy<Value = Run> {
    let hash = prop_oneof![
        4 => (0u64..40).prop_map(|n| item(3, n)),
        2 => any_hash(),
        // One index with all ranks.
        1 => (0u32..=39).prop_map(|zeros| 5 << 39 | ((1u64 << 39) - 1) >> zeros),
    ];
    let items = prop_oneof![
        6 => proptest::collection::vec(hash.clone(), 1..4),
        2 => proptest::collection::vec(hash, 1..60),
    ];
    let gap = prop_oneof![6 => Just(1i64), 3 => 1i64..12, 1 => 1i64..60, 1 => Just(1i64 << 50)];
    let start = prop_oneof![Just(-20i64), any::<i32>().prop_map(i64::from), Just(i64::MIN / 2)];
    let precision = prop_oneof![2 => Just(4u8), 2 => Just(8), 1 => Just(14)];
    let panes = proptest::collection::vec((gap, items), 1..60);
    (precision, 1i64..=30, start, panes).prop_map(|(precision, window, start, panes)| {
        let mut pane = start;
        let mut numbered = |(gap, items)| {
            pane += gap;
            (pane, items)
        };
        Run { precision, window, panes: panes.into_iter().map(&mut numbered).collect() }
    })
}
