//! The embedded store from outside: reads return what was written, with any order of flushes, restarts and accidents.

mod conformance;
mod damage;
mod memberships;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use foldline_core::description::{OutputField, ValueType};
use foldline_core::position::Position;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use foldline_base::error::{ErrorKind, Result};
use foldline_sink::{DocumentChange, Documents, FailedRow, FlushHead, ReadyChunks, Sink};

fn declaration() -> Vec<OutputField> {
    let field = |name: &str, ty, sortable| OutputField { name: name.into(), ty, sortable };
    vec![
        field("count", ValueType::Int, true),
        field("score", ValueType::Float, true),
        field("title", ValueType::Text, false),
    ]
}

fn at(records: u64) -> Position {
    let mut position = Position::default();
    position.set("likes", 0, records);
    position
}

fn put(id: &str, body: &str) -> DocumentChange {
    DocumentChange { id: id.into(), body: Some(body.into()), memberships: Vec::new() }
}

/// A flush in tests, mostly with a single chunk.
struct Flush {
    seq: u64,
    position: Position,
    chunks: Vec<Documents>,
}

fn flush(seq: u64, changes: Vec<DocumentChange>) -> Flush {
    Flush { seq, position: at(seq * 10), chunks: vec![documents(changes)] }
}

fn documents(changes: Vec<DocumentChange>) -> Documents {
    Documents { changes, failed: vec![] }
}

/// Shortcuts to call the sink.
impl SqliteSink {
    fn take(&mut self, flush: &Flush) -> Result<()> {
        let head = FlushHead { seq: flush.seq, position: flush.position.clone() };
        self.flush(&head, &mut ReadyChunks::new(&flush.chunks))
    }

    fn put(&mut self, changes: Vec<DocumentChange>) -> Result<()> {
        self.load(&documents(changes))
    }
}

struct Store {
    _folder: TempDir,
    path: PathBuf,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("likes.sqlite"), _folder: folder }
    }

    fn sink(&self, owner: &str) -> SqliteSink {
        SqliteSink::open(&self.path, owner, &declaration()).unwrap()
    }

    fn reader(&self) -> SqliteReader {
        SqliteReader::open(&self.path, &declaration()).unwrap()
    }
}

/// Follows cursors to the end.
fn all(reader: &SqliteReader, query: &ListQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut ids = Vec::new();
    loop {
        let page = reader.list(&query).unwrap().value;
        assert!(page.documents.len() <= query.limit);
        ids.extend(page.documents.into_iter().map(|(id, _)| id));
        match page.cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return ids,
        }
    }
}

fn by_id(limit: usize) -> ListQuery {
    ListQuery { limit, ..ListQuery::default() }
}

