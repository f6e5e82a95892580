//! The life cycle of indexes: loads, generations, restored snapshots, deleted versions.

use foldline_base::error::ErrorKind;
use foldline_sink::SinkBackend;
use foldline_tests::servers::elasticsearch::{Elasticsearch, unique_projection};
use serde_json::json;

use crate::driven::{Driven, backend, indexes, opened, position, refused, version};

#[test]
fn a_load_that_died_is_started_again_in_a_new_index() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "died");
    driven.load(&[("a", json!({"count": 1})), ("left-over", json!({"count": 2}))]);
    let first = driven.index();
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None);
    assert_ne!(driven.index(), first);
    assert_eq!(driven.indexes().len(), 1, "what died is deleted");
    driven.model.clear();
    driven.load(&[("a", json!({"count": 3}))]);
    driven.flush(&[]);
    driven.check();
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, Some(position(1)));
    driven.check();
}

#[test]
fn what_is_off_for_the_load_is_on_once_it_ended() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "settings");
    let settings = || {
        let index = driven.index();
        server.done("GET", &format!("{index}/_settings"), None)[&index]["settings"]["index"].clone()
    };
    let before = settings();
    assert_eq!((&before["refresh_interval"], &before["number_of_replicas"]), (&json!("-1"), &json!("0")));
    driven.load(&[("a", json!({"count": 1}))]);
    driven.flush(&[]);
    let index = driven.index();
    let after = server.done("GET", &format!("{index}/_settings"), None)[&index]["settings"]["index"].clone();
    assert_eq!(after["refresh_interval"], "5000ms", "the host refreshes sooner");
}

#[test]
fn an_index_that_starts_empty_is_filled_alongside_the_one_that_is_read() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "again", &[("a", json!({"count": 1}))]);
    driven.offset = 7;
    driven.flush(&[]);
    driven.sink.point().expect("readers are pointed here");
    let first = driven.index();
    driven.reopen(true);
    let progress = driven.sink.progress();
    assert_eq!((progress.lo.clone(), progress.hi.clone()), (None, position(8)), "readers may have seen this");
    assert_eq!(driven.indexes().len(), 2);
    // The process dies: the interrupted load starts over, and the old index is not revived.
    driven.reopen(false);
    assert_eq!(driven.sink.progress().lo, None);
    assert_eq!(driven.sink.progress().hi, position(8));
    assert_eq!(driven.indexes().len(), 2, "{:?}", driven.indexes());
    let read = |name: &str| server.done("GET", &format!("_alias/{name}"), None);
    let projection = driven.version.projection.clone();
    assert!(read(&projection).get(&first).is_some(), "the old one is read until the new one is loaded");
    driven.load(&[("a", json!({"count": 2}))]);
    driven.flush(&[]);
    driven.sink.point().expect("readers are pointed here");
    driven.sink.examine(true).expect("all is as it was set");
    assert_eq!(driven.indexes(), vec![driven.index()], "the old one is deleted");
    assert!(read(&projection).get(driven.index()).is_some());
    driven.check();
}

#[test]
fn an_index_that_was_restored_from_an_older_snapshot_is_lost() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::loaded(server, "restored", &[("a", json!({"count": 1}))]);
    let index = driven.index();
    let repository = format!("_snapshot/{}", driven.version.projection);
    let settings = json!({"type": "fs", "settings": {"location": driven.version.projection}});
    server.done("PUT", &repository, Some(&settings));
    let only_this = json!({"indices": index, "include_global_state": false});
    server.done("PUT", &format!("{repository}/one?wait_for_completion=true"), Some(&only_this));
    driven.flush(&[("a", None)]);
    driven.sink.examine(false).expect("nothing has happened yet");
    server.done("DELETE", &index, None);
    server.done("POST", &format!("{repository}/one/_restore?wait_for_completion=true"), Some(&only_this));
    for error in [refused(driven.sink.examine(false)), refused(driven.flush_once(&[]))] {
        assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
        assert!(error.message().contains("gone back"), "{error}");
    }
    driven.reopen(true);
    assert_eq!(driven.sink.progress().lo, None);
    driven.flush(&[]);
    driven.check();
}

#[test]
fn an_index_of_which_half_are_tombstones_is_built_again() {
    let Some(server) = Elasticsearch::shared() else { return };
    let mut driven = Driven::open_at(server, server.url(), "tombstones");
    let ids: Vec<String> = (0..21_000).map(|id| id.to_string()).collect();
    let documents: Vec<_> = ids.iter().map(|id| (id.as_str(), json!({"count": 1}))).collect();
    driven.load(&documents);
    driven.flush(&[]);
    let removed: Vec<_> = ids.iter().take(10_400).map(|id| (id.as_str(), None)).collect();
    driven.flush(&removed);
    let refresh = format!("{}/_refresh", driven.index());
    server.done("POST", &refresh, None);
    driven.sink.examine(false).expect("fewer than half");
    let removed: Vec<_> = ids.iter().skip(10_400).take(2_600).map(|id| (id.as_str(), None)).collect();
    driven.flush(&removed);
    server.done("POST", &refresh, None);
    let error = refused(driven.sink.examine(false));
    assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
    assert!(error.message().contains("tombstones"), "{error}");
}

#[test]
fn other_versions_of_the_projection_go_and_nothing_else_does() {
    let Some(server) = Elasticsearch::shared() else { return };
    let projection = unique_projection("kept");
    let longer = format!("{projection}-count");
    let backend = backend(server.url());
    let kept = version(&projection, "2.0.0");
    for (name, number) in [(&projection, "1.0.0"), (&projection, "2.0.0"), (&longer, "1.0.0")] {
        drop(opened(&backend, &version(name, number), "owner", false));
    }
    let foreign = format!("foldline-{projection}-1.0.0-somebodys");
    server.done("PUT", &foreign, None);
    let pattern = format!("foldline-{projection}*");
    assert_eq!(indexes(server, &pattern).len(), 4);
    backend.keep_only(&projection, &[kept]).expect("the server is there");
    let left = indexes(server, &pattern);
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.contains(&foreign), "{left:?}");
    assert!(left.iter().all(|name| name == &foreign || name.contains("-2.0.0-") || name.contains("-count-")));
    backend.keep_only(&projection, &[]).expect("the server is there");
    assert_eq!(indexes(server, &pattern).len(), 2);
}
