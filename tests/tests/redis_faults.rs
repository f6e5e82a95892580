//! Goal: under each fault of a Redis or of the network, what it serves in the end equals the model, or the error says what to do.
//! Method: a proxy that injects faults in front of real servers, and mistreated real servers.

use std::time::{Duration, Instant};

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::{
    DocumentChange, DocumentChunks, Documents, FlushHead, Membership, ReadyChunks, SinkBackend,
};
use foldline_sink_redis::RedisBackend;
use foldline_tests::proxy::tcp::{Fault, TcpProxy};
use foldline_tests::redis_sink::{
    Driven, contents, fails, keys_under, pointed, position, prefixes, until_done, version,
};
use foldline_tests::served::random_changes;
use foldline_tests::servers::redis::{RedisOptions, RedisServer};
use foldline_tests::soak;
use foldline_tests::world::Rng;
use redis::Commands;

const FIRST: &str = "foldline:{feed@1.0.0-0123456789ab.1}:";
const SECOND: &str = "foldline:{feed@1.0.0-0123456789ab.2}:";

fn some_changes(seed: u64) -> Vec<Documents> {
    vec![Documents { changes: random_changes(&mut Rng::new(seed), 300, 500), failed: Vec::new() }]
}

fn loaded(backend: &dyn SinkBackend) -> Driven {
    let mut driven = Driven::open(backend, &version("1.0.0"), "me");
    driven.flush(&some_changes(1));
    driven.sink.point().expect("pointed");
    driven
}

#[test]
fn cuts_lost_replies_and_stalls_at_random_leave_what_the_model_holds() {
    let Some(server) = RedisServer::start() else { return };
    let mut rng = soak::rng("faults of redis");
    let proxy = TcpProxy::start(&server.address());
    let backend = RedisBackend::new(&server.config_through(&proxy.address())).expect("a configuration");
    let mut connection = server.connection();
    let mut driven = loaded(&backend);
    for round in 0..soak::rounds("FOLDLINE_REDIS_FAULTS", 60) {
        let changes = random_changes(&mut rng, 4_000, 3_000);
        let chunks: Vec<Documents> = changes
            .chunks(1_000)
            .map(|chunk| Documents { changes: chunk.to_vec(), failed: Vec::new() })
            .collect();
        match rng.below(7) {
            0 => proxy.set(Fault::CutRequests(rng.below(400_000))),
            1 => proxy.set(Fault::CutReplies(rng.below(60))),
            2 => proxy.set(Fault::CutReplies(0)),
            3 => redis::cmd("SCRIPT").arg("FLUSH").exec(&mut connection).expect("SCRIPT FLUSH"),
            4 => proxy.set(Fault::Delay(Duration::from_millis(rng.below(3)))),
            5 => {
                // Held back, given up, and executed after all, during the next try. On a working connection: the next call would
                // notice a cut just after the last reply.
                let again = Instant::now() + Duration::from_secs(60);
                until_done(again, || driven.sink.examine(false));
                let stall = if rng.below(2) == 0 { Fault::StallRequests } else { Fault::StallReplies };
                let held = proxy.seen();
                proxy.set(stall);
                let interrupt = driven.sink.interrupt();
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        if stall == Fault::StallReplies {
                            proxy.wait_until(|seen| seen.replied_bytes > held.replied_bytes);
                        }
                        interrupt();
                    });
                    let error = fails(driven.try_flush(&chunks), ErrorKind::Unavailable);
                    assert!(error.message().contains("interrupted"), "{error}");
                });
                proxy.set(Fault::None);
                // The next flush has its own changes, so this one is sent again first.
                until_done(again, || driven.again(&chunks));
                continue;
            }
            _ => proxy.cut(),
        }
        driven.flush(&chunks);
        proxy.set(Fault::None);
        if rng.below(6) == 0 {
            driven.reopen(&backend, &version("1.0.0"), &format!("owner {round}"));
        }
    }
    let seen = proxy.seen();
    assert!(seen.cuts > 10, "{seen:?}");
    assert!(contents(&mut connection, FIRST) == driven.model.contents());
    assert_eq!(prefixes(&mut connection), [FIRST], "nothing was loaded again");
}

