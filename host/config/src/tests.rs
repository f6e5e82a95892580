//! What a file becomes, and how it is refused.

use std::fmt::Write as _;

use super::parse::parse;
use super::*;
use foldline_base::error::ErrorKind;

fn env(variable: &str) -> Option<String> {
    match variable {
        "BROKERS" => Some("kafka-1:9092,kafka-2:9092".to_owned()),
        _ => None,
    }
}

fn read(text: &str) -> Config {
    parse("foldline.toml", text, &Overrides::default(), &env).unwrap()
}

/// Returns the message of the refusal.
fn refused(text: &str) -> String {
    let error = parse("foldline.toml", text, &Overrides::default(), &env).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.message().to_owned()
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(read(""), Config::default());
    assert_eq!(read("[log]\n[log.embedded]\n[topics]\n[limits]\n[checkpoint]\n"), Config::default());
}

#[test]
fn every_key_reaches_its_setting() {
    let config = read(
        r#"
        listen = "127.0.0.1:0"
        data = "/var/lib/foldline"
        modules = "/srv/modules"
        token = "s3cret"
        [log.kafka]
        brokers = "${BROKERS}"
        installation = "shop-eu"
        [log.kafka.librdkafka]
        "security.protocol" = "${PROTOCOL:-PLAINTEXT}"
        "fetch.wait.max.ms" = 50
        "socket.keepalive.enable" = true
        [topics]
        partitions = 6
        create = true
        max_ahead = "10m"
        punctuate = true
        [topics.likes]
        name = "prod.likes"
        partitions = 1
        create = false
        max_ahead = "1d"
        idle_after = "2m"
        punctuate = false
        dead_letters_max = 0.5
        [topics.posts]
        [limits]
        record_bytes_max = "1MiB"
        module_bytes_max = "2MiB"
        module_memory_max = "3MiB"
        module_fuel = 4_000
        module_output_max = "5MiB"
        dead_letters_max = 0.25
        [sinks.search.elasticsearch]
        url = "https://a:9200, https://b:9200/"
        username = "me"
        password = "p"
        ca_file = "ca.pem"
        shards = 3
        replicas = 0
        refresh_interval = "5s"
        namespace = "shop"
        [sinks.cache.redis]
        url = "rediss://a:6380"
        cluster = true
        password = "q"
        namespace = "shop-eu"
        [sinks.out.changes]
        topic = "of.{projection}"
        [checkpoint]
        every = "1m30s"
        bytes = "6MiB"
        [engine]
        threads = 3
        memory_max = "700MiB"
        [projections]
        sinks = ["cache"]
        promote = "when-caught-up"
        keep_old = "1h"
        [projections.like-count]
        sinks = ["search", "cache"]
        promote = "when-diff-below"
        diff_below = "0.5%"
        dead_letters_max = 1
        tolerance = { count = "2%" }
        [server]
        hosts = ["foldline.example", "foldline"]
        operators_listen = "127.0.0.1:7071"
        connections_max = 100
        connections_per_peer_max = 10
        head_timeout = "1s"
        idle_timeout = "2s"
        memory_max = "128MiB"
        [relays]
        frontiers = "foldline.test.frontiers"
        mail.from = "start"
        news.from = "end"
        "#,
    );
    let property = |key: &str, value: &str| (key.to_owned(), value.into());
    let all = TopicConfig {
        name: None,
        partitions: Some(6),
        create: true,
        max_ahead: Duration::from_secs(600),
        idle_after: Duration::from_secs(30),
        punctuate: true,
        dead_letters_max: None,
    };
    let likes = TopicConfig {
        name: Some("prod.likes".to_owned()),
        partitions: Some(1),
        create: false,
        max_ahead: Duration::from_secs(86_400),
        idle_after: Duration::from_secs(120),
        punctuate: false,
        dead_letters_max: Some(0.5),
    };
    let search = ElasticsearchConfig {
        urls: vec!["https://a:9200".to_owned(), "https://b:9200".to_owned()],
        username: Some("me".to_owned()),
        password: Some("p".into()),
        api_key: None,
        ca_file: Some("ca.pem".into()),
        shards: 3,
        replicas: 0,
        refresh_interval: Duration::from_secs(5),
        namespace: "shop".to_owned(),
    };
    let cache = RedisConfig {
        urls: vec!["rediss://a:6380".to_owned()],
        cluster: true,
        username: None,
        password: Some("q".into()),
        ca_file: None,
        namespace: "shop-eu".to_owned(),
    };
    let quick = ProjectionConfig {
        sinks: vec!["cache".to_owned()],
        promote: Promote::WhenCaughtUp,
        diff_below: 0.0,
        tolerance: BTreeMap::new(),
        keep_old: Duration::from_secs(3_600),
        dead_letters_max: None,
    };
    let compared = ProjectionConfig {
        sinks: vec!["search".to_owned(), "cache".to_owned()],
        promote: Promote::WhenDiffBelow,
        diff_below: 0.5,
        tolerance: BTreeMap::from([("count".to_owned(), 2.0)]),
        dead_letters_max: Some(1.0),
        ..quick.clone()
    };
    let expected = Config {
        file: None,
        listen: "127.0.0.1:0".parse().unwrap(),
        data: "/var/lib/foldline".into(),
        modules: "/srv/modules".into(),
        token: Some("s3cret".into()),
        log: LogConfig::Kafka(KafkaConfig {
            brokers: "kafka-1:9092,kafka-2:9092".to_owned(),
            tls: None,
            sasl: None,
            librdkafka: BTreeMap::from([
                property("fetch.wait.max.ms", "50"),
                property("security.protocol", "PLAINTEXT"),
                property("socket.keepalive.enable", "true"),
            ]),
            installation: Some("shop-eu".to_owned()),
        }),
        topic_defaults: all.clone(),
        topics: BTreeMap::from([("likes".to_owned(), likes), ("posts".to_owned(), all.clone())]),
        limits: Limits {
            record_bytes_max: 1 << 20,
            module_bytes_max: 2 << 20,
            module_memory_max: 3 << 20,
            module_fuel: 4_000,
            module_output_max: 5 << 20,
            dead_letters_max: 0.25,
        },
        checkpoint: CheckpointConfig { every: Duration::from_secs(90), bytes: 6 << 20 },
        engine: EngineConfig { threads: Some(3), memory_max: 700 << 20 },
        sinks: BTreeMap::from([
            ("search".to_owned(), SinkConfig::Elasticsearch(search)),
            ("cache".to_owned(), SinkConfig::Redis(cache)),
            ("out".to_owned(), SinkConfig::Changes(ChangesConfig { topic: "of.{projection}".to_owned() })),
        ]),
        projection_defaults: quick.clone(),
        projections: BTreeMap::from([("like-count".to_owned(), compared)]),
        relays: RelaysConfig {
            frontiers: "foldline.test.frontiers".to_owned(),
            from: BTreeMap::from([
                ("mail".to_owned(), RelayFrom::Start),
                ("news".to_owned(), RelayFrom::End),
            ]),
        },
        server: ServerConfig {
            hosts: vec!["foldline.example".to_owned(), "foldline".to_owned()],
            operators_listen: Some("127.0.0.1:7071".parse().unwrap()),
            connections_max: 100,
            connections_per_peer_max: 10,
            head_timeout: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(2),
            memory_max: 128 << 20,
        },
    };
    assert_eq!(config, expected);
    assert_eq!(config.projection("post-stats"), &quick);
    assert_eq!(config.topic("comments"), &all);
}

