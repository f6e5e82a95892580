//! The thread of one relay: takes its name over, reads on from the frontier, and sends. After any trouble it starts over.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use foldline_core::skips::Skips;
use tracing::{error, info, warn};

use super::frontier::{Frontier, StartAt};
use super::message::Message;
use super::outbox::{Outbox, RelayTarget};
use super::progress::RelayHandle;
use super::relayer::Relayer;
use super::sent::SentNote;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_base::notifier::Notifier;
use foldline_base::panics;
use foldline_base::planted::{Bug, is_planted};
use foldline_core::BATCH_ROWS;
use foldline_decode::DecodeLimits;
use foldline_log::RecordBatch;
use foldline_log::lineage::{Lineage, Unproven};
use foldline_module::ValidatedModule;
use foldline_source::assignment::{Assignment, log_end, log_start};
use foldline_source::feed::batch::parts;
use foldline_source::feed::{Feeds, Taken, offset_of};
use foldline_source::skipping::SkipBook;

/// Maximum bytes and number of records that are read at once: some calls of the module.
const READ_BYTES: usize = 1 << 20;
const READ_ROWS: usize = 4 * BATCH_ROWS;
/// Maximum bytes of messages that are sent together, unless one record makes more.
const SEND_BYTES: usize = 4 << 20;
/// How long the frontier may lag behind records that make no message: reading them again costs little.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// How often it wakes up while nothing comes.
const IDLE: Duration = Duration::from_millis(200);
/// Pause between two tries, at first and at most.
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// What a relay needs to run.
pub struct RelayConfig {
    /// The live version's module.
    pub module: ValidatedModule,
    /// The log, read together with versions that stand near.
    pub feeds: Arc<Feeds>,
    /// The log that messages go to.
    pub target: Arc<dyn RelayTarget>,
    /// The settings on which verdicts about records depend.
    pub limits: DecodeLimits,
    /// The nonce of this process.
    pub owner: String,
    /// The file of the note that says how far it has sent.
    pub sent_file: PathBuf,
    /// Where it starts inputs that were never relayed.
    pub start_at: StartAt,
    /// The skips of projections.
    pub skips: Arc<SkipBook>,
}

/// A relay's thread. Dropping it stops the thread and waits for it.
pub struct Relay {
    handle: Arc<RelayHandle>,
    stop: Arc<AtomicBool>,
    notifier: Arc<Notifier>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Starts the thread. It reports everything through `handle`.
    ///
    /// # Errors
    /// `Internal` when the system refuses a thread.
    pub fn start(config: RelayConfig, handle: Arc<RelayHandle>) -> Result<Self> {
        let (stop, notifier) = (Arc::new(AtomicBool::new(false)), Arc::new(Notifier::default()));
        let unproven = Some(config.feeds.lineage().expect(handle.topics()));
        let thread = std::thread::Builder::new()
            .name(format!("relay {}", handle.name()))
            .spawn({
                let (handle, stop, notifier) =
                    (Arc::clone(&handle), Arc::clone(&stop), Arc::clone(&notifier));
                move || {
                    let runner = Runner { config, handle: Arc::clone(&handle), stop, notifier, unproven };
                    let relay = || {
                        runner.run();
                        Ok(())
                    };
                    if let Err(error) = panics::contain(relay) {
                        halt(&handle, &error);
                    }
                }
            })
            .kind(ErrorKind::Internal, "starting a relay")?;
        Ok(Self { handle, stop, notifier, thread: Some(thread) })
    }

    /// Returns the handle.
    pub fn handle(&self) -> &Arc<RelayHandle> {
        &self.handle
    }

    /// Tells the thread to stop after its present send.
    pub fn request_stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.notifier.notify();
    }

    /// Returns whether it was told to stop, and must not be relied on any more.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Returns whether the thread has ended, so that nothing is sent any more.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.request_stop();
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

fn halt(handle: &RelayHandle, error: &Error) {
    error!(relay = handle.name(), version = handle.version(), %error, "relay halted");
    let way_on = format!("once that is fixed, `foldline resume {}` tries again", handle.name());
    handle.publish(|progress| progress.halted = Some(error.with_way_on(way_on)));
}

