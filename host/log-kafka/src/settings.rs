//! librdkafka's settings: the host's defaults, then the configuration's settings, then those that the host's promises rest on.
//! Later ones override earlier ones.

use std::sync::Arc;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

use super::context::Context;
use super::refusal::Told;
use super::security::{self, Properties};
use super::tokens::Tokens;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::{KafkaConfig, KafkaSasl};

/// Settings that the configuration may not change, with what decides them instead.
const OURS: &[(&str, &str)] = &[
    ("bootstrap.servers", "it is `brokers` under [log.kafka]"),
    ("metadata.broker.list", "it is `brokers` under [log.kafka]"),
    ("group.id", "positions are kept in checkpoints, not in a consumer group"),
    ("enable.auto.commit", "positions are kept in checkpoints, not in a consumer group"),
    ("enable.auto.offset.store", "positions are kept in checkpoints, not in a consumer group"),
    ("auto.offset.reset", "an offset that is gone is an error, never a jump"),
    ("isolation.level", "only committed records are folded"),
    ("enable.partition.eof", "it tells when a reader has caught up"),
    ("check.crcs", "damaged records must be noticed"),
    ("allow.auto.create.topics", "it is `create` under [topics.NAME]"),
    ("enable.idempotence", "a record that is sent again must not be stored twice"),
    ("acks", "an append is acknowledged when all in-sync replicas hold it"),
    ("request.required.acks", "an append is acknowledged when all in-sync replicas hold it"),
    ("partitioner", "keys go where Java's clients put them"),
    ("transactional.id", "it fences other relays of the same name"),
    ("transaction.timeout.ms", "what a relay that died leaves open holds others up"),
    ("message.max.bytes", "it is `record_bytes_max` under [limits]"),
];

/// Room for a batch's header and a record's own fields, far more than they take.
const RECORD_OVERHEAD_BYTES: usize = 64 << 10;
/// librdkafka's range for `message.max.bytes`.
const MESSAGE_BYTES_MAX: usize = 1_000_000_000;
/// Maximum size of an answer to a fetch, as compressed in the log. A single larger record is still sent.
const FETCH_BYTES_MAX: &str = "16777216";
/// Maximum bytes of one partition in an answer: librdkafka's default.
const PARTITION_FETCH_BYTES_MAX: usize = 1 << 20;
/// How long a transaction may stay open. If its host dies, readers of its topics and of frontiers wait this long.
const TRANSACTION_MS: &str = "10000";
/// When librdkafka repeats a transaction's requests by itself: long after the relay has given the producer up. Of a commit
/// that is sent twice, one may arrive late, and would then commit a part of the next transaction, which has the same epoch.
const RESEND_MS: &str = "60000";
/// How soon a transaction's producer looks again for a partition's leader. The default is as late as [`RESEND_MS`].
const FIND_LEADER_MS: &str = "100";
/// How long a client first waits before it reconnects.
const RECONNECT_MS: &str = "250";
/// Size of the queue of unacknowledged appends, unless one record is larger.
const APPEND_QUEUE_KBYTES_MIN: usize = 64 << 10;

/// Checked settings for all clients of a log.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    brokers: String,
    /// The configuration's properties, in the order in which they are set.
    properties: Properties,
    told: Told,
    tokens: Option<Arc<Tokens>>,
    record_bytes_max: usize,
}

impl Settings {
    /// Checks each setting by itself; the error names all that are wrong.
    pub(super) fn new(config: &KafkaConfig, record_bytes_max: usize) -> Result<Self> {
        let mut problems = Vec::new();
        if config.brokers.trim().is_empty() {
            problems.push("`brokers` is empty".to_owned());
        }
        for (key, value) in &config.librdkafka {
            if let Some((_, reason)) = OURS.iter().find(|(ours, _)| ours == key) {
                problems.push(format!("librdkafka setting `{key}` cannot be changed: {reason}"));
            } else if let Err(error) = ClientConfig::new().set(key, value.expose()).create_native_config() {
                let text = match error {
                    KafkaError::ClientConfig(_, text, ..) => text,
                    error => error.to_string(),
                };
                problems.push(format!("librdkafka setting `{key}`: {}", value.removed_from(&text)));
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(ErrorKind::Config, problems.join("; ")).with_hint("see [log.kafka]"));
        }
        let mut properties = security::properties(config)?;
        properties.extend(config.librdkafka.iter().map(|(key, value)| (key.clone(), value.clone())));
        let tokens = match &config.sasl {
            Some(KafkaSasl::OauthBearer(source)) => Some(Arc::new(Tokens::new(source)?)),
            _ => None,
        };
        let (brokers, told) = (config.brokers.clone(), Told::of(config));
        Ok(Self { brokers, properties, told, tokens, record_bytes_max })
    }

