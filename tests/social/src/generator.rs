//! Generates the network's records one by one, from a seed, in memory that grows with users and posts only.
//!
//! Activity follows a power law: few people write most posts and are followed by most, few posts get most likes. What makes a
//! feed hard comes all the time: authors whose first record comes after their posts, or never; likes of posts that are not there
//! yet; renames of people with many posts; posts that move between tribes, leave them, are deleted and restored; records that
//! come twice; and times that go back, by less than [`DISORDER_MS`].

use crate::fields::Fields;
use crate::names;
use crate::posts::Post;
use crate::power_law::{Scatter, rank};
use crate::record::Record;
use crate::rng::Rng;

/// The topics of the network.
pub const TOPICS: [&str; 8] = ["users", "tribes", "follows", "posts", "views", "likes", "comments", "bumps"];

/// The time of the first record, in milliseconds: 2026-01-01. All times must be past when the records are appended.
pub const START_MS: i64 = 1_767_225_600_000;
/// A record's time is less than this before the latest time until then.
pub const DISORDER_MS: i64 = 30_000;
/// The mean time from one record to the next. Equal times occur.
const STEP_MS: u64 = 17;
/// A tribe for so many users.
const USERS_PER_TRIBE: u32 = 100;
/// One user, and one tribe, in so many never has a record of its own.
const SILENT_EVERY: u32 = 50;
/// How many records may come again.
const RECENT: usize = 32;

/// What is generated. Equal settings give equal bytes on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The seed.
    pub seed: u64,
    /// The number of records.
    pub events: u64,
    /// The number of users. Their first records fill up to half of the first half of the events.
    pub users: u32,
}

/// An iterator over the network's records.
pub struct Generator {
    settings: Settings,
    rng: Rng,
    made: u64,
    now_ms: i64,
    /// Users below this number have joined, except silent ones.
    joined: u32,
    /// As `joined`, of tribes.
    founded: u32,
    people: Scatter,
    tribes: Scatter,
    posts: Vec<Post>,
    /// How many others each user has begun to follow.
    follows: Vec<u16>,
    /// Records that may come again, with their times.
    recent: Vec<(i64, Record)>,
    next_offsets: [u64; TOPICS.len()],
}

impl Settings {
    /// Returns a user for a hundred events, but at least four.
    pub fn users_of(events: u64) -> u32 {
        u32::try_from(events / 100).unwrap_or(u32::MAX).clamp(4, 10_000_000)
    }

    /// Returns the number of tribes.
    pub fn tribes(&self) -> u32 {
        self.users.div_ceil(USERS_PER_TRIBE).max(3)
    }
}

impl Generator {
    /// Returns the generator of these settings.
    ///
    /// # Panics
    /// Panics when there are no users.
    pub fn new(settings: Settings) -> Self {
        Self {
            rng: Rng::new(settings.seed),
            made: 0,
            now_ms: START_MS,
            joined: 0,
            founded: 0,
            people: Scatter::of(u64::from(settings.users)),
            tribes: Scatter::of(u64::from(settings.tribes())),
            posts: Vec::new(),
            follows: vec![0; settings.users as usize],
            recent: Vec::with_capacity(RECENT),
            next_offsets: [0; TOPICS.len()],
            settings,
        }
    }

    /// Returns the bytes that are remembered, besides a few recent records.
    pub fn kept_bytes(&self) -> usize {
        self.posts.capacity() * size_of::<Post>() + self.follows.capacity() * size_of::<u16>()
    }

    /// Returns the number of posts so far.
    pub fn posts(&self) -> usize {
        self.posts.len()
    }

    fn event(&mut self) -> Record {
        if let Some(first) = self.first_of_someone() {
            return first;
        }
        match self.rng.below(1_000) {
            0..5 if !self.recent.is_empty() => self.again(),
            5..45 => self.post(),
            45..55 => self.edit_post(),
            55..65 => self.edit_profile(),
            65..67 => self.rename_tribe(),
            67..130 => self.follow(),
            130..210 => self.of_post("comments", |_, fields| fields),
            210..240 => self.of_post("bumps", Self::with_user),
            240..520 => self.of_post("likes", Self::with_user),
            _ => self.of_post("views", |_, fields| fields),
        }
    }

