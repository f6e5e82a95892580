//! `GET projections/{name}/wait`: answers once everything in the log at this time is folded and shown by every sink, or with
//! `embedded=true` by the embedded store.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::app::App;
use super::parameters::{Parameters, Wait};
use super::problem::{Answer, Refusal};
use foldline_api::Waited;
use foldline_base::error::ErrorKind;
use foldline_runtime::WaitScope;

/// 1 h: to wait longer, send the request again.
pub(super) const WAIT: Wait =
    Wait { parameter: "timeout", default: Duration::from_secs(60), max: Duration::from_secs(3_600) };

pub(super) async fn wait(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Json<Waited>> {
    let Path(name) = name?;
    let version = parameters.one("version")?;
    let who = match parameters.parsed("embedded")? {
        Some(true) => WaitScope::Embedded,
        Some(false) | None => WaitScope::Everyone,
    };
    let timeout = parameters.wait(WAIT)?.unwrap_or(WAIT.default);
    let waited = tokio::select! {
        waited = app.host.clone().wait(&name, version, who, timeout) => waited,
        stopped = app.stopped() => return Err(stopped),
    };
    waited.map(Json).map_err(|error| {
        let timed_out = error.kind() == ErrorKind::TimedOut;
        // The live version's position. Another version's position is in the text and in `status`.
        let reached = || app.host.serving(&name).ok().map(|serving| serving.shown.borrow().clone());
        Refusal::from(error).position(if timed_out && version.is_none() { reached() } else { None })
    })
}
