//! Goal: everything dropped into the modules folder gets the right verdict, and the live version keeps answering.
//! Method: a real host with a live version, under appends whose answers are read back, gets one drop after the other. At the end,
//! every document must equal the model's. The test only sleeps for the pauses of a slow copy, which are the fault.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use foldline_base::artifact::{with_length, without_length};
use foldline_tests::client::{Appending, Client};
use foldline_tests::host::{Home, Host, module, renumber, renumbered, wait_for};
use foldline_tests::variants::validated;
use foldline_tests::world::Rng;
use serde_json::Value;

const NAME: &str = "like-count";

/// Limit of a host's peak memory: modules of 32 MiB are allowed; these are a hundredth of that.
const MEMORY_MAX: u64 = 512 << 20;

/// A host with `like-count@0.1.0` live, and a client that keeps appending.
struct Stage {
    home: Home,
    host: Host,
    appending: Appending,
}

impl Stage {
    fn new(configuration: &str) -> Self {
        let home = Home::new(configuration).with_module(NAME);
        let host = home.start();
        let mut client = Client::new(1);
        client.append(&host.url, 2_000);
        client.check(&host);
        let appending = client.keep_appending(&host);
        Self { home, host, appending }
    }

    fn folder(&self, file: &str) -> PathBuf {
        self.home.path("modules").join(file)
    }

    fn report(&self, file: &str) -> Option<Value> {
        let (status, body) = self.host.get("/api/v1/modules");
        assert_eq!(status, 200);
        let answer: Value = serde_json::from_str(&body).expect("verdicts are JSON");
        answer["modules"].as_array().expect("a list").iter().find(|report| report["file"] == file).cloned()
    }

    /// Waits for a verdict with a text in its reason. Then the live version must still answer.
    #[track_caller]
    fn verdict(&self, file: &str, verdict: &str, reason: &str) {
        let mut last = None;
        wait_for(&format!("`{file}` to be {verdict}: {reason}"), || {
            let report = self.report(file)?;
            let text = report["reason"].as_str().unwrap_or_default().to_owned();
            let is_expected = report["verdict"] == verdict && text.contains(reason);
            if !is_expected && last.as_ref() != Some(&report) {
                println!("{report}");
                last = Some(report);
            }
            is_expected.then_some(())
        });
        self.appending.goes_on();
    }

    /// Returns the running versions, sorted.
    fn versions(&self) -> Vec<String> {
        let status = self.host.status();
        let versions = status["projections"].as_array().expect("versions").iter();
        let mut versions: Vec<String> =
            versions.map(|of| format!("{} {}", of["version"], of["phase"]).replace('"', "")).collect();
        versions.sort();
        versions
    }

    /// Returns how often the host has logged a verdict on a file.
    fn verdicts_in_log(&self, file: &str) -> usize {
        let log = self.host.log();
        let about = |line: &&str| line.contains(file) && line.contains("module ");
        log.lines()
            .filter(|line| line.contains("accepted") || line.contains("rejected"))
            .filter(about)
            .count()
    }

    /// Ends the appends: the host lives, has kept within its memory limit, and shows exactly the right documents.
    fn end(self) {
        let client = self.appending.stop();
        client.check(&self.host);
        assert_eq!(self.host.get("/livez").0, 200);
        assert!(self.host.peak_bytes() < MEMORY_MAX, "{} bytes", self.host.peak_bytes());
        assert!(self.host.stop().success());
    }
}

/// A section without meaning.
const PLANET: &[u8] = b"\0\x08\x06planet\0";

/// Returns a module without its trailing length, with one more section.
fn with_section(wasm: &[u8]) -> Vec<u8> {
    [without_length(wasm), PLANET].concat()
}

