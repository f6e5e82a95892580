//! Goal: what a Redis serves equals the model, and generations come and go as they should.
//! Method: the sink is driven through the host's traits, against real servers.

use foldline_base::error::ErrorKind;
use foldline_sink::{DocumentChange, Documents, FlushHead, Membership, ReadyChunks, SinkBackend};
use foldline_sink_redis::RedisBackend;
use foldline_tests::redis_sink::{Driven, contents, fails, keys_under, pointed, position, prefixes, version};
use foldline_tests::served::random_changes;
use foldline_tests::servers::redis::{RedisOptions, RedisServer};
use foldline_tests::world::Rng;
use redis::Commands;

const FIRST: &str = "foldline:{feed@1.0.0-0123456789ab.1}:";
const SECOND: &str = "foldline:{feed@1.0.0-0123456789ab.2}:";

fn documents(changes: Vec<DocumentChange>) -> Vec<Documents> {
    vec![Documents { changes, failed: Vec::new() }]
}

fn row(id: &str, body: &str, places: &[(&str, &str, f64)]) -> DocumentChange {
    let place = |(set, member, score): &(&str, &str, f64)| Membership {
        set: (*set).to_owned(),
        member: (*member).to_owned(),
        score: *score,
    };
    DocumentChange {
        id: id.to_owned(),
        body: Some(body.to_owned()),
        memberships: places.iter().map(place).collect(),
    }
}

#[test]
fn random_flushes_leave_what_the_model_holds() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut connection = server.connection();
    for seed in 0..3 {
        let mut rng = Rng::new(seed);
        let mut driven = Driven::open(&backend, &version(&format!("1.{seed}.0")), "me");
        let load = random_changes(&mut rng, 4_000, 3_000);
        driven.model.apply(&load);
        driven.sink.load(&Documents { changes: load, failed: Vec::new() }).expect("loaded");
        for _ in 0..30 {
            let chunks: Vec<Documents> = match rng.below(3) {
                // Several chunks of a large flush; no id is in two of them.
                0 => random_changes(&mut rng, 3_000, 3_000)
                    .chunks(700)
                    .map(|chunk| Documents { changes: chunk.to_vec(), failed: Vec::new() })
                    .collect(),
                1 => documents(random_changes(&mut rng, 20, 3_000)),
                _ => Vec::new(),
            };
            driven.flush(&chunks);
        }
        let prefix = format!("foldline:{{feed@1.{seed}.0-0123456789ab.1}}:");
        assert!(contents(&mut connection, &prefix) == driven.model.contents(), "seed {seed}");
        let empty = driven.model.load().into_iter().map(|row| DocumentChange::removed(row.id)).collect();
        driven.flush(&documents(empty));
        assert_eq!(keys_under(&mut connection, &prefix), 1, "only the control key is left");
    }
}

#[test]
fn an_owner_that_was_replaced_is_fenced() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let old_backend = RedisBackend::new(&server.config()).expect("a configuration");
    let new_backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut zombie = Driven::open(&old_backend, &version("1.0.0"), "zombie");
    zombie.flush(&documents(vec![row("p1", "{\"n\":1}", &[("s", "p1", 1.0)])]));
    zombie.sink.point().expect("pointed");

    let sink = new_backend.open(&version("1.0.0"), "owner", false).expect("it opens");
    let mut owner = Driven { sink, model: zombie.model.clone(), seq: zombie.seq, records: zombie.records };
    owner.flush(&documents(vec![row("p1", "{\"n\":2}", &[("s", "p1", 2.0)])]));
    let late = documents(vec![row("p1", "{\"n\":0}", &[("old", "p1", 0.0)]), row("p9", "{}", &[])]);
    for _ in 0..2 {
        let error = fails(zombie.again(&late), ErrorKind::Corrupt);
        assert!(error.message().contains("owner `zombie` is fenced by `owner`"), "{error}");
    }
    fails(zombie.try_flush(&late), ErrorKind::Corrupt);
    fails(zombie.sink.load(&late[0]), ErrorKind::Corrupt);
    fails(zombie.sink.point(), ErrorKind::Corrupt);
    fails(zombie.sink.examine(true), ErrorKind::Corrupt);
    assert_eq!(contents(&mut connection, FIRST), owner.model.contents());
    owner.sink.examine(true).expect("the owner's is in order");
}

