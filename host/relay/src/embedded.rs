//! Sends messages to topics of the embedded log: one append holds them and the frontier.
//!
//! No sender has to be fenced: the data folder has one host, and that host has one thread per relay.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::frontier::{Frontier, TOPIC, newest};
use super::message::Message;
use super::outbox::{Outbox, RelayTarget};
use foldline_base::error::Result;
use foldline_base::failpoints::{Failpoint, reach};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::embedded::EmbeddedLog;
use foldline_log::{Log, NewRecord};

/// The embedded log as a relay target.
pub struct EmbeddedTarget(Arc<EmbeddedLog>);

impl EmbeddedTarget {
    /// Returns the embedded log as a relay target.
    pub fn new(log: Arc<EmbeddedLog>) -> Self {
        Self(log)
    }
}

impl RelayTarget for EmbeddedTarget {
    fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.0) as Arc<dyn Log>
    }

    fn frontiers(&self) -> &str {
        TOPIC
    }

    fn open(&self, name: &str, _: &str) -> Box<dyn Outbox> {
        Box::new(EmbeddedOutbox::new(Arc::clone(&self.0), name))
    }
}

/// The outbox of one name.
struct EmbeddedOutbox {
    log: Arc<EmbeddedLog>,
    name: String,
}

impl EmbeddedOutbox {
    fn new(log: Arc<EmbeddedLog>, name: &str) -> Self {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use foldline_log::Start;
    use foldline_log::embedded::EmbeddedOptions;
    use foldline_log::embedded::disk::DyingDisk;

    use super::*;
    use crate::message::MessageOrigin;

    fn options() -> EmbeddedOptions {
        EmbeddedOptions {
            partitions: 2,
            partitions_of: BTreeMap::new(),
            record_bytes_max: 1 << 20,
            clock: Arc::new(|| 1_700_000_000_000),
        }
    }

    /// Returns the values of a topic, each a number.
    fn values(log: &EmbeddedLog, topic: &str) -> Vec<u64> {
        let partitions = log.partitions(topic).unwrap().unwrap();
        let start = |partition| Start { topic: topic.to_owned(), partition, next_offset: 0 };
        let mut reader = log.reader(&(0..partitions).map(start).collect::<Vec<_>>()).unwrap();
        let mut values = Vec::new();
        loop {
            let batches = reader.poll(1 << 20, Duration::ZERO).unwrap();
            if batches.is_empty() {
                return values;
            }
            for batch in &batches {
                let records = batch.iter().map(|record| record.value.unwrap());
                values
                    .extend(records.map(|value| std::str::from_utf8(value).unwrap().parse::<u64>().unwrap()));
            }
        }
    }

    #[test]
    fn after_a_death_at_any_call_messages_are_there_with_their_frontier_or_not_at_all() {
        let message = |number: u64| Message {
            topic: if number.is_multiple_of(2) { "mail".into() } else { "news".into() },
            key: Some(number.to_string().into_bytes()),
            value: Some(number.to_string().into_bytes()),
            origin: MessageOrigin {
                topic: "likes".into(),
                partition: 0,
                offset: number,
                number: 0,
                adoptions: 0,
            },
        };
        for dies_at in 0.. {
            let dir = tempfile::tempdir().unwrap();
            let calls = Arc::new(AtomicUsize::new(0));
            let disk = DyingDisk::new(calls.clone(), dies_at);
            let log = Arc::new(EmbeddedLog::open_on(dir.path(), options(), Box::new(disk)).unwrap());
            let mut dying = EmbeddedTarget::new(Arc::clone(&log)).open("relay", "a test");
            let acknowledged = (1..=4_u64).filter(|sent| {
                let messages = (3 * (sent - 1)..3 * sent).map(message).collect();
                dying.send(messages, &Frontier { sent: 3 * sent, ..Frontier::default() }).is_ok()
            });
            let acknowledged = acknowledged.count() as u64;
            drop((dying, log));

            let log = Arc::new(EmbeddedLog::open(dir.path(), options()).unwrap());
            let frontier = EmbeddedTarget::new(Arc::clone(&log)).open("relay", "a test").take_over().unwrap();
            let sent = frontier.map_or(0, |frontier| frontier.sent);
            let mut found: Vec<u64> = Vec::new();
            for topic in log.topics().unwrap() {
                found.extend(values(&log, &topic));
            }
            found.sort_unstable();
            assert_eq!(found, (0..sent).collect::<Vec<_>>(), "death at call {dies_at}");
            assert!(sent >= 3 * acknowledged, "death at call {dies_at}: {acknowledged} times acknowledged");
            if calls.load(Ordering::Relaxed) <= dies_at {
                assert!(dies_at > 20, "the workload reaches the disk");
                return;
            }
        }
    }
}
