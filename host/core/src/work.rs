//! Counts the steps of loops whose number is promised, for tests: how long a thing takes depends on the machine, how much
//! it does not. Outside tests nothing is counted.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts a step.
#[inline(always)]
pub(crate) fn step() {
    steps(1);
}

/// Counts some steps.
#[inline(always)]
pub(crate) fn steps(_steps: usize) {
    #[cfg(test)]
    STEPS.with(|counted| counted.set(counted.get() + _steps as u64));
}

/// Returns how many steps something took.
#[cfg(test)]
pub(crate) fn of(work: impl FnOnce()) -> u64 {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}
