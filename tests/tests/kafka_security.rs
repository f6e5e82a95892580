//! Goal: the host reaches brokers over TLS and with every mechanism, for everything it does there. Every mistake is reported once
//! and at once, with the thing, the value, the place and the next step.
//! Method: a real broker with its own authority has one port per variant of access; the test runs its own server of tokens.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use foldline_base::error::{Error, ErrorKind};
use foldline_config::{KafkaClientCertificate, KafkaConfig, KafkaSasl, KafkaTls, TokenSource};
use foldline_log_kafka::{KafkaLog, KafkaOptions};
use foldline_tests::host::{Home, wait_for};
use foldline_tests::kafka::unique_topic;
use foldline_tests::kafka_security::{PASSWORD, SecuredBroker, TokenServer};
use foldline_tests::relayed::{NAME, append, posts};
use foldline_tests::relayed_kafka::{Topics, check};

/// A host waits ten seconds for brokers that do not answer; the rest is for a busy machine.
const SAID_WITHIN: Duration = Duration::from_secs(15);

fn broker() -> Option<&'static SecuredBroker> {
    static BROKER: OnceLock<Option<SecuredBroker>> = OnceLock::new();
    BROKER.get_or_init(SecuredBroker::start).as_ref()
}

fn at(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn password(mechanism: &'static str, username: &str, password: &str) -> KafkaSasl {
    KafkaSasl::Password { mechanism, username: username.to_owned(), password: password.into() }
}

fn connect(cluster: KafkaConfig) -> Result<KafkaLog, Error> {
    KafkaLog::connect(KafkaOptions {
        cluster,
        topics: Default::default(),
        topic_defaults: Default::default(),
        record_bytes_max: 1 << 20,
    })
}

/// Returns the error, which must come in time. Neither it nor its hint may contain a secret.
fn refused(cluster: KafkaConfig) -> Error {
    let began = Instant::now();
    let error = connect(cluster).err().expect("it is refused");
    assert!(began.elapsed() < SAID_WITHIN, "{:?}: {error}", began.elapsed());
    assert!(!error.to_string().contains("wrong-4711") && !error.to_string().contains(PASSWORD), "{error}");
    error
}

fn check_said(error: &Error, kind: ErrorKind, message: &[&str], hint: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in message {
        assert!(error.message().contains(part), "no `{part}` in: {error}");
    }
    assert!(error.hint().is_some_and(|said| said.contains(hint)), "no `{hint}` in the hint of: {error}");
}

#[test]
fn a_host_reads_appends_and_relays_by_every_mechanism() {
    let Some(broker) = broker() else { return };
    let tokens = TokenServer::start("foldline", "secret");
    let by_password = |mechanism: &str| {
        format!("sasl_mechanism = \"{mechanism}\"\nusername = \"foldline\"\npassword = \"{PASSWORD}\"\n")
    };
    let by_token = format!(
        "sasl_mechanism = \"OAUTHBEARER\"\ntoken_url = \"{}\"\nclient_id = \"foldline\"\nclient_secret = \"secret\"\n",
        tokens.url()
    );
    let ways = [by_password("PLAIN"), by_password("SCRAM-SHA-256"), by_password("SCRAM-SHA-512"), by_token];
    for way in ways {
        let topics = Topics::new();
        let ca_file = broker.file("ca.crt");
        let security =
            format!("security_protocol = \"SASL_SSL\"\nca_file = {:?}\n{way}", ca_file.display().to_string());
        let (log, rest) = {
            let configuration = topics.configuration(&at(broker.ports().sasl));
            let (log, rest) = configuration.split_once("\n\n").expect("tables");
            (log.to_owned(), rest.to_owned())
        };
        let (likes, changes) = (unique_topic("likes"), format!("{}-{{projection}}", topics.new_posts));
        let configuration = format!(
            "{log}\n{security}\n{rest}\n[topics.likes]\nname = \"{likes}\"\n[sinks.out.changes]\ntopic = \"{changes}\"\n\
             [projections.like-count]\nsinks = [\"out\"]\n"
        );
        let home = Home::new(&configuration).with_module(NAME).with_module("like-count");
        let host = home.start();
        append(&host.url, &posts(0, 200));
        assert!(check(&host, broker.plain(), &topics) > 0, "{way}");
        let file = home.write("likes", "{\"user_id\":\"ann\",\"post_id\":\"p1\",\"timestamp\":1}\n");
        host.ask(&["append", "likes", file.to_str().expect("a text")]);
        // Until the topic of changes has it, too.
        host.ask(&["wait", "like-count"]);
        assert!(host.ask(&["tail", "likes", "--from-start"]).contains("\"ann\""));
        assert!(host.stop().success());
    }
    let given = tokens.given();
    assert!((1..=2).contains(&given), "all connections of a process share a token: {given} were asked for");
}

#[test]
fn a_certificate_of_the_hosts_own_opens_a_port_that_asks_for_one() {
    let Some(broker) = broker() else { return };
    let client = KafkaClientCertificate {
        cert_file: broker.file("client.crt"),
        key_file: broker.file("client.key"),
        key_password: None,
    };
    let tls = |client| Some(KafkaTls { ca_file: Some(broker.file("ca.crt")), client });
    let brokers = at(broker.ports().mutual);
    connect(KafkaConfig { brokers: brokers.clone(), tls: tls(Some(client)), ..KafkaConfig::default() })
        .unwrap();

    let error = refused(KafkaConfig { brokers: brokers.clone(), tls: tls(None), ..KafkaConfig::default() });
    check_said(&error, ErrorKind::Unavailable, &[&brokers, "certificate"], "`cert_file` and `key_file`");
}

#[test]
fn a_wrong_password_or_user_is_named_at_once() {
    let Some(broker) = broker() else { return };
    let brokers = at(broker.ports().sasl);
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        for (user, given) in [("foldline", "wrong-4711"), ("nobody", PASSWORD)] {
            let error = refused(KafkaConfig {
                brokers: brokers.clone(),
                tls: Some(KafkaTls { ca_file: Some(broker.file("ca.crt")), client: None }),
                sasl: Some(password(mechanism, user, given)),
                ..KafkaConfig::default()
            });
            let user = format!("`{user}`");
            check_said(
                &error,
                ErrorKind::Config,
                &[&brokers, &user, mechanism],
                "`password_file` of [log.kafka]",
            );
        }
    }
}

