//! SIGINT and SIGTERM: the first one stops the host, the second one ends the process. SIGHUP is ignored, with a message: a host
//! must not end because a terminal closes, or because an operator expects SIGHUP to reload the configuration.

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

/// A received signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) name: &'static str,
    number: i32,
}

const INTERRUPT: Received = Received { name: "SIGINT", number: 2 };
const TERMINATE: Received = Received { name: "SIGTERM", number: 15 };

/// Resolves when the first signal has arrived.
#[derive(Clone)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Signals {
    /// Takes over the signals, whose default is to end the process at once.
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

    /// Returns the next signal that stops the host. Cancel safe.
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

    /// Watches from now on until the process ends. The returned value shows the first signal; a second one ends the process.
    pub(super) fn watch(mut self) -> Stopping {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            let first = self.next().await;
            info!(signal = first.name, "stopping; a second signal ends the process at once");
            sender.send_replace(true);
            let second = self.next().await;
            // The exit code that a shell reports for a process ended by a signal.
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