#[test]
fn files_that_are_no_module_are_rejected_by_name_and_are_never_part_of_a_path() {
    let stage = Stage::new("");
    let good = renumbered(NAME, "0.4.0");
    let write = |file: &str, bytes: &[u8]| std::fs::write(stage.folder(file), bytes).expect("written");

    // A copy that broke off, and one that broke off within the first bytes.
    write("like-count@0.3.0.wasm", &good[..good.len() / 2]);
    write("like-count@0.3.1.wasm", &good[..5]);
    std::os::unix::fs::symlink(module(NAME), stage.folder("like-count@0.3.2.wasm")).expect("linked");
    std::os::unix::fs::symlink("/dev/zero", stage.folder("like-count@0.3.3.wasm")).expect("linked");
    let fifo = stage.folder("like-count@0.3.4.wasm");
    assert!(Command::new("mkfifo").arg(fifo).status().expect("mkfifo").success());
    std::fs::create_dir(stage.folder("like-count@0.3.5.wasm")).expect("made");
    let large = File::create(stage.folder("like-count@0.3.6.wasm")).expect("a file");
    large.set_len(200 << 20).expect("a sparse file");
    // Names that would lead elsewhere if they became part of a path.
    let names =
        ["a..@0.4.0.wasm", "a\\..\\..\\like-count@0.4.0.wasm", "like-count@..\\0.4.0.wasm", "%2e%2e.wasm"];
    names.iter().for_each(|name| write(name, &good));
    write("like-count@0.4.0.wasm\\", &good);
    write("like-count@0.4.0.WASM", &good);
    write("like-count\n@0.4.0.wasm", &good);
    // Look-alikes: a Cyrillic letter in the file's name, and one in the module's own.
    write("like-\u{441}ount@0.4.0.wasm", &good);
    let twin = renumber(renumbered(NAME, "0.4.0"), "", "like-count0.4.0", "li\u{435}-count0.4.0");
    write("li\u{435}-count@0.4.0.wasm", &twin);

    let described = "describes itself as like-count 0.4.0";
    for (file, reason) in [
        ("like-count@0.3.0.wasm", "truncated"),
        ("like-count@0.3.1.wasm", "truncated"),
        ("like-count@0.3.2.wasm", "is a link"),
        ("like-count@0.3.3.wasm", "is a link"),
        ("like-count@0.3.4.wasm", "FIFO"),
        ("like-count@0.3.5.wasm", "folder"),
        ("like-count@0.3.6.wasm", "has 209715200 bytes, and the limit is 33554432"),
        (names[0], described),
        (names[1], described),
        (names[2], described),
        (names[3], described),
        ("like-count\u{fffd}@0.4.0.wasm", "not plain text"),
        ("like-\u{441}ount@0.4.0.wasm", described),
        ("li\u{435}-count@0.4.0.wasm", "which is not a valid name"),
    ] {
        stage.verdict(file, "rejected", reason);
    }
    for file in ["like-count@0.4.0.wasm\\", "like-count@0.4.0.WASM"] {
        stage.verdict(file, "ignored", "NAME@VERSION.wasm");
    }
    // The live version's own file is replaced, and restored.
    stage.home.drop_file("like-count@0.1.0.wasm", b"junk");
    stage.verdict("like-count@0.1.0.wasm", "rejected", "not WebAssembly");
    stage.home.drop_file("like-count@0.1.0.wasm", renumbered(NAME, "0.1.0"));
    stage.verdict("like-count@0.1.0.wasm", "accepted", "");

    assert_eq!(stage.versions(), ["0.1.0 live"]);
    assert_eq!(stage.home.versions(), 1);
    assert_eq!(std::fs::read_dir(stage.home.path("data/modules")).expect("modules").count(), 1);
    stage.end();
}

#[test]
fn a_file_that_is_copied_with_pauses_has_one_verdict_once_it_is_whole() {
    let stage = Stage::new("");
    let file = "like-count@0.2.0.wasm";
    let wasm = renumbered(NAME, "0.2.0");
    let mut copy = File::create(stage.folder(file)).expect("a file");
    for part in wasm.chunks(wasm.len().div_ceil(3)) {
        copy.write_all(part).expect("written");
        // Longer than a complete file must stay unchanged.
        std::thread::sleep(Duration::from_millis(400));
    }
    drop(copy);
    stage.verdict(file, "accepted", "");
    stage.host.await_phase(NAME, "0.2.0", "caught_up");
    assert_eq!(stage.verdicts_in_log(file), 1, "{}", stage.host.log());
    stage.end();
}

#[test]
fn a_copy_that_pauses_before_its_last_section_has_one_verdict_once_it_is_whole() {
    let stage = Stage::new("");
    let file = "like-count@0.2.0.wasm";
    let wasm = renumbered(NAME, "0.2.0");
    // At each pause, the file so far is a valid module.
    let ends = section_ends(&wasm);
    let [.., before_producers, before_length, end] = ends[..] else { panic!("sections") };
    let mut copy = File::create(stage.folder(file)).expect("a file");
    let mut written = 0;
    for until in [before_producers, before_length, end] {
        copy.write_all(&wasm[written..until]).expect("written");
        written = until;
        if until < end {
            validated(&wasm[..until]);
            wait_for("what it waits for to be said", || {
                let report = stage.report(file)?;
                assert_eq!(report["verdict"], "waiting", "{report}");
                (report["code"] == "unsettled").then_some(())
            });
        }
    }
    drop(copy);
    stage.verdict(file, "accepted", "");
    stage.host.await_phase(NAME, "0.2.0", "caught_up");
    assert_eq!(stage.verdicts_in_log(file), 1, "{}", stage.host.log());
    stage.end();
}

