//! `GET topics`, `GET topics/{t}`: lists the topics, and describes one.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::app::App;
use super::problem::Answer;
use foldline_api::{Topic, TopicPartition, Topics};
use foldline_base::error::Result;
use foldline_log::Log;

pub(super) async fn list(State(app): State<App>) -> Answer<Json<Topics>> {
    let topics = app.blocking(move |host| host.log().topics()).await?;
    Ok(Json(Topics { topics }))
}

pub(super) async fn get(
    State(app): State<App>,
    topic: std::result::Result<Path<String>, PathRejection>,
) -> Answer<Json<Topic>> {
    let Path(topic) = topic?;
    let answer = app.blocking(move |host| describe(&*host.log(), topic)).await?;
    Ok(Json(answer))
}

/// Asks the log what a topic holds.
pub(super) fn describe(log: &dyn Log, topic: String) -> Result<Topic> {
    // The starts are read first, so that appends and removals in between cannot make a range end before its start.
    let starts = log.starts(&topic)?;
    let ends = log.ends(&topic)?;
    let partitions =
        (0..).zip(starts.into_iter().zip(ends)).map(|(partition, (start_offset, end_offset))| {
            TopicPartition { partition, start_offset, end_offset }
        });
    Ok(Topic { partitions: partitions.collect(), topic })
}
