//! `POST projections/{name}/promote|discard|replay?version=V` and `…/rollback`: decisions about versions; and
//! `…/resync?sink=S&version=V`, which fills a sink anew, and `…/adopt?sink=S`, which takes one over from another installation.
//!
//! Each answers once the decision is made, or refused with the reason (409).

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use semver::Version;

use super::parameters::Query;
use super::problem::{Answer, Refusal};
use super::router::App;
use crate::api::Changed;
use crate::lifecycle::Change;

type Name = Result<Path<String>, PathRejection>;

pub(super) async fn promote(State(app): State<App>, name: Name, query: Query) -> Answer<Json<Changed>> {
    change(app, name, Change::Promote(version(&query)?)).await
}

pub(super) async fn discard(State(app): State<App>, name: Name, query: Query) -> Answer<Json<Changed>> {
    change(app, name, Change::Discard(version(&query)?)).await
}

pub(super) async fn replay(State(app): State<App>, name: Name, query: Query) -> Answer<Json<Changed>> {
    change(app, name, Change::Replay(version(&query)?)).await
}

pub(super) async fn rollback(State(app): State<App>, name: Name, query: Query) -> Answer<Json<Changed>> {
    query.only(&[])?;
    change(app, name, Change::Rollback).await
}

/// Of the live version, unless another one is named.
pub(super) async fn resync(State(app): State<App>, name: Name, query: Query) -> Answer<Json<Changed>> {
    let Path(name) = name?;
    let parameters = query.only(&["sink", "version"])?;
    let sink = parameters.one("sink")?.map(str::to_owned);
    let sink = sink.ok_or_else(|| Refusal::bad_request("query parameter `sink` is missing".to_owned()))?;
    let version = parameters.one("version")?.map(str::to_owned);
    let message = app.blocking(move |backend| backend.resync(&name, &sink, version.as_deref())).await?;
    Ok(Json(Changed { message }))
}

/// Of all versions.
pub(super) async fn adopt(State(app): State<App>, name: Name, query: Query) -> Answer<Json<Changed>> {
    let Path(name) = name?;
    let parameters = query.only(&["sink"])?;
    let sink = parameters.one("sink")?.map(str::to_owned);
    let sink = sink.ok_or_else(|| Refusal::bad_request("query parameter `sink` is missing".to_owned()))?;
    let message = app.blocking(move |backend| backend.adopt(&name, &sink)).await?;
    Ok(Json(Changed { message }))
}

async fn change(app: App, name: Name, change: Change) -> Answer<Json<Changed>> {
    let Path(name) = name?;
    let message = app.blocking(move |backend| backend.change(&name, change)).await?;
    Ok(Json(Changed { message }))
}

fn version(query: &Query) -> Answer<Version> {
    let parameters = query.only(&["version"])?;
    let text = parameters.one("version")?;
    let text = text.ok_or_else(|| Refusal::bad_request("query parameter `version` is missing".to_owned()))?;
    text.parse().map_err(|why| Refusal::bad_request(format!("query parameter `version`: `{text}`: {why}")))
}
