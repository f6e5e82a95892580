//! State that all handlers share.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::ServerOptions;
use super::admission::Admission;
use super::capacity::Capacity;
use super::guard::Rules;
use super::host_api::HostApi;
use super::problem::{Answer, Refusal};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::panics;

/// State that all handlers share.
#[derive(Clone)]
pub(super) struct App {
    pub(super) host: Arc<dyn HostApi>,
    pub(super) options: Arc<ServerOptions>,
    /// Who may send which requests.
    pub(super) rules: Arc<Rules>,
    /// Turns true when the server stops, so that waiting requests give up.
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) capacity: Capacity,
    /// The connections of all listeners.
    pub(super) admissions: Arc<[Arc<Admission>]>,
}

impl App {
    /// Runs a blocking call on a thread of its own; waits if all are taken. If the client disconnects, the call goes on and keeps
    /// its permit until it ends.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn HostApi) -> foldline_base::error::Result<T> + Send + 'static,
    ) -> Answer<T> {
        self.blocking_of(&self.capacity.blocking, call).await
    }

    pub(super) async fn blocking_of<T: Send + 'static>(
        &self,
        places: &Arc<Semaphore>,
        call: impl FnOnce(&dyn HostApi) -> foldline_base::error::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
        let host = self.host.clone();
        let called = tokio::task::spawn_blocking(move || {
            let _place = place;
            panics::contain(|| call(&*host))
        });
        match called.await {
            Ok(answer) => answer.map_err(Refusal::from),
            Err(_) => Err(Error::new(ErrorKind::Internal, "the request was given up").into()),
        }
    }

    /// Returns once the server stops.
    pub(super) async fn stopped(&self) -> Refusal {
        // An error means that the server is gone, which is also a stop.
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
        Error::new(ErrorKind::Unavailable, "the host is stopping").with_hint("try again once it runs").into()
    }
}
