//! A model of what a sink must serve, which shares no code with sinks, and random changes.

use std::collections::BTreeMap;

use foldline_sink::{DocumentChange, Membership};

/// Documents by id, and per set the scores by member.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// The documents.
    pub documents: BTreeMap<String, String>,
    /// The sets; empty ones are left out.
    pub sets: BTreeMap<String, BTreeMap<String, f64>>,
}

/// What must be served after all changes so far.
#[derive(Clone, Debug, Default)]
pub struct Model(BTreeMap<String, (String, Vec<Membership>)>);

impl Model {
    /// Applies changes.
    pub fn apply(&mut self, changes: &[DocumentChange]) {
        for change in changes {
            match &change.body {
                Some(body) => {
                    self.0.insert(change.id.clone(), (body.clone(), change.memberships.clone()));
                }
                None => drop(self.0.remove(&change.id)),
            }
        }
    }

    /// Returns everything, as changes that load it.
    pub fn load(&self) -> Vec<DocumentChange> {
        let change = |(id, (body, memberships)): (&String, &(String, Vec<Membership>))| DocumentChange {
            id: id.clone(),
            body: Some(body.clone()),
            memberships: memberships.clone(),
        };
        self.0.iter().map(change).collect()
    }

    /// Returns what readers must find.
    pub fn contents(&self) -> Contents {
        let mut contents = Contents::default();
        for (id, (body, memberships)) in &self.0 {
            contents.documents.insert(id.clone(), body.clone());
            for Membership { set, member, score } in memberships {
                contents.sets.entry(set.clone()).or_default().insert(member.clone(), *score);
            }
        }
        contents
    }
}

/// Returns changes of up to `rows_max` of the rows `r0` to `r(all - 1)`, each at most once: documents, removals, and memberships
/// that appear, disappear and change their score. `below(n)` returns a random number below `n`.
pub fn random_changes(below: &mut dyn FnMut(u64) -> u64, rows_max: u64, all: u64) -> Vec<DocumentChange> {
    const SCORES: [f64; 8] = [0.0, -1.5, 0.1, 1e300, 5e-324, 9_007_199_254_740_993.0, -7e-12, 42.0];
    const SETS: [&str; 6] = ["tribe:a", "tribe:b", "tribe:ü", "followers:{x}", "s p a c e", ""];
    let rows = 1 + below(rows_max);
    let ids: BTreeMap<u64, ()> = (0..rows).map(|_| (below(all), ())).collect();
    let mut changes = Vec::with_capacity(ids.len());
    for row in ids.into_keys() {
        let id = format!("r{row}");
        if below(6) == 0 {
            changes.push(DocumentChange::removed(id));
            continue;
        }
        let mut memberships = Vec::new();
        for set in SETS {
            if below(3) == 0 {
                let score = SCORES[below(SCORES.len() as u64) as usize];
                memberships.push(Membership { set: set.to_owned(), member: id.clone(), score });
            }
        }
        let body = format!("{{\"id\":\"{id}\",\"n\":{},\"t\":\"é\\n\"}}", below(1_000_000));
        changes.push(DocumentChange { id, body: Some(body), memberships });
    }
    changes
}
