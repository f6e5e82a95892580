//! The activity of a connection: waiting for a request, or working on one.

use std::future::Future;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The activity of one connection.
pub(super) struct Activity {
    doing: Mutex<Doing>,
    closing: Notify,
}

#[derive(Clone, Copy)]
enum Doing {
    /// It waits for a request. `owes` is set once bytes of the request's head have arrived, and on a new connection, which owes
    /// its first request.
    Waiting { since: Instant, owes: bool },
    /// A request is being answered.
    Working,
    /// The answer is complete but not sent yet.
    Sending,
}

impl Default for Activity {
    fn default() -> Self {
        let doing = Doing::Waiting { since: Instant::now(), owes: true };
        Self { doing: Mutex::new(doing), closing: Notify::new() }
    }
}

impl Activity {
    /// Records that a request's head is complete.
    pub(super) fn begin(&self) {
        *self.doing.lock() = Doing::Working;
    }

    /// Records that the answer is complete.
    pub(super) fn answered(&self) {
        *self.doing.lock() = Doing::Sending;
    }

    /// Records that everything written was sent.
    pub(super) fn sent(&self) {
        let mut doing = self.doing.lock();
        if matches!(*doing, Doing::Sending) {
            *doing = Doing::Waiting { since: Instant::now(), owes: false };
        }
    }

    /// Records that bytes arrived. While waiting for a request, they belong to its head.
    pub(super) fn received(&self) {
        if let Doing::Waiting { owes, .. } = &mut *self.doing.lock() {
            *owes = true;
        }
    }

    /// Returns whether the connection owes the rest of a request's head: the client has begun a request, or never sent one.
    pub(super) fn owes_head(&self) -> bool {
        matches!(*self.doing.lock(), Doing::Waiting { owes: true, .. })
    }

    /// Returns since when it has been waiting for a request.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        match *self.doing.lock() {
            Doing::Waiting { since, .. } => Some(since),
            Doing::Working | Doing::Sending => None,
        }
    }

    /// Closes the connection: at once, or after the current answer.
    pub(super) fn close(&self) {
        self.closing.notify_one();
    }

    /// Returns once the connection should be closed. Cancel safe.
    pub(super) fn closed(&self) -> impl Future<Output = ()> {
        self.closing.notified()
    }
}
