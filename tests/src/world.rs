//! Random events in four topics, and the expected documents of `post-stats`: maps and exact sets, without code of the host.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::neighbours::{Weight, weigh};
pub use crate::rng::Rng;

/// The topics of `post-stats`, sorted by name, which is the order of equal times.
pub const TOPICS: [&str; 4] = ["comments", "likes", "posts", "views"];

/// A record with its place in the log.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Index into [`TOPICS`].
    pub topic: usize,
    /// The partition.
    pub partition: u32,
    /// The value.
    pub value: Vec<u8>,
    /// The time, if this is a punctuation, which has no value.
    pub punctuation_ms: Option<i64>,
}

/// Returns random records: few posts get most of them, one in forty is bad, times go back and forth and repeat.
pub fn records(rng: &mut Rng, count: usize, posts: u64, partitions: u32) -> Vec<Placed> {
    (0..count)
        .map(|_| {
            let topic = rng.below(4) as usize;
            let reach = rng.below(posts) + 1;
            let post = format!("p{}", rng.below(reach));
            let timestamp = 1_700_000_000_000_u64 + rng.below(500);
            let user = rng.below(300);
            let mut value = match TOPICS[topic] {
                "likes" => json!({"user_id": format!("u{user}"), "post_id": post, "timestamp": timestamp}),
                "posts" => json!({"post_id": post, "title": format!("title {user}"), "timestamp": timestamp}),
                _ => json!({"post_id": post, "timestamp": timestamp}),
            };
            weigh(rng, &mut value);
            let value = match rng.below(200) {
                0 => b"{\"post_id\":\"p1\"".to_vec(),
                1 => vec![0xff, 0xfe],
                2 => {
                    value["timestamp"] = json!("yesterday");
                    value.to_string().into_bytes()
                }
                3 => {
                    value.as_object_mut().expect("an object").remove("post_id");
                    value.to_string().into_bytes()
                }
                4 => {
                    value["post_id"] = json!("");
                    value.to_string().into_bytes()
                }
                // The same record, formatted differently.
                5 => serde_json::to_vec_pretty(&value).expect("JSON"),
                6 => {
                    value["ignored"] = json!({"a": [1, 2, {"b": null}], "c": "\u{e9}\n"});
                    value.to_string().into_bytes()
                }
                _ => value.to_string().into_bytes(),
            };
            Placed { topic, partition: rng.below(u64::from(partitions)) as u32, value, punctuation_ms: None }
        })
        .collect()
}

/// The expected documents of `post-stats`.
#[derive(Default)]
pub struct Model {
    posts: BTreeMap<String, Post>,
    next_offsets: BTreeMap<(usize, u32), u64>,
    /// Records that count.
    pub events: u64,
    /// Records that do not count.
    pub dead_letters: u64,
    /// What the reducer declares besides the fields that it uses.
    weight: Weight,
}

#[derive(Default)]
struct Post {
    /// By (time, topic, partition, offset); the last one counts.
    titles: BTreeMap<(u64, usize, u32, u64), String>,
    users: BTreeSet<String>,
    views: u64,
    comments: u64,
}

impl Model {
    /// Returns the model of a reducer with this declaration.
    pub fn declaring(weight: Weight) -> Self {
        Self { weight, ..Self::default() }
    }

    /// Adds a record.
    pub fn add(&mut self, record: &Placed) {
        let next_offset = self.next_offsets.entry((record.topic, record.partition)).or_default();
        let offset = *next_offset;
        *next_offset += 1;
        let admitted = good(record).filter(|(.., value)| self.weight.admits(value));
        let Some((post_id, timestamp, value)) = admitted else {
            self.dead_letters += 1;
            return;
        };
        self.events += 1;
        let post = self.posts.entry(post_id).or_default();
        match TOPICS[record.topic] {
            "comments" => post.comments += 1,
            "views" => post.views += 1,
            "likes" => drop(post.users.insert(value["user_id"].as_str().expect("a text").to_owned())),
            _ => {
                let place = (timestamp, record.topic, record.partition, offset);
                post.titles.insert(place, value["title"].as_str().expect("a text").to_owned());
            }
        }
    }

    /// Returns the documents by id. Sets are small, so a sketch counts them exactly.
    pub fn documents(&self) -> BTreeMap<String, Value> {
        let document = |(id, post): (&String, &Post)| {
            let title = post.titles.values().next_back();
            let document = json!({
                "post_id": id, "title": title, "views": post.views, "likes": post.users.len(),
                "comments": post.comments,
            });
            (id.clone(), document)
        };
        self.posts.iter().map(document).collect()
    }
}

fn good(record: &Placed) -> Option<(String, u64, Value)> {
    let value: Value = serde_json::from_slice(&record.value).ok()?;
    let post_id = value["post_id"].as_str().filter(|id| !id.is_empty())?.to_owned();
    let timestamp = value["timestamp"].as_u64()?;
    Some((post_id, timestamp, value))
}
