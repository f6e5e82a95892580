//! Goal: in a Redis Cluster a version is in a single slot, follows it when it moves, and equals the model.
//! Method: three real masters; a slot is moved by hand between two of them.

use foldline_base::error::ErrorKind;
use foldline_config::RedisConfig;
use foldline_sink::{Documents, SinkBackend};
use foldline_sink_redis::RedisBackend;
use foldline_tests::redis_sink::{Driven, contents, fails, keys_under, version};
use foldline_tests::served::random_changes;
use foldline_tests::servers::redis::RedisServer;
use foldline_tests::servers::redis_cluster::RedisCluster;
use foldline_tests::world::Rng;
use redis::Commands;

const FIRST: &str = "foldline:{feed@1.0.0-0123456789ab.1}:";

fn some_changes(seed: u64) -> Vec<Documents> {
    random_changes(&mut Rng::new(seed), 2_000, 1_500)
        .chunks(800)
        .map(|chunk| Documents { changes: chunk.to_vec(), failed: Vec::new() })
        .collect()
}

#[test]
fn versions_and_pointers_live_where_their_slots_are() {
    let Some(cluster) = RedisCluster::start() else { return };
    let backend = RedisBackend::new(&cluster.config()).expect("a configuration");
    let mut versions = Vec::new();
    for (name, seed) in [("1.0.0", 1), ("1.1.0", 2), ("2.0.0", 3), ("2.1.0", 4)] {
        let mut driven = Driven::open(&backend, &version(name), "me");
        driven.sink.load(&some_changes(seed)[0]).expect("loaded");
        driven.model.apply(&some_changes(seed)[0].changes);
        driven.flush(&some_changes(seed + 10));
        driven.flush(&some_changes(seed + 20));
        driven.sink.point().expect("pointed");
        driven.sink.examine(true).expect("in order");
        versions.push((format!("foldline:{{feed@{name}-0123456789ab.1}}:"), driven));
    }
    for (prefix, driven) in &versions {
        let (home, _) = cluster.node_of(&format!("{prefix}control"));
        for (at, node) in cluster.nodes().iter().enumerate() {
            let mut connection = node.connection();
            if at == home {
                assert!(contents(&mut connection, prefix) == driven.model.contents(), "{prefix}");
            } else {
                assert_eq!(keys_under(&mut connection, prefix), 0, "{prefix}");
            }
        }
    }
    let (node, _) = cluster.node_of("foldline:feed:live");
    let live: String = cluster.nodes()[node].connection().get("foldline:feed:live").expect("GET");
    assert_eq!(live, versions[3].0);

    backend.keep_only("feed", &[version("2.1.0")]).expect("deleted");
    for (prefix, _) in &versions[..3] {
        let keys = |node: &RedisServer| keys_under(&mut node.connection(), prefix);
        assert_eq!(cluster.nodes().iter().map(keys).sum::<usize>(), 0, "{prefix}");
    }
    versions[3].1.sink.examine(true).expect("in order");
}

#[test]
fn a_slot_that_moves_is_waited_for_and_followed() {
    let Some(cluster) = RedisCluster::start() else { return };
    let backend = RedisBackend::new(&cluster.config()).expect("a configuration");
    let mut driven = Driven::open(&backend, &version("1.0.0"), "me");
    driven.flush(&some_changes(1));
    let (from, slot) = cluster.node_of(&format!("{FIRST}control"));
    let to = (from + 1) % 3;
    cluster.begin_move(slot, from, to);
    // Keys are on both nodes, so no script sees all of a row, and none may write half of it.
    cluster.move_keys(slot, from, to, 400);
    let changes = some_changes(2);
    fails(driven.try_flush(&changes), ErrorKind::Unavailable);
    fails(driven.again(&changes), ErrorKind::Unavailable);
    while cluster.move_keys(slot, from, to, 100) > 0 {}
    fails(driven.again(&changes), ErrorKind::Unavailable);
    cluster.end_move(slot, from, to);
    // The first answer may be that the slot has moved.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    foldline_tests::redis_sink::until_done(deadline, || driven.again(&changes));
    driven.flush(&some_changes(3));
    assert!(contents(&mut cluster.nodes()[to].connection(), FIRST) == driven.model.contents());
    assert_eq!(keys_under(&mut cluster.nodes()[from].connection(), FIRST), 0);
    driven.sink.point().expect("pointed");
    driven.sink.examine(true).expect("in order");
}

#[test]
fn a_cluster_taken_for_a_server_and_a_server_for_a_cluster_are_told() {
    let (Some(cluster), Some(server)) = (RedisCluster::start(), RedisServer::start()) else { return };
    let config = RedisConfig { cluster: true, ..server.config() };
    let backend = RedisBackend::new(&config).expect("a configuration");
    let error = fails(backend.open(&version("1.0.0"), "me", false), ErrorKind::Config);
    assert_eq!(error.hint(), Some("set `cluster = false` for the sink"));
    // This version's keys are on another node than the pointer, so some node answers that a key moved.
    let config = RedisConfig { urls: cluster.config().urls[..1].to_vec(), ..RedisConfig::default() };
    let backend = RedisBackend::new(&config).expect("a configuration");
    let opened = (0..20).find_map(|n| backend.open(&version(&format!("1.{n}.0")), "me", false).err());
    let error = opened.expect("some slot is elsewhere");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.hint(), Some("set `cluster = true` for the sink"));
}
