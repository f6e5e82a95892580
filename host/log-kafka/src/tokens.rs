//! Tokens of an identity provider for `OAUTHBEARER`. The host requests a token (OAuth 2.0 client credentials) for all its
//! clients, and a new one when four fifths of its lifetime are over. If the provider is unreachable then, nothing is lost: the
//! newest token is used as long as it is valid.
//!
//! librdkafka could request tokens itself if it were built with libcurl. That would mean a second HTTP client, more to build,
//! and errors that do not speak of the configuration (docs/decisions/0027-kafka-tls.md).

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

/// Time-out of a request to a provider. It is short, since a caller reads nothing while it waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Maximum size of an answer. A token has a few KiB.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Lifetime of a token if the answer does not give it.
const LIFETIME_GUESS: Duration = Duration::from_secs(300);
/// Maximum number of characters of a refusal that a message quotes.
const QUOTED_CHARS_MAX: usize = 200;

/// How long a failure also answers further requests. Clients that need a token at the same time share one answer, and do not
/// all ask a provider in trouble.
const FAILURE_STANDS: Duration = Duration::from_secs(5);

/// The source of tokens, with the last answers.
pub(super) struct Tokens {
    source: TokenSource,
    /// Never dropped: dropping it would wait for a pending name lookup.
    client: ManuallyDrop<Client>,
    known: Mutex<Known>,
    /// Held while asking, so that clients that need a token at the same time share one.
    asking: Mutex<()>,
}

/// The last answers of the provider.
#[derive(Debug, Default)]
struct Known {
    newest: Option<Token>,
    /// The latest failure, if no token came after it.
    failure: Option<(Instant, TokenError)>,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    /// The provider refuses: another request would get the same answer.
    Refused(String),
    /// The provider is unreachable, or in trouble.
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
    /// Whom it is for, if it says so.
    pub(super) principal: String,
    /// When it expires, in milliseconds since 1970.
    pub(super) expires_ms: i64,
    /// When to request the next one, in milliseconds since 1970.
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
    /// Prepares the HTTP client. Requests nothing yet.
    ///
    /// # Errors
    /// `Config` when the file of trusted authorities cannot be read.
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
            // Bundles contain old authorities that current libraries no longer understand.
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

    /// Returns a valid token, and requests one if necessary.
    ///
    /// # Errors
    /// The provider's answer, if there is no valid token. It quotes nothing secret.
    pub(super) fn get(&self) -> Result<Token, TokenError> {
        if let Some(answer) = self.known.lock().answer(now_ms(), Instant::now()) {
            return answer;
        }
        let _asking = match self.asking.try_lock() {
            Some(asking) => asking,
            None => match self.known.lock().valid(now_ms()) {
                // Another client is asking already, and there is a valid token: it is enough that one waits.
                Some(token) => return Ok(token),
                None => self.asking.lock(),
            },
        };
        // Another client may have got an answer meanwhile.
        if let Some(answer) = self.known.lock().answer(now_ms(), Instant::now()) {
            return answer;
        }
        let asked = self.ask();
        let mut known = self.known.lock();
        self.tell(&known, &asked);
        known.note(asked, now_ms(), Instant::now())
    }

    /// Logs that the provider fails while a token is still valid, and that it has recovered. Without a valid token, the failed
    /// connection reports it.
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
            // Truncate last: a truncated secret would not be recognized and removed.
            let quoted: String = public(&body).chars().take(QUOTED_CHARS_MAX).collect();
            let reason = format!("it answers {status}: {}", quoted.escape_debug());
            return Err(if is_final(status) { Refused(reason) } else { Unavailable(reason) });
        }
        // The answer is not quoted, because it may hold the token.
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
    /// Returns an answer without asking the provider: a token that need not be renewed yet, or the outcome of a recent
    /// failure.
    fn answer(&self, now_ms: i64, now: Instant) -> Option<Result<Token, TokenError>> {
        if let Some(token) = self.newest.as_ref().filter(|token| now_ms < token.renew_ms) {
            return Some(Ok(token.clone()));
        }
        let (at, failure) = self.failure.as_ref()?;
        let stands = now.saturating_duration_since(*at) < FAILURE_STANDS;
        stands.then(|| self.valid(now_ms).ok_or_else(|| failure.clone()))
    }

    /// Returns the newest token while it is valid, even if it should be renewed.
    fn valid(&self, now_ms: i64) -> Option<Token> {
        self.newest.as_ref().filter(|token| now_ms < token.expires_ms).cloned()
    }

    /// Stores the provider's answer, and returns the resulting token or error.
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

/// Returns whether the HTTP client can use an authority.
fn is_usable(certificate: &Certificate) -> bool {
    let client = reqwest::Client::builder().tls_built_in_root_certs(false);
    client.add_root_certificate(certificate.clone()).build().is_ok()
}

/// Reads an answer of limited size. Invalid UTF-8 is replaced.
fn read(response: Response) -> io::Result<String> {
    let mut body = Vec::new();
    let read = response.take(ANSWER_BYTES_MAX + 1).read_to_end(&mut body)?;
    match read as u64 > ANSWER_BYTES_MAX {
        true => Err(io::Error::other(format!("it is longer than {ANSWER_BYTES_MAX} bytes"))),
        false => Ok(String::from_utf8_lossy(&body).into_owned()),
    }
}

/// Returns whether a status is a verdict about the request. A provider that is too slow or too busy has not judged it.
fn is_final(status: StatusCode) -> bool {
    status.is_client_error()
        && status != StatusCode::REQUEST_TIMEOUT
        && status != StatusCode::TOO_MANY_REQUESTS
}

/// Encodes one half of the credentials, as OAuth 2.0 requires for basic authentication (RFC 6749, 2.3.1).
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Returns whom a token is for, if it is a JWT.
fn subject(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        sub: String,
    }
    let claims = token.split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    Some(serde_json::from_slice::<Claims>(&claims).ok()?.sub)
}
