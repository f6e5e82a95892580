//! Why a broker refuses this host: translates librdkafka's messages about TLS and SASL into terms of the configuration.

use std::path::PathBuf;
use std::sync::Arc;

use rdkafka::error::RDKafkaErrorCode;

use super::certificate::{self, Problem};
use super::findings::Findings;
use super::tokens::TokenError;
use foldline_config::{KafkaConfig, KafkaSasl};

/// Why a connection failed, if trying again does not help by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The broker, `host:port`.
    pub(super) broker: String,
    /// What is wrong.
    pub(super) kind: RefusalKind,
    /// librdkafka's message.
    pub(super) reason: String,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// The broker's certificate is not trusted.
    Certificate,
    /// The broker expects TLS, and this host connects without.
    NeedsTls,
    /// The broker does not speak TLS, or no version of it that this host accepts.
    NoTls,
    /// The broker expects a certificate from this host, or another one.
    NeedsCertificate,
    /// The broker expects SASL, and this host does not authenticate.
    NeedsSasl,
    /// The broker does not authenticate clients.
    NoSasl,
    /// The broker does not know the mechanism.
    Mechanism,
    /// Name and password, or the token, are wrong.
    Credentials,
    /// The identity provider refuses to give a token.
    TokenRefused,
    /// The identity provider gives no token now: it is unreachable, or in trouble.
    NoToken,
}

/// The configuration, as far as hints need it.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// `ca_file`, if TLS is on.
    pub(super) ca_file: Option<PathBuf>,
    /// `sasl_mechanism`, if it is set.
    pub(super) mechanism: Option<&'static str>,
    /// `username`, if it is set.
    pub(super) username: Option<String>,
    /// `token_url`, if it is set.
    pub(super) token_url: Option<String>,
    /// Findings about brokers, shared by all clients.
    pub(super) found: Arc<Found>,
}

/// Findings about brokers, by broker.
#[derive(Debug, Default)]
pub(super) struct Found {
    certificates: Findings<Option<Problem>>,
    speaks_tls: Findings<bool>,
}

impl Told {
    pub(super) fn of(config: &KafkaConfig) -> Self {
        let mut told =
            Self { ca_file: config.tls.as_ref().and_then(|tls| tls.ca_file.clone()), ..Self::default() };
        match &config.sasl {
            None => {}
            Some(KafkaSasl::Password { mechanism, username, .. }) => {
                (told.mechanism, told.username) = (Some(*mechanism), Some(username.clone()));
            }
            Some(KafkaSasl::OauthBearer(source)) => {
                (told.mechanism, told.token_url) = (Some("OAUTHBEARER"), Some(source.url.clone()));
            }
        }
        told
    }
}

/// [`Context`](super::Context) prefixes the reason with this if the provider refuses a token.
const TOKEN_REFUSED: &str = "token refused: ";
/// The prefix if there is no token for the moment.
const NO_TOKEN: &str = "no token: ";

/// Returns a reason for librdkafka, which returns it in its message, where [`Refusal::of`] recognizes it.
pub(super) fn no_token(error: &TokenError) -> String {
    let prefix = match error {
        TokenError::Refused(_) => TOKEN_REFUSED,
        TokenError::Unavailable(_) => NO_TOKEN,
    };
    format!("{prefix}{error}")
}

/// Parses a text of [`no_token`], with the provider's message. The message may quote anything, so the first prefix counts.
fn read_no_token(reason: &str) -> Option<(RefusalKind, &str)> {
    let prefixes = [(TOKEN_REFUSED, RefusalKind::TokenRefused), (NO_TOKEN, RefusalKind::NoToken)];
    let found = prefixes.into_iter().filter_map(|(prefix, kind)| {
        let at = reason.find(prefix)?;
        Some((at, kind, &reason[at + prefix.len()..]))
    });
    found.min_by_key(|&(at, ..)| at).map(|(_, kind, said)| (kind, said))
}

