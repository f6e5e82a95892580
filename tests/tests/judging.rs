//! Goal: a module that takes long to judge, one that the host has no memory for, and thousands of files that are no modules block
//! nothing else.
//! Method: a real host judges a real module with much added code, and gets all other requests meanwhile.

use std::process::Command;
use std::time::{Duration, Instant};

use foldline_tests::host::{Home, Host, module, wait_for};
use foldline_tests::likes::likes;
use foldline_tests::slow_module::with_dead_weight;
use serde_json::Value;

const NAME: &str = "like-count";
const SLOW: &str = "post-stats@0.1.0.wasm";

/// Returns a module that takes half a minute to compile on two cores.
fn slow() -> Vec<u8> {
    with_dead_weight(&std::fs::read(module("post-stats")).expect("a module"), 300, 4_000)
}

fn append(home: &Home, host: &Host, seed: u64) {
    let file = home.write("likes.ndjson", likes(2_000, 40, 90, seed).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
}

/// Returns the code of a file's verdict; `None` if it is accepted.
fn code(host: &Host, file: &str) -> Option<String> {
    let reports: Value = serde_json::from_str(&host.get("/api/v1/modules").1).expect("reports");
    let reports = reports["modules"].as_array().or(reports.as_array()).expect("a list").clone();
    let report = reports.into_iter().find(|report| report["file"] == file)?;
    Some(report["code"].as_str().unwrap_or_default().to_owned())
}

/// Returns the child processes of a host.
fn children(host: &Host) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", host.id())).expect("threads");
    let of = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.expect("a thread").path().join("children")).unwrap_or_default()
    };
    tasks.map(of).collect::<String>().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_module_that_takes_long_to_judge_holds_up_no_promotion_no_rollback_and_no_stop() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    home.add_version(NAME, "0.2.0");
    host.ask(&["wait", NAME, "--version", "0.2.0"]);

    home.drop_file(SLOW, slow());
    wait_for("the module to be judged", || (code(&host, SLOW)? == "judging").then_some(()));
    host.ask(&["promote", "like-count@0.2.0"]);
    host.ask(&["rollback", NAME]);
    append(&home, &host, 2);
    host.wait(NAME);
    assert_eq!(code(&host, SLOW).as_deref(), Some("judging"), "all that while");
    let compiling = children(&host);
    assert_eq!(compiling.len(), 1, "{compiling:?}");
    let began = Instant::now();
    assert!(host.stop().success());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let is_gone = || (!std::path::Path::new("/proc").join(&compiling[0]).exists()).then_some(());
    wait_for("the compilation to end", is_gone);
}

#[test]
fn a_module_that_took_its_time_is_accepted_and_compiled_once() {
    let home = Home::default();
    let host = home.start();
    let wasm = std::fs::read(module(NAME)).expect("a module");
    home.drop_file("like-count@0.1.0.wasm", with_dead_weight(&wasm, 20, 2_000));
    append(&home, &host, 1);
    wait_for("the verdict", || code(&host, "like-count@0.1.0.wasm")?.is_empty().then_some(()));
    host.wait(NAME);
    assert!(host.stop().success());
    let host = home.start();
    host.await_ready();
    assert!(!host.log().contains("cannot start yet"), "it was compiled before:\n{}", host.log());
    assert!(host.stop().success());
}

#[test]
fn a_good_module_that_the_host_has_no_room_for_is_judged_again_until_it_has() {
    let home = Home::default();
    let host = home.start();
    let limit = |limit: &str| {
        let arguments = ["--pid", &host.id().to_string(), &format!("--as={limit}:")];
        assert!(Command::new("prlimit").args(arguments).status().expect("prlimit runs").success());
    };
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.id())).expect("a status");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("a size");
    let kib: u64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
    limit(&((kib + (2 << 20)) << 10).to_string());
    home.add_module(NAME);
    let expected =
        || code(&host, "like-count@0.1.0.wasm").filter(|code| !["judging", "unsettled"].contains(&&**code));
    assert_eq!(wait_for("the verdict", expected), "host_unavailable", "{}", host.log());
    // Without a change of the file, it is judged again.
    limit("unlimited");
    append(&home, &host, 1);
    host.wait(NAME);
    assert!(host.stop().success());
}

#[test]
fn a_live_version_that_the_host_has_no_room_to_compile_starts_once_it_has() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    append(&home, &host, 1);
    host.wait(NAME);
    assert!(host.stop().success());
    std::fs::remove_dir_all(home.path("data/cache")).expect("no machine code");
    let away = home.path("temporary");
    let mut host = home.spawn_with("127.0.0.1:0", &[("TMPDIR", away.to_str().expect("a text"))]);
    host.await_start();
    wait_for("a start that did not work", || host.log().contains("cannot be compiled now").then_some(()));
    std::fs::create_dir(&away).expect("a folder for temporary files");
    append(&home, &host, 2);
    host.wait(NAME);
    assert!(!host.log().contains("projection halted"), "{}", host.log());
    assert!(host.stop().success());
}

#[test]
fn a_file_that_stops_being_a_module_while_it_is_judged_holds_up_no_version_of_its_name() {
    let home = Home::default();
    let host = home.start();
    let wasm = std::fs::read(module(NAME)).expect("a module");
    let file = "like-count@0.2.0.wasm";
    home.drop_file(file, with_dead_weight(&wasm, 60, 4_000));
    wait_for("the module to be judged", || (code(&host, file)? == "judging").then_some(()));
    let link = home.path("link");
    std::os::unix::fs::symlink(module(NAME), &link).expect("a link");
    std::fs::rename(link, home.path("modules").join(file)).expect("a link in the module's place");
    wait_for("the link to be rejected", || (code(&host, file)? == "not_regular").then_some(()));
    home.add_module(NAME);
    append(&home, &host, 1);
    host.wait(NAME);
    assert!(host.stop().success());
}

#[test]
fn thousands_of_files_that_are_no_modules_keep_no_module_from_being_judged() {
    let home = Home::default();
    for number in 0..3_000 {
        std::fs::write(home.path("modules").join(format!("a{number}.wasm")), b"no module").expect("a file");
    }
    let host = home.start();
    let good = ["followers", "hourly-sales", NAME, "post-stats", "sessions", "trending", "tribe-posts"];
    good.iter().for_each(|name| home.add_module(name));
    for name in good {
        let is_accepted = || code(&host, &format!("{name}@0.1.0.wasm"))?.is_empty().then_some(());
        wait_for(&format!("{name} to be accepted"), is_accepted);
    }
    assert!(host.stop().success());
}

#[test]
fn a_host_whose_binary_is_replaced_on_the_disk_compiles_modules_all_the_same() {
    let mut home = Home::default();
    let binary = home.own_binary();
    let host = home.start();
    std::fs::remove_file(&binary).expect("the binary goes");
    std::fs::write(&binary, b"another one").expect("and another one comes");
    home.add_module(NAME);
    append(&home, &host, 1);
    host.wait(NAME);
    assert!(host.stop().success());
}
