//! `POST topics/{t}/punctuations`: marks partitions of a topic as done with everything before a time.
//!
//! `time=` is RFC 3339 or milliseconds since 1970 (default: now); `partition=` selects one partition (default: all).

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::app::App;
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use foldline_api::Punctuated;
use foldline_log::json;

pub(super) async fn punctuate(
    State(app): State<App>,
    topic: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Json<Punctuated>> {
    let Path(topic) = topic?;
    let partition = parameters.parsed("partition")?;
    let time_ms = parameters.one("time")?.map(json::parse_time).transpose();
    let time_ms = time_ms.map_err(|why| Refusal::bad_request(format!("query parameter `time`: {why}")))?;
    let punctuated = app.blocking(move |host| host.punctuate(&topic, partition, time_ms)).await?;
    Ok(Json(punctuated))
}