    /// Returns the first record of a user or a tribe. They come at even intervals during the first half.
    fn first_of_someone(&mut self) -> Option<Record> {
        let Settings { events, users, .. } = self.settings;
        let expected = |all: u32| (2 * self.made * u64::from(all) / events + 1).min(u64::from(all)) as u32;
        let (users, tribes) = (expected(users), expected(self.settings.tribes()));
        if self.joined < users {
            self.joined += 1;
            return (!is_silent(self.joined - 1)).then(|| self.user(self.joined - 1));
        }
        if self.founded < tribes {
            self.founded += 1;
            return (!is_silent(self.founded - 1)).then(|| self.tribe(self.founded - 1));
        }
        None
    }

    fn user(&mut self, user: u32) -> Record {
        let number = self.rng.below(1 << 32);
        let picture = (self.rng.below(3) > 0).then(|| names::picture(number));
        let fields =
            Fields::default().text("user_id", &format!("u{user}")).text("name", &names::person(number));
        let fields = fields.optional("avatar", picture.as_deref());
        self.record("users", format!("u{user}"), fields)
    }

    fn tribe(&mut self, tribe: u32) -> Record {
        let name = names::tribe(self.rng.below(1 << 32));
        let fields = Fields::default().text("tribe_id", &format!("t{tribe}")).text("name", &name);
        self.record("tribes", format!("t{tribe}"), fields)
    }

    /// A new name, and perhaps another picture. Half of them are of people by their fame, so that some have many posts.
    fn edit_profile(&mut self) -> Record {
        let user = self.someone();
        let has_joined = user < self.joined && !is_silent(user);
        if has_joined { self.user(user) } else { self.follow() }
    }

    fn rename_tribe(&mut self) -> Record {
        let tribe = self.tribes.draw(&mut self.rng) as u32;
        let is_founded = tribe < self.founded && !is_silent(tribe);
        if is_founded { self.tribe(tribe) } else { self.post() }
    }

    /// Follows somebody, or ends it.
    fn follow(&mut self) -> Record {
        let follower = self.rng.below(u64::from(self.settings.users)) as u32;
        let begun = self.follows[follower as usize];
        let ends = begun > 0 && self.rng.below(8) == 0;
        let nth = if ends { self.rng.below(u64::from(begun)) as u16 } else { begun };
        if !ends {
            self.follows[follower as usize] = begun.saturating_add(1);
        }
        // Whom somebody follows is drawn from a seed of its own, so that it need not be remembered.
        let seed = self.settings.seed ^ (u64::from(follower) << 20) ^ u64::from(nth);
        let followed = self.people.draw(&mut Rng::new(seed));
        let fields = Fields::default().text("follower_id", &format!("u{follower}"));
        let fields = fields.text("followed_id", &format!("u{followed}")).json("active", !ends);
        self.record("follows", format!("u{follower}"), fields)
    }

    fn post(&mut self) -> Record {
        let author = self.people.draw(&mut self.rng) as u32;
        let mut post = Post::new(author, self.rng.below(1 << 32) as u32, self.any_picture());
        post.move_to(self.any_tribe());
        self.posts.push(post);
        self.post_record(self.posts.len() - 1)
    }

    /// Moves a post, gives it a title or a picture, deletes it, restores it.
    fn edit_post(&mut self) -> Record {
        if self.posts.is_empty() {
            return self.post();
        }
        let at = self.some_post();
        let mut post = self.posts[at];
        match self.rng.below(10) {
            0..3 => post.move_to(self.any_tribe()),
            3 => post.move_to(None),
            4..6 => post.title = self.rng.below(1 << 32) as u32,
            6 => post.picture = self.any_picture(),
            7..9 => post.deleted = true,
            _ => post.deleted = false,
        }
        self.posts[at] = post;
        self.post_record(at)
    }

