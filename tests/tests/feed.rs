//! Goal: a document that shows other rows is a pure function of the log, too. Whatever the batches, shards, memory, interleaving of
//! partitions and crashes: at rest, every document and every set of `feed-item` equals the model's, and the fingerprint equals that
//! of a single undisturbed run. Under way, every document is one that the model has at some position between what the sink says that
//! it shows and the end of the log.
//! Method: the engine with the real log, module, state store and sink; random records of a few users, tribes and posts, random runs,
//! a run with the smallest memory; a model that shares no code with the host. `FOLDLINE_WORLDS` sets the number of worlds (10).

use std::collections::{BTreeMap, BTreeSet};

use foldline_tests::explained::Explained;
use foldline_tests::feed_records::{Network, placed};
use foldline_tests::runs::{RunSettings, Running, World, worlds};
use foldline_tests::social::model::{Sets, comparable};
use foldline_tests::social::{Model, Ranked, Record, event::TOPICS};
use foldline_tests::world::{Placed, Rng};
use serde_json::Value;

/// After so many looks at one world, only one in twenty occasions is taken.
const LOOKS: u64 = 20;

/// A network, and the parts in which its records are appended.
fn network(rng: &mut Rng) -> (Network, Vec<Vec<Placed>>) {
    let network = Network {
        users: rng.of(&[2, 9, 100]),
        tribes: rng.of(&[2, 12]),
        // Few that change all the time; some hundred; more than what is told at once of one author.
        posts: rng.of(&[5, 120, 2_000]),
        partitions: rng.of(&[1, 3]),
    };
    let parts = (0..1 + rng.below(4)).map(|_| {
        let count = rng.of(&[1, 50, 3_000, 8_000]);
        network.records(rng, count)
    });
    (network, parts.collect())
}

fn model(records: &[Record]) -> Model {
    let mut model = Model::default();
    records.iter().for_each(|record| model.add(record));
    model
}

/// Returns the names of all sets that there may be.
fn sets_of(network: &Network) -> BTreeSet<String> {
    let authors = (0..network.users).map(|user| format!("author:u{user}"));
    authors.chain((0..network.tribes).map(|tribe| format!("tribe:t{tribe}"))).collect()
}

/// Checks what a version that does not run shows.
fn check(world: &World, name: &str, network: &Network, model: &Model, place: &str) {
    let got = world.documents(name);
    let rank =
        |post: &Ranked<'_>| got.get(post.post_id).and_then(|it| it["rank"].as_f64()).unwrap_or(f64::NAN);
    let known: BTreeMap<&str, Value> =
        got.iter().map(|(id, document)| (&**id, comparable(document))).collect();
    let expected: BTreeMap<&str, Value> = model.documents().collect();
    let ids = expected.keys().chain(known.keys());
    let difference = ids.map(|id| (id, expected.get(id), known.get(id))).find(|(_, one, other)| one != other);
    assert_eq!(difference, None, "{place}");

    // The score is the rank that the document shows; which sets there are, the model knows by itself.
    let sets: Sets = sets_of(network)
        .into_iter()
        .map(|set| (set.clone(), world.members(name, &set)))
        .filter(|(_, members)| !members.is_empty())
        .collect();
    assert_eq!(sets, model.sets(|post| rank(&post)), "{place}");
    check_ranks(model, rank, place);
}

/// Checks that a rank depends on votes and time only, and that more votes never lower it.
fn check_ranks(model: &Model, rank: impl Fn(&Ranked<'_>) -> f64, place: &str) {
    let ranks = std::cell::RefCell::new(BTreeMap::<(i64, u64), f64>::new());
    model.sets(|post| {
        let (key, rank) = ((post.created_ms, post.votes), rank(&post));
        assert!(rank.is_finite(), "{place}: {post:?} has the rank {rank}");
        let before = ranks.borrow_mut().insert(key, rank);
        assert!(before.is_none_or(|before| before == rank), "{place}: {post:?} has two ranks");
        rank
    });
    let ranks = ranks.into_inner();
    // A post's time and votes, and its rank.
    type Ranked<'a> = (&'a (i64, u64), &'a f64);
    let is_lower = |pair: &(Ranked<'_>, Ranked<'_>)| {
        let ((one, before), (other, after)) = *pair;
        one.0 == other.0 && after < before
    };
    let lower = ranks.iter().zip(ranks.iter().skip(1)).find(is_lower);
    assert_eq!(lower, None, "{place}: more votes lower a rank");
}

#[test]
fn feed_items_are_the_models_whatever_happens_on_the_way() {
    let mut looked = 0;
    for seed in worlds() {
        let mut rng = Rng::new(seed + 11_000);
        let (network, parts) = network(&mut rng);
        let records = placed(&parts);
        let model = model(&records);
        let mut world = World::new("feed-item", &TOPICS, network.partitions);

        let (mut explained, mut occasions) = (Explained::new(&records), 0);
        let look = |world: &World, running: &Running| {
            occasions += 1;
            if occasions > LOOKS && occasions % 20 != 0 {
                return;
            }
            if let Ok(Some(reader)) = running.handle.documents() {
                explained.look(&reader, &world.end()).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
            }
        };
        let runs = world.random_runs_seen(&mut rng, "random", &parts, look);
        looked += explained.documents;
        let place = format!("seed {seed}, {network:?}, {runs:?}");

        let (running, _) = world.start_all(&mut rng, "random");
        running.wait_shown(&world.end());
        let state = running.handle.fingerprint().expect("a fingerprint");
        let progress = running.handle.progress();
        running.stop();
        check(&world, "random", &network, &model, &place);
        assert_eq!((progress.events, progress.dead_letters), (model.events, model.dead_letters), "{place}");

        for (name, settings) in [("quiet", RunSettings::QUIET), ("cold", RunSettings::SMALLEST)] {
            let running = world.start(name, settings);
            running.wait_shown(&world.end());
            let undisturbed = running.handle.fingerprint().expect("a fingerprint");
            running.stop();
            assert_eq!(undisturbed, state, "{name}: {place}");
            check(&world, name, &network, &model, &format!("{name}: {place}"));
        }
    }
    println!("{looked} documents were read under way");
}

/// A version that begins in the middle, and takes what comes alongside the log's past, shows the same.
#[test]
fn a_version_that_begins_in_the_middle_shows_the_same() {
    for seed in worlds() {
        let mut rng = Rng::new(seed + 12_000);
        let (network, parts) = network(&mut rng);
        let records = placed(&parts);
        let (past, future) = parts.split_at(parts.len() / 2);
        let mut world = World::new("feed-item", &TOPICS, network.partitions);
        world.random_runs(&mut rng, "old", past);
        // Both fold what comes; the second one begins with all of the past in one load.
        let runs = [world.random_runs(&mut rng, "new", future)];
        let mut states = Vec::new();
        for name in ["old", "new"] {
            let (running, _) = world.start_all(&mut rng, name);
            running.wait_shown(&world.end());
            states.push(running.handle.fingerprint().expect("a fingerprint"));
            running.stop();
            check(&world, name, &network, &model(&records), &format!("{name}: seed {seed}, {runs:?}"));
        }
        assert_eq!(states[0], states[1], "seed {seed}, {network:?}, {runs:?}");
    }
}
