//! The pure half of Foldline: what a projection *is*, regardless of how it is read, run or stored.
//!
//! No clock, no random numbers, no I/O, no async; a test checks the dependencies. Read in this order:
//!
//! 1. [`description`]: what a module declares about itself (inputs, tables, aggregates, document).
//! 2. [`parameters`]: the values that operators set for it.
//! 3. [`mod@column`]: typed columns, the layout in which everything travels to and from modules.
//! 4. [`key`]: the canonical bytes of keys.
//! 5. [`contribution`]: what a batch of events adds to rows, checked before it is applied.
//! 6. [`results`] and [`mod@reference`]: what `project` receives of rows, and of the rows that they refer to.
//! 7. [`memberships`]: which sets a batch of rows is served in, checked before it is stored.
//! 8. [`aggregate`]: the mergeable values, a folder each.
//! 9. [`rfc3339`]: times as texts.
//! 10. [`window`]: how event time is cut into panes and windows.
//! 11. [`watermark`]: how far event time has come, and which records are late.
//! 12. [`table`]: keyed rows of aggregates: look up, merge, results, encoding.
//! 13. [`fingerprint`]: one hash for a whole table, independent of order.
//! 14. [`position`]: how far a log has been read.
//! 15. [`skips`]: which records a projection passes over.
//! 16. [`lifecycle`]: the states of a version and which transitions between them are allowed.
//! 17. [`status`] and [`dead_letter`]: the phase that a version is in, and the records that it could not fold.

pub mod description;
pub mod parameters;
pub mod column;
pub mod key;
pub mod contribution;
pub mod results;
pub mod target_keys;
pub mod reference;
pub mod memberships;
pub mod aggregate;
pub mod rfc3339;
pub mod window;
pub mod watermark;
pub mod table;
pub mod fingerprint;
mod offset_ranges;
pub mod position;
pub mod skips;
pub mod lifecycle;
#[cfg(test)]
mod trials;
mod slots;
pub mod status;
pub mod dead_letter;
mod work;

/// The number of rows that are decoded, and handed to a module, together. A larger one gains nothing, a smaller one costs calls.
pub const BATCH_ROWS: usize = 4_096;

#[cfg(test)]
mod tests {
    /// Purity is a matter of dependencies: none of these reads a clock, draws random numbers or opens a file on its own.
    #[test]
    fn core_depends_on_nothing_that_could_make_it_impure() {
        let manifest = include_str!("../Cargo.toml");
        let (_, after) = manifest.split_once("\n[dependencies]\n").expect("the manifest lists dependencies");
        let names: Vec<&str> = after
            .lines()
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()))
            .collect();
        assert_eq!(names, ["serde", "thiserror", "xxhash-rust"]);
        for table in ["[build-dependencies", "[target.", "[dependencies."] {
            assert!(!manifest.contains(table), "{table}…] would hide a dependency from this test");
        }
    }
}
