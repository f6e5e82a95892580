//! Goal: whatever clients do with their connections, operators and probes are answered, and the command line finds its host.
//! Method: real hosts with few connections, clients that hold all of them, and the command line in the host's folder, without the
//! host's address.

use std::io::{Read, Write, repeat};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use foldline_tests::host::{Home, Host, foldline, wait_for};
use foldline_tests::http::{self, Body};
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::likes::likes;

/// The data folder is set in the configuration, which the command line reads.
const CONFIGURATION: &str = "data = \"data\"\n";

/// 32 connections per client: a process with 1,024 descriptors can fill them many times over.
const FEW: &str = "data = \"data\"\n[server]\nconnections_max = 64\nconnections_per_peer_max = 32\n";

/// Runs a subcommand in a host's folder, without the host's address.
fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(foldline());
    command.args(arguments).current_dir(folder).env_remove("FOLDLINE_HOST").env_remove("FOLDLINE_TOKEN");
    command.output().expect("the binary starts")
}

fn folder(home: &Home) -> std::path::PathBuf {
    home.path("")
}

fn said(output: &Output) -> String {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    format!("{}{stdout}{stderr}", output.status)
}

fn connect(host: &Host) -> TcpStream {
    let address = host.url.strip_prefix("http://").expect("a URL");
    let client = TcpStream::connect(address).expect("a connection");
    client.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    client
}