#[test]
fn a_flush_whose_reply_is_lost_is_sent_again_without_harm() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&server.address());
    let backend = RedisBackend::new(&server.config_through(&proxy.address())).expect("a configuration");
    let mut connection = server.connection();
    let mut driven = loaded(&backend);
    let changes = some_changes(2);
    proxy.set(Fault::CutReplies(0));
    fails(driven.try_flush(&changes), ErrorKind::Unavailable);
    assert!(contents(&mut connection, FIRST) == driven.model.contents(), "it was executed");
    driven.again(&changes).expect("taken");
    driven.again(&changes).expect("taken once more");
    assert!(contents(&mut connection, FIRST) == driven.model.contents());
    let seq: String = connection.hget(format!("{FIRST}control"), "seq").expect("HGET");
    assert_eq!(seq, format!("{:016x}", driven.seq));
}

#[test]
fn what_an_older_connection_left_on_its_way_comes_too_late() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&server.address());
    let backend = RedisBackend::new(&server.config_through(&proxy.address())).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    let (old, new) = (&some_changes(1)[0], &some_changes(2)[0]);
    driven.sink.load(&some_changes(3)[0]).expect("loaded");
    driven.model.apply(&some_changes(3)[0].changes);

    // The same flush with the same numbers: only the connection distinguishes old from new.
    proxy.strand();
    driven.sink.interrupt()();
    fails(driven.sink.load(old), ErrorKind::Unavailable);
    driven.sink.load(new).expect("loaded");
    driven.model.apply(&new.changes);
    let before = proxy.seen();
    proxy.release();
    proxy.wait_until(|seen| seen.replied_bytes > before.replied_bytes);
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents(), "of a load");

    driven.flush(&some_changes(4));
    proxy.strand();
    driven.sink.interrupt()();
    fails(driven.try_flush(&some_changes(5)), ErrorKind::Unavailable);
    driven.again(&some_changes(5)).expect("taken");
    driven.flush(&some_changes(6));
    let before = proxy.seen();
    proxy.release();
    proxy.wait_until(|seen| seen.replied_bytes > before.replied_bytes);
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents(), "of a flush");
}

/// Some chunks, then an error of the state store.
struct Failing<'a>(ReadyChunks<'a>);

impl DocumentChunks for Failing<'_> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        let trouble = || Error::new(ErrorKind::TimedOut, "the next chunk cannot be made");
        self.0.next()?.map(Some).ok_or_else(trouble)
    }
}

#[test]
fn a_flush_whose_chunks_fail_in_the_middle_is_sent_again_from_the_beginning() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = loaded(&backend);
    let changes = random_changes(&mut Rng::new(2), 9_000, 6_000);
    let chunks: Vec<Documents> =
        changes.chunks(2_000).map(|part| Documents { changes: part.to_vec(), failed: Vec::new() }).collect();
    let head = FlushHead { seq: driven.seq + 1, position: position(driven.records + 10) };
    let failed = driven.sink.flush(&head, &mut Failing(ReadyChunks::new(&chunks[..2])));
    assert_eq!(fails(failed, ErrorKind::TimedOut).message(), "the next chunk cannot be made");
    driven.flush(&chunks);
    driven.flush(&some_changes(3));
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents());
}

#[test]
fn a_call_that_takes_long_can_be_interrupted() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&server.address());
    let backend = RedisBackend::new(&server.config_through(&proxy.address())).expect("a configuration");
    let mut driven = loaded(&backend);
    let interrupt = driven.sink.interrupt();
    let (began, before) = (Instant::now(), proxy.seen());
    proxy.set(Fault::StallReplies);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            proxy.wait_until(|seen| seen.replied_bytes > before.replied_bytes);
            interrupt();
        });
        fails(driven.try_flush(&some_changes(2)), ErrorKind::Unavailable);
    });
    assert!(began.elapsed() < Duration::from_secs(8), "not by a time-out: {:?}", began.elapsed());
    proxy.set(Fault::None);
    driven.again(&some_changes(2)).expect("taken");
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents());
}

#[test]
fn a_server_that_is_silent_or_gone_is_unavailable_within_seconds() {
    let Some(mut server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = loaded(&backend);
    server.freeze(true);
    let began = Instant::now();
    fails(driven.try_flush(&some_changes(2)), ErrorKind::Unavailable);
    fails(driven.again(&some_changes(2)), ErrorKind::Unavailable);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    server.freeze(false);
    driven.again(&some_changes(2)).expect("taken");
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents());
    server.stop();
    fails(driven.sink.examine(true), ErrorKind::Unavailable);
    fails(backend.open(&version("1.0.0"), "me", false), ErrorKind::Unavailable);
    fails(backend.keep_only("feed", &[]), ErrorKind::Unavailable);
}

