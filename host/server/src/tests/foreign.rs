//! Refused requests: foreign hosts, pages of foreign sites, and changes without the token.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::fake_host::{Server, problem, request};
use crate::ServerOptions;
use foldline_config::ServerConfig;

/// One path of each kind, and paths that start long work.
const PATHS: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/status"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/modules"),
    ("GET", "/api/v1/topics"),
    ("GET", "/api/v1/topics/likes/records"),
    ("GET", "/api/v1/dead-letters"),
    ("GET", "/api/v1/projections/like-count/documents/p2"),
    ("GET", "/api/v1/projections/like-count/fingerprint"),
    ("GET", "/api/v1/projections/like-count/verify"),
    ("GET", "/api/v1/projections/like-count/trace?key=a"),
    ("GET", "/api/v1/projections/like-count/diff"),
    ("GET", "/api/v1/projections/like-count/diff/why?key=a"),
    ("GET", "/api/v1/projections/like-count/wait"),
    ("HEAD", "/api/v1/projections/like-count/verify"),
    ("POST", "/api/v1/plan"),
    ("POST", "/api/v1/projections/like-count/rollback"),
];

#[tokio::test]
async fn a_page_of_another_site_starts_no_work_and_reads_nothing() {
    let server = Server::new();
    for (method, path) in PATHS {
        for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let asked = request(method, path).header(name, value).body(Body::empty()).unwrap();
            assert_eq!(server.send(asked).await.0, StatusCode::FORBIDDEN, "{method} {path} {name}");
        }
    }
}

#[tokio::test]
async fn a_name_that_is_not_the_hosts_is_refused_everywhere_also_where_others_can_connect() {
    let hosts = vec!["foldline.example".to_owned()];
    let limits = ServerConfig { hosts, ..ServerConfig::default() };
    let server = Server::with(ServerOptions { limits, ..ServerOptions::for_tests() }, false);
    for (method, path) in PATHS {
        let asked = Request::builder().method(*method).uri(*path).header("host", "evil.example:7070");
        let answer = server.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.0, StatusCode::MISDIRECTED_REQUEST, "{method} {path}");
        if *method == "GET" {
            assert!(problem(421, &answer).hint.unwrap().contains("add `evil.example` to `hosts`"));
        }
    }
    for host in ["foldline.example:7070", "10.1.2.3:7070", "localhost"] {
        let asked = Request::builder().uri("/livez").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(server.send(asked).await.0, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn foreign_hosts_and_sites_are_turned_away() {
    let server = Server::new();
    let with = |method: &str, headers: &[(&str, &str)]| {
        let path = if method == "POST" { "/api/v1/topics/likes/records" } else { "/livez" };
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/octet-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from("a")).unwrap()
    };
    for (method, headers, status) in [
        ("GET", &[("host", "evil.example:7070")][..], 421),
        ("GET", &[("host", "127.0.0.1:7070"), ("origin", "http://evil.example")], 403),
        ("GET", &[("host", "127.0.0.1:7070"), ("sec-fetch-site", "cross-site")], 403),
        ("GET", &[("host", "127.0.0.1:7070"), ("sec-fetch-site", "none")], 200),
        ("GET", &[("host", "127.0.0.1:7070"), ("origin", "http://127.0.0.1:7070")], 200),
        ("GET", &[], 400),
        ("GET", &[("host", "localhost"), ("host", "evil.example")], 400),
        ("POST", &[("host", "localhost:7070"), ("origin", "http://evil.example")], 403),
        ("POST", &[("host", "localhost:7070"), ("origin", "null")], 403),
        ("POST", &[("host", "localhost:7070"), ("sec-fetch-site", "cross-site")], 403),
        ("POST", &[("host", "localhost:7070"), ("origin", "http://localhost:7070")], 200),
        ("POST", &[("host", "[::1]:7070")], 200),
    ] {
        let answer = server.send(with(method, headers)).await;
        assert_eq!(answer.0.as_u16(), status, "{method} {headers:?}: {}", answer.2);
    }
}

#[tokio::test]
async fn changes_need_the_token_where_there_is_one_and_cannot_be_made_from_elsewhere_without() {
    let options = |token: Option<&str>, loopback| {
        let token = token.map(Into::into);
        (ServerOptions { token, ..ServerOptions::for_tests() }, loopback)
    };
    for (options, given, status) in [
        (options(Some("secret"), true), None, 401),
        (options(Some("secret"), false), Some("Bearer wrong"), 401),
        (options(Some("secret"), false), Some("Basic secret"), 401),
        (options(Some("secret"), false), Some("bearer secret"), 200),
        (options(None, false), Some("Bearer secret"), 403),
        (options(None, true), None, 200),
    ] {
        let server = Server::with(options.0, options.1);
        let mut request = request("POST", "/api/v1/topics/likes/records")
            .header("content-type", "application/octet-stream");
        if let Some(given) = given {
            request = request.header("authorization", given);
        }
        let answer = server.send(request.body(Body::from("a")).unwrap()).await;
        assert_eq!(answer.0.as_u16(), status, "{given:?}");
        assert_eq!(answer.1.contains_key("www-authenticate"), status == 401);
        assert_eq!(server.get("/api/v1/topics/likes").await.0, StatusCode::OK);
    }
}
