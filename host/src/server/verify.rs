//! `GET projections/{name}/verify`: folds the log once more and compares; JSON lines, the last one says what came of it.
//!
//! It takes as long as a replay. What goes wrong before the first line is a refusal like any other.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use tokio::sync::mpsc::{Receiver, channel};

use super::parameters::Query;
use super::problem::{Answer, Refusal};
use super::router::App;
use crate::api::VerifyLine;
use crate::error::{Error, ErrorKind};

/// How often a line tells how far it is.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

pub(super) async fn get(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    query: Query,
) -> Answer<Response> {
    let Path(name) = name?;
    query.only(&[])?;
    // A client that reads slowly holds up the verification, which is its own.
    let (lines, mut arrived) = channel(4);
    let (backend, stopping) = (app.backend.clone(), app.stopping.clone());
    let work = move || {
        let mut told: Option<Instant> = None;
        let verified = backend.verify(&name, &mut |read, of| {
            if told.is_none_or(|told| told.elapsed() >= PROGRESS_EVERY) {
                told = Some(Instant::now());
                return lines.blocking_send(Ok(VerifyLine::Progress { read, of })).is_ok();
            }
            !lines.is_closed() && !*stopping.borrow()
        });
        // A client that went away needs no answer.
        let _ = match (verified, told) {
            (Ok(verified), _) => lines.blocking_send(Ok(VerifyLine::Verified(verified))),
            (Err(error), None) => lines.blocking_send(Err(error)),
            (Err(error), Some(_)) => {
                lines.blocking_send(Ok(VerifyLine::Failed(Refusal::from(error).problem())))
            }
        };
    };
    tokio::task::spawn_blocking(work);
    let first = arrived.recv().await;
    let first =
        first.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the request made the host panic")))?;
    let body = Body::new(Lines { first: Some(first), arrived });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// A body that comes line by line.
struct Lines {
    first: Option<VerifyLine>,
    arrived: Receiver<Result<VerifyLine, Error>>,
}

impl HttpBody for Lines {
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
            let line = line?.unwrap_or_else(|error| VerifyLine::Failed(Refusal::from(error).problem()));
            let mut bytes = serde_json::to_vec(&line).expect("lines are plain JSON");
            bytes.push(b'\n');
            Some(Ok(Frame::data(bytes.into())))
        })
    }
}
