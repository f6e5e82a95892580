//! `GET dead-letters`: records that could not be folded, with the reasons; with `records=true` also their contents.

use axum::Json;
use axum::extract::State;

use super::app::App;
use super::parameters::{Page, Parameters};
use super::problem::Answer;
use foldline_api::DeadLetterPage;

pub(super) const PAGE: Page = Page { default: 100, max: 1_000 };

pub(super) async fn list(State(app): State<App>, parameters: Parameters) -> Answer<Json<DeadLetterPage>> {
    let projection = parameters.one("projection")?.map(str::to_owned);
    let limit = parameters.limit(PAGE)?;
    let cursor = parameters.one("cursor")?.map(str::to_owned);
    let with_records = parameters.parsed("records")?.unwrap_or(false);
    let page = app
        .blocking(move |host| {
            host.dead_letters(projection.as_deref(), limit, cursor.as_deref(), with_records)
        })
        .await?;
    Ok(Json(page))
}