struct Runner {
    config: RelayConfig,
    handle: Arc<RelayHandle>,
    stop: Arc<AtomicBool>,
    notifier: Arc<Notifier>,
    /// Held until the frontier was compared with the log for the first time.
    unproven: Option<Unproven>,
}

impl Runner {
    fn run(mut self) {
        let handle = Arc::clone(&self.handle);
        let (name, version) = (handle.name(), handle.version());
        let mut outbox = self.config.target.open(name, &self.config.owner);
        let mut pause = RETRY_MIN;
        while !self.is_stopped() {
            let error = match self.session(&mut *outbox, &mut pause) {
                Ok(()) => break,
                Err(error) => error,
            };
            if !is_passing(error.kind()) {
                return halt(&handle, &error);
            }
            let text = error.to_string();
            if self.handle.look(|progress| progress.trouble.as_ref() != Some(&text)) {
                warn!(relay = name, version, error = text, "relay in trouble, trying again");
                self.handle.publish(|progress| progress.trouble = Some(text));
            }
            self.pause(pause);
            pause = (pause * 2).min(RETRY_MAX);
        }
        info!(relay = name, version, "relay stopped");
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        // New records wake the thread too, but only a stop ends the pause.
        while !self.is_stopped() && Instant::now() < until {
            self.notifier.wait_until(self.notifier.seen(), until);
        }
    }

    /// Takes the name over, and sends until told to stop.
    fn session(&mut self, outbox: &mut dyn Outbox, pause: &mut Duration) -> Result<()> {
        let RelayConfig { module, feeds, target, start_at, owner, .. } = &self.config;
        target.refuse_loop(self.handle.topics(), &module.description().relay_topics)?;
        let mut sent = SentNote::new(self.config.sent_file.clone(), target.frontiers());
        let read = outbox.take_over()?;
        reach(Failpoint::RelayTakenOver);
        let noted = sent.noted()?;
        // Check both before returning an error: if inputs and frontiers both went back, both are reported.
        let adopted = self.adopted_inputs(read.as_ref(), noted.as_ref().map(|noted| &noted.frontier));
        let begins_again = adopted.as_deref().unwrap_or_default();
        let found = sent.agree(read.clone(), noted, begins_again, feeds.lineage());
        let (adopted, found) = (adopted?, found?);
        let start = match start_at {
            StartAt::Promotion(position) => position.clone(),
            StartAt::FirstRecord => log_start(feeds.log().as_ref(), self.handle.topics())?,
        };
        let mut frontier = Frontier::continued(found, self.handle.topics(), &start, owner);
        self.begin_again(&mut frontier, adopted)?;
        self.unproven = None;
        let RelayConfig { module, feeds, limits, .. } = &self.config;
        let of_topic =
            |topic: &String| (topic.clone(), feeds.lineage().adoptions(topic).max(frontier.adoptions(topic)));
        let adoptions = self.handle.topics().iter().map(of_topic).collect();
        if is_planted(Bug::RelayStartChosen) {
            frontier.position = log_end(feeds.log().as_ref(), self.handle.topics())?;
        }
        for topic in self.handle.topics() {
            if let Some(id) = feeds.log().topic_id(topic)? {
                frontier.identify(topic, &feeds.lineage().kept_id(topic, &id));
            }
        }
        // Compared with the ids, which hold the number of adoptions.
        let kept = |frontier: &Frontier| frontier.position.kept().to_string();
        if read.as_ref().is_none_or(|read| *read != frontier || kept(read) != kept(&frontier)) {
            outbox.send(Vec::new(), &frontier)?;
            reach(Failpoint::RelayClaimed);
        }
        sent.note(&frontier, feeds.lineage());
        let mut source = Assignment::new(
            Arc::clone(feeds),
            Arc::clone(&self.notifier),
            module.description().inputs.clone(),
        );
        let of_inputs = frontier.position.of_topics(self.handle.topics().iter().map(String::as_str));
        source.open(&of_inputs, &of_inputs)?;
        source.identify(|topic, id| frontier.identify(topic, id));
        info!(relay = self.handle.name(), version = self.handle.version(), position = %of_inputs, "relaying");
        let mut session = RelaySession {
            handle: &self.handle,
            outbox,
            relayer: Relayer::new(module.clone(), limits).after_adoptions(adoptions),
            skips: &self.config.skips,
            frontier,
            sent,
            lineage: feeds.lineage(),
            messages: Vec::new(),
            bytes: 0,
            saved: Instant::now(),
            unsaved: false,
        };
        session.publish(source.missing());
        while !self.is_stopped() {
            let seen = self.notifier.seen();
            let taken = source.poll(READ_BYTES, READ_ROWS, None, |_| 0)?;
            if source.take_opened() {
                source.identify(|topic, id| session.frontier.identify(topic, id));
                session.publish(source.missing());
            }
            if taken.is_empty() {
                session.sent.tend();
                if session.unsaved && session.saved.elapsed() >= SAVE_EVERY {
                    session.send()?;
                }
                self.notifier.wait_until(seen, Instant::now() + IDLE);
                continue;
            }
            session.relay(&taken)?;
            *pause = RETRY_MIN;
        }
        if session.unsaved { session.send() } else { Ok(()) }
    }
}

