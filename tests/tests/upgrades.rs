//! Goal: a version is built alongside the live one, takes over when it may, and can be rolled back; nothing is lost on the way.
//! Method: one reducer under several versions, a real host, every decision through the command line; crashes between any two
//! steps.

use foldline_base::failpoints::Failpoint;
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::http;
use foldline_tests::likes::likes;
use foldline_tests::soak::rounds;
use serde_json::Value;

const NAME: &str = "like-count";

/// Appends likes from a seed.
fn append(home: &Home, host: &Host, seed: u64) {
    let file = home.write("likes.ndjson", likes(2_000, 40, 900, seed).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// Returns the phase of a version, and what it waits for.
fn version(host: &Host, version: &str) -> Option<(String, String)> {
    let status = host.status();
    let versions = status["projections"].as_array().expect("versions");
    let found = versions.iter().find(|of| of["name"] == NAME && of["version"] == version)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some((text(&found["phase"]), text(&found["waits_for"])))
}

fn phase(host: &Host, of: &str) -> String {
    version(host, of).map_or_else(|| "does not run".to_owned(), |(phase, _)| phase)
}

#[track_caller]
fn await_phase(host: &Host, of: &str, expected: &str) {
    wait_for(&format!("{of} to be {expected}"), || (phase(host, of) == expected).then_some(()));
}

/// Returns the version that serves.
fn served(host: &Host) -> String {
    let url = format!("{}/api/v1/projections/{NAME}/documents?limit=1", host.url);
    http::get(&url).expect("the host answers").accepted().header("foldline-version").to_owned()
}

#[track_caller]
fn refused(host: &Host, arguments: &[&str], why: &str) {
    let output = host.run(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    assert!(stderr.contains(why), "{arguments:?}: {stderr}");
}

#[test]
fn a_version_goes_live_when_told_to_and_back_and_is_given_up() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    assert_eq!(served(&host), "like-count@0.1.0", "the first version needs nobody's leave");
    refused(&host, &["rollback", NAME], "no previous version");
    refused(&host, &["promote", "like-count@0.2.0"], "is not registered");
    refused(&host, &["discard", "like-count@0.1.0"], "a version that is live cannot be discarded");

    home.add_version(NAME, "0.2.0");
    await_phase(&host, "0.2.0", "caught_up");
    wait_for("what it waits for", || {
        let (_, waits_for) = version(&host, "0.2.0")?;
        (waits_for == "`foldline promote like-count@0.2.0`").then_some(())
    });
    append(&home, &host, 2);
    host.wait(NAME);
    assert_eq!(served(&host), "like-count@0.1.0", "the gate is shut");
    let expected = host.documents(NAME);

    let said = host.ask(&["promote", "like-count@0.2.0"]);
    assert!(said.contains("is live in place of 0.1.0"), "{said}");
    assert_eq!((served(&host).as_str(), phase(&host, "0.1.0").as_str()), ("like-count@0.2.0", "draining"));
    assert_eq!(host.documents(NAME), expected);
    refused(&host, &["promote", "like-count@0.2.0"], "is live");

    // The old one follows the log, so a rollback shows what came since.
    append(&home, &host, 3);
    host.wait(NAME);
    let expected = host.documents(NAME);
    host.ask(&["rollback", NAME]);
    assert_eq!((served(&host).as_str(), phase(&host, "0.2.0").as_str()), ("like-count@0.1.0", "draining"));
    assert_eq!(host.documents(NAME), expected);

    // Both roles survive a restart.
    assert!(host.stop().success());
    let host = home.start();
    host.wait(NAME);
    assert_eq!((served(&host).as_str(), phase(&host, "0.2.0").as_str()), ("like-count@0.1.0", "draining"));
    host.ask(&["rollback", NAME]);
    assert_eq!(served(&host), "like-count@0.2.0");
    assert_eq!(host.documents(NAME), expected);

    host.ask(&["discard", "like-count@0.1.0"]);
    assert_eq!(phase(&host, "0.1.0"), "does not run");
    refused(&host, &["rollback", NAME], "no previous version");
    wait_for("its folder to go", || (home.versions() == 1).then_some(()));

    // And it can be built again.
    let said = host.ask(&["replay", "like-count@0.1.0"]);
    assert!(said.contains("has caught up after 6000 records"), "{said}");
    host.ask(&["promote", "like-count@0.1.0"]);
    assert_eq!(host.documents(NAME), expected);
}

#[test]
fn a_version_that_is_replayed_while_what_it_left_is_deleted_has_a_run_of_its_own() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    home.add_version(NAME, "0.2.0");
    await_phase(&host, "0.2.0", "caught_up");
    for _ in 0..rounds("FOLDLINE_DISCARDS", 20) {
        host.ask(&["discard", "like-count@0.2.0"]);
        let said = host.ask(&["replay", "like-count@0.2.0"]);
        assert!(said.contains("has caught up after 2000 records"), "{said}");
        assert_eq!(phase(&host, "0.2.0"), "caught_up");
    }
    host.ask(&["promote", "like-count@0.2.0"]);
    assert_eq!(host.documents(NAME).len(), likes(2_000, 40, 900, 1).users.len());
    // Each run but the last one is deleted, and the last one is complete.
    host.ask(&["discard", "like-count@0.1.0"]);
    wait_for("the folders to go", || (home.versions() == 1).then_some(()));
    let runs = || {
        let entries = std::fs::read_dir(home.version().join("..")).expect("runs");
        entries.filter(|entry| entry.as_ref().expect("readable").path().is_dir()).count()
    };
    wait_for("one run to be left", || (runs() == 1).then_some(()));
}

#[test]
fn a_data_folder_of_a_host_without_runs_is_taken_over_as_it_is() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    let expected = host.documents(NAME);
    assert!(host.stop().success());
    let run = home.version();
    let version = run.join("..").canonicalize().expect("a folder");
    std::fs::write(run.join("state/kept"), "").expect("written");
    for entry in std::fs::read_dir(&run).expect("a run") {
        let path = entry.expect("readable").path();
        std::fs::rename(&path, version.join(path.file_name().expect("a name"))).expect("moved");
    }
    std::fs::remove_dir(&run).expect("empty");
    std::fs::remove_file(version.join("current")).expect("removed");
    let host = home.start();
    host.wait(NAME);
    assert_eq!(host.documents(NAME), expected);
    assert!(home.version().join("state/kept").exists(), "state was not taken over");
    assert!(!version.join("state").exists());
    append(&home, &host, 2);
    host.wait(NAME);
    assert!(host.ask(&["verify", NAME]).contains("matches the log"));
}

