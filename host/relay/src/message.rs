//! One message, and the id by which a receiver recognizes duplicates.

use std::sync::Arc;

/// The header that holds a message's id.
pub const ID_HEADER: &str = "foldline-id";

/// A message for another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The logical topic that it goes to.
    pub topic: Arc<str>,
    /// Its key, which decides the partition.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// The record that it comes from.
    pub origin: MessageOrigin,
}

/// The origin of a message. It is the same for every version of the module, and for every try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageOrigin {
    /// The logical topic of the record.
    pub topic: Arc<str>,
    /// The record's partition.
    pub partition: u32,
    /// The record's offset.
    pub offset: u64,
    /// How many messages of the same record come before this one.
    pub number: u32,
    /// How often the topic had been adopted. Offsets start over with each adoption.
    pub adoptions: u32,
}

impl Message {
    /// Returns the message's id under a relay's name: `NAME/TOPIC/PARTITION/OFFSET/N`, followed by `/ADOPTIONS` if the topic
    /// was adopted. Neither names nor topics contain a `/`.
    ///
    /// ```
    /// use foldline_relay::message::{Message, MessageOrigin};
    ///
    /// let origin = MessageOrigin { topic: "posts".into(), partition: 0, offset: 17, number: 0, adoptions: 0 };
    /// let mut message = Message { topic: "new-posts".into(), key: None, value: None, origin };
    /// assert_eq!(message.id("relay"), "relay/posts/0/17/0");
    /// message.origin.adoptions = 1;
    /// assert_eq!(message.id("relay"), "relay/posts/0/17/0/1");
    /// ```
    pub fn id(&self, name: &str) -> String {
        let MessageOrigin { topic, partition, offset, number, adoptions } = &self.origin;
        let of_log = format!("{name}/{topic}/{partition}/{offset}/{number}");
        match adoptions {
            0 => of_log,
            adoptions => format!("{of_log}/{adoptions}"),
        }
    }

    /// Returns the bytes of key and value.
    pub fn bytes(&self) -> usize {
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len)
    }
}
