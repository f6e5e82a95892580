//! The conformance suite of logs: the same facts for every kind of log. Its twin for sinks is `foldline-sink-testkit`.
//!
//! A kind implements [`LogKind`], declares its [`Capabilities`], and gets one test per fact:
//!
//! ```text
//! foldline_log_testkit::conformance!(start);
//!
//! /// Returns a log of this kind; `None` where its server is left out on purpose.
//! fn start() -> Option<MyKind> { MyKind::start() }
//! ```
//!
//! A kind declares a reason for each capability that it does not claim. The suite then checks what holds instead, if anything
//! does. The embedded log and logs from files run the suite in `tests/conformance` of this crate, which may depend on theirs;
//! Kafka runs it in `tests/tests/conformance`, against a real broker.
//!
//! ```text
//! kind      what a kind provides, and what it claims
//! reading   records to append, and what was read
//! facts     one function per fact
//! ```

pub mod facts;
mod kind;
mod reading;

pub use kind::{Capabilities, Claim, FailingAppend, LogKind};
pub use reading::{Seen, all_starts, read_now, read_to_end, record, start, value_of};

/// Generates one `#[test]` per fact. The argument is a function without arguments that returns an `Option` of a [`LogKind`].
#[macro_export]
macro_rules! conformance {
    ($start:path) => {
        $crate::conformance! {
            $start:
            records_come_back_with_keys_nulls_empties_and_times
            a_key_stays_in_one_partition_and_a_partition_keeps_its_order
            the_position_of_an_append_is_where_its_partitions_end
            concurrent_appends_are_read_once_and_in_each_callers_order
            an_append_refused_for_one_record_leaves_nothing
            what_became_of_an_append_that_failed_in_part_is_known
            what_was_acknowledged_is_there_after_a_restart
            nothing_is_read_before_it_is_durable
            a_reader_starts_exactly_where_it_is_told
            a_reader_outside_of_the_log_is_refused
            a_reader_of_several_partitions_takes_turns
            a_reader_that_waits_is_woken_by_records_and_by_punctuations
            a_poll_of_a_single_byte_goes_on_and_one_that_finds_nothing_ends
            an_unknown_topic_is_not_made_by_asking_for_it
            ids_tell_logs_and_topics_apart
            ids_of_records_come_back_to_readers_that_ask_for_them
            punctuations_stand_between_records_and_are_none
            a_topic_is_punctuated_in_all_partitions_or_in_some
            what_is_no_punctuation_is_refused_and_leaves_nothing
        }
    };
    ($start:path: $($fact:ident)+) => {
        $(
            #[test]
            fn $fact() {
                if let Some(kind) = $start() {
                    $crate::facts::$fact(&kind);
                }
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    /// A fact that is missing in the macro is never checked.
    #[test]
    fn every_fact_is_in_the_suite() {
        let facts = [
            include_str!("facts/appends.rs"),
            include_str!("facts/readers.rs"),
            include_str!("facts/topics.rs"),
            include_str!("facts/punctuations.rs"),
        ]
        .concat();
        let suite = include_str!("lib.rs");
        let names = facts.split("\npub fn ").skip(1).map(|rest| rest.split('(').next().unwrap_or_default());
        let names: Vec<&str> = names.collect();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            assert!(suite.contains(&format!("            {name}\n")), "{name} is not in the suite");
        }
    }
}
