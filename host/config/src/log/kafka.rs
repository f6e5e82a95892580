//! `[log.kafka]`: where the brokers are, and how they are reached.

use std::collections::BTreeMap;

use super::librdkafka;
use super::protocol::SECURITY_PROTOCOL;
use super::sasl::{self, KafkaSasl};
use super::tls::{self, KafkaTls};
use crate::key::{Entry, Group, Key};
use crate::kind::{Optional, Text};
use crate::section::{Section, defaults};
use crate::table::Table;
use foldline_base::secret::Secret;

/// `[log.kafka]`.
#[derive(Clone, Debug, PartialEq)]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// Encryption; `None` = plain text.
    pub tls: Option<KafkaTls>,
    /// How the host authenticates; `None` = not at all.
    pub sasl: Option<KafkaSasl>,
    /// Passed through to librdkafka. Any of them may be a secret.
    pub librdkafka: BTreeMap<String, Secret>,
    /// The name of this installation on servers that it shares; `None` = the cluster's id.
    pub installation: Option<String>,
}

pub(super) static TABLE: Table = Table {
    name: "kafka",
    about: "A Kafka cluster as the log. The presence of the table selects Kafka, even if the table is empty.",
    keys: &[&BROKERS, &SECURITY_PROTOCOL, &tls::KEYS, &sasl::KEYS, &INSTALLATION],
    tables: &[&librdkafka::TABLE],
    ..Table::EMPTY
};

/// A name longer than this makes messages hard to read.
const INSTALLATION_BYTES_MAX: usize = 64;

static BROKERS: Key<Text> = Key {
    name: "brokers",
    kind: Text { what: "`host:port`, comma-separated", pattern: Some("^[^@]*$"), check: check_brokers },
    default: || KafkaConfig::BROKERS.to_owned(),
    about: "Some brokers of the cluster; the host finds the others. The default is a broker on this machine.",
};

static INSTALLATION: Key<Optional<Text>> = Key {
    name: "installation",
    kind: Optional(Text {
        what: "letters, digits, `-`, `_` and `.`, 64 at most",
        pattern: Some("^[A-Za-z0-9._-]{1,64}$"),
        check: check_installation,
    }),
    default: || None,
    about: "Name of this installation on servers that it shares with others, so that none takes another's documents for its \
            own. Unset: the id of the cluster, so two installations that read one cluster need names. The name must stay \
            the same even if the data folder is lost. The embedded log has an id of its own.",
};

impl KafkaConfig {
    /// The default broker, on this machine.
    pub const BROKERS: &str = "127.0.0.1:9092";
}

impl Default for KafkaConfig {
    fn default() -> Self {
        defaults(&TABLE, Self::read)
    }
}

impl KafkaConfig {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let protocol = section.get(&SECURITY_PROTOCOL);
        let tls = KafkaTls::read(section);
        let sasl = KafkaSasl::read(section, protocol.sasl.then_some(SECURITY_PROTOCOL.name));
        let librdkafka = librdkafka::read(&section.table(&librdkafka::TABLE), section);
        // The protocol may also be set as a librdkafka property, as before it had a key of its own.
        if !librdkafka.contains_key("security.protocol") {
            refuse_without_use(section, protocol.tls, &tls::KEYS, "`SSL` or `SASL_SSL`");
            refuse_without_use(section, protocol.sasl, &sasl::KEYS, "`SASL_SSL`");
        }
        Self {
            brokers: section.get(&BROKERS),
            tls: protocol.tls.then_some(tls),
            sasl,
            librdkafka,
            installation: section.get(&INSTALLATION),
        }
    }
}

/// Notes a problem for the first key of a group that the protocol does not use.
fn refuse_without_use(section: &Section<'_>, is_used: bool, keys: &Group, needed: &str) {
    let set = keys.names().into_iter().find_map(|key| Some((key, section.span_of(key)?)));
    if let (false, Some((key, span))) = (is_used, set) {
        let message = format!("`{key}` has no effect unless `{}` is {needed}", SECURITY_PROTOCOL.name);
        section.problem(Some(span), message);
    }
}

fn check_brokers(text: &str) -> Result<(), String> {
    // The value is not quoted: it may hold a password.
    if text.contains('@') || text.contains("://") {
        return Err(
            "it is `host:port`, with commas between several, without a scheme, a name or a password: set \
                    `security_protocol`, `username` and `password_file`"
                .to_owned(),
        );
    }
    Ok(())
}

/// Checks the name of an installation, which appears in messages to operators.
fn check_installation(text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=INSTALLATION_BYTES_MAX).contains(&text.len()) && text.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not an installation name: use 1 to {INSTALLATION_BYTES_MAX} letters, digits, `-`, `_` or `.`"
    ))
}
