//! `GET projections/{name}/documents…`: reads the documents that a projection serves.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;

use super::app::App;
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use super::reading::{ID_BYTES_MAX, PAGE, check_length, read, respond};
use foldline_api::{Document, DocumentPage};
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_sink_sqlite::ListQuery;

pub(super) async fn get(
    State(app): State<App>,
    path: std::result::Result<Path<(String, String)>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let Path((name, id)) = path?;
    check_length("id", &id, ID_BYTES_MAX)?;
    let id: Arc<str> = id.into();
    let of = Arc::clone(&id);
    let (serving, shown) = read(&app, &name, &parameters, move |reader| reader.get(&of)).await?;
    let response = match shown.value {
        Some(body) => Json(document(id.to_string(), body)?).into_response(),
        None => Refusal::new(StatusCode::NOT_FOUND, format!("projection `{name}` holds no document `{id}`"))
            .into_response(),
    };
    Ok(respond(response, &serving, &shown.position))
}

pub(super) async fn list(
    State(app): State<App>,
    name: std::result::Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let Path(name) = name?;
    let query = list_query(&parameters)?;
    let (serving, shown) = read(&app, &name, &parameters, move |reader| reader.list(&query)).await?;
    let documents = shown.value.documents.into_iter().map(|(id, body)| document(id, body));
    let page = DocumentPage { documents: documents.collect::<Result<_>>()?, cursor: shown.value.cursor };
    Ok(respond(Json(page).into_response(), &serving, &shown.position))
}

fn list_query(parameters: &Parameters) -> Answer<ListQuery> {
    let filter = |text: &str| match text.split_once(':') {
        Some((field, value)) => Ok((field.to_owned(), value.to_owned())),
        None => Err(Refusal::bad_request(format!(
            "query parameter `where={text}`: use the form `where=FIELD:VALUE`"
        ))),
    };
    let sort = parameters.one("sort")?.map(|text| match text.strip_prefix('-') {
        Some(field) => (field.to_owned(), true),
        None => (text.to_owned(), false),
    });
    Ok(ListQuery {
        filter: parameters.all("where").map(filter).collect::<Answer<_>>()?,
        sort,
        limit: parameters.limit(PAGE)?,
        cursor: parameters.one("cursor")?.map(str::to_owned),
    })
}

fn document(id: String, body: String) -> Result<Document> {
    let document =
        RawValue::from_string(body).kind(ErrorKind::Internal, format!("document `{id}` is not JSON"))?;
    Ok(Document { id, document })
}
