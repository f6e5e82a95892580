//! Makes writes visible to searches within the refresh interval.
//!
//! The server alone takes longer. It begins a refresh one interval after the previous one has *ended*, so a document that just
//! misses a refresh waits for the rest of it, the interval, and the next refresh. Here the next refresh *ends* one interval after
//! the previous one began.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::client::Client;
use super::index::{Index, refresh_request};

/// Refreshes an index while documents are written to it. Dropping it ends that.
pub(super) struct Refresher {
    written: Arc<Notify>,
    task: AbortHandle,
}

impl Refresher {
    /// Starts refreshing the index that readers use.
    pub(super) fn start(client: &Client, index: &Index, interval: Duration) -> Self {
        let written = Arc::new(Notify::new());
        let work = refresh(client.clone(), index.clone(), interval, Arc::clone(&written));
        Self { task: client.spawn(work), written }
    }

    /// Records that something was written, so that the next refresh shows it.
    pub(super) fn note_written(&self) {
        self.written.notify_one();
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A failed refresh is not retried; the index's own refresh follows.
async fn refresh(client: Client, index: Index, interval: Duration, written: Arc<Notify>) {
    let mut next = Instant::now();
    loop {
        written.notified().await;
        sleep_until(next).await;
        let began = Instant::now();
        let outcome = client.send(&refresh_request(&index)).await;
        let took = began.elapsed();
        debug!(index = index.name, ?took, outcome = ?outcome.map(|answer| answer.status), "refreshed");
        next = began + pause(interval, took);
    }
}

/// Returns the time to wait after a refresh that took `took`, before the next one begins. A server that takes long for refreshes
/// gets pauses as long as these.
fn pause(interval: Duration, took: Duration) -> Duration {
    interval.saturating_sub(took).max(2 * took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_ends_an_interval_after_the_one_before_began_unless_it_takes_long() {
        let ms = Duration::from_millis;
        assert_eq!(pause(ms(1_000), ms(150)) + ms(150), ms(1_000));
        assert_eq!(pause(ms(1_000), ms(400)), ms(800));
        assert_eq!(pause(ms(100), ms(700)), ms(1_400));
    }
}
