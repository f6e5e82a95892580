//! Tokens of an identity provider for `OAUTHBEARER`: asked for by the host (OAuth 2.0 client credentials), once for all its
//! clients, and again when four fifths of their time are over. A provider that is away then costs nothing: the newest token is in
//! use as long as it is valid.
//!
//! librdkafka could ask by itself if it were built with libcurl: a second HTTP client, more to build, and errors without the
//! configuration's words (docs/decisions/0027-kafka-tls.md).

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
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| refused(&cause(&error)))?;
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
            let message = format!("cannot prepare to ask `{}` for tokens: {}", source.url, cause(&error));
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
        let response = asked.send().map_err(|error| Unavailable(public(&cause(&error))))?;
        let status = response.status();
        let body = read(response)
            .map_err(|error| Unavailable(format!("its answer cannot be read: {}", cause(&error))))?;
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

/// Returns what is at the bottom of an error: what the layers above say of it is that it happened.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
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

    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::nid::Nid;
    use openssl::pkey::{PKey, Private};
    use openssl::ssl::{SslAcceptor, SslMethod};
    use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
    use openssl::x509::{X509, X509Name};

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

    /// Makes an authority, and a certificate of it for 127.0.0.1; returns both, and the latter's key.
    fn certificates() -> (X509, X509, PKey<Private>) {
        let make = |name: &str, issuer: Option<(&X509, &PKey<Private>)>| {
            let key = PKey::from_ec_key(
                EcKey::generate(&EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()).unwrap(),
            );
            let key = key.unwrap();
            let mut subject = X509Name::builder().unwrap();
            subject.append_entry_by_text("CN", name).unwrap();
            let subject = subject.build();
            let mut certificate = X509::builder().unwrap();
            certificate.set_version(2).unwrap();
            certificate.set_subject_name(&subject).unwrap();
            certificate
                .set_issuer_name(issuer.map_or(&subject, |(issuer, _)| issuer.subject_name()))
                .unwrap();
            certificate.set_pubkey(&key).unwrap();
            certificate.set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap()).unwrap();
            certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
            certificate.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
            let extension = match issuer {
                None => BasicConstraints::new().critical().ca().build(),
                Some((issuer, _)) => SubjectAlternativeName::new()
                    .ip("127.0.0.1")
                    .build(&certificate.x509v3_context(Some(issuer), None)),
            };
            certificate.append_extension(extension.unwrap()).unwrap();
            certificate.sign(issuer.map_or(&key, |(_, key)| key), MessageDigest::sha256()).unwrap();
            (certificate.build(), key)
        };
        let (authority, authority_key) = make("authority", None);
        let (certificate, key) = make("provider", Some((&authority, &authority_key)));
        (authority, certificate, key)
    }

    const UNUSABLE: &[u8] = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_provider_is_trusted_whose_certificate_is_of_the_given_authority_and_no_other() {
        let (authority, certificate, key) = certificates();
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        acceptor.set_private_key(&key).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/token", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // Whoever does not trust it hangs up.
                let Ok(mut stream) = acceptor.accept(stream.unwrap()) else { continue };
                let mut request = Vec::new();
                while !request.ends_with(b"grant_type=client_credentials") {
                    let mut part = [0; 4096];
                    let read = stream.read(&mut part).unwrap();
                    request.extend_from_slice(&part[..read]);
                }
                let body = r#"{"access_token":"given"}"#;
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let asked = |authorities: Option<&[u8]>| {
            let ca_file = authorities.map(|pem| {
                let path = folder.path().join("ca.pem");
                std::fs::write(&path, pem).unwrap();
                path
            });
            let (client_id, client_secret) = ("foldline".to_owned(), "secret".into());
            let source = TokenSource { url: url.clone(), client_id, client_secret, scope: None, ca_file };
            Tokens::new(&source).map(|tokens| tokens.get())
        };
        let right = authority.to_pem().unwrap();
        let beside_an_unusable_one = [UNUSABLE, &right].concat();
        for authorities in [&right, &beside_an_unusable_one] {
            assert_eq!(asked(Some(authorities)).unwrap().unwrap().text.expose(), "given");
        }
        let (stranger, ..) = certificates();
        for authorities in [None, Some(&stranger.to_pem().unwrap()[..])] {
            let error = asked(authorities).unwrap().unwrap_err();
            assert!(
                matches!(&error, TokenError::Unavailable(why) if why.contains("certificate")),
                "{error:?}"
            );
        }
        for no_pem in [&b""[..], UNUSABLE] {
            let error = asked(Some(no_pem)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{error}");
            let said = format!("{error} {:?}", error.hint());
            assert!(said.contains("token_ca_file"), "{said}");
        }
    }

    #[test]
    fn a_provider_that_does_not_answer_says_so_without_the_secret() {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = tokens(format!("http://{nobody}/token"), "secret").get().unwrap_err();
        assert!(matches!(&error, TokenError::Unavailable(why) if why.contains("refused")), "{error:?}");
        let (long, _) = provider("200 OK", "x".repeat(ANSWER_BYTES_MAX as usize + 1));
        let error = tokens(long, "secret").get().unwrap_err();
        assert!(matches!(&error, TokenError::Unavailable(why) if why.contains("longer")), "{error:?}");
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
