//! `GET projections/{name}/verify`: folds the log once more and compares. Answers with JSON lines; the last one gives the
//! outcome.
//!
//! It takes as long as a replay.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use super::app::App;
use super::host_api::HostApi;
use super::lines::{Line, LineSender, answer};
use super::problem::Answer;
use foldline_api::{Problem, VerifyLine};

pub(super) async fn get(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
) -> Answer<Response> {
    let Path(name) = name?;
    let work = move |host: &dyn HostApi, lines: &mut LineSender<VerifyLine>| {
        let verified = host.verify(&name, &mut |read, of| lines.tell(VerifyLine::Progress { read, of }))?;
        Ok(VerifyLine::Verified(verified))
    };
    answer(&app, work).await
}

impl Line for VerifyLine {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. })
    }

    fn failed(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}