#[test]
fn one_problem_is_one_line_with_its_place() {
    for (text, message) in [
        (
            "data = \"x\"\nlsten = \"127.0.0.1:1\"",
            "foldline.toml:2:1: unknown key `lsten`; did you mean `listen`? \
             (known at the top: checkpoint, data, engine, limits, listen, log, modules, projections, relays, server, sinks, token, token_file, topics)",
        ),
        (
            "[limits]\n  record_size = \"1MiB\"",
            "foldline.toml:2:3: unknown key `limits.record_size` (known in `[limits]`: dead_letters_max, module_bytes_max, \
             module_fuel, module_memory_max, module_output_max, record_bytes_max)",
        ),
        (
            "[log]\ntype = \"kafka\"",
            "foldline.toml:2:1: unknown key `log.type` (known in `[log]`: embedded, kafka)",
        ),
        ("listen = 7070", "foldline.toml:1:10: `listen` is of type integer, not a string"),
        (
            "listen = \"localhost:7070\"",
            "foldline.toml:1:10: `listen` is `localhost:7070`, not an address such as \"127.0.0.1:7070\"",
        ),
        (
            "listen = \"0.0.0.0:7070\"",
            "foldline.toml:1:1: `listen` is 0.0.0.0:7070, which others can reach, and no token is set: \
             set `token_file`, or listen on 127.0.0.1",
        ),
        (
            "[server]\noperators_listen = \"0.0.0.0:7071\"",
            "foldline.toml:2:1: `server.operators_listen` is 0.0.0.0:7071, which others can reach, and no token is set: \
             set `token_file`, or listen on 127.0.0.1",
        ),
        (
            "[server]\nhosts = [\"foldline:7070\"]",
            "foldline.toml:2:9: `server.hosts`: `foldline:7070` is no name of a host: letters, digits, `-`, `_` and `.`, \
             without a port; addresses are served anyway",
        ),
        ("data = \"\"", "foldline.toml:1:8: `data` is empty"),
        (
            "data = \"${NOWHERE}/x\"",
            "foldline.toml:1:8: `data`: environment variable `NOWHERE` is not set; \
             a default is written `${NOWHERE:-…}`",
        ),
        (
            "[log.embedded]\npartitions = 0",
            "foldline.toml:2:14: `log.embedded.partitions` is 0, not a whole number from 1 to 10000",
        ),
        (
            "[log.embedded]\npartitions = \"4\"",
            "foldline.toml:2:14: `log.embedded.partitions` is of type string, not a whole number from 1 to 10000",
        ),
        (
            "[log.embedded]\n[log.kafka]",
            "foldline.toml:2:6: both `[log.embedded]` and `[log.kafka]` are set, and a host has one log: remove one",
        ),
        (
            "[log.kafka.librdkafka]\n\"isolation.level\" = \"read_uncommitted\"",
            "foldline.toml:2:21: `log.kafka.librdkafka.isolation.level` is set by the host: \
             the host reads committed records only",
        ),
        (
            "[log.kafka.librdkafka]\n\"sasl.password_file\" = \"/nowhere/secret\"",
            "foldline.toml:2:24: `log.kafka.librdkafka.sasl.password_file`: cannot read `/nowhere/secret`: \
             No such file or directory (os error 2)",
        ),
        (
            "[limits]\nrecord_bytes_max = \"8MB\"",
            "foldline.toml:2:20: `limits.record_bytes_max`: `8MB` is no size; one looks like \"512KiB\", \
             \"64MiB\" or \"1GiB\"",
        ),
        (
            "[limits]\nmodule_memory_max = \"1KiB\"",
            "foldline.toml:2:21: `limits.module_memory_max` is 1KiB, not between 64KiB and 4GiB",
        ),
        (
            "[checkpoint]\nevery = 5",
            "foldline.toml:2:9: `checkpoint.every` is of type integer, not a duration such as \"5s\"",
        ),
        (
            "[topics.likes]\nidle_after = \"30\"",
            "foldline.toml:2:14: `topics.likes.idle_after`: `30` is no duration; \
             one looks like \"250ms\", \"5s\" or \"1h30m\"",
        ),
        (
            "[topics]\nmax_ahead = \"0s\"",
            "foldline.toml:2:13: `topics.max_ahead` is 0s, not between 1s and 36500d",
        ),
        (
            "[topics.likes]\nmaxahead = \"1h\"",
            "foldline.toml:2:1: unknown key `topics.likes.maxahead`; did you mean `max_ahead`? \
             (known in `[topics.likes]`: create, dead_letters_max, idle_after, max_ahead, name, partitions, punctuate)",
        ),
        (
            "[topics]\npunctuate = \"yes\"",
            "foldline.toml:2:13: `topics.punctuate` is of type string, not `true` or `false`",
        ),
        (
            "[sinks.search.elasticsearch]\nurl = \"127.0.0.1:9200\"",
            "foldline.toml:2:7: `sinks.search.elasticsearch.url`: `127.0.0.1:9200` does not begin with http:// or https://",
        ),
        (
            "[sinks.cache]\n",
            "foldline.toml:1:8: sink `cache` is nothing yet: add one of `[sinks.cache.elasticsearch]`, \
             `[sinks.cache.redis]`, `[sinks.cache.changes]`",
        ),
        (
            "[sinks.out.changes]\ntopic = \"changes\"",
            "foldline.toml:2:9: `sinks.out.changes.topic`: `changes` does not hold `{projection}`: each projection has a topic",
        ),
        (
            "[sinks.out.changes]\n[sinks.out.redis]",
            "foldline.toml:1:12: sink `out` is two things; give each a name of its own",
        ),
        (
            "[sinks.cache.redis]\nurl = \"redis://a:1,redis://b:1\"",
            "foldline.toml:2:1: several servers are one sink only as a cluster: set `cluster = true`, or name one server",
        ),
        (
            "[sinks.cache.redis]\nurl = \"redis://me:secret@a:1\"",
            "foldline.toml:2:7: `sinks.cache.redis.url`: an address holds no name and password: set `username` and \
             `password_file`",
        ),
        (
            "[sinks.cache.redis]\nnamespace = \"A:b\"",
            "foldline.toml:2:13: `sinks.cache.redis.namespace`: `A:b` is no namespace: a small letter, then small letters, \
             digits or `-`, 40 at most",
        ),
        (
            "[log.kafka]\ninstallation = \"a b\"",
            "foldline.toml:2:16: `log.kafka.installation`: `a b` is no name of an installation: 1 to 64 letters, digits, `-`, \
             `_` or `.`",
        ),
        (
            "[sinks.search.elasticsearch]\nusername = \"me\"",
            "foldline.toml:2:1: `username` is set, and `password` is not",
        ),
        (
            "[projections.like-count]\npromote = \"soon\"",
            "foldline.toml:2:11: `projections.like-count.promote`: is `soon`, not one of manual, when-caught-up, \
             when-diff-below",
        ),
        (
            "[projections.like-count.tolerance]\ncount = \"-2%\"",
            "foldline.toml:2:1: `projections.like-count.tolerance.count`: `-2%` is no percentage; one looks like \
             \"2%\" or \"0.5%\"",
        ),
        (
            "[projections.like-count]\nsinks = [\"search\"]",
            "foldline.toml:2:9: `projections.like-count.sinks`: no sink is called `search` (sinks: there is none)",
        ),
        (
            "[projections.likes]\nsinks = [\"a\", \"b\"]\n[sinks.a.redis]\nurl = \"redis://h:1\"\n\
             [sinks.b.redis]\nurl = \"redis://h:1/0\"",
            "foldline.toml:2:9: `projections.likes.sinks`: `a` and `b` are one place, so each would take the other's \
             documents for its own: name one of them, or give one a `namespace` (a `topic`, for changes) of its own",
        ),
        (
            "[topics]\nname = \"likes\"",
            "foldline.toml:2:1: unknown key `topics.name` \
             (known in `[topics]`: create, idle_after, max_ahead, partitions, punctuate)",
        ),
        (
            "[topics.\"a b\"]",
            "foldline.toml:1:9: `a b` cannot be a topic: 1 to 249 letters, digits, `.`, `_` or `-`",
        ),
        (
            "[topics.likes]\nname = \"foldline.decisions\"",
            "foldline.toml:2:8: `topics.likes.name`: `foldline.decisions` cannot be a topic: \
             names that begin with `foldline.` are the host's own",
        ),
        ("limits = 5", "foldline.toml:1:10: `limits` is of type integer, not a table"),
        ("token = \"a\"\ntoken = \"b\"", "foldline.toml:2:1: duplicate key"),
    ] {
        assert_eq!(refused(text), message, "for:\n{text}");
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let text = "listen = 1\ndate = \"x\"\nmodules = [\n[checkpoint]\nevery = \"soon\"\n";
    let message = refused(text);
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines[0].ends_with("problems in the configuration"), "{message}");
    let places: Vec<&str> = lines[1..].iter().map(|line| line.trim_start()).collect();
    assert!(places[0].starts_with("foldline.toml:1:10: `listen`"), "{message}");
    assert!(
        places[1].starts_with("foldline.toml:2:1: unknown key `date`; did you mean `data`?"),
        "{message}"
    );
    assert!(places.iter().any(|place| place.starts_with("foldline.toml:3:")), "{message}");
}