/// Returns the offset at which each section of a component ends.
fn section_ends(wasm: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (8, Vec::new());
    while at < wasm.len() {
        let (mut bytes, mut shift) = (0, 0);
        at += 1;
        loop {
            bytes |= usize::from(wasm[at] & 0x7f) << shift;
            shift += 7;
            at += 1;
            if wasm[at - 1] < 0x80 {
                break;
            }
        }
        at += bytes;
        ends.push(at);
    }
    ends
}

#[test]
fn a_longer_file_takes_the_place_of_its_beginning_until_that_was_served() {
    let stage = Stage::new("");
    let file = "like-count@0.2.0.wasm";
    let half = without_length(&renumbered(NAME, "0.2.0")).to_vec();
    let whole = with_section(&half);
    // A copy that pauses for longer than the host waits.
    stage.home.drop_file(file, &half);
    stage.verdict(file, "waiting", "does not end with its length");
    let plan = stage.host.run(&["plan", stage.folder(file).to_str().expect("a text")]);
    assert!(plan.status.success());
    stage.verdict(file, "accepted", "");
    stage.host.await_phase(NAME, "0.2.0", "caught_up");
    let digest = |stage: &Stage| stage.report(file).expect("a report")["digest"].clone();
    let of_half = digest(&stage);
    stage.home.drop_file(file, with_length(whole.clone()));
    wait_for("the whole", || (digest(&stage) != of_half).then_some(()));
    stage.verdict(file, "accepted", "");
    wait_for("the whole to run", || {
        let status = stage.host.status();
        let versions = status["projections"].as_array().expect("versions");
        versions.iter().any(|of| of["digest"] == digest(&stage) && of["phase"] == "caught_up").then_some(())
    });
    wait_for("the state of its beginning to go", || (stage.home.versions() == 2).then_some(()));
    stage.host.ask(&["promote", "like-count@0.2.0"]);
    stage.appending.goes_on();
    // It was served, so its bytes stay.
    stage.home.drop_file(file, with_length(with_section(&whole)));
    stage.verdict(file, "rejected", "is registered with digest");
    assert_eq!(stage.versions(), ["0.1.0 draining", "0.2.0 live"]);
    let Stage { home, host, appending } = stage;
    let client = appending.stop();
    assert!(host.stop().success());
    let host = home.start();
    client.check(&host);
    let stage = Stage { appending: client.keep_appending(&host), home, host };
    stage.appending.goes_on();
    stage.end();
}

#[test]
fn bytes_belong_to_their_version_and_files_may_go() {
    let stage = Stage::new("");
    let file = "like-count@0.2.0.wasm";
    stage.home.add_version(NAME, "0.2.0");
    stage.verdict(file, "accepted", "");
    stage.host.await_phase(NAME, "0.2.0", "caught_up");

    let same = renumbered(NAME, "0.2.0");
    let (header, sections) = without_length(&same).split_at(8);
    let other = with_length([header, PLANET, sections].concat());
    stage.home.drop_file(file, &other);
    stage.verdict(file, "rejected", "is registered with digest");
    stage.home.drop_file(file, renumbered(NAME, "0.2.0"));
    stage.verdict(file, "accepted", "");
    assert_eq!(stage.versions(), ["0.1.0 live", "0.2.0 caught_up"], "the same bytes again are nothing");
    stage.home.drop_file("like-count@0.0.9.wasm", renumbered(NAME, "0.0.9"));
    stage.verdict("like-count@0.0.9.wasm", "registered", "");
    assert_eq!(stage.versions(), ["0.1.0 live", "0.2.0 caught_up"], "an older one is not started");

    // The files do not decide what runs.
    for version in ["0.0.9", "0.1.0", "0.2.0"] {
        std::fs::remove_file(stage.folder(&format!("{NAME}@{version}.wasm"))).expect("removed");
    }
    wait_for("the files' verdicts to go", || {
        ["0.0.9", "0.1.0", "0.2.0"]
            .iter()
            .all(|version| stage.report(&format!("{NAME}@{version}.wasm")).is_none())
            .then_some(())
    });
    stage.appending.goes_on();
    let Stage { home, host, appending } = stage;
    let client = appending.stop();
    client.check(&host);
    assert!(host.stop().success());
    let host = home.start();
    client.check(&host);
    let stage = Stage { appending: client.keep_appending(&host), home, host };
    stage.appending.goes_on();
    stage.host.await_phase(NAME, "0.2.0", "caught_up");
    stage.host.ask(&["promote", "like-count@0.2.0"]);
    stage.appending.goes_on();
    stage.host.ask(&["rollback", NAME]);
    stage.appending.goes_on();
    assert_eq!(stage.versions(), ["0.1.0 live", "0.2.0 draining"]);
    stage.end();
}