#[test]
fn after_flushall_everything_is_loaded_under_a_new_prefix_and_nothing_goes_back() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut connection = server.connection();
    let mut driven = loaded(&backend);
    let hi = driven.records;
    redis::cmd("FLUSHALL").exec(&mut connection).expect("FLUSHALL");
    fails(driven.sink.examine(true), ErrorKind::Lost);
    fails(driven.sink.point(), ErrorKind::Lost);
    fails(driven.try_flush(&some_changes(2)), ErrorKind::Lost);
    assert_eq!(keys_under(&mut connection, ""), 0, "nothing is written into what is gone");

    driven.sink = backend.open(&version("1.0.0"), "me", false).expect("it opens");
    let progress = driven.sink.progress().clone();
    assert_eq!((progress.seq, progress.lo), (0, None));
    // The failed flush had begun: readers may have seen it.
    assert_eq!(progress.hi.next_offset("likes", 0), hi + 10);
    driven.reopen(&backend, &version("1.0.0"), "me");
    driven.sink.point().expect("pointed");
    let prefix = pointed(&mut connection).expect("pointed");
    assert_ne!(prefix, FIRST);
    assert!(contents(&mut connection, &prefix) == driven.model.contents());
}

#[test]
fn a_server_that_comes_back_empty_is_filled_again() {
    let Some(mut server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = loaded(&backend);
    server.stop();
    fails(driven.try_flush(&some_changes(2)), ErrorKind::Unavailable);
    server.start_again();
    fails(driven.again(&some_changes(2)), ErrorKind::Lost);
    driven.reopen(&backend, &version("1.0.0"), "me");
    driven.sink.point().expect("pointed");
    assert!(contents(&mut server.connection(), SECOND) == driven.model.contents());
}

#[test]
fn a_server_that_went_back_to_older_data_is_noticed() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = loaded(&backend);
    let dump = server.dump();
    driven.flush(&some_changes(2));
    driven.flush(&some_changes(3));
    let hi = driven.records;
    for look in 0..3 {
        server.restore(&dump);
        match look {
            0 => drop(fails(driven.sink.examine(true), ErrorKind::Lost)),
            1 => drop(fails(driven.sink.point(), ErrorKind::Lost)),
            _ => {
                let error = fails(driven.try_flush(&some_changes(4)), ErrorKind::Lost);
                assert!(error.message().contains("has gone back"), "{error}");
            }
        }
    }
    let sink = backend.open(&version("1.0.0"), "me", false).expect("it opens");
    assert_eq!(sink.progress().lo, None);
    assert!(sink.progress().hi.next_offset("likes", 0) >= hi);
    drop(sink);
    driven.reopen(&backend, &version("1.0.0"), "me");
    driven.sink.point().expect("pointed");
    let mut connection = server.connection();
    let prefix = pointed(&mut connection).expect("pointed");
    assert!(contents(&mut connection, &prefix) == driven.model.contents());
    // Its earlier contents are deleted once they have no readers.
    while prefixes(&mut connection).len() > 1 {
        driven.sink.examine(true).expect("in order");
    }
    assert_eq!(keys_under(&mut connection, FIRST), 0);
}

#[test]
fn data_of_an_earlier_owner_has_gone_back_and_is_not_taken_for_a_new_owner() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = loaded(&backend);
    let dump = server.dump();
    driven.reopen(&backend, &version("1.0.0"), "second owner");
    server.restore(&dump);
    let error = fails(driven.sink.examine(true), ErrorKind::Lost);
    assert!(error.message().contains("earlier owner"), "{error}");
    fails(driven.try_flush(&some_changes(2)), ErrorKind::Lost);
}

#[test]
fn a_server_that_may_evict_is_refused() {
    let lines = ["maxmemory 100mb", "maxmemory-policy allkeys-lru"].map(str::to_owned).to_vec();
    let Some(server) = RedisServer::start_with(&RedisOptions { lines, ..RedisOptions::default() }) else {
        return;
    };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut connection = server.connection();
    let error = fails(backend.open(&version("1.0.0"), "me", false), ErrorKind::Refused);
    assert!(error.message().contains("`allkeys-lru`"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("noeviction")), "{error}");
    assert_eq!(keys_under(&mut connection, ""), 0, "nothing is written");
    let mut set = |policy: &str| {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg("maxmemory-policy").arg(policy).exec(&mut connection).expect("CONFIG SET");
    };
    set("noeviction");
    let mut driven = loaded(&backend);
    driven.sink.examine(true).expect("in order");
    set("volatile-lru");
    fails(driven.sink.examine(true), ErrorKind::Refused);
}

