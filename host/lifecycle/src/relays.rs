//! The running relays, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldline_module::Digest;
use foldline_relay::{Relay, RelayTarget};

/// One relay for each name whose live version relays, and where they send.
pub(super) struct Relays {
    pub(super) target: Arc<dyn RelayTarget>,
    pub(super) running: BTreeMap<String, (Digest, Relay)>,
}

impl Relays {
    pub(super) fn new(target: Arc<dyn RelayTarget>) -> Self {
        Self { target, running: BTreeMap::new() }
    }

    /// Restarts the relays that read a topic or keep their frontiers there; each continues at the frontier that it finds. Returns
    /// their names.
    pub(super) fn restart_readers(&self, topic: &str) -> Vec<String> {
        let is_theirs = topic == self.target.frontiers();
        let reads = |relay: &Relay| relay.handle().topics().iter().any(|read| read == topic);
        let readers = self.running.values().map(|(_, relay)| relay).filter(|relay| is_theirs || reads(relay));
        let restarted = readers.map(|relay| {
            relay.request_stop();
            format!("relay {}", relay.handle().name())
        });
        restarted.collect()
    }

    /// Forgets the relay of a name if it has halted, so that the next pass starts another. Returns whether it had halted.
    pub(super) fn start_again(&mut self, name: &str) -> bool {
        let halted = |(_, relay): &(Digest, Relay)| relay.handle().look(|progress| progress.halted.is_some());
        let has_halted = self.running.get(name).is_some_and(halted);
        if has_halted {
            self.running.remove(name);
        }
        has_halted
    }

    /// Stops all relays, and waits for the messages that they are sending.
    pub(super) fn stop(&mut self) {
        self.running.values().for_each(|(_, relay)| relay.request_stop());
        self.running.clear();
    }
}
