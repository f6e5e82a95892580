use serde_json::json;

use super::*;
use crate::model::Model;
use crate::rng::Rng;

/// Some records of one post, two users and a tribe in two partitions, where times go back and forth.
fn records(rng: &mut Rng, count: usize) -> Vec<Record> {
    let mut next_offsets = BTreeMap::new();
    let mut record = |rng: &mut Rng| {
        let topic = rng.of(&["posts", "posts", "users", "tribes", "likes", "views"]);
        let user = format!("u{}", rng.below(2));
        let mut value = match topic {
            "users" => json!({"user_id": user, "name": format!("n{}", rng.below(9))}),
            "tribes" => json!({"tribe_id": "t0", "name": format!("n{}", rng.below(9))}),
            "posts" => json!({"post_id": "p0", "author_id": user, "title": format!("n{}", rng.below(9))}),
            _ => json!({"post_id": "p0", "user_id": format!("u{}", rng.below(3))}),
        };
        if topic == "posts" {
            value["tribe_id"] = rng.of(&[Some("t0"), None]).into();
            value["deleted"] = (rng.below(4) == 0).into();
        }
        value["timestamp"] = rng.below(6).into();
        let partition = rng.below(2) as u32;
        let next_offset = next_offsets.entry((topic, partition)).or_insert(0);
        let offset = *next_offset;
        *next_offset += 1;
        Record { topic, partition, offset, key: String::new(), value: value.to_string().into_bytes() }
    };
    (0..count).map(|_| record(rng)).collect()
}

type Cut = BTreeMap<(String, u32), u64>;

fn cut(rng: &mut Rng, records: &[Record], least: &Cut) -> Cut {
    let mut cut = Cut::new();
    for record in records {
        let place = (record.topic.to_owned(), record.partition);
        let from = least.get(&place).copied().unwrap_or(0);
        let all =
            records.iter().filter(|other| (other.topic, other.partition) == (record.topic, record.partition));
        let all = all.count() as u64;
        cut.entry(place).or_insert_with(|| from + rng.below(all - from + 1));
    }
    cut
}

fn document_at(records: &[Record], cut: &Cut) -> Option<Value> {
    let mut model = Model::default();
    for record in records {
        if record.offset < cut[&(record.topic.to_owned(), record.partition)] {
            model.add(record);
        }
    }
    model.documents().next().map(|(_, document)| document)
}

#[test]
fn what_the_model_has_at_a_position_is_explained_and_little_else() {
    let (mut explained, mut refused) = (0, 0);
    for seed in 0..40 {
        let mut rng = Rng::new(seed);
        let count = 1 + rng.below(16) as usize;
        let records = records(&mut rng, count);
        let mut history = History::default();
        records.iter().for_each(|record| history.add(record));
        let least = cut(&mut rng, &records, &Cut::new());
        let position =
            |topic: &str, partition: u32| least.get(&(topic.to_owned(), partition)).copied().unwrap_or(0);
        for _ in 0..20 {
            // Any position from the least on, and any position at all.
            let later = cut(&mut rng, &records, &least);
            let document = document_at(&records, &later);
            let said = history.explain("p0", document.as_ref(), &position);
            assert_eq!(said, Ok(()), "seed {seed}: {document:?} at {later:?} from {least:?} on");
            let document = document_at(&records, &cut(&mut rng, &records, &Cut::new()));
            let is_there =
                (0..40).any(|_| document_at(&records, &cut(&mut rng, &records, &least)) == document);
            match history.explain("p0", document.as_ref(), &position) {
                Ok(()) => explained += usize::from(is_there),
                Err(reason) => {
                    assert!(!is_there, "seed {seed}: {document:?} from {least:?} on: {reason}");
                    refused += 1;
                }
            }
        }
    }
    assert!(explained > 100 && refused > 100, "{explained} explained, {refused} refused");
}

#[test]
fn a_mixture_of_two_records_is_not_explained() {
    let mut history = History::default();
    for (offset, (title, tribe)) in [("a", "t1"), ("b", "t2")].into_iter().enumerate() {
        let value = json!({"post_id": "p1", "author_id": "u1", "title": title, "tribe_id": tribe, "timestamp": offset});
        let value = value.to_string().into_bytes();
        history.add(&Record {
            topic: "posts",
            partition: 0,
            offset: offset as u64,
            key: String::new(),
            value,
        });
    }
    let document = |title: &str, tribe: &str| {
        json!({
            "post_id": "p1", "title": title, "author": {"key": "u1", "known": false},
            "tribe": {"key": tribe, "known": false}, "created": 0, "views": 0, "likes": 0, "comments": 0, "bumps": 0,
        })
    };
    let explain = |document: &Value, least: u64| history.explain("p1", Some(document), &|_: &str, _| least);
    assert_eq!(explain(&document("a", "t1"), 1), Ok(()));
    assert_eq!(explain(&document("b", "t2"), 1), Ok(()));
    assert_eq!(explain(&document("a", "t2"), 1), Err("its own fields".to_owned()));
    // The first is over once the sink says that it shows the second.
    assert_eq!(explain(&document("a", "t1"), 2), Err("its own fields".to_owned()));
    let mut named = document("b", "t2");
    named["author"] = json!({"key": "u1", "known": true, "name": "Ann"});
    assert!(explain(&named, 2).unwrap_err().starts_with("the author"));
}