impl Runner {
    /// Returns the inputs that were adopted since they were read, according to the frontier or to this host's note.
    ///
    /// # Errors
    /// `Replaced` for an input that is not the one that was read, and was not adopted.
    fn adopted_inputs(&self, found: Option<&Frontier>, noted: Option<&Frontier>) -> Result<Vec<String>> {
        let feeds = &self.config.feeds;
        let mut adopted = Vec::new();
        for topic in self.handle.topics() {
            let claims = claims(topic, found, noted);
            if feeds.lineage().prove(feeds.log().as_ref(), std::slice::from_ref(topic), &claims)? {
                adopted.push(topic.clone());
            }
        }
        Ok(adopted)
    }

    /// Sets the start in adopted inputs, as the operator decided.
    fn begin_again(&self, frontier: &mut Frontier, adopted: Vec<String>) -> Result<()> {
        let feeds = &self.config.feeds;
        let (lineage, log) = (feeds.lineage(), feeds.log().as_ref());
        for topic in adopted {
            let Some(adoption) = lineage.adoption(&topic) else { continue };
            let start = match adoption.from_start {
                true => log_start(log, std::slice::from_ref(&topic))?,
                false => adoption.position,
            };
            info!(relay = self.handle.name(), topic, position = %start, "starts again in an adopted topic");
            frontier.position.replace_topic(&topic, &start);
        }
        Ok(())
    }
}

/// Returns the positions that claim something about an input. A note from before an adoption that the frontier knows of does
/// not count.
fn claims<'a>(topic: &str, found: Option<&'a Frontier>, noted: Option<&'a Frontier>) -> Vec<&'a Position> {
    let counts =
        |noted: &&Frontier| found.is_none_or(|found| noted.adoptions(topic) >= found.adoptions(topic));
    found.into_iter().chain(noted.filter(counts)).map(|frontier| &frontier.position).collect()
}

/// One stretch of sending, from a frontier that was read.
struct RelaySession<'a> {
    handle: &'a RelayHandle,
    outbox: &'a mut dyn Outbox,
    relayer: Relayer,
    skips: &'a SkipBook,
    /// The frontier, including everything that was read since.
    frontier: Frontier,
    sent: SentNote,
    lineage: &'a Lineage,
    /// Messages that are made but not sent yet.
    messages: Vec<Message>,
    bytes: usize,
    saved: Instant,
    /// Whether the frontier is ahead of the one in the log.
    unsaved: bool,
}

