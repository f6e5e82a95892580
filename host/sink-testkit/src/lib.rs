//! The conformance suite of sinks: the same facts for every kind of sink.
//!
//! A kind implements [`SinkKind`], declares its [`Capabilities`], and gets one test per fact:
//!
//! ```text
//! foldline_sink_testkit::conformance!(start);
//!
//! /// Returns an empty sink of this kind; `None` where its server is left out on purpose.
//! fn start() -> Option<MyKind> { MyKind::start() }
//! ```
//!
//! Not every kind can satisfy every fact. A kind declares each fact that it does not claim, with the reason. The suite then
//! checks what holds instead, so that an outdated declaration fails, too.
//!
//! ```text
//! kind      what a kind provides, and what it claims
//! model     what a sink must serve: shares no code with sinks
//! driven    a version, driven as the engine drives it, with its model
//! facts     one function per fact
//! ```

mod driven;
pub mod facts;
mod kind;
pub mod model;

pub use driven::{Driven, failing_after, fails, position, put, version};
pub use kind::{Capabilities, Claim, LossNoticed, Readers, SinkKind};
pub use model::{Contents, Model};

/// Generates one `#[test]` per fact. The argument is a function without parameters that returns an `Option` of a new, empty
/// [`SinkKind`].
#[macro_export]
macro_rules! conformance {
    ($start:path) => {
        $crate::conformance! {
            $start:
            a_load_is_not_seen_before_its_first_flush
            readers_are_pointed_to_a_version_only_once_it_is_loaded
            readers_read_the_version_that_they_were_pointed_to_last
            flushes_are_numbered_and_may_be_repeated
            a_flush_that_would_go_back_is_refused
            a_flush_without_data_moves_on_and_two_flushes_may_stand_at_one_position
            a_new_owner_goes_on_where_the_last_one_stood
            an_owner_that_was_replaced_is_fenced
            documents_and_removals_are_what_was_flushed_last
            random_flushes_and_restarts_leave_what_the_model_holds
            a_row_that_changes_its_set_leaves_nothing_behind
            what_was_written_is_read_back
            a_document_that_is_refused_is_named_and_holds_up_no_other
            a_load_that_died_is_started_again
            a_version_is_filled_again_alongside_what_its_readers_read
            what_is_of_another_log_is_read_until_it_is_replaced_and_binds_nothing
            versions_that_are_not_kept_are_deleted_once_nobody_reads_them
            chunks_that_fail_end_the_flush_with_their_error_and_the_flush_may_be_sent_again
            a_crash_in_the_middle_of_a_flush_leaves_what_may_be_shown_known
            a_change_by_hand_is_named_and_set_right_when_asked
            what_was_lost_is_noticed_and_filled_again
            another_installation_is_refused_until_it_takes_over_on_purpose
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
    /// A fact that the macro does not list would be checked for no kind.
    #[test]
    fn every_fact_is_in_the_suite() {
        let facts = [
            include_str!("facts/readers.rs"),
            include_str!("facts/flushes.rs"),
            include_str!("facts/contents.rs"),
            include_str!("facts/generations.rs"),
            include_str!("facts/trouble.rs"),
        ]
        .concat();
        let suite = include_str!("lib.rs");
        let names = facts.split("\npub fn ").skip(1).map(|rest| rest.split('(').next().unwrap_or_default());
        let names: Vec<&str> = names.collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(suite.contains(&format!("            {name}\n")), "{name} is not in the suite");
        }
    }
}