    fn post_record(&mut self, at: usize) -> Record {
        let post = self.posts[at];
        let fields = Fields::default().text("post_id", &format!("p{at}"));
        let mut fields = fields.text("author_id", &format!("u{}", post.author));
        if let Some(tribe) = post.tribe() {
            fields = fields.text("tribe_id", &format!("t{tribe}"));
        }
        fields = fields.text("title", &names::title(u64::from(post.title)));
        if post.picture > 0 {
            let picture = names::picture(u64::from(post.picture));
            fields = fields.json("media", format_args!(r#"{{"kind":"picture","url":"{picture}"}}"#));
        }
        // Most producers leave out what is false.
        if post.deleted || self.rng.below(10) == 0 {
            fields = fields.json("deleted", post.deleted);
        }
        self.record("posts", format!("p{at}"), fields)
    }

    fn of_post(&mut self, topic: &'static str, more: fn(&mut Self, Fields) -> Fields) -> Record {
        let posts = self.posts.len() as u64;
        let post = match self.rng.below(200) {
            0 => posts + self.rng.below(20),
            _ if posts == 0 => 0,
            _ => self.some_post() as u64,
        };
        let fields = Fields::default().text("post_id", &format!("p{post}"));
        let fields = more(self, fields);
        self.record(topic, format!("p{post}"), fields)
    }

    fn with_user(&mut self, fields: Fields) -> Fields {
        let user = self.someone();
        fields.text("user_id", &format!("u{user}"))
    }

    /// Returns a post that exists: a new one, or one that everybody knows.
    fn some_post(&mut self) -> usize {
        let posts = self.posts.len() as u64;
        let rank = rank(&mut self.rng, posts);
        if self.rng.below(2) == 0 { rank as usize } else { (posts - 1 - rank) as usize }
    }

    fn someone(&mut self) -> u32 {
        if self.rng.below(2) == 0 {
            return self.people.draw(&mut self.rng) as u32;
        }
        self.rng.below(u64::from(self.settings.users)) as u32
    }

    fn any_tribe(&mut self) -> Option<u32> {
        (self.rng.below(4) > 0).then(|| self.tribes.draw(&mut self.rng) as u32)
    }

    fn any_picture(&mut self) -> u16 {
        if self.rng.below(2) == 0 { 0 } else { self.rng.below(1 << 16) as u16 }
    }

    /// Repeats a recent record, as a producer does whose acknowledgement was lost.
    fn again(&mut self) -> Record {
        let at = self.rng.below(self.recent.len() as u64) as usize;
        let (time_ms, record) = self.recent[at].clone();
        if self.now_ms - time_ms < DISORDER_MS { self.placed(record) } else { self.post() }
    }

    fn record(&mut self, topic: &'static str, key: String, fields: Fields) -> Record {
        // One in ten comes from a device that was offline for a while.
        let late_ms = if self.rng.below(10) == 0 { self.rng.below(DISORDER_MS as u64) as i64 } else { 0 };
        let time_ms = self.now_ms - late_ms;
        let value = fields.json("timestamp", time_ms).finish();
        let record = self.placed(Record { topic, partition: 0, offset: 0, key, value });
        if self.recent.len() < RECENT {
            self.recent.push((time_ms, record.clone()));
        } else if self.rng.below(4) == 0 {
            let at = self.rng.below(RECENT as u64) as usize;
            self.recent[at] = (time_ms, record.clone());
        }
        record
    }

    fn placed(&mut self, record: Record) -> Record {
        let topic = TOPICS.iter().position(|topic| *topic == record.topic).expect("a topic of the network");
        let offset = self.next_offsets[topic];
        self.next_offsets[topic] += 1;
        Record { offset, ..record }
    }
}

impl Iterator for Generator {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.made == self.settings.events {
            return None;
        }
        self.now_ms += self.rng.below(2 * STEP_MS + 1) as i64;
        let record = self.event();
        self.made += 1;
        Some(record)
    }
}

fn is_silent(number: u32) -> bool {
    number % SILENT_EVERY == SILENT_EVERY - 1
}

#[cfg(test)]
mod tests;
