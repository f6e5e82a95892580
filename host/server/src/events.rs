//! `GET events`: server-sent events for dashboards, with the status whenever it changes.
//!
//! Each event is the answer of `GET status`. Changes within a quarter of a second become one event.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use super::app::App;
use super::problem::{Answer, Refusal};

/// A person cannot follow more than four events a second.
const PAUSE: Duration = Duration::from_millis(250);

/// A line now and then shows both ends, and proxies in between, that the connection is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn get(State(app): State<App>) -> Answer<Response> {
    let place = app.capacity.events.clone().try_acquire_owned().map_err(|_| {
        Refusal::unavailable("the maximum number of clients already listens to events")
            .hint("close one, or poll `status`")
    })?;
    Ok(answer(app, place, HEARTBEAT))
}

/// Answers with events, and sends an empty comment whenever `heartbeat` has passed without an event.
pub(super) fn answer(app: App, place: OwnedSemaphorePermit, heartbeat: Duration) -> Response {
    // Capacity 1: a client that does not read misses events, and gets the newest when it does.
    let (events, arrived) = channel(1);
    tokio::spawn(async move {
        // Whatever ends this also ends the answer.
        let _ = tell(app, events, heartbeat).await;
        drop(place);
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")];
    (headers, Body::new(Events(arrived))).into_response()
}

/// The client disconnected, or the server stops.
struct Over;

/// Sends events until the client is gone. Cancel safe: nothing is kept.
async fn tell(app: App, events: Sender<Bytes>, heartbeat: Duration) -> Result<(), Over> {
    let mut changes = app.host.changes();
    let mut sent = Bytes::new();
    loop {
        changes.borrow_and_update();
        let event = match app.blocking(|host| host.status()).await {
            Ok(status) => event("status", &status),
            Err(refusal) => event("problem", &refusal.problem()),
        };
        if event != sent {
            unless_over(&app, &events, events.send(event.clone())).await?.map_err(|_| Over)?;
            sent = event;
        }
        unless_over(&app, &events, sleep(PAUSE)).await?;
        while !unless_over(&app, &events, changed_within(&mut changes, heartbeat)).await?? {
            let heartbeat = Bytes::from_static(b":\n\n");
            unless_over(&app, &events, events.send(heartbeat)).await?.map_err(|_| Over)?;
        }
    }
}

async fn changed_within(
    changes: &mut tokio::sync::watch::Receiver<u64>,
    time: Duration,
) -> Result<bool, Over> {
    tokio::select! {
        changed = changes.changed() => changed.map(|()| true).map_err(|_| Over),
        () = sleep(time) => Ok(false),
    }
}

async fn unless_over<T>(app: &App, events: &Sender<Bytes>, next: impl Future<Output = T>) -> Result<T, Over> {
    tokio::select! {
        next = next => Ok(next),
        _ = app.stopped() => Err(Over),
        () = events.closed() => Err(Over),
    }
}

fn event(name: &str, what: &impl Serialize) -> Bytes {
    // One line: JSON holds no raw line feed.
    let json = serde_json::to_string(what).expect("answers are plain JSON");
    format!("event: {name}\ndata: {json}\n\n").into()
}

/// A response body that delivers events.
struct Events(Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
