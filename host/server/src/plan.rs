//! `POST plan?file=NAME`: predicts what the module in the body would do if it were dropped. Nothing is stored.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};

use super::app::App;
use super::body;
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use foldline_api::Plan;

pub(super) async fn post(
    State(app): State<App>,
    parameters: Parameters,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Plan>> {
    let file = parameters.one("file")?.map(str::to_owned);
    check_type(&headers)?;
    let bytes_max = app.options.module_bytes_max;
    let received = body::receive_module(body, &app.capacity.bodies, bytes_max).await?;
    let plan = app.blocking(move |host| host.plan(file.as_deref(), &received.bytes)).await?;
    Ok(Json(plan))
}

fn check_type(headers: &HeaderMap) -> Answer<()> {
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    match given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/wasm" | "application/octet-stream" => Ok(()),
        other => {
            let detail = format!("content type `{other}` is not a module");
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
                .hint("send the file's bytes as `application/wasm`"))
        }
    }
}
