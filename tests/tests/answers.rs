//! Goal: an answer means what it says. For what is not known yet, the host answers 503 or waits; 404 means that it does not
//! exist.
//! Method: a real host is killed, and loses everything that it has built. Every answer to a reader that reads without pause is
//! checked, from the moment at which the host listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use foldline_tests::host::{Home, Host, PATIENCE, wait_for};
use foldline_tests::http::Http;
use foldline_tests::proxy::tcp::{Fault, TcpProxy};
use foldline_tests::servers::redis::RedisServer;

const NAME: &str = "tribe-posts";

/// What every reader of [`post`] must find once it is known, with a part of the answer.
const READS: [(&str, &str); 6] = [
    ("/api/v1/projections/tribe-posts/documents/p7", "\"id\":\"p7\""),
    ("/api/v1/projections/tribe-posts/documents?limit=1", "\"id\":\"p"),
    ("/api/v1/projections/tribe-posts/sets/tribe:t1?limit=1", "\"member\""),
    ("/api/v1/projections/tribe-posts/sets/tribe:t1?member=p7", "\"member\":\"p7\""),
    ("/api/v1/dead-letters", "\"reason\""),
    ("/api/v1/dead-letters?projection=tribe-posts", "\"reason\""),
];

/// Reads without pause, across kills. Nothing that existed once may be reported as missing.
struct Reader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<[u64; 2]>,
}

impl Reader {
    fn start(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (address, stopped) = (address.to_owned(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let http = Http::default();
            let (mut there, mut not_yet) = (0, 0);
            for (path, part) in READS.iter().cycle() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // Nothing listens: the host was killed, or has not started.
                let Ok(answer) = http.get(&format!("http://{address}{path}")) else { continue };
                let body = &answer.body;
                match answer.status {
                    200 => {
                        assert!(body.contains(part), "{path}: {body}");
                        there += 1;
                    }
                    503 => {
                        assert!(!answer.header("retry-after").is_empty(), "{path}: {body}");
                        not_yet += 1;
                    }
                    status => panic!("{path}: {status} {body}"),
                }
            }
            [there, not_yet]
        });
        Self { stop, thread }
    }

    /// Stops reading. Returns how many answers showed the documents, and how many said that they are not known yet.
    fn stop(self) -> [u64; 2] {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("no answer was wrong")
    }
}

fn post(number: u64) -> String {
    let value = serde_json::json!({
        "post_id": format!("p{number}"), "author_id": "ann", "tribe_id": format!("t{}", number % 3),
        "title": "Hello", "timestamp": 1_767_225_600_000_u64 + number,
    });
    serde_json::json!({"topic": "posts", "key": format!("p{number}"), "value": value}).to_string()
}

fn started(home: &Home, address: &str) -> Host {
    let mut host = home.spawn(address);
    host.await_start();
    host
}

#[test]
fn what_was_there_is_there_or_not_known_yet_over_kills_and_a_rebuild() {
    let address =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let address = address.to_string();
    let home = Home::new("[checkpoint]\nevery = \"200ms\"\n").with_module(NAME);
    let mut host = started(&home, &address);
    let mut lines: Vec<String> = (0..60_000).map(post).collect();
    lines.insert(100, r#"{"topic":"posts","key":"bad","value":{"post_id":7}}"#.to_owned());
    let file = home.write("posts.jsonl", lines.join("\n") + "\n");
    let token = host.ask(&["append", file.to_str().expect("a text")]);
    let token = token.lines().find_map(|line| line.strip_prefix("token ")).expect("a token").to_owned();
    host.wait(NAME);
    let reader = Reader::start(&address);
    for _ in 0..3 {
        host.kill();
        host = started(&home, &address);
        // A read of the client's own write, before anything is known.
        let read = format!("/api/v1/projections/{NAME}/documents/p7?at_least={token}&wait=60s");
        let (status, body) = host.get(&read);
        assert_eq!(status, 200, "{body}");
        host.wait(NAME);
    }
    host.kill();
    std::fs::remove_dir_all(home.path("data/versions")).expect("all that was built is lost");
    host = started(&home, &address);
    let none = wait_for("a verdict on what is not there", || {
        let (status, body) = host.get("/api/v1/projections/nobody/documents/p7");
        assert!(status == 503 || status == 404, "{status} {body}");
        (status == 404).then_some(body)
    });
    assert!(none.contains("`nobody` does not exist"), "{none}");
    host.wait(NAME);
    let (status, _) = host.get(&format!("/api/v1/projections/{NAME}/documents/nothing"));
    assert_eq!(status, 404, "the log says that there is none");
    let [there, not_yet] = reader.stop();
    println!("{there} times there, {not_yet} times not known yet");
    assert!(there > 0 && not_yet > 0);
    assert!(host.stop().success());
}

fn wait_in_vain(host: &Host, arguments: &[&str]) -> String {
    let output = host.run(&[&["wait", "like-count", "--timeout", "500ms"], arguments].concat());
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    String::from_utf8(output.stderr).expect("a text")
}

#[test]
fn a_wait_is_over_when_every_sink_shows_the_records_and_names_the_one_that_does_not() {
    let Some(cache) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&cache.address());
    let home = Home::new(&format!(
        "[sinks.cache.redis]\nurl = \"redis://{}\"\n[projections]\nsinks = [\"cache\"]\n",
        proxy.address()
    ))
    .with_module("like-count");
    proxy.set(Fault::Refuse);
    let host = home.start();
    let file = home.write("likes", r#"{"user_id":"u1","post_id":"p1","timestamp":1767225600000}"#);
    let append = || host.ask(&["append", "likes", file.to_str().expect("a text")]);
    append();
    host.ask(&["wait", "like-count", "--embedded"]);
    let said = wait_in_vain(&host, &[]);
    assert!(said.contains("sink `cache` is being opened"), "{said}");
    proxy.set(Fault::None);
    host.wait("like-count");

    // The server is full: it refuses writes with an error.
    let mut connection = cache.connection();
    let mut configure = |key: &str, value: &str| {
        let () = redis::cmd("CONFIG").arg("SET").arg(key).arg(value).query(&mut connection).expect("set");
    };
    configure("maxmemory", "1");
    append();
    host.ask(&["wait", "like-count", "--embedded", "--version", "0.1.0"]);
    for arguments in [&[][..], &["--version", "0.1.0"]] {
        let said = wait_in_vain(&host, arguments);
        assert!(said.contains("sink `cache` shows likes"), "{said}");
    }
    configure("maxmemory", "0");
    host.wait("like-count");

    // The sink halts: another client replaced the control record.
    let prefix = cache.live_prefix("like-count").expect("a pointer");
    let control = format!("{prefix}control");
    let () = redis::cmd("DEL").arg(&control).query(&mut connection).expect("deleted");
    let () = redis::cmd("SET").arg(&control).arg("junk").query(&mut connection).expect("set");
    append();
    host.await_halted_sink();
    for arguments in [&[][..], &["--version", "0.1.0"]] {
        let said = wait_in_vain(&host, arguments);
        assert!(said.contains("sink `cache` has halted: "), "{said}");
    }
    let () = redis::cmd("DEL").arg(&control).query(&mut connection).expect("deleted");
    host.ask(&["resync", "like-count", "cache"]);
    host.ask(&["wait", "like-count", "--timeout", &format!("{}s", PATIENCE.as_secs())]);
    assert!(host.stop().success());
}
