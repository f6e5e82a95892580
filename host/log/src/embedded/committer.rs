//! The committer: the one thread that writes the log, in groups, each synced before its appends are acknowledged.
//!
//! A group is all appends that came while the previous group was being synced. It is written completely or not at all: in one
//! file, its last block is marked; parts in several files count once the commits file says so.

use std::collections::HashMap;
use std::sync::Arc;

use foldline_core::position::Position;
use parking_lot::MutexGuard;

use super::block::{BlockEncoder, BlockPlace, EncodedBlock};
use super::commits::Commits;
use super::disk::{Disk, Failure};
use super::header::flags;
use super::partition::Partition;
use super::queue::{AppendRequest, Piece, Work};
use super::shared::Shared;
use super::writer::PartitionWriter;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::partly::Partly;
use foldline_base::planted::{Bug, is_planted};

/// Maximum number of files that are synced at once. With more, threads cost more than they save.
const SYNCS_MAX: usize = 8;

/// Writes the log.
pub(super) struct Committer {
    shared: Arc<Shared>,
    commits: Commits,
    next_group: u64,
    encoder: BlockEncoder,
    /// Partitions whose last block is not a seal.
    unsealed: Vec<Arc<Partition>>,
    /// The reason why nothing is written any more.
    broken: Option<Error>,
    /// Buffer for the blocks of one partition; kept to reuse its memory.
    blocks: Vec<u8>,
}

/// A partition's part of a group.
struct Touched {
    partition: Arc<Partition>,
    blocks: Vec<EncodedBlock>,
    next_offset: u64,
    /// (offset, position) of each block.
    places: Vec<(u64, u64)>,
    bytes: u64,
}

impl Committer {
    /// Returns a committer that starts with group `next_group`.
    ///
    /// # Errors
    /// `Internal` when there is no memory for a compressor.
    pub(super) fn new(
        shared: Arc<Shared>,
        commits: Commits,
        next_group: u64,
        unsealed: Vec<Arc<Partition>>,
    ) -> Result<Self> {
        let encoder = BlockEncoder::new()?;
        Ok(Self { shared, commits, next_group, encoder, unsealed, broken: None, blocks: Vec::new() })
    }

    /// Works until the log is closed, then seals what was written last.
    pub(super) fn run(mut self) {
        let shared = self.shared.clone();
        let _guard = AbandonOnDrop(&shared);
        let mut pause = shared.tuning.seal_after;
        loop {
            let wait = (!self.unsealed.is_empty()).then_some(pause);
            pause = shared.tuning.seal_after;
            match shared.queue.take(wait) {
                Work::Group(requests) => self.commit(requests),
                Work::Pause => {
                    self.seal_one();
                    // Seals are written one by one, so that an append waits for at most one.
                    pause = std::time::Duration::ZERO;
                }
                Work::End => break,
            }
        }
        if shared.tuning.seal_at_end {
            while !self.unsealed.is_empty() {
                self.seal_one();
            }
        }
    }

    fn commit(&mut self, requests: Vec<AppendRequest>) {
        let mut answers = Vec::with_capacity(requests.len());
        let outcome = match self.broken.clone() {
            Some(broken) => {
                answers.extend(requests.into_iter().map(|request| (request.answer, Position::default())));
                Err(broken)
            }
            None => self.gather(requests, &mut answers).and_then(|touched| self.write(touched)),
        };
        if outcome.is_ok() {
            self.shared.appended.notify();
        }
        for (answer, position) in answers {
            // A caller that has gone needs no answer.
            let _ = answer.send(outcome.clone().map(|()| position));
        }
    }

    /// Collects the pieces of all appends by partition, and the position after each append's records.
    fn gather(
        &mut self,
        requests: Vec<AppendRequest>,
        answers: &mut Vec<(std::sync::mpsc::SyncSender<Result<Position>>, Position)>,
    ) -> Result<Vec<Touched>> {
        let mut order: Vec<(Arc<Partition>, Vec<Piece>, u64)> = Vec::new();
        let mut index = HashMap::new();
        for request in requests {
            let mut position = Position::default();
            for part in request.parts {
                let at = *index.entry(Arc::as_ptr(&part.partition)).or_insert_with(|| {
                    let next_offset = part.partition.writer().next_offset;
                    order.push((part.partition.clone(), Vec::new(), next_offset));
                    order.len() - 1
                });
                let (partition, pieces, next_offset) = &mut order[at];
                *next_offset += part.pieces.iter().map(Piece::records).sum::<u64>();
                position.set(&partition.topic, partition.number, *next_offset);
                pieces.extend(part.pieces);
            }
            answers.push((request.answer, position));
        }
        let touched = order.into_iter().map(|(partition, pieces, next_offset)| {
            let blocks = self.encode(pieces)?;
            Ok(Touched { partition, blocks, next_offset, places: Vec::new(), bytes: 0 })
        });
        touched.collect()
    }

