//! Tokens of an identity provider for `OAUTHBEARER`: asked for by the host (OAuth 2.0 client credentials), once for all its
//! clients, and again when four fifths of their time are over. A provider that is away then costs nothing: the newest token is in
//! use as long as it is valid.
//!
//! librdkafka could ask by itself if it were built with libcurl: a second HTTP client, more to build, and errors without the
//! configuration's words (docs/decisions/0027-kafka-tls.md).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde::Deserialize;
use tracing::{info, warn};
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

use foldline_base::clock::now_ms;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::secret::Secret;
use foldline_config::TokenSource;

/// An answer of a provider. A caller that waits reads nothing meanwhile, so it is short.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// 1 MiB: a token has a few KiB.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Where an answer does not say how long its token is valid.
const LIFETIME_GUESS: Duration = Duration::from_secs(300);
/// As much of a refusal as a message should quote.
const QUOTED_CHARS_MAX: usize = 200;

/// How long a failure stands for further questions: clients that want a token at the same time wait for one answer, not each
/// for its own, and a provider in trouble is not asked by all of them.
const FAILURE_STANDS: Duration = Duration::from_secs(5);

/// Where tokens come from, and what is known of them.
pub(super) struct Tokens {
    source: TokenSource,
    agent: Agent,
    known: Mutex<Known>,
    /// Held while asking: clients that want a token at the same time get the same.
    asking: Mutex<()>,
}

/// What the provider has answered.
#[derive(Debug, Default)]
struct Known {
    newest: Option<Token>,
    /// The latest failure, where no token came after it.
    failure: Option<(Instant, TokenError)>,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    /// The provider refuses: asking again would be answered alike.
    Refused(String),
    /// The provider is away, or in trouble.
    Unavailable(String),
}