impl RelaySession<'_> {
    /// Makes the messages of some batches and sends them.
    fn relay(&mut self, taken: &[Taken]) -> Result<()> {
        for taken in taken {
            let Taken { batch, rows, offsets } = taken;
            let records = &batch.records;
            for rows in not_skipped(records, rows.clone(), &self.skips.of(self.handle.name()).relay) {
                self.relay_rows(records, rows.start, rows.end)?;
            }
            // Move also past offsets without records.
            self.frontier.position.set(records.topic(), records.partition(), offsets.end);
            if let Some(witness) = taken.witness() {
                self.frontier.position.witness(records.topic(), records.partition(), witness);
            }
            self.unsaved = true;
        }
        if !self.messages.is_empty() || self.saved.elapsed() >= SAVE_EVERY {
            self.send()?;
        } else {
            self.tell();
        }
        Ok(())
    }

    fn relay_rows(&mut self, records: &RecordBatch, start: usize, end: usize) -> Result<()> {
        let made = self.relayer.relay(records, start..end)?;
        let bytes: usize = made.messages.iter().map(Message::bytes).sum();
        if bytes > SEND_BYTES && end - start > 1 {
            // Too much to send together: relay the two halves again, which make the same messages.
            let middle = start.midpoint(end);
            drop(made);
            self.relay_rows(records, start, middle)?;
            return self.relay_rows(records, middle, end);
        }
        if self.bytes > 0 && self.bytes + bytes > SEND_BYTES {
            self.send()?;
        }
        self.frontier.sent += made.messages.len() as u64;
        self.frontier.add_dead_letters(&made.dead);
        self.messages.extend(made.messages);
        self.bytes += bytes;
        self.frontier.position.set(records.topic(), records.partition(), offset_of(records, end));
        self.unsaved = true;
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        self.bytes = 0;
        reach(Failpoint::RelaySending);
        self.outbox.send(std::mem::take(&mut self.messages), &self.frontier)?;
        reach(Failpoint::RelaySent);
        self.sent.note(&self.frontier, self.lineage);
        (self.saved, self.unsaved) = (Instant::now(), false);
        self.tell();
        Ok(())
    }

    /// Publishes the frontier.
    fn tell(&self) {
        self.handle.publish(|progress| {
            progress.frontier = Some(self.frontier.clone());
            progress.trouble = None;
        });
    }

    fn publish(&self, missing: &[String]) {
        self.handle.publish(|progress| missing.clone_into(&mut progress.missing_topics));
        self.tell();
    }
}

/// Returns the rows that are not skipped, in parts of at most [`BATCH_ROWS`].
fn not_skipped(records: &RecordBatch, rows: Range<usize>, skips: &Skips) -> Vec<Range<usize>> {
    let Some(skipped) = skips.of(records.topic(), records.partition()) else {
        return parts(rows.start, rows.end, BATCH_ROWS).collect();
    };
    let mut kept: Vec<Range<usize>> = Vec::new();
    for row in rows.filter(|&row| !skipped.contains(records.get(row).offset)) {
        match kept.last_mut() {
            Some(last) if last.end == row && last.len() < BATCH_ROWS => last.end += 1,
            _ => kept.push(row..row + 1),
        }
    }
    kept
}

/// Returns whether another try may help. Damage, a takeover by another host, and wrong configuration wait for an operator.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unavailable
            | ErrorKind::TimedOut
            | ErrorKind::NotFound
            | ErrorKind::Internal
            | ErrorKind::Lost
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_from_before_an_adoption_that_the_frontier_knows_of_claims_nothing() {
        let frontier = |position: &str| {
            let position = position.parse().unwrap();
            Frontier { position, topics: vec!["a".into()], ..Frontier::default() }
        };
        let (before, since) = (frontier("a#id,a:0:9"), frontier("a#id+1,a:0:5"));
        let claimed = |found: Option<&Frontier>, noted: Option<&Frontier>| -> Vec<String> {
            claims("a", found, noted).into_iter().map(ToString::to_string).collect()
        };
        assert_eq!(claimed(Some(&since), Some(&before)), ["a:0:5"], "another host went on since");
        assert_eq!(claimed(Some(&before), Some(&before)), ["a:0:9", "a:0:9"]);
        assert_eq!(claimed(Some(&before), Some(&since)), ["a:0:9", "a:0:5"]);
        assert_eq!(claimed(None, Some(&before)), ["a:0:9"]);
    }
}