#[test]
fn documents_and_position_appear_together_at_the_first_flush() {
    let store = Store::new();
    let mut sink = store.sink("a");
    assert_eq!(sink.progress().lo, None);
    sink.put(vec![put("p2", r#"{"count":2}"#), put("p1", r#"{ "count" : 1 }"#)]).unwrap();
    let reader = store.reader();
    assert_eq!(reader.get("p1").unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(reader.list(&by_id(5)).unwrap_err().kind(), ErrorKind::Unavailable);
    drop(reader);
    sink.take(&flush(1, vec![put("p3", "{}")])).unwrap();
    let reader = store.reader();
    let read = reader.get("p1").unwrap();
    assert_eq!((read.value.as_deref(), read.position, read.seq), (Some(r#"{ "count" : 1 }"#), at(10), 1));
    assert_eq!(reader.count().unwrap().value, 3);
    assert_eq!(reader.get("p4").unwrap().value, None);
}

#[test]
fn a_reader_follows_the_writer_and_survives_it() {
    let store = Store::new();
    let mut sink = store.sink("a");
    sink.take(&flush(1, vec![])).unwrap();
    let reader = store.reader();
    for seq in 2..20 {
        sink.take(&flush(seq, vec![put("p", &seq.to_string())])).unwrap();
        let read = reader.clone().get("p").unwrap();
        assert_eq!((read.value, read.seq), (Some(seq.to_string()), seq));
    }
    drop(sink);
    assert_eq!(reader.get("p").unwrap().value.as_deref(), Some("19"));
    assert_eq!(store.reader().count().unwrap().value, 1);
}

#[test]
fn a_damaged_file_is_built_again() {
    fn check(damage: impl Fn(&Path)) {
        let store = Store::new();
        let mut sink = store.sink("a");
        sink.take(&flush(1, vec![put("p", "1")])).unwrap();
        drop(sink);
        damage(&store.path);
        let mut sink = store.sink("b");
        assert_eq!(*sink.progress(), Default::default());
        sink.take(&flush(1, vec![put("q", "1")])).unwrap();
        assert_eq!(all(&store.reader(), &by_id(10)), ["q"]);
    }
    check(|path| fs::write(path, "not a database, but a text of some length").unwrap());
    check(|path| fs::write(path, "").unwrap());
    check(|path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(4096).unwrap());
    check(|path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[100..4096].fill(0xa5);
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn damage_met_while_reading_is_repaired_by_the_next_start() {
    let store = Store::new();
    let mut sink = store.sink("a");
    let body = format!("{{\"title\":\"{}\"}}", "x".repeat(500));
    let documents = (0..1_000).map(|at| put(&format!("p{at:04}"), &body)).collect();
    sink.take(&flush(1, documents)).unwrap();
    drop(sink);
    let mut bytes = fs::read(&store.path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    fs::write(&store.path, bytes).unwrap();
    let reader = store.reader();
    let error = reader.list(&by_id(1_000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("projects the documents again"), "{error}");
    drop(reader);
    assert_eq!(store.sink("b").progress().lo, None);
}

#[test]
fn another_declaration_builds_the_file_again() {
    let store = Store::new();
    store.sink("a").take(&flush(1, vec![put("p", "1")])).unwrap();
    let sink = SqliteSink::open(&store.path, "b", &declaration()[..1]).unwrap();
    assert_eq!(sink.progress().lo, None);
}

/// Returns documents with many ties and missing values, and a reader of them.
fn listed(documents: &[(String, String)]) -> (Store, SqliteReader) {
    let store = Store::new();
    let mut sink = store.sink("a");
    let (loaded, flushed) = documents.split_at(documents.len() / 2);
    let changes = |part: &[(String, String)]| part.iter().map(|(id, body)| put(id, body)).collect::<Vec<_>>();
    sink.put(changes(loaded)).unwrap();
    sink.take(&flush(1, changes(flushed))).unwrap();
    let reader = store.reader();
    (store, reader)
}

fn ties() -> Vec<(String, String)> {
    let body = |at: u32| match at % 5 {
        0 => r#"{"title":"none"}"#.to_owned(),
        1 => r#"{"count":null,"score":0.5,"title":"null"}"#.to_owned(),
        rest => format!(r#"{{"count":{},"score":{}.25,"title":"t{rest}"}}"#, rest % 3, at % 4),
    };
    (0..60).map(|at| (format!("p{:02}", at * 7 % 60), body(at))).collect()
}

/// Returns what a list must show, computed the slow way.
fn expected(documents: &[(String, String)], field: &str, falling: bool) -> Vec<String> {
    let mut rows: Vec<(Option<f64>, &String)> = documents
        .iter()
        .map(|(id, body)| (serde_json::from_str::<serde_json::Value>(body).unwrap()[field].as_f64(), id))
        .collect();
    rows.sort_by(|a, b| {
        let values = match (a.0, b.0) {
            (Some(a), Some(b)) if falling => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        values.then(a.1.cmp(b.1))
    });
    rows.into_iter().map(|(_, id)| id.clone()).collect()
}

#[test]
fn pages_cover_every_document_once_in_order_with_ties_and_missing_values() {
    let documents = ties();
    let (_store, reader) = listed(&documents);
    for limit in [1, 2, 3, 7, 59, 60, 61, 1_000] {
        for field in ["count", "score"] {
            for falling in [true, false] {
                let query = ListQuery { sort: Some((field.into(), falling)), limit, ..ListQuery::default() };
                assert_eq!(
                    all(&reader, &query),
                    expected(&documents, field, falling),
                    "{field} {falling} {limit}"
                );
            }
        }
        let mut ids: Vec<_> = documents.iter().map(|(id, _)| id.clone()).collect();
        ids.sort();
        assert_eq!(all(&reader, &by_id(limit)), ids);
    }
}

#[test]
fn filters_are_anded_on_any_declared_field_in_any_order() {
    let documents = ties();
    let (_store, reader) = listed(&documents);
    let filter = |pairs: &[(&str, &str)]| pairs.iter().map(|(f, v)| (f.to_string(), v.to_string())).collect();
    let holds = |body: &str, pairs: &[(&str, &str)]| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        pairs.iter().all(|(field, value)| match &body[field] {
            serde_json::Value::String(text) => text == value,
            other => other.as_f64() == value.parse().ok() && other.is_number(),
        })
    };
    for pairs in [
        &[("title", "t2")][..],
        &[("count", "1")],
        &[("count", "1"), ("title", "t4")],
        &[("count", "1"), ("count", "1")],
        &[("count", "1"), ("count", "2")],
        &[("score", "0.25"), ("count", "0")],
        &[("count", "77")],
    ] {
        for sort in [None, Some(("count", true)), Some(("score", false))] {
            for limit in [1, 4, 100] {
                let (field, falling) = sort.unwrap_or(("id", false));
                let wanted: Vec<_> = expected(&documents, field, falling)
                    .into_iter()
                    .filter(|id| holds(&documents.iter().find(|(other, _)| other == id).unwrap().1, pairs))
                    .collect();
                let query = ListQuery {
                    filter: filter(pairs),
                    sort: sort.map(|(field, falling)| (field.into(), falling)),
                    limit,
                    cursor: None,
                };
                assert_eq!(all(&reader, &query), wanted, "{query:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_can() {
    let (_store, reader) = listed(&ties());
    let ask = |query: &ListQuery| {
        let error = reader.list(query).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        error.to_string()
    };
    let filter =
        |field: &str, value: &str| ListQuery { filter: vec![(field.into(), value.into())], ..by_id(5) };
    let sort = |field: &str| ListQuery { sort: Some((field.into(), true)), ..by_id(5) };
    assert!(ask(&filter("likes", "1")).contains("declared are `count`, `score`, `title`"));
    assert!(ask(&filter("count", "x")).contains("field `count` is an int"));
    assert!(ask(&sort("title")).contains("sortable are `count`, `score`"));
    assert!(ask(&by_id(0)).contains("1 to 1000"));
    assert!(ask(&by_id(1_001)).contains("1 to 1000"));
    assert!(ask(&ListQuery { cursor: Some("nonsense!".into()), ..by_id(5) }).contains("`cursor`"));
    let cursor = reader.list(&sort("count")).unwrap().value.cursor;
    assert!(cursor.is_some());
    assert!(ask(&ListQuery { cursor, ..sort("score") }).contains("another query"));
}

#[test]
fn every_stretch_walks_its_index_without_sorting() {
    let (store, _reader) = listed(&ties());
    let connection = rusqlite::Connection::open(&store.path).unwrap();
    let (value, id) = (field::Scalar::Int(1), Some("p".to_owned()));
    use query::Stretch::*;
    for stretch in [
        Ids { after: None },
        Ids { after: id.clone() },
        Equal { at: 0, value: value.clone(), after: None },
        Equal { at: 0, value: value.clone(), after: id.clone() },
        Falling { at: 0, below: None },
        Falling { at: 0, below: Some(value.clone()) },
        Rising { at: 0, above: None },
        Rising { at: 0, above: Some(value) },
        Missing { at: 0, after: None },
        Missing { at: 0, after: id },
    ] {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", stretch.sql())).unwrap();
        let parameters = rusqlite::params_from_iter(stretch.parameters());
        let steps: Vec<String> =
            explain.query_map(parameters, |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{stretch:?}: {steps:?}");
    }
}

#[derive(Clone, Debug)]
enum Op {
    Flush(Vec<(u8, Option<i64>)>),
    Reopen,
    Zombie,
}

fn op() -> impl Strategy<Value = Op> {
    // Counts that often stay: then only the body changes.
    let change = (0u8..12, prop::option::of(prop_oneof![3 => 0i64..2, 1 => any::<i64>()]));
    prop_oneof![
        4 => prop::collection::vec(change, 0..8).prop_map(Op::Flush),
        1 => Just(Op::Reopen),
        1 => Just(Op::Zombie),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_store_shows_the_last_flush_whatever_happens_between(
        first in prop::collection::vec((0u8..12, any::<i64>()), 0..8),
        ops in prop::collection::vec(op(), 1..12),
    ) {
        let store = Store::new();
        let mut sink = store.sink("0");
        let mut model: BTreeMap<String, String> = BTreeMap::new();
        let body = |count: i64, title: u64| format!("{{\"count\":{count},\"title\":\"{title}\"}}");
        for (id, count) in first {
            sink.put(vec![put(&format!("p{id}"), &body(count, 0))]).unwrap();
            model.insert(format!("p{id}"), body(count, 0));
        }
        sink.take(&flush(1, vec![])).unwrap();
        let mut seq = 1;
        let reader = store.reader();
        for (step, op) in ops.into_iter().enumerate() {
            match op {
                Op::Reopen => {
                    drop(sink);
                    sink = store.sink(&format!("reopened {step}"));
                    prop_assert_eq!(sink.progress().seq, seq);
                    prop_assert_eq!(sink.progress().lo.clone(), Some(at(seq * 10)));
                }
                Op::Zombie => {
                    let mut zombie = std::mem::replace(&mut sink, store.sink(&format!("successor {step}")));
                    prop_assert!(zombie.take(&flush(seq + 1, vec![put("p0", "zombie")])).is_err());
                }
                Op::Flush(changes) => {
                    let changes: BTreeMap<_, _> = changes.into_iter().collect();
                    let mut documents = Vec::new();
                    for (id, count) in changes {
                        let (id, body) = (format!("p{id}"), count.map(|count| body(count, seq)));
                        match &body {
                            Some(body) => drop(model.insert(id.clone(), body.clone())),
                            None => drop(model.remove(&id)),
                        }
                        documents.push(DocumentChange { id, body, memberships: Vec::new() });
                    }
                    seq += 1;
                    sink.take(&flush(seq, documents)).unwrap();
                }
            }
            let shown = reader.list(&by_id(1_000)).unwrap();
            prop_assert_eq!(shown.seq, seq);
            prop_assert_eq!(shown.position, at(seq * 10));
            prop_assert_eq!(shown.value.documents, model.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(reader.count().unwrap().value, model.len() as u64);
            let by_count = ListQuery { sort: Some(("count".into(), false)), ..by_id(1_000) };
            let count = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["count"].as_i64();
            let mut sorted: Vec<_> = model.clone().into_iter().collect();
            sorted.sort_by_key(|(id, body)| (count(body), id.clone()));
            prop_assert_eq!(reader.list(&by_count).unwrap().value.documents, sorted);
        }
    }
}

#[test]
fn a_row_that_failed_is_remembered_until_it_has_a_document_again() {
    let store = Store::new();
    let failed = |id: &str| FailedRow { id: id.into(), reason: "why".into() };
    let mut sink = store.sink("a");
    sink.load(&Documents { changes: vec![put("p1", "{}")], failed: vec![failed("p2")] }).unwrap();
    sink.take(&Flush {
        chunks: vec![Documents { changes: vec![], failed: vec![failed("p3")] }],
        ..flush(1, vec![])
    })
    .unwrap();
    drop(sink);
    let mut sink = store.sink("b");
    let reader = store.reader();
    assert_eq!(reader.failed(10).unwrap(), [failed("p2"), failed("p3")]);
    sink.take(&flush(2, vec![put("p2", "{}"), DocumentChange::removed("p3".into())])).unwrap();
    assert_eq!(reader.failed_count().unwrap(), 0);
}
