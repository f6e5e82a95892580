//! A log on another machine that does not answer metadata requests for a while: versions continue to fold.

use parking_lot::{Condvar, Mutex};

use super::versions::{World, wait, wait_caught_up, with_topic};
use super::*;
use foldline_core::position::Position;
use foldline_log::embedded::EmbeddedLog;
use foldline_log::{Log, LogReader, NewRecord, Start};
use foldline_testkit::canned::echo;

/// A log that returns records, but answers no metadata request while it is silent.
struct Remote {
    log: Arc<EmbeddedLog>,
    is_silent: Mutex<bool>,
    /// How many metadata requests wait for an answer.
    waiting: Mutex<usize>,
    changed: Condvar,
}

impl Remote {
    fn answer<T>(&self, answer: T) -> T {
        *self.waiting.lock() += 1;
        self.changed.wait_while(&mut self.is_silent.lock(), |is_silent| *is_silent);
        *self.waiting.lock() -= 1;
        answer
    }

    fn silence(&self, is_silent: bool) {
        *self.is_silent.lock() = is_silent;
        self.changed.notify_all();
    }
}

impl Log for Remote {
    fn topics(&self) -> Result<Vec<String>> {
        self.answer(self.log.topics())
    }
    fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        if topic == "views" {
            return self.answer(Ok(None));
        }
        self.answer(self.log.partitions(topic))
    }
    fn ensure_topic(&self, topic: &str) -> Result<bool> {
        self.answer(Ok(topic != "views"))
    }
    fn starts(&self, topic: &str) -> Result<Vec<u64>> {
        self.answer(self.log.starts(topic))
    }
    fn ends(&self, topic: &str) -> Result<Vec<u64>> {
        self.answer(self.log.ends(topic))
    }
    fn is_remote(&self) -> bool {
        true
    }
    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<Position> {
        self.log.append(topic, records)
    }
    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        self.log.reader(starts)
    }
}

#[test]
fn a_version_folds_on_while_a_log_does_not_say_what_it_holds() {
    let world = World::new(1);
    world.append_new("likes", 100);
    let remote = world.log_as(|log| Remote {
        log,
        is_silent: Mutex::new(false),
        waiting: Mutex::new(0),
        changed: Condvar::new(),
    });
    let log = Arc::clone(&remote) as Arc<dyn Log>;
    let feeds = Arc::new(Feeds::new(log, threads(Some(2)).unwrap(), 1 << 20));
    // The version looks for a missing topic every second.
    let (handle, _worker) = world.start("1", &feeds, &with_topic(echo("g", "timestamp"), "views"));
    wait_caught_up(&handle);
    remote.silence(true);
    wait("a question", &handle, |_| *remote.waiting.lock() > 0);
    world.append_new("likes", 100);
    wait("what came meanwhile", &handle, |progress| {
        progress.shown.as_ref().is_some_and(|shown| shown.next_offset("likes", 0) == 200)
    });
    remote.silence(false);
}
