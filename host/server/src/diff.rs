//! `GET projections/{name}/diff?old=&new=&tolerance=FIELD:2%`: how the documents of two versions differ.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use super::app::App;
use super::host_api::HostApi;
use super::lines::{Line, LineSender, answer};
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use foldline_api::{DiffLine, Problem};
use foldline_inspect::compare::Tolerances;

pub(super) async fn get(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let Path(name) = name?;
    let version = |which: &str| Ok::<_, Refusal>(parameters.one(which)?.map(str::to_owned));
    let (old, new) = (version("old")?, version("new")?);
    let mut tolerances = Tolerances::default();
    for text in parameters.all("tolerance") {
        let (field, percent) = text.rsplit_once(':').ok_or_else(|| {
            Refusal::bad_request(format!("query parameter `tolerance={text}`: use one such as `count:2%`"))
                .hint("`%` is written `%25` in a query")
        })?;
        tolerances.add(field, percent)?;
    }
    let work = move |host: &dyn HostApi, lines: &mut LineSender<DiffLine>| {
        let mut progress = |read, of| lines.tell(DiffLine::Progress { read, of });
        let compared = host.diff(&name, old.as_deref(), new.as_deref(), &tolerances, &mut progress)?;
        Ok(DiffLine::Compared(Box::new(compared)))
    };
    answer(&app, work).await
}

impl Line for DiffLine {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. })
    }

    fn failed(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}
