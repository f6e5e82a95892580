//! Goal: logging never ends a process, whether stderr is on a full disk or its reader is gone.
//! Method: real hosts and clients whose stderr accepts nothing; the test checks what else they do, and their exit codes.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use foldline_tests::host::{Home, Host, foldline, wait_for};
use foldline_tests::likes::likes;

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("the system has /dev/full")
}

/// Has a host judge, fold, log and stop.
fn works(home: &Home, mut host: Host) {
    home.add_module("like-count");
    let file = home.write("likes.ndjson", likes(500, 20, 50, 1).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    assert_eq!(host.get("/readyz").0, 200);
    home.drop_file("broken@1.0.0.wasm", b"no module");
    wait_for("the verdict", || host.ask(&["modules"]).contains("is not WebAssembly").then_some(()));
    host.signal("HUP");
    assert_eq!(host.exit_code(), None, "it goes on");
    assert!(host.stop().success());
}

#[test]
fn a_host_whose_log_is_on_a_full_disk_goes_on() {
    let home = Home::default();
    works(&home, home.start_logging_to(full()));
}

#[test]
fn a_host_whose_log_nobody_reads_any_more_goes_on() {
    let home = Home::default();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let host = home.start_logging_to(writer);
    let mut first = String::new();
    BufReader::new(reader).read_line(&mut first).expect("a line");
    assert!(!first.is_empty(), "and from here on there is no reader");
    works(&home, host);
}

#[test]
fn a_client_ends_with_the_code_of_what_happened_wherever_stderr_is() {
    let nobody = ["--host", "http://127.0.0.1:9"];
    let exit_code = |arguments: &[&str], stdout: Stdio, stderr: Stdio| {
        let mut command = Command::new(foldline());
        command.args(arguments).args(nobody).stdout(stdout).stderr(stderr);
        command.status().expect("the binary starts").code()
    };
    let closed = || std::io::pipe().map(|(_, writer)| Stdio::from(writer)).expect("a pipe");
    for stderr in [|| Stdio::from(full()), closed] {
        assert_eq!(exit_code(&["status"], Stdio::null(), stderr()), Some(4), "unreachable");
        assert_eq!(exit_code(&["query", "a", "b", "--all"], Stdio::null(), stderr()), Some(2), "usage");
        assert_eq!(exit_code(&["build", "/nowhere"], Stdio::null(), stderr()), Some(3), "no reducer");
        assert_eq!(
            exit_code(&["run", "-c", "/nowhere.toml"], Stdio::null(), stderr()),
            Some(3),
            "no configuration"
        );
        assert_eq!(exit_code(&["--help"], Stdio::null(), stderr()), Some(0));
    }
}

#[test]
fn an_answer_that_the_disk_does_not_take_is_an_error_and_one_that_nobody_reads_is_none() {
    let host = Home::default();
    let host = (host.start(), host).0;
    let status = |stdout: Stdio| {
        let mut command = Command::new(foldline());
        command.args(["--host", &host.url, "status"]).stdout(stdout).stderr(full());
        command.status().expect("the binary starts").code()
    };
    assert_eq!(status(full().into()), Some(4));
    assert_eq!(status(std::io::pipe().expect("a pipe").1.into()), Some(0), "`head` has seen enough");
}
