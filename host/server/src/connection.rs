//! Serves one connection, or refuses it.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Write};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tracing::debug;

use super::activity::Activity;
use super::admission::{ConnectionPermit, Reason};
use super::problem::Refusal;
use super::timeout_stream::TimeoutStream;

/// 64 KiB for a request's head: ids and filters are short.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Time limits of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionTimeouts {
    /// Until a request's head is complete.
    pub(super) head: Duration,
    /// Until the next request.
    pub(super) idle: Duration,
}

/// What serving a connection needs.
pub(super) struct Served {
    pub(super) permit: ConnectionPermit,
    pub(super) activity: Arc<Activity>,
    pub(super) router: Router,
    pub(super) timeouts: ConnectionTimeouts,
}

/// Serves one connection until it ends, its permit is needed, or the server stops.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    served: Served,
    mut stopping: watch::Receiver<bool>,
) {
    let Served { permit: _place, activity, router, timeouts } = served;
    let stream = TimeoutStream::new(stream, Arc::clone(&activity), timeouts.head);
    let service = Watched { service: TowerToHyperService::new(router), activity: Arc::clone(&activity) };
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.idle)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = activity.closed() => {
            if activity.waiting_since().is_some() {
                return;
            }
            serving.as_mut().graceful_shutdown();
            serving.await
        }
        () = async { let _ = stopping.wait_for(|stopping| *stopping).await; } => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "connection ended");
    }
}

/// Writes the reason of a refusal, as far as that is possible without waiting, and closes the connection.
pub(super) fn refuse(mut stream: impl Write, reason: Reason) {
    let problem =
        Refusal::unavailable(reason.detail()).hint("try again; operators have a way of their own").problem();
    let body = serde_json::to_string(&problem).expect("problems are plain JSON");
    let head =
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n";
    let answer = format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    // A client that does not read it sees the connection end.
    let _: io::Result<()> = stream.write_all(answer.as_bytes());
}

/// A router that reports the activity of its connection.
struct Watched {
    service: TowerToHyperService<Router>,
    activity: Arc<Activity>,
}

impl Service<Request<Incoming>> for Watched {
    type Response = Response<WatchedBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.activity.begin();
        let answer = self.service.call(request);
        let activity = Arc::clone(&self.activity);
        Box::pin(async move { Ok(answer.await?.map(|body| WatchedBody { body, activity })) })
    }
}

/// A body that reports its end.
struct WatchedBody {
    body: Body,
    activity: Arc<Activity>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.activity.answered();
    }
}
