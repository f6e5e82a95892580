//! What a version's worker is asked by the rest of the host.

use std::sync::mpsc::SyncSender;

use super::alignment::Participant;
use foldline_base::error::Error;
use foldline_state::{Scan, StateStore};

/// A request to a version's worker.
pub enum Command {
    /// Cut a checkpoint of everything folded by now, and hand out what it holds once it is durable.
    Scan(SyncSender<Scan>),
    /// Go to the position of an alignment, cut a checkpoint there, and hand out what it holds once it is durable.
    Align(Participant, SyncSender<Scan>),
    /// Refill a sink.
    Resync(String),
    /// Build the state again, if it still is the one in this store: a reader of it found that it is damaged.
    Damaged(StateStore, Error),
}
