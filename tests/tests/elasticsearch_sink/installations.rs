//! Two installations on one cluster: separated by namespaces, or one of them is refused until an operator has it take over.

use std::collections::BTreeMap;

use foldline_base::error::ErrorKind;
use foldline_config::ElasticsearchConfig;
use foldline_core::position::Position;
use foldline_sink::installation::Installation;
use foldline_sink::{FlushHead, ReadyChunks, SinkBackend};
use foldline_sink_elasticsearch::ElasticsearchBackend;
use foldline_tests::servers::elasticsearch::{Elasticsearch, unique_projection};
use serde_json::json;

use crate::driven::{Driven, contents, fill, indexes, opened, position, refused, version};

fn backend(server: &Elasticsearch, installation: &str, namespace: &str) -> ElasticsearchBackend {
    let (urls, namespace) = (vec![server.url().to_owned()], namespace.to_owned());
    let config = ElasticsearchConfig { urls, replicas: 0, namespace, ..ElasticsearchConfig::default() };
    let backend = ElasticsearchBackend::new("search", &config).expect("the configuration is right");
    backend.of(Installation::named(installation))
}

#[test]
fn another_installation_is_refused_by_name_and_deletes_nothing() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut ours = Driven::open_with(server, backend(server, "ours", "foldline"), "two");
    ours.load(&[("a", json!({"count": 1}))]);
    ours.flush(&[]);
    ours.sink.point().expect("it is loaded");
    let projection = ours.version.projection.clone();
    let theirs = backend(server, "theirs", "foldline");
    for number in ["1.0.0", "2.0.0"] {
        let error = refused(theirs.open(&version(&projection, number), "stranger", false));
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.message().contains("`ours`") && error.message().contains("`theirs`"), "{error}");
        let adopt = format!("foldline adopt {projection} search");
        assert!(
            error.hint().is_some_and(|hint| hint.contains(&adopt) && hint.contains("namespace")),
            "{error}"
        );
    }
    theirs.keep_only(&projection, &[]).expect("the server is there");
    theirs.keep_only(&projection, &[version(&projection, "2.0.0")]).expect("the server is there");
    ours.flush(&[("b", Some(json!({"count": 2})))]);
    ours.sink.examine(true).expect("nothing was touched");
    ours.check();
}

#[test]
fn an_adoption_shuts_the_other_installation_out_and_goes_on_with_nothing_of_its() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut ours = Driven::open_with(server, backend(server, "ours", "foldline"), "adopted");
    ours.load(&[("a", json!({"count": 1})), ("of the other log", json!({"count": 2}))]);
    ours.offset = 70;
    ours.flush(&[]);
    ours.sink.point().expect("it is loaded");
    let (name, old) = (ours.version.clone(), ours.index());
    let theirs = backend(server, "theirs", "foldline");
    assert!(theirs.adopt(&name.projection).expect("the server is there"));
    assert!(!theirs.adopt(&name.projection).expect("the server is there"), "once is enough");
    assert_eq!(refused(ours.flush_once(&[("a", None)])).kind(), ErrorKind::Corrupt);
    assert_eq!(refused(ours.backend.open(&name, "ours again", false)).kind(), ErrorKind::Refused);
    ours.backend.keep_only(&name.projection, &[]).expect("the server is there");
    assert_eq!(contents(server, &name.projection).len(), 2, "readers read it still");

    // A few starts later; the log of the new owner is shorter.
    drop(opened(&theirs, &name, "first", false));
    let theirs = backend(server, "theirs", "foldline");
    let mut sink = opened(&theirs, &name, "second", false);
    assert_eq!((&sink.progress().hi, &sink.progress().lo), (&Position::default(), &None));
    fill(sink.as_mut(), &[("a", json!({"count": 9}))], 3);
    assert_eq!(contents(server, &name.projection), BTreeMap::from([("a".to_owned(), json!({"count": 9}))]));
    assert!(!indexes(server, &format!("foldline-{}-*", name.projection)).contains(&old), "it is deleted");
}

#[test]
fn what_names_no_installation_is_taken_over_by_the_first_who_comes() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "nameless", &[("a", json!({"count": 1}))]);
    driven.flush(&[]);
    let ours = backend(server, "ours", "foldline");
    let sink = opened(&ours, &driven.version, "named", false);
    assert!(sink.progress().lo.is_some(), "it is gone on with");
    let error = refused(backend(server, "theirs", "foldline").open(&driven.version, "stranger", false));
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    drop(opened(&ours, &driven.version, "named again", false));
}

#[test]
fn namespaces_keep_installations_apart() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut plain = Driven::open_with(server, backend(server, "ours", "foldline"), "spaces");
    plain.load(&[("a", json!({"count": 1}))]);
    plain.flush(&[]);
    plain.sink.point().expect("it is loaded");
    let name = plain.version.clone();
    let blue = backend(server, "theirs", "blue");
    let mut sink = opened(&blue, &name, "other", false);
    fill(sink.as_mut(), &[("b", json!({"count": 2}))], 1);
    assert_eq!(contents(server, &name.projection), plain.model);
    let alias = format!("blue-{}", name.projection);
    assert_eq!(contents(server, &alias), BTreeMap::from([("b".to_owned(), json!({"count": 2}))]));
    blue.keep_only(&name.projection, &[]).expect("the server is there");
    plain.sink.examine(true).expect("nothing of it was touched");
    assert_eq!(contents(server, &name.projection), plain.model);
}

#[test]
fn an_alias_that_two_namespaces_would_share_is_refused_to_the_second() {
    let Some(server) = Elasticsearch::shared() else { return };
    let short = unique_projection("shared");
    let (plain, blue) = (backend(server, "ours", "foldline"), backend(server, "theirs", "blue"));
    let pointed = |backend: &ElasticsearchBackend, projection: &str| {
        let mut sink = opened(backend, &version(projection, "1.0.0"), "owner", false);
        let head = FlushHead { seq: 1, position: position(1) };
        sink.flush(&head, &mut ReadyChunks::new(&[])).expect("the server is there");
        sink.point()
    };
    pointed(&blue, &short).expect("nobody is there");
    let error = refused(pointed(&plain, &format!("blue-{short}")));
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.message().contains("namespace `blue`"), "{error}");
}
