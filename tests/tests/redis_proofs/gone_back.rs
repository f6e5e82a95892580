//! A server that goes back to older data during loads and flushes: the next script notices, and nothing is lost for good.

use foldline_base::error::{ErrorKind, Result};
use foldline_sink::{DocumentChange, DocumentChunks, Documents, FlushHead, Membership, SinkBackend};
use foldline_sink_redis::RedisBackend;
use foldline_tests::redis_sink::{Driven, contents, fails, pointed, position, version};
use foldline_tests::servers::redis::RedisServer;
use foldline_tests::soak;
use redis::Commands;

const FIRST: &str = "foldline:{feed@1.0.0-0123456789ab.1}:";

type Dump = Vec<(Vec<u8>, Vec<u8>)>;

/// Returns chunks of several scripts each. The rows that change differ between seeds.
fn chunks(seed: u64, many: u64) -> Vec<Documents> {
    const ROWS: u64 = 1_500;
    let change = |row: u64| {
        let id = format!("r{row}");
        if (row + seed).is_multiple_of(7) {
            return DocumentChange::removed(id);
        }
        let set = format!("s{}", (row + seed) % 3);
        let place = Membership { set, member: id.clone(), score: seed as f64 };
        DocumentChange { id, body: Some(format!("{{\"n\":{seed}}}")), memberships: vec![place] }
    };
    let chunk = |at: u64| (at * ROWS..(at + 1) * ROWS).map(change).collect();
    (0..many).map(|at| Documents { changes: chunk(at), failed: Vec::new() }).collect()
}

/// Chunks with an action on the server before each one.
struct Between<'a, F> {
    chunks: &'a [Documents],
    at: usize,
    happens: F,
}

impl<F: FnMut(usize)> DocumentChunks for Between<'_, F> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        (self.happens)(self.at);
        self.at += 1;
        Ok(self.chunks.get(self.at - 1))
    }
}

/// Refills the sink, as the engine does after a loss, and checks that readers find the contents of the model.
fn fill_again(server: &RedisServer, backend: &dyn SinkBackend, driven: &mut Driven) {
    driven.sink = backend.open(&version("1.0.0"), "me", true).expect("it opens");
    driven.seq = driven.sink.progress().seq;
    driven.records = driven.sink.progress().hi.next_offset("likes", 0).max(driven.records);
    let all = Documents { changes: driven.model.load(), failed: Vec::new() };
    driven.sink.load(&all).expect("loaded");
    driven.flush(&[]);
    driven.sink.point().expect("pointed");
    let mut connection = server.connection();
    let prefix = pointed(&mut connection).expect("pointed");
    assert!(prefix != FIRST && contents(&mut connection, &prefix) == driven.model.contents());
}

#[test]
fn a_server_that_went_back_in_the_middle_of_a_load_is_lost_to_the_next_script() {
    let Some(server) = RedisServer::start() else { return };
    for ends_there in [false, true] {
        redis::cmd("FLUSHALL").exec(&mut server.connection()).expect("FLUSHALL");
        let backend = RedisBackend::new(&server.config()).expect("a configuration");
        let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
        let load = chunks(1, 3);
        load.iter().for_each(|chunk| driven.model.apply(&chunk.changes));
        driven.sink.load(&load[0]).expect("loaded");
        let dump = server.dump();
        driven.sink.load(&load[1]).expect("loaded");
        if ends_there {
            driven.sink.load(&load[2]).expect("loaded");
        }
        server.restore(&dump);
        let error = if ends_there {
            fails(driven.try_flush(&[]), ErrorKind::Lost)
        } else {
            fails(driven.sink.load(&load[2]), ErrorKind::Lost)
        };
        assert!(error.message().contains("has gone back"), "{error}");
        let lo: Option<String> = server.connection().hget(format!("{FIRST}control"), "lo").expect("HGET");
        assert_eq!(lo, None, "nothing says that all is there");
        fails(driven.sink.examine(true), ErrorKind::Lost);
        fill_again(&server, &backend, &mut driven);
    }
}

