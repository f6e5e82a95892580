//! `cargo xtask planted`: plants each bug of `host/base/src/planted.rs`, and checks that a test notices it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::artifacts;
use crate::say::answer;
use crate::test_binaries::{self, TestBinary};

/// A bug, and the test that must notice it.
struct Catch {
    bug: &'static str,
    target: Target,
    test: &'static str,
}

/// A test binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// The unit tests of a host crate, by its folder.
    Lib(&'static str),
    /// `tests/tests/model.rs`.
    Model,
    /// `tests/tests/windows.rs`.
    Windows,
    /// `tests/tests/kafka_log.rs`, which starts a broker.
    KafkaLog,
    /// `tests/tests/redis_proofs`, against real servers.
    RedisProofs,
    /// `tests/tests/elasticsearch_sink`, against a real server.
    Elasticsearch,
}

/// The targets besides unit tests, by their cargo names.
const TARGETS: [(Target, &str); 5] = [
    (Target::Model, "model"),
    (Target::Windows, "windows"),
    (Target::KafkaLog, "kafka_log"),
    (Target::RedisProofs, "redis_proofs"),
    (Target::Elasticsearch, "elasticsearch_sink"),
];

/// Seeds of the model per bug: each bug is noticed within the first few.
const WORLDS: &str = "20";

const fn in_model(bug: &'static str) -> Catch {
    let test = "documents_are_the_models_whatever_happens_on_the_way";
    Catch { bug, target: Target::Model, test }
}

const fn in_windows(bug: &'static str, test: &'static str) -> Catch {
    Catch { bug, target: Target::Windows, test }
}

const fn in_lib(bug: &'static str, folder: &'static str, test: &'static str) -> Catch {
    Catch { bug, target: Target::Lib(folder), test }
}

const fn in_redis(bug: &'static str, test: &'static str) -> Catch {
    Catch { bug, target: Target::RedisProofs, test }
}

const fn in_elasticsearch(bug: &'static str, test: &'static str) -> Catch {
    Catch { bug, target: Target::Elasticsearch, test }
}

/// The test of what a sink is sent where rows show rows of other tables.
const SENT_WHAT_CHANGED: &str =
    "tests::references::a_sink_that_is_sent_what_changed_shows_what_the_rows_and_their_targets_hold";