#[test]
fn a_damaged_module_is_rejected_or_runs_and_never_takes_the_host_along() {
    const DAMAGED: u64 = 12;
    let stage = Stage::new("");
    let mut rng = Rng::new(7);
    for nth in 0..DAMAGED {
        let version = format!("0.{}.{}", 2 + nth / 10, nth % 10);
        let mut wasm = renumbered(NAME, &version);
        // A byte in each part of the file: headers, code, data, types.
        let part = wasm.len() as u64 / DAMAGED;
        let at = nth * part + rng.below(part);
        wasm[at as usize] ^= 1 << rng.below(8);
        let file = format!("{NAME}@{version}.wasm");
        stage.home.drop_file(&file, &wasm);
        // With a damaged last section the module may be incomplete, so the host waits.
        let report = wait_for("a verdict", || stage.report(&file).filter(|of| of["verdict"] != "waiting"));
        println!("bit flipped at {at} of {}: {report}", wasm.len());
        if report["verdict"] == "rejected" {
            assert_eq!(stage.host.phase(NAME, &version), None);
            assert!(report["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{report}");
        } else {
            let settled = |phase: String| matches!(phase.as_str(), "caught_up" | "halted").then_some(());
            wait_for("what comes of it", || stage.host.phase(NAME, &version).and_then(settled));
        }
        stage.appending.goes_on();
    }
    let wasm = renumbered(NAME, "0.9.0");
    for (nth, bytes) in [9, wasm.len() / 3, wasm.len() - 1].into_iter().enumerate() {
        let file = format!("like-count@0.9.{nth}.wasm");
        stage.home.drop_file(&file, &wasm[..bytes]);
        stage.verdict(&file, "rejected", "");
    }
    stage.end();
}

#[test]
fn of_modules_that_lie_there_together_only_the_highest_is_accepted() {
    let home = Home::new("").with_module(NAME);
    home.add_version(NAME, "0.2.0");
    home.add_version(NAME, "0.3.0");
    let host = home.start();
    host.ask(&["wait", NAME, "--version", "0.3.0"]);
    let answer: Value = serde_json::from_str(&host.get("/api/v1/modules").1).expect("verdicts are JSON");
    let told: Vec<(&str, &str)> = answer["modules"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|of| (of["version"].as_str().expect("a version"), of["verdict"].as_str().expect("a verdict")))
        .collect();
    assert_eq!(told, [("0.1.0", "registered"), ("0.2.0", "registered"), ("0.3.0", "accepted")]);
}

#[test]
fn of_a_hundred_modules_at_once_all_are_judged_and_the_highest_becomes_the_candidate() {
    let stage = Stage::new("");
    let (threads, mut files) = (stage.host.threads(), Vec::new());
    for nth in 0..100 {
        let version = format!("1.{}.{}", nth / 10, nth % 10);
        files.push(format!("{NAME}@{version}.wasm"));
        stage.home.drop_file(&files[nth], renumbered(NAME, &version));
    }
    let mut most = 0;
    // One after the other, so that a busy machine is given time for each.
    for nth in 1..=files.len() {
        wait_for(&format!("verdict {nth} of {}", files.len()), || {
            most = most.max(stage.host.threads());
            let (_, body) = stage.host.get("/api/v1/modules");
            let answer: Value = serde_json::from_str(&body).expect("verdicts are JSON");
            let judged = answer["modules"].as_array().expect("a list").iter().filter(|of| {
                assert_ne!(of["verdict"], "rejected", "{of}");
                of["verdict"] != "waiting" && files.iter().any(|file| of["file"] == file.as_str())
            });
            (judged.count() >= nth).then_some(())
        });
    }
    stage.host.await_phase(NAME, "1.9.9", "caught_up");
    stage.appending.goes_on();
    assert_eq!(stage.versions(), ["0.1.0 live", "1.9.9 caught_up"]);
    wait_for("the folders of others to go", || (stage.home.versions() == 2).then_some(()));
    // At most two more versions at a time: the candidate, and one that is being stopped.
    println!("{most} threads, {threads} before");
    assert!(most < threads * 3, "{most} threads, {threads} before");
    stage.end();
}
