//! `GET modules`: the verdict of every file in the modules folder.

use axum::Json;
use axum::extract::State;

use super::app::App;
use super::problem::Answer;
use foldline_api::ModuleReports;

pub(super) async fn list(State(app): State<App>) -> Answer<Json<ModuleReports>> {
    let modules = app.blocking(|host| Ok(host.modules())).await?;
    Ok(Json(ModuleReports { modules }))
}
