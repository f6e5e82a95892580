//! Interrupts a wait for an answer from another thread.

use std::sync::mpsc::Sender;

use parking_lot::Mutex;

use super::event::Event;

/// Shared by a sink and the threads that may interrupt it.
#[derive(Default)]
pub(super) struct Breaker(Mutex<BreakerState>);

#[derive(Default)]
struct BreakerState {
    tripped: bool,
    waiting: Option<Sender<Event>>,
}

impl Breaker {
    /// Ends the current wait, or else the next one: the caller cannot know how far the sink is.
    pub(super) fn trip(&self) {
        let mut state = self.0.lock();
        state.tripped = true;
        if let Some(waiting) = &state.waiting {
            // A link that has ended waits for nothing.
            let _ = waiting.send(Event::Interrupted);
        }
    }

    /// Registers who waits from now on. Returns whether the wait was already interrupted, and resets that.
    pub(super) fn watch(&self, waiting: &Sender<Event>) -> bool {
        let mut state = self.0.lock();
        state.waiting = Some(waiting.clone());
        std::mem::take(&mut state.tripped)
    }

    /// Returns whether the wait was interrupted, and resets that.
    pub(super) fn take(&self) -> bool {
        std::mem::take(&mut self.0.lock().tripped)
    }
}