const CATCHES: &[Catch] = &[
    in_lib("UnsyncedRead", "log", "embedded::tests::failure::nothing_is_read_before_it_is_synced"),
    in_lib(
        "OwnerNotAsked",
        "log",
        "embedded::tests::identity::a_file_of_another_partition_topic_or_log_is_refused_by_name_at_start",
    ),
    in_lib(
        "ChainNotLookedAt",
        "log",
        "embedded::tests::identity::a_missing_segment_is_noticed_at_start_and_named",
    ),
    in_lib(
        "EndMarkNotRead",
        "log",
        "embedded::tests::identity::a_log_that_lost_its_end_takes_no_appends_until_an_operator_decides",
    ),
    Catch {
        bug: "TopicMadeAnew",
        target: Target::KafkaLog,
        test: "a_reader_never_goes_on_in_a_topic_that_was_recreated",
    },
    in_lib("AppendsGoBack", "log", "embedded::tests::clock::append_times_never_go_back_in_a_log"),
    in_lib("PredictedUnread", "decode", "tests::prediction::a_prediction_never_changes_a_verdict"),
    in_lib("SharedVerdict", "decode", "tests::sharing::a_view_is_what_the_reducers_own_decoder_gives"),
    in_windows("RescuedBehind", "sliding_windows_are_brute_force_over_the_events"),
    in_lib(
        "UntimedMovesTime",
        "engine",
        "tests::inputs::untimed_records_beside_timed_ones_move_no_time_and_are_never_late",
    ),
    in_lib(
        "TimesByInput",
        "engine",
        "tests::inputs::time_runs_over_the_selected_records_in_the_order_of_the_log",
    ),
    in_lib(
        "WholeBatchGuilty",
        "engine",
        "tests::verdicts::a_record_is_poison_alone_or_not_at_all_whatever_the_batches",
    ),
    in_lib(
        "DeadShareByBatch",
        "engine",
        "dead_share::tests::the_verdict_is_on_aligned_blocks_whatever_the_batches",
    ),
    in_lib(
        "ParametersLeftOut",
        "module",
        "digest::tests::values_belong_to_the_identity_of_a_build_and_the_same_values_always_make_the_same_one",
    ),
    in_model("ExchangeByRow"),
    in_lib("DirtyRowEvicted", "engine", "tests::eviction::rows_that_changed_since_the_last_checkpoint_stay"),
    in_lib("EvictedInFlight", "engine", "tests::eviction::nothing_goes_while_a_checkpoint_is_on_its_way"),
    in_lib("ColdRowForgotten", "engine", "tests::eviction::rows_that_changed_since_the_last_checkpoint_stay"),
    in_lib(
        "UnreadableIsDamaged",
        "engine",
        "tests::interruptions::state_that_cannot_be_read_for_a_moment_is_kept_and_read_again",
    ),
    in_windows("ColdDateForgotten", "sliding_windows_are_brute_force_over_the_events"),
    in_lib("EchoForgotten", "engine", SENT_WHAT_CHANGED),
    in_lib("OtherShardNotTold", "engine", SENT_WHAT_CHANGED),
    in_lib("TargetOfAnotherCut", "engine", SENT_WHAT_CHANGED),
    in_lib(
        "AffectedForgotten",
        "projection",
        "scanned_rows::tests::a_sink_that_lags_behind_is_sent_rows_that_show_a_row_that_changed",
    ),
    in_lib("TimeNotDue", "engine", "tests::checkpoints::a_checkpoint_is_cut_after_its_time"),
    in_lib("VolumeNotDue", "engine", "tests::checkpoints::a_checkpoint_is_cut_after_its_volume"),
    in_model("PositionAhead"),
    in_lib("TornCheckpoint", "state", "tests::a_checkpoint_torn_anywhere_is_the_one_before"),
    in_lib(
        "FailedCutForgotten",
        "engine",
        "tests::checkpoints::the_rows_of_a_refused_checkpoint_join_the_next_one",
    ),
    in_lib("SealNotChecked", "state", "seal::tests::a_changed_byte_breaks_the_seal"),
    in_lib("RowsNotCounted", "state", "tests::a_store_that_lost_a_row_is_refused"),
    in_lib("GapNotNoticed", "state", "tests::a_checkpoint_that_is_gone_from_the_middle_is_noticed"),
    in_lib(
        "HistoryNotAsked",
        "engine",
        "tests::rebuilds::without_whole_history_a_damaged_state_stays_and_what_it_showed_is_served",
    ),
    in_lib("RunShared", "engine", "runs::tests::a_version_that_is_given_up_leaves_the_next_one_alone"),
    in_lib(
        "RestoredRowForgotten",
        "inspect",
        "fixture::variants::tests::every_way_makes_the_same_of_a_sound_module",
    ),
    in_lib("PageSealNotChecked", "sink-sqlite", "tests::damage::no_damage_of_a_file_at_rest_is_ever_served"),
    in_lib(
        "StandingTrusted",
        "sink-changes",
        "tests::restored::a_topic_or_a_standing_that_went_back_is_written_whole",
    ),
    in_model("HiNotAwaited"),
    in_model("FlushAhead"),
    in_lib("SecondFlight", "projection", "tests::a_flush_is_in_flight_until_the_sink_has_taken_it"),
    in_model("LagNotScanned"),
    in_model("CapWithoutScan"),
    in_lib("OwnerNotChecked", "sink-sqlite", "tests::conformance::an_owner_that_was_replaced_is_fenced"),
    in_lib("SeqNotChecked", "sink-sqlite", "tests::conformance::flushes_are_numbered_and_may_be_repeated"),
    in_lib("SinkGoesBack", "sink-sqlite", "tests::conformance::a_flush_that_would_go_back_is_refused"),
    in_redis(
        "ScriptGapIgnored",
        "gone_back::a_server_that_went_back_in_the_middle_of_a_load_is_lost_to_the_next_script",
    ),
    in_elasticsearch(
        "ShardHistoryIgnored",
        "gone_back::an_index_that_went_back_in_the_middle_of_a_load_is_lost_before_anything_says_that_it_is_loaded",
    ),
    in_redis(
        "InstallationNotChecked",
        "installations::another_installation_is_refused_by_name_and_deletes_nothing",
    ),
    in_lib(
        "FailedRowForgotten",
        "runtime",
        "tests::a_row_that_cannot_be_projected_stays_visible_and_does_not_hold_up_the_others",
    ),
    in_lib(
        "PlaceLeftBehind",
        "sink-sqlite",
        "tests::memberships::sets_are_what_the_rows_last_claimed_whatever_happens_between",
    ),
    in_windows("SealedEarly", "sliding_windows_are_brute_force_over_the_events"),
    in_windows("LateByBatch", "sliding_windows_are_brute_force_over_the_events"),
    in_windows("AbsenceIgnored", "sliding_windows_are_brute_force_over_the_events"),
    in_lib(
        "PunctuatedBeyondClock",
        "source",
        "idle_partitions::tests::no_punctuation_takes_a_watermark_beyond_its_append_less_the_bound",
    ),
    in_lib(
        "EmptyHolds",
        "source",
        "idle_partitions::tests::empty_partitions_follow_the_slowest_that_has_shown_a_time_though_all_are_idle",
    ),
    in_lib(
        "SkipForgotten",
        "runtime",
        "tests::skipping::records_that_were_folded_are_skipped_by_a_replay_alongside_what_is_served_and_come_back_when_that_is_taken_back",
    ),
    in_lib(
        "AddedTooEarly",
        "source",
        "added_partitions::tests::a_partition_begins_where_no_version_has_sealed_anything_beyond",
    ),
    in_lib(
        "AdditionForgotten",
        "engine",
        "tests::additions::a_partition_that_was_added_is_the_same_in_state_that_goes_on_and_in_every_replay",
    ),
    in_lib("DeletionForgotten", "state", "tests::a_deleted_row_is_remembered_until_every_sink_has_passed_it"),
    in_lib("UnknownDeleted", "runtime", "tests::a_folder_that_no_decision_knows_of_stays"),
    in_lib(
        "HalfModuleTaken",
        "lifecycle",
        "folder::tests::a_module_that_does_not_end_with_its_length_is_given_out_after_ten_seconds_without_change",
    ),
    in_lib(
        "IntentNotAwaited",
        "lifecycle",
        "handover::tests::a_version_takes_over_once_it_shows_what_the_old_one_may_show",
    ),
    in_lib(
        "FlushBeforePointing",
        "engine",
        "tests::sinks::readers_are_pointed_to_a_live_version_before_it_flushes_on",
    ),
    in_lib(
        "ThawedByDecision",
        "lifecycle",
        "handover::tests::a_sink_of_the_old_version_stays_frozen_until_its_readers_read_the_new_one",
    ),
    in_lib(
        "RefilledTooEarly",
        "engine",
        "tests::sinks::a_sink_is_refilled_once_the_engine_has_passed_what_it_showed",
    ),
    in_lib(
        "SinksNotAwaited",
        "runtime",
        "tests::a_wait_is_for_every_sink_and_names_the_one_that_it_waits_for",
    ),
    in_lib(
        "NotYetIsNone",
        "runtime",
        "tests::a_projection_is_not_found_only_once_the_log_and_the_folder_say_that_there_is_none",
    ),
    in_lib(
        "WindowEndsByClock",
        "lifecycle",
        "rollback_windows::tests::a_jump_of_the_clock_ends_no_window_and_a_restart_goes_on_counting",
    ),
    in_lib(
        "FrontierBeside",
        "relay",
        "embedded::tests::after_a_death_at_any_call_messages_are_there_with_their_frontier_or_not_at_all",
    ),
    in_lib(
        "WitnessNotAsked",
        "log",
        "lineage::tests::a_log_with_another_record_or_a_nearer_end_is_refused_by_name_and_takes_no_appends",
    ),
    in_lib(
        "SegmentNotWatched",
        "log",
        "embedded::tests::identity::a_segment_that_is_replaced_under_the_host_takes_no_appends",
    ),
    in_lib(
        "SentNotNoted",
        "relay",
        "sent::tests::frontiers_that_went_back_are_refused_by_name_until_they_are_adopted",
    ),
    in_lib("RelayStartChosen", "relay", "tests::a_relay_that_takes_a_name_over_goes_on_at_the_frontier"),
];