impl Refusal {
    /// Parses librdkafka's message about a connection; `None` for a failure of another kind.
    pub(super) fn of(code: RDKafkaErrorCode, reason: &str) -> Option<Self> {
        let says = |part: &str| reason.contains(part);
        // A connection that is closed is noticed by whoever reads or writes next.
        let is_closed = says("Disconnected") || says("Broken pipe") || says("Connection reset");
        if let Some((kind, _)) = read_no_token(reason) {
            return Some(Self { broker: broker(reason).to_owned(), kind, reason: reason.to_owned() });
        }
        let kind = match code {
            RDKafkaErrorCode::Authentication if says("not valid in current SASL state") => {
                RefusalKind::NoSasl
            }
            RDKafkaErrorCode::Authentication if says("mechanism handshake failed") => RefusalKind::Mechanism,
            RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed => {
                RefusalKind::Credentials
            }
            _ if says("certificate could not be verified") || says("Failed to verify broker certificate") => {
                RefusalKind::Certificate
            }
            _ if says("connecting to a PLAINTEXT broker listener")
                || says("wrong version number")
                || says("packet length too long") =>
            {
                RefusalKind::NoTls
            }
            _ if says("client SSL authentication might be required")
                || says("alert certificate required")
                || says("alert bad certificate")
                || says("alert unknown ca") =>
            {
                RefusalKind::NeedsCertificate
            }
            // Brokers give no reason. They disconnect at these moments if the client speaks another protocol than expected.
            _ if is_closed && says("in state APIVERSION_QUERY") && !says("ssl://") => RefusalKind::NeedsTls,
            _ if is_closed && soon_after_up(reason) && !says("sasl") => RefusalKind::NeedsSasl,
            _ => return None,
        };
        Some(Self { broker: broker(reason).to_owned(), kind, reason: reason.to_owned() })
    }

    /// Returns whether the broker itself reported the reason, so that another try would get the same answer.
    pub(super) fn is_final(&self) -> bool {
        // A broker that is starting or stopping disconnects too.
        matches!(
            self.kind,
            RefusalKind::Certificate
                | RefusalKind::Mechanism
                | RefusalKind::NoSasl
                | RefusalKind::Credentials
                | RefusalKind::TokenRefused
        )
    }

    /// Returns whether this is certainly why there is no connection. Other refusals are guessed from messages that also have
    /// other causes.
    pub(super) fn is_certain(&self) -> bool {
        self.is_final() || self.kind == RefusalKind::NoToken
    }

