//! Goal: for `foldline verify`, the contents of a sink are read back completely, including changes by hand.
//! Method: the sink is driven through the host's traits, against a real server.

use std::collections::BTreeMap;

use foldline_sink::reading::Entry;
use foldline_sink::{Documents, SinkBackend};
use foldline_sink_redis::RedisBackend;
use foldline_tests::redis_sink::{Driven, version};
use foldline_tests::served::random_changes;
use foldline_tests::servers::redis::RedisServer;
use foldline_tests::world::Rng;
use redis::Commands;

type Places = BTreeMap<(String, String), f64>;

fn read_back(backend: &dyn SinkBackend) -> (BTreeMap<String, String>, Places) {
    let (mut documents, mut memberships) = (BTreeMap::new(), BTreeMap::new());
    let mut reading = backend.read_back(&version("1.0.0")).expect("an answer").expect("something is shown");
    let mut visit = |entry: Entry| {
        match entry {
            Entry::Document { id, body } => drop(documents.insert(id, body)),
            Entry::Member { set, member, score, .. } => drop(memberships.insert((set, member), score)),
        }
        Ok(())
    };
    reading.entries(&mut visit).expect("read");
    (documents, memberships)
}

#[test]
fn a_prefix_of_redis_is_read_back_whole() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    assert!(backend.read_back(&version("1.0.0")).expect("an answer").is_none(), "nothing is there yet");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    let load = random_changes(&mut Rng::new(7), 5_000, 4_000);
    driven.model.apply(&load);
    driven.sink.load(&Documents { changes: load, failed: Vec::new() }).expect("loaded");
    driven.flush(&[]);
    let (mut documents, mut memberships) = (BTreeMap::new(), Places::new());
    for row in driven.model.load() {
        let expected = row.memberships.into_iter().map(|of| ((of.set, of.member), of.score));
        memberships.extend(expected);
        row.body.map(|body| documents.insert(row.id, body));
    }
    assert!(!documents.is_empty() && !memberships.is_empty());
    assert_eq!(read_back(&backend), (documents.clone(), memberships));
    // A change by hand.
    let (id, _) = documents.pop_first().expect("a document");
    let key = format!("foldline:{{feed@1.0.0-0123456789ab.1}}:doc:{id}");
    let _: () = server.connection().set(key, "by hand").expect("set");
    assert_eq!(read_back(&backend).0[&id], "by hand");
}