/// Runs every test once without a bug, when it must pass, and once with each of its bugs, when it must fail.
pub fn run() -> Result<()> {
    let root = artifacts::root();
    every_bug_has_its_catch(&root)?;
    artifacts::build()?;
    let binaries = build(&root)?;
    let mut sound: Vec<&str> = Vec::new();
    let mut missed = Vec::new();
    for catch in CATCHES {
        let binary = &binaries[&catch.target];
        if !sound.contains(&catch.test) {
            ensure!(
                passes(binary, catch.test, None)?,
                "{} fails without any bug: fix that first",
                catch.test
            );
            sound.push(catch.test);
        }
        let began = Instant::now();
        let passed = passes(binary, catch.test, Some(catch.bug))?;
        let verdict = if passed { "NOT NOTICED by" } else { "noticed by" };
        answer!("{}: {verdict} {} ({:.1} s)", catch.bug, catch.test, began.elapsed().as_secs_f64());
        if passed {
            missed.push(catch.bug);
        }
    }
    if !missed.is_empty() {
        bail!("{} of {} planted bugs were not noticed: {}", missed.len(), CATCHES.len(), missed.join(", "));
    }
    answer!("{} of {} planted bugs noticed", CATCHES.len(), CATCHES.len());
    Ok(())
}

/// Checks that the list of catches matches `Bug::ALL`, which is made of the same lines.
fn every_bug_has_its_catch(root: &Path) -> Result<()> {
    let source =
        std::fs::read_to_string(root.join("host/base/src/planted.rs")).context("host/base/src/planted.rs")?;
    let bugs: Vec<&str> = bugs(&source);
    ensure!(!bugs.is_empty(), "host/base/src/planted.rs has no `bugs!` any more");
    let catches: Vec<&str> = CATCHES.iter().map(|catch| catch.bug).collect();
    let uncaught: Vec<_> = bugs.iter().filter(|bug| !catches.contains(bug)).collect();
    let unknown: Vec<_> = catches.iter().filter(|bug| !bugs.contains(bug)).collect();
    ensure!(uncaught.is_empty() && unknown.is_empty(), "no test for {uncaught:?}, no bug {unknown:?}");
    Ok(())
}

