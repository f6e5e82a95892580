//! `POST topics/{t}/adopt?from=end|start`: adopts a topic that is not the one that was read.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::app::App;
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use foldline_api::OperatorAnswer;

pub(super) async fn adopt(
    State(app): State<App>,
    topic: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Json<OperatorAnswer>> {
    let Path(topic) = topic?;
    let from_start = match parameters.one("from")? {
        None | Some("end") => false,
        Some("start") => true,
        Some(other) => {
            return Err(Refusal::bad_request(format!(
                "query parameter `from`: `{other}` is neither end nor start"
            )));
        }
    };
    let message = app.blocking(move |host| host.adopt_log(&topic, from_start)).await?;
    Ok(Json(OperatorAnswer { message }))
}
