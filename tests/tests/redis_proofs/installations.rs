//! Two installations on one server: neither takes over or deletes what the other owns, until an operator says so.

use foldline_base::error::ErrorKind;
use foldline_core::position::Position;
use foldline_sink::installation::Installation;
use foldline_sink::{DocumentChange, Documents, FlushHead, ReadyChunks, SinkBackend};
use foldline_sink_redis::RedisBackend;
use foldline_tests::redis_sink::{Driven, contents, fails, keys_under, pointed, position, prefixes, version};
use foldline_tests::servers::redis::RedisServer;
use redis::Commands;

const FIRST: &str = "foldline:{feed@1.0.0-0123456789ab.1}:";
const SECOND: &str = "foldline:{feed@1.0.0-0123456789ab.2}:";

fn backend(server: &RedisServer, installation: &str) -> RedisBackend {
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    backend.of("cache", Installation::named(installation))
}

fn documents(id: &str) -> Vec<Documents> {
    let change = DocumentChange { id: id.to_owned(), body: Some("{}".to_owned()), memberships: Vec::new() };
    vec![Documents { changes: vec![change], failed: Vec::new() }]
}

fn loaded(backend: &dyn SinkBackend, name: &str) -> Driven {
    let mut driven = Driven::open(backend, &version(name), name);
    driven.flush(&documents(name));
    driven.sink.point().expect("pointed");
    driven
}

#[test]
fn another_installation_is_refused_by_name_and_deletes_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let ours = backend(&server, "ours");
    let mut driven = loaded(&ours, "1.0.0");
    let theirs = backend(&server, "theirs");
    let refused = |theirs: &RedisBackend| {
        // The same version, and another version of the same projection, whose keys would differ.
        for name in ["1.0.0", "2.0.0"] {
            let error = fails(theirs.open(&version(name), "stranger", false), ErrorKind::Refused);
            assert!(error.message().contains("`ours`") && error.message().contains("`theirs`"), "{error}");
            let says = |text| error.hint().is_some_and(|hint| hint.contains(text));
            assert!(says("`foldline adopt feed cache`") && says("`namespace`"), "{error}");
        }
        for kept in [&[][..], &[version("2.0.0")]] {
            theirs.keep_only("feed", kept).expect("the server is there");
        }
    };
    refused(&theirs);
    // In a cluster, each of these records of ownership may be lost alone.
    let _: () = connection.del("foldline:feed:installation").expect("DEL");
    refused(&theirs);
    let _: () = connection.del("foldline:feed:prefixes").expect("DEL");
    refused(&theirs);
    driven.flush(&documents("more"));
    driven.sink.examine(true).expect("nothing was touched");
    assert!(contents(&mut connection, FIRST) == driven.model.contents());
    let _: () = connection.hdel(format!("{FIRST}control"), "installation").expect("HDEL");
    driven.reopen(&ours, &version("1.0.0"), "a restart");
    refused(&theirs);
}

#[test]
fn an_adoption_shuts_the_other_installation_out_and_goes_on_with_nothing_of_its() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let (ours, theirs) = (backend(&server, "ours"), backend(&server, "theirs"));
    let mut driven = loaded(&ours, "1.0.0");
    driven.flush(&documents("of the other log"));
    assert!(theirs.adopt("feed").expect("the server is there"));
    assert!(!theirs.adopt("feed").expect("the server is there"), "once is enough");
    fails(driven.try_flush(&documents("late")), ErrorKind::Corrupt);
    fails(driven.sink.examine(true), ErrorKind::Corrupt);
    fails(driven.sink.point(), ErrorKind::Corrupt);
    fails(ours.open(&version("1.0.0"), "a restart", false), ErrorKind::Refused);
    fails(backend(&server, "ours").open(&version("2.0.0"), "a restart", false), ErrorKind::Refused);
    ours.keep_only("feed", &[]).expect("the server is there");
    assert_eq!(pointed(&mut connection).as_deref(), Some(FIRST), "readers read it still");
    assert!(keys_under(&mut connection, FIRST) > 1);

    // A few starts later; the log of the new owner is shorter.
    drop(theirs.open(&version("1.0.0"), "first", false).expect("it opens"));
    let theirs = backend(&server, "theirs");
    let mut sink = theirs.open(&version("1.0.0"), "second", false).expect("it opens");
    assert_eq!((&sink.progress().hi, &sink.progress().lo), (&Position::default(), &None));
    sink.load(&documents("mine")[0]).expect("loaded");
    let head = FlushHead { seq: sink.progress().seq + 1, position: position(3) };
    sink.flush(&head, &mut ReadyChunks::new(&[])).expect("taken");
    sink.point().expect("pointed");
    let live = pointed(&mut connection).expect("pointed");
    assert_eq!(contents(&mut connection, &live).documents.keys().collect::<Vec<_>>(), ["mine"]);
    while prefixes(&mut connection) != [live.clone()] {
        sink.examine(true).expect("in order");
    }
    assert_eq!(keys_under(&mut connection, FIRST) + keys_under(&mut connection, SECOND), 0);
}

#[test]
fn what_names_no_installation_is_taken_over_by_the_first_who_comes() {
    let Some(server) = RedisServer::start() else { return };
    let nameless = RedisBackend::new(&server.config()).expect("a configuration");
    drop(loaded(&nameless, "1.0.0"));
    let ours = backend(&server, "ours");
    let sink = ours.open(&version("1.0.0"), "named", false).expect("it opens");
    assert_eq!(sink.progress().lo, Some(position(10)), "it is gone on with");
    fails(backend(&server, "theirs").open(&version("1.0.0"), "stranger", false), ErrorKind::Refused);
    ours.open(&version("1.0.0"), "named again", false).expect("it opens");
    // A host without a name compares nothing, as before names existed.
    nameless.open(&version("1.0.0"), "nameless", false).expect("it opens");
}

#[test]
fn namespaces_keep_installations_apart() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let mut driven = loaded(&backend(&server, "ours"), "1.0.0");
    let mut config = server.config();
    config.namespace = "blue".to_owned();
    let blue =
        RedisBackend::new(&config).expect("a configuration").of("cache", Installation::named("theirs"));
    let mut other = loaded(&blue, "1.0.0");
    let live: String = connection.get("blue:feed:live").expect("GET");
    assert_eq!(live, "blue:{feed@1.0.0-0123456789ab.1}:");
    assert!(contents(&mut connection, &live) == other.model.contents());
    other.sink.examine(true).expect("in order");
    blue.keep_only("feed", &[]).expect("deleted");
    assert_eq!(keys_under(&mut connection, "blue:"), 0);
    driven.sink.examine(true).expect("nothing of it was touched");
    assert_eq!(pointed(&mut connection).as_deref(), Some(FIRST));
    assert!(contents(&mut connection, FIRST) == driven.model.contents());
}