/// Returns the names within `bugs! { … }`.
fn bugs(source: &str) -> Vec<&str> {
    let list = source.split("\nbugs! {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    let lines = list.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(|line| line.trim_end_matches(','))
        .collect()
}

/// Builds the test binaries with planted bugs, once and as part of the workspace, so that dependencies are those of `cargo xtask
/// test`.
fn build(root: &Path) -> Result<BTreeMap<Target, TestBinary>> {
    let mut selection = vec!["--features", "foldline-tests/planted", "--lib"];
    selection.extend(TARGETS.iter().flat_map(|(_, name)| ["--test", *name]));
    let built = test_binaries::build(root, &selection)?;
    let binary = |target: Target| {
        let found = match target {
            Target::Lib(folder) => {
                let folder = root.join("host").join(folder);
                built.iter().find(|binary| binary.is_lib && binary.folder == folder)
            }
            _ => {
                let name = TARGETS.iter().find(|(of, _)| *of == target).map(|(_, name)| *name);
                built.iter().find(|binary| Some(binary.name.as_str()) == name)
            }
        };
        let found = found.with_context(|| format!("cargo built no tests {target:?}"))?;
        Ok((target, TestBinary::clone(found)))
    };
    let targets: BTreeSet<Target> = CATCHES.iter().map(|catch| catch.target).collect();
    targets.into_iter().map(binary).collect()
}

fn passes(binary: &TestBinary, test: &str, bug: Option<&str>) -> Result<bool> {
    let mut command = Command::new(&binary.executable);
    command
        .args(["--exact", test])
        .current_dir(&binary.folder)
        .env_remove("FOLDLINE_PLANTED")
        // A case that fails because of a planted bug must not be saved.
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        .env("FOLDLINE_WORLDS", WORLDS);
    if let Some(bug) = bug {
        command.env("FOLDLINE_PLANTED", bug);
    }
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // A filter that matches no test would pass as well.
    ensure!(text.contains("running 1 test\n"), "there is no test {test}");
    Ok(output.status.success())
}
