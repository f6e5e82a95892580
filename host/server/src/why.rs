//! `GET projections/{name}/diff/why?key=&old=&new=`: replays the log for one row through two versions, until their documents
//! diverge. Answers with JSON lines; the last one gives the outcome.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use super::app::App;
use super::host_api::HostApi;
use super::lines::{Line, LineSender, answer};
use super::parameters::Parameters;
use super::problem::Answer;
use super::trace::key_of;
use foldline_api::{Problem, WhyLine};

pub(super) async fn get(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let Path(name) = name?;
    let key = key_of(&parameters)?;
    let old = parameters.one("old")?.map(str::to_owned);
    let new = parameters.one("new")?.map(str::to_owned);
    let work = move |host: &dyn HostApi, lines: &mut LineSender<WhyLine>| {
        let versions = [old.as_deref(), new.as_deref()];
        let progress = &mut |read, of| lines.tell(WhyLine::Progress { read, of });
        Ok(WhyLine::Why(host.why(&name, &key, versions, progress)?))
    };
    answer(&app, work).await
}

impl Line for WhyLine {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. })
    }

    fn failed(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}
