//! A client that appends likes, reads each answer back, and knows the right answer from sets, without code of the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use foldline_core::position::Position;
use serde_json::Value;

use crate::host::{Host, wait_for};
use crate::http::{self, Http};
use crate::world::Rng;

/// Likes per append.
const BATCH: u64 = 20;

/// Appends that like the same posts; then others come up, so that the answers keep changing.
const APPENDS: u64 = 25;

/// Everything that was appended to the topic `likes`. There is only this client.
pub struct Client {
    rng: Rng,
    likes: u64,
    users: BTreeMap<String, BTreeSet<u64>>,
    /// The post of the last like.
    last: String,
    /// Counts that were shown before.
    shown: BTreeMap<String, u64>,
}

impl Client {
    /// Returns a client that has appended nothing.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            likes: 0,
            users: BTreeMap::new(),
            last: String::new(),
            shown: BTreeMap::new(),
        }
    }

    /// Returns the number of appended likes.
    pub fn likes(&self) -> u64 {
        self.likes
    }

    /// Returns the exact counts by post.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.users.iter().map(|(post, users)| (post.clone(), users.len() as u64)).collect()
    }

    /// Appends this many likes at once. Returns the position after them.
    ///
    /// # Panics
    /// Panics when the host refuses.
    pub fn append(&mut self, url: &str, likes: u64) -> String {
        let mut lines = String::new();
        for _ in 0..likes {
            let first = self.likes / (APPENDS * BATCH) * 10;
            // Some posts are liked once and never again.
            let post =
                if self.likes % 50 == 49 { 1_000_000 + self.likes } else { first + self.rng.below(15) };
            let user = self.rng.below(250);
            let timestamp = 1_700_000_000_000 + self.likes * 10;
            writeln!(
                lines,
                r#"{{"key":"p{post}","value":{{"user_id":"u{user}","post_id":"p{post}","timestamp":{timestamp}}}}}"#
            )
            .expect("writing to a text cannot fail");
            self.last = format!("p{post}");
            self.users.entry(self.last.clone()).or_default().insert(user);
            self.likes += 1;
        }
        let answer = http::append(url, "likes", lines).expect("the host answers").accepted();
        answer.value()["token"].as_str().expect("a token").to_owned()
    }

    /// Reads some documents: none has vanished, and no count has decreased.
    fn look(&mut self, url: &str) {
        let answer = http::get(&format!("{url}/api/v1/projections/like-count/documents?limit=100"));
        let page = answer.expect("the host shows documents").accepted().value();
        let documents = page["documents"].as_array().expect("documents");
        assert!(documents.len() >= self.shown.len().min(100), "{} documents", documents.len());
        for document in documents {
            let id = document["id"].as_str().expect("an id");
            let count = document["document"]["count"].as_u64().expect("a count");
            let before = self.shown.insert(id.to_owned(), count).unwrap_or(0);
            assert!(before <= count, "{id}: {before} shown, then {count}");
        }
    }

    /// Appends a few likes, checks some documents, and reads the document that the last like changed.
    ///
    /// # Panics
    /// Panics when the document is not exactly as expected.
    pub fn append_and_read(&mut self, url: &str) {
        let token = self.append(url, BATCH);
        self.look(url);
        let (post, users) = (&self.last, &self.users[&self.last]);
        let document =
            format!("{url}/api/v1/projections/like-count/documents/{post}?at_least={token}&wait=60s");
        let answer = http::get(&document).unwrap_or_else(|error| panic!("{post} at {token}: {error:?}"));
        let answer = answer.accepted();
        let version = answer.header("foldline-version");
        assert_eq!(answer.value()["document"]["count"], users.len(), "{post} of {version} at {token}");
    }

    /// Keeps appending and reading back, one append after the other, until it is stopped.
    pub fn keep_appending(self, host: &Host) -> Appending {
        self.keep(host, Self::append_and_read)
    }

    /// Keeps appending as fast as the host accepts it, so that versions are rarely at the log's end, until it is stopped.
    pub fn keep_appending_unread(self, host: &Host) -> Appending {
        self.keep(host, |client, url| drop(client.append(url, 30 * BATCH)))
    }

    fn keep(mut self, host: &Host, step: fn(&mut Self, &str)) -> Appending {
        let (stop, appends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = std::thread::spawn({
            let (url, stop, appends) = (host.url.clone(), Arc::clone(&stop), Arc::clone(&appends));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    step(&mut self, &url);
                    appends.fetch_add(1, Ordering::Relaxed);
                }
                self
            }
        });
        Appending { stop, appends, thread }
    }

    /// Asserts that the host shows exactly the counts of everything that was appended.
    ///
    /// # Panics
    /// Panics when it does not.
    pub fn check(&self, host: &Host) {
        host.wait_embedded("like-count");
        assert_eq!(counts(&host.documents("like-count")), self.counts());
    }
}

/// Returns the counts in documents, by id.
///
/// # Panics
/// Panics for a text that is not a document of `like-count`.
pub fn counts(documents: &[String]) -> BTreeMap<String, u64> {
    let count = |line: &String| {
        let line: Value = serde_json::from_str(line).expect("a document");
        let id = line["id"].as_str().expect("an id").to_owned();
        (id, line["document"]["count"].as_u64().expect("a count"))
    };
    documents.iter().map(count).collect()
}

/// A reader on its own thread, which must never be shown anything older than it has seen.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<BTreeSet<String>>,
}

impl Watch {
    /// Starts reading without pause.
    pub fn start(host: &Host) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (url, stop) = (host.url.clone(), Arc::clone(&stop));
            move || watch(&url, &stop)
        });
        Self { stop, thread }
    }

    /// Stops reading. Returns the versions that answered.
    ///
    /// # Panics
    /// Panics when something older was shown.
    pub fn stop(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("nothing older was shown")
    }
}

fn watch(url: &str, stop: &AtomicBool) -> BTreeSet<String> {
    let http = Http::default();
    let (mut before, mut versions) = (Position::default(), BTreeSet::new());
    while !stop.load(Ordering::Relaxed) {
        let answer = http.get(&format!("{url}/api/v1/projections/like-count/documents?limit=1"));
        let answer = answer.expect("the host shows documents").accepted();
        let version = answer.header("foldline-version");
        let position: Position = answer.header("foldline-position").parse().expect("a position");
        assert!(position.covers(&before), "{before} shown, then {position} by {version}");
        before = position;
        versions.insert(version.to_owned());
        let page = answer.value();
        assert_eq!(page["documents"].as_array().map(Vec::len), Some(1), "{page}");
    }
    versions
}

/// A client that appends on its own thread.
pub struct Appending {
    stop: Arc<AtomicBool>,
    appends: Arc<AtomicU64>,
    thread: JoinHandle<Client>,
}

impl Appending {
    /// Waits until something is appended and read back that began after this call.
    ///
    /// # Panics
    /// Panics when an answer was wrong, or when no answer comes.
    pub fn goes_on(&self) {
        // The append under way began before this call.
        let target = self.appends.load(Ordering::Relaxed) + 2;
        wait_for("an answer to an append", || {
            assert!(!self.thread.is_finished(), "an answer was wrong");
            (self.appends.load(Ordering::Relaxed) >= target).then_some(())
        });
    }

    /// Stops it.
    ///
    /// # Panics
    /// Panics when an answer was wrong.
    pub fn stop(self) -> Client {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("every answer was right")
    }
}
