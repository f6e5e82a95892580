//! How much of the host requests may use at once. Readers and operators have separate capacities, so that neither waits for the
//! other.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::body::Budget;

/// What the requests of one kind of client may use at once.
#[derive(Clone)]
pub(super) struct Capacity {
    /// Calls that may block; further calls wait.
    pub(super) blocking: Arc<Semaphore>,
    /// Tails: each holds a thread while it waits for records, and must not take the threads of reads.
    pub(super) tails: Arc<Semaphore>,
    /// Clients that receive events.
    pub(super) events: Arc<Semaphore>,
    /// Work that takes as long as a replay: each holds a thread, and uses many cores.
    pub(super) long_work: Arc<Semaphore>,
    /// Memory for bodies.
    pub(super) bodies: Budget,
    /// Memory for records made of bodies. A request takes all of it at once and never adds to it, so that requests that hold a
    /// body do not wait for each other.
    pub(super) records: Budget,
}

impl Capacity {
    /// Returns the capacity of readers. They mostly wait for disks, and a thread is cheap. Together with the operators' there are
    /// fewer than the 512 threads that the runtime has for blocking calls.
    pub(super) fn of_readers(memory_max: usize) -> Self {
        Self::new(256, 64, 32, 8, memory_max)
    }

    /// Returns the capacity of operators and probes: a few people and their tools.
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
