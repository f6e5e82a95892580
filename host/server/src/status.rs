//! `GET status`: where every version stands.

use axum::Json;
use axum::extract::State;

use super::app::App;
use super::parameters::Query;
use super::problem::Answer;
use foldline_api::Status;

pub(super) async fn get(State(app): State<App>, query: Query) -> Answer<Json<Status>> {
    query.only(&[])?;
    Ok(Json(app.blocking(|host| host.status()).await?))
}
