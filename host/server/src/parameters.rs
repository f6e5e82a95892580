//! Query parameters. Each is declared with its route. It may be given once, unless it may repeat. Unknown ones are refused by
//! name.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::problem::{Answer, Refusal};

/// A query parameter of a route.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// Its description for people; begins with a small letter, or with one of its values.
    pub(super) about: &'static str,
}

/// The parameters of a request; all of them are declared.
#[derive(Clone, Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

/// The query parameter for the maximum number of entries in an answer.
pub(super) const LIMIT: &str = "limit";

/// The number of entries in an answer: the query parameter [`LIMIT`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) default: usize,
    pub(super) max: usize,
}

/// How long a request may ask the host to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    /// The query parameter.
    pub(super) parameter: &'static str,
    pub(super) default: Duration,
    pub(super) max: Duration,
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Refusal;

    /// Takes the parameters that the route has parsed (see [`Route::service`](super::route::Route::service)).
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let missing =
            || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the route of this path is not declared");
        parts.extensions.remove::<Self>().ok_or_else(missing)
    }
}

impl Parameters {
    /// Parses a query; `known` are the route's declared names.
    pub(super) fn parse(query: &str, known: &[&str]) -> Answer<Self> {
        let mut pairs = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if !known.contains(&name.as_str()) {
                let hint = match known {
                    [] => "there are none here".to_owned(),
                    known => format!("known here are `{}`", known.join("`, `")),
                };
                return Err(Refusal::bad_request(format!("unknown query parameter `{name}`")).hint(hint));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// Returns all values of a parameter that may repeat.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a parameter that is given at most once.
    pub(super) fn one(&self, name: &str) -> Answer<Option<&str>> {
        let mut values = self.0.iter().filter(|(given, _)| given == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Refusal::bad_request(format!("query parameter `{name}` is given twice"))),
            (value, None) => Ok(value.map(|(_, value)| value.as_str())),
        }
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Answer<Option<T>> {
        let parse = |text: &str| text.parse().map_err(|error| wrong(name, text, error));
        self.one(name)?.map(parse).transpose()
    }

    /// Returns a parameter that is required.
    pub(super) fn required(&self, name: &str) -> Answer<&str> {
        self.one(name)?.ok_or_else(|| missing(name))
    }

    /// As [`Parameters::required`], parsed.
    pub(super) fn required_parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Answer<T> {
        self.parsed(name)?.ok_or_else(|| missing(name))
    }

    /// Returns the maximum number of entries in the answer: `limit=`.
    pub(super) fn limit(&self, page: Page) -> Answer<usize> {
        let limit = self.parsed(LIMIT)?.unwrap_or(page.default);
        match (1..=page.max).contains(&limit) {
            true => Ok(limit),
            false => Err(wrong(LIMIT, limit, format_args!("it must be from 1 to {}", page.max))),
        }
    }

    /// Returns how long the request asks to wait, such as `500ms`, `2s`, `1m`; `None` if it does not ask.
    pub(super) fn wait(&self, wait: Wait) -> Answer<Option<Duration>> {
        let Wait { parameter: name, max: longest, .. } = wait;
        let Some(text) = self.one(name)? else { return Ok(None) };
        let Some(duration) = parse_duration(text) else {
            return Err(wrong(name, text, "a duration looks like `500ms`, `2s` or `1m`"));
        };
        match duration <= longest {
            true => Ok(Some(duration)),
            false => Err(wrong(name, text, format_args!("at most {}s can be waited for", longest.as_secs()))),
        }
    }
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::bad_request(format!("query parameter `{name}` is missing"))
}

fn wrong(name: &str, value: impl Display, why: impl Display) -> Refusal {
    Refusal::bad_request(format!("query parameter `{name}={value}`: {why}"))
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: u64 = count.parse().ok()?;
    let ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    count.checked_mul(ms).map(Duration::from_millis)
}

fn decode(text: &str) -> Answer<String> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(Refusal::bad_request(format!("the query is not UTF-8 at `{text}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Wait = Wait { parameter: "wait", default: Duration::ZERO, max: Duration::from_secs(60) };

    #[test]
    fn parameters_are_decoded_and_may_repeat() {
        let query = "where=a%3Ab:c%26d&where=t:x+y&limit=5";
        let parameters = Parameters::parse(query, &["where", "limit"]).unwrap();
        assert_eq!(parameters.all("where").collect::<Vec<_>>(), ["a:b:c&d", "t:x y"]);
        assert_eq!(parameters.limit(Page { default: 3, max: 10 }).unwrap(), 5);
        assert_eq!(parameters.one("cursor").unwrap(), None);
        assert!(parameters.one("where").is_err());
        assert!(parameters.limit(Page { default: 3, max: 4 }).is_err());
    }

    #[test]
    fn durations_have_a_unit_and_a_bound() {
        for (text, ms) in [("500ms", 500), ("2s", 2_000), ("1m", 60_000), ("0s", 0)] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(ms)));
        }
        for text in ["", "2", "s", "-1s", "1.5s", "2 s", "99999999999999999999h", "18446744073709551615h"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        let parameters = Parameters::parse("wait=2h", &["wait"]).unwrap();
        assert!(parameters.wait(WAIT).is_err());
    }
}
