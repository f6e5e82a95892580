//! A host with guests that misbehave. Each is contained: the others and the host go on.

mod documents;
mod skipping;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use foldline_api::VersionStatus;
use foldline_core::status::Phase;
use foldline_sink_sqlite::ListQuery;
use foldline_testkit::canned::{Body, Canned, deeds, echo, forgetful_of_nothing};

/// Time limit of every wait; only failing tests reach it.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new(guests: &[(&str, Canned)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("modules");
        std::fs::create_dir(&modules).unwrap();
        for (name, guest) in guests {
            std::fs::write(modules.join(format!("{name}@0.1.0.wasm")), guest.build()).unwrap();
        }
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn config(&self) -> Config {
        let mut config = Config {
            data: self.path().join("data"),
            modules: self.path().join("modules"),
            log: LogConfig::Embedded { partitions: 1 },
            ..Config::default()
        };
        // Small enough for an endless loop to end within milliseconds.
        config.limits.module_fuel = 2_000_000;
        config.limits.module_memory_max = 8 << 20;
        // No checkpoint happens during the test.
        config.checkpoint.every = Duration::from_secs(3_600);
        config
    }

    fn start(&self) -> Arc<Host> {
        Host::start(self.config()).unwrap()
    }
}

/// A like whose time triggers a deed in guests that look at `timestamp`, and in none that look at `calm`.
fn like(post: &str, user: u64, deed: i64) -> NewRecord {
    let calm = user * 16;
    let value = json!({
        "post_id": post, "user_id": format!("u{user}"), "calm": calm, "timestamp": calm as i64 + deed,
    });
    NewRecord { value: Some(value.to_string().into_bytes()), ..NewRecord::default() }
}

fn status(host: &Host, name: &str) -> Option<VersionStatus> {
    host.status().unwrap().projections.into_iter().find(|version| version.name == name)
}

#[track_caller]
fn wait_for(what: &str, host: &Host, name: &str, until: impl Fn(&VersionStatus) -> bool) -> VersionStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = status(host, name);
        if let Some(status) = status.as_ref().filter(|status| until(status)) {
            return status.clone();
        }
        assert!(Instant::now() < deadline, "{what}: {status:?}");
        std::thread::yield_now();
    }
}

/// Waits until everything in the log is shown.
#[track_caller]
fn wait_shown(host: &Host, name: &str) -> VersionStatus {
    let deadline = Instant::now() + PATIENCE;
    while host.serving(name).is_err() {
        assert!(Instant::now() < deadline, "{:?}", status(host, name));
        std::thread::yield_now();
    }
    wait_for("everything shown", host, name, |status| {
        let mut positions = status.positions.iter();
        status.phase == Phase::Live
            && positions.all(|partition| partition.shown_offset == partition.end_offset)
            && status.positions.iter().all(|partition| partition.next_offset == partition.end_offset)
            && !status.positions.is_empty()
    })
}

