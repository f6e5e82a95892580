//! `[log.kafka]`: where the brokers are, how they are reached, and as whom.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::section::{Section, Value};
use foldline_base::secret::Secret;

/// As long as a name in a message should be.
const INSTALLATION_BYTES_MAX: usize = 64;

/// What librdkafka must not be told, and why.
const RESERVED: [(&str, &str); 6] = [
    ("bootstrap.servers", "set `brokers` of `[log.kafka]`"),
    ("metadata.broker.list", "set `brokers` of `[log.kafka]`"),
    ("auto.offset.reset", "the host must see a missing offset as an error"),
    ("enable.auto.commit", "positions live in the host's checkpoints"),
    ("enable.auto.offset.store", "positions live in the host's checkpoints"),
    ("isolation.level", "the host reads committed records only"),
];

/// Keys of `[log.kafka]`, with the properties of librdkafka that say the same.
const PROPERTIES: [(&str, &[&str]); 9] = [
    ("security_protocol", &["security.protocol"]),
    ("ca_file", &["ssl.ca.location", "ssl.ca.pem"]),
    ("cert_file", &["ssl.certificate.location", "ssl.certificate.pem"]),
    ("key_file", &["ssl.key.location", "ssl.key.pem"]),
    ("key_password", &["ssl.key.password"]),
    ("sasl_mechanism", &["sasl.mechanism", "sasl.mechanisms"]),
    ("username", &["sasl.username"]),
    ("password", &["sasl.password"]),
    ("token_url", &["sasl.oauthbearer.token.endpoint.url"]),
];

/// `[log.kafka]`.
#[derive(Clone, Debug, PartialEq)]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// Encryption; `None` = plain text.
    pub tls: Option<KafkaTls>,
    /// As whom the host speaks; `None` = as nobody.
    pub sasl: Option<KafkaSasl>,
    /// Passed through to librdkafka. Any of them may be a secret.
    pub librdkafka: BTreeMap<String, Secret>,
    /// What this installation is called on servers that it shares; `None` = the cluster's id.
    pub installation: Option<String>,
}

/// How connections to brokers are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaTls {
    /// Certificates of the authority that signed the brokers', in PEM; `None` = those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// The host's own certificate, for brokers that ask for one.
    pub client: Option<KafkaClientCertificate>,
}

/// A certificate of the host's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaClientCertificate {
    /// The certificate, in PEM, with those between it and its authority.
    pub cert_file: PathBuf,
    /// Its private key, in PEM.
    pub key_file: PathBuf,
    /// What the key is encrypted with.
    pub key_password: Option<Secret>,
}

/// As whom the host speaks to brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KafkaSasl {
    /// By name and password.
    Password {
        /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
        mechanism: &'static str,
        /// The name.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// By a token of an identity provider.
    OauthBearer(TokenSource),
}

/// Where tokens come from: OAuth 2.0 client credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSource {
    /// The token endpoint, `https://` or `http://`.
    pub url: String,
    /// Who asks.
    pub client_id: String,
    /// The password of whoever asks.
    pub client_secret: Secret,
    /// What the token is asked for.
    pub scope: Option<String>,
    /// Certificates of the authority that signed the endpoint's, in PEM; `None` = the well-known ones.
    pub ca_file: Option<PathBuf>,
}

impl KafkaConfig {
    /// Where Kafka is when nobody says: a broker on this machine.
    pub const BROKERS: &str = "127.0.0.1:9092";
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            brokers: Self::BROKERS.to_owned(),
            tls: None,
            sasl: None,
            librdkafka: BTreeMap::new(),
            installation: None,
        }
    }
}

/// What `security_protocol` says, in Kafka's words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Protocol {
    name: &'static str,
    tls: bool,
    sasl: bool,
}

const PROTOCOLS: [Protocol; 4] = [
    Protocol { name: "PLAINTEXT", tls: false, sasl: false },
    Protocol { name: "SSL", tls: true, sasl: false },
    Protocol { name: "SASL_PLAINTEXT", tls: false, sasl: true },
    Protocol { name: "SASL_SSL", tls: true, sasl: true },
];

