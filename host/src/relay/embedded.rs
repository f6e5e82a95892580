//! Messages to topics of the embedded log: one append holds them and the frontier.
//!
//! Nobody has to be fenced: the data folder has one host, and that host one thread a relay.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::frontier::{Frontier, TOPIC, newest};
use super::message::Message;
use super::outbox::Outbox;
use crate::error::Result;
use crate::failpoints::{Failpoint, reach};
use crate::log::embedded::EmbeddedLog;
use crate::log::{Log, NewRecord};
use crate::planted::{Bug, is_planted};

/// Sends under one name.
pub(super) struct EmbeddedOutbox {
    log: Arc<EmbeddedLog>,
    name: String,
}

impl EmbeddedOutbox {
    pub(super) fn new(log: Arc<EmbeddedLog>, name: &str) -> Self {
        Self { log, name: name.to_owned() }
    }
}

impl Outbox for EmbeddedOutbox {
    fn take_over(&mut self) -> Result<Option<Frontier>> {
        self.log.ensure_topic(TOPIC)?;
        let end = self.log.ends(TOPIC)?.first().copied().unwrap_or(0);
        newest(&*self.log, TOPIC, end, &self.name)
    }

    fn send(&mut self, messages: Vec<Message>, frontier: &Frontier) -> Result<()> {
        let mut appends: BTreeMap<Arc<str>, Vec<NewRecord>> = BTreeMap::new();
        for message in messages {
            let id = Some(message.id(&self.name));
            let Message { topic, key, value, .. } = message;
            appends.entry(topic).or_default().push(NewRecord { key, value, id, ..NewRecord::default() });
        }
        let mut appends: Vec<_> =
            appends.into_iter().map(|(topic, records)| (topic.to_string(), records)).collect();
        if is_planted(Bug::FrontierBeside) {
            self.log.append_all(std::mem::take(&mut appends))?;
            reach(Failpoint::RelaySent);
        }
        let (key, value) = (Some(self.name.clone().into_bytes()), Some(frontier.encode()?));
        appends.push((TOPIC.to_owned(), vec![NewRecord { key, value, ..NewRecord::default() }]));
        self.log.append_all(appends).map(drop)
    }
}