fn ids(host: &Host, name: &str) -> Vec<String> {
    let query = ListQuery { limit: 1_000, ..ListQuery::default() };
    let page = host.serving(name).unwrap().reader.list(&query).unwrap().value;
    page.documents.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn a_module_that_refuses_too_much_stops_alone_and_says_so() {
    let world = World::new(&[("strict", echo("strict", "timestamp")), ("mild", echo("mild", "calm"))]);
    let host = world.start();
    let good = (0..100).map(|user| like("p1", user, 0)).collect();
    host.append("likes", good).unwrap();
    wait_shown(&host, "strict");
    wait_shown(&host, "mild");
    // Every fourth of the next 800, in the first thousand offsets: more than a tenth.
    let some_bad =
        (100..900).map(|user| like("p2", user, if user % 4 == 0 { deeds::TRAP } else { 0 })).collect();
    host.append("likes", some_bad).unwrap();
    let halted = wait_for("the stop", &host, "strict", |status| status.phase == Phase::Halted);
    let reason = halted.reason.unwrap();
    assert!(reason.contains("dead letters") && reason.contains("`likes`"), "{reason}");
    // What it showed is still served, with the dead letters that explain the halt.
    assert_eq!(ids(&host, "strict")[0], "p1");
    let letters = host.dead_letters(Some("strict"), 10, None, false).unwrap().dead_letters;
    assert!(letters[0].reason.contains("trapped"), "{letters:?}");
    // The other one reads the same topic and goes on, as does the host.
    host.append("likes", vec![like("p3", 1_000, 0)]).unwrap();
    let mild = wait_shown(&host, "mild");
    assert_eq!((mild.events, mild.dead_letters), (901, 0));
    assert_eq!(ids(&host, "mild"), ["p1", "p2", "p3"]);
    host.stop();
}

#[test]
fn guests_that_loop_recurse_grow_and_talk_nonsense_cost_their_records_only() {
    let world = World::new(&[("guest", echo("guest", "timestamp"))]);
    let host = world.start();
    let deed = |user: u64| if user % 25 == 7 { 1 + (user / 25 % 7) as i64 } else { 0 };
    host.append("likes", (0..500).map(|user| like("p1", user, deed(user))).collect()).unwrap();
    let status = wait_shown(&host, "guest");
    assert_eq!((status.events, status.dead_letters, status.phase), (480, 20, Phase::Live));
    let before = host.fingerprint("guest").unwrap();
    // Replayed in one go from empty state: the same verdicts.
    host.stop();
    drop(host);
    std::fs::remove_dir_all(world.path().join("data/versions")).unwrap();
    let host = world.start();
    let again = wait_shown(&host, "guest");
    assert_eq!((again.events, again.dead_letters), (480, 20));
    assert_eq!(host.fingerprint("guest").unwrap(), before);
    host.stop();
}

#[test]
fn a_row_that_cannot_be_projected_stays_visible_and_does_not_hold_up_the_others() {
    let world = World::new(&[("guest", echo("guest", "timestamp"))]);
    let host = world.start();
    host.append("likes", ["a", "x-ray", "b"].map(|post| like(post, 1, 0)).to_vec()).unwrap();
    let check = |host: &Host, documents: &[&str]| {
        let status = wait_shown(host, "guest");
        assert_eq!((status.failed_rows, status.rows), (1, documents.len() as u64 + 1), "{status:?}");
        let reason = status.reason.unwrap();
        assert!(reason.contains("row `x-ray` has no document") && reason.contains("trapped"), "{reason}");
        assert_eq!(ids(host, "guest"), documents);
    };
    check(&host, &["a", "b"]);
    host.append("likes", vec![like("c", 1, 0)]).unwrap();
    check(&host, &["a", "b", "c"]);
    host.stop();
    drop(host);
    let host = world.start();
    check(&host, &["a", "b", "c"]);
    host.stop();
}

#[test]
fn a_single_record_is_shown_at_once_without_checkpoint_or_company() {
    let world = World::new(&[("guest", echo("guest", "timestamp"))]);
    let host = world.start();
    for user in 0..20 {
        host.append("likes", vec![like(&format!("p{user}"), user, 0)]).unwrap();
        // The next checkpoint is an hour away, and no other record arrives.
        let status = wait_shown(&host, "guest");
        assert_eq!((status.events, status.documents), (user + 1, user + 1));
    }
    host.stop();
}

#[test]
fn a_sink_that_takes_nothing_holds_up_itself_alone() {
    let world = World::new(&[("stuck", echo("stuck", "timestamp")), ("free", echo("free", "calm"))]);
    let host = world.start();
    host.append("likes", vec![like("p", 0, 0)]).unwrap();
    wait_shown(&host, "stuck");
    wait_shown(&host, "free");
    let versions = std::fs::read_dir(world.path().join("data/versions")).unwrap();
    let folder = versions.map(|entry| entry.unwrap().path());
    let folder = folder.into_iter().find(|path| path.to_string_lossy().contains("stuck@")).unwrap();
    // Another process writes to the file, for as long as it likes.
    let other = rusqlite::Connection::open(folder.join("1/documents.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for first in (1..2_000).step_by(100) {
        host.append("likes", (first..first + 100).map(|user| like(&format!("p{user}"), user, 0)).collect())
            .unwrap();
    }
    // The engine folds on, the other projection shows everything, and `status` reports it.
    let free = wait_shown(&host, "free");
    let stuck = wait_for("the trouble", &host, "stuck", |status| {
        status.reason.is_some() && status.events == free.events
    });
    assert_eq!(stuck.documents, 1);
    assert!(stuck.reason.unwrap().contains("flush"), "the reason names what waits");
    other.execute_batch("ROLLBACK").unwrap();
    let stuck = wait_shown(&host, "stuck");
    assert_eq!((stuck.documents, stuck.reason), (free.documents, None));
    host.stop();
}

#[test]
fn a_state_is_verified_alongside_the_live_version_and_one_that_the_log_does_not_make_is_named() {
    let world = World::new(&[
        ("pure", echo("pure", "timestamp")),
        ("remembers", forgetful_of_nothing("remembers", "calm")),
    ]);
    let host = world.start();
    for user in 0..10 {
        host.append("likes", vec![like(&format!("p{user}"), user, 0)]).unwrap();
        wait_shown(&host, "remembers");
    }
    let pure = wait_shown(&host, "pure");
    let mut heard = Vec::new();
    let verified = host.verify("pure", &mut |read, of| {
        heard.push((read, of));
        true
    });
    let verified = verified.unwrap();
    assert_eq!((verified.difference, verified.rows, pure.events), (None, 10, 10));
    assert_eq!(verified.fingerprint, host.fingerprint("pure").unwrap().fingerprint);
    assert_eq!(heard.last(), Some(&(10, 10)));

    // The records came in ten calls, nine of which gave nothing; verify folds them in one call.
    let difference = host.verify("remembers", &mut |_, _| true).unwrap().difference.unwrap();
    assert_eq!((difference.table.as_str(), difference.key.as_str()), ("Likes", "p1"));
    assert_eq!((difference.state, difference.log), (None, Some(json!({"users": 1}))));

    let stopped = host.verify("pure", &mut |_, _| false).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Unavailable);
    assert_eq!(host.verify("nobody", &mut |_, _| true).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        std::fs::read_dir(world.path().join("data/scratch")).unwrap().count(),
        0,
        "nothing is left behind"
    );
    host.stop();
}

#[test]
fn two_versions_that_run_are_compared_key_by_key_up_to_where_they_part() {
    let world = World::new(&[("like-count", echo("like-count", "calm"))]);
    let host = world.start();
    // The new version cannot fold every second one, and so is never promoted.
    let some_bad =
        |user: u64| like(&format!("p{}", user % 7), user, if user % 2 == 1 { deeds::TRAP } else { 0 });
    host.append("likes", (0..1_400).map(some_bad).collect()).unwrap();
    host.append("likes", vec![like("good", 0, 0), like("bad", 1, deeds::TRAP), like("bad", 2, 0)]).unwrap();
    wait_shown(&host, "like-count");
    let alone = host.why("like-count", "bad", [None, None], &mut |_, _| true).unwrap_err();
    assert_eq!(
        alone.message(),
        "like-count@0.1.0 is the only version that runs: there is nothing to compare it with"
    );

    let mut new = echo("like-count", "timestamp");
    let Body::Answer(description) = &mut new.describe else { panic!("described by an answer") };
    description["version"] = json!("0.2.0");
    std::fs::write(world.path().join("modules/like-count@0.2.0.wasm"), new.build()).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !host.status().unwrap().projections.iter().any(|version| version.phase == Phase::Halted) {
        assert!(Instant::now() < deadline, "{:?}", host.status());
        std::thread::yield_now();
    }
    let mut heard = Vec::new();
    let why = host.why("like-count", "bad", [None, None], &mut |read, of| {
        heard.push((read, of));
        true
    });
    let why = why.unwrap();
    assert_eq!((why.old.as_str(), why.new.as_str(), why.events), ("like-count@0.1.0", "like-count@0.2.0", 1));
    assert_eq!(heard.last(), Some(&(1_403, 1_403)));
    let divergence = why.parting.unwrap();
    assert!(divergence.record.unwrap().get().contains(r#""offset":1401"#));
    assert_eq!(
        (divergence.old.unwrap().get(), divergence.new.is_none(), divergence.no_fixture),
        ("{}", true, None)
    );
    assert!(divergence.fixture.unwrap().ends_with("{\"expect\":{\"bad\":{}}}\n"));

    let same = host.why("like-count", "good", [None, Some("0.2.0")], &mut |_, _| true).unwrap();
    assert_eq!((same.events, same.parting.is_none()), (1, true));
    let stopped = host.why("like-count", "good", [None, None], &mut |_, _| false).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Unavailable);
    let unknown = host.why("like-count", "good", [Some("9.9.9"), None], &mut |_, _| true).unwrap_err();
    assert_eq!(unknown.hint(), Some("there are: like-count@0.1.0, like-count@0.2.0"));
    // The row that cannot be projected is reported, and what was served stays.
    host.append("likes", vec![like("x-ray", 0, 0)]).unwrap();
    let mut told = Vec::new();
    host.trace("like-count", Some("0.1.0"), "x-ray", 9, &mut |line| {
        told.push(line);
        true
    })
    .unwrap();
    let Some(api::TraceLine::Event(event)) = told.last() else { panic!("{told:?}") };
    assert!(event.after.is_none() && event.failed.as_ref().is_some_and(|reason| reason.contains("trapped")));
    host.stop();
}

/// Asks until the live version answers, and passes every error to `refused`.
fn ask_until_served(host: &Host, name: &str, mut refused: impl FnMut(Error)) -> Arc<Serving> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match host.serving(name) {
            Ok(serving) => return serving,
            Err(error) => refused(error),
        }
        assert!(Instant::now() < deadline, "{:?}", status(host, name));
    }
}

