//! Answers that are wrong, late, partly wrong, or missing.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use foldline_base::error::ErrorKind;
use foldline_sink::{ReadyChunks, SinkBackend};
use foldline_tests::proxy::http::{Faults, HttpProxy};
use foldline_tests::servers::elasticsearch::Elasticsearch;
use serde_json::{Value, json};

use crate::driven::{Driven, backend, changed, contents, refused, version};

/// Small random numbers that depend only on a seed.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Runs random flushes under these faults, with restarts between them, and compares the contents with the model.
fn check(seed: u64, faults: Faults) {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), seed);
    let mut rng = Rng(seed);
    let ids: Vec<String> = (0..300).map(|id| format!("post/{id} ü")).collect();
    let mut driven = Driven::open_at(server, &proxy.url(), "faults");
    let title = faults.clone();
    proxy.set(faults);
    for chunk in ids.chunks(100) {
        let documents: Vec<_> = chunk.iter().map(|id| (id.as_str(), json!({"count": 0}))).collect();
        driven.load(&documents);
    }
    driven.flush(&[]);
    for round in 1..=25 {
        let mut changes = Vec::new();
        for id in &ids {
            match rng.below(10) {
                0..4 => {}
                4..9 => changes.push((id.as_str(), Some(json!({"count": round, "title": id})))),
                _ => changes.push((id.as_str(), None)),
            }
        }
        driven.flush(&changes);
        if rng.below(5) == 0 {
            driven.reopen(false);
        }
    }
    assert_eq!(driven.sink.refused().rows, 0, "{title:?}");
    proxy.set(Faults::default());
    driven.sink.examine(false).expect("nothing was changed by hand");
    driven.check();
    assert_eq!(driven.indexes().len(), 1, "{title:?}");
}

#[test]
fn busy_items_are_sent_again_until_the_index_is_the_model() {
    check(1, Faults { items: vec![(429, 0.3)], ..Faults::default() });
}

#[test]
fn pages_of_a_gateway_are_waited_out() {
    check(2, Faults { page: Some((503, 0.3)), ..Faults::default() });
}

#[test]
fn answers_that_blame_single_items_wrongly_lose_none() {
    check(3, Faults { items: vec![(409, 0.1), (404, 0.1), (503, 0.1), (429, 0.1)], ..Faults::default() });
}

#[test]
fn answers_that_cannot_be_read_or_counted_are_asked_for_again() {
    check(4, Faults { cut: 0.1, miscount: 0.2, ..Faults::default() });
}

#[test]
fn requests_that_were_executed_unanswered_are_repeated_without_a_difference() {
    check(5, Faults { drop_reply: 0.2, ..Faults::default() });
}

#[test]
fn all_faults_together_end_in_the_model() {
    check(
        6,
        Faults {
            page: Some((502, 0.05)),
            items: vec![(429, 0.1), (409, 0.02), (404, 0.02)],
            cut: 0.04,
            miscount: 0.05,
            drop_reply: 0.05,
            ..Faults::default()
        },
    );
}

#[test]
fn a_document_that_fits_no_mapping_is_shown_until_it_fits_and_holds_up_no_other() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "refused");
    driven.load(&[("a", json!({"count": 1}))]);
    let bad = changed(&[("early", Some(json!({"count": "many"})))]);
    driven.sink.load(&bad).expect("what is refused is passed");
    driven.flush(&[("b", Some(json!({"count": 2})))]);
    let flush = driven.next_head();
    let mixed = [
        ("a", Some(json!({"count": {"no": "number"}}))),
        ("c", Some(json!({"count": 3}))),
        ("_foldline:control", Some(json!({"count": 4}))),
    ];
    driven.sink.flush(&flush, &mut ReadyChunks::new(&[changed(&mixed)])).expect("what is refused is passed");
    (driven.seq, driven.offset) = (flush.seq, driven.offset + 1);
    driven.model.insert("c".into(), json!({"count": 3}));
    driven.check();
    let shown = driven.sink.refused();
    assert_eq!(shown.rows, 3);
    let example = shown.example.expect("one is shown");
    assert_eq!(example.id, "_foldline:control");

    driven.reopen(false);
    assert_eq!(driven.sink.refused().rows, 3, "a restart does not forget them");
    driven.flush(&[("early", Some(json!({"count": 5}))), ("_foldline:control", None)]);
    let shown = driven.sink.refused();
    assert_eq!(shown.rows, 2, "{shown:?}");
    assert!(shown.example.expect("one is shown").reason.contains("own"));
    driven.flush(&[("a", None)]);
    driven.reopen(false);
    let shown = driven.sink.refused();
    assert_eq!(shown.rows, 1, "{shown:?}");
    driven.check();
}

