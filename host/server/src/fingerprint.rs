//! `GET projections/{name}/fingerprint`: one hash for the live version's state.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::app::App;
use super::problem::Answer;
use foldline_api::FingerprintAnswer;

pub(super) async fn get(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
) -> Answer<Json<FingerprintAnswer>> {
    let Path(name) = name?;
    Ok(Json(app.blocking(move |host| host.fingerprint(&name)).await?))
}
