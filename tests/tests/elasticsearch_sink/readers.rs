//! What readers of the alias see, and what is noticed when somebody changes it by hand.

use std::time::Duration;

use foldline::config::ElasticsearchConfig;
use foldline::error::ErrorKind;
use foldline::sink::elasticsearch::ElasticsearchBackend;
use foldline_tests::host::wait_for;
use foldline_tests::servers::elasticsearch::Elasticsearch;
use serde_json::{Value, json};

use crate::driven::{Driven, contents, hits, refused};

/// Searches as an application does.
fn search(server: &Elasticsearch, alias: &str, query: &Value) -> Value {
    server.done("POST", &format!("{alias}/_search"), Some(query))
}

#[test]
fn readers_of_the_alias_see_documents_alone() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "readers");
    driven.load(&[("a", json!({"count": 1})), ("b", json!({"count": 2})), ("bad", json!({"count": "x"}))]);
    driven.flush(&[]);
    driven.flush(&[("b", None), ("c", Some(json!({"count": 3})))]);
    driven.model.remove("bad");
    let alias = driven.version.projection.clone();
    let (status, _) = server.ask("GET", &format!("{alias}/_search"), None);
    assert_eq!(status, 404, "nobody was pointed here yet");
    driven.sink.point().expect("the index is loaded");
    driven.sink.point().expect("it may be repeated");
    driven.sink.examine(true).expect("all is as it was set");
    let found = search(server, &alias, &json!({"query": {"match_all": {}}}));
    assert_eq!(hits(&found), driven.model, "everything flushed is there at once");
    let counted = server.done("GET", &format!("{alias}/_count"), None);
    assert_eq!(counted["count"], 2);
    driven.flush(&[("d", Some(json!({"count": 4})))]);
    driven.sink.point().expect("the index is loaded");
    assert_eq!(contents(server, &alias), driven.model, "so is what came after");
}

#[test]
fn searches_see_a_flush_though_the_index_refreshes_later() {
    let Some(server) = Elasticsearch::shared() else { return };
    let config = ElasticsearchConfig {
        urls: vec![server.url().to_owned()],
        replicas: 0,
        refresh_interval: Duration::from_secs(3_600),
        ..ElasticsearchConfig::default()
    };
    let backend = ElasticsearchBackend::new("search", &config).expect("the configuration is right");
    let mut driven = Driven::open_with(server, backend, "refreshed");
    driven.load(&[("a", json!({"count": 1}))]);
    driven.flush(&[]);
    driven.sink.point().expect("the index is loaded");
    driven.flush(&[("b", Some(json!({"count": 2})))]);
    // The next one of the index itself comes in five hours; the host's first one waits for nothing.
    let alias = &driven.version.projection;
    wait_for("the flush", || (contents(server, alias) == driven.model).then_some(()));
}

#[test]
fn fields_are_searched_as_what_they_were_declared() {
    let Some(server) = Elasticsearch::shared() else { return };
    let long = "word ".repeat(20_000);
    let documents = [
        (
            "1",
            json!({"count": 10, "title": "Tribes of Berlin", "share": 0.5, "open": true, "at": 1_767_225_600_000_i64}),
        ),
        (
            "2",
            json!({"count": 9, "title": "Berlin", "share": 2.5, "open": false, "at": 1_767_312_000_000_i64}),
        ),
        ("3", json!({"count": null, "title": long, "undeclared": {"deep": [1, "two"]}})),
        ("4", json!({"undeclared": "another type"})),
    ];
    let mut driven = Driven::loaded(server, "fields", &documents);
    driven.sink.point().expect("the index is loaded");
    assert_eq!(driven.sink.refused().rows, 0, "{:?}", driven.sink.refused());
    let alias = driven.version.projection.clone();
    for (query, expected) in [
        (json!({"term": {"title": "Berlin"}}), vec!["2"]),
        (json!({"match": {"title.text": "berlin"}}), vec!["1", "2"]),
        (json!({"match": {"title.text": "word"}}), vec!["3"]),
        (json!({"range": {"count": {"gte": 10}}}), vec!["1"]),
        (json!({"range": {"share": {"lt": 1.0}}}), vec!["1"]),
        (json!({"term": {"open": true}}), vec!["1"]),
        (json!({"range": {"at": {"gte": "2026-01-02T00:00:00Z"}}}), vec!["2"]),
        (json!({"range": {"at": {"lte": 1_767_225_600_000_i64}}}), vec!["1"]),
        (json!({"term": {"undeclared": "another type"}}), vec![]),
    ] {
        let found = search(server, &alias, &json!({"query": query}));
        assert_eq!(hits(&found).keys().collect::<Vec<_>>(), expected, "{query}");
    }
    let sorted = search(server, &alias, &json!({"sort": [{"count": "desc"}], "size": 2}));
    assert_eq!(sorted["hits"]["hits"][0]["_id"], "1");
}

#[test]
fn an_alias_that_was_changed_by_hand_is_named_and_set_right_when_asked() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "alias", &[("a", json!({"count": 1}))]);
    driven.sink.point().expect("the index is loaded");
    let (alias, index) = (driven.version.projection.clone(), driven.index());
    let other = format!("other-{alias}");
    server.done("PUT", &other, None);
    let changes = [
        (json!([{"remove": {"index": index, "alias": alias}}]), "nothing"),
        (json!([{"add": {"index": index, "alias": alias}}]), "another filter"),
        (json!([{"add": {"index": other, "alias": alias}}]), other.as_str()),
        (
            json!([{"remove": {"index": index, "alias": alias}}, {"add": {"index": other, "alias": alias}}]),
            other.as_str(),
        ),
    ];
    for (actions, told) in changes {
        server.done("POST", "_aliases", Some(&json!({"actions": actions})));
        driven.sink.examine(false).expect("nobody was pointed here");
        let error = refused(driven.sink.examine(true));
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        for part in [alias.as_str(), told] {
            assert!(error.message().contains(part), "{error}");
        }
        let hint = format!("foldline resync {alias} search");
        assert!(error.hint().is_some_and(|told| told.contains(&hint)), "{error}");
        driven.sink.point().expect("it is set right");
        driven.sink.examine(true).expect("all is as it was set");
    }
    server.done("DELETE", &other, None);
}

#[test]
fn a_mapping_that_was_changed_by_hand_is_named() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "mapping", &[("a", json!({"count": 1}))]);
    let mapping = format!("{}/_mapping", driven.index());
    server.done("PUT", &mapping, Some(&json!({"properties": {"added": {"type": "keyword"}}})));
    let error = refused(driven.sink.examine(false));
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.message().contains("`added`"), "{error}");
    driven.flush(&[("a", Some(json!({"count": 2})))]);
    driven.check();
}

#[test]
fn an_index_in_the_place_of_the_alias_is_left_alone_and_named() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "in-the-way", &[]);
    let alias = driven.version.projection.clone();
    server.done("PUT", &alias, None);
    let error = refused(driven.sink.point());
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.message().contains(&alias), "{error}");
    server.done("DELETE", &alias, None);
    driven.sink.point().expect("the place is free");
}