#[test]
fn a_key_of_another_type_is_named_and_nothing_is_written() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut connection = server.connection();
    let mut driven = loaded(&backend);
    let shown = contents(&mut connection, FIRST);
    let model = driven.model.clone();
    let changes = || {
        let mut changes = some_changes(2);
        changes[0].changes.truncate(50);
        let (id, body) = ("mine".to_owned(), Some("{}".to_owned()));
        let place = Membership { set: id.clone(), member: id.clone(), score: 1.0 };
        changes[0].changes.push(DocumentChange { id, body, memberships: vec![place] });
        changes
    };
    driven.seq += 1;
    driven.records += 10;
    for key in ["doc:mine", "set:mine", "row:mine"] {
        let key = format!("{FIRST}{key}");
        let _: () = connection.rpush(&key, "not a document").expect("RPUSH");
        let error = fails(driven.again(&changes()), ErrorKind::Refused);
        assert!(error.message().contains(&key) && error.message().contains("list"), "{error}");
        let _: () = connection.del(&key).expect("DEL");
        assert!(contents(&mut connection, FIRST) == shown, "{key}");
    }
    driven.model = model;
    driven.model.apply(&changes()[0].changes);
    driven.again(&changes()).expect("taken");
    assert!(contents(&mut connection, FIRST) == driven.model.contents());

    for key in ["foldline:feed:live", "foldline:feed:prefixes", &format!("{FIRST}control")] {
        let _: () = connection.del(key).expect("DEL");
        let _: () = connection.rpush(key, "not ours").expect("RPUSH");
        let error = match backend.open(&version("1.0.0"), "me", false) {
            Ok(mut sink) => fails(sink.examine(true), ErrorKind::Refused),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.message().contains(key) && error.message().contains("list"), "{error}");
        let _: () = connection.del(key).expect("DEL");
    }
}

#[test]
fn a_pointer_changed_by_hand_is_named_and_a_missing_one_set_again() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut connection = server.connection();
    let mut driven = loaded(&backend);
    let _: () = connection.set("foldline:feed:live", "elsewhere:").expect("SET");
    // As the hint says, it is checked again, so the operator only needs to delete it.
    let error = fails(driven.sink.examine(true), ErrorKind::Unavailable);
    assert!(error.message().contains("`foldline:feed:live` holds `elsewhere:`"), "{error}");
    assert!(error.hint().is_some());
    driven.sink.examine(false).expect("a version that is not live does not mind");
    driven.flush(&some_changes(2));
    let _: () = connection.del("foldline:feed:live").expect("DEL");
    driven.sink.examine(false).expect("nor does it set it");
    assert_eq!(pointed(&mut connection), None);
    driven.sink.examine(true).expect("set again");
    assert_eq!(pointed(&mut connection).as_deref(), Some(FIRST));
}

#[test]
fn a_server_that_is_full_or_read_only_or_loading_is_waited_for() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut connection = server.connection();
    let mut driven = loaded(&backend);
    let mut ask = |words: &[&str]| {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).exec(&mut connection).expect("taken");
    };
    for (worse, better, says) in [
        (&["CONFIG", "SET", "maxmemory", "1"][..], &["CONFIG", "SET", "maxmemory", "0"][..], "OOM"),
        (&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"], "READONLY"),
    ] {
        let changes = some_changes(driven.seq + 10);
        ask(worse);
        let error = fails(driven.try_flush(&changes), ErrorKind::Unavailable);
        assert!(error.message().to_uppercase().contains(says), "{error}");
        ask(better);
        driven.again(&changes).expect("taken");
    }

    // 3 ms per key: long enough for the sink to meet the server while it loads, and to wait for it.
    ask(&["CONFIG", "SET", "key-load-delay", "3000"]);
    ask(&["CONFIG", "SET", "loading-process-events-interval-bytes", "1024"]);
    let mut reloading = server.connection();
    let mut looking = server.connection();
    std::thread::scope(|scope| {
        scope.spawn(|| redis::cmd("DEBUG").arg("RELOAD").exec(&mut reloading).expect("reloaded"));
        let deadline = Instant::now() + Duration::from_secs(60);
        while redis::cmd("PING").exec(&mut looking).is_ok() {
            assert!(Instant::now() < deadline, "it is never met loading");
        }
        let error = fails(driven.try_flush(&some_changes(30)), ErrorKind::Unavailable);
        assert!(error.message().to_uppercase().contains("LOADING"), "{error}");
        redis::cmd("CONFIG").arg("SET").arg("key-load-delay").arg(0).exec(&mut looking).expect("faster");
    });
    driven.again(&some_changes(30)).expect("taken");
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents());
}
