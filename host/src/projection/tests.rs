//! One flush at a time, whatever the sink does.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use foldline_core::position::Position;

use super::*;
use crate::error::Result;
use crate::module::tests::canned::echo;
use crate::sink::{Documents, FlushHead, Interrupt, Portions, Sink, SinkProgress};

const PATIENCE: Duration = Duration::from_secs(60);

/// Says what it was asked to write, and writes it when it may.
struct GatedSink {
    progress: SinkProgress,
    asked: Sender<u64>,
    may: Receiver<()>,
}

impl Sink for GatedSink {
    fn progress(&self) -> &SinkProgress {
        &self.progress
    }

    fn interrupt(&self) -> Interrupt {
        Box::new(|| {})
    }

    fn load(&mut self, _: &Documents) -> Result<()> {
        Ok(())
    }

    fn flush(&mut self, head: &FlushHead, _: &mut dyn Portions) -> Result<()> {
        self.asked.send(head.seq).unwrap();
        // Whoever holds the other end gave up: the test is over.
        let _ = self.may.recv();
        Ok(())
    }
}

fn flusher() -> (Flusher, Receiver<u64>, Sender<()>) {
    let (asked, is_asked) = channel();
    let (open, may) = channel();
    let sink = Box::new(GatedSink { progress: SinkProgress::default(), asked, may });
    let engine = crate::module::tests::engine();
    let module = engine.validate(None, &echo("like-count", "timestamp").build()).unwrap();
    (
        Flusher::start("test", module, SinkSource::Opened(sink), Arc::new(AtomicBool::new(false))).unwrap(),
        is_asked,
        open,
    )
}

fn job(seq: u64) -> Job {
    let mut position = Position::default();
    position.set("likes", 0, seq);
    Job::Flush { seq, position, changes: Changes::Rows(Vec::new()) }
}

#[test]
fn a_flush_is_in_flight_until_the_sink_has_taken_it() {
    let (mut flusher, asked, open) = flusher();
    for seq in 1..=3 {
        assert!(!flusher.in_flight());
        flusher.send(job(seq));
        assert_eq!(asked.recv_timeout(PATIENCE).unwrap(), seq);
        assert!(flusher.poll(Duration::ZERO).is_none());
        assert!(flusher.in_flight(), "the sink has not answered");
        open.send(()).unwrap();
        let done = flusher.poll(PATIENCE);
        assert!(
            matches!(done, Some(Done::Flushed { position, .. }) if position.next_offset("likes", 0) == seq)
        );
    }
}

#[test]
#[should_panic(expected = "a flush while another is in flight")]
fn a_second_flush_is_refused_while_one_is_in_flight() {
    let (mut flusher, _asked, open) = flusher();
    flusher.send(job(1));
    // Opened before the panic, so that the thread can end.
    open.send(()).unwrap();
    flusher.send(job(2));
}