    /// Returns the brokers as configured, for messages.
    pub(super) fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Returns a context for a new client.
    pub(super) fn context(&self) -> Context {
        Context::new(self.told.clone(), self.tokens.clone())
    }

    /// Returns the source of tokens, if the configuration uses them.
    pub(super) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_deref()
    }

    /// Returns the maximum size of a record to append, in bytes.
    pub(super) fn record_bytes_max(&self) -> usize {
        self.record_bytes_max
    }

    /// Returns the settings of a client that asks for topics and offsets.
    pub(super) fn metadata(&self) -> ClientConfig {
        self.client(
            &[],
            &[
                // Makes the end of a partition its last stable offset.
                ("isolation.level", "read_committed"),
                ("allow.auto.create.topics", "false"),
            ],
        )
    }

    /// Returns the settings of a client that asks how far a partition reaches, open transactions included.
    pub(super) fn uncommitted_metadata(&self) -> ClientConfig {
        self.client(&[], &[("isolation.level", "read_uncommitted"), ("allow.auto.create.topics", "false")])
    }

    /// Returns the settings of a reader that may read ahead `partition_bytes` in each partition.
    pub(super) fn reader(&self, partition_bytes: usize) -> ClientConfig {
        let read_ahead_kbytes = (partition_bytes >> 10).to_string();
        // One fetch comes on top of what is already read ahead.
        let partition_fetch_bytes = partition_bytes.min(PARTITION_FETCH_BYTES_MAX).to_string();
        let mut config = self.client(
            &[
                ("queued.max.messages.kbytes", &read_ahead_kbytes),
                ("fetch.message.max.bytes", &partition_fetch_bytes),
                ("fetch.max.bytes", FETCH_BYTES_MAX),
                // A full read-ahead buffer is empty again within milliseconds; the default pause is a second.
                ("fetch.queue.backoff.ms", "10"),
            ],
            &[
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"),
                ("isolation.level", "read_committed"),
                ("enable.partition.eof", "true"),
                ("check.crcs", "true"),
                ("allow.auto.create.topics", "false"),
            ],
        );
        // Enables log lines about topics: librdkafka continues in a re-created topic, at the same offset, and reports that
        // only there.
        let debug = match config.get("debug") {
            Some(debug) => format!("{debug},metadata"),
            None => "metadata".to_owned(),
        };
        config.set("debug", debug);
        config.set_log_level(RDKafkaLogLevel::Debug);
        config
    }

    /// Returns the settings of the producer of appends.
    pub(super) fn producer(&self) -> ClientConfig {
        let message_bytes_max =
            self.record_bytes_max.saturating_add(RECORD_OVERHEAD_BYTES).clamp(1_000_000, MESSAGE_BYTES_MAX);
        let queue_kbytes = APPEND_QUEUE_KBYTES_MIN.max(message_bytes_max * 2 / 1024);
        self.client(
            &[
                ("queue.buffering.max.kbytes", queue_kbytes.to_string().as_str()),
                // Callers wait for the answer, so an append of one record must not wait for others to join.
                ("linger.ms", "1"),
                ("compression.type", "lz4"),
                // How long an append waits for brokers that are gone before it is refused.
                ("message.timeout.ms", "30000"),
            ],
            &[
                ("enable.idempotence", "true"),
                ("acks", "all"),
                ("partitioner", "murmur2_random"),
                ("allow.auto.create.topics", "false"),
                ("message.max.bytes", message_bytes_max.to_string().as_str()),
            ],
        )
    }

    /// Returns the settings of a producer of transactions under an id.
    pub(super) fn transactional(&self, id: &str) -> ClientConfig {
        let mut config = self.producer();
        config.set("transactional.id", id);
        config.set("transaction.timeout.ms", TRANSACTION_MS);
        config.set("message.timeout.ms", TRANSACTION_MS);
        config.set("retry.backoff.ms", RESEND_MS);
        config.set("retry.backoff.max.ms", RESEND_MS);
        config.set("topic.metadata.refresh.fast.interval.ms", FIND_LEADER_MS);
        config
    }

    /// Returns the settings of a client that creates topics.
    pub(super) fn admin(&self) -> ClientConfig {
        self.client(&[], &[])
    }

    fn client(&self, defaults: &[(&str, &str)], ours: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Info);
        config.set("client.id", "foldline");
        // The host reconnects within two seconds of the broker's return; the default is ten.
        config.set("reconnect.backoff.max.ms", "2000");
        // While a request waits, connections are retried after half of this, so that a refused handshake does not spin.
        config.set("reconnect.backoff.ms", RECONNECT_MS);
        for &(key, value) in defaults {
            config.set(key, value);
        }
        for (key, value) in &self.properties {
            config.set(key, value.expose());
        }
        for &(key, value) in ours {
            config.set(key, value);
        }
        config.set("bootstrap.servers", &self.brokers);
        config
    }
}