impl std::fmt::Display for TokenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Refused(reason) | Self::Unavailable(reason)) = self;
        f.write_str(reason)
    }
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// The token itself.
    pub(super) text: Secret,
    /// Whom it is for, as far as it says.
    pub(super) principal: String,
    /// When it ends, in milliseconds since 1970.
    pub(super) expires_ms: i64,
    /// When another one is to be asked for.
    renew_ms: i64,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Prepares; asks nothing yet.
    ///
    /// # Errors
    /// `Config` for authorities that cannot be read.
    pub(super) fn new(source: &TokenSource) -> Result<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &source.ca_file {
            let refused = |reason: &dyn std::fmt::Display| {
                let path = path.display();
                Error::new(
                    ErrorKind::Config,
                    format!("`token_ca_file` of [log.kafka]: cannot read `{path}`: {reason}"),
                )
            };
            let pem = std::fs::read(path).map_err(|error| refused(&error))?;
            let items: Vec<PemItem<'_>> =
                ureq::tls::parse_pem(&pem).collect::<Result<_, _>>().map_err(|error| refused(&error))?;
            let certificates: Vec<Certificate<'static>> = items
                .into_iter()
                .filter_map(|item| match item {
                    PemItem::Certificate(certificate) => Some(certificate),
                    _ => None,
                })
                .collect();
            if certificates.is_empty() {
                return Err(refused(&"it holds no certificate in PEM"));
            }
            tls = tls.root_certs(RootCerts::from(certificates));
        }
        let agent = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_WITHIN))
            .user_agent(concat!("foldline/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            source: source.clone(),
            agent: agent.into(),
            known: Mutex::default(),
            asking: Mutex::default(),
        })
    }

    /// Returns a valid token, asking for one if need be.
    ///
    /// # Errors
    /// What the provider answers, where there is no valid token. Nothing secret is quoted.
    pub(super) fn get(&self) -> Result<Token, TokenError> {
        if let Some(answer) = self.known.lock().answer(now_ms(), Instant::now()) {
            return answer;
        }
        let _asking = match self.asking.try_lock() {
            Some(asking) => asking,
            None => match self.known.lock().valid(now_ms()) {
                // Another client asks: it is enough that one waits.
                Some(token) => return Ok(token),
                None => self.asking.lock(),
            },
        };
        // What another client has heard meanwhile.
        if let Some(answer) = self.known.lock().answer(now_ms(), Instant::now()) {
            return answer;
        }
        let asked = self.ask();
        let mut known = self.known.lock();
        self.tell(&known, &asked);
        known.note(asked, now_ms(), Instant::now())
    }

    /// Says that the provider fails while a token is valid, and that it is back. Without a token the connection says so.
    fn tell(&self, known: &Known, asked: &Result<Token, TokenError>) {
        let url = &self.source.url;
        match (asked, &known.failure, known.valid(now_ms())) {
            (Err(error), None, Some(token)) => {
                let left_s = (token.expires_ms - now_ms()) / 1_000;
                warn!(
                    "`{url}` returned no new token for kafka ({error}); the newest is valid for {left_s} s more"
                );
            }
            (Ok(_), Some(_), _) => info!("`{url}` returns tokens for kafka again"),
            _ => {}
        }
    }

    fn ask(&self) -> Result<Token, TokenError> {
        use TokenError::{Refused, Unavailable};
        let TokenSource { url, client_id, client_secret, scope, .. } = &self.source;
        let mut form = vec![("grant_type", "client_credentials")];
        if let Some(scope) = scope {
            form.push(("scope", scope));
        }
        let credentials = format!("{}:{}", encoded(client_id), encoded(client_secret.expose()));
        let credentials = Secret::new(base64::prelude::BASE64_STANDARD.encode(credentials));
        let public = |text: &str| credentials.removed_from(&client_secret.removed_from(text));
        let basic = format!("Basic {}", credentials.expose());
        let asked = self.agent.post(url).header("Authorization", &basic).send_form(form);
        let mut response = asked.map_err(|error| Unavailable(public(&error.to_string())))?;
        let status = response.status();
        let body = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_string()
            .map_err(|error| Unavailable(format!("its answer cannot be read: {error}")))?;
        if !status.is_success() {
            // Cut last: a part of the secret would not be found.
            let quoted: String = public(&body).chars().take(QUOTED_CHARS_MAX).collect();
            let reason = format!("it answers {status}: {}", quoted.escape_debug());
            return Err(if is_final(status) { Refused(reason) } else { Unavailable(reason) });
        }
        // Not quoted: it may hold the token.
        let answer: Answer = serde_json::from_str(&body)
            .map_err(|_| Unavailable("its answer is not a JSON object with an `access_token`".to_owned()))?;
        let now_ms = now_ms();
        let lifetime = answer.expires_in.map_or(LIFETIME_GUESS, Duration::from_secs);
        let lifetime_ms = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX / 2);
        Ok(Token {
            principal: subject(&answer.access_token).unwrap_or_else(|| client_id.clone()),
            text: Secret::new(answer.access_token),
            expires_ms: now_ms.saturating_add(lifetime_ms),
            renew_ms: now_ms.saturating_add(lifetime_ms / 5 * 4),
        })
    }
}

impl Known {
    /// Returns what to answer without asking: a token that is not to be replaced yet, or what follows from a failure that still stands.
    fn answer(&self, now_ms: i64, now: Instant) -> Option<Result<Token, TokenError>> {
        if let Some(token) = self.newest.as_ref().filter(|token| now_ms < token.renew_ms) {
            return Some(Ok(token.clone()));
        }
        let (at, failure) = self.failure.as_ref()?;
        let stands = now.saturating_duration_since(*at) < FAILURE_STANDS;
        stands.then(|| self.valid(now_ms).ok_or_else(|| failure.clone()))
    }

    /// Returns the newest token while it is valid, to be replaced or not.
    fn valid(&self, now_ms: i64) -> Option<Token> {
        self.newest.as_ref().filter(|token| now_ms < token.expires_ms).cloned()
    }

