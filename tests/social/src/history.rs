//! Which documents are right on the way: those that the model has at some position between what a sink shows at least, and the
//! end of the log.
//!
//! A document is read from one cut, and the cut is a next offset for each partition. Since topics have partitions of their own,
//! the cut of one topic does not depend on that of another: so each part of a document is judged by the topic it comes from.
//! What a document may not be is a mixture: a title of one record and a tribe of another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::event::{Content, Event, Profile, Text};
use crate::record::Record;
use crate::register::Stamp;

/// Everything that was appended, in the order of the offsets of each partition.
#[derive(Default)]
pub struct History {
    users: BTreeMap<String, Vec<Said<Profile>>>,
    tribes: BTreeMap<String, Vec<Said<String>>>,
    posts: BTreeMap<String, Post>,
}

#[derive(Default)]
struct Post {
    texts: Vec<Said<Text>>,
    /// Who did it, where that matters.
    views: Vec<Said<String>>,
    likes: Vec<Said<String>>,
    comments: Vec<Said<String>>,
    bumps: Vec<Said<String>>,
}

struct Said<T> {
    stamp: Stamp,
    what: T,
}

/// A position: the next offset of a partition of a topic.
pub type Position<'a> = dyn Fn(&str, u32) -> u64 + 'a;

impl History {
    /// Adds a record.
    pub fn add(&mut self, record: &Record) {
        let Some(Event { key, time_ms, content }) = Event::of(record) else { return };
        let stamp = Stamp::of(time_ms, record);
        let by = |user: String| Said { stamp, what: user };
        match content {
            Content::User(what) => self.users.entry(key).or_default().push(Said { stamp, what }),
            Content::Tribe(what) => self.tribes.entry(key).or_default().push(Said { stamp, what }),
            Content::Post(what) => self.posts.entry(key).or_default().texts.push(Said { stamp, what }),
            Content::View => self.posts.entry(key).or_default().views.push(by(String::new())),
            Content::Comment => self.posts.entry(key).or_default().comments.push(by(String::new())),
            Content::Like(user) => self.posts.entry(key).or_default().likes.push(by(user)),
            Content::Bump(user) => self.posts.entry(key).or_default().bumps.push(by(user)),
        }
    }

    /// Returns the ids of all posts that a record names.
    pub fn posts(&self) -> impl Iterator<Item = &str> {
        self.posts.keys().map(String::as_str)
    }

    /// Checks that a document, or that there is none, is what the model has at some position from `least` on.
    ///
    /// # Errors
    /// What no position explains.
    pub fn explain(&self, id: &str, shown: Option<&Value>, least: &Position<'_>) -> Result<(), String> {
        let nobody = Post::default();
        let post = self.posts.get(id).unwrap_or(&nobody);
        let possible = possible(&post.texts, least);
        let Some(document) = shown else {
            let is_explained = possible.iter().any(|said| said.is_none_or(|said| said.what.deleted));
            return if is_explained { Ok(()) } else { Err("no document".to_owned()) };
        };
        let fits = |said: &&Said<Text>| {
            let Text { author, tribe, title, media, deleted } = &said.what;
            let created_ms = document["created"].as_i64();
            !deleted
                && document["author"]["key"] == **author
                && document["tribe"]["key"].as_str() == tribe.as_deref()
                && document["title"] == **title
                && document["media"] == *media.as_ref().unwrap_or(&Value::Null)
                && created_ms.is_some_and(|ms| first_times(&post.texts, said.stamp, least).contains(&ms))
        };
        let said = possible.iter().flatten().find(|said| fits(said)).ok_or("its own fields")?;
        let author = &document["author"];
        self::explain(self.users.get(&said.what.author), least, author, "the author", |profile| {
            author["name"] == *profile.name && author["avatar"].as_str() == profile.avatar.as_deref()
        })?;
        if let Some(key) = &said.what.tribe {
            let tribe = &document["tribe"];
            self::explain(self.tribes.get(key), least, tribe, "the tribe", |name| tribe["name"] == **name)?;
        }
        for (field, said, is_distinct) in [
            ("views", &post.views, false),
            ("likes", &post.likes, true),
            ("comments", &post.comments, false),
            ("bumps", &post.bumps, true),
        ] {
            let count = document[field].as_u64().ok_or(field)?;
            let everything = |_: &str, _| u64::MAX;
            let lowest = counted(said, is_distinct, least);
            let all = counted(said, is_distinct, &everything);
            // Each record adds one at most: every number in between was there at some position.
            if !(lowest..=all).contains(&count) {
                return Err(format!("{count} {field} of {lowest} to {all}"));
            }
        }
        Ok(())
    }
}