const OAUTHBEARER: &str = "OAUTHBEARER";

const MECHANISMS: [&str; 4] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", OAUTHBEARER];

/// Keys that mean nothing without TLS.
const OF_TLS: [&str; 5] = ["ca_file", "cert_file", "key_file", "key_password", "key_password_file"];

/// Keys that mean nothing without a mechanism.
const OF_SASL: [&str; 10] = [
    "sasl_mechanism",
    "username",
    "password",
    "password_file",
    "token_url",
    "client_id",
    "client_secret",
    "client_secret_file",
    "scope",
    "token_ca_file",
];

/// Keys that name a user by name and password, and those that name one by tokens.
const OF_PASSWORDS: &[&str] = &["username", "password", "password_file"];
const OF_TOKENS: &[&str] =
    &["token_url", "client_id", "client_secret", "client_secret_file", "scope", "token_ca_file"];

/// Reads the table.
pub(super) fn kafka(mut section: Section<'_>) -> KafkaConfig {
    let brokers = section.get("brokers", brokers);
    let protocol = section.get("security_protocol", protocol);
    let tls = tls(&mut section);
    let sasl = sasl(&mut section, protocol.is_some_and(|protocol| protocol.sasl));
    let librdkafka = librdkafka(section.table("librdkafka"), &section);
    let installation = section.get("installation", installation);
    // Passed through, as before there were keys of their own.
    let is_passed = librdkafka.contains_key("security.protocol");
    let protocol = protocol.unwrap_or(PROTOCOLS[0]);
    for (is_on, keys, needs) in
        [(protocol.tls, OF_TLS.as_slice(), "SSL` or `SASL_SSL"), (protocol.sasl, &OF_SASL, "SASL_SSL")]
    {
        let set = keys.iter().find_map(|key| Some((key, section.span_of(key)?)));
        if let (false, false, Some((key, span))) = (is_on, is_passed, set) {
            section.problem(
                Some(span),
                format!("`{key}` means nothing unless `security_protocol` is `{needs}`"),
            );
        }
    }
    section.finish();
    KafkaConfig {
        brokers: brokers.unwrap_or_else(|| KafkaConfig::BROKERS.to_owned()),
        tls: protocol.tls.then_some(tls),
        sasl: sasl.filter(|_| protocol.sasl),
        librdkafka,
        installation,
    }
}

fn brokers(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    // Not quoted: a password may stand there.
    if text.contains('@') || text.contains("://") {
        return Err(value.says(
            "it is `host:port`, with commas between several, without a scheme, a name or a password: set \
             `security_protocol`, `username` and `password_file`",
        ));
    }
    Ok(text)
}

fn protocol(value: &Value<'_>) -> Result<Protocol, String> {
    let text = value.text()?;
    let known = PROTOCOLS.iter().find(|protocol| protocol.name.eq_ignore_ascii_case(&text));
    known.copied().ok_or_else(|| one_of(value, &text, &PROTOCOLS.map(|protocol| protocol.name)))
}