#[test]
fn a_projection_is_not_found_only_once_the_log_and_the_folder_say_that_there_is_none() {
    let world = World::new(&[("guest", echo("guest", "timestamp"))]);
    let mut host = world.start();
    let mut refusals = 0;
    let mut not_yet = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        refusals += 1;
    };
    // Its module is not judged yet; after that, it reads the log for the first time.
    if let Err(error) = host.trace("guest", None, "p1", 1, &mut |_| true) {
        not_yet(error);
    }
    ask_until_served(&host, "guest", &mut not_yet);
    host.append(
        "likes",
        (0..20).map(|user| like("p1", user, if user == 7 { deeds::TRAP } else { 0 })).collect(),
    )
    .unwrap();
    wait_shown(&host, "guest");
    let letters = host.dead_letters(None, 10, None, false).unwrap();
    assert_eq!(letters.dead_letters.len(), 1);
    for lost in [&[][..], &["data/versions"]] {
        host.stop();
        drop(host);
        lost.iter().for_each(|path| std::fs::remove_dir_all(world.path().join(path)).unwrap());
        host = world.start();
        let deadline = Instant::now() + PATIENCE;
        // An empty page would claim that there are none.
        let again = loop {
            match host.dead_letters(Some("guest"), 10, None, false) {
                Ok(page) => break page,
                Err(error) => not_yet(error),
            }
            assert!(Instant::now() < deadline);
        };
        assert_eq!(again, letters);
        assert_eq!(host.dead_letters(None, 10, None, false).unwrap(), letters);
        let serving = ask_until_served(&host, "guest", &mut not_yet);
        assert!(serving.reader.get("p1").unwrap().value.is_some());
    }
    assert!(refusals > 0);
    let deadline = Instant::now() + PATIENCE;
    while host.serving("nobody").err().map(|error| error.kind()) != Some(ErrorKind::NotFound) {
        assert!(Instant::now() < deadline, "modules are judged at some time");
    }
    assert_eq!(host.dead_letters(Some("nobody"), 1, None, false).unwrap_err().kind(), ErrorKind::NotFound);
    host.stop();
}