#[test]
fn a_certificate_that_is_no_good_is_refused_with_what_is_wrong_with_it() {
    let Some(broker) = broker() else { return };
    let (own, ports) = (|| Some(broker.file("ca.crt")), broker.ports());
    let stranger = broker.file("stranger.crt").display().to_string();
    for (port, ca_file, said, hint) in [
        (ports.expired, own(), "it has expired, on ", "a new certificate"),
        (
            ports.elsewhere,
            own(),
            "it is for `kafka.elsewhere.example`, not for `127.0.0.1`",
            "`brokers` of [log.kafka]",
        ),
        (ports.sasl, Some(broker.file("stranger.crt")), stranger.as_str(), "`ca_file` of [log.kafka]"),
        (ports.sasl, None, "those that this system trusts", "`ca_file` of [log.kafka]"),
    ] {
        let brokers = at(port);
        let tls = Some(KafkaTls { ca_file, client: None });
        let error = refused(KafkaConfig { brokers: brokers.clone(), tls, ..KafkaConfig::default() });
        check_said(&error, ErrorKind::Config, &[&brokers, "certificate", said], hint);
    }
}

#[test]
fn a_port_that_speaks_another_way_is_named_with_the_protocol() {
    let Some(broker) = broker() else { return };
    let tls = || Some(KafkaTls { ca_file: Some(broker.file("ca.crt")), client: None });
    let plain = broker.plain().address().to_owned();
    for (brokers, tls, said) in [
        (at(broker.ports().elsewhere), None, "it listens with TLS"),
        (plain, tls(), "it seems to listen without TLS"),
        (at(broker.ports().sasl), tls(), "do not authenticate"),
    ] {
        let error = refused(KafkaConfig { brokers: brokers.clone(), tls, ..KafkaConfig::default() });
        check_said(&error, ErrorKind::Unavailable, &[&brokers, said], "`security_protocol` of [log.kafka]");
    }
}

