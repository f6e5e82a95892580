//! The declared routes: their page is up to date, each answers, and each requires the right caller.

use axum::body::Body;
use axum::http::StatusCode;
use foldline_base::secret::Secret;
use tower::ServiceExt;

use super::fake_host::{Server, request};
use crate::ServerOptions;
use crate::guard::Caller;
use crate::reference::http_reference;
use crate::routes::ROUTES;

#[test]
fn the_page_on_http_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/http.md");
    let page = http_reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, page, "run this test with UPDATE_DOCS=1 to write docs/http.md");
}

#[tokio::test]
async fn every_declared_route_asks_operators_for_the_token_and_readers_for_nothing() {
    let options = ServerOptions { token: Some(Secret::from("secret")), ..ServerOptions::for_tests() };
    let server = Server::with(options, false);
    for route in ROUTES {
        let uri = match route.path.replace(['{', '}'], "") {
            path if path.ends_with("/wait") => format!("{path}?timeout=0s"),
            path => path,
        };
        let request = request(route.method().as_str(), &uri).body(Body::empty()).unwrap();
        // The body is not read, because events never end.
        let status = server.router.clone().oneshot(request).await.unwrap().status();
        let is_asked = status == StatusCode::UNAUTHORIZED;
        assert_eq!(is_asked, route.caller() == Caller::Operator, "{} {uri}: {status}", route.method());
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{uri}");
    }
}

#[test]
fn every_route_is_declared_once() {
    let mut declared: Vec<_> = ROUTES.iter().map(|route| (route.path, route.method().to_string())).collect();
    declared.sort();
    declared.dedup();
    assert_eq!(declared.len(), ROUTES.len());
}

#[tokio::test]
async fn every_declared_route_but_the_probes_refuses_a_query_that_it_does_not_declare() {
    let options = ServerOptions { token: Some(Secret::from("secret")), ..ServerOptions::for_tests() };
    let server = Server::with(options, false);
    for route in ROUTES {
        let uri = format!("{}?undeclared=1", route.path.replace(['{', '}'], ""));
        let request = request(route.method().as_str(), &uri).header("authorization", "Bearer secret");
        let request = request.body(Body::empty()).unwrap();
        let status = server.router.clone().oneshot(request).await.unwrap().status();
        let is_probe = ["/livez", "/readyz"].contains(&route.path);
        assert_eq!(status == StatusCode::BAD_REQUEST, !is_probe, "{} {uri}: {status}", route.method());
    }
}
