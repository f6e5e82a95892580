//! Redis clusters of three masters, with slots that move between them.

use std::time::Instant;

use foldline_config::RedisConfig;

use super::redis::{LOOK_EVERY, RedisOptions, RedisServer, START_MAX};
use super::{free_ports, left_out};

/// Three masters that share the slots.
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts a cluster. `None` only with `FOLDLINE_NO_SERVICES=1`, which is reported.
    ///
    /// # Panics
    /// As [`RedisServer::start`].
    pub fn start() -> Option<Self> {
        const SHARES: [(u16, u16); 3] = [(0, 5_460), (5_461, 10_922), (10_923, 16_383)];
        if left_out("redis") {
            return None;
        }
        let mut nodes = Vec::new();
        for (from, to) in SHARES {
            let [bus] = free_ports();
            let lines = ["cluster-enabled yes", &format!("cluster-port {bus}"), "cluster-node-timeout 5000"];
            let lines = lines.map(ToOwned::to_owned).to_vec();
            let node = RedisServer::new(&RedisOptions { lines, ..RedisOptions::default() });
            let mut connection = node.connection();
            let epoch = nodes.len() + 1;
            redis::cmd("CLUSTER").arg("SET-CONFIG-EPOCH").arg(epoch).exec(&mut connection).expect("an epoch");
            let mut share = redis::cmd("CLUSTER");
            share.arg("ADDSLOTSRANGE").arg(from).arg(to).exec(&mut connection).expect("slots");
            nodes.push((node, bus));
        }
        let mut first = nodes[0].0.connection();
        for (node, bus) in &nodes[1..] {
            let mut meet = redis::cmd("CLUSTER");
            meet.arg("MEET").arg("127.0.0.1").arg(node.port()).arg(*bus).exec(&mut first).expect("they meet");
        }
        let nodes: Vec<RedisServer> = nodes.into_iter().map(|(node, _)| node).collect();
        let cluster = Self { nodes };
        cluster.await_agreement();
        Some(cluster)
    }

    /// Returns its nodes.
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// Returns a sink's configuration for this cluster.
    pub fn config(&self) -> RedisConfig {
        let urls = self.nodes.iter().map(|node| format!("redis://{}", node.address())).collect();
        RedisConfig { urls, cluster: true, ..RedisConfig::default() }
    }

    /// Returns the node that holds a key, and the key's slot.
    ///
    /// # Panics
    /// Panics when no node does.
    pub fn node_of(&self, key: &str) -> (usize, u16) {
        let mut connection = self.nodes[0].connection();
        let slot: u16 =
            redis::cmd("CLUSTER").arg("KEYSLOT").arg(key).query(&mut connection).expect("KEYSLOT");
        let holds = |node: &RedisServer| {
            let count: redis::RedisResult<bool> = redis::cmd("EXISTS").arg(key).query(&mut node.connection());
            count.is_ok()
        };
        (self.nodes.iter().position(holds).expect("a node holds the slot"), slot)
    }

    /// Tells both nodes that a slot is about to move.
    ///
    /// # Panics
    /// Panics when a node does not answer.
    pub fn begin_move(&self, slot: u16, from: usize, to: usize) {
        let set_slot = |node: usize, how: &str, other: usize| {
            let mut command = redis::cmd("CLUSTER");
            command.arg("SETSLOT").arg(slot).arg(how).arg(self.id(other));
            command.exec(&mut self.nodes[node].connection()).expect("SETSLOT");
        };
        set_slot(to, "IMPORTING", from);
        set_slot(from, "MIGRATING", to);
    }

    /// Moves up to `count` keys of a slot. Returns the number of moved keys.
    ///
    /// # Panics
    /// Panics when a node does not answer.
    pub fn move_keys(&self, slot: u16, from: usize, to: usize, count: usize) -> usize {
        let mut connection = self.nodes[from].connection();
        let mut get = redis::cmd("CLUSTER");
        get.arg("GETKEYSINSLOT").arg(slot).arg(count);
        let keys: Vec<Vec<u8>> = get.query(&mut connection).expect("GETKEYSINSLOT");
        if !keys.is_empty() {
            let mut migrate = redis::cmd("MIGRATE");
            migrate
                .arg("127.0.0.1")
                .arg(self.nodes[to].port())
                .arg("")
                .arg(0)
                .arg(30_000)
                .arg("KEYS")
                .arg(&keys);
            migrate.exec(&mut connection).expect("MIGRATE");
        }
        keys.len()
    }

    /// Assigns a slot to the node that its keys were moved to.
    ///
    /// # Panics
    /// Panics when a node does not answer.
    pub fn end_move(&self, slot: u16, from: usize, to: usize) {
        let others = (0..self.nodes.len()).filter(|node| *node != from && *node != to);
        for node in [to, from].into_iter().chain(others) {
            let mut command = redis::cmd("CLUSTER");
            command.arg("SETSLOT").arg(slot).arg("NODE").arg(self.id(to));
            command.exec(&mut self.nodes[node].connection()).expect("SETSLOT");
        }
    }

    fn id(&self, node: usize) -> String {
        let mut connection = self.nodes[node].connection();
        redis::cmd("CLUSTER").arg("MYID").query(&mut connection).expect("MYID")
    }

    fn await_agreement(&self) {
        let deadline = Instant::now() + START_MAX;
        let agrees = |node: &RedisServer| {
            let mut connection = node.connection();
            let info: String = redis::cmd("CLUSTER").arg("INFO").query(&mut connection).expect("INFO");
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !self.nodes.iter().all(agrees) {
            assert!(Instant::now() < deadline, "the cluster's nodes do not agree");
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
