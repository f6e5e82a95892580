//! Builds the router from the declared routes, with the layers that every request passes.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tower_http::catch_panic::CatchPanicLayer;

use super::app::App;
use super::routes::{API, ROUTES};
use super::{guard, problem};

/// Returns the router of all declared routes.
pub(super) fn router(app: App) -> Router {
    let (mut outside, mut api) = (Router::new(), Router::new());
    for route in ROUTES {
        match route.path.strip_prefix(API) {
            Some(path) => api = api.route(path, route.service()),
            None => outside = outside.route(route.path, route.service()),
        }
    }
    outside
        .nest(API, api)
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        // Handlers limit bodies where they read them.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.rules.clone(), guard::check))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .with_state(app)
}
