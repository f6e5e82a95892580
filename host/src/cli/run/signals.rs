//! SIGINT and SIGTERM: the first asks the host to stop, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::info;

use crate::error::{ErrorKind, Result, ResultExt as _};

/// The signals that end a host.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// One that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) name: &'static str,
    number: i32,
}

const INTERRUPT: Received = Received { name: "SIGINT", number: 2 };
const TERMINATE: Received = Received { name: "SIGTERM", number: 15 };

/// Tells that the first signal arrived.
#[derive(Clone)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Signals {
    /// Takes the signals over from the system, which would end the process at once.
    ///
    /// # Errors
    /// `Internal` when the system refuses.
    pub(super) fn listen() -> Result<Self> {
        let take = |kind| signal(kind).kind(ErrorKind::Internal, "cannot listen for signals");
        Ok(Self { interrupt: take(SignalKind::interrupt())?, terminate: take(SignalKind::terminate())? })
    }

    /// Returns the next signal. Cancel safe.
    pub(super) async fn next(&mut self) -> Received {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPT,
            _ = self.terminate.recv() => TERMINATE,
        }
    }

    /// Watches from now on, until the process ends: the first signal shows in the answer, a second one ends it all.
    pub(super) fn watch(mut self) -> Stopping {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            let first = self.next().await;
            info!(signal = first.name, "stopping; once more ends the process at once");
            sender.send_replace(true);
            let second = self.next().await;
            // As a shell reports a process that a signal ended.
            std::process::exit(128 + second.number);
        });
        Stopping(receiver)
    }
}

impl Stopping {
    /// Returns after the first signal. Cancel safe.
    pub(super) async fn stopped(mut self) {
        // An error means that the watcher ended, which it only does with the runtime.
        let _ = self.0.wait_for(|is_stopping| *is_stopping).await;
    }
}