    fn encode(&mut self, pieces: Vec<Piece>) -> Result<Vec<EncodedBlock>> {
        let mut blocks = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Block(block) => {
                    if !self.encoder.is_empty() {
                        blocks.push(self.encoder.finish()?);
                    }
                    blocks.push(block);
                }
                Piece::Records(records) => {
                    for record in &records {
                        if !self.encoder.takes(record) {
                            blocks.push(self.encoder.finish()?);
                        }
                        self.encoder.push(record);
                    }
                }
            }
        }
        if !self.encoder.is_empty() {
            blocks.push(self.encoder.finish()?);
        }
        Ok(blocks)
    }

    /// Writes a group, syncs it, and shows it to readers. If that fails, takes all of it back.
    fn write(&mut self, mut touched: Vec<Touched>) -> Result<()> {
        let partitions: Vec<_> = touched.iter().map(|part| part.partition.clone()).collect();
        if touched.len() > 1 && !self.commits.is_in_place()? {
            let message = format!(
                "`commits` in `{}` was replaced or changed while the host ran",
                self.shared.dir.display()
            );
            let error = Error::new(ErrorKind::Unavailable, message)
                .with_hint("stop the host, restore the log folder as it was, and start it again");
            tracing::error!(%error, "no appends until a restart");
            self.broken = Some(error.clone());
            return Err(error);
        }
        let mut writers: Vec<_> = partitions.iter().map(|partition| partition.writer()).collect();
        for (partition, writer) in partitions.iter().zip(&mut writers) {
            partition.check(writer).map_err(|error| match touched.len() {
                1 => error,
                // All appends of the group are refused. If they are sent again, only those to this topic are.
                _ => Error::new(ErrorKind::Unavailable, error.message())
                    .with_hint("send the same records again"),
            })?;
        }
        if let Err(failure) = self.write_blocks(&mut touched, &mut writers) {
            return Err(self.take_back(&mut writers, failure));
        }
        for (part, writer) in touched.iter().zip(&mut writers) {
            writer.watch();
            part.partition.publish(writer, part.bytes, part.next_offset, &part.places);
            let seal = part.blocks.last().is_some_and(|block| block.records == 0);
            if writer.sealed && !seal {
                self.unsealed.push(part.partition.clone());
            }
            writer.sealed = seal;
        }
        Ok(())
    }

    fn write_blocks(
        &mut self,
        touched: &mut [Touched],
        writers: &mut [MutexGuard<'_, PartitionWriter>],
    ) -> Result<(), Failure> {
        let disk = &*self.shared.disk;
        let group = self.next_group;
        // A number is used once, even if its group fails: remains of that group must not be taken for another one.
        self.next_group += 1;
        let spanning = touched.len() > 1;
        let append_time_ms = self.shared.now_ms();
        for (part, writer) in touched.iter_mut().zip(writers.iter_mut()) {
            part.bytes = part.blocks.iter().map(EncodedBlock::block_bytes).sum();
            part.partition.prepare(writer, part.bytes, self.shared.tuning.segment_bytes, disk)?;
            self.blocks.clear();
            let mut base_offset = writer.next_offset;
            for (at, block) in part.blocks.iter().enumerate() {
                let mut flags = if spanning { flags::SPANNING } else { 0 };
                if at + 1 == part.blocks.len() {
                    flags |= flags::GROUP_END;
                }
                let (group_start, owner) = (writer.len, part.partition.owner.mark);
                let place = BlockPlace { flags, base_offset, append_time_ms, group, group_start, owner };
                part.places.push((base_offset, writer.len + self.blocks.len() as u64));
                block.write(&place, &mut self.blocks);
                base_offset += u64::from(block.records);
            }
            assert_eq!(base_offset, part.next_offset, "blocks that do not add up to what was promised");
            writer.write(disk, &self.blocks)?;
        }
        if is_planted(Bug::UnsyncedRead) {
            for (part, writer) in touched.iter().zip(writers.iter_mut()) {
                let len = writer.len;
                part.partition.publish(writer, part.bytes, part.next_offset, &part.places);
                writer.len = len;
            }
        }
        sync_all(writers, disk)?;
        if spanning {
            self.commits.commit(disk, group)?;
        }
        Ok(())
    }

    /// Takes back a failed group, and returns the error for its callers.
    fn take_back(&mut self, writers: &mut [MutexGuard<'_, PartitionWriter>], failure: Failure) -> Error {
        let dir = self.shared.dir.display();
        let restart = "check the disk, then restart the host; what was acknowledged is there and can be read";
        let (error, doubtful) = match failure {
            Failure::Refused(error) => (error, false),
            Failure::Doubtful(error) => (error, true),
            Failure::Undecided(error) => {
                let what = format!(
                    "cannot commit to the log in `{dir}`: {error}; a restart decides whether it counts"
                );
                tracing::error!(log = %dir, %error, "the log's commits file failed; no appends until a restart");
                self.broken = Some(refusal(&dir, &error).with_hint(restart));
                return Error::new(ErrorKind::Unavailable, what)
                    .with_hint(restart)
                    .with_partly(Partly::undecided());
            }
        };
        // Also after a failed sync: the next start may see bytes from the kernel's cache that never reached the disk.
        let mut undone = Ok(());
        for writer in writers.iter_mut() {
            undone = writer.undo(&*self.shared.disk).and(undone);
            writer.watch();
        }
        if doubtful || undone.is_err() {
            tracing::error!(log = %dir, %error, "the log's disk failed; no appends until a restart");
            self.broken = Some(refusal(&dir, &error).with_hint(restart));
        } else {
            tracing::warn!(log = %dir, %error, "the log refused appends");
        }
        let told =
            Error::new(ErrorKind::Unavailable, format!("cannot append to the log in `{dir}`: {error}"))
                .with_hint(if self.broken.is_some() {
                    restart
                } else {
                    "make room, then send the same records again"
                });
        // Parts that could not be taken back may be there at the next start.
        if undone.is_err() { told.with_partly(Partly::undecided()) } else { told }
    }

    /// Writes a seal after the last data of a partition. From then on, damage to that data cannot be mistaken for a torn
    /// write.
    fn seal_one(&mut self) {
        let Some(partition) = self.unsealed.pop() else { return };
        if self.broken.is_some() || partition.loss().is_some() {
            return;
        }
        let next_offset = partition.writer().next_offset;
        let seal = Touched {
            partition: partition.clone(),
            blocks: vec![EncodedBlock::seal()],
            next_offset,
            places: Vec::new(),
            bytes: 0,
        };
        // A failed seal loses only the proof that it gives; `write` has logged the failure.
        if self.write(vec![seal]).is_ok() {
            let _ = partition.writer().close(&*self.shared.disk);
            partition.mark_end(next_offset, &*self.shared.disk);
        }
    }
}

/// Syncs what was written, several files at once: the disk takes them together, in the time of one.
fn sync_all(writers: &[MutexGuard<'_, PartitionWriter>], disk: &dyn Disk) -> Result<(), Failure> {
    for some in writers.chunks(SYNCS_MAX) {
        let Some((first, rest)) = some.split_first() else { continue };
        let (first, rest): (&PartitionWriter, Vec<&PartitionWriter>) =
            (first, rest.iter().map(|writer| &**writer).collect());
        std::thread::scope(|scope| {
            let others: Vec<_> = rest.into_iter().map(|writer| scope.spawn(|| writer.sync(disk))).collect();
            let mut synced = first.sync(disk);
            for other in others {
                synced = synced.and(other.join().expect("a sync does not panic"));
            }
            synced
        })?;
    }
    Ok(())
}

fn refusal(dir: &impl std::fmt::Display, error: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the log in `{dir}` takes no appends since its disk failed: {error}"),
    )
}

/// Abandons the queue when dropped, so that no append waits for a committer that panicked.
struct AbandonOnDrop<'a>(&'a Shared);

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        self.0.queue.abandon();
    }
}
