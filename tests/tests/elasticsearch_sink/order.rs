//! Writes that arrive late, twice, or from a writer that was replaced.

use foldline_base::error::ErrorKind;
use foldline_sink::{FlushHead, ReadyChunks};
use foldline_tests::proxy::http::{Faults, HttpProxy};
use foldline_tests::servers::elasticsearch::Elasticsearch;
use serde_json::{Value, json};

use crate::driven::{Driven, backend, changed, opened, position, refused};

/// Holds back the bulk request of one flush. Returns the sink after a failed retry of the flush.
fn held_back(driven: &mut Driven, proxy: &HttpProxy, changes: &[(&str, Option<Value>)]) {
    proxy.set(Faults { only: "/_bulk", hold: true, ..Faults::default() });
    let error = refused(driven.flush_once(changes));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    proxy.set(Faults::default());
}

#[test]
fn an_old_write_that_comes_last_changes_nothing() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 1);
    let mut driven = Driven::open_at(server, &proxy.url(), "late");
    driven.load(&[("kept", json!({"count": 0})), ("removed", json!({"count": 0}))]);
    driven.flush(&[]);
    held_back(
        &mut driven,
        &proxy,
        &[("kept", Some(json!({"count": 1}))), ("removed", Some(json!({"count": 1})))],
    );
    driven.flush(&[("kept", Some(json!({"count": 1}))), ("removed", Some(json!({"count": 1})))]);
    driven.flush(&[("kept", Some(json!({"count": 2}))), ("removed", None)]);
    let answers = proxy.deliver_held();
    assert!(!answers.is_empty());
    for answer in &answers {
        for item in answer["items"].as_array().expect("items") {
            assert_eq!(item["index"]["status"], 409, "{answer}");
        }
    }
    driven.check();
}

#[test]
fn versions_beyond_two_to_the_53_are_compared_exactly() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 2);
    let mut driven = Driven::open_at(server, &proxy.url(), "huge");
    driven.flush(&[("a", Some(json!({"count": 0}))), ("b", Some(json!({"count": 0})))]);
    // More flushes than a test can make.
    let many = (1_u64 << 53) + 1;
    let control = format!("{}/_doc/_foldline:control", driven.index());
    let mut document = server.done("GET", &control, None)["_source"].clone();
    document["_foldline"]["seq"] = many.into();
    document["_foldline"]["ended"] = many.into();
    server.done("PUT", &control, Some(&document));
    driven.reopen(false);
    assert_eq!(driven.seq, many);
    held_back(&mut driven, &proxy, &[("a", Some(json!({"count": 1}))), ("b", Some(json!({"count": 1})))]);
    driven.flush(&[("a", Some(json!({"count": 1}))), ("b", Some(json!({"count": 1})))]);
    // 2^53 + 2 and 2^53 + 3 are the same number as floats.
    driven.flush(&[("a", Some(json!({"count": 2}))), ("b", None)]);
    for answer in proxy.deliver_held() {
        assert_eq!(answer["items"][0]["index"]["status"], 409, "{answer}");
    }
    driven.check();
    let version = server.done("GET", &format!("{}/_doc/a", driven.index()), None)["_version"].as_u64();
    assert_eq!(version, Some(many + 2));
}

#[test]
fn a_writer_that_was_taken_over_is_fenced_and_what_it_had_in_flight_is_superseded() {
    let Some(server) = Elasticsearch::shared() else { return };
    let proxy = HttpProxy::start(server.address(), 3);
    let mut driven = Driven::open_at(server, &proxy.url(), "zombie");
    driven.load(&[("a", json!({"count": 0}))]);
    driven.flush(&[]);
    held_back(&mut driven, &proxy, &[("a", Some(json!({"count": -1})))]);
    let unfinished = driven.next_head();
    let mut zombie = std::mem::replace(
        &mut driven.sink,
        opened(&backend(server.url()), &driven.version, "successor", false),
    );
    let progress = driven.sink.progress();
    assert_eq!((progress.seq, &progress.hi), (unfinished.seq, &unfinished.position), "the intent is known");
    assert_eq!(progress.lo, Some(position(1)), "it was not ended");
    (driven.seq, driven.offset) = (progress.seq, 2);
    driven.flush(&[("a", Some(json!({"count": 1})))]);

    let late = changed(&[("a", Some(json!({"count": -2})))]);
    let next = FlushHead { seq: unfinished.seq + 1, position: position(9) };
    for error in [
        refused(zombie.flush(&unfinished, &mut ReadyChunks::new(std::slice::from_ref(&late)))),
        refused(zombie.examine(false)),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.message().contains("successor"), "{error}");
    }
    assert!(zombie.flush(&next, &mut ReadyChunks::new(&[late])).is_err());
    for answer in proxy.deliver_held() {
        assert_eq!(answer["items"][0]["index"]["status"], 409, "{answer}");
    }
    driven.flush(&[]);
    driven.check();
}

#[test]
fn flushes_come_in_order_and_may_be_repeated() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "order", &[("a", json!({"count": 0}))]);
    let head = driven.next_head();
    driven.flush(&[("a", Some(json!({"count": 1})))]);
    let other = changed(&[("a", Some(json!({"count": 9})))]);
    driven
        .sink
        .flush(&head, &mut ReadyChunks::new(std::slice::from_ref(&other)))
        .expect("it was written already");
    driven.check();
    let wrong = [
        FlushHead { seq: driven.seq + 2, position: position(100) },
        FlushHead { seq: driven.seq, position: position(100) },
        FlushHead { seq: driven.seq + 1, position: position(0) },
        FlushHead { seq: u64::MAX, position: position(100) },
    ];
    for head in wrong {
        let error = refused(driven.sink.flush(&head, &mut ReadyChunks::new(std::slice::from_ref(&other))));
        assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    }
    let error = refused(driven.sink.load(&other));
    assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    driven.check();
}
