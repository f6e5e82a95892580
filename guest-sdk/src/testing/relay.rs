//! Unit tests for relays.

use std::rc::Rc;

use serde_json::Value;

use super::decode::Taker;
use super::{Rejection, declare_times, decode};
use crate::bindings::foldline::reducer::types::{Batch, Column, Input, Values};
use crate::event::Event;
use crate::guest;
use crate::parameters::{Configurable, Parameters as _, within};
use crate::relay::Relay;

/// A relay, fed event by event.
///
/// ```
/// # use foldline_sdk::prelude::*;
/// # #[derive(Event)] #[event(topic = "posts")] struct Post<'a> { post_id: &'a str, title: &'a str }
/// # #[derive(Document)] struct Announced { title: String }
/// # #[relay] impl Relay for Announcements {
/// #     type Event<'a> = Post<'a>;
/// #     const TOPICS: &'static [&'static str] = &["new-posts"];
/// #     fn relay(post: Post<'_>, out: &mut Messages) -> Result<()> {
/// #         out.send("new-posts", post.post_id, &Announced { title: post.title.into() })
/// #     }
/// # }
/// use foldline_sdk::testing::{RelayHarness, json};
///
/// let mut posts = RelayHarness::<Announcements>::new();
/// posts.event(Post { post_id: "p1", title: "hello" });
/// posts.json("posts", r#"{"post_id": "p2"}"#);
/// assert_eq!(posts.messages()[0].topic, "new-posts");
/// assert_eq!(posts.messages()[0].key.as_deref(), Some("p1"));
/// assert_eq!(posts.messages()[0].value, json!({"title": "hello"}));
/// assert_eq!(posts.rejected()[0].reason, "missing field `title`");
/// ```
pub struct RelayHarness<R: Configurable> {
    parameters: Rc<R::Parameters>,
    inputs: Vec<Input>,
    /// Events and records fed, including rejected ones.
    fed: usize,
    messages: Vec<Message>,
    rejected: Vec<Rejection>,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The topic that it goes to.
    pub topic: String,
    /// Its key, if it has one.
    pub key: Option<String>,
    /// Its value as JSON, or else as text; `null` if it has none.
    pub value: Value,
}

impl<R: Relay + Configurable> RelayHarness<R> {
    /// Creates a relay that has been fed nothing. Its parameters have their fallbacks.
    ///
    /// # Panics
    /// Panics when the relay refuses its own fallbacks.
    pub fn new() -> Self {
        Self::with(R::Parameters::default())
    }

    /// Creates a relay that has been fed nothing and has these values of its parameters.
    ///
    /// # Panics
    /// Panics when the relay refuses the values.
    pub fn with(parameters: R::Parameters) -> Self {
        parameters.check().unwrap_or_else(|error| panic!("these parameters are refused: {error}"));
        let inputs = <R::Event<'_> as Event<'_>>::inputs();
        let parameters = Rc::new(parameters);
        Self { parameters, inputs, fed: 0, messages: Vec::new(), rejected: Vec::new() }
    }

    /// Feeds an event.
    pub fn event(&mut self, event: R::Event<'_>) -> &mut Self {
        let (input, columns) = event.encode();
        self.feed(input, columns);
        self
    }

    /// Feeds the value of a record, as JSON. What does not decode is rejected, as the host would.
    ///
    /// # Panics
    /// Panics when the relay does not read the topic, or declares a blob in it: feed those by [`RelayHarness::event`].
    pub fn json(&mut self, topic: &str, value: &str) -> &mut Self {
        let input = match decode::taker(&self.inputs, topic, None, value) {
            None => panic!("the relay does not read topic `{topic}`"),
            Some(Ok(Taker::Input(input))) => input,
            // No input selects it.
            Some(Ok(Taker::Nobody)) => return self,
            Some(Err(reason)) => {
                self.refuse(topic, reason);
                return self;
            }
        };
        match decode::columns(&self.inputs[input], self.fed as u64, None, value) {
            Ok(columns) => self.feed(input, columns),
            Err(reason) => self.reject(input, reason),
        }
        self
    }

    /// Returns the messages that were sent, in order.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Returns the dead letters, in the order in which they were fed.
    pub fn rejected(&self) -> &[Rejection] {
        &self.rejected
    }

    fn feed(&mut self, input: usize, mut columns: Vec<Column>) {
        let declared = &self.inputs[input];
        for (column, field) in columns.iter_mut().zip(&declared.fields) {
            declare_times(column, &field.ty);
        }
        let time_ms = match declared.event_time.map(|at| &columns[at as usize].values) {
            Some(Values::Times(times)) => times[0],
            _ => i64::try_from(self.fed).expect("a test feeds fewer events than that") + 1,
        };
        let batch = Batch { input: input as u32, rows: 1, times: vec![time_ms], lists: Vec::new(), columns };
        let relayed = within(&self.parameters, || guest::relay::<R>(&batch));
        let relayed = relayed.unwrap_or_else(|error| panic!("{error}"));
        let text = |column: &Column, at| {
            bytes(column, at).map(|bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned())
        };
        for (at, &topic) in relayed.topics.iter().enumerate() {
            let value = text(&relayed.values, at);
            self.messages.push(Message {
                topic: R::TOPICS[topic as usize].to_owned(),
                key: text(&relayed.keys, at),
                value: value
                    .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
            });
        }
        match relayed.rejected.into_iter().next() {
            Some(rejected) => self.reject(input, rejected.reason),
            None => self.fed += 1,
        }
    }

    fn reject(&mut self, input: usize, reason: String) {
        let topic = self.inputs[input].topic.clone();
        self.refuse(&topic, reason);
    }

    fn refuse(&mut self, topic: &str, reason: String) {
        self.rejected.push(Rejection { topic: topic.to_owned(), index: self.fed, reason });
        self.fed += 1;
    }
}

impl<R: Relay + Configurable> Default for RelayHarness<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns one value of a column of blobs.
fn bytes(column: &Column, at: usize) -> Option<&[u8]> {
    let is_null = column.validity.as_ref().is_some_and(|bits| bits[at / 8] & (1 << (at % 8)) == 0);
    match &column.values {
        Values::Blobs(blobs) if !is_null => {
            Some(&blobs.data[blobs.offsets[at] as usize..blobs.offsets[at + 1] as usize])
        }
        _ => None,
    }
}
