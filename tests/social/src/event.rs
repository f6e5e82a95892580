//! A record as `reducers/feed-item` understands it.

use serde_json::Value;

use crate::record::Record;

/// The topics that `reducers/feed-item` reads, sorted by name, which is the order of equal times.
pub const TOPICS: [&str; 7] = ["bumps", "comments", "likes", "posts", "tribes", "users", "views"];

/// An event: what it is about, when it was, and what it says.
pub struct Event {
    /// The key of the row: a user, a tribe or a post.
    pub key: String,
    /// The event time.
    pub time_ms: i64,
    /// What it says.
    pub content: Content,
}

/// What an event says.
pub enum Content {
    /// How a user is called and looks.
    User(Profile),
    /// How a tribe is called.
    Tribe(String),
    /// What a post says.
    Post(Text),
    /// Somebody looked at a post.
    View,
    /// This user likes a post.
    Like(String),
    /// Somebody commented on a post.
    Comment,
    /// This user bumps a post.
    Bump(String),
}

/// How a user is called and looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The name.
    pub name: String,
    /// The address of a picture.
    pub avatar: Option<String>,
}

/// What a post says.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The author's id.
    pub author: String,
    /// The tribe's id.
    pub tribe: Option<String>,
    /// The title.
    pub title: String,
    /// Any JSON.
    pub media: Option<Value>,
    /// Whether the post is deleted.
    pub deleted: bool,
}

impl Event {
    /// Returns the event that a record is; `None` for a dead letter, and for a record of a topic that is not read.
    pub fn of(record: &Record) -> Option<Self> {
        let value: Value = serde_json::from_slice(&record.value).ok()?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let optional = |name: &str| match &value[name] {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text.clone())),
            _ => None,
        };
        let (key, content) = match record.topic {
            "users" => {
                ("user_id", Content::User(Profile { name: text("name")?, avatar: optional("avatar")? }))
            }
            "tribes" => ("tribe_id", Content::Tribe(text("name")?)),
            "posts" => {
                let deleted = match &value["deleted"] {
                    Value::Null => false,
                    deleted => deleted.as_bool()?,
                };
                let media = Some(value["media"].clone()).filter(|media| !media.is_null());
                let (author, tribe) = (text("author_id")?, optional("tribe_id")?);
                let content = Text { author, tribe, title: text("title")?, media, deleted };
                ("post_id", Content::Post(content))
            }
            "views" => ("post_id", Content::View),
            "likes" => ("post_id", Content::Like(text("user_id")?)),
            "comments" => ("post_id", Content::Comment),
            "bumps" => ("post_id", Content::Bump(text("user_id")?)),
            _ => return None,
        };
        let key = text(key).filter(|key| !key.is_empty())?;
        Some(Self { key, time_ms: value["timestamp"].as_i64()?, content })
    }
}
