//! Answers made of JSON lines. Long work writes them from its own thread, and the last line gives the outcome.
//!
//! An error before the first line is an ordinary refusal.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;

use super::app::App;
use super::host_api::HostApi;
use super::problem::{Answer, Refusal};
use foldline_api::Problem;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::panics;

/// The interval between progress lines.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// Lines in the queue for a slow client. A full queue holds up only the client's own work.
const WAITING_MAX: usize = 64;

/// A line of such an answer.
pub(super) trait Line: Serialize + Send + Unpin + 'static {
    /// Returns whether the line only reports progress. A client can do without most of these.
    fn is_progress(&self) -> bool;

    /// Returns the line for an error after the first line.
    fn failed(problem: Problem) -> Self;
}

/// Sends the lines of the work to the client.
pub(super) struct LineSender<L> {
    lines: Sender<Result<L>>,
    stopping: watch::Receiver<bool>,
    /// When the last line was sent.
    at: Option<Instant>,
}

impl<L: Line> LineSender<L> {
    /// Sends a line to the client. Returns whether the work should continue.
    pub(super) fn tell(&mut self, line: L) -> bool {
        if *self.stopping.borrow() {
            return false;
        }
        if line.is_progress() && self.at.is_some_and(|at| at.elapsed() < PROGRESS_EVERY) {
            return !self.lines.is_closed();
        }
        self.at = Some(Instant::now());
        self.lines.blocking_send(Ok(line)).is_ok()
    }
}

/// Answers with the lines that `work` sends, and with the one that it returns.
pub(super) async fn answer<L: Line>(
    app: &App,
    work: impl FnOnce(&dyn HostApi, &mut LineSender<L>) -> Result<L> + Send + 'static,
) -> Answer<Response> {
    let place = app.capacity.long_work.clone().try_acquire_owned().map_err(|_| {
        Refusal::unavailable("the maximum number of long requests is already running")
            .hint("`verify`, `diff` and `trace` replay the log: try again when one of them has ended")
    })?;
    let (lines, mut arrived) = channel(WAITING_MAX);
    let host = app.host.clone();
    let mut told = LineSender { lines, stopping: app.stopping.clone(), at: None };
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let last = match (panics::contain(|| work(&*host, &mut told)), told.at) {
            (Err(error), Some(_)) => Ok(L::failed(Refusal::from(error).problem())),
            (last, _) => last,
        };
        // A client that disconnected needs no answer.
        let _ = told.lines.blocking_send(last);
    });
    let first = arrived.recv().await;
    let first =
        first.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the request made the host panic")))?;
    let body = Body::new(Lines { first: Some(first), arrived });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// A response body that delivers lines.
struct Lines<L> {
    first: Option<L>,
    arrived: Receiver<Result<L>>,
}

impl<L: Line> HttpBody for Lines<L> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(first))),
            None => self.arrived.poll_recv(context),
        };
        next.map(|line| {
            let line = line?.unwrap_or_else(|error| L::failed(Refusal::from(error).problem()));
            let mut bytes = serde_json::to_vec(&line).expect("lines are plain JSON");
            bytes.push(b'\n');
            Some(Ok(Frame::data(bytes.into())))
        })
    }
}
