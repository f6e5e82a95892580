//! The number of trials of tests: all of them in optimized builds, which CI runs, and fewer in others, so that tests take
//! seconds after an edit. `PROPTEST_CASES` overrides the number of cases of every property, in any build.

use proptest::test_runner::Config;

/// Returns `all` in optimized builds, `some` in others.
pub(crate) fn all_or<T>(all: T, some: T) -> T {
    if cfg!(debug_assertions) { some } else { all }
}

/// Returns the configuration of properties with `all` cases in optimized builds, `some` in others.
pub(crate) fn cases(all: u32, some: u32) -> Config {
    Config { cases: all_or(all, some), ..Config::default() }
}

/// Returns the configuration of properties with the usual number of cases.
pub(crate) fn usual() -> Config {
    cases(256, 8)
}
