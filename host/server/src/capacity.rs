//! How much of the host requests may have at once: readers' requests together, and operators' apart from them, so that neither
//! waits for the other.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::body::Budget;

/// What the requests of one kind of clients may have at once.
#[derive(Clone)]
pub(super) struct Capacity {
    /// Calls that may block; more wait their turn.
    pub(super) blocking: Arc<Semaphore>,
    /// Tails: each holds a thread while it waits for records, and must not take those of reads.
    pub(super) tails: Arc<Semaphore>,
    /// Clients that listen to events.
    pub(super) events: Arc<Semaphore>,
    /// Work that takes as long as a replay: each holds a thread, and much of the cores.
    pub(super) long_work: Arc<Semaphore>,
    /// Memory for bodies.
    pub(super) bodies: Budget,
    /// Memory for records made of bodies. Taken at once and given back without taking more, so that requests which hold a body
    /// do not wait for each other.
    pub(super) records: Budget,
}

impl Capacity {
    /// Returns what readers may have. They mostly wait for disks, and a thread is cheap; in all, operators' included, there are
    /// fewer than the 512 threads that the runtime gives to calls that block.
    pub(super) fn of_readers(memory_max: usize) -> Self {
        Self::new(256, 64, 32, 8, memory_max)
    }

    /// Returns what operators and probes may have: a few people and their tools.
    pub(super) fn of_operators(memory_max: usize) -> Self {
        Self::new(32, 8, 8, 8, memory_max)
    }

    fn new(blocking: usize, tails: usize, events: usize, long_work: usize, memory_max: usize) -> Self {
        let of = |places| Arc::new(Semaphore::new(places));
        Self {
            blocking: of(blocking),
            tails: of(tails),
            events: of(events),
            long_work: of(long_work),
            bodies: Budget::new(memory_max / 2),
            records: Budget::new(memory_max / 2),
        }
    }
}
