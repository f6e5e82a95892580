//! Encryption and authentication of connections to brokers: translates the configuration into librdkafka's properties.

use std::path::Path;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::secret::Secret;
use foldline_config::{KafkaConfig, KafkaSasl, KafkaTls};

/// Properties of librdkafka. Any of them may be a secret.
pub(super) type Properties = Vec<(String, Secret)>;

/// Makes librdkafka probe the usual places for the system's trusted authorities, which a bundled OpenSSL does not know.
const SYSTEMS_AUTHORITIES: &str = "probe";

/// Returns librdkafka's properties for the configuration.
///
/// # Errors
/// `Config` naming the key of a file that cannot be read.
pub(super) fn properties(config: &KafkaConfig) -> Result<Properties> {
    let mut properties = Properties::new();
    let mut set = |key: &str, value: &str| properties.push((key.to_owned(), value.into()));
    match (&config.tls, &config.sasl) {
        // librdkafka's default, unless it is set as a property.
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
        // The host requests tokens itself: see `tokens`.
        Some(KafkaSasl::OauthBearer(_)) => set("sasl.mechanism", "OAUTHBEARER"),
    }
    Ok(properties)
}

/// Checks that a file can be read now. librdkafka's own message does not name the key, and not always the file.
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

/// The beginning of every PEM block.
const PEM: &[u8] = b"-----BEGIN ";
