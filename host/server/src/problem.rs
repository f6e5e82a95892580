//! Refusals, as problem+json (RFC 9457). Only this file maps error kinds to HTTP statuses.

use std::any::Any;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use foldline_core::position::Position;
use tracing::error;

use foldline_api::{PartlyAppended, Problem};
use foldline_base::error::{Error, ErrorKind};

/// 1 s: a start takes less, and a rebuild may be polled every second.
const RETRY_AFTER_S: &str = "1";

/// The result of a handler.
pub(super) type Answer<T> = Result<T, Refusal>;

/// A refused request. Boxed, because it is large and rare.
#[derive(Debug)]
pub(super) struct Refusal(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    detail: String,
    hint: Option<String>,
    position: Option<Position>,
    partly: Option<PartlyAppended>,
    headers: HeaderMap,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let headers = HeaderMap::new();
        let detail = detail.into();
        Self(Box::new(Parts { status, detail, hint: None, position: None, partly: None, headers }))
    }

    /// Returns the refusal of an invalid request.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Returns the refusal of a request that may succeed later.
    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(super) fn position(mut self, position: Option<Position>) -> Self {
        self.0.position = position;
        self
    }

    /// Adds which lines of an append are in the log. Changes a 503 to a 500: many clients repeat a request after a 503, but this
    /// one must not be repeated as a whole.
    pub(super) fn partly(mut self, partly: PartlyAppended) -> Self {
        if self.0.status == StatusCode::SERVICE_UNAVAILABLE {
            self.0.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
        self.0.partly = Some(partly);
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Returns the content of the body.
    pub(super) fn problem(self) -> Problem {
        let Parts { status, detail, hint, position, partly, .. } = *self.0;
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Problem { title, status: status.as_u16(), detail, hint, position, partly }
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> StatusCode {
        self.0.status
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Usage | ErrorKind::Data => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Refused | ErrorKind::Replaced => StatusCode::CONFLICT,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            // The operator must fix this; the client cannot.
            ErrorKind::Config
            | ErrorKind::Module
            | ErrorKind::Corrupt
            | ErrorKind::Lost
            | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            error!(%error, "a request failed");
        }
        let refusal = Self::new(status, error.message());
        match error.hint() {
            Some(hint) => refusal.hint(hint),
            None => refusal,
        }
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(format!("the path cannot be read: {}", rejection.body_text()))
            .hint("names and ids in paths are percent-encoded UTF-8")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, headers) = (self.0.status, self.0.headers.clone());
        let mut response = (status, headers, Json(self.problem())).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let after = response.headers_mut().entry(RETRY_AFTER);
            after.or_insert_with(|| HeaderValue::from_static(RETRY_AFTER_S));
        }
        response
    }
}

pub(super) async fn no_such_path(uri: Uri) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("there is nothing at `{}`", uri.path()))
        .hint("the API lives under /api/v1")
}

pub(super) async fn no_such_method(method: Method, uri: Uri) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("`{}` does not support {method}", uri.path()))
        .hint("the header `Allow` lists the supported methods")
}

/// Answers for a handler that panicked. The panic hook has already logged it.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the request made the host panic").into_response()
}
