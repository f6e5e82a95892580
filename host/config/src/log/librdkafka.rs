//! `[log.kafka.librdkafka]`: properties that are passed through to librdkafka.

use std::collections::BTreeMap;

use super::protocol::SECURITY_PROTOCOL;
use super::{sasl, tls};
use crate::key::Key;
use crate::kind::{Optional, PassedThrough};
use crate::section::Section;
use crate::table::Table;
use foldline_base::secret::Secret;

pub(super) static TABLE: Table = Table {
    name: "librdkafka",
    about: "Properties of librdkafka, the Kafka client of the host.",
    each_key: Some(&PROPERTY),
    ..Table::EMPTY
};

static PROPERTY: Key<Optional<PassedThrough>> = Key {
    name: "*",
    kind: Optional(PassedThrough),
    default: || None,
    about: "Any property, such as `\"socket.keepalive.enable\" = true`. With `_file` appended to its name, its value is read \
            from a file. Addresses, offsets and isolation are set by the host. A property that has a key of its own in \
            `[log.kafka]` may be set in only one of the two places.",
};

/// Properties of librdkafka that must not be set, and why.
const RESERVED: [(&str, &str); 6] = [
    ("bootstrap.servers", "set `brokers` of `[log.kafka]`"),
    ("metadata.broker.list", "set `brokers` of `[log.kafka]`"),
    ("auto.offset.reset", "the host must see a missing offset as an error"),
    ("enable.auto.commit", "positions live in the host's checkpoints"),
    ("enable.auto.offset.store", "positions live in the host's checkpoints"),
    ("isolation.level", "the host reads committed records only"),
];

/// Keys of `[log.kafka]`, each with the librdkafka properties that mean the same.
static OWN_KEYS: [(&str, &[&str]); 9] = [
    (SECURITY_PROTOCOL.name, &["security.protocol"]),
    (tls::CA_FILE.name, &["ssl.ca.location", "ssl.ca.pem"]),
    (tls::CERT_FILE.name, &["ssl.certificate.location", "ssl.certificate.pem"]),
    (tls::KEY_FILE.name, &["ssl.key.location", "ssl.key.pem"]),
    (tls::KEY_PASSWORD.name, &["ssl.key.password"]),
    (sasl::MECHANISM.name, &["sasl.mechanism", "sasl.mechanisms"]),
    (sasl::USERNAME.name, &["sasl.username"]),
    (sasl::PASSWORD.name, &["sasl.password"]),
    (sasl::TOKEN_URL.name, &["sasl.oauthbearer.token.endpoint.url"]),
];

/// Reads the properties. A property whose name ends with `_file` takes its value from a file.
pub(super) fn read(section: &Section<'_>, kafka: &Section<'_>) -> BTreeMap<String, Secret> {
    let mut properties = BTreeMap::new();
    for (key, value) in section.values() {
        let (name, read) = match key.strip_suffix("_file") {
            Some(name) => (name, value.secret_file()),
            None => (key, value.passed_through()),
        };
        let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == name);
        let own = OWN_KEYS.iter().find(|(key, names)| names.contains(&name) && kafka.span_of(key).is_some());
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