#[test]
fn numbers_of_flushes_beyond_two_to_the_53_are_told_apart() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&documents(vec![row("p1", "{\"n\":1}", &[])]));
    let large = 1_u64 << 53;
    for at in [large, u64::MAX - 3] {
        let _: () = connection.hset(format!("{FIRST}control"), "seq", format!("{at:016x}")).expect("HSET");
        let sink = backend.open(&version("1.0.0"), "me", false).expect("it opens");
        assert_eq!(sink.progress().seq, at);
        driven = Driven { sink, seq: at, ..driven };
        // As doubles, both would be the same number.
        let expected = documents(vec![row("p1", &format!("{{\"n\":{at}}}"), &[])]);
        let head = FlushHead { seq: at + 2, position: position(driven.records + 10) };
        let error = fails(driven.sink.flush(&head, &mut ReadyChunks::new(&expected)), ErrorKind::Internal);
        assert!(error.message().contains(&format!("{at:016x}")), "{error}");
        driven.flush(&expected);
        driven.flush(&expected);
        driven.again(&expected).expect("the same once more is harmless");
        assert_eq!(contents(&mut connection, FIRST), driven.model.contents());
        let seq: String = connection.hget(format!("{FIRST}control"), "seq").expect("HGET");
        assert_eq!(seq, format!("{:016x}", at + 2));
    }
}

#[test]
fn a_load_that_died_is_started_again_elsewhere_and_swept_away() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let load = random_changes(&mut Rng::new(7), 20_000, 15_000);
    {
        let backend = RedisBackend::new(&server.config()).expect("a configuration");
        let mut loader = backend.open(&version("1.0.0"), "first", false).expect("it opens");
        loader.load(&Documents { changes: load.clone(), failed: Vec::new() }).expect("loaded");
    }
    assert!(keys_under(&mut connection, FIRST) > 5_000);
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "second");
    driven.flush(&documents(vec![row("p1", "{}", &[])]));
    assert_eq!(contents(&mut connection, SECOND), driven.model.contents());
    let mut looks = 0;
    while prefixes(&mut connection) != [SECOND] {
        driven.sink.examine(false).expect("in order");
        looks += 1;
        assert!(looks < 100, "it is never swept away");
    }
    assert!(looks > 1, "it goes in chunks");
    assert_eq!(keys_under(&mut connection, FIRST), 0);
    assert_eq!(contents(&mut connection, SECOND), driven.model.contents());
}

#[test]
fn retired_versions_are_deleted_and_kept_ones_are_not() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let load = random_changes(&mut Rng::new(3), 3_000, 2_000);
    let mut versions = Vec::new();
    for name in ["1.0.0", "1.1.0", "2.0.0"] {
        let mut driven = Driven::open(&backend, &version(name), "me");
        driven.flush(&documents(load.clone()));
        versions.push(driven);
    }
    let _: () = connection.set("other:application", "its own").expect("SET");
    let _: () = connection.set("foldline:feeds:live", "another projection's").expect("SET");
    versions[1].sink.point().expect("pointed");
    let under = |connection: &mut _, name: &str| {
        keys_under(connection, &format!("foldline:{{feed@{name}-0123456789ab.1}}:"))
    };
    // The live one is not among the kept ones, but readers still read it.
    backend.keep_only("feed", &[version("2.0.0")]).expect("deleted");
    assert_eq!(under(&mut connection, "1.0.0"), 0);
    assert!(under(&mut connection, "1.1.0") > 1_000 && under(&mut connection, "2.0.0") > 1_000);
    fails(versions[0].sink.examine(false), ErrorKind::Lost);

    versions[2].sink.point().expect("pointed");
    backend.keep_only("feed", &[version("2.0.0")]).expect("deleted");
    assert_eq!(under(&mut connection, "1.1.0"), 0);
    let kept = contents(&mut connection, "foldline:{feed@2.0.0-0123456789ab.1}:");
    assert!(kept == versions[2].model.contents());
    versions[2].sink.examine(true).expect("in order");

    backend.keep_only("feed", &[]).expect("deleted");
    let mut left: Vec<String> = connection.keys("*").expect("KEYS");
    left.sort();
    assert_eq!(left, ["foldline:feeds:live", "other:application"]);
}

#[test]
fn an_older_generation_is_kept_for_its_readers_until_the_new_one_is_loaded() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&documents(random_changes(&mut Rng::new(5), 500, 500)));
    driven.sink.point().expect("pointed");
    let shown = driven.model.contents();
    // As an older replica would have it.
    let _: () = connection.hset(format!("{FIRST}control"), "seq", format!("{:016x}", 0)).expect("HSET");
    fails(driven.sink.examine(true), ErrorKind::Lost);
    driven.sink = backend.open(&version("1.0.0"), "me", false).expect("it opens");
    assert_eq!((driven.sink.progress().seq, &driven.sink.progress().lo), (0, &None));
    driven.seq = 0;
    for _ in 0..3 {
        driven.sink.examine(true).expect("it is being loaded");
    }
    assert!(contents(&mut connection, FIRST) == shown, "readers still read it");
    driven.sink.load(&Documents { changes: driven.model.load(), failed: Vec::new() }).expect("loaded");
    driven.flush(&documents(random_changes(&mut Rng::new(6), 500, 500)));
    assert_eq!(pointed(&mut connection).as_deref(), Some(FIRST));
    driven.sink.point().expect("pointed");
    assert_eq!(pointed(&mut connection).as_deref(), Some(SECOND));
    while prefixes(&mut connection) != [SECOND] {
        driven.sink.examine(true).expect("in order");
    }
    assert_eq!(keys_under(&mut connection, FIRST), 0);
    assert!(contents(&mut connection, SECOND) == driven.model.contents());
}

