//! What lives where, and what every request passes on its way.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

use super::admission::Admission;
use super::capacity::Capacity;
use super::guard::{self, Rules};
use super::host_api::HostApi;
use super::problem::{Answer, Refusal};
use super::{
    ServerOptions, adoption, dead_letters, diff, documents, events, fingerprint, health, metrics, modules,
    operator_requests, plan, problem, punctuations, records, sets, status, tail, topics, trace, verify, wait,
    why,
};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::panics;

/// What handlers share.
#[derive(Clone)]
pub(super) struct App {
    pub(super) host: Arc<dyn HostApi>,
    pub(super) options: Arc<ServerOptions>,
    /// Who may ask what.
    pub(super) rules: Arc<Rules>,
    /// Turns true when the server stops: what waits gives up.
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) capacity: Capacity,
    /// The connections of all listeners.
    pub(super) admissions: Arc<[Arc<Admission>]>,
}

impl App {
    /// Runs a call that may block, on a thread of its own; waits for one while all are taken. A caller that goes away
    /// leaves the call running, and its permit taken until the call ends.
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
        // An error means that the server is gone, which is a stop as well.
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
        Error::new(ErrorKind::Unavailable, "the host is stopping").with_hint("try again once it runs").into()
    }
}

/// Returns the whole of HTTP.
pub(super) fn router(app: App) -> Router {
    let api = Router::new()
        .route("/topics", get(topics::list))
        .route("/topics/{topic}", get(topics::get))
        .route("/topics/{topic}/records", post(records::append).get(tail::read))
        .route("/topics/{topic}/punctuations", post(punctuations::punctuate))
        .route("/topics/{topic}/adopt", post(adoption::adopt))
        .route("/projections/{name}/documents", get(documents::list))
        .route("/projections/{name}/documents/{id}", get(documents::get))
        .route("/projections/{name}/sets/{set}", get(sets::get))
        .route("/projections/{name}/fingerprint", get(fingerprint::get))
        .route("/projections/{name}/verify", get(verify::get))
        .route("/projections/{name}/promote", post(operator_requests::promote))
        .route("/projections/{name}/rollback", post(operator_requests::rollback))
        .route("/projections/{name}/discard", post(operator_requests::discard))
        .route("/projections/{name}/replay", post(operator_requests::replay))
        .route("/projections/{name}/remove", post(operator_requests::remove))
        .route("/projections/{name}/skip", post(operator_requests::skip))
        .route("/projections/{name}/resume", post(operator_requests::resume))
        .route("/projections/{name}/resync", post(operator_requests::resync))
        .route("/projections/{name}/adopt", post(operator_requests::adopt))
        .route("/projections/{name}/trace", get(trace::get))
        .route("/projections/{name}/diff/why", get(why::get))
        .route("/projections/{name}/diff", get(diff::get))
        .route("/projections/{name}/wait", get(wait::wait))
        .route("/modules", get(modules::list))
        .route("/plan", post(plan::post))
        .route("/status", get(status::get))
        .route("/events", get(events::get))
        .route("/dead-letters", get(dead_letters::list));
    Router::new()
        .route("/", get(health::root))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::get))
        .nest("/api/v1", api)
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        // Bodies are bounded where they are read.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), guard::check))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .with_state(app)
}
