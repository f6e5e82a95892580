//! Common parts of all reads of a projection.
//!
//! Every answer names the version that gave it and the position that it shows, even if the requested entry does not exist.
//! `at_least=` waits (`wait=`, 2 s by default) until the position is shown, so that clients can read their own writes. This
//! includes waiting for a known projection that does not answer yet. Without `at_least` such a projection gives 503, because 404
//! means that it does not exist.
//!
//! A client is never shown anything older than it has seen, across hand-overs too: an answer is given only if the version that
//! it was read from was still served after it was read ([`read`]).

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use foldline_core::position::Position;
use tokio::time::{Instant, timeout_at};

use super::app::App;
use super::parameters::{Page, Parameters, Wait};
use super::problem::{Answer, Refusal};
use foldline_base::error::{ErrorKind, Result};
use foldline_runtime::Serving;
use foldline_sink_sqlite::{Shown, SqliteReader};

pub(super) const PAGE: Page = Page { default: 100, max: 1_000 };

/// 512 bytes: the longest name of a set or a member.
pub(super) const NAME_BYTES_MAX: usize = 512;

/// 533 bytes: the longest key, and for a document of every window `@` and the window's start, an int of up to 20 characters.
pub(super) const ID_BYTES_MAX: usize = 512 + 21;

/// 60 s: for longer waits there is the route `wait`.
pub(super) const WAIT: Wait =
    Wait { parameter: "wait", default: Duration::from_secs(2), max: Duration::from_secs(60) };

static VERSION: HeaderName = HeaderName::from_static("foldline-version");
static POSITION: HeaderName = HeaderName::from_static("foldline-position");

/// Refuses an id, or the name of a set or member, that is too long to exist.
pub(super) fn check_length(what: &str, name: &str, bytes_max: usize) -> Answer<()> {
    match name.len() <= bytes_max {
        true => Ok(()),
        false => {
            Err(Refusal::bad_request(format!("the {what} has {} bytes, more than {bytes_max}", name.len())))
        }
    }
}

/// Reads from the live version, once it shows what the request asks for.
///
/// Reads again if another version was served meanwhile. The old one may flush again as soon as the new one is served, so what was
/// read may be newer than what the new one shows to the next request.
pub(super) async fn read<T: Send + 'static>(
    app: &App,
    name: &str,
    parameters: &Parameters,
    read: impl Fn(&SqliteReader) -> Result<Shown<T>> + Send + Sync + 'static,
) -> Answer<(Arc<Serving>, Shown<T>)> {
    let awaited = Awaited::of(parameters)?;
    let read = Arc::new(read);
    loop {
        let serving = match &awaited {
            Some(awaited) => serving_at_least(app, name, awaited).await?,
            None => app.host.serving(name)?,
        };
        let (reader, read) = (serving.reader.clone(), Arc::clone(&read));
        let result = app.blocking(move |_| read(&reader)).await;
        if is_served(app, name, &serving) {
            return result.map(|shown| (serving, shown));
        }
    }
}

/// The position that a request waits for.
struct Awaited {
    at_least: Position,
    deadline: Instant,
}

impl Awaited {
    /// Returns what a request waits for, from now on.
    fn of(parameters: &Parameters) -> Answer<Option<Self>> {
        let at_least: Option<Position> = parameters.parsed("at_least")?;
        match (at_least, parameters.wait(WAIT)?) {
            (Some(at_least), wait) => {
                Ok(Some(Self { at_least, deadline: Instant::now() + wait.unwrap_or(WAIT.default) }))
            }
            (None, Some(_)) => Err(Refusal::bad_request("`wait` needs `at_least`")),
            (None, None) => Ok(None),
        }
    }
}

/// Returns whether this is what the next read of the projection would use.
fn is_served(app: &App, name: &str, serving: &Arc<Serving>) -> bool {
    app.host.serving(name).is_ok_and(|now| Arc::ptr_eq(serving, &now))
}

/// Returns the live version, once it shows what is awaited.
async fn serving_at_least(app: &App, name: &str, awaited: &Awaited) -> Answer<Arc<Serving>> {
    let Awaited { at_least, deadline } = awaited;
    let mut changes = app.host.changes();
    loop {
        changes.borrow_and_update();
        let serving = match app.host.serving(name) {
            Ok(serving) => serving,
            // Not known yet. Anything that makes it known counts as a change.
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let changed = tokio::select! {
                    changed = timeout_at(*deadline, changes.changed()) => matches!(changed, Ok(Ok(()))),
                    stopped = app.stopped() => return Err(stopped),
                };
                match changed {
                    true => continue,
                    false => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        };
        let mut shown = serving.shown.clone();
        // The projection shows nothing of topics that it does not read.
        let expected = at_least.of_topics(serving.handle.topics().iter().map(String::as_str));
        let waited = tokio::select! {
            waited = timeout_at(*deadline, shown.wait_for(|shown| shown.covers(&expected))) => waited.map(|shown| shown.is_ok()),
            stopped = app.stopped() => return Err(stopped),
        };
        match waited {
            Ok(true) => return Ok(serving),
            // The version is no longer served: ask its successor, unless it is the same one.
            Ok(false) if !is_served(app, name, &serving) => {}
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

/// Adds the version that gave an answer, and the position that it shows.
pub(super) fn respond(mut response: Response, serving: &Serving, position: &Position) -> Response {
    let headers = [(&VERSION, serving.version.clone()), (&POSITION, position.to_string())];
    for (name, value) in headers {
        // Names of topics and modules were checked on arrival. If one is not a valid header value, only the header is missing.
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
