//! State that threads of a proxy change, and that they and tests wait for.

use std::fmt::Debug;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Far beyond what any wait takes on a busy machine.
const WAIT_MAX: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Watched<S> {
    state: Mutex<S>,
    changed: Condvar,
}

impl<S> Watched<S> {
    /// Returns the locked state.
    pub(super) fn lock(&self) -> MutexGuard<'_, S> {
        // A test that failed while it waited left the state intact.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes the threads that wait.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut S) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    /// Waits without limit while a condition holds.
    pub(super) fn wait_while(&self, mut is_so: impl FnMut(&S) -> bool) -> MutexGuard<'_, S> {
        let state = self.lock();
        self.changed.wait_while(state, |state| is_so(state)).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a condition of a test, and returns its value.
    ///
    /// # Panics
    /// Panics after a minute, with the output of `shown`.
    pub(super) fn wait_for<T, D: Debug>(
        &self,
        mut find: impl FnMut(&mut S) -> Option<T>,
        shown: impl Fn(&S) -> &D,
    ) -> T {
        let deadline = Instant::now() + WAIT_MAX;
        let mut state = self.lock();
        loop {
            if let Some(found) = find(&mut state) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not within a minute: {:?}", shown(&state));
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
