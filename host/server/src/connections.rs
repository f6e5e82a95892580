//! Accepts connections and ends them, with limits on their number, their idle time, and the time to drain.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::warn;

use super::activity::Activity;
use super::admission::Admission;
use super::connection::{ConnectionTimeouts, Served};
use super::listener::{Accepted, Listener};

/// 10 s for requests in flight when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Pause of 100 ms before accepting again when the system has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves one listener until the server stops, then lets requests in flight finish, for at most 10 s.
pub(super) async fn run(
    router: Router,
    listener: Listener,
    admission: Arc<Admission>,
    timeouts: ConnectionTimeouts,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let on_stop = stopping.clone();
    let mut stopped = pin!(async { drop(stopping.wait_for(|stopping| *stopping).await) });
    loop {
        tokio::select! {
            () = &mut stopped => break,
            // Removes finished tasks, so that the set stays as small as the number of open connections.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(Accepted { stream, peer }) => {
                    let activity = Arc::new(Activity::default());
                    match admission.admit(peer, &activity) {
                        Ok(permit) => {
                            let served = Served { permit, activity, router: router.clone(), timeouts };
                            connections.spawn(stream.serve(served, on_stop.clone()));
                        }
                        Err(reason) => stream.refuse(reason),
                    }
                }
                Err(error) => {
                    warn!(listener = admission.listener(), %error, "cannot accept a connection, trying again");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let drained =
        tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        warn!(connections = connections.len(), "requests in flight did not end in time, closing them");
        connections.shutdown().await;
    }
}
