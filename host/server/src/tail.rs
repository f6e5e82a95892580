//! `GET topics/{t}/records`: reads records, and punctuations among them, as JSON lines, waiting for new ones.
//!
//! `partition=` with `offset=` (default: the first offset held) reads one partition. Without them, all are read, from `position=`
//! (as text; partitions that it does not name start at the first offset held). `limit=` bounds the number of records, and `wait=`
//! the time to wait for the first one. The answer's `Foldline-Position` says where to continue, even if no record came.

use std::time::{Duration, Instant};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use foldline_core::position::Position;
use tokio::sync::watch;

use super::app::App;
use super::parameters::{Page, Parameters, Wait};
use super::problem::{Answer, Refusal};
use super::topics;
use foldline_api::TopicPartition;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::{Log, LogEntry, LogReader, Start, json};

pub(super) const PAGE: Page = Page { default: 1_000, max: 10_000 };

/// 8 MiB of lines: an answer ends after the record that exceeds it.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// A tail waits at most 30 s for a first record, because it holds a thread.
pub(super) const WAIT: Wait =
    Wait { parameter: "wait", default: Duration::ZERO, max: Duration::from_secs(30) };

/// How often a waiting tail checks whether the server is stopping.
const SLICE: Duration = Duration::from_millis(250);

/// The request's parameters.
struct Wanted {
    topic: String,
    partition: Option<u32>,
    from: Position,
    limit: usize,
    wait: Duration,
}

pub(super) async fn read(
    State(app): State<App>,
    topic: std::result::Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let wanted = wanted(topic?.0, &parameters)?;
    let stopping = app.stopping.clone();
    let (lines, position) = app
        .blocking_of(&app.capacity.tails, move |host| {
            let log = host.log();
            let starts = starts(&*log, &wanted)?;
            let mut tail = Tail::new(&wanted.topic, &starts);
            tail.fill(&mut *log.reader(&starts)?, wanted.limit, wanted.wait, &stopping)?;
            Ok((tail.lines, tail.position))
        })
        .await?;
    let headers =
        [("foldline-position", position.to_string()), (CONTENT_TYPE.as_str(), "application/x-ndjson".into())];
    Ok((headers, lines).into_response())
}

fn wanted(topic: String, parameters: &Parameters) -> Answer<Wanted> {
    let partition = parameters.parsed("partition")?;
    let offset: Option<u64> = parameters.parsed("offset")?;
    let position: Option<Position> = parameters.parsed("position")?;
    let from = match (partition, offset, position) {
        (None, Some(_), _) => return Err(Refusal::bad_request("`offset` needs `partition`")),
        (Some(_), _, Some(_)) => {
            return Err(Refusal::bad_request("`position` is for all partitions: leave out `partition`"));
        }
        (Some(partition), Some(offset), None) => {
            let mut from = Position::default();
            from.set(&topic, partition, offset);
            from
        }
        (_, None, position) => position.unwrap_or_default(),
    };
    let limit = parameters.limit(PAGE)?;
    let wait = parameters.wait(WAIT)?.unwrap_or(WAIT.default);
    Ok(Wanted { topic, partition, from, limit, wait })
}

/// Returns where to start in each partition. An offset outside the log is the client's mistake, not damage.
fn starts(log: &dyn Log, wanted: &Wanted) -> Result<Vec<Start>> {
    let topic = &wanted.topic;
    let mut partitions = topics::describe(log, topic.clone())?.partitions;
    if let Some(partition) = wanted.partition {
        let count = partitions.len();
        partitions.retain(|held| held.partition == partition);
        if partitions.is_empty() {
            let message = format!("topic `{topic}` has no partition {partition}, only {count} from 0");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
    }
    let named = |partition| wanted.from.iter().find(|(named, at, _)| *named == topic && *at == partition);
    let start = |held: TopicPartition| {
        let TopicPartition { partition, start_offset, end_offset } = held;
        let next_offset = named(partition).map_or(start_offset, |(_, _, next_offset)| next_offset);
        if !(start_offset..=end_offset).contains(&next_offset) {
            let message = format!(
                "offset {next_offset} of `{topic}` partition {partition} is not held: it has {start_offset} to {end_offset}"
            );
            return Err(Error::new(ErrorKind::Data, message));
        }
        Ok(Start { topic: topic.clone(), partition, next_offset })
    };
    partitions.into_iter().map(start).collect()
}

/// Lines on their way to a client.
struct Tail {
    lines: Vec<u8>,
    records: usize,
    /// The position at which the client continues.
    position: Position,
}

impl Tail {
    fn new(topic: &str, starts: &[Start]) -> Self {
        let mut position = Position::default();
        for start in starts {
            position.set(topic, start.partition, start.next_offset);
        }
        Self { lines: Vec::new(), records: 0, position }
    }

    /// Reads until the limit, or until there is nothing more. Waits only for the first record.
    fn fill(
        &mut self,
        reader: &mut dyn LogReader,
        limit: usize,
        wait: Duration,
        stopping: &watch::Receiver<bool>,
    ) -> Result<()> {
        let began = Instant::now();
        while self.records < limit && self.lines.len() < ANSWER_BYTES_MAX {
            let left = if self.records == 0 { wait.saturating_sub(began.elapsed()) } else { Duration::ZERO };
            let batches = reader.poll(ANSWER_BYTES_MAX, left.min(SLICE))?;
            let nothing = batches.is_empty();
            for batch in batches {
                self.take(&batch, limit);
            }
            if nothing && (left.is_zero() || *stopping.borrow()) {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, batch: &foldline_log::RecordBatch, limit: usize) {
        let (topic, partition) = (batch.topic().clone(), batch.partition());
        for entry in batch.entries() {
            if self.records == limit || self.lines.len() >= ANSWER_BYTES_MAX {
                return;
            }
            let offset = match entry {
                LogEntry::Record(record) => {
                    let id = batch.row_of(record.offset).and_then(|row| batch.id(row));
                    json::print(&mut self.lines, &topic, partition, record, id);
                    record.offset
                }
                LogEntry::Punctuation(punctuation) => {
                    json::print_punctuation(&mut self.lines, &topic, partition, punctuation);
                    punctuation.offset
                }
            };
            self.lines.push(b'\n');
            self.records += 1;
            self.position.set(&topic, partition, offset + 1);
        }
        // Also past offsets without a record; otherwise the client would ask for them forever.
        self.position.set(&topic, partition, batch.next_offset());
    }
}