#[test]
fn prefixes_are_found_when_their_list_is_lost() {
    let Some(server) = RedisServer::start() else { return };
    let mut connection = server.connection();
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&documents(random_changes(&mut Rng::new(5), 500, 500)));
    driven.sink.point().expect("pointed");
    // From what the process knows, then from what the pointer tells another process.
    for backend in [&backend, &RedisBackend::new(&server.config()).expect("a configuration")] {
        let _: () = connection.del("foldline:feed:prefixes").expect("DEL");
        driven.sink = backend.open(&version("1.0.0"), "me", false).expect("it opens");
        assert_eq!(driven.sink.progress().lo, Some(position(driven.records)));
        assert_eq!(prefixes(&mut connection), [FIRST]);
        driven.flush(&documents(random_changes(&mut Rng::new(6), 500, 500)));
    }
    assert!(contents(&mut connection, FIRST) == driven.model.contents());
}

#[test]
fn tls_and_a_password_are_spoken() {
    let options = RedisOptions { password: Some("sesame".to_owned()), tls: true, lines: Vec::new() };
    let Some(server) = RedisServer::start_with(&options) else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&documents(random_changes(&mut Rng::new(1), 2_000, 2_000)));
    driven.sink.point().expect("pointed");
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents());

    let stranger = RedisServer::start_with(&RedisOptions { tls: true, ..RedisOptions::default() });
    let stranger = stranger.expect("the first one started");
    let mut config = server.config();
    config.ca_file = stranger.config().ca_file;
    let backend = RedisBackend::new(&config).expect("a configuration");
    let error = fails(backend.open(&version("1.0.0"), "me", false), ErrorKind::Config);
    assert!(error.message().contains("certificate") && error.hint().is_some(), "{error}");
}

#[test]
fn the_permissions_that_the_documentation_names_are_enough() {
    let Some(server) = RedisServer::start() else { return };
    let mut acl = redis::cmd("ACL");
    acl.arg("SETUSER").arg("writer").arg(&["on", ">right", "~foldline:*"]);
    acl.arg(&["+@read", "+@write", "+@scripting", "+@connection", "+info"]);
    acl.exec(&mut server.connection()).expect("a user");
    let mut config = server.config();
    (config.username, config.password) = (Some("writer".to_owned()), Some("right".into()));
    let backend = RedisBackend::new(&config).expect("a configuration");
    for name in ["1.0.0", "1.1.0"] {
        let mut driven = Driven::open(&backend, &version(name), "me");
        driven.flush(&documents(random_changes(&mut Rng::new(1), 2_000, 2_000)));
        driven.sink.point().expect("pointed");
        driven.sink.examine(true).expect("in order");
    }
    backend.keep_only("feed", &[version("1.1.0")]).expect("deleted");
    assert_eq!(keys_under(&mut server.connection(), FIRST), 0);
}

#[test]
fn what_the_server_does_not_let_in_halts_with_what_to_do() {
    let options = RedisOptions { password: Some("right".to_owned()), ..RedisOptions::default() };
    let Some(server) = RedisServer::start_with(&options) else { return };
    let mut acl = redis::cmd("ACL");
    acl.arg("SETUSER").arg("reader").arg(&["on", ">right", "~*", "+@read", "+info", "+@connection"]);
    acl.exec(&mut server.connection()).expect("a user");
    for (username, password, message) in [
        (None, Some("wrong"), "refuses the password"),
        (None, None, "NOAUTH"),
        (Some("nobody"), Some("right"), "refuses the password"),
        (Some("reader"), Some("right"), "NOPERM this user has no permissions"),
    ] {
        let mut config = server.config();
        (config.username, config.password) = (username.map(str::to_owned), password.map(Into::into));
        let backend = RedisBackend::new(&config).expect("a configuration");
        let error = fails(backend.open(&version("1.0.0"), "me", false), ErrorKind::Config);
        assert!(error.message().contains(message) && error.hint().is_some(), "{error}");
        assert!(!error.to_string().contains("right"), "{error}");
    }
}
