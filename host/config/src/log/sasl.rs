//! `[log.kafka]`, SASL: how the host authenticates to brokers.

use std::path::PathBuf;

use crate::key::{Entry, Group, Key, SecretKey};
use crate::kind::{Choice, Optional, PATH, Path, Text, any_text};
use crate::section::Section;
use crate::url::{Url, Urls};
use foldline_base::secret::Secret;

/// How the host authenticates to brokers.
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
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The scope that the token is requested for.
    pub scope: Option<String>,
    /// Certificates of the authority that signed the endpoint's, in PEM; `None` = the well-known ones.
    pub ca_file: Option<PathBuf>,
}

/// What a mechanism authenticates with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    Plain,
    ScramSha256,
    ScramSha512,
    OauthBearer,
}

static MECHANISMS: [(&str, Mechanism); 4] = [
    ("PLAIN", Mechanism::Plain),
    ("SCRAM-SHA-256", Mechanism::ScramSha256),
    ("SCRAM-SHA-512", Mechanism::ScramSha512),
    ("OAUTHBEARER", Mechanism::OauthBearer),
];

/// The keys that have no meaning without a mechanism.
pub(super) static KEYS: Group = Group(&[&MECHANISM, &OF_PASSWORDS, &OF_TOKENS]);

/// The keys of a user with a password.
static OF_PASSWORDS: Group = Group(&[&USERNAME, &PASSWORD]);

/// The keys of a client that gets tokens.
static OF_TOKENS: Group = Group(&[&TOKEN_URL, &CLIENT_ID, &CLIENT_SECRET, &SCOPE, &TOKEN_CA_FILE]);

pub(super) static MECHANISM: Key<Optional<Choice<Mechanism>>> = Key {
    name: "sasl_mechanism",
    kind: Optional(Choice { of: &MECHANISMS, any_case: true }),
    default: || None,
    about: "How the host authenticates: `PLAIN` and `SCRAM-…` with `username` and `password_file`, `OAUTHBEARER` with \
            `token_url`, `client_id` and `client_secret_file`. Kerberos (`GSSAPI`) is not built in.",
};

pub(super) static USERNAME: Key<Optional<Text>> = Key {
    name: "username",
    kind: Optional(any_text("name")),
    default: || None,
    about: "User that the brokers know.",
};

pub(super) static PASSWORD: SecretKey = SecretKey {
    name: "password",
    file: "password_file",
    about: "Password of the user. It may come from the environment: `\"${KAFKA_PASSWORD}\"`.",
};

pub(super) static TOKEN_URL: Key<Optional<Url>> = Key {
    name: "token_url",
    kind: Optional(Url(Urls { schemes: &["https", "http"], what: "`https://` or `http://` URL" })),
    default: || None,
    about: "For `OAUTHBEARER`: token endpoint of an identity provider (OAuth 2.0, client credentials). The host requests one \
            token for all its connections, when it first needs one and again after four fifths of the token's life. It honours \
            `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the environment.",
};

static CLIENT_ID: Key<Optional<Text>> = Key {
    name: "client_id",
    kind: Optional(any_text("name")),
    default: || None,
    about: "Client that requests the token.",
};

static CLIENT_SECRET: SecretKey =
    SecretKey { name: "client_secret", file: "client_secret_file", about: "Password of the client." };

static SCOPE: Key<Optional<Text>> = Key {
    name: "scope",
    kind: Optional(any_text("scope")),
    default: || None,
    about: "Scope that the token is requested for. Unset: the provider's default.",
};

static TOKEN_CA_FILE: Key<Optional<Path>> = Key {
    name: "token_ca_file",
    kind: Optional(PATH),
    default: || None,
    about: "Certificates (PEM) of the authority that signed the endpoint's certificate. Unset: the public authorities of \
            Mozilla's list.",
};

impl KafkaSasl {
    /// Reads how the host authenticates. `needed_by` is the key that requires authentication, if there is one.
    pub(super) fn read(section: &Section<'_>, needed_by: Option<&str>) -> Option<Self> {
        let mechanism = section.get(&MECHANISM);
        let username = section.get(&USERNAME);
        let password = section.secret(&PASSWORD);
        let source = read_token_source(section);
        let needed_by = needed_by?;
        let Some(mechanism) = mechanism else {
            // A value that is present and wrong has already been reported.
            if section.span_of(MECHANISM.name).is_none() {
                let names = MECHANISMS.map(|(name, _)| name).join(", ");
                let message = format!("this needs `{}`: one of {names}", MECHANISM.name);
                section.problem(section.span_of(needed_by), message);
            }
            return None;
        };
        let is_by_token = mechanism == Mechanism::OauthBearer;
        let foreign = if is_by_token { &OF_PASSWORDS } else { &OF_TOKENS };
        for key in foreign.names() {
            if let Some(span) = section.span_of(key) {
                let message = format!("`{key}` means nothing to {}", mechanism.as_set());
                section.problem(Some(span), message);
            }
        }
        if is_by_token {
            require(section, mechanism, &[&TOKEN_URL, &CLIENT_ID, &CLIENT_SECRET]);
            return source.map(Self::OauthBearer);
        }
        require(section, mechanism, &[&USERNAME, &PASSWORD]);
        Some(Self::Password { mechanism: mechanism.name(), username: username?, password: password? })
    }
}

impl Mechanism {
    fn name(self) -> &'static str {
        let known = MECHANISMS.iter().find(|(_, mechanism)| *mechanism == self);
        known.map_or("", |(name, _)| name)
    }

    /// Returns what the file says.
    fn as_set(self) -> String {
        format!("`{} = \"{}\"`", MECHANISM.name, self.name())
    }
}

fn read_token_source(section: &Section<'_>) -> Option<TokenSource> {
    let url = section.get(&TOKEN_URL);
    let client_id = section.get(&CLIENT_ID);
    let client_secret = section.secret(&CLIENT_SECRET);
    let scope = section.get(&SCOPE);
    let ca_file = section.get(&TOKEN_CA_FILE);
    Some(TokenSource { url: url?, client_id: client_id?, client_secret: client_secret?, scope, ca_file })
}

/// Reports a problem if a key that the mechanism needs is absent. A value that is present and wrong has already been reported.
fn require(section: &Section<'_>, mechanism: Mechanism, needed: &[&dyn Entry]) {
    let is_absent = |key: &&dyn Entry| key.names().iter().all(|name| section.span_of(name).is_none());
    if !needed.iter().any(is_absent) {
        return;
    }
    // For a secret, recommend the key that names its file.
    let names: Vec<String> =
        needed.iter().filter_map(|key| Some(format!("`{}`", key.names().last()?))).collect();
    let message = format!("{} needs {}", mechanism.as_set(), and(&names));
    section.problem(section.span_of(MECHANISM.name), message);
}

/// Joins names into a list as a sentence has it.
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
