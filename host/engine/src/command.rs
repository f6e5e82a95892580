//! Requests from the rest of the host to a version's worker.

use std::sync::mpsc::SyncSender;

use super::alignment::Participant;
use foldline_base::error::Error;
use foldline_state::{Scan, StateStore};

/// A request to a version's worker.
pub enum Command {
    /// Cut a checkpoint of everything folded by now, and hand out what it holds once it is durable.
    Scan(SyncSender<Scan>),
    /// Read up to the position of an alignment, cut a checkpoint there, and hand out what it holds once it is durable.
    Align(Participant, SyncSender<Scan>),
    /// Refill a sink.
    Resync(String),
    /// Rebuild the state, if it still is the one in this store: a reader found it damaged.
    Damaged(StateStore, Error),
}
