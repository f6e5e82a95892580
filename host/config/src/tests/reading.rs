//! Files that are accepted, and the configuration that they give.

use std::collections::BTreeMap;
use std::time::Duration;

use foldline_core::description::Scalar;
use foldline_core::parameters::{Given, GivenValues};

use super::{env, parse, read, refused};
use crate::*;

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
        parameters = { orders = 5 }
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
        parameters: GivenValues::new(),
        tolerance: BTreeMap::new(),
        keep_old: Duration::from_secs(3_600),
        dead_letters_max: None,
    };
    let orders = Given { value: Scalar::Int(5), place: Some("foldline.toml:66:24".to_owned()) };
    let compared = ProjectionConfig {
        sinks: vec!["search".to_owned(), "cache".to_owned()],
        promote: Promote::WhenDiffBelow,
        diff_below: 0.5,
        parameters: GivenValues::from([("orders".to_owned(), orders)]),
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

#[test]
fn parameters_keep_their_types_and_their_places() {
    let config = read(
        "[projections.flags.parameters]\norders = 5\n\"max-share\" = 0.5\nstrict = true\n  within = \"10m\"\nempty = \"\"\n\
         hex = 0x1F\nbrokers = \"${BROKERS}\"\n[projections.plain]\n",
    );
    let parameters = &config.projection("flags").parameters;
    let shown: Vec<String> = parameters
        .iter()
        .map(|(name, given)| format!("{} {name} = {}", given.place.as_deref().unwrap_or("-"), given.value))
        .collect();
    assert_eq!(
        shown,
        [
            "foldline.toml:8:1 brokers = \"kafka-1:9092,kafka-2:9092\"",
            "foldline.toml:6:1 empty = \"\"",
            "foldline.toml:7:1 hex = 31",
            "foldline.toml:3:1 max-share = 0.5",
            "foldline.toml:2:1 orders = 5",
            "foldline.toml:4:1 strict = true",
            "foldline.toml:5:3 within = \"10m\"",
        ]
    );
    assert!(config.projection("plain").parameters.is_empty());
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
