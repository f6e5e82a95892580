//! A feed from record lines: posts with their authors, their tribes, and exact counts.

use std::collections::{HashMap, HashSet};

use foldhash::fast;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::likes::{lines, refused};
use crate::posts::Posts;

/// Everything that was read.
#[derive(Default)]
pub struct Feed<'a> {
    users: Map<&'a str, Last<(&'a RawValue, Option<&'a RawValue>)>>,
    tribes: Map<&'a str, Last<&'a RawValue>>,
    posts: Map<&'a str, Post<'a>>,
    events: u64,
}

type Map<K, V> = HashMap<K, V, fast::FixedState>;
/// Hashes of users: two of a million share one of 2^64 with a chance of one in thirty million.
type Users = HashSet<u64, fast::FixedState>;

/// The last value by event time, then by line: all lines of a key would be in one partition.
struct Last<T>(Option<(i64, u64, T)>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Last<T> {
    fn offer(&mut self, time_ms: i64, line: u64, value: T) {
        if self.0.as_ref().is_none_or(|last| (last.0, last.1) < (time_ms, line)) {
            self.0 = Some((time_ms, line, value));
        }
    }

    fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, _, value)| value)
    }
}

#[derive(Default)]
struct Post<'a> {
    text: Last<Text<'a>>,
    created_ms: Option<i64>,
    views: u64,
    likes: Users,
    comments: u64,
    bumps: Users,
}

struct Text<'a> {
    author: &'a str,
    tribe: Option<&'a str>,
    title: &'a RawValue,
    media: Option<&'a RawValue>,
    deleted: bool,
}

#[derive(Deserialize)]
struct Line<'a> {
    topic: &'a str,
    #[serde(borrow)]
    value: Value<'a>,
}

/// The fields of all topics. Texts that only come and go are kept as they are written.
#[derive(Deserialize)]
struct Value<'a> {
    timestamp: i64,
    user_id: Option<&'a str>,
    tribe_id: Option<&'a str>,
    post_id: Option<&'a str>,
    author_id: Option<&'a str>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    avatar: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    media: Option<&'a RawValue>,
    deleted: Option<bool>,
}

#[derive(Serialize)]
struct Document<'a> {
    post_id: &'a str,
    author: Author<'a>,
    tribe: Option<Tribe<'a>>,
    title: &'a RawValue,
    media: Option<&'a RawValue>,
    created: i64,
    views: u64,
    likes: usize,
    comments: u64,
    bumps: usize,
}

#[derive(Serialize)]
struct Author<'a> {
    key: &'a str,
    known: bool,
    name: Option<&'a RawValue>,
    avatar: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Tribe<'a> {
    key: &'a str,
    known: bool,
    name: Option<&'a RawValue>,
}

impl<'a> Feed<'a> {
    /// Folds record lines one by one. Returns the number of lines of the topics that count.
    pub fn fold(&mut self, input: &'a [u8]) -> Result<u64, String> {
        for (number, line) in (0..).zip(lines(input)) {
            let line: Line<'a> = serde_json::from_slice(line).map_err(|error| refused(number, &error))?;
            self.add(number, line).ok_or_else(|| format!("line {}: a field is missing", number + 1))?;
        }
        Ok(self.events)
    }

    fn add(&mut self, number: u64, line: Line<'a>) -> Option<()> {
        let Line { topic, value } = line;
        let time_ms = value.timestamp;
        match topic {
            "users" => {
                let user = self.users.entry(value.user_id?).or_default();
                user.offer(time_ms, number, (value.name?, value.avatar));
            }
            "tribes" => {
                self.tribes.entry(value.tribe_id?).or_default().offer(time_ms, number, value.name?);
            }
            "posts" => {
                let post = self.posts.entry(value.post_id?).or_default();
                post.created_ms = Some(post.created_ms.map_or(time_ms, |first| first.min(time_ms)));
                let (author, title) = (value.author_id?, value.title?);
                let deleted = value.deleted.unwrap_or(false);
                let text = Text { author, tribe: value.tribe_id, title, media: value.media, deleted };
                post.text.offer(time_ms, number, text);
            }
            "views" => self.posts.entry(value.post_id?).or_default().views += 1,
            "comments" => self.posts.entry(value.post_id?).or_default().comments += 1,
            "likes" => {
                let user = Posts::hash(value.user_id?);
                self.posts.entry(value.post_id?).or_default().likes.insert(user);
            }
            "bumps" => {
                let user = Posts::hash(value.user_id?);
                self.posts.entry(value.post_id?).or_default().bumps.insert(user);
            }
            _ => return Some(()),
        }
        self.events += 1;
        Some(())
    }

    /// Returns a JSON document for each post that is there and not deleted.
    pub fn documents(&self) -> Vec<Vec<u8>> {
        self.posts.iter().filter_map(|(id, post)| self.document(id, post)).collect()
    }

    fn document(&self, post_id: &str, post: &Post<'_>) -> Option<Vec<u8>> {
        let text = post.text.get().filter(|text| !text.deleted)?;
        let profile = self.users.get(text.author).and_then(Last::get);
        let tribe = text.tribe.map(|key| {
            let name = self.tribes.get(key).and_then(Last::get).copied();
            Tribe { key, known: name.is_some(), name }
        });
        let document = Document {
            post_id,
            author: Author {
                key: text.author,
                known: profile.is_some(),
                name: profile.map(|(name, _)| *name),
                avatar: profile.and_then(|(_, avatar)| *avatar),
            },
            tribe,
            title: text.title,
            media: text.media,
            created: post.created_ms?,
            views: post.views,
            likes: post.likes.len(),
            comments: post.comments,
            bumps: post.bumps.len(),
        };
        Some(serde_json::to_vec(&document).expect("texts and numbers are JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::Feed;

    #[test]
    fn a_post_shows_the_last_names_and_its_counts() {
        let lines = br#"{"topic":"posts","key":"p1","value":{"post_id":"p1","author_id":"u1","tribe_id":"t1","title":"a \"b\"","media":{"n":[1]},"timestamp":5}}
{"topic":"users","key":"u1","value":{"user_id":"u1","name":"Anna","timestamp":9}}
{"topic":"users","key":"u1","value":{"user_id":"u1","name":"Ann","avatar":"a.jpg","timestamp":8}}
{"topic":"likes","key":"p1","value":{"post_id":"p1","user_id":"u2","timestamp":6}}
{"topic":"likes","key":"p1","value":{"post_id":"p1","user_id":"u2","timestamp":7}}
{"topic":"follows","key":"u1","value":{"follower_id":"u1","followed_id":"u2","active":true,"timestamp":7}}
{"topic":"views","key":"p2","value":{"post_id":"p2","timestamp":7}}
"#;
        let mut feed = Feed::default();
        let events = feed.fold(lines).unwrap();
        let documents: Vec<String> =
            feed.documents().into_iter().map(|it| String::from_utf8(it).unwrap()).collect();
        let expected = r#"{"post_id":"p1","author":{"key":"u1","known":true,"name":"Anna","avatar":null},"tribe":{"key":"t1","known":false,"name":null},"title":"a \"b\"","media":{"n":[1]},"created":5,"views":0,"likes":1,"comments":0,"bumps":0}"#;
        assert_eq!((events, documents), (6, vec![expected.to_owned()]));
    }
}
