//! Random records of a small social network, in which everything that is hard for a feed happens all the time.

use serde_json::{Value, json};

use crate::rng::Rng;
use crate::social::Record;
use crate::social::event::TOPICS;
use crate::social::power_law::rank;
use crate::world::Placed;

/// How many there are of what.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Users; one in four never has a record of its own.
    pub users: u64,
    /// Tribes; one in four never has a record of its own.
    pub tribes: u64,
    /// Posts.
    pub posts: u64,
    /// Partitions of each topic.
    pub partitions: u32,
}

impl Network {
    /// Returns random records: times go back and forth and repeat, one record in fifteen comes twice, one in forty is bad.
    pub fn records(&self, rng: &mut Rng, count: usize) -> Vec<Placed> {
        let mut records: Vec<Placed> = Vec::with_capacity(count);
        for _ in 0..count {
            let partition = rng.below(u64::from(self.partitions)) as u32;
            let record = if rng.below(15) == 0 && !records.is_empty() {
                let earlier = &records[rng.below(records.len() as u64) as usize];
                Placed { partition, ..earlier.clone() }
            } else {
                let topic = rng.of(&[0, 1, 2, 2, 3, 3, 3, 4, 5, 5, 6]);
                let value = self.value(rng, TOPICS[topic]);
                Placed { topic, partition, value: spoiled(rng, value), punctuation_ms: None }
            };
            records.push(record);
        }
        records
    }

    fn value(&self, rng: &mut Rng, topic: &str) -> Value {
        let text = rng.below(1_000);
        let picture = (rng.below(2) == 0).then(|| format!("{text}.jpg"));
        let mut value = match topic {
            "users" => {
                json!({"user_id": format!("u{}", named(rng, self.users)), "name": format!("name {text}"), "avatar": picture})
            }
            "tribes" => {
                json!({"tribe_id": format!("t{}", named(rng, self.tribes)), "name": format!("tribe {text}")})
            }
            _ => json!({"post_id": format!("p{}", rank(rng, self.posts))}),
        };
        match topic {
            "posts" => self.complete(rng, &mut value, text),
            "likes" | "bumps" => value["user_id"] = json!(format!("u{}", rng.below(self.users))),
            _ => {}
        }
        value["timestamp"] = json!(1_700_000_000_000_u64 + rng.below(500));
        value
    }

    fn complete(&self, rng: &mut Rng, post: &mut Value, text: u64) {
        // Most posts keep their author, some change it.
        let id: u64 = post["post_id"].as_str().and_then(|id| id[1..].parse().ok()).expect("a number");
        let author =
            if rng.below(5) > 0 { rank(&mut Rng::new(id), self.users) } else { rng.below(self.users) };
        post["author_id"] = json!(format!("u{author}"));
        post["title"] = json!(format!("title \"{text}\" \u{e9}"));
        match rng.below(6) {
            0 => {}
            1 => post["tribe_id"] = Value::Null,
            _ => post["tribe_id"] = json!(format!("t{}", rank(rng, self.tribes))),
        }
        match rng.below(4) {
            0 => post["media"] = json!({"kind": "picture", "sizes": [text, null, 1.5], "of": {"a": "b"}}),
            1 => post["media"] = Value::Null,
            _ => {}
        }
        match rng.below(8) {
            0 => post["deleted"] = json!(true),
            1 => post["deleted"] = json!(false),
            2 => post["deleted"] = Value::Null,
            _ => {}
        }
    }
}

/// Returns someone who has records of their own.
fn named(rng: &mut Rng, all: u64) -> u64 {
    let number = rng.below(all);
    if number % 4 == 3 { number - 1 } else { number }
}

/// Returns the value as it is sent: sometimes formatted differently, and sometimes not an event.
fn spoiled(rng: &mut Rng, mut value: Value) -> Vec<u8> {
    match rng.below(200) {
        0 => return b"{\"post_id\":\"p1\"".to_vec(),
        1 => return vec![0xff, 0xfe],
        2 => value["timestamp"] = json!("yesterday"),
        3 => drop(value.as_object_mut().expect("an object").remove("timestamp")),
        4 => ["post_id", "user_id", "tribe_id"].iter().for_each(|key| value[*key] = json!("")),
        5 => return serde_json::to_vec_pretty(&value).expect("JSON"),
        6 => value["ignored"] = json!({"a": [1, 2, {"b": null}], "c": "\u{e9}\n"}),
        7 => ["avatar", "deleted", "tribe_id"].iter().for_each(|field| value[*field] = json!(7)),
        _ => {}
    }
    value.to_string().into_bytes()
}

/// Returns appended records with their offsets.
pub fn placed(parts: &[Vec<Placed>]) -> Vec<Record> {
    let mut next_offsets = std::collections::BTreeMap::new();
    let place = |placed: &Placed| {
        let next_offset = next_offsets.entry((placed.topic, placed.partition)).or_insert(0);
        let offset = *next_offset;
        *next_offset += 1;
        let (topic, value) = (TOPICS[placed.topic], placed.value.clone());
        Record { topic, partition: placed.partition, offset, key: String::new(), value }
    };
    parts.iter().flatten().map(place).collect()
}

#[cfg(test)]
mod tests {
    use crate::social::Model;

    use super::*;

    #[test]
    fn everything_that_is_hard_happens() {
        let mut rng = Rng::new(1);
        let network = Network { users: 8, tribes: 4, posts: 200, partitions: 3 };
        let records = network.records(&mut rng, 10_000);
        let mut model = Model::default();
        placed(&[records]).iter().for_each(|record| model.add(record));
        let documents: Vec<Value> = model.documents().map(|(_, document)| document).collect();
        let count = |of: fn(&Value) -> bool| documents.iter().filter(|document| of(document)).count();
        assert!((100..200).contains(&documents.len()), "{} of 200 posts are shown", documents.len());
        assert!(
            count(|it| it["author"]["known"] == true) > 3 && count(|it| it["author"]["known"] == false) > 0
        );
        assert!(count(|it| it["tribe"].is_null()) > 0 && count(|it| it["tribe"]["known"] == true) > 0);
        assert!(count(|it| it["media"].is_null()) > 0 && count(|it| it["media"].is_object()) > 0);
        // Nobody decodes 1 % and more; but what is 7 in one topic is ignored in another.
        assert!((150..500).contains(&model.dead_letters), "{} dead letters", model.dead_letters);
    }
}
