//! `/livez`, `/readyz` and `/`: liveness and readiness.

use axum::extract::State;

use super::app::App;
use super::problem::{Answer, Refusal};

pub(super) async fn root() -> &'static str {
    "foldline: the API lives under /api/v1, start with /api/v1/status\n"
}

/// The server listens once the host has started, and a host that has started accepts appends.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(app): State<App>) -> Answer<&'static str> {
    match app.blocking(|host| Ok(host.ready())).await? {
        Ok(()) => Ok("ok\n"),
        Err(reason) => Err(Refusal::unavailable(reason)),
    }
}
