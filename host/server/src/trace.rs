//! `GET projections/{name}/trace?key=&version=&limit=`: replays the log for one row. Answers with JSON lines; the last one gives
//! the outcome.
//!
//! It takes as long as a replay, and stops when the client disconnects.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use super::app::App;
use super::host_api::HostApi;
use super::lines::{Line, LineSender, answer};
use super::parameters::{Page, Parameters, missing};
use super::problem::Answer;
use foldline_api::{Problem, TraceLine};

/// Limit of one answer. Lines are not buffered, so it may be long.
pub(super) const PAGE: Page = Page { default: 1_000, max: 1_000_000_000 };

pub(super) async fn get(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let Path(name) = name?;
    let key = key_of(&parameters)?;
    let version = parameters.one("version")?.map(str::to_owned);
    let limit = parameters.limit(PAGE)? as u64;
    let work = move |host: &dyn HostApi, lines: &mut LineSender<TraceLine>| {
        let traced = host.trace(&name, version.as_deref(), &key, limit, &mut |line| lines.tell(line))?;
        Ok(TraceLine::Traced(traced))
    };
    answer(&app, work).await
}

/// Returns the id of the requested document.
pub(super) fn key_of(parameters: &Parameters) -> Answer<String> {
    match parameters.one("key")? {
        Some(key) => Ok(key.to_owned()),
        None => Err(missing("key").hint("it is a document's id")),
    }
}

impl Line for TraceLine {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. })
    }

    fn failed(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}
