//! Random events for reducers with windows, and a model of those that count: maps and lists that share no code with the host.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::neighbours::{Weight, weigh};
use crate::world::{Placed, Rng};

/// Partitions of the topic.
pub const PARTITIONS: u32 = 3;
/// A minute.
pub const MINUTE_MS: i64 = 60_000;
/// An hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// The reducers declare `bound = "1m"`.
pub const BOUND_MS: i64 = MINUTE_MS;

/// An event that is not late.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Its time.
    pub time_ms: i64,
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
    /// The value that is counted.
    pub value: String,
}

/// The events that count of everything that was read.
#[derive(Default)]
pub struct Model {
    next_offsets: [u64; PARTITIONS as usize],
    largest_ms: [Option<i64>; PARTITIONS as usize],
    /// The events that are not late.
    pub by_key: BTreeMap<String, Vec<Kept>>,
    /// The number of late events.
    pub late: u64,
    /// The number of late events per key.
    pub late_of: BTreeMap<String, u64>,
}

impl Model {
    /// Skips a record that is not an event: it has an offset but no time.
    pub fn skip(&mut self, partition: u32) {
        self.next_offsets[partition as usize] += 1;
    }

    /// Adds an event; `None` for a punctuation.
    pub fn add(&mut self, partition: u32, time_ms: i64, event: Option<(&str, &str)>) {
        let at = partition as usize;
        let offset = self.next_offsets[at];
        self.next_offsets[at] += 1;
        let is_late = self.largest_ms[at].is_some_and(|largest| time_ms < largest - BOUND_MS);
        match event {
            Some((key, _)) if is_late => {
                self.late += 1;
                *self.late_of.entry(key.to_owned()).or_default() += 1;
            }
            Some((key, value)) => {
                let kept = Kept { time_ms, partition, offset, value: value.to_owned() };
                self.by_key.entry(key.to_owned()).or_default().push(kept);
            }
            None => {}
        }
        self.largest_ms[at] = self.largest_ms[at].max(Some(time_ms));
    }

    /// Returns the event time that all partitions have passed.
    pub fn watermark_ms(&self) -> Option<i64> {
        let all: Option<Vec<i64>> = self.largest_ms.iter().copied().collect();
        Some(all?.into_iter().min()? - BOUND_MS)
    }
}

/// Returns random events of a topic. Time advances in jumps, in each partition at its own pace. Some events are late. A partition
/// without events gets punctuations, or nothing at all for a while.
pub fn events(rng: &mut Rng, clocks: &mut [i64; 3], count: usize, keys: u64, topic: &str) -> Vec<Placed> {
    let speaking = rng.of(&[PARTITIONS - 1, PARTITIONS, PARTITIONS]);
    (0..count)
        .map(|_| {
            let partition = rng.below(u64::from(speaking)) as u32;
            let clock = &mut clocks[partition as usize];
            *clock += match rng.below(100) {
                0 => 3 * HOUR_MS,
                1..=4 => 20 * MINUTE_MS,
                _ => rng.below(20_000) as i64,
            };
            let time_ms = *clock - rng.of(&[0, 0, 20_000, 59_000, 61_000, 400_000]);
            let (key, other) = (rng.below(keys), rng.below(40));
            let mut value = match topic {
                "likes" => json!({"post_id": format!("p{key}"), "user_id": format!("u{other}"), "timestamp": time_ms}),
                _ => json!({"user_id": format!("u{key}"), "post_id": format!("p{other}"), "timestamp": time_ms}),
            };
            weigh(rng, &mut value);
            let punctuation_ms = (rng.below(40) == 0).then_some(*clock);
            Placed { topic: 0, partition, value: value.to_string().into_bytes(), punctuation_ms }
        })
        .collect()
}

/// Adds events to the model; `key` and `value` name their fields.
///
/// # Panics
/// Panics for records that [`events`] does not make.
pub fn add_all(model: &mut Model, parts: &[Vec<Placed>], key: &str, value: &str) {
    add_admitted(model, parts, key, value, Weight::Undeclared);
}

/// Adds the records that are events for a reducer that also declares a `weight`.
///
/// # Panics
/// As [`add_all`].
pub fn add_admitted(model: &mut Model, parts: &[Vec<Placed>], key: &str, value: &str, weight: Weight) {
    for placed in parts.iter().flatten() {
        if let Some(time_ms) = placed.punctuation_ms {
            model.add(placed.partition, time_ms, None);
            continue;
        }
        let event: Value = serde_json::from_slice(&placed.value).expect("JSON");
        if !weight.admits(&event) {
            model.skip(placed.partition);
            continue;
        }
        let text = |name: &str| event[name].as_str().expect("a text").to_owned();
        let time_ms = event["timestamp"].as_i64().expect("a time");
        model.add(placed.partition, time_ms, Some((&text(key), &text(value))));
    }
}
