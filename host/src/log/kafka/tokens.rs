//! Tokens of an identity provider for `OAUTHBEARER`: asked for by the host (OAuth 2.0 client credentials), once for all its
//! clients, and anew when four fifths of their time are over.
//!
//! librdkafka could ask by itself if it were built with libcurl: a second HTTP client, more to build, and errors without the
//! configuration's words (docs/decisions/0027-kafka-tls.md).

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde::Deserialize;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

use crate::clock::now_ms;
use crate::config::TokenSource;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// An answer of a provider. Whoever waits reads nothing meanwhile, so it is short.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// 1 MiB: a token has a few KiB.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Where an answer does not say how long its token lives.
const LIFETIME_GUESS: Duration = Duration::from_secs(300);
/// As much of a refusal as a message should quote.
const QUOTED_CHARS_MAX: usize = 200;

/// Where tokens come from, and the newest one.
pub(super) struct Tokens {
    source: TokenSource,
    agent: Agent,
    newest: Mutex<Option<Token>>,
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
    /// When another one is due.
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
        Ok(Self { source: source.clone(), agent: agent.into(), newest: Mutex::default() })
    }

    /// Returns a token that lives for a while, asking for one if need be.
    ///
    /// # Errors
    /// A sentence that says what the provider answers. Nothing secret is quoted.
    pub(super) fn get(&self) -> Result<Token, String> {
        // Held while asking: clients that want one at the same time get the same.
        let mut newest = self.newest.lock();
        if let Some(token) = newest.as_ref().filter(|token| now_ms() < token.renew_ms) {
            return Ok(token.clone());
        }
        let token = self.ask()?;
        Ok(newest.insert(token).clone())
    }

    fn ask(&self) -> Result<Token, String> {
        let TokenSource { url, client_id, client_secret, scope, .. } = &self.source;
        let mut form = vec![("grant_type", "client_credentials")];
        if let Some(scope) = scope {
            form.push(("scope", scope));
        }
        let credentials = format!("{}:{}", encoded(client_id), encoded(client_secret.expose()));
        let basic = format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(credentials));
        let asked = self.agent.post(url).header("Authorization", &basic).send_form(form);
        let mut response = asked.map_err(|error| client_secret.removed_from(&error.to_string()))?;
        let status = response.status();
        let body = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_string()
            .map_err(|error| format!("its answer cannot be read: {error}"))?;
        if !status.is_success() {
            let quoted: String = body.chars().take(QUOTED_CHARS_MAX).collect();
            let quoted = client_secret.removed_from(&quoted).escape_debug().to_string();
            return Err(format!("it answers {status}: {quoted}"));
        }
        // Not quoted: it may hold the token.
        let answer: Answer = serde_json::from_str(&body)
            .map_err(|_| "its answer is no JSON object with an `access_token`".to_owned())?;
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
