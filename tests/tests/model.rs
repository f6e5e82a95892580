//! Goal: a projection is a pure function of the log. Whatever the batches, the shards, the memory, the interleaving of
//! partitions, the crashes: the documents are the model's, and the fingerprint is that of one undisturbed run.
//! Method: the engine with the real log, module, state store and sink; random records, random lives. `FOLDLINE_WORLDS`
//! says how many worlds (10; `cargo xtask soak` asks for hundreds).

use std::collections::BTreeMap;

use foldline_tests::lives::{Life, World, worlds};
use foldline_tests::world::{Chance, Model, TOPICS, records};
use serde_json::Value;

const PARTITIONS: u32 = 3;

#[test]
fn documents_are_the_models_whatever_happens_on_the_way() {
    for seed in worlds() {
        let mut chance = Chance::new(seed);
        let mut world = World::new("post-stats", &TOPICS, PARTITIONS);
        let mut model = Model::default();
        // More posts than fit into the smallest memory, or few that all change all the time.
        let posts = chance.of(&[7, 200, 3_000]);
        let parts: Vec<_> = (0..1 + chance.below(5))
            .map(|_| {
                let count = chance.of(&[1, 50, 3_000, 12_000]);
                records(&mut chance, count, posts, PARTITIONS)
            })
            .collect();
        parts.iter().flatten().for_each(|record| model.add(record));
        let lives = world.lead_lives(&mut chance, "random", &parts);
        let running = world.start("random", Life::any(&mut chance));
        running.wait_shown(&world.end());
        let (fingerprint, position) = running.handle.fingerprint().expect("a fingerprint");
        let progress = running.handle.progress();
        running.stop();

        let due = model.documents();
        let got = world.documents("random");
        assert!(got == due, "seed {seed}, {lives:?}: {:?}", first_difference(&due, &got));
        assert_eq!(
            (progress.events, progress.dead_letters, progress.rows),
            (model.events, model.dead_letters, due.len() as u64),
            "seed {seed}, {lives:?}"
        );

        let quiet = world.start("quiet", Life::QUIET);
        quiet.wait_shown(&world.end());
        let undisturbed = quiet.handle.fingerprint().expect("a fingerprint");
        quiet.stop();
        assert_eq!(undisturbed, (fingerprint, position), "seed {seed}, {lives:?}");
    }
}

/// A row that differs says more than two maps.
fn first_difference<'a>(
    due: &'a BTreeMap<String, Value>,
    got: &'a BTreeMap<String, Value>,
) -> Option<(&'a String, Option<&'a Value>, Option<&'a Value>)> {
    let keys = due.keys().chain(got.keys());
    keys.map(|key| (key, due.get(key), got.get(key))).find(|(_, due, got)| due != got)
}
