//! All feeds of a host.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use foldline_core::description::Input;
use parking_lot::{Condvar, Mutex};
use rayon::ThreadPool;

use super::batch::Declared;
use super::ring::Ring;
use super::subscription::Subscription;
use super::{Feed, FeedState, reading};
use crate::throttle::Throttle;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::notifier::Notifier;
use foldline_base::panics;
use foldline_decode::DecodeLimits;
use foldline_log::lineage::Lineage;
use foldline_log::metadata::MetadataCache;
use foldline_log::{Log, Start};

/// All feeds of a host.
pub struct Feeds {
    log: Arc<dyn Log>,
    threads: Arc<ThreadPool>,
    limits: DecodeLimits,
    throttle: Throttle,
    lineage: Arc<Lineage>,
    metadata: Arc<MetadataCache>,
    pub(super) registry: Mutex<Registry>,
}

#[derive(Default)]
pub(super) struct Registry {
    next_id: u64,
    pub(super) by_topic: BTreeMap<String, Vec<Arc<Feed>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Feeds {
    /// Returns the feeds of a log, none yet. They decode on `threads`.
    pub fn new(log: Arc<dyn Log>, threads: Arc<ThreadPool>, limits: impl Into<DecodeLimits>) -> Self {
        Self {
            metadata: Arc::new(MetadataCache::new(Arc::clone(&log))),
            log,
            threads,
            limits: limits.into(),
            throttle: Throttle::default(),
            lineage: Arc::default(),
            registry: Mutex::default(),
        }
    }

    /// Returns the log that is read.
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// Returns the lineage of the log.
    pub fn lineage(&self) -> &Arc<Lineage> {
        &self.lineage
    }

    /// Returns what is known of topics, without waiting for the log.
    pub fn metadata(&self) -> &Arc<MetadataCache> {
        &self.metadata
    }

    /// Returns the threads that all versions share.
    pub fn threads(&self) -> &Arc<ThreadPool> {
        &self.threads
    }

    /// Returns the throttle of replays.
    pub fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// Subscribes to the topic that `inputs` read, from `position` on, which holds the next offset of each of its partitions.
    /// `notifier` is notified of new batches.
    ///
    /// # Errors
    /// As [`Log::reader`]; `Internal` when the system refuses a thread.
    pub fn subscribe(
        &self,
        inputs: &[Input],
        position: Vec<u64>,
        notifier: &Arc<Notifier>,
    ) -> Result<Subscription> {
        if let Some(joined) = self.join(inputs, &position, notifier, u64::MAX) {
            return Ok(joined);
        }
        let topic = &inputs[0].topic;
        let starts: Vec<Start> = (0..)
            .zip(&position)
            .map(|(partition, &next_offset)| Start { topic: topic.clone(), partition, next_offset })
            .collect();
        let reader = self.log.reader(&starts)?;
        let mut registry = self.registry.lock();
        let feed = Arc::new(Feed {
            id: registry.next_id,
            topic: topic.clone(),
            state: Mutex::new(FeedState {
                ring: Ring::new(position.clone()),
                subscribers: BTreeMap::new(),
                next_subscriber: 0,
                declared: Arc::new(Declared::new(Vec::new(), self.limits.clone())),
                limits: self.limits.clone(),
                trouble: None,
                ended: None,
            }),
            changed: Condvar::new(),
        });
        registry.next_id += 1;
        // Subscribe before the thread starts: a feed without subscribers ends.
        let subscription = Subscription::of(&feed, inputs, position, notifier)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a new feed refuses its first subscriber"))?;
        let thread = std::thread::Builder::new()
            .name(format!("read {topic}"))
            .spawn({
                let (feed, threads) = (Arc::clone(&feed), Arc::clone(&self.threads));
                move || {
                    let read = || {
                        reading::run(&feed, reader, &threads);
                        Ok(())
                    };
                    if let Err(error) = panics::contain(read) {
                        feed.end(error);
                    }
                }
            })
            .kind(ErrorKind::Internal, "starting a thread that reads a topic")?;
        registry.readers.retain(|reader| !reader.is_finished());
        registry.readers.push(thread);
        registry.by_topic.entry(topic.clone()).or_default().push(feed);
        Ok(subscription)
    }

    /// Subscribes to a feed that is older than feed `before` and whose ring reaches `position`, if there is one.
    fn join(
        &self,
        inputs: &[Input],
        position: &[u64],
        notifier: &Arc<Notifier>,
        before: u64,
    ) -> Option<Subscription> {
        let mut registry = self.registry.lock();
        let feeds = registry.by_topic.get_mut(&inputs[0].topic)?;
        feeds.retain(|feed| feed.state.lock().ended.is_none());
        feeds
            .iter()
            .take_while(|feed| feed.id < before)
            .find_map(|feed| Subscription::of(feed, inputs, position.to_vec(), notifier))
    }

    /// Moves a subscription to an older feed whose ring reaches its position, if there is one.
    pub fn move_up(&self, subscription: &mut Subscription, inputs: &[Input], notifier: &Arc<Notifier>) {
        if let Some(joined) = self.join(inputs, subscription.position(), notifier, subscription.feed_id()) {
            *subscription = joined;
        }
    }
}

impl Drop for Feeds {
    fn drop(&mut self) {
        let registry = std::mem::take(self.registry.get_mut());
        for feed in registry.by_topic.values().flatten() {
            feed.state.lock().ended.get_or_insert(None);
            feed.changed.notify_all();
        }
        for reader in registry.readers {
            // The thread's own panic has already been reported by the panic hook.
            let _ = reader.join();
        }
    }
}
