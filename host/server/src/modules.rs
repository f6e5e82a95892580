//! `GET modules`: the verdict of every file in the modules folder.

use axum::Json;
use axum::extract::State;

use super::app::App;
use super::parameters::Query;
use super::problem::Answer;
use foldline_api::ModuleReports;

pub(super) async fn list(State(app): State<App>, query: Query) -> Answer<Json<ModuleReports>> {
    query.only(&[])?;
    let modules = app.blocking(|host| Ok(host.modules())).await?;
    Ok(Json(ModuleReports { modules }))
}
