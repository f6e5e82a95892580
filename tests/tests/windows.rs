//! Goal: windows are a pure function of the log, too. Every document of every window equals brute force over the events, whatever
//! the batches, shards, interleavings, crashes and neighbours; and the fingerprint equals that of a single undisturbed run.
//! Method: the engine with the real log, modules, state stores and sinks; random events with lateness, jumps and idle partitions,
//! random runs, two or three reducers with different declarations on the topic; maps and sorted lists that share no code with the
//! host.

use std::collections::{BTreeMap, BTreeSet};

use foldline_tests::neighbours::{NEIGHBOURS, Weight};
use foldline_tests::runs::{RunSettings, World, worlds};
use foldline_tests::windowed::{DAY_MS, HOUR_MS, Kept, MINUTE_MS, Model, PARTITIONS, add_admitted, events};
use foldline_tests::world::{Placed, Rng};
use serde_json::{Value, json};

/// Takes a reducer and its neighbours through random runs over random events, and compares the result with what `expected`
/// makes of the model.
fn check(
    reducer: &str,
    event: &str,
    topic: &'static [&'static str],
    key: &str,
    expected: impl Fn(&Model) -> BTreeMap<String, Value>,
) {
    let value = if key == "post_id" { "user_id" } else { "post_id" };
    let modules = NEIGHBOURS.map(|weight| weight.of(reducer, &[event]));
    for seed in worlds() {
        let mut rng = Rng::new(seed + 1_000);
        let neighbours = 1 + rng.below(2) as usize;
        let mut world = World::new(reducer, topic, PARTITIONS).alongside(modules[..neighbours].to_vec());
        let mut clocks = [1_700_000_000_000_i64, 1_700_000_100_000, 1_700_000_200_000];
        let keys = rng.of(&[2, 20, 300]);
        let parts: Vec<Vec<Placed>> = (0..1 + rng.below(4))
            .map(|_| {
                let count = rng.of(&[1, 50, 1_000, 5_000]);
                // Partitions are hours apart now and then.
                clocks[rng.below(3) as usize] += rng.of(&[0, 0, HOUR_MS, 10 * HOUR_MS]);
                events(&mut rng, &mut clocks, count, keys, topic[0])
            })
            .collect();
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
            let place = format!("seed {seed}, {runs:?}, weight {weight:?}");
            let mut model = Model::default();
            add_admitted(&mut model, &parts, key, value, weight);
            let expected = expected(&model);
            let keys = expected.keys().chain(got.keys());
            let difference =
                keys.map(|id| (id, expected.get(id), got.get(id))).find(|(_, expected, got)| expected != got);
            assert_eq!((progress.late, progress.watermark_ms), (model.late, model.watermark_ms()), "{place}");
            assert_eq!(difference, None, "{place}");
        }

        let quiet = world.start("quiet", RunSettings::QUIET);
        quiet.wait_shown(&world.end());
        let undisturbed = quiet.handle.fingerprint().expect("a fingerprint");
        quiet.stop();
        assert_eq!(undisturbed, (fingerprint, position), "seed {seed}, {runs:?}");
    }
}

#[test]
fn sliding_windows_are_brute_force_over_the_events() {
    const SLIDE_MS: i64 = 2 * MINUTE_MS;
    check("trending", "Like", &["likes"], "post_id", |model| {
        let Some(watermark_ms) = model.watermark_ms() else { return BTreeMap::new() };
        let mut documents = BTreeMap::new();
        for (post, kept) in &model.by_key {
            let mut kept = kept.clone();
            kept.sort();
            // All windows, one by one: the last change of the count, and the count at the end.
            let mut shown: Option<(usize, i64)> = None;
            let mut end = kept[0].time_ms.div_euclid(SLIDE_MS) * SLIDE_MS + SLIDE_MS;
            while end <= watermark_ms {
                let from = kept.partition_point(|event| event.time_ms < end - DAY_MS);
                let to = kept.partition_point(|event| event.time_ms < end);
                let users: BTreeSet<&str> = kept[from..to].iter().map(|event| &*event.value).collect();
                let count = users.len();
                if from == to {
                    shown = None;
                } else if shown.is_none_or(|(before, _)| before != count) {
                    shown = Some((count, end));
                }
                end += SLIDE_MS;
            }
            if let Some((count, window_end)) = shown {
                let document = json!({"post_id": post, "count": count, "window_end": window_end});
                documents.insert(post.clone(), document);
            }
        }
        documents
    });
}

#[test]
fn sessions_are_brute_force_over_the_events() {
    const GAP_MS: i64 = 30 * MINUTE_MS;
    const KEPT_MS: i64 = 7 * DAY_MS;
    check("sessions", "View", &["views"], "user_id", |model| {
        let Some(watermark_ms) = model.watermark_ms() else { return BTreeMap::new() };
        let mut documents = BTreeMap::new();
        for (user, kept) in &model.by_key {
            let mut kept = kept.clone();
            kept.sort();
            let mut sessions: Vec<Vec<Kept>> = Vec::new();
            for event in kept {
                match sessions.last_mut() {
                    Some(session) if event.time_ms - session.last().expect("events").time_ms < GAP_MS => {
                        session.push(event);
                    }
                    _ => sessions.push(vec![event]),
                }
            }
            for session in sessions {
                let (first, last) = (&session[0], &session[session.len() - 1]);
                let end_ms = last.time_ms + GAP_MS;
                if end_ms <= watermark_ms && end_ms + KEPT_MS > watermark_ms {
                    documents.insert(
                        format!("{user}@{}", first.time_ms),
                        json!({
                            "user_id": user, "start": first.time_ms, "duration_ms": last.time_ms - first.time_ms,
                            "count": session.len(), "first_post": first.value, "last_post": last.value,
                        }),
                    );
                }
            }
        }
        documents
    });
}
