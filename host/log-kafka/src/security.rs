//! How connections to brokers are encrypted, and as whom they are made: the configuration in librdkafka's words.

use std::path::Path;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::secret::Secret;
use foldline_config::{KafkaConfig, KafkaSasl, KafkaTls};

/// Properties of librdkafka. Any of them may be a secret.
pub(super) type Properties = Vec<(String, Secret)>;

/// Has librdkafka look where systems keep the authorities they trust: an OpenSSL of our own does not know.
const SYSTEMS_AUTHORITIES: &str = "probe";

/// Returns the properties that say what the configuration says.
///
/// # Errors
/// `Config` for a file that cannot be read, by its key.
pub(super) fn properties(config: &KafkaConfig) -> Result<Properties> {
    let mut properties = Properties::new();
    let mut set = |key: &str, value: &str| properties.push((key.to_owned(), value.into()));
    match (&config.tls, &config.sasl) {
        // As librdkafka has it, unless it is passed through.
        (None, None) => {}
        (Some(_), None) => set("security.protocol", "SSL"),
        (None, Some(_)) => set("security.protocol", "SASL_PLAINTEXT"),
        (Some(_), Some(_)) => set("security.protocol", "SASL_SSL"),
    }
    if let Some(KafkaTls { ca_file, client }) = &config.tls {
        match ca_file {
            Some(path) => set("ssl.ca.location", readable("ca_file", path)?),
            None => set("ssl.ca.location", SYSTEMS_AUTHORITIES),
        }
        if let Some(client) = client {
            set("ssl.certificate.location", readable("cert_file", &client.cert_file)?);
            set("ssl.key.location", readable("key_file", &client.key_file)?);
            if let Some(password) = &client.key_password {
                set("ssl.key.password", password.expose());
            }
        }
    }
    match &config.sasl {
        None => {}
        Some(KafkaSasl::Password { mechanism, username, password }) => {
            set("sasl.mechanism", mechanism);
            set("sasl.username", username);
            set("sasl.password", password.expose());
        }
        // Tokens are asked for by the host: see `tokens`.
        Some(KafkaSasl::OauthBearer(_)) => set("sasl.mechanism", "OAUTHBEARER"),
    }
    Ok(properties)
}

/// Checks that a file can be read now: librdkafka's own message names neither the key nor, always, the file.
fn readable<'a>(key: &str, path: &'a Path) -> Result<&'a str> {
    let refused = |reason: &dyn std::fmt::Display| {
        Error::new(
            ErrorKind::Config,
            format!("`{key}` of [log.kafka]: cannot read `{}`: {reason}", path.display()),
        )
        .with_hint("it is a file in PEM that the user of this process may read")
    };
    let text = std::fs::read(path).map_err(|error| refused(&error))?;
    if !text.windows(PEM.len()).any(|window| window == PEM) {
        return Err(refused(&"it holds nothing in PEM"));
    }
    path.to_str().ok_or_else(|| refused(&"its name is not UTF-8"))
}

/// What everything in PEM begins with.
const PEM: &[u8] = b"-----BEGIN ";
