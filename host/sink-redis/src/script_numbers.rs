//! Numbers the scripts of a prefix, so that each proves that the ones before it were run.
//!
//! The control hash holds the number of the script that ran last. A script names its predecessor and runs only directly after it,
//! in one atomic step. A server that went back, or lost its last writes in a failover, lacks scripts, and the next one finds
//! another number. No number is used twice, not even to send something again: a new link begins with a number that was never
//! sent. It accepts a server at any script that may have run, but not before one that was acknowledged.

use foldline_base::planted::{Bug, is_planted};

/// The last script that the owner of a prefix sent, and the last one that the server is known to have run.
#[derive(Debug)]
pub(super) struct ScriptNumbers {
    acknowledged: u64,
    sent: u64,
}

/// The range of scripts at which a server may be when a new link begins, and the first number of that link.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewLink {
    pub(super) least: u64,
    pub(super) most: u64,
    pub(super) step: u64,
}

impl ScriptNumbers {
    /// Continues from the number that was found in a prefix.
    pub(super) fn found(step: u64) -> Self {
        Self { acknowledged: step, sent: step }
    }

    /// Returns the number of the preceding script, and the new one.
    pub(super) fn send(&mut self) -> (u64, u64) {
        let before = self.sent;
        self.sent += 1;
        (before, self.sent)
    }

    /// Begins a new link. The server must acknowledge it before anything is sent over it.
    pub(super) fn new_link(&mut self) -> NewLink {
        let least = if is_planted(Bug::ScriptGapIgnored) { 0 } else { self.acknowledged };
        let most = self.sent;
        let (_, step) = self.send();
        NewLink { least, most, step }
    }

    /// Records that the server has run a script.
    pub(super) fn acknowledge(&mut self, step: u64) {
        self.acknowledged = self.acknowledged.max(step);
    }

    /// Returns whether a server at this script has run all acknowledged ones, and none of another writer.
    pub(super) fn may_stand_at(&self, step: u64) -> bool {
        (self.acknowledged..=self.sent).contains(&step) || is_planted(Bug::ScriptGapIgnored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_used_twice_and_a_new_link_goes_back_behind_nothing_acknowledged() {
        let mut numbers = ScriptNumbers::found(7);
        assert_eq!(numbers.new_link(), NewLink { least: 7, most: 7, step: 8 });
        numbers.acknowledge(8);
        assert_eq!((numbers.send(), numbers.send(), numbers.send()), ((8, 9), (9, 10), (10, 11)));
        numbers.acknowledge(9);
        // Two are still in flight: they may run before the server refuses them, or not.
        assert_eq!(numbers.new_link(), NewLink { least: 9, most: 11, step: 12 });
        // That answer was lost, too.
        assert_eq!(numbers.new_link(), NewLink { least: 9, most: 12, step: 13 });
        numbers.acknowledge(13);
        assert!(!numbers.may_stand_at(12) && numbers.may_stand_at(13) && !numbers.may_stand_at(14));
    }
}
