use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::*;
use crate::event;
use crate::model::Model;

fn settings(seed: u64) -> Settings {
    Settings { seed, events: 60_000, users: 600 }
}

fn value(record: &Record) -> Value {
    serde_json::from_slice(&record.value).unwrap()
}

#[test]
fn one_seed_makes_the_same_bytes_and_another_one_others() {
    let bytes = |seed| {
        let mut lines = Vec::new();
        Generator::new(settings(seed)).for_each(|record| record.print(&mut lines));
        lines
    };
    let lines = bytes(17);
    assert!(lines == bytes(17), "two runs differ");
    assert!(lines != bytes(18), "two seeds agree");
    // So that another machine's bytes are noticed, and a change of the generator, which makes earlier answers wrong.
    assert_eq!(checksum(&lines), 7_110_567_649_677_863_041, "FNV-1a of all lines");
}

fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn every_line_is_a_record_with_a_key_that_its_value_names() {
    let mut lines = Vec::new();
    let generator = Generator::new(settings(1));
    let keys: HashMap<&str, &str> = [
        ("users", "user_id"),
        ("tribes", "tribe_id"),
        ("follows", "follower_id"),
        ("posts", "post_id"),
        ("views", "post_id"),
        ("likes", "post_id"),
        ("comments", "post_id"),
        ("bumps", "post_id"),
    ]
    .into();
    let mut topics = BTreeMap::new();
    for record in generator {
        lines.clear();
        record.print(&mut lines);
        assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 1);
        let line: Value = serde_json::from_slice(&lines).unwrap();
        assert_eq!(line["value"], value(&record));
        assert_eq!(line["key"], line["value"][keys[record.topic]], "{line}");
        let offset = topics.entry(record.topic).or_insert(0);
        assert_eq!(record.offset, *offset);
        *offset += 1;
    }
    assert_eq!(topics.len(), TOPICS.len(), "{topics:?}");
    assert_eq!(topics.values().sum::<u64>(), 60_000);
}

#[test]
fn everything_that_is_read_counts() {
    let mut model = Model::default();
    let follows = Generator::new(settings(2)).inspect(|record| model.add(record));
    let follows = follows.filter(|record| record.topic == "follows").count() as u64;
    assert_eq!((model.events, model.dead_letters), (60_000 - follows, 0));
    assert!(model.documents().count() > 1_000);
}

#[test]
fn what_is_kept_grows_with_users_and_posts_only() {
    let mut generator = Generator::new(Settings { seed: 3, events: 300_000, users: 3_000 });
    assert_eq!(generator.by_ref().count(), 300_000);
    let posts = generator.posts();
    // A post for some twenty-five events.
    assert!((9_000..18_000).contains(&posts), "{posts} posts");
    // A vector may have twice the room that it needs.
    assert!(generator.kept_bytes() <= 2 * posts * 16 + 3_000 * 2, "{} bytes", generator.kept_bytes());
    assert!(generator.recent.len() <= RECENT);
}

#[test]
fn times_go_back_by_less_than_the_bound() {
    let (mut latest_ms, mut back, mut furthest_ms, mut equal) = (i64::MIN, 0, 0, 0);
    for record in Generator::new(settings(4)) {
        let time_ms = value(&record)["timestamp"].as_i64().unwrap();
        assert!(latest_ms == i64::MIN || latest_ms - time_ms < DISORDER_MS, "{record:?}");
        back += usize::from(time_ms < latest_ms);
        equal += usize::from(time_ms == latest_ms);
        furthest_ms = furthest_ms.max(latest_ms.saturating_sub(time_ms));
        latest_ms = latest_ms.max(time_ms);
    }
    assert!(back > 4_000 && equal > 400, "{back} times back, {equal} times equal");
    assert!(furthest_ms > DISORDER_MS * 9 / 10, "{furthest_ms} ms back at most");
}

#[test]
fn few_have_most() {
    let (mut posts_of, mut followers_of, mut likes_of) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut posts = HashSet::new();
    for record in Generator::new(settings(5)) {
        let value = value(&record);
        let text = |field: &str| value[field].as_str().unwrap().to_owned();
        let (counts, key) = match record.topic {
            "posts" if posts.insert(text("post_id")) => (&mut posts_of, text("author_id")),
            "follows" => (&mut followers_of, text("followed_id")),
            "likes" => (&mut likes_of, text("post_id")),
            _ => continue,
        };
        *counts.entry(key).or_insert(0_u64) += 1;
    }
    for (what, counts) in [("posts", posts_of), ("followers", followers_of), ("likes", likes_of)] {
        let mut counts: Vec<u64> = counts.into_values().collect();
        counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
        let sum: u64 = counts.iter().sum();
        let of_first_tenth: u64 = counts[..counts.len() / 10].iter().sum();
        assert!(counts[0] * 25 > sum, "the first has {} of {sum} {what}", counts[0]);
        assert!(of_first_tenth * 5 > sum * 2, "a tenth has {of_first_tenth} of {sum} {what}");
    }
}

#[test]
fn what_makes_a_feed_hard_comes_all_the_time() {
    let (mut authors, mut users, mut likes_before, mut again) = (HashSet::new(), HashSet::new(), 0, 0);
    let (mut late, mut renames) = (0, 0);
    let (mut moved, mut left, mut deleted, mut restored) = (0, 0, 0, 0);
    let mut posts: HashMap<String, event::Text> = HashMap::new();
    let mut seen = HashSet::new();
    for record in Generator::new(settings(6)) {
        again += usize::from(!seen.insert(record.value.clone()));
        let event = event::Event::of(&record);
        match event.map(|event| (event.key, event.content)) {
            Some((user, event::Content::User(_))) => {
                late += usize::from(authors.contains(&user));
                renames += usize::from(!users.insert(user));
            }
            Some((post, event::Content::Post(text))) => {
                authors.insert(text.author.clone());
                if let Some(before) = posts.insert(post, text.clone()) {
                    moved += usize::from(text.tribe.is_some() && text.tribe != before.tribe);
                    left += usize::from(text.tribe.is_none() && before.tribe.is_some());
                    deleted += usize::from(text.deleted && !before.deleted);
                    restored += usize::from(!text.deleted && before.deleted);
                }
            }
            Some((post, event::Content::Like(_))) => likes_before += usize::from(!posts.contains_key(&post)),
            _ => {}
        }
    }
    let never = authors.difference(&users).count();
    for (what, count, least) in [
        ("authors that come late", late, 50),
        ("authors that never come", never, 3),
        ("renames", renames, 150),
        ("likes of what is not there", likes_before, 30),
        ("records that come again", again, 50),
        ("moves", moved, 50),
        ("posts without a tribe", left, 20),
        ("deletions", deleted, 40),
        ("restorations", restored, 2),
    ] {
        assert!(count >= least, "{count} {what}");
    }
}
