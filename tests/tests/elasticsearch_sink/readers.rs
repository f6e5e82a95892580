//! What readers of the alias see, and which changes by hand are noticed.

use std::time::Duration;

use foldline_base::error::ErrorKind;
use foldline_config::ElasticsearchConfig;
use foldline_core::description::{OutputField, TimeUnit, ValueType};
use foldline_sink::{FlushHead, ReadyChunks, Refused};
use foldline_sink_elasticsearch::ElasticsearchBackend;
use foldline_tests::host::wait_for;
use foldline_tests::servers::elasticsearch::{Elasticsearch, unique_projection};
use serde_json::{Value, json};

use crate::driven::{Driven, backend, changed, contents, hits, opened, position, refused, version};

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
    // The index itself refreshes after five hours; the host's first refresh does not wait.
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
fn a_time_is_searched_and_sorted_in_the_unit_that_its_field_has() {
    let Some(server) = Elasticsearch::shared() else { return };
    let units = [
        ("s", TimeUnit::Seconds),
        ("ms", TimeUnit::Milliseconds),
        ("us", TimeUnit::Microseconds),
        ("ns", TimeUnit::Nanoseconds),
        ("text", TimeUnit::Rfc3339),
    ];
    let mut version = version(&unique_projection("times"), "1.0.0");
    version.document = units
        .map(|(name, unit)| OutputField { name: name.to_owned(), ty: ValueType::Time(unit), sortable: true })
        .to_vec();
    let backend = backend(server.url());
    let mut sink = opened(&backend, &version, "owner", false);
    // 2026-01-01 and 2026-07-01; the later one has the first id.
    let document = |s: i64, text: &str| {
        let (ms, us, ns) = (s * 1_000, s * 1_000_000, s * 1_000_000_000);
        Some(json!({"s": s, "ms": ms, "us": us, "ns": ns, "text": text}))
    };
    let documents = changed(&[
        ("a", document(1_782_864_000, "2026-07-01T02:00:00+02:00")),
        ("b", document(1_767_225_600, "2026-01-01T00:00:00Z")),
    ]);
    sink.load(&documents).expect("the server is there");
    let head = FlushHead { seq: 1, position: position(1) };
    sink.flush(&head, &mut ReadyChunks::new(&[])).expect("the server is there");
    sink.point().expect("it is loaded");
    sink.examine(true).expect("all is as it was set");
    assert_eq!(sink.refused(), Refused::default());
    for (field, march) in [
        ("s", json!("2026-03-01T00:00:00Z")),
        // As text: in a query, a bare number counts milliseconds, whatever the field's format.
        ("s", json!("1772323200")),
        ("ms", json!("2026-03-01")),
        ("ms", json!(1_772_323_200_000_i64)),
        ("us", json!(1_772_323_200_000_000_i64)),
        ("ns", json!(1_772_323_200_000_000_000_i64)),
        ("text", json!("2026-03-01T00:00:00Z")),
    ] {
        let query = json!({"query": {"range": {field: {"gte": march}}}});
        let found = search(server, &version.projection, &query);
        assert_eq!(hits(&found).keys().collect::<Vec<_>>(), ["a"], "{field} since {march}");
        let sorted = search(server, &version.projection, &json!({"sort": [{field: "asc"}]}));
        let first = &sorted["hits"]["hits"][0];
        assert_eq!(first["_id"], "b", "{field}");
    }
    // By calendar, if the field is a date.
    for field in ["s", "ms", "text"] {
        let months = json!({"size": 0, "aggs": {"of": {"date_histogram": {
            "field": field, "calendar_interval": "month", "min_doc_count": 1}}}});
        let found = search(server, &version.projection, &months);
        let first = &found["aggregations"]["of"]["buckets"][0];
        assert_eq!(first["key"], 1_767_225_600_000_i64, "{field}: {found}");
    }
}

#[test]
fn an_index_that_took_every_number_for_milliseconds_is_built_again_and_read_until_then() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "old-times", &[("a", json!({"at": 1_767_225_600}))]);
    driven.flush(&[]);
    driven.sink.point().expect("it is loaded");
    let old = driven.index();
    // As an index of today's release: of format 1, whatever the unit.
    driven.version.document.last_mut().expect("a time").ty = ValueType::Time(TimeUnit::Seconds);
    driven.reopen(false);
    assert_eq!((&driven.sink.progress().lo, &driven.sink.progress().hi), (&None, &position(2)));
    assert_eq!(contents(server, &driven.version.projection).len(), 1, "readers read the old one");
    driven.load(&[("a", json!({"at": 1_767_225_600}))]);
    driven.offset = 2;
    driven.flush(&[]);
    driven.sink.point().expect("it is loaded");
    driven.sink.examine(true).expect("all is as it was set");
    assert!(!driven.indexes().contains(&old));
    driven.reopen(false);
    assert!(driven.sink.progress().lo.is_some(), "once is enough");
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
