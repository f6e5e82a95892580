//! One flush at a time, whatever the sink does.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use foldline_core::position::Position;

use super::*;
use foldline_base::error::Result;
use foldline_core::BATCH_ROWS;
use foldline_sink::{DocumentChunks, Documents, FlushHead, Interrupt, Sink, SinkProgress};
use foldline_testkit::canned::echo;
use foldline_testkit::results;

const PATIENCE: Duration = Duration::from_secs(60);

/// A flush: its number, and the number of documents of each chunk.
type Asked = (u64, Vec<usize>);

/// A sink that reports each write, and performs it when it is allowed to.
struct GatedSink {
    progress: SinkProgress,
    asked: Sender<Asked>,
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

    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        let mut documents = Vec::new();
        while let Some(chunk) = chunks.next()? {
            documents.push(chunk.changes.len());
        }
        self.asked.send((head.seq, documents)).unwrap();
        // An error means that the other end was dropped: the test is over.
        let _ = self.may.recv();
        Ok(())
    }
}

fn flusher() -> (Flusher, Receiver<Asked>, Sender<()>) {
    let (asked, is_asked) = channel();
    let (open, may) = channel();
    let sink = Box::new(GatedSink { progress: SinkProgress::default(), asked, may });
    let source = SinkSource::Opened(sink, Box::new(|_| unreachable!("it is not opened again")));
    let engine = foldline_testkit::engine();
    let module = engine.validate(None, &echo("like-count", "timestamp").build()).unwrap();
    (Flusher::start("test", module, source, Arc::new(AtomicBool::new(false))).unwrap(), is_asked, open)
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
        assert_eq!(asked.recv_timeout(PATIENCE).unwrap(), (seq, vec![]));
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
fn what_shards_have_is_one_request_where_it_fits() {
    let (mut flusher, asked, open) = flusher();
    for (rows, chunks) in [
        (vec![1, 1, 1], vec![3]),
        (vec![BATCH_ROWS - 1, 1, 1], vec![BATCH_ROWS, 1]),
        (vec![BATCH_ROWS, 0, BATCH_ROWS, 2, 3], vec![BATCH_ROWS, BATCH_ROWS, 5]),
        (vec![], vec![]),
    ] {
        let removed = |rows: usize| RowsBatch {
            ids: Vec::new(),
            rows: results(0),
            deleted: vec!["removed".to_owned(); rows],
        };
        let changes = Changes::Rows(rows.into_iter().map(removed).collect());
        flusher.send(Job::Flush { seq: 1, position: Position::default(), changes });
        open.send(()).unwrap();
        assert!(flusher.poll(PATIENCE).is_some());
        assert_eq!(asked.recv_timeout(PATIENCE).unwrap(), (1, chunks));
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