/// Turns librdkafka's refusal to create a client into an error: its settings are valid one by one, but not together.
pub(super) fn refused(error: KafkaError) -> Error {
    let text = match error {
        KafkaError::ClientConfig(_, text, key, _) => format!("setting `{key}`: {text}"),
        KafkaError::ClientCreation(text) => text,
        error => error.to_string(),
    };
    Error::new(ErrorKind::Config, format!("librdkafka refuses its settings: {text}"))
        .with_hint("check [log.kafka] and [log.kafka.librdkafka]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(librdkafka: &[(&str, &str)]) -> Result<Settings> {
        let librdkafka = librdkafka.iter().map(|&(key, value)| (key.to_owned(), value.into()));
        let config = KafkaConfig { librdkafka: librdkafka.collect(), ..KafkaConfig::default() };
        Settings::new(&config, 8 << 20)
    }

    fn problem(key: &str, value: &str) -> String {
        let error = settings(&[(key, value)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.message().to_owned()
    }

    #[test]
    fn settings_that_do_not_exist_are_named_and_their_values_are_not() {
        for (key, value) in [("no.such.setting", "canary"), ("fetch.max.bytes", "canary")] {
            let problem = problem(key, value);
            assert!(problem.contains(&format!("`{key}`")) && !problem.contains("canary"), "{problem}");
        }
    }

    #[test]
    fn tls_and_every_mechanism_are_built_in() {
        for protocol in ["SSL", "SASL_SSL", "SASL_PLAINTEXT"] {
            settings(&[("security.protocol", protocol)]).unwrap();
        }
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] {
            let settings =
                settings(&[("security.protocol", "SASL_SSL"), ("sasl.mechanism", mechanism)]).unwrap();
            let mut config = settings.metadata();
            config.set("sasl.username", "me").set("sasl.password", "canary");
            config.create_with_context::<_, rdkafka::consumer::BaseConsumer<_>>(settings.context()).unwrap();
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_its_key() {
        let tls = foldline_config::KafkaTls { ca_file: Some("/nowhere/ca.crt".into()), client: None };
        let config = KafkaConfig { tls: Some(tls), ..KafkaConfig::default() };
        let error = Settings::new(&config, 8 << 20).unwrap_err();
        assert_eq!(
            error.message(),
            "`ca_file` of [log.kafka]: cannot read `/nowhere/ca.crt`: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn settings_that_promises_rest_on_cannot_be_changed() {
        for (key, _) in OURS {
            assert!(problem(key, "x").contains("cannot be changed"), "{key}");
        }
    }

    #[test]
    fn all_wrong_settings_are_named_at_once() {
        let librdkafka = ["group.id", "no.such.setting"].map(|key| (key.to_owned(), "x".into()));
        let config =
            KafkaConfig { brokers: String::new(), librdkafka: librdkafka.into(), ..KafkaConfig::default() };
        let error = Settings::new(&config, 8 << 20).unwrap_err();
        for part in ["`brokers`", "`group.id`", "`no.such.setting`"] {
            assert!(error.message().contains(part), "{error}");
        }
    }

    #[test]
    fn the_configuration_overrides_defaults_and_librdkafka_takes_every_set() {
        let librdkafka = [("linger.ms".to_owned(), "20".into())].into();
        let config = KafkaConfig { librdkafka, ..KafkaConfig::default() };
        let settings = Settings::new(&config, usize::MAX).unwrap();
        assert_eq!(settings.producer().get("linger.ms"), Some("20"));
        for config in [settings.metadata(), settings.uncommitted_metadata(), settings.reader(64 << 10)] {
            config.create_native_config().unwrap();
        }
        settings.producer().create_native_config().unwrap();
        settings.transactional("frontiers/relay").create_native_config().unwrap();
        settings.admin().create_native_config().unwrap();
    }
}
