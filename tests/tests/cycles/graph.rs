//! Strongly connected components: sets of nodes each of which reaches every other.

use std::collections::{BTreeMap, BTreeSet};

/// The uses of each node.
pub type Graph<N> = BTreeMap<N, BTreeSet<N>>;

/// Returns the components with more than one node.
pub fn components<N: Ord + Clone>(graph: &Graph<N>) -> Vec<BTreeSet<N>> {
    let reached: BTreeMap<&N, BTreeSet<&N>> = graph.keys().map(|node| (node, reach(graph, node))).collect();
    let mut found: BTreeSet<BTreeSet<N>> = BTreeSet::new();
    for (node, targets) in &reached {
        let component: BTreeSet<N> = targets
            .iter()
            .filter(|target| reached.get(*target).is_some_and(|back| back.contains(node)))
            .map(|target| (*target).clone())
            .collect();
        if component.len() > 1 {
            found.insert(component);
        }
    }
    found.into_iter().collect()
}

/// Returns the nodes that can be reached from a node over at least one edge.
fn reach<'g, N: Ord>(graph: &'g Graph<N>, from: &N) -> BTreeSet<&'g N> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<&N> = graph.get(from).into_iter().flatten().collect();
    while let Some(node) = pending.pop() {
        if reached.insert(node) {
            pending.extend(graph.get(node).into_iter().flatten());
        }
    }
    reached
}
