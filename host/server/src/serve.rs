//! Listens for readers, and for operators and probes, until the server stops.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::ServerOptions;
use super::admission::{Admission, Limits};
use super::app::App;
use super::capacity::Capacity;
use super::connection::ConnectionTimeouts;
use super::connections;
use super::guard::Rules;
use super::host_api::HostApi;
use super::listener::Listener;
use super::router;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_runtime::Host;

/// 64: a few people and their tools, and the probes.
const OPERATORS_CONNECTIONS_MAX: usize = 64;

/// One listener, with what serves its requests.
pub(super) struct Endpoint {
    pub(super) listener: Listener,
    pub(super) admission: Arc<Admission>,
    pub(super) app: App,
}

/// Serves the host to readers and operators until `shutdown`, then lets requests in flight finish, for at most 10 s.
///
/// The host itself keeps running.
///
/// # Errors
/// `Internal` when the system does not report an address, or when a listener's task ends early, because no requests would be
/// answered there. Failing to accept one connection is no such end.
pub async fn serve(
    host: Arc<Host>,
    readers: Listener,
    operators: Vec<Listener>,
    options: ServerOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let (stop, stopping) = watch::channel(false);
    let endpoints = endpoints(host, readers, operators, &options, &stopping)?;
    let timeouts =
        ConnectionTimeouts { head: options.limits.head_timeout, idle: options.limits.idle_timeout };
    run(endpoints, timeouts, stop, shutdown).await
}

/// Returns the endpoint of each listener. Readers share one capacity, and operators another.
pub(super) fn endpoints(
    host: Arc<dyn HostApi>,
    readers: Listener,
    operators: Vec<Listener>,
    options: &ServerOptions,
    stopping: &watch::Receiver<bool>,
) -> Result<Vec<Endpoint>> {
    let (options, limits) = (Arc::new(options.clone()), &options.limits);
    let of_readers =
        Limits { connections_max: limits.connections_max, per_peer_max: limits.connections_per_peer_max };
    let of_operators = |listener: &Listener| {
        // A socket does not reveal who connects, so all its connections count as one client.
        let share = if matches!(listener, Listener::Socket(_)) { 1 } else { 2 };
        let connections_max = OPERATORS_CONNECTIONS_MAX;
        Limits { connections_max, per_peer_max: connections_max / share }
    };
    let mut listeners = vec![(Admission::new("readers", of_readers), readers)];
    for listener in operators {
        let name = if matches!(listener, Listener::Socket(_)) { "operators_socket" } else { "operators" };
        listeners.push((Admission::new(name, of_operators(&listener)), listener));
    }
    let admissions: Arc<[Arc<Admission>]> =
        listeners.iter().map(|(admission, _)| Arc::clone(admission)).collect();
    let (for_readers, for_operators) =
        (Capacity::of_readers(limits.memory_max), Capacity::of_operators(limits.memory_max));
    let mut endpoints = Vec::with_capacity(listeners.len());
    for (admission, listener) in listeners {
        let is_first = endpoints.is_empty();
        let capacity = if is_first { &for_readers } else { &for_operators };
        let rules = Rules::of(&options, listener.is_loopback()?);
        let app = App {
            host: host.clone(),
            options: Arc::clone(&options),
            rules: Arc::new(rules),
            stopping: stopping.clone(),
            capacity: capacity.clone(),
            admissions: admissions.clone(),
        };
        endpoints.push(Endpoint { listener, admission, app });
    }
    Ok(endpoints)
}

pub(super) async fn run(
    endpoints: Vec<Endpoint>,
    timeouts: ConnectionTimeouts,
    stop: watch::Sender<bool>,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let stopping = stop.subscribe();
    let mut running = JoinSet::new();
    for Endpoint { listener, admission, app } in endpoints {
        running.spawn(connections::run(router::router(app), listener, admission, timeouts, stopping.clone()));
    }
    watch_over(running, stop, shutdown).await
}

/// Waits for `shutdown` or for a listener that ends early, then for all of them.
///
/// # Errors
/// `Internal` when a listener ended early.
async fn watch_over(
    mut listeners: JoinSet<()>,
    stop: watch::Sender<bool>,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let mut outcome = tokio::select! {
        () = shutdown => Ok(()),
        Some(ended) = listeners.join_next() => Err(match ended {
            Err(broken) => broke_off(&broken),
            Ok(()) => Error::new(ErrorKind::Internal, "a listener ended before the server"),
        }),
    };
    stop.send_replace(true);
    while let Some(ended) = listeners.join_next().await {
        outcome = outcome.and(ended.map_err(|broken| broke_off(&broken)));
    }
    outcome
}

fn broke_off(error: &JoinError) -> Error {
    Error::new(ErrorKind::Internal, format_args!("a listener failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listener_that_breaks_off_ends_the_server_with_an_error() {
        let (stop, mut stopping) = watch::channel(false);
        let mut listeners = JoinSet::new();
        listeners.spawn(async move { drop(stopping.wait_for(|stopping| *stopping).await) });
        listeners.spawn(async { panic!("a mistake of ours") });
        let error = watch_over(listeners, stop, std::future::pending()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.message().contains("a listener failed"), "{error}");
    }

    #[tokio::test]
    async fn a_server_whose_listeners_end_when_told_to_ends_well() {
        let (stop, mut stopping) = watch::channel(false);
        let mut listeners = JoinSet::new();
        listeners.spawn(async move { drop(stopping.wait_for(|stopping| *stopping).await) });
        watch_over(listeners, stop, std::future::ready(())).await.unwrap();
    }
}