#[test]
fn a_wait_is_for_every_sink_and_names_the_one_that_it_waits_for() {
    let world = World::new(&[("guest", echo("guest", "timestamp"))]);
    // Bound and dropped: a port on which certainly nothing listens.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let toml = world.path().join("foldline.toml");
    std::fs::write(&toml, format!("[sinks.cache.redis]\nurl = \"redis://{address}\"\n")).unwrap();
    let mut config = world.config();
    config.sinks = foldline_config::load(Some(&toml), &|_| None).unwrap().sinks;
    config.projection_defaults.sinks = vec!["cache".to_owned()];
    let host = Host::start(config).unwrap();
    host.append("likes", vec![like("p1", 0, 0)]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let wait = |version, who, timeout| runtime.block_on(host.wait("guest", version, who, timeout));
    let shown = wait(None, WaitScope::Embedded, PATIENCE).unwrap();
    assert_eq!(shown.position.to_string(), "likes:0:1");
    for version in [None, Some("0.1.0")] {
        let error = wait(version, WaitScope::Everyone, Duration::from_millis(300)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.message().contains("sink `cache` is being opened"), "{error}");
        assert!(wait(version, WaitScope::Embedded, PATIENCE).is_ok());
    }
    host.stop();
}

#[test]
fn a_folder_that_no_decision_knows_of_stays() {
    let world = World::new(&[("guest", echo("guest", "timestamp"))]);
    let unknown = world.path().join("data/versions/other@1.0.0-0123456789ab/1/state");
    let replaced = world.path().join("data/versions/guest@0.1.0-0123456789ab/1/state");
    let host = world.start();
    host.append("likes", vec![like("p", 0, 0)]).unwrap();
    wait_shown(&host, "guest");
    host.stop();
    drop(host);
    [&unknown, &replaced].iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
    let host = world.start();
    wait_shown(&host, "guest");
    host.stop();
    drop(host);
    assert!(unknown.exists(), "its decisions may have been lost, and it may be all that is left");
    assert!(!replaced.exists(), "a version that is known has another folder");
}
