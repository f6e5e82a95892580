//! `foldline verify` reads back from an index exactly what was flushed.

use std::collections::BTreeMap;

use foldline_sink::SinkBackend;
use foldline_sink::reading::Entry;
use foldline_tests::servers::elasticsearch::Elasticsearch;
use serde_json::{Value, json};

use crate::driven::Driven;

#[test]
fn an_index_is_read_back_whole_and_without_what_is_the_hosts_own() {
    let Some(server) = Elasticsearch::shared() else { return };
    let documents: Vec<(String, Value)> =
        (0..2_500).map(|at| (format!("d{at}"), json!({"count": at, "list": [at, 1.5, null]}))).collect();
    let loaded: Vec<(&str, Value)> = documents.iter().map(|(id, body)| (id.as_str(), body.clone())).collect();
    let mut driven = Driven::loaded(server, "readback", &loaded);
    driven.flush(&[("d7", None), ("d8", Some(json!({"count": 0, "text": "é"})))]);
    let mut reading = driven.backend.read_back(&driven.version).expect("an answer").expect("an index");
    let normal = reading.normal();
    let mut found = BTreeMap::new();
    let mut visit = |entry: Entry| {
        let Entry::Document { id, body } = entry else { panic!("a place") };
        found.insert(id, normal(&body).into_owned());
        Ok(())
    };
    reading.entries(&mut visit).expect("read");
    let expected: BTreeMap<String, String> =
        driven.model.iter().map(|(id, body)| (id.clone(), normal(&body.to_string()).into_owned())).collect();
    assert_eq!(found, expected);
}
