//! Who may ask what: refuses foreign hosts, foreign sites, and changes without the token.
//!
//! A page of a foreign site must neither read this machine's projections (by making its own name resolve to a
//! loopback address) nor append to them (by a request that the browser sends without asking).

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::ServerOptions;
use super::problem::{Answer, Refusal};
use super::router::App;

pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match examine(&app.options, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn examine(options: &ServerOptions, request: &Request) -> Answer<()> {
    let host = host(request)?;
    if options.loopback && !is_loopback(host) {
        let detail = format!("host `{host}` is not served here");
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, detail).hint(
            "use `localhost` or `127.0.0.1`, or let the host listen on another address than loopback",
        ));
    }
    if request.method().is_safe() {
        return Ok(());
    }
    check_origin(request.headers(), host)?;
    check_token(options, request.headers())
}

/// Returns the host that is addressed, with its port.
fn host(request: &Request) -> Answer<&str> {
    let missing = || Refusal::new(StatusCode::BAD_REQUEST, "the request has no readable `Host` header");
    let mut named = request.headers().get_all(HOST).iter();
    let host = named.next().and_then(|host| host.to_str().ok()).ok_or_else(missing)?;
    // A second name, in another header or in the request line, could slip past whoever looks at only one.
    let contradicted = named.next().is_some()
        || request.uri().authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host));
    if contradicted {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "the request names two hosts"));
    }
    Ok(host)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn check_origin(headers: &HeaderMap, host: &str) -> Answer<()> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign = match headers.get(ORIGIN) {
        Some(origin) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host)),
        None => matches!(site, Some(b"cross-site" | b"same-site")),
    };
    if foreign {
        let detail = "a page of another site may not change anything here";
        return Err(
            Refusal::new(StatusCode::FORBIDDEN, detail).hint("send the request from outside of a browser")
        );
    }
    Ok(())
}

fn check_token(options: &ServerOptions, headers: &HeaderMap) -> Answer<()> {
    let Some(token) = &options.token else {
        return match options.loopback {
            true => Ok(()),
            false => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "this host is read-only for other machines: it has no token",
            )
            .hint("set a token in foldline.toml and send it as `Authorization: Bearer TOKEN`")),
        };
    };
    let given = headers.get(AUTHORIZATION).and_then(|header| header.as_bytes().split_first_chunk::<7>());
    let (what, given) = match given {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case(b"bearer ") => ("is wrong", Some(given)),
        _ => ("is missing", None),
    };
    // Hashes compare in constant time: the answer's delay tells nothing about the token.
    if given.is_some_and(|given| blake3::hash(given) == blake3::hash(token.expose().as_bytes())) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::UNAUTHORIZED, format!("the token {what}"))
        .hint("send the host's token as `Authorization: Bearer TOKEN`")
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "LocalHost:7070", "127.0.0.1", "127.8.8.8:1", "[::1]", "[::1]:7070"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:7070",
            "10.0.0.1",
            "127.0.0.1.evil.example",
            "[::2]:1",
            "[",
            "localhost@evil",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