/// Sends a request on a connection. Returns what comes of the answer at once.
fn ask(client: &mut TcpStream, path: &str) -> String {
    write!(client, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request sent");
    let mut answer = vec![0; 64 << 10];
    let read = client.read(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[test]
fn silent_connections_and_kept_alive_readers_starve_no_probe_and_no_operator() {
    let home = Home::new(FEW);
    let host = home.start();
    let silent: Vec<TcpStream> = (0..200).map(|_| connect(&host)).collect();
    let mut readers: Vec<TcpStream> = Vec::new();
    for _ in 0..100 {
        let mut reader = connect(&host);
        assert!(ask(&mut reader, "/api/v1/status").starts_with("HTTP/1.1 200 OK"));
        readers.push(reader);
    }
    let began = Instant::now();
    for path in ["/livez", "/readyz", "/metrics"] {
        assert!(ask(&mut connect(&host), path).starts_with("HTTP/1.1 200 OK"), "{path}");
    }
    assert!(run_in(&folder(&home), &["status"]).status.success());
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    drop((silent, readers));
}

#[test]
fn where_every_connection_is_at_work_readers_are_refused_and_operators_answered() {
    let home = Home::new(FEW);
    let host = home.start();
    // Answers that never end.
    let listening: Vec<TcpStream> = (0..32)
        .map(|_| {
            let mut client = connect(&host);
            assert!(ask(&mut client, "/api/v1/events").starts_with("HTTP/1.1 200 OK"));
            client
        })
        .collect();
    let mut refused = String::new();
    connect(&host).read_to_string(&mut refused).expect("an answer");
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    let status = run_in(&folder(&home), &["status", "-o", "json"]);
    assert!(status.status.success(), "{}", said(&status));
    let lines = || host.log().lines().filter(|line| line.contains("connections are refused")).count();
    for _ in 0..20 {
        drop(connect(&host));
    }
    assert_eq!(lines(), 1, "one line, whatever is refused:\n{}", host.log());
    drop(listening);
}

#[test]
fn the_command_line_finds_the_host_of_its_configuration_and_no_other() {
    let homes = [Home::new(CONFIGURATION), Home::new(CONFIGURATION)];
    let hosts = homes.each_ref().map(Home::start);
    for (home, topic) in homes.iter().zip(["first", "second"]) {
        let file = home.write("records", "1\n");
        let appended = run_in(&folder(home), &["append", topic, file.to_str().expect("a text")]);
        assert!(appended.status.success(), "{}", said(&appended));
    }
    for (host, topic) in hosts.iter().zip(["first", "second"]) {
        assert_eq!(host.ask(&["tail"]).lines().count(), 1);
        assert!(host.ask(&["tail", topic]).contains(topic));
    }
    let named = homes[1].path("foldline.toml");
    // A relative data folder is relative to the working folder, as for the host.
    let elsewhere = run_in(&folder(&homes[1]), &["-c", named.to_str().expect("a text"), "tail", "second"]);
    assert!(elsewhere.status.success(), "{}", said(&elsewhere));
    let socket = homes[0].path("data/operators.sock");
    let by_socket = format!("unix:{}", socket.display());
    let tailed = run_in(&folder(&homes[1]), &["--host", &by_socket, "tail", "first"]);
    assert!(tailed.status.success(), "{}", said(&tailed));
}

#[test]
fn the_socket_is_its_owners_alone_outlives_no_host_and_one_that_was_left_is_replaced() {
    let home = Home::new(CONFIGURATION);
    let socket = home.path("data/operators.sock");
    let host = home.start();
    let mode = std::fs::symlink_metadata(&socket).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    host.kill();
    assert!(socket.exists(), "a host that is killed leaves it");
    let host = home.start();
    assert!(run_in(&folder(&home), &["status"]).status.success());
    assert!(host.stop().success());
    assert!(!socket.exists());
}

#[test]
fn a_data_folder_whose_path_is_too_long_for_a_socket_is_served_all_the_same_and_said() {
    let long = "d".repeat(120);
    let home = Home::new(&format!("data = \"{long}\"\n"));
    let mut host = home.spawn_at(&long);
    host.await_start();
    assert!(ask(&mut connect(&host), "/livez").starts_with("HTTP/1.1 200 OK"));
    wait_for("the line about the socket", || {
        let log = host.log();
        (log.contains("operators have no socket") && log.contains("operators_listen")).then_some(())
    });
}

#[test]
fn operators_change_things_at_the_socket_with_the_token_of_the_configuration_and_not_without() {
    let home = Home::new("data = \"data\"\ntoken = \"secret\"\n");
    let _host = home.start();
    let punctuate = ["append", "likes", "records"];
    home.write("records", "1\n");
    let known = run_in(&folder(&home), &punctuate);
    assert!(known.status.success(), "{}", said(&known));
    let by_socket = format!("unix:{}", home.path("data/operators.sock").display());
    let unknown = run_in(&folder(&home), &["--host", &by_socket, "append", "likes", "records"]);
    assert!(said(&unknown).contains("the token is missing"), "{}", said(&unknown));
}

#[test]
fn wait_says_that_a_version_has_halted_with_the_exit_code_of_a_no() {
    let home = Home::new("[limits]\ndead_letters_max = 0.0\n").with_module("like-count");
    let host = home.start();
    let file = home.write("records", "no JSON\n".repeat(2_000));
    host.ask(&["append", "likes", file.to_str().expect("a text")]);
    let waited = host.run(&["wait", "like-count", "--timeout", "100s"]);
    assert_eq!(waited.status.code(), Some(1), "{}", said(&waited));
    assert!(said(&waited).contains("has halted: "), "{}", said(&waited));
}

#[test]
fn a_scrape_and_the_status_answer_at_once_while_the_brokers_are_away_and_say_how_old_they_are() {
    let Some(broker) = Broker::own() else { return };
    let (address, topic) = (broker.address(), unique_topic("likes"));
    let configuration = format!(
        "[log.kafka]\nbrokers = \"{address}\"\n[topics.likes]\nname = \"{topic}\"\npartitions = 4\ncreate = true\n"
    );
    let home = Home::new(&configuration).with_module("like-count");
    let host = home.start();
    let file = home.write("likes.ndjson", likes(1_000, 10, 100, 6).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    let age_ms = || host.status()["log_end_age_ms"].as_u64().unwrap_or(0);
    wait_for("a fresh answer", || (age_ms() < 3_000).then_some(()));
    broker.stop();
    wait_for("an old answer", || {
        for path in ["/metrics", "/readyz", "/livez", "/api/v1/status"] {
            let began = Instant::now();
            assert_eq!(host.get(path).0, 200, "{path}");
            // Asking the brokers would take ten seconds.
            assert!(began.elapsed() < Duration::from_secs(5), "{path} took {:?}", began.elapsed());
        }
        (age_ms() > 15_000).then_some(())
    });
    let status = host.status();
    let version = &status["projections"][0];
    let ends = version["positions"].as_array().expect("positions").iter();
    assert_eq!(ends.map(|at| at["end_offset"].as_u64().expect("a number")).sum::<u64>(), 1_000, "{version}");
    assert!(
        version["reason"].as_str().is_some_and(|reason| reason.contains("cannot reach kafka")),
        "{version}"
    );
    broker.start();
    wait_for("a fresh answer", || (age_ms() < 3_000).then_some(()));
}

#[test]
fn bodies_that_are_refused_take_no_more_memory_than_they_may() {
    let home = Home::new("[limits]\nrecord_bytes_max = \"10B\"\n");
    let host = home.start();
    // A million empty values, each a hundred bytes as a record, and a last one that is too long.
    let empty = || Body::new(repeat(b'\n').take(990_000).chain(repeat(b'x').take(11)));
    // And bodies of unknown length that turn out longer than allowed.
    let endless = || Body::new(repeat(b'x').take(65 << 20));
    let post = |body: Body| {
        let answer = http::post(&http::records(&host.url, "likes"), http::VALUES, body).expect("an answer");
        assert!([413, 503].contains(&answer.status), "{}", answer.status);
    };
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| post(empty()));
        }
        for _ in 0..8 {
            scope.spawn(|| post(endless()));
        }
    });
    let peak = host.peak_bytes() >> 20;
    assert!(peak < 700, "{peak} MiB");
}
