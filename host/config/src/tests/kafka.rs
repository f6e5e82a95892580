//! How brokers are reached, and how the host authenticates to them.

use super::{read, refused};
use crate::*;

#[test]
fn brokers_are_reached_over_tls_and_as_whom_the_file_says() {
    let kafka = |text: &str| match read(&format!("[log.kafka]\n{text}")).log {
        LogConfig::Kafka(kafka) => (kafka.tls, kafka.sasl),
        log => panic!("{log:?}"),
    };
    assert_eq!(kafka("security_protocol = \"plaintext\""), (None, None));
    assert_eq!(kafka("security_protocol = \"SSL\""), (Some(KafkaTls::default()), None));
    let client = KafkaClientCertificate {
        cert_file: "c.pem".into(),
        key_file: "k.pem".into(),
        key_password: Some("p".into()),
    };
    let tls = "security_protocol = \"SSL\"\nca_file = \"ca.pem\"\ncert_file = \"c.pem\"\nkey_file = \"k.pem\"\nkey_password = \"p\"";
    assert_eq!(kafka(tls), (Some(KafkaTls { ca_file: Some("ca.pem".into()), client: Some(client) }), None));
    for (name, mechanism) in
        [("PLAIN", "PLAIN"), ("scram-sha-256", "SCRAM-SHA-256"), ("SCRAM-SHA-512", "SCRAM-SHA-512")]
    {
        let text = format!(
            "security_protocol = \"SASL_SSL\"\nsasl_mechanism = \"{name}\"\nusername = \"u\"\npassword = \"p\""
        );
        let sasl = KafkaSasl::Password { mechanism, username: "u".to_owned(), password: "p".into() };
        assert_eq!(kafka(&text), (Some(KafkaTls::default()), Some(sasl)));
    }
    let text = "security_protocol = \"SASL_PLAINTEXT\"\nsasl_mechanism = \"OAUTHBEARER\"\ntoken_url = \"https://id/token\"\n\
                client_id = \"c\"\nclient_secret = \"s\"\nscope = \"kafka\"\ntoken_ca_file = \"t.pem\"";
    let source = TokenSource {
        url: "https://id/token".to_owned(),
        client_id: "c".to_owned(),
        client_secret: "s".into(),
        scope: Some("kafka".to_owned()),
        ca_file: Some("t.pem".into()),
    };
    assert_eq!(kafka(text), (None, Some(KafkaSasl::OauthBearer(source))));
}

#[test]
fn what_does_not_fit_the_protocol_is_named_with_what_would() {
    let sasl = "[log.kafka]\nsecurity_protocol = \"SASL_SSL\"\n";
    for (text, message) in [
        (
            "[log.kafka]\nsecurity_protocol = \"TLS\"".to_owned(),
            "foldline.toml:2:21: `log.kafka.security_protocol`: `TLS` is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
        ),
        (
            "[log.kafka]\nca_file = \"x\"".to_owned(),
            "foldline.toml:2:1: `ca_file` has no effect unless `security_protocol` is `SSL` or `SASL_SSL`",
        ),
        (
            "[log.kafka]\nsecurity_protocol = \"SSL\"\nusername = \"x\"".to_owned(),
            "foldline.toml:3:1: `username` has no effect unless `security_protocol` is `SASL_SSL`",
        ),
        (
            "[log.kafka]\nsecurity_protocol = \"SSL\"\ncert_file = \"x\"".to_owned(),
            "foldline.toml:3:1: `cert_file` is set, and `key_file` is not",
        ),
        (
            sasl.to_owned(),
            "foldline.toml:2:1: this needs `sasl_mechanism`: one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER",
        ),
        (
            format!("{sasl}sasl_mechanism = \"PLAIN\"\nusername = \"x\""),
            "foldline.toml:3:1: `sasl_mechanism = \"PLAIN\"` needs `username` and `password_file`",
        ),
        (
            format!("{sasl}sasl_mechanism = \"OAUTHBEARER\"\nusername = \"x\"\ntoken_url = \"http://h\"\nclient_id = \"c\"\nclient_secret = \"s\""),
            "foldline.toml:4:1: `username` means nothing to `sasl_mechanism = \"OAUTHBEARER\"`",
        ),
        (
            "[log.kafka]\nsecurity_protocol = \"SSL\"\n[log.kafka.librdkafka]\n\"security.protocol\" = \"SSL\"".to_owned(),
            "foldline.toml:4:23: both `log.kafka.librdkafka.security.protocol` and `log.kafka.security_protocol` are set; keep one",
        ),
        (
            "[log.kafka]\nbrokers = \"me:pass@h:9092\"".to_owned(),
            "foldline.toml:2:11: `log.kafka.brokers`: it is `host:port`, with commas between several, without a scheme, a name or a \
             password: set `security_protocol`, `username` and `password_file`",
        ),
    ] {
        assert_eq!(refused(&text), message);
    }
}