/// Checks what a document shows of another row.
fn explain<T>(
    said: Option<&Vec<Said<T>>>,
    least: &Position<'_>,
    shown: &Value,
    what: &str,
    is_shown: impl Fn(&T) -> bool,
) -> Result<(), String> {
    let said = said.map_or(&[][..], Vec::as_slice);
    let explains = |said: &Option<&Said<T>>| match said {
        Some(said) => shown["known"] == true && is_shown(&said.what),
        None => shown["known"] == false && shown["name"].is_null() && shown["avatar"].is_null(),
    };
    if possible(said, least).iter().any(explains) { Ok(()) } else { Err(format!("{what}: {shown}")) }
}

/// Returns the values that may be the last at a position from `least` on; `None` if there may be no value yet.
fn possible<'a, T>(said: &'a [Said<T>], least: &Position<'_>) -> Vec<Option<&'a Said<T>>> {
    let last = said.iter().filter(|said| is_before(said.stamp, least)).max_by_key(|said| said.stamp);
    let Some(last) = last else {
        return std::iter::once(None).chain(leaders(said).map(Some)).collect();
    };
    leaders(said).filter(|said| said.stamp >= last.stamp).map(Some).collect()
}

/// Returns the values that are later than all before them in their partition: only these are ever the last.
fn leaders<T>(said: &[Said<T>]) -> impl Iterator<Item = &Said<T>> {
    let mut latest: BTreeMap<u32, Stamp> = BTreeMap::new();
    said.iter().filter(move |said| {
        let before = latest.get(&said.stamp.partition).copied();
        let is_later = before.is_none_or(|before| before < said.stamp);
        if is_later {
            latest.insert(said.stamp.partition, said.stamp);
        }
        is_later
    })
}

/// Returns the first times that there may be where `last` is the last value.
fn first_times<T>(said: &[Said<T>], last: Stamp, least: &Position<'_>) -> BTreeSet<i64> {
    let is_needed = |stamp: Stamp| {
        is_before(stamp, least) || (stamp.partition == last.partition && stamp.offset <= last.offset)
    };
    let mut first = i64::MAX;
    said.iter().filter(|said| is_needed(said.stamp)).for_each(|said| first = first.min(said.stamp.time_ms));
    let mut times = BTreeSet::from([first]);
    // A partition may be further, up to the first record that is later than `last`. What several of them have together is one
    // of what each of them has.
    let mut ended = BTreeSet::new();
    let mut firsts: BTreeMap<u32, i64> = BTreeMap::new();
    for stamp in said.iter().map(|said| said.stamp).filter(|stamp| !is_needed(*stamp)) {
        if stamp > last {
            ended.insert(stamp.partition);
        } else if !ended.contains(&stamp.partition) {
            let first = firsts.entry(stamp.partition).or_insert(first);
            *first = (*first).min(stamp.time_ms);
            times.insert(*first);
        }
    }
    times
}

fn counted(said: &[Said<String>], is_distinct: bool, end: &Position<'_>) -> u64 {
    let counted = said.iter().filter(|said| is_before(said.stamp, end));
    let users = counted.map(|said| &said.what);
    if is_distinct { users.collect::<BTreeSet<_>>().len() as u64 } else { users.count() as u64 }
}

fn is_before(stamp: Stamp, end: &Position<'_>) -> bool {
    stamp.offset < end(stamp.topic, stamp.partition)
}

#[cfg(test)]
mod tests;