#[test]
fn a_token_makes_any_address_good_and_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "s3cret\n").unwrap();
    let config = read(&format!("listen = \"0.0.0.0:7070\"\ntoken_file = {:?}", path.display().to_string()));
    assert_eq!(config.token, Some("s3cret".into()));

    let both = refused(&format!("token = \"a\"\ntoken_file = {:?}", path.display().to_string()));
    assert_eq!(both, "foldline.toml:2:1: both `token` and `token_file` are set; keep one");
}

#[test]
fn the_command_line_wins_over_the_file_and_is_checked_with_it() {
    let overrides = Overrides {
        listen: Some("127.0.0.1:1".parse().unwrap()),
        data: Some("d".into()),
        modules: Some("m".into()),
    };
    let text = "listen = \"0.0.0.0:2\"\ndata = \"x\"\nmodules = \"y\"";
    let config = parse("foldline.toml", text, &overrides, &env).unwrap();
    assert_eq!((config.listen.port(), config.data, config.modules), (1, "d".into(), "m".into()));

    let public = Overrides { listen: Some("0.0.0.0:3".parse().unwrap()), ..Overrides::default() };
    let error = parse("foldline.toml", "listen = \"127.0.0.1:2\"", &public, &env).unwrap_err();
    assert!(error.message().starts_with("`listen` is 0.0.0.0:3, which others can reach"), "{error}");
}

