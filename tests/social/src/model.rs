//! What `reducers/feed-item` must show in the end: maps and exact sets, without code of the host.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::event::{Content, Event, Profile, Text};
use crate::record::Record;
use crate::register::{Register, Stamp};

/// Everything that was added.
#[derive(Default)]
pub struct Model {
    users: BTreeMap<String, Register<Profile>>,
    tribes: BTreeMap<String, Register<String>>,
    posts: BTreeMap<String, Post>,
    /// A number for everybody who likes or bumps: millions of likes would not fit as texts.
    numbers: HashMap<String, u32>,
    /// Records that count.
    pub events: u64,
    /// Records of the topics that are read, and do not count.
    pub dead_letters: u64,
}

/// A post as far as it is known: it may be liked before it is there.
#[derive(Default)]
struct Post {
    /// Each record of a post says all of these, so the last record has the last of each.
    text: Register<Text>,
    created_ms: Option<i64>,
    views: u64,
    likes: BTreeSet<u32>,
    comments: u64,
    bumps: BTreeSet<u32>,
}

/// What the rank of a post is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked<'a> {
    /// The post.
    pub post_id: &'a str,
    /// Likes, comments twice, bumps three times.
    pub votes: u64,
    /// When it was created.
    pub created_ms: i64,
}

/// The members of each set, with their ranks.
pub type Sets = BTreeMap<String, BTreeMap<String, f64>>;

impl Model {
    /// Adds a record; a record of a topic that is not read changes nothing.
    pub fn add(&mut self, record: &Record) {
        if !crate::event::TOPICS.contains(&record.topic) {
            return;
        }
        let Some(Event { key, time_ms, content }) = Event::of(record) else {
            self.dead_letters += 1;
            return;
        };
        self.events += 1;
        let stamp = Stamp::of(time_ms, record);
        match content {
            Content::User(profile) => self.users.entry(key).or_default().offer(stamp, profile),
            Content::Tribe(name) => self.tribes.entry(key).or_default().offer(stamp, name),
            Content::Post(text) => {
                let post = self.posts.entry(key).or_default();
                post.text.offer(stamp, text);
                post.created_ms = Some(post.created_ms.map_or(time_ms, |first| first.min(time_ms)));
            }
            Content::View => self.posts.entry(key).or_default().views += 1,
            Content::Comment => self.posts.entry(key).or_default().comments += 1,
            Content::Like(user) => {
                let user = self.number(user);
                self.posts.entry(key).or_default().likes.insert(user);
            }
            Content::Bump(user) => {
                let user = self.number(user);
                self.posts.entry(key).or_default().bumps.insert(user);
            }
        }
    }

    fn number(&mut self, user: String) -> u32 {
        let next = u32::try_from(self.numbers.len()).expect("memory ends before four billion users do");
        *self.numbers.entry(user).or_insert(next)
    }

    /// Returns the documents by rising id.
    pub fn documents(&self) -> impl Iterator<Item = (&str, Value)> {
        self.shown().map(|(id, post, text, created_ms)| (id, self.document(id, post, text, created_ms)))
    }

    /// Returns the members of `author:KEY` and `tribe:KEY`, with what `rank` makes of each post.
    pub fn sets(&self, rank: impl Fn(Ranked<'_>) -> f64) -> Sets {
        let mut sets = Sets::new();
        for (post_id, post, text, created_ms) in self.shown() {
            let votes = post.likes.len() as u64 + 2 * post.comments + 3 * post.bumps.len() as u64;
            let rank = rank(Ranked { post_id, votes, created_ms });
            let author = Some(format!("author:{}", text.author));
            let tribe = text.tribe.as_ref().map(|tribe| format!("tribe:{tribe}"));
            for set in author.into_iter().chain(tribe) {
                sets.entry(set).or_default().insert(post_id.to_owned(), rank);
            }
        }
        sets
    }

    /// Returns the posts that are known and not deleted.
    fn shown(&self) -> impl Iterator<Item = (&str, &Post, &Text, i64)> {
        self.posts.iter().filter_map(|(id, post)| {
            let text = post.text.get().filter(|text| !text.deleted)?;
            Some((id.as_str(), post, text, post.created_ms?))
        })
    }

    fn document(&self, id: &str, post: &Post, text: &Text, created_ms: i64) -> Value {
        let profile = self.users.get(&text.author).and_then(Register::get);
        let tribe = text.tribe.as_ref().map(|key| (key, self.tribes.get(key).and_then(Register::get)));
        json!({
            "post_id": id,
            "author": author(&text.author, profile),
            "tribe": tribe.map(|(key, name)| json!({"key": key, "known": name.is_some(), "name": name})),
            "title": text.title,
            "media": text.media,
            "created": created_ms,
            "views": post.views,
            "likes": post.likes.len(),
            "comments": post.comments,
            "bumps": post.bumps.len(),
        })
    }
}

fn author(key: &str, profile: Option<&Profile>) -> Value {
    let (name, avatar) = (profile.map(|it| &it.name), profile.and_then(|it| it.avatar.as_ref()));
    json!({"key": key, "known": profile.is_some(), "name": name, "avatar": avatar})
}

/// Returns the fields of a document that the model knows, as the model writes them: a document may have further ones, and may
/// leave out what is null.
pub fn comparable(document: &Value) -> Value {
    let of = |value: &Value, fields: &[&str]| -> Value {
        fields.iter().map(|field| ((*field).to_owned(), value[*field].clone())).collect()
    };
    let mut known =
        of(document, &["post_id", "title", "media", "created", "views", "likes", "comments", "bumps"]);
    known["author"] = of(&document["author"], &["key", "known", "name", "avatar"]);
    known["tribe"] = match &document["tribe"] {
        Value::Null => Value::Null,
        tribe => of(tribe, &["key", "known", "name"]),
    };
    known
}

#[cfg(test)]
mod tests;
