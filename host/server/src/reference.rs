//! `docs/http.md`: every route, from the router's own table.

use std::fmt::Write as _;
use std::time::Duration;

use super::body::BodyLimit;
use super::guard::Caller;
use super::parameters::{LIMIT, Parameter};
use super::route::Route;
use super::routes::{API, ROUTES};

const INTRODUCTION: &str = "\
# HTTP API

<!-- Written from host/server/src/routes.rs, and compared with it by a test. -->

Every route of a host. The pages on [reading](reading.md), [appending](appending.md), [tracing](tracing.md),
[upgrades](upgrades.md) and [operating a host](operators.md) explain them.

- A request of a *reader* needs no token. A request of an *operator* carries the host's token as
  `Authorization: Bearer TOKEN`; a host without a token accepts it on loopback only.
- Names and ids in a path are percent-encoded UTF-8. An unknown query parameter is rejected
  (except by the probes `/livez` and `/readyz`), and the answer lists the known ones.
- Errors are `application/problem+json` (RFC 9457) with a `detail` and often a `hint`. 503 means that the request may
  succeed later.
";

/// The sections of the page, with the paths that belong to them.
const SECTIONS: [(&str, &str); 4] =
    [("Probes", ""), ("Topics", "/api/v1/topics"), ("Projections", "/api/v1/projections"), ("The host", API)];

/// Returns the page as Markdown.
pub fn http_reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (title, _) in SECTIONS {
        let _ =
            write!(page, "\n## {title}\n\n| request | caller | what it does | limits |\n|---|---|---|---|\n");
        let routes = || ROUTES.iter().filter(|route| section(route.path) == title);
        routes().for_each(|route| page.push_str(&row(route)));
        page.push_str(&parameters(routes()));
    }
    page
}

/// Returns the table of query parameters. A parameter with the same meaning on several routes has one line.
fn parameters(routes: impl Iterator<Item = &'static Route>) -> String {
    let mut lines: Vec<(Parameter, Vec<String>)> = Vec::new();
    for route in routes {
        let is_alone = ROUTES.iter().filter(|other| other.path == route.path).count() == 1;
        let method = if is_alone { String::new() } else { format!("{} ", route.method()) };
        let request = format!("`{method}{}`", ending(route.path));
        for parameter in route.parameters {
            let known = lines
                .iter_mut()
                .find(|(known, _)| (known.name, known.about) == (parameter.name, parameter.about));
            match known {
                Some((_, requests)) => requests.push(request.clone()),
                None => lines.push((*parameter, vec![request.clone()])),
            }
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    lines.iter().fold(
        "\n| query parameter | of | meaning |\n|---|---|---|\n".to_owned(),
        |table, (parameter, requests)| {
            table + &format!("| `{}` | {} | {} |\n", parameter.name, requests.join(", "), parameter.about)
        },
    )
}

/// Returns the part of a path that follows the name of the topic or projection, which tells it from others of its section.
fn ending(path: &str) -> String {
    let whole = named(path);
    let after = |name| whole.split_once(name).map(|(_, ending)| ending.to_owned());
    after("TOPIC/").or_else(|| after("NAME/")).unwrap_or_else(|| whole.replacen("/api/v1/", "", 1))
}

fn section(path: &str) -> &'static str {
    let longest =
        SECTIONS.iter().filter(|(_, start)| path.starts_with(start)).max_by_key(|(_, start)| start.len());
    longest.expect("the empty start fits every path").0
}

fn row(route: &Route) -> String {
    let caller = match route.caller() {
        Caller::Reader => "reader",
        Caller::Operator => "operator",
    };
    let (method, path, summary, limits) = (route.method(), named(route.path), route.summary, limits(route));
    format!("| `{method} {path}` | {caller} | {summary} |{limits} |\n")
}

/// Returns the path as other pages write it: `topics/TOPIC`.
fn named(path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => name.trim_start_matches('*').to_uppercase(),
        None => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn limits(route: &Route) -> String {
    let mut limits = Vec::new();
    if let Some(body) = route.body {
        limits.push(match body {
            BodyLimit::Bytes(bytes) => format!("body: {} MiB", bytes >> 20),
            BodyLimit::Key(key) => format!("body: `{key}`"),
        });
    }
    if let Some(page) = route.page {
        limits.push(format!("`{LIMIT}`: {}, at most {}", grouped(page.default), grouped(page.max)));
    }
    if let Some(wait) = route.wait {
        let (default, max) = (seconds(wait.default), seconds(wait.max));
        limits.push(format!("`{}`: {default}, at most {max}", wait.parameter));
    }
    limits.first_mut().into_iter().for_each(|first| first.insert(0, ' '));
    limits.join("; ")
}

fn seconds(duration: Duration) -> String {
    format!("{} s", grouped(duration.as_secs() as usize))
}

/// Returns a number with thousands separators.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
        .collect();
    groups.join(",")
}