#[test]
fn a_server_that_went_back_in_the_middle_of_a_flush_is_lost_to_the_next_script() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&chunks(1, 1));
    driven.sink.point().expect("pointed");
    let changed = chunks(2, 4);
    changed.iter().for_each(|chunk| driven.model.apply(&chunk.changes));
    (driven.seq, driven.records) = (driven.seq + 1, driven.records + 10);
    let mut dump = Dump::new();
    // The intent and the first chunk are there: owner, term, link and flush are all unchanged.
    let happens = |at: usize| match at {
        1 => dump = server.dump(),
        3 => server.restore(&dump),
        _ => {}
    };
    let head = FlushHead { seq: driven.seq, position: position(driven.records) };
    let mut between = Between { chunks: &changed, at: 0, happens };
    let error = fails(driven.sink.flush(&head, &mut between), ErrorKind::Lost);
    assert!(error.message().contains("has gone back"), "{error}");
    let lo: String = server.connection().hget(format!("{FIRST}control"), "lo").expect("HGET");
    assert_eq!(lo, position(10).to_string(), "what is said to be there is there");
    fill_again(&server, &backend, &mut driven);
}

#[test]
fn a_server_that_went_back_by_one_script_of_a_flush_that_nothing_follows_is_lost_to_the_next_look() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&chunks(1, 1));
    let control = format!("{FIRST}control");
    let before: std::collections::BTreeMap<String, String> =
        server.connection().hgetall(&control).expect("HGETALL");
    driven.flush(&[]);
    // Everything but the script's number is as after the flush, as if only documents had gone back.
    let _: () = server.connection().hset(&control, "step", &before["step"]).expect("HSET");
    fails(driven.sink.examine(true), ErrorKind::Lost);
    fails(driven.sink.point(), ErrorKind::Lost);
}

#[test]
fn a_script_cache_that_is_emptied_at_any_moment_costs_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let backend = RedisBackend::new(&server.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&chunks(1, 1));
    let changed = chunks(2, 4);
    changed.iter().for_each(|chunk| driven.model.apply(&chunk.changes));
    (driven.seq, driven.records) = (driven.seq + 1, driven.records + 10);
    let head = FlushHead { seq: driven.seq, position: position(driven.records) };
    let happens = |at: usize| {
        if at == 2 {
            redis::cmd("SCRIPT").arg("FLUSH").exec(&mut server.connection()).expect("SCRIPT FLUSH");
        }
    };
    let mut between = Between { chunks: &changed, at: 0, happens };
    fails(driven.sink.flush(&head, &mut between), ErrorKind::Unavailable);
    driven.again(&changed).expect("taken");
    assert!(contents(&mut server.connection(), FIRST) == driven.model.contents());
}

/// A dump of one moment is restored at another, both random. If a caller was told that a flush was accepted, it finds all of it,
/// or learns of the loss.
#[test]
fn whatever_a_server_goes_back_to_and_when_what_it_took_is_there_or_lost() {
    let Some(server) = RedisServer::start() else { return };
    let mut rng = soak::rng("a redis that goes back");
    let (mut lost, mut taken) = (0, 0);
    for round in 0..soak::rounds("FOLDLINE_REDIS_GONE_BACK", 4) {
        redis::cmd("FLUSHALL").exec(&mut server.connection()).expect("FLUSHALL");
        let backend = RedisBackend::new(&server.config()).expect("a configuration");
        let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
        let load = chunks(rng.below(1_000), 2);
        load.iter().for_each(|chunk| driven.model.apply(&chunk.changes));
        load.iter().for_each(|chunk| driven.sink.load(chunk).expect("loaded"));
        driven.flush(&[]);
        let (dumped, restored) = match round {
            0 => (1, 3),
            1 => (5, 5),
            _ => (rng.below(8), rng.below(8)),
        };
        let (mut now, mut dump) = (0, None);
        for _ in 0..2 {
            let changed = chunks(rng.below(1_000), 3);
            changed.iter().for_each(|chunk| driven.model.apply(&chunk.changes));
            (driven.seq, driven.records) = (driven.seq + 1, driven.records + 10);
            let head = FlushHead { seq: driven.seq, position: position(driven.records) };
            let happens = |_: usize| {
                if now == dumped {
                    dump = Some(server.dump());
                }
                if now == restored
                    && let Some(dump) = &dump
                {
                    server.restore(dump);
                }
                now += 1;
            };
            let flushed = driven.sink.flush(&head, &mut Between { chunks: &changed, at: 0, happens });
            match flushed {
                Ok(()) => taken += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
                    lost += 1;
                    fill_again(&server, &backend, &mut driven);
                    break;
                }
            }
            assert!(
                contents(&mut server.connection(), FIRST) == driven.model.contents(),
                "{dumped} {restored}"
            );
        }
    }
    assert!(taken > 0 && lost > 0, "{taken} flushes were taken, {lost} lost");
}
