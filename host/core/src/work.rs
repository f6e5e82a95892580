//! Counts steps of loops in tests that promise how many there are. Unlike time, the number of steps does not depend on the
//! machine. Outside tests nothing is counted.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts a step.
#[inline(always)]
pub(crate) fn step() {
    steps(1);
}

/// Counts several steps.
#[inline(always)]
pub(crate) fn steps(_steps: usize) {
    #[cfg(test)]
    STEPS.with(|counted| counted.set(counted.get() + _steps as u64));
}

/// Returns how many steps a piece of work takes.
#[cfg(test)]
pub(crate) fn of(work: impl FnOnce()) -> u64 {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}