    /// Returns the message, and a hint for the operator.
    pub(super) fn explained(&self, told: &Told) -> (String, String) {
        let (broker, reason) = (&self.broker, &self.reason);
        let mechanism = told.mechanism.unwrap_or_default();
        match self.kind {
            RefusalKind::Certificate => {
                let look = || certificate::problem(broker, told.ca_file.as_deref());
                let (problem, hint) = match told.found.certificates.get(broker, look) {
                    Some(problem) => problem.told(),
                    // It is valid now, or cannot be checked.
                    None => (format!("it cannot be verified ({reason})"), certificate::AUTHORITY_HINT),
                };
                (format!("the certificate of kafka at `{broker}` is refused: {problem}"), hint.to_owned())
            }
            RefusalKind::NeedsTls => (
                match told.found.speaks_tls.get(broker, || certificate::speaks_tls(broker)) {
                    true => format!("kafka at `{broker}` closes connections without TLS: it listens with TLS"),
                    false => format!("kafka at `{broker}` closes connections before it sends anything"),
                },
                "set `security_protocol` of [log.kafka] to `SSL` or `SASL_SSL`, or name the port that listens without TLS"
                    .to_owned(),
            ),
            RefusalKind::NoTls => (
                format!("kafka at `{broker}` does not speak TLS there: it seems to listen without TLS"),
                "set `security_protocol` of [log.kafka] to `PLAINTEXT` or `SASL_PLAINTEXT`, or name the port that listens with TLS"
                    .to_owned(),
            ),
            RefusalKind::NeedsCertificate => (
                format!("kafka at `{broker}` refuses this host's certificate, or asks for one: {reason}"),
                "set `cert_file` and `key_file` of [log.kafka] to a certificate that the brokers trust".to_owned(),
            ),
            RefusalKind::NeedsSasl => (
                format!("kafka at `{broker}` closes connections that do not authenticate, as with SASL"),
                "set `security_protocol` of [log.kafka] to `SASL_SSL` or `SASL_PLAINTEXT`, with `sasl_mechanism`".to_owned(),
            ),
            RefusalKind::NoSasl => (
                format!("kafka at `{broker}` does not authenticate clients: it listens without SASL"),
                "set `security_protocol` of [log.kafka] to `SSL` or `PLAINTEXT`, or name the port that listens with SASL"
                    .to_owned(),
            ),
            RefusalKind::Mechanism => (
                format!("kafka at `{broker}` does not accept `sasl_mechanism = \"{mechanism}\"`: {reason}"),
                "set `sasl_mechanism` of [log.kafka] to one that the brokers' listener has enabled".to_owned(),
            ),
            RefusalKind::Credentials => match &told.username {
                Some(username) => (
                    format!("kafka at `{broker}` refuses the user `{username}` or the password ({mechanism})"),
                    "correct `username` and `password_file` of [log.kafka], or let the brokers know the user".to_owned(),
                ),
                None => (
                    format!("kafka at `{broker}` rejects this host's identity ({mechanism}): {reason}"),
                    "check what the brokers accept: see `sasl_mechanism` of [log.kafka]".to_owned(),
                ),
            },
            RefusalKind::TokenRefused | RefusalKind::NoToken => {
                let url = told.token_url.as_deref().unwrap_or_default();
                let said = read_no_token(reason).map_or(reason.as_str(), |(_, said)| said);
                let hint = match self.kind {
                    RefusalKind::TokenRefused => {
                        "correct `token_url`, `client_id`, `client_secret_file` and `scope` of [log.kafka]"
                    }
                    _ => "check the identity provider, or correct `token_url` of [log.kafka]; the host keeps trying",
                };
                (format!("`{url}` returned no token for kafka: {said}"), hint.to_owned())
            }
        }
    }
}

/// A connection that was up for less was probably not closed for being idle.
const SOON_MS: u64 = 2_000;

/// Returns whether a connection ended soon after it came up, as in `(after 1ms in state UP)`.
fn soon_after_up(reason: &str) -> bool {
    let up = reason.rsplit_once("(after ").and_then(|(_, rest)| rest.split_once("ms in state UP"));
    up.and_then(|(ms, _)| ms.parse::<u64>().ok()).is_some_and(|ms| ms < SOON_MS)
}

