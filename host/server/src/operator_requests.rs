//! `POST projections/{name}/promote|discard|replay?version=V`, `…/rollback` and `…/remove`: decisions about versions.
//! `…/skip?topic=T&partition=P&from=O&to=O&reason=R` skips records, and `…/resume` tries again what has halted.
//! `…/resync?sink=S&version=V` refills a sink, and `…/adopt?sink=S` takes one over from another installation.
//!
//! Each answers once the decision is made, or refuses with the reason (409).

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use semver::Version;

use super::app::App;
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use foldline_api::OperatorAnswer;
use foldline_base::clock::now_ms;
use foldline_lifecycle::{OperatorRequest, Skip};

/// Limit of a reason: it is kept forever and shown to people, so it should be a sentence.
const REASON_BYTES_MAX: usize = 1_000;

type Name = Result<Path<String>, PathRejection>;

pub(super) async fn promote(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let leave_sinks = parameters.parsed("leave_sinks")?.unwrap_or(false);
    ask(app, name, OperatorRequest::Promote { version: version(&parameters)?, leave_sinks }).await
}

pub(super) async fn discard(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    ask(app, name, OperatorRequest::Discard(version(&parameters)?)).await
}

pub(super) async fn replay(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    ask(app, name, OperatorRequest::Replay(version(&parameters)?)).await
}

pub(super) async fn rollback(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let leave_sinks = parameters.parsed("leave_sinks")?.unwrap_or(false);
    ask(app, name, OperatorRequest::Rollback { leave_sinks }).await
}

pub(super) async fn remove(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let keeps_documents = parameters.parsed("keep_documents")?.unwrap_or(false);
    ask(app, name, OperatorRequest::Remove { keeps_documents }).await
}

/// With `relay=true` the projection's relay skips them too; with `undo=true` they count again.
pub(super) async fn skip(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let reason = parameters.required("reason")?.trim().to_owned();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        let message = format!("query parameter `reason`: 1 to {REASON_BYTES_MAX} bytes that say why");
        return Err(Refusal::bad_request(message));
    }
    let skip = Skip {
        topic: parameters.required("topic")?.to_owned(),
        partition: parameters.required_parsed("partition")?,
        from: parameters.required_parsed("from")?,
        to: parameters.required_parsed("to")?,
        relay: parameters.parsed("relay")?.unwrap_or(false),
        undone: parameters.parsed("undo")?.unwrap_or(false),
        reason,
        at_ms: now_ms(),
    };
    ask(app, name, OperatorRequest::Skip(skip)).await
}

pub(super) async fn resume(State(app): State<App>, name: Name) -> Answer<Json<OperatorAnswer>> {
    ask(app, name, OperatorRequest::Resume).await
}

/// For the live version, unless another one is named.
pub(super) async fn resync(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let Path(name) = name?;
    let sink = parameters.required("sink")?.to_owned();
    let version = parameters.one("version")?.map(str::to_owned);
    let message = app.blocking(move |host| host.resync(&name, &sink, version.as_deref())).await?;
    Ok(Json(OperatorAnswer { message }))
}

/// For all versions.
pub(super) async fn adopt(
    State(app): State<App>,
    name: Name,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let Path(name) = name?;
    let sink = parameters.required("sink")?.to_owned();
    let message = app.blocking(move |host| host.adopt(&name, &sink)).await?;
    Ok(Json(OperatorAnswer { message }))
}

async fn ask(app: App, name: Name, request: OperatorRequest) -> Answer<Json<OperatorAnswer>> {
    let Path(name) = name?;
    let message = app.blocking(move |host| host.request(&name, request)).await?;
    Ok(Json(OperatorAnswer { message }))
}

fn version(parameters: &Parameters) -> Answer<Version> {
    // A version's build follows a plus sign, which stands for a space in a query unless it is encoded. No version has spaces.
    let text = parameters.required("version")?.replace(' ', "+");
    text.parse().map_err(|why| Refusal::bad_request(format!("query parameter `version`: `{text}`: {why}")))
}
