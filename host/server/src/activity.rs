//! What a connection is doing: waiting for a request, or at work on one.

use std::future::Future;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// What one connection is doing.
pub(super) struct Activity {
    doing: Mutex<Doing>,
    closing: Notify,
}

#[derive(Clone, Copy)]
enum Doing {
    /// It waits for a request, of which nothing has come yet; a new connection has no request to its name, and owes one.
    Waiting { since: Instant, owes: bool },
    /// A request is being answered.
    Working,
    /// The answer is made, and not sent yet.
    Sending,
}

impl Default for Activity {
    fn default() -> Self {
        let doing = Doing::Waiting { since: Instant::now(), owes: true };
        Self { doing: Mutex::new(doing), closing: Notify::new() }
    }
}

impl Activity {
    /// Notes that a request's head is complete.
    pub(super) fn begin(&self) {
        *self.doing.lock() = Doing::Working;
    }

    /// Notes that nothing more will be added to the answer.
    pub(super) fn answered(&self) {
        *self.doing.lock() = Doing::Sending;
    }

    /// Notes that everything that was written is sent.
    pub(super) fn sent(&self) {
        let mut doing = self.doing.lock();
        if matches!(*doing, Doing::Sending) {
            *doing = Doing::Waiting { since: Instant::now(), owes: false };
        }
    }

    /// Notes that bytes came: of a request's head, where one is waited for.
    pub(super) fn received(&self) {
        if let Doing::Waiting { owes, .. } = &mut *self.doing.lock() {
            *owes = true;
        }
    }

    /// Returns whether the client has begun a request, or never sent one, and its head is not complete.
    pub(super) fn owes_head(&self) -> bool {
        matches!(*self.doing.lock(), Doing::Waiting { owes: true, .. })
    }

    /// Returns since when a request is waited for.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        match *self.doing.lock() {
            Doing::Waiting { since, .. } => Some(since),
            Doing::Working | Doing::Sending => None,
        }
    }

    /// Has the connection closed: at once, or after the answer that is being made.
    pub(super) fn close(&self) {
        self.closing.notify_one();
    }

    /// Returns once the connection shall be closed. Cancel safe.
    pub(super) fn closed(&self) -> impl Future<Output = ()> {
        self.closing.notified()
    }
}