/// Returns the broker from librdkafka's `PROTOCOL://HOST:PORT/ID: …`. For plain text the protocol is left out.
fn broker(reason: &str) -> &str {
    let address = reason.split_once("://").map_or(reason, |(_, rest)| rest);
    let words = address.split(['/', ' ']).map(|word| word.trim_end_matches(':'));
    let is_address = |word: &&str| {
        word.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    words.into_iter().find(is_address).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use RDKafkaErrorCode as Code;

    /// Messages of librdkafka 2.12, verbatim.
    const SAID: [(Code, &str, RefusalKind); 11] = [
        (
            Code::SSL,
            "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker \
             certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are \
             installed (install ca-certificates package) (after 3ms in state SSL_HANDSHAKE)",
            RefusalKind::Certificate,
        ),
        (
            Code::BrokerTransportFailure,
            "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener? (after \
             5ms in state SSL_HANDSHAKE)",
            RefusalKind::NoTls,
        ),
        (
            Code::BrokerTransportFailure,
            "127.0.0.1:1/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 4ms in state \
             APIVERSION_QUERY)",
            RefusalKind::NeedsTls,
        ),
        (
            Code::BrokerTransportFailure,
            "ssl://127.0.0.1:1/bootstrap: Disconnected: SSL connection closed by peer (after 1ms in state UP, 1 identical error(s) \
             suppressed)",
            RefusalKind::NeedsSasl,
        ),
        (
            Code::BrokerTransportFailure,
            "ssl://127.0.0.1:1/bootstrap: Send failed: SSL transport error: Broken pipe (after 1ms in state UP)",
            RefusalKind::NeedsSasl,
        ),
        (
            Code::Authentication,
            "sasl_plaintext://127.0.0.1:1/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid in current \
             SASL state: broker's supported mechanisms:  (after 1ms in state AUTH_HANDSHAKE)",
            RefusalKind::NoSasl,
        ),
        (
            Code::Authentication,
            "sasl_ssl://127.0.0.1:1/bootstrap: SASL authentication error: Authentication failed during authentication due to \
             invalid credentials with SASL mechanism SCRAM-SHA-256 (after 5ms in state AUTH_REQ)",
            RefusalKind::Credentials,
        ),
        (
            Code::Authentication,
            "sasl_ssl://127.0.0.1:1/bootstrap: SASL GSSAPI mechanism handshake failed: Broker: Unsupported SASL mechanism: \
             broker's supported mechanisms: PLAIN (after 1ms in state AUTH_HANDSHAKE)",
            RefusalKind::Mechanism,
        ),
        (
            Code::BrokerTransportFailure,
            "ssl://127.0.0.1:1/bootstrap: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert \
             number 42 (after 0ms in state APIVERSION_QUERY)",
            RefusalKind::NeedsCertificate,
        ),
        (
            Code::Authentication,
            "Failed to acquire SASL OAUTHBEARER token: token refused: it answers 401",
            RefusalKind::TokenRefused,
        ),
        (
            Code::Authentication,
            "Failed to acquire SASL OAUTHBEARER token: no token: it answers 503: token refused: later",
            RefusalKind::NoToken,
        ),
    ];

    #[test]
    fn what_librdkafka_says_of_refusals_is_understood() {
        for (code, reason, kind) in SAID {
            assert_eq!(Refusal::of(code, reason).map(|refusal| refusal.kind), Some(kind), "{reason}");
        }
        let refused = "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused";
        let idle = "127.0.0.1:1/1: Disconnected: connection closed by peer (after 600000ms in state UP)";
        for said in [refused, idle] {
            assert_eq!(Refusal::of(Code::BrokerTransportFailure, said), None, "{said}");
        }
    }

    #[test]
    fn an_identity_provider_that_is_away_is_no_refusal() {
        let refused = TokenError::Refused("it answers 401".to_owned());
        let away = TokenError::Unavailable("it answers 503".to_owned());
        for (error, is_final) in [(refused, true), (away, false)] {
            let refusal = Refusal::of(Code::Authentication, &no_token(&error)).unwrap();
            assert_eq!((refusal.is_final(), refusal.is_certain()), (is_final, true));
            let told = Told { token_url: Some("http://provider".to_owned()), ..Told::default() };
            let (said, _) = refusal.explained(&told);
            assert_eq!(said, format!("`http://provider` returned no token for kafka: {error}"));
        }
    }

    #[test]
    fn a_broker_is_named_by_its_address() {
        assert_eq!(broker("sasl_ssl://kafka-1.example:9093/bootstrap: x"), "kafka-1.example:9093");
        assert_eq!(broker("127.0.0.1:9092/1: Disconnected"), "127.0.0.1:9092");
        assert_eq!(broker("GroupCoordinator: kafka-1:9092: Disconnected"), "kafka-1:9092");
    }
}