fn mechanism(value: &Value<'_>) -> Result<&'static str, String> {
    let text = value.text()?;
    let known = MECHANISMS.iter().find(|known| known.eq_ignore_ascii_case(&text));
    known.copied().ok_or_else(|| one_of(value, &text, &MECHANISMS))
}

fn one_of(value: &Value<'_>, text: &str, known: &[&str]) -> String {
    value.says(&format!("`{text}` is not one of {}", known.join(", ")))
}

fn tls(section: &mut Section<'_>) -> KafkaTls {
    let ca_file = section.get("ca_file", Value::text).map(Into::into);
    let cert_file = section.get("cert_file", Value::text);
    let key_file = section.get("key_file", Value::text);
    let key_password = section.secret("key_password", "key_password_file");
    let client = match (cert_file, key_file) {
        (Some(cert_file), Some(key_file)) => Some(KafkaClientCertificate {
            cert_file: cert_file.into(),
            key_file: key_file.into(),
            key_password,
        }),
        (None, None) => None,
        (cert_file, _) => {
            let (there, missing) =
                if cert_file.is_some() { ("cert_file", "key_file") } else { ("key_file", "cert_file") };
            section.problem(section.span_of(there), format!("`{there}` is set, and `{missing}` is not"));
            None
        }
    };
    KafkaTls { ca_file, client }
}

/// Reads as whom the host speaks; `due` says whether the protocol asks for it.
fn sasl(section: &mut Section<'_>, due: bool) -> Option<KafkaSasl> {
    let mechanism = section.get("sasl_mechanism", mechanism);
    let username = section.get("username", Value::text);
    let password = section.secret("password", "password_file");
    let url = section.get("token_url", |value| super::sinks::one_url(value, &["https", "http"]));
    let client_id = section.get("client_id", Value::text);
    let client_secret = section.secret("client_secret", "client_secret_file");
    let scope = section.get("scope", Value::text);
    let ca_file = section.get("token_ca_file", Value::text).map(Into::into);
    if !due {
        return None;
    }
    let Some(mechanism) = mechanism else {
        if section.span_of("sasl_mechanism").is_none() {
            let message = format!("this needs `sasl_mechanism`: one of {}", MECHANISMS.join(", "));
            section.problem(section.span_of("security_protocol"), message);
        }
        return None;
    };
    let foreign = if mechanism == OAUTHBEARER { OF_PASSWORDS } else { OF_TOKENS };
    for key in foreign {
        if let Some(span) = section.span_of(key) {
            section
                .problem(Some(span), format!("`{key}` means nothing to `sasl_mechanism = \"{mechanism}\"`"));
        }
    }
    let missing = |keys: &str| {
        let span = section.span_of("sasl_mechanism");
        section.problem(span, format!("`sasl_mechanism = \"{mechanism}\"` needs {keys}"));
        None
    };
    // What was there and wrong is named already.
    let is_absent = |keys: &[&str]| keys.iter().all(|key| section.span_of(key).is_none());
    if mechanism == OAUTHBEARER {
        return match (url, client_id, client_secret) {
            (Some(url), Some(client_id), Some(client_secret)) => {
                Some(KafkaSasl::OauthBearer(TokenSource { url, client_id, client_secret, scope, ca_file }))
            }
            _ if is_absent(&["token_url"])
                || is_absent(&["client_id"])
                || is_absent(&["client_secret", "client_secret_file"]) =>
            {
                missing("`token_url`, `client_id` and `client_secret_file`")
            }
            _ => None,
        };
    }
    match (username, password) {
        (Some(username), Some(password)) => Some(KafkaSasl::Password { mechanism, username, password }),
        _ if is_absent(&["username"]) || is_absent(&["password", "password_file"]) => {
            missing("`username` and `password_file`")
        }
        _ => None,
    }
}

/// Reads the name of an installation, which operators meet in messages.
fn installation(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=INSTALLATION_BYTES_MAX).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text);
    }
    Err(value.says(&format!(
        "`{text}` is no name of an installation: 1 to {INSTALLATION_BYTES_MAX} letters, digits, `-`, `_` or `.`"
    )))
}

/// Reads keys that are passed through; a key with `_file` behind it takes its value from a file.
fn librdkafka(section: Section<'_>, kafka: &Section<'_>) -> BTreeMap<String, Secret> {
    let mut properties = BTreeMap::new();
    for (key, value) in section.values() {
        let (name, read) = match key.strip_suffix("_file") {
            Some(name) => (name, value.secret_file()),
            None => (key, value.passed_through()),
        };
        let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == name);
        let own =
            PROPERTIES.iter().find(|(key, names)| names.contains(&name) && kafka.span_of(key).is_some());
        let property = match (reserved, own, read) {
            (Some((_, why)), ..) => Err(format!("`{}` is set by the host: {why}", value.key)),
            (_, Some((key, _)), _) => {
                Err(format!("both `{}` and `log.kafka.{key}` are set; keep one", value.key))
            }
            (.., Ok(_)) if properties.contains_key(name) => {
                Err(format!("both `{name}` and `{name}_file` are set; keep one"))
            }
            (.., read) => read,
        };
        match property {
            Ok(text) => drop(properties.insert(name.to_owned(), text)),
            Err(message) => section.problem(Some(value.span), message),
        }
    }
    properties
}
