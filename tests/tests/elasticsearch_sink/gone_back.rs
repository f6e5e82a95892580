//! Indexes that go back to a snapshot during a load or a flush, or in between.

use std::collections::BTreeMap;

use foldline_base::error::{ErrorKind, Result};
use foldline_core::position::Position;
use foldline_sink::{DocumentChunks, Documents, SinkBackend};
use foldline_tests::servers::elasticsearch::Elasticsearch;
use serde_json::{Value, json};

use crate::driven::{Driven, changed, contents, fill, indexes, opened, refused};

/// Snapshots of one index.
struct Snapshots {
    server: &'static Elasticsearch,
    index: String,
    repository: String,
    only_this: Value,
}

impl Snapshots {
    fn of(driven: &Driven) -> Self {
        let (server, index) = (driven.server, driven.index());
        let repository = format!("_snapshot/{}", driven.version.projection);
        let settings = json!({"type": "fs", "settings": {"location": driven.version.projection}});
        server.done("PUT", &repository, Some(&settings));
        let only_this = json!({"indices": index, "include_global_state": false});
        Self { server, index, repository, only_this }
    }

    fn take(&self) {
        let path = format!("{}/one?wait_for_completion=true", self.repository);
        self.server.done("PUT", &path, Some(&self.only_this));
    }

    /// Restores the index from the snapshot, as an operator would: deletes it first.
    fn restore(&self) {
        self.server.done("DELETE", &self.index, None);
        let path = format!("{}/one/_restore?wait_for_completion=true", self.repository);
        self.server.done("POST", &path, Some(&self.only_this));
    }
}

/// Chunks with an action on the server before each one.
struct Between<F> {
    chunks: Vec<Documents>,
    at: usize,
    happens: F,
}

impl<F: FnMut(usize)> DocumentChunks for Between<F> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        (self.happens)(self.at);
        self.at += 1;
        Ok(self.chunks.get(self.at - 1))
    }
}

#[test]
fn an_index_that_went_back_in_the_middle_of_a_load_is_lost_before_anything_says_that_it_is_loaded() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "gone-back-load");
    let snapshots = Snapshots::of(&driven);
    driven.load(&[("a", json!({"count": 1}))]);
    snapshots.take();
    driven.load(&[("b", json!({"count": 2}))]);
    snapshots.restore();
    driven.load(&[("c", json!({"count": 3}))]);
    let error = refused(driven.flush_once(&[]));
    assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
    assert!(error.message().contains("gone back"), "{error}");
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None, "nothing says that it is loaded");
    driven.load(&[("a", json!({"count": 1})), ("b", json!({"count": 2})), ("c", json!({"count": 3}))]);
    driven.flush(&[]);
    driven.check();
}

#[test]
fn an_index_that_went_back_in_the_middle_of_a_flush_is_lost_before_anything_says_that_it_was_taken() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "gone-back-flush", &[("a", json!({"count": 1}))]);
    let snapshots = Snapshots::of(&driven);
    let change = |id, count: u32| changed(&[(id, Some(json!({"count": count})))]);
    let chunks = vec![change("b", 2), change("c", 3), change("d", 4)];
    // The intent was written before, so the control document is exactly the one that the flush left.
    let happens = |at: usize| match at {
        1 => snapshots.take(),
        2 => snapshots.restore(),
        _ => {}
    };
    let head = driven.next_head();
    let error = refused(driven.sink.flush(&head, &mut Between { chunks, at: 0, happens }));
    assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None, "it is not gone on with");
    assert_eq!(driven.indexes().len(), 2, "and read until another one is loaded");
}

/// Shards are not restored to the same moment, so the control document proves nothing about the contents of other shards.
#[test]
fn an_index_that_went_back_while_nobody_looked_is_not_gone_on_with() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "gone-back-unseen", &[("a", json!({"count": 1}))]);
    let snapshots = Snapshots::of(&driven);
    snapshots.take();
    driven.reopen(false);
    assert!(driven.sink.progress().lo.is_some(), "a restart alone changes nothing");
    snapshots.restore();
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None);
    driven.load(&[("a", json!({"count": 1}))]);
    driven.flush(&[]);
    driven.sink.examine(false).expect("it is as it was left");
    driven.check();
}

#[test]
fn an_index_that_was_closed_is_waited_for() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "closed", &[("a", json!({"count": 1}))]);
    let index = driven.index();
    server.done("POST", &format!("{index}/_close"), None);
    for error in
        [refused(driven.sink.examine(false)), refused(driven.flush_once(&[("a", Some(json!({"count": 2})))]))]
    {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("_open")), "{error}");
    }
    server.done("POST", &format!("{index}/_open"), None);
    driven.flush(&[("a", Some(json!({"count": 2})))]);
    driven.sink.examine(false).expect("it goes on");
    driven.check();
}

#[test]
fn what_is_of_another_log_is_read_until_it_is_replaced_and_binds_nothing() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "disowned", &[("a", json!({"count": 1}))]);
    driven.offset = 70;
    driven.flush(&[]);
    driven.sink.point().expect("it is loaded");
    let (name, old) = (driven.version.clone(), driven.index());
    driven.backend.disown(&name).expect("the server is there");
    let mut sink = opened(&driven.backend, &name, "a later start", false);
    assert_eq!((&sink.progress().hi, &sink.progress().lo), (&Position::default(), &None));
    assert_eq!(contents(server, &name.projection), driven.model, "readers read it still");
    // The first flush is at a position before what was shown of the other log.
    fill(sink.as_mut(), &[("b", json!({"count": 2}))], 3);
    assert_eq!(contents(server, &name.projection), BTreeMap::from([("b".to_owned(), json!({"count": 2}))]));
    assert!(!indexes(server, &format!("foldline-{}-*", name.projection)).contains(&old), "it is deleted");
}
