//! Findings about brokers, kept for a while: a check takes seconds, and the threads that need the result include librdkafka's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long a finding is kept. Failed connections are reported many times a minute. Findings only explain them: whether a
/// problem is fixed shows in the connection itself.
const STANDS: Duration = Duration::from_secs(60);

/// Findings of one kind, by broker.
#[derive(Debug)]
pub(super) struct Findings<T>(Mutex<HashMap<String, Slot<T>>>);

type Slot<T> = Arc<Mutex<Option<(Instant, T)>>>;

impl<T> Default for Findings<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Findings<T> {
    /// Returns the finding about a broker. Calls `look` only if it is not known.
    pub(super) fn get(&self, broker: &str, look: impl FnOnce() -> T) -> T {
        let slot = Arc::clone(self.0.lock().entry(broker.to_owned()).or_default());
        // Held while looking, so that threads that ask about the same broker share the result. Other brokers do not wait.
        let mut slot = slot.lock();
        if let Some((_, found)) = slot.as_ref().filter(|(at, _)| at.elapsed() < STANDS) {
            return found.clone();
        }
        let found = look();
        slot.insert((Instant::now(), found)).1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_looked_at_once_and_another_one_by_itself() {
        let findings = Findings::default();
        assert_eq!(findings.get("a:1", || 1), 1);
        assert_eq!(findings.get("a:1", || 2), 1);
        assert_eq!(findings.get("b:1", || 3), 3);
    }
}