#[test]
fn a_newer_drop_takes_the_place_of_a_candidate_and_a_lower_one_is_only_registered() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    home.add_version(NAME, "0.2.0");
    await_phase(&host, "0.2.0", "caught_up");
    home.add_version(NAME, "0.3.0");
    await_phase(&host, "0.3.0", "caught_up");
    assert_eq!(phase(&host, "0.2.0"), "does not run");
    home.add_version(NAME, "0.0.9");
    wait_for("its verdict", || {
        let modules: Value = serde_json::from_str(&host.ask(&["modules", "-o", "json"])).expect("JSON");
        let of =
            modules["modules"].as_array()?.iter().find(|of| of["file"] == "like-count@0.0.9.wasm")?.clone();
        (of["verdict"] == "registered").then_some(())
    });
    assert_eq!(phase(&host, "0.0.9"), "does not run");
    refused(&host, &["promote", "like-count@0.0.9"], "`foldline replay like-count@0.0.9` builds it first");
}

#[test]
fn a_gate_that_opens_by_itself_hands_over_and_the_window_for_a_rollback_ends() {
    let home = Home::new("[projections]\npromote = \"when-caught-up\"\nkeep_old = \"0s\"").with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    let expected = host.documents(NAME);
    home.add_version(NAME, "0.2.0");
    wait_for("the hand-over", || (served(&host) == "like-count@0.2.0").then_some(()));
    await_phase(&host, "0.1.0", "does not run");
    wait_for("the old version's folder to go", || (home.versions() == 1).then_some(()));
    assert_eq!(host.documents(NAME), expected);
    refused(&host, &["rollback", NAME], "no previous version");
}