#[test]
fn sinks_of_one_projection_stand_in_places_of_their_own() {
    for (kind, one, other) in [
        ("redis", "url = \"redis://h:1\"", "url = \"redis://h:1/1\""),
        ("redis", "url = \"redis://h:1\"", "url = \"redis://h:1\"\nnamespace = \"mine\""),
        ("elasticsearch", "url = \"http://a:1\"", "url = \"http://b:1\""),
        ("changes", "", "topic = \"more-{projection}\""),
    ] {
        let sinks = format!("[sinks.a.{kind}]\n{one}\n[sinks.b.{kind}]\n{other}\n");
        let config = read(&format!("{sinks}[projections.likes]\nsinks = [\"a\", \"b\"]"));
        assert_eq!(config.projection("likes").sinks, ["a", "b"]);
    }
    let shared = "[sinks.a.elasticsearch]\n[sinks.b.elasticsearch]\nshards = 8\n";
    let config = read(&format!("{shared}[projections.x]\nsinks = [\"a\"]\n[projections.y]\nsinks = [\"b\"]"));
    assert_eq!(config.sinks.len(), 2, "projections never meet");
}

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
            "foldline.toml:2:1: `ca_file` means nothing unless `security_protocol` is `SSL` or `SASL_SSL`",
        ),
        (
            "[log.kafka]\nsecurity_protocol = \"SSL\"\nusername = \"x\"".to_owned(),
            "foldline.toml:3:1: `username` means nothing unless `security_protocol` is `SASL_SSL`",
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

#[test]
fn no_secret_of_a_configuration_can_be_printed() {
    let config = read(
        "token = \"canary\"\n[log.kafka]\nsecurity_protocol = \"SASL_SSL\"\nsasl_mechanism = \"PLAIN\"\nusername = \"me\"\n\
         password = \"canary\"\ncert_file = \"c\"\nkey_file = \"k\"\nkey_password = \"canary\"\n[log.kafka.librdkafka]\n\
         \"ssl.keystore.password\" = \"canary\"\n[sinks.a.redis]\npassword = \"canary\"\n[sinks.b.elasticsearch]\n\
         api_key = \"canary\"\n[sinks.c.elasticsearch]\nusername = \"me\"\npassword = \"canary\"",
    );
    let shown = format!("{config:?} {config:#?}");
    assert!(shown.contains("<secret>") && !shown.contains("canary"), "{shown}");
    let tokens = read(
        "[log.kafka]\nsecurity_protocol = \"SASL_SSL\"\nsasl_mechanism = \"OAUTHBEARER\"\ntoken_url = \"https://h/\"\n\
         client_id = \"c\"\nclient_secret = \"canary\"",
    );
    assert!(!format!("{tokens:?}").contains("canary"), "{tokens:?}");
}

#[test]
fn a_topic_may_be_called_like_a_setting() {
    let config = read(
        "[topics.partitions]\ncreate = true\n[topics.idle_after]\n[topics.max_ahead]\nmax_ahead = \"2h\"",
    );
    assert!(config.topic("partitions").create);
    assert_eq!(config.topics.len(), 3);
    assert_eq!(config.topic("max_ahead").max_ahead, Duration::from_secs(7_200));
    assert_eq!(config.topic("likes"), &TopicConfig::default());
}

#[test]
fn a_named_file_must_exist() {
    let error = load(Some("/nowhere/foldline.toml".as_ref()), &env).unwrap_err();
    assert_eq!(
        error.message(),
        "cannot read configuration `/nowhere/foldline.toml`: No such file or directory (os error 2)"
    );
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let defaults = Config::default();
    let mut file = String::new();
    for key in reference::KEYS.iter().filter(|key| key.table != "log.kafka" && !key.table.contains(".X")) {
        if let Some(default) = (key.default)(&defaults) {
            let dot = if key.table.is_empty() { "" } else { "." };
            writeln!(file, "{}{dot}{} = {default}", key.table, key.name).unwrap();
        }
    }
    assert_eq!(read(&file), defaults, "from:\n{file}");
    let kafka = read("[log.kafka]").log;
    assert_eq!(kafka, LogConfig::Kafka(KafkaConfig::default()));
}

/// A refusal lists the keys that the parser asked for; they must be exactly the documented ones.
#[test]
fn every_key_is_documented_and_no_other() {
    let tables = [
        "",
        "log",
        "log.embedded",
        "log.kafka",
        "topics",
        "topics.X",
        "limits",
        "checkpoint",
        "projections",
        "projections.X",
        "relays",
        "relays.X",
        "server",
    ];
    for table in tables {
        let heading = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
        let message = refused(&format!("{heading}zzzzzzzzzzzz = 1"));
        let known = message.rsplit_once(": ").unwrap().1.trim_end_matches(')');
        let prefix = if table.is_empty() { String::new() } else { format!("{table}.") };
        let documented: std::collections::BTreeSet<&str> = reference::KEYS
            .iter()
            .filter_map(|key| {
                let is_here = key.table == table;
                // A table that stands below this one is a key of it too; topics' names are free.
                let below = if table.is_empty() { Some(key.table) } else { key.table.strip_prefix(&prefix) };
                let below = below.and_then(|below| below.split('.').next()).filter(|&name| name != "X");
                if is_here { Some(key.name) } else { below.filter(|name| !name.is_empty()) }
            })
            .collect();
        assert_eq!(known, documented.into_iter().collect::<Vec<_>>().join(", "), "in [{table}]");
    }
}

#[test]
fn the_documentation_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = reference::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).unwrap();
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, page, "run this test with UPDATE_DOCS=1 to write docs/configuration.md");
}

#[test]
fn a_projections_own_share_of_dead_letters_counts_before_its_topics_and_the_hosts() {
    let config = read(
        "[limits]\ndead_letters_max = 0.2\n[topics.likes]\ndead_letters_max = 0.3\n[projections.own]\ndead_letters_max = 0.4\n",
    );
    let of = |projection: &str, topic: &str| config.dead_letters_max(projection, topic);
    assert_eq!(
        [of("own", "likes"), of("own", "posts"), of("other", "likes"), of("other", "posts")],
        [0.4, 0.4, 0.3, 0.2]
    );
}