#[test]
fn a_token_that_is_not_given_is_named_with_the_endpoint() {
    let Some(broker) = broker() else { return };
    let tokens = TokenServer::start("foldline", "secret");
    let with = |url: String, secret: &str| KafkaConfig {
        brokers: at(broker.ports().sasl),
        tls: Some(KafkaTls { ca_file: Some(broker.file("ca.crt")), client: None }),
        sasl: Some(KafkaSasl::OauthBearer(TokenSource {
            url,
            client_id: "foldline".to_owned(),
            client_secret: secret.into(),
            scope: None,
            ca_file: None,
        })),
        ..KafkaConfig::default()
    };
    connect(with(tokens.url(), "secret")).unwrap();
    let error = refused(with(tokens.url(), "wrong-4711"));
    check_said(&error, ErrorKind::Config, &[&tokens.url(), "401", "invalid_client"], "`client_secret_file`");
    let nowhere = "http://127.0.0.1:1/token".to_owned();
    // A server of tokens that is unreachable may come back.
    check_said(&refused(with(nowhere.clone(), "secret")), ErrorKind::Unavailable, &[&nowhere], "`token_url`");
}

#[test]
fn a_host_with_a_wrong_password_ends_with_the_exit_code_of_configurations() {
    let Some(broker) = broker() else { return };
    let home = Home::new(&format!(
        "[log.kafka]\nbrokers = \"{}\"\nsecurity_protocol = \"SASL_SSL\"\nca_file = {:?}\nsasl_mechanism = \"SCRAM-SHA-512\"\n\
         username = \"foldline\"\npassword = \"wrong-4711\"\n",
        at(broker.ports().sasl),
        broker.file("ca.crt").display().to_string(),
    ))
    .logging("trace");
    let mut host = home.spawn("127.0.0.1:0");
    let status = wait_for("the end", || host.exit_code());
    let log = host.log();
    assert_eq!(status, 3, "{log}");
    assert!(log.contains("refuses the user `foldline` or the password"), "{log}");
    assert!(!log.contains("wrong-4711"), "{log}");
}

#[test]
fn a_password_that_is_changed_under_a_running_host_is_said_and_its_way_back_is_found() {
    let Some(broker) = SecuredBroker::start() else { return };
    let home = Home::new(&format!(
        "[log.kafka]\nbrokers = \"{}\"\nsecurity_protocol = \"SASL_SSL\"\nca_file = {:?}\nsasl_mechanism = \"PLAIN\"\n\
         username = \"foldline\"\npassword = \"{PASSWORD}\"\n[topics]\ncreate = true\n",
        at(broker.ports().sasl),
        broker.file("ca.crt").display().to_string(),
    ))
    .with_module("like-count");
    let host = home.start();
    let file = home.write("likes", "{\"user_id\":\"ann\",\"post_id\":\"p1\",\"timestamp\":1}\n");
    let file = file.to_str().expect("a text");
    host.ask(&["append", "likes", file]);
    host.wait("like-count");

    broker.restart("another-4711");
    let said = "refuses the user `foldline` or the password (PLAIN)";
    wait_for("the refusal", || host.log().contains(said).then_some(()));
    let refused = host.run(&["append", "likes", file]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert!(words.contains(said) && words.contains("`password_file` of [log.kafka]"), "{words}");
    assert!(host.ask(&["status"]).contains(said), "{}", host.ask(&["status"]));
    // One line per refused connection, and not one per try.
    assert!((1..=4).contains(&host.log().matches(said).count()), "{}", host.log());

    broker.restart(PASSWORD);
    host.ask(&["append", "likes", file]);
    host.wait("like-count");
    assert!(host.stop().success());
}