/// At every failpoint of a decision, the host dies and comes back with one outcome or the other.
#[test]
fn a_crash_between_any_two_steps_ends_in_one_version_or_the_other() {
    for &(point, place) in
        Failpoint::ALL.iter().filter(|(point, _)| !point.is_relays() && *point != Failpoint::RemoveDecided)
    {
        let mut home = Home::new("[projections]\nkeep_old = \"1h\"").with_module(NAME);
        let host = home.start();
        append(&home, &host, 1);
        host.wait(NAME);
        let expected = host.documents(NAME);
        let prepared = !matches!(
            point,
            Failpoint::ModuleJudged
                | Failpoint::ModuleKept
                | Failpoint::VersionRegistered
                | Failpoint::VersionStarted
        );
        if prepared {
            home.add_version(NAME, "0.2.0");
            await_phase(&host, "0.2.0", "caught_up");
        }
        if point == Failpoint::ReplayDecided {
            host.ask(&["discard", "like-count@0.2.0"]);
        }
        if point == Failpoint::RetireDecided {
            host.ask(&["promote", "like-count@0.2.0"]);
            home.configure("[projections]\nkeep_old = \"0s\"");
        }
        assert!(host.stop().success());
        let mut host = home.spawn_dying(place);
        if !prepared {
            home.add_version(NAME, "0.2.0");
        }
        // It dies by itself, or when it is asked for the step.
        let arguments: Option<&[&str]> = match point {
            Failpoint::ReplayDecided => Some(&["replay", "like-count@0.2.0", "--detach"]),
            Failpoint::Frozen | Failpoint::BeforeLive | Failpoint::LiveDecided | Failpoint::PointerMoved => {
                Some(&["promote", "like-count@0.2.0"])
            }
            Failpoint::DiscardDecided | Failpoint::BeforeDelete | Failpoint::Deleted => {
                Some(&["discard", "like-count@0.2.0"])
            }
            _ => None,
        };
        if let Some(arguments) = arguments {
            host.await_start();
            host.wait(NAME);
            if arguments[0] == "promote" {
                await_phase(&host, "0.2.0", "caught_up");
            }
            let _ = host.run(arguments);
        }
        let status = host.await_end();
        assert!(!status.success() && host.log().contains(place), "{place}: {status}\n{}", host.log());
        drop(host);

        let host = home.start();
        host.wait(NAME);
        assert_eq!(host.documents(NAME), expected, "{place}");
        let now = served(&host);
        let done =
            matches!(point, Failpoint::LiveDecided | Failpoint::PointerMoved | Failpoint::RetireDecided);
        assert_eq!(now, if done { "like-count@0.2.0" } else { "like-count@0.1.0" }, "{place}");
        // Nothing prevents it from continuing, and discarded versions leave nothing behind.
        if matches!(point, Failpoint::DiscardDecided | Failpoint::BeforeDelete | Failpoint::Deleted) {
            host.ask(&["replay", "like-count@0.2.0"]);
        }
        if !done {
            await_phase(&host, "0.2.0", "caught_up");
            append(&home, &host, 2);
            host.wait(NAME);
            host.ask(&["promote", "like-count@0.2.0"]);
        }
        host.wait(NAME);
        assert_eq!(served(&host), "like-count@0.2.0", "{place}");
        let kept = if point == Failpoint::RetireDecided { 1 } else { 2 };
        wait_for("folders of versions that run", || (home.versions() == kept).then_some(()));
    }
}
