//! `GET status`: the status of every version.

use axum::Json;
use axum::extract::State;

use super::app::App;
use super::problem::Answer;
use foldline_api::Status;

pub(super) async fn get(State(app): State<App>) -> Answer<Json<Status>> {
    Ok(Json(app.blocking(|host| host.status()).await?))
}
