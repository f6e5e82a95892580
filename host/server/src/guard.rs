//! Decides who may send which requests: refuses foreign hosts, foreign sites, and changes without the token.
//!
//! A page of a foreign site must not read this host's projections (by resolving its own name to the host's address: DNS
//! rebinding), append to the log, or start work here (by a request that the browser sends unasked).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::ServerOptions;
use super::problem::{Answer, Refusal};
use foldline_base::secret::Secret;

/// The rules of one listener.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The token that changes must carry; `None` on loopback only.
    pub(super) token: Option<Secret>,
    /// The host's names, in addition to its addresses.
    pub(super) hosts: Vec<String>,
    /// Whether only this machine can connect.
    pub(super) loopback: bool,
}

impl Rules {
    pub(super) fn of(options: &ServerOptions, loopback: bool) -> Self {
        Self { token: options.token.clone(), hosts: options.limits.hosts.clone(), loopback }
    }
}

/// Who may send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Every client that can connect.
    Reader,
    /// A client that holds the host's token.
    Operator,
}

impl Caller {
    /// Methods that HTTP calls safe only read. All others need the token, even for paths that do not exist.
    pub(super) fn of(method: &Method) -> Self {
        if method.is_safe() { Self::Reader } else { Self::Operator }
    }
}

pub(super) async fn check(State(rules): State<Arc<Rules>>, request: Request, next: Next) -> Response {
    match examine(&rules, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn examine(rules: &Rules, request: &Request) -> Answer<()> {
    let host = host(request)?;
    check_host(rules, host)?;
    check_site(request.headers(), host)?;
    match Caller::of(request.method()) {
        Caller::Reader => Ok(()),
        Caller::Operator => check_token(rules, request.headers()),
    }
}

/// Returns the host name that the request addresses, with its port.
fn host(request: &Request) -> Answer<&str> {
    let missing = || Refusal::new(StatusCode::BAD_REQUEST, "the request has no readable `Host` header");
    let mut named = request.headers().get_all(HOST).iter();
    let host = named.next().and_then(|host| host.to_str().ok()).ok_or_else(missing)?;
    // A second name, in another header or in the request line, could get past a check of only one.
    let contradicted = named.next().is_some()
        || request.uri().authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host));
    if contradicted {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "the request names two hosts"));
    }
    Ok(host)
}

/// Refuses names that are not this host's. A browser sends the name by which a page reached the host.
fn check_host(rules: &Rules, host: &str) -> Answer<()> {
    let name = name_of(host);
    if is_served(rules, name) {
        return Ok(());
    }
    let detail = format!("host `{host}` is not served here");
    let hint = match rules.loopback {
        true => "use `localhost` or `127.0.0.1`",
        false => "use the host's IP address",
    };
    Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, detail)
        .hint(format!("{hint}, or add `{name}` to `hosts` of `[server]` in foldline.toml")))
}

/// Returns the name in `name:port`, without brackets around an IPv6 address.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn is_served(rules: &Rules, name: &str) -> bool {
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    match name.parse::<IpAddr>() {
        // A numeric address involves no name that could be rebound.
        Ok(address) if address.is_loopback() || !rules.loopback => true,
        _ => {
            let name = name.strip_suffix('.').unwrap_or(name);
            rules.hosts.iter().any(|served| served.eq_ignore_ascii_case(name))
        }
    }
}

/// Refuses requests from pages of other sites, even reads: the page cannot read the answer, but making it may take hours of work.
fn check_site(headers: &HeaderMap, host: &str) -> Answer<()> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign = match headers.get(ORIGIN) {
        Some(origin) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host)),
        // A request for an image or by a link from another site has no `Origin`.
        None => matches!(site, Some(b"cross-site" | b"same-site")),
    };
    if foreign {
        let detail = "a page of another site may not send requests to this host";
        return Err(Refusal::new(StatusCode::FORBIDDEN, detail)
            .hint("type the address into the browser, or send the request from outside of a browser"));
    }
    Ok(())
}

fn check_token(rules: &Rules, headers: &HeaderMap) -> Answer<()> {
    let Some(token) = &rules.token else {
        return match rules.loopback {
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
    // Hashes are compared in constant time, so the delay reveals nothing about the token.
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

    fn is_served_as(loopback: bool, hosts: &[&str], host: &str) -> bool {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        is_served(&Rules { token: None, hosts, loopback }, name_of(host))
    }

    #[test]
    fn on_loopback_only_names_of_this_machine_are_served() {
        for host in ["localhost", "LocalHost:7070", "127.0.0.1", "127.8.8.8:1", "[::1]", "[::1]:7070"] {
            assert!(is_served_as(true, &[], host), "{host}");
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
            assert!(!is_served_as(true, &[], host), "{host}");
        }
    }

    #[test]
    fn elsewhere_addresses_are_served_and_of_names_the_configured_ones_alone() {
        let hosts = ["foldline.example"];
        for host in
            ["10.0.0.1:7070", "[2001:db8::1]:7070", "localhost", "FOLDLINE.example:7070", "foldline.example."]
        {
            assert!(is_served_as(false, &hosts, host), "{host}");
        }
        for host in [
            "evil.example",
            "foldline.example.evil.example",
            "a.foldline.example",
            "10.0.0.1.evil.example",
            "",
        ] {
            assert!(!is_served_as(false, &hosts, host), "{host}");
        }
        assert!(is_served_as(true, &hosts, "foldline.example"), "behind a proxy on this machine");
    }
}