    /// Notes what the provider said, and returns what follows.
    fn note(
        &mut self,
        asked: Result<Token, TokenError>,
        now_ms: i64,
        now: Instant,
    ) -> Result<Token, TokenError> {
        match asked {
            Ok(token) => {
                self.failure = None;
                Ok(self.newest.insert(token).clone())
            }
            Err(error) => {
                self.failure = Some((now, error.clone()));
                self.valid(now_ms).ok_or(error)
            }
        }
    }
}

/// Returns whether an answer is about the question: a provider that is too slow or too busy says nothing about it.
fn is_final(status: StatusCode) -> bool {
    status.is_client_error()
        && status != StatusCode::REQUEST_TIMEOUT
        && status != StatusCode::TOO_MANY_REQUESTS
}

/// Encodes one half of the credentials, as OAuth 2.0 has it before they become basic authentication (RFC 6749, 2.3.1).
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Returns whom a token is for, where it is a JWT.
fn subject(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        sub: String,
    }
    let claims = token.split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    Some(serde_json::from_slice::<Claims>(&claims).ok()?.sub)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A provider that answers everybody alike; returns its address, and how often it was asked.
    fn provider(status: &'static str, body: String) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]);
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        (url, asked)
    }

    fn tokens(url: String, secret: &str) -> Tokens {
        let (client_id, client_secret) = ("foldline".to_owned(), secret.into());
        Tokens::new(&TokenSource { url, client_id, client_secret, scope: None, ca_file: None }).unwrap()
    }

    fn token(renew_ms: i64, expires_ms: i64) -> Token {
        Token { text: "old".into(), principal: "foldline".to_owned(), expires_ms, renew_ms }
    }

    #[test]
    fn an_outage_of_the_provider_leaves_the_newest_token_in_use() {
        let (url, asked) = provider("503 Service Unavailable", "later".to_owned());
        let tokens = tokens(url, "secret");
        tokens.known.lock().newest = Some(token(0, now_ms() + 600_000));
        for _ in 0..3 {
            assert_eq!(tokens.get().unwrap().text.expose(), "old");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1, "a failure is remembered");
    }

    #[test]
    fn a_failure_is_told_to_all_who_ask_soon_after() {
        let (url, asked) = provider("503 Service Unavailable", "later".to_owned());
        let tokens = tokens(url, "secret");
        for _ in 0..3 {
            assert!(format!("{:?}", tokens.get().unwrap_err()).contains("503"));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_refusal_that_quotes_the_secret_shows_no_part_of_it() {
        let (url, _) = provider("401 Unauthorized", format!("{}s3cr3t-of-some-length", "x".repeat(190)));
        let said = format!("{:?}", tokens(url, "s3cr3t-of-some-length").get().unwrap_err());
        assert!(said.contains("401") && !said.contains("s3cr"), "{said}");
    }

    #[test]
    fn a_token_is_in_use_until_it_expires_and_no_longer() {
        let start = Instant::now();
        let away = || Err(TokenError::Unavailable("away".to_owned()));
        let mut known = Known { newest: Some(token(80, 100)), failure: None };
        assert!(matches!(known.answer(79, start), Some(Ok(_))));
        assert!(known.answer(80, start).is_none(), "another one is asked for");
        assert!(known.note(away(), 80, start).is_ok());
        assert!(matches!(known.answer(99, start), Some(Ok(_))));
        assert!(matches!(known.answer(100, start), Some(Err(TokenError::Unavailable(_)))));
        assert!(known.answer(100, start + FAILURE_STANDS).is_none(), "it is asked again");
        assert!(known.note(Ok(token(900, 1_000)), 100, start).is_ok() && known.failure.is_none());
    }

    #[test]
    fn only_what_is_about_the_question_is_a_refusal() {
        for (status, refuses) in
            [(400, true), (401, true), (408, false), (429, false), (500, false), (503, false)]
        {
            assert_eq!(is_final(StatusCode::from_u16(status).unwrap()), refuses, "{status}");
        }
    }
}
