//! Writes the documents of one projection version, as the sole owner of its prefix.

use std::collections::VecDeque;
use std::sync::Arc;

use tracing::{info, warn};

use super::acked_progress::AckedProgressMap;
use super::eviction::refuse_eviction;
use super::keys::{Keys, pointed, remember};
use super::names::Prefix;
use super::script::{POINT, encode, hexadecimal};
use super::script_batch::ScriptBatch;
use super::servers::Servers;
use super::sweep::{Sweep, Swept};
use super::taken_prefix::TakenPrefix;
use super::turn::Turn;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::{DocumentChunks, Documents, FlushHead, Interrupt, Sink, SinkProgress};

/// Chunks of older generations deleted at each examination: some thousand keys every few seconds.
const SWEEP_STEPS: usize = 8;

/// The writing side of a version's prefix.
///
/// Only the embedded store remembers rows that could not be projected.
pub struct RedisSink {
    keys: Keys,
    turn: Turn,
    found: SinkProgress,
    /// Older generations, which are deleted once no readers are pointed there.
    left: VecDeque<Sweep>,
}

impl RedisSink {
    pub(super) fn new(
        keys: Keys,
        owner: &str,
        taken: TakenPrefix,
        servers: Servers,
        acked_progress: AckedProgressMap,
        left: VecDeque<Sweep>,
    ) -> Self {
        let TakenPrefix { prefix, term, step, progress, .. } = taken;
        let turn = Turn::new(owner, term, prefix, step, servers, acked_progress);
        Self { keys, turn, found: progress, left }
    }

    /// Moves the pointer here from the value that was read.
    fn move_pointer(&mut self, found: &str) -> Result<()> {
        let (key, prefix) = (&self.keys.pointer, self.turn.prefix.to_string());
        if found == prefix {
            return Ok(());
        }
        // Compared again on the server: a late request must not undo what came after it.
        let answer = self.turn.servers.run(&POINT, key, &[found, &prefix])?;
        if answer.first().is_some_and(|word| word == "ELSEWHERE") {
            let message = format!("redis key `{key}` was moved meanwhile");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        self.turn.judge(&answer)
    }

    /// Deletes a chunk of older generations that the pointer does not name.
    fn sweep(&mut self, pointed: &str) -> Result<()> {
        for _ in 0..SWEEP_STEPS {
            let Some(sweep) = self.left.front_mut() else { return Ok(()) };
            if pointed == sweep.prefix().to_string() {
                self.left.rotate_left(1);
                continue;
            }
            match sweep.step(&self.keys.prefixes, &mut self.turn.servers)? {
                Swept::More => continue,
                Swept::All => info!(prefix = %sweep.prefix(), "documents deleted from redis"),
                Swept::Theirs(theirs) => {
                    warn!(prefix = %sweep.prefix(), theirs, "documents are another installation's, and stay");
                }
            }
            self.left.pop_front();
        }
        Ok(())
    }
}

impl Sink for RedisSink {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    fn interrupt(&self) -> Interrupt {
        let breaker = Arc::clone(self.turn.servers.breaker());
        Box::new(move || breaker.trip())
    }

    fn load(&mut self, documents: &Documents) -> Result<()> {
        let seq = hexadecimal(0);
        let mut batch = ScriptBatch::new(&mut self.turn, "", &seq)?;
        for change in &documents.changes {
            batch.add(change, "")?;
        }
        batch.finish("")
    }

    /// A flush of one script is one round trip. With several, the first one carries the intent, and `lo` goes last.
    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        let acked = self.turn.acked();
        if !head.position.covers(&acked.hi) {
            let message = format!(
                "flush {} of `{}` at {} would go back behind {}",
                head.seq, self.turn.prefix, head.position, acked.hi
            );
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let label = self.turn.prefix.label().to_owned();
        self.turn.acked_progress.change(&label, |acked| acked.hi.raise_to(&head.position));
        let (before, seq) = (hexadecimal(head.seq.saturating_sub(1)), hexadecimal(head.seq));
        let position = encode(&head.position);
        let mut batch = ScriptBatch::new(&mut self.turn, &before, &seq)?;
        while let Some(chunk) = chunks.next()? {
            for change in &chunk.changes {
                batch.add(change, &position)?;
            }
        }
        batch.finish(&position)?;
        self.turn.acked_progress.change(&label, |acked| {
            acked.seq = acked.seq.max(head.seq);
            acked.lo = Some(head.position.clone());
        });
        if acked.lo.is_none() {
            info!(prefix = %self.turn.prefix, seq = head.seq, "documents are loaded");
        }
        Ok(())
    }

    fn point(&mut self) -> Result<()> {
        self.turn.check_control()?;
        if !self.turn.is_loaded() {
            let message = format!("readers would be pointed to `{}`, which is not loaded", self.turn.prefix);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let found = pointed(&mut self.turn.servers, &self.keys.pointer)?;
        self.move_pointer(&found)
    }

    fn examine(&mut self, live: bool) -> Result<()> {
        self.turn.check_control()?;
        let control = self.turn.prefix.control();
        refuse_eviction(&mut self.turn.servers, &control)?;
        remember(&mut self.turn.servers, &self.keys.prefixes, &self.turn.prefix)?;
        let found = pointed(&mut self.turn.servers, &self.keys.pointer)?;
        if live && self.turn.is_loaded() {
            let is_older = |prefix: &Prefix| {
                prefix.label() == self.turn.prefix.label()
                    && prefix.generation() < self.turn.prefix.generation()
            };
            let key = &self.keys.pointer;
            if found.is_empty() || self.keys.names.parse(&found).as_ref().is_some_and(is_older) {
                // In a cluster, the pointer alone may be lost or have gone back.
                warn!(key, found, "the pointer is not where it was, setting it again");
                self.move_pointer(&found)?;
            } else if found != self.turn.prefix.to_string() {
                // Documents are still written. The pointer is checked again, so deleting it is enough to fix this.
                let message = format!("redis key `{key}` holds `{found}` instead of `{}`", self.turn.prefix);
                return Err(Error::new(ErrorKind::Unavailable, message).with_hint(format!(
                    "it was changed by hand: delete `{key}`, and foldline sets it again within seconds"
                )));
            }
        }
        self.sweep(&found)
    }
}
