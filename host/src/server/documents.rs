//! `GET projections/{name}/documents…`: reads what a projection serves.
//!
//! Every answer names the version that gave it and the position that it shows, a missing document's too. `at_least=`
//! waits (`wait=`, 2 s by default) until the position is shown: read your own writes.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use foldline_core::position::Position;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use super::parameters::{Parameters, Query};
use super::problem::{Answer, Refusal};
use super::router::App;
use crate::api::{Document, DocumentPage};
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::host::Serving;
use crate::sink::sqlite::{ListQuery, Shown};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// 512 bytes: the longest id that a row may have.
const ID_BYTES_MAX: usize = 512;

const WAIT_DEFAULT: Duration = Duration::from_secs(2);

/// 60 s: longer waits are `wait`'s.
const WAIT_MAX: Duration = Duration::from_secs(60);

static VERSION: HeaderName = HeaderName::from_static("foldline-version");
static POSITION: HeaderName = HeaderName::from_static("foldline-position");

pub(super) async fn get(
    State(app): State<App>,
    path: std::result::Result<Path<(String, String)>, PathRejection>,
    query: Query,
) -> Answer<Response> {
    let Path((name, id)) = path?;
    let parameters = query.only(&["at_least", "wait"])?;
    if id.len() > ID_BYTES_MAX {
        return Err(Refusal::bad_request(format!("the id has {} bytes, more than {ID_BYTES_MAX}", id.len())));
    }
    let serving = serving(&app, &name, &parameters).await?;
    let reader = serving.reader.clone();
    let (id, read) = app.blocking(move |_| reader.get(&id).map(|read| (id, read))).await?;
    let Shown { value: body, position, .. } = read;
    let response = match body {
        Some(body) => Json(document(id, body)?).into_response(),
        None => Refusal::new(StatusCode::NOT_FOUND, format!("projection `{name}` holds no document `{id}`"))
            .into_response(),
    };
    Ok(shown(response, &serving, &position))
}

pub(super) async fn list(
    State(app): State<App>,
    name: std::result::Result<Path<String>, PathRejection>,
    query: Query,
) -> Answer<Response> {
    let Path(name) = name?;
    let parameters = query.only(&["where", "sort", "limit", "cursor", "at_least", "wait"])?;
    let query = list_query(&parameters)?;
    let serving = serving(&app, &name, &parameters).await?;
    let reader = serving.reader.clone();
    let read = app.blocking(move |_| reader.list(&query)).await?;
    let documents = read.value.documents.into_iter().map(|(id, body)| document(id, body));
    let page = DocumentPage { documents: documents.collect::<Result<_>>()?, cursor: read.value.cursor };
    Ok(shown(Json(page).into_response(), &serving, &read.position))
}

fn list_query(parameters: &Parameters) -> Answer<ListQuery> {
    let filter = |text: &str| match text.split_once(':') {
        Some((field, value)) => Ok((field.to_owned(), value.to_owned())),
        None => Err(Refusal::bad_request(format!(
            "query parameter `where={text}`: it looks like `where=FIELD:VALUE`"
        ))),
    };
    let sort = parameters.one("sort")?.map(|text| match text.strip_prefix('-') {
        Some(field) => (field.to_owned(), true),
        None => (text.to_owned(), false),
    });
    Ok(ListQuery {
        filter: parameters.all("where").map(filter).collect::<Answer<_>>()?,
        sort,
        limit: parameters.limit("limit", 1..=LIMIT_MAX, LIMIT_DEFAULT)?,
        cursor: parameters.one("cursor")?.map(str::to_owned),
    })
}

/// Returns the live version, once it shows what the request asks for.
async fn serving(app: &App, name: &str, parameters: &Parameters) -> Answer<Arc<Serving>> {
    let at_least: Option<Position> = parameters.parsed("at_least")?;
    let wait = parameters.duration("wait", WAIT_MAX)?;
    let live = || {
        app.backend.serving(name).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no projection `{name}` is live")).with_hint(
                "GET /api/v1/modules shows each module's verdict, GET /api/v1/status how far versions are",
            )
        })
    };
    let Some(at_least) = at_least else {
        return match wait {
            Some(_) => Err(Refusal::bad_request("`wait` needs `at_least`")),
            None => Ok(live()?),
        };
    };
    let deadline = Instant::now() + wait.unwrap_or(WAIT_DEFAULT);
    loop {
        let serving = live()?;
        let mut shown = serving.shown.clone();
        // What the projection does not read, it has nothing to show of.
        let due = at_least.of_topics(serving.handle.topics().iter().map(String::as_str));
        let waited = tokio::select! {
            waited = timeout_at(deadline, shown.wait_for(|shown| shown.covers(&due))) => waited.map(|shown| shown.is_ok()),
            stopped = app.stopped() => return Err(stopped),
        };
        match waited {
            Ok(true) => return Ok(serving),
            // The version is served no longer: ask the one that took over, unless it is still the same.
            Ok(false) if !Arc::ptr_eq(&serving, &live()?) => {}
            Ok(false) | Err(_) => {
                let reached = serving.shown.borrow().clone();
                let detail = format!("projection `{name}` shows {reached}, not yet {at_least}");
                return Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, detail)
                    .hint("try again, or wait longer with `wait=10s`")
                    .position(Some(reached)));
            }
        }
    }
}

fn document(id: String, body: String) -> Result<Document> {
    let document =
        RawValue::from_string(body).kind(ErrorKind::Internal, format!("document `{id}` is no JSON"))?;
    Ok(Document { id, document })
}

fn shown(mut response: Response, serving: &Serving, position: &Position) -> Response {
    let headers = [(&VERSION, serving.version.clone()), (&POSITION, position.to_string())];
    for (name, value) in headers {
        // Topics and module names are checked when they come in; one that slipped through costs a header only.
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
