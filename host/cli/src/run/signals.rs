//! SIGINT and SIGTERM: the first asks the host to stop, the second ends the process. SIGHUP is ignored, with a word: a terminal
//! that closes, or an operator who expects the configuration to be read again, must not end a host.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use foldline_base::error::{ErrorKind, Result, ResultExt as _};

/// The signals that a host listens for.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
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
        Ok(Self {
            interrupt: take(SignalKind::interrupt())?,
            terminate: take(SignalKind::terminate())?,
            hang_up: take(SignalKind::hangup())?,
        })
    }

    /// Returns the next signal that ends the host. Cancel safe.
    pub(super) async fn next(&mut self) -> Received {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return INTERRUPT,
                _ = self.terminate.recv() => return TERMINATE,
                _ = self.hang_up.recv() => {
                    warn!("SIGHUP ignored: the configuration is read only at startup; SIGTERM stops the host");
                }
            }
        }
    }

    /// Watches from now on, until the process ends: the first signal shows in the answer, a second one ends it all.
    pub(super) fn watch(mut self) -> Stopping {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            let first = self.next().await;
            info!(signal = first.name, "stopping; a second signal ends the process at once");
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
