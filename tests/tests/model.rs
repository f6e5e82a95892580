//! Goal: a projection is a pure function of the log. Whatever the batches, shards, memory, interleaving of partitions, crashes,
//! and neighbours that read the same topics and declare more fields: the documents equal the model's, and the fingerprint equals
//! that of a single undisturbed run.
//! Method: the engine with the real log, modules, state stores and sinks; random records, random runs, two or three reducers with
//! different declarations on every topic, each with its own model. `FOLDLINE_WORLDS` sets the number of worlds (10; `cargo xtask
//! soak` uses hundreds).

use std::collections::BTreeMap;

use foldline_tests::neighbours::{NEIGHBOURS, Weight};
use foldline_tests::runs::{RunSettings, World, worlds};
use foldline_tests::world::{Model, Rng, TOPICS, records};
use serde_json::Value;

const PARTITIONS: u32 = 3;

#[test]
fn documents_are_the_models_whatever_happens_on_the_way() {
    let modules = NEIGHBOURS.map(|weight| weight.of("post-stats", &["Post", "View", "Like", "Comment"]));
    for seed in worlds() {
        let mut rng = Rng::new(seed);
        let neighbours = 1 + rng.below(2) as usize;
        let world = World::new("post-stats", &TOPICS, PARTITIONS);
        let mut world = world.alongside(modules[..neighbours].to_vec());
        // More posts than fit into the smallest memory, or a few that change all the time.
        let posts = rng.of(&[7, 200, 3_000]);
        let parts: Vec<_> = (0..1 + rng.below(5))
            .map(|_| {
                let count = rng.of(&[1, 50, 3_000, 12_000]);
                records(&mut rng, count, posts, PARTITIONS)
            })
            .collect();
        let model = |weight| {
            let mut model = Model::declaring(weight);
            parts.iter().flatten().for_each(|record| model.add(record));
            model
        };
        let runs = world.random_runs(&mut rng, "random", &parts);
        let (running, _) = world.start_all(&mut rng, "random");
        running.wait_shown(&world.end());
        let (fingerprint, position) = running.handle.fingerprint().expect("a fingerprint");
        let handles = std::iter::once(&running.handle).chain(&running.neighbours);
        let told: Vec<_> = handles.map(|handle| handle.progress()).collect();
        running.stop();

        let documents =
            std::iter::once(world.documents("random")).chain(world.documents_of_neighbours("random"));
        let weights = std::iter::once(Weight::Undeclared).chain(NEIGHBOURS);
        for ((weight, got), progress) in weights.zip(documents).zip(told) {
            let model = model(weight);
            let expected = model.documents();
            let difference = first_difference(&expected, &got);
            assert!(got == expected, "seed {seed}, {runs:?}, weight {weight:?}: {difference:?}");
            assert_eq!(
                (progress.events, progress.dead_letters, progress.rows),
                (model.events, model.dead_letters, expected.len() as u64),
                "seed {seed}, {runs:?}, weight {weight:?}"
            );
        }

        let quiet = world.start("quiet", RunSettings::QUIET);
        quiet.wait_shown(&world.end());
        let undisturbed = quiet.handle.fingerprint().expect("a fingerprint");
        quiet.stop();
        assert_eq!(undisturbed, (fingerprint, position), "seed {seed}, {runs:?}");
    }
}

/// A single differing row says more than two whole maps.
fn first_difference<'a>(
    expected: &'a BTreeMap<String, Value>,
    got: &'a BTreeMap<String, Value>,
) -> Option<(&'a String, Option<&'a Value>, Option<&'a Value>)> {
    let keys = expected.keys().chain(got.keys());
    keys.map(|key| (key, expected.get(key), got.get(key))).find(|(_, expected, got)| expected != got)
}
