//! Measures how soon a like is visible in a sink's server while 20,000 others arrive per second.
//!
//! For each timed like, a bare client writes a document of its own to the same place in the server. The difference shows what
//! Foldline adds to the time that the server itself takes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::super::hosted::{Home, Hosted};
use super::super::likes::{PROJECTION, TOPIC};
use super::super::load;
use super::super::measured::{Measured, quantile};
use super::super::tools::Tools;
use super::server::Server;

/// Time limit for a document to become visible; only failing runs reach it.
const SEEN_MAX: Duration = Duration::from_secs(60);

/// The intervals and the duration of a measurement.
pub struct Pace {
    /// Interval between two timed likes.
    like_every: Duration,
    /// Interval between two queries of the server, which limits the precision.
    look_every: Duration,
    /// Initial time in which likes do not count, while the server's code and caches get warm.
    warms_up: Duration,
    lasts: Duration,
}

impl Pace {
    /// Four hundred likes; a hundred in a quick run.
    pub fn of_redis(is_quick: bool) -> Self {
        Self {
            like_every: Duration::from_millis(50),
            look_every: Duration::from_micros(200),
            warms_up: Duration::from_secs(5),
            lasts: Duration::from_secs(if is_quick { 5 } else { 20 }),
        }
    }

    /// As many, spread over many refreshes at different distances from them.
    pub fn of_elasticsearch(is_quick: bool) -> Self {
        Self {
            like_every: Duration::from_millis(149),
            look_every: Duration::from_millis(5),
            warms_up: Duration::from_secs(if is_quick { 5 } else { 15 }),
            lasts: Duration::from_secs(if is_quick { 15 } else { 60 }),
        }
    }
}

/// Measures likes through a fresh host, and a bare client's documents.
pub fn measure(tools: &Tools, server: &mut dyn Server, pace: &Pace) -> Result<(Measured, Measured)> {
    server.clear()?;
    let (name, url, settings) = (server.name(), server.url(), server.settings());
    let configuration = format!(
        "[sinks.watched.{name}]\nurl = \"{url}\"\n{settings}\n[projections]\nsinks = [\"watched\"]\n"
    );
    let home = Home::fresh(tools, name, &[&tools.like_count], None, &configuration)?;
    let host = home.start(tools)?;
    host.folded(&[PROJECTION])?;
    let mut probes = Probes { host: &host, server, pace, likes: 0, waiting: Vec::new() };
    let (measured, load) = load::during(&host, || probes.measure())?;
    let likes = probes.likes;
    host.folded(&[PROJECTION])?;
    host.check_status(1, load.records + likes)?;
    host.stop()?;
    home.remove()?;
    let (mut sink, bare) = measured;
    sink.events = (load.records_per_s * sink.wall_s) as u64;
    Ok((sink, bare))
}

struct Probes<'a> {
    host: &'a Hosted,
    server: &'a mut dyn Server,
    pace: &'a Pace,
    /// The number of likes appended.
    likes: u64,
    waiting: Vec<Waiting>,
}

/// A document that is not visible yet.
struct Waiting {
    id: String,
    is_bare: bool,
    since: Instant,
}

/// Milliseconds until documents were visible.
#[derive(Default)]
struct Seen {
    likes: Vec<f64>,
    bare: Vec<f64>,
}

impl Probes<'_> {
    fn measure(&mut self) -> Result<(Measured, Measured)> {
        // Once the first one is visible, readers are pointed to what the host writes.
        self.append()?;
        let mut unused = Seen::default();
        while !self.waiting.is_empty() {
            self.look(&mut unused)?;
        }
        self.time(self.pace.warms_up)?;
        let (before, began) = (self.host.usage()?, Instant::now());
        let Seen { mut likes, mut bare } = self.time(self.pace.lasts)?;
        let (after, wall_s) = (self.host.usage()?, began.elapsed().as_secs_f64());
        ensure!(!likes.is_empty(), "no like was timed");
        let measured = Measured {
            // The load reports its own number.
            events: 0,
            wall_s,
            cpu_s: after.cpu_s - before.cpu_s,
            peak_rss_bytes: after.peak_rss_bytes,
            more: [("p50_ms", quantile(&mut likes, 0.5)), ("p99_ms", quantile(&mut likes, 0.99))].into(),
        };
        let bare = Measured {
            more: [("p50_ms", quantile(&mut bare, 0.5)), ("p99_ms", quantile(&mut bare, 0.99))].into(),
            ..Measured::default()
        };
        Ok((measured, bare))
    }

    /// Appends likes and writes documents for some time. Returns how long each took to become visible.
    fn time(&mut self, lasts: Duration) -> Result<Seen> {
        let mut seen = Seen::default();
        let (began, mut next) = (Instant::now(), Instant::now());
        while began.elapsed() < lasts || !self.waiting.is_empty() {
            if began.elapsed() < lasts && next <= Instant::now() {
                next += self.pace.like_every;
                // The two writers alternate, because the one that goes first delays the other.
                if self.likes.is_multiple_of(2) {
                    self.append()?;
                    self.write()?;
                } else {
                    self.write()?;
                    self.append()?;
                }
            }
            self.look(&mut seen)?;
        }
        Ok(seen)
    }

    fn append(&mut self) -> Result<()> {
        self.likes += 1;
        let (nth, since) = (self.likes, Instant::now());
        let id = format!("like{nth}");
        let value = format!(r#"{{"user_id":"probe","post_id":"{id}","timestamp":{nth}}}"#);
        self.host.append_values(TOPIC, &value)?;
        self.waiting.push(Waiting { id, is_bare: false, since });
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        let (id, since) = (format!("bare{}", self.likes), Instant::now());
        self.server.write(&id)?;
        self.waiting.push(Waiting { id, is_bare: true, since });
        Ok(())
    }

    fn look(&mut self, seen: &mut Seen) -> Result<()> {
        std::thread::sleep(self.pace.look_every);
        if self.waiting.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = self.waiting.iter().map(|waiting| waiting.id.as_str()).collect();
        let answers = self.server.seen(&ids)?;
        let mut answers = answers.into_iter();
        self.waiting.retain(|Waiting { is_bare, since, .. }| {
            let is_seen = answers.next().unwrap_or(false);
            if is_seen {
                let times_ms = if *is_bare { &mut seen.bare } else { &mut seen.likes };
                times_ms.push(since.elapsed().as_secs_f64() * 1e3);
            }
            !is_seen
        });
        if let Some(Waiting { id, since, .. }) = self.waiting.first() {
            let name = self.server.name();
            ensure!(since.elapsed() < SEEN_MAX, "`{id}` is not seen in {name} within {SEEN_MAX:?}");
        }
        Ok(())
    }
}
