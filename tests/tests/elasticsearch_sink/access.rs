//! Credentials and nodes: who may write, and through which node.

use std::path::PathBuf;

use foldline_base::error::ErrorKind;
use foldline_config::ElasticsearchConfig;
use foldline_sink::SinkBackend;
use foldline_sink_elasticsearch::ElasticsearchBackend;
use foldline_tests::host::wait_for;
use foldline_tests::proxy::http::HttpProxy;
use foldline_tests::servers::elasticsearch::{Elasticsearch, unique_projection};

use crate::driven::{refused, version};

#[test]
fn a_password_and_the_authority_of_its_certificate_open_a_server_and_wrong_ones_halt_with_the_next_step() {
    let Some(server) = Elasticsearch::secured("s3cret-of-the-test") else { return };
    let open = |password: Option<&str>, ca_file: Option<PathBuf>| {
        let config = ElasticsearchConfig {
            urls: vec![server.url().to_owned()],
            username: password.map(|_| "elastic".to_owned()),
            password: password.map(Into::into),
            ca_file,
            ..ElasticsearchConfig::default()
        };
        let backend = ElasticsearchBackend::new("search", &config).expect("the configuration is right");
        backend.open(&version("secured", "1.0.0"), "owner", false).map(drop)
    };
    let ca_file = || Some(server.ca_file());
    // It listens before it can answer.
    wait_for("the server to answer", || match open(Some("s3cret-of-the-test"), ca_file()) {
        Err(error) if error.kind() == ErrorKind::Unavailable => None,
        opened => {
            opened.expect("the password is right");
            Some(())
        }
    });
    for password in [None, Some("wrong-one-of-the-test")] {
        let error = refused(open(password, ca_file()));
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("password_file")), "{error}");
        assert!(!error.to_string().contains("of-the-test"), "{error}");
    }
    // The client does not talk to a server of an unknown authority. The error is temporary, because the server may be fixed.
    let error = refused(open(Some("s3cret-of-the-test"), None));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn an_api_key_goes_along_as_elasticsearch_expects_it() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 1);
    let config = ElasticsearchConfig {
        urls: vec![proxy.url()],
        api_key: Some("a2V5OnNlY3JldA==".into()),
        ..ElasticsearchConfig::default()
    };
    let backend = ElasticsearchBackend::new("search", &config).expect("the configuration is right");
    backend.keep_only(&unique_projection("key"), &[]).expect("this server asks nobody");
    assert_eq!(proxy.seen().authorization.as_deref(), Some("ApiKey a2V5OnNlY3JldA=="));
}

#[test]
fn a_node_that_is_down_is_passed_over() {
    let Some(server) = Elasticsearch::shared() else { return };
    let down = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
    let down_url = format!("http://{}", down.local_addr().expect("it is bound"));
    drop(down);
    let config = ElasticsearchConfig {
        urls: vec![down_url, server.url().to_owned()],
        ..ElasticsearchConfig::default()
    };
    let backend = ElasticsearchBackend::new("search", &config).expect("the configuration is right");
    let projection = unique_projection("nodes");
    for _ in 0..4 {
        backend.keep_only(&projection, &[]).expect("the other node answers");
    }
}

#[test]
fn a_certificate_that_is_none_is_a_wrong_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    for text in [None, Some("no certificate")] {
        if let Some(text) = text {
            std::fs::write(&path, text).expect("it can be written");
        }
        let config = ElasticsearchConfig { ca_file: Some(path.clone()), ..ElasticsearchConfig::default() };
        let error = refused(ElasticsearchBackend::new("search", &config));
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains("ca.pem"), "{error}");
    }
}
