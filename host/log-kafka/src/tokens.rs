//! Tokens of an identity provider for `OAUTHBEARER`: asked for by the host (OAuth 2.0 client credentials), once for all its
//! clients, and again when four fifths of their time are over. A provider that is away then costs nothing: the newest token is in
//! use as long as it is valid.
//!
//! librdkafka could ask by itself if it were built with libcurl: a second HTTP client, more to build, and errors without the
//! configuration's words (docs/decisions/0027-kafka-tls.md).

#[cfg(test)]
mod tests;

use std::io::{self, Read as _};
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use reqwest::{Certificate, StatusCode};
use serde::Deserialize;
use tracing::{info, warn};

use foldline_base::clock::now_ms;
use foldline_base::error::{Error, ErrorKind, Result, innermost_cause};
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
    /// Not dropped: that would wait for a name that is looked up.
    client: ManuallyDrop<Client>,
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
        let mut client = Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("foldline/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &source.ca_file {
            let refused = |reason: &dyn std::fmt::Display| {
                let path = path.display();
                Error::new(
                    ErrorKind::Config,
                    format!("`token_ca_file` of [log.kafka]: cannot read `{path}`: {reason}"),
                )
            };
            let pem = std::fs::read(path).map_err(|error| refused(&error))?;
            let certificates =
                Certificate::from_pem_bundle(&pem).map_err(|error| refused(&innermost_cause(&error)))?;
            if certificates.is_empty() {
                return Err(refused(&"it holds no certificate in PEM"));
            }
            // Bundles hold ancient authorities that no library understands any more.
            let all = certificates.len();
            let usable: Vec<Certificate> = certificates.into_iter().filter(is_usable).collect();
            match usable.len() {
                0 => return Err(refused(&format!("none of its {all} certificates can be used"))),
                some if some < all => {
                    let unusable = all - some;
                    warn!(
                        "`token_ca_file` of [log.kafka]: {unusable} of {all} certificates in `{}` cannot be used",
                        path.display()
                    );
                }
                _ => {}
            }
            client = client.tls_built_in_root_certs(false);
            client = usable.into_iter().fold(client, |client, ca| client.add_root_certificate(ca));
        }
        let client = client.build().map_err(|error| {
            let message =
                format!("cannot prepare to ask `{}` for tokens: {}", source.url, innermost_cause(&error));
            Error::new(ErrorKind::Config, message).with_hint("is `token_ca_file` of [log.kafka] right?")
        })?;
        Ok(Self {
            source: source.clone(),
            client: ManuallyDrop::new(client),
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
        let asked = self.client.post(url).timeout(ANSWER_WITHIN).header("Authorization", &basic).form(&form);
        let response = asked.send().map_err(|error| Unavailable(public(&innermost_cause(&error))))?;
        let status = response.status();
        let body = read(response).map_err(|error| {
            Unavailable(format!("its answer cannot be read: {}", innermost_cause(&error)))
        })?;
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

/// Returns whether an authority can be checked against.
fn is_usable(certificate: &Certificate) -> bool {
    let client = reqwest::Client::builder().tls_built_in_root_certs(false);
    client.add_root_certificate(certificate.clone()).build().is_ok()
}

/// Reads an answer, which is short; what is not UTF-8 in it is replaced.
fn read(response: Response) -> io::Result<String> {
    let mut body = Vec::new();
    let read = response.take(ANSWER_BYTES_MAX + 1).read_to_end(&mut body)?;
    match read as u64 > ANSWER_BYTES_MAX {
        true => Err(io::Error::other(format!("it is longer than {ANSWER_BYTES_MAX} bytes"))),
        false => Ok(String::from_utf8_lossy(&body).into_owned()),
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