#[test]
fn a_request_that_is_too_large_is_halved_and_a_document_that_is_so_alone_is_refused() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 7);
    let mut driven = Driven::open_at(server, &proxy.url(), "too-large");
    driven.flush(&[]);
    proxy.set(Faults { body_bytes_max: Some(2_000), ..Faults::default() });
    let ids: Vec<String> = (0..100).map(|id| format!("{id}")).collect();
    let text = "x".repeat(100);
    let changes: Vec<_> = ids.iter().map(|id| (id.as_str(), Some(json!({"title": text})))).collect();
    driven.flush(&changes);
    driven.check();
    let head = driven.next_head();
    let huge = changed(&[("huge", Some(json!({"title": "x".repeat(3_000)}))), ("small", Some(json!({})))]);
    driven.sink.flush(&head, &mut ReadyChunks::new(&[huge])).expect("the other one is written");
    driven.model.insert("small".into(), json!({}));
    driven.check();
    assert_eq!(driven.sink.refused().rows, 1);
}

#[test]
fn documents_of_many_megabytes_go_in_requests_of_few() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 8);
    let mut driven = Driven::open_at(server, &proxy.url(), "bytes");
    let text = "x".repeat(400_000);
    let ids: Vec<String> = (0..50).map(|id| format!("{id}")).collect();
    let documents: Vec<_> = ids.iter().map(|id| (id.as_str(), json!({"title": text}))).collect();
    driven.load(&documents);
    driven.flush(&[]);
    driven.check();
    let most = proxy.seen().body_bytes_max;
    assert!((400_000..6 << 20).contains(&most), "a request of {most} bytes");
}

#[test]
fn an_index_that_takes_no_writes_is_waited_for_and_says_why() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "read-only", &[("a", json!({"count": 1}))]);
    let settings = format!("{}/_settings", driven.index());
    server.done("PUT", &settings, Some(&json!({"index.blocks.write": true})));
    let error = refused(driven.flush_once(&[("a", Some(json!({"count": 2})))]));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("cluster_block_exception"), "{error}");
    server.done("PUT", &settings, Some(&json!({"index.blocks.write": Value::Null})));
    driven.flush(&[("a", Some(json!({"count": 2})))]);
    driven.check();

    let mut loading = Driven::open_at(server, server.url(), "read-only-early");
    let settings = format!("{}/_settings", loading.index());
    server.done("PUT", &settings, Some(&json!({"index.blocks.write": true})));
    let documents = changed(&[("a", Some(json!({"count": 1})))]);
    let error = refused(loading.sink.load(&documents));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("cluster_block_exception"), "{error}");
    assert_eq!(loading.sink.refused().rows, 0, "the document is not to blame");
}

#[test]
fn an_index_that_is_deleted_stops_its_sink_and_is_not_created_by_a_write() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "deleted", &[("a", json!({"count": 1}))]);
    let index = driven.index();
    server.done("DELETE", &index, None);
    for error in [
        refused(driven.flush_once(&[("a", Some(json!({"count": 2})))])),
        refused(driven.flush_once(&[])),
        refused(driven.sink.examine(false)),
        refused(driven.sink.point()),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.message().contains(&index), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("foldline resync")), "{error}");
    }
    assert_eq!(driven.indexes(), Vec::<String>::new());
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None, "everything must be loaded again");
}

#[test]
fn a_load_into_an_index_that_is_deleted_stops() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "deleted-early");
    server.done("DELETE", &driven.index(), None);
    let error = refused(driven.sink.load(&changed(&[("a", Some(json!({"count": 1})))])));
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(driven.indexes(), Vec::<String>::new());
}

#[test]
fn a_server_that_is_away_is_waited_for() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
    let url = format!("http://{}", free.local_addr().expect("it is bound"));
    drop(free);
    let error = refused(backend(&url).open(&version("away", "1.0.0"), "owner", false));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("sink `search`"), "{error}");
}

#[test]
fn an_interrupt_ends_a_call_that_is_not_answered() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 9);
    let mut driven = Driven::open_at(server, &proxy.url(), "interrupted");
    let interrupt = driven.sink.interrupt();
    let before = proxy.seen().requests;
    proxy.set(Faults { stall: true, ..Faults::default() });
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while proxy.seen().requests == before {
                std::thread::yield_now();
            }
            interrupt();
        });
        let error = refused(driven.sink.examine(false));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.message().contains("interrupted"), "{error}");
    });
    assert!(began.elapsed() < Duration::from_secs(30), "a call ends by itself after a minute only");
    proxy.set(Faults::default());
    driven.sink.examine(false).expect("the next call is a call like any other");
}

#[test]
fn an_index_that_somebody_else_made_under_the_next_name_stays_and_another_name_is_taken() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "name-taken", &[("a", json!({"count": 1}))]);
    let index = driven.index();
    server.done("DELETE", &index, None);
    // As on a server that creates an index for any write.
    server.done("PUT", &format!("{index}/_doc/1?refresh=true"), Some(&json!({"mine": true})));
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None, "nothing says that it is loaded");
    driven.load(&[("a", json!({"count": 1}))]);
    driven.flush(&[]);
    driven.check();
    assert_ne!(driven.index(), index);
    assert_eq!(contents(server, &index).len(), 1, "it is somebody's");
}
