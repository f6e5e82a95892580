//! Goal: Redis and Elasticsearch serve what the embedded store serves, through upgrades, rollbacks, kills and outages. Their
//! readers never see a document go back or go missing. An unreachable sink delays only its own readers.
//! Method: a real host and real servers; an independent model of the counts; a reader of Redis without pause; kills at random
//! moments (the seed is printed). `FOLDLINE_UPGRADES` sets the number of upgrades (4; `cargo xtask soak` uses 20).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_engine::VersionConfig;
use foldline_tests::client::Client;
use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::proxy::tcp::{Fault, TcpProxy};
use foldline_tests::relayed::records;
use foldline_tests::servers::elasticsearch::Elasticsearch;
use foldline_tests::servers::redis::RedisServer;
use foldline_tests::soak::{rng, rounds};
use serde_json::Value;

const NAME: &str = "like-count";

fn version(host: &Host, version: &str) -> Option<Value> {
    let status = host.status();
    let versions = status["projections"].as_array().expect("versions");
    versions.iter().find(|of| of["version"] == version).cloned()
}

/// Waits until a version's sinks show everything that it has folded, and its readers read it there if `live` is set.
#[track_caller]
fn await_sinks(host: &Host, of: &str, live: bool) {
    host.wait(NAME);
    wait_for(&format!("the sinks of {of}"), || {
        let version = version(host, of)?;
        let sinks = version["sinks"].as_array().expect("sinks");
        let done = |sink: &Value| sink["phase"] == "following" && sink["lag"] == 0 && sink["pointed"] == live;
        sinks.iter().all(done).then_some(())
    });
}

fn counts<'a>(documents: impl Iterator<Item = (String, &'a Value)>) -> BTreeMap<String, u64> {
    documents.map(|(id, document)| (id, document["count"].as_u64().expect("a count"))).collect()
}

/// Reads all documents as an application does, through the pointer, which must exist.
fn in_redis(server: &RedisServer) -> BTreeMap<String, u64> {
    assert!(server.live_prefix(NAME).is_some(), "there is no pointer");
    in_redis_if_any(server)
}

/// As [`in_redis`]; nothing while there is no pointer.
fn in_redis_if_any(server: &RedisServer) -> BTreeMap<String, u64> {
    counts(server.documents(NAME).iter().map(|(id, body)| (id.clone(), body)))
}

/// Reads all documents as an application does: through the alias.
fn in_elasticsearch(server: &Elasticsearch) -> BTreeMap<String, u64> {
    server.done("POST", "like-count/_refresh", None);
    let found = server.done("GET", "like-count/_search?size=10000", None);
    let hits = found["hits"]["hits"].as_array().expect("hits");
    counts(hits.iter().map(|hit| (hit["_id"].as_str().expect("an id").to_owned(), &hit["_source"])))
}

/// Reads Redis without pause: no document goes back or goes missing.
struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Watch {
    fn start(server: &RedisServer) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut connection = server.connection();
        let watched = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut shown, mut reads) = (BTreeMap::<String, u64>::new(), 0);
            let mut posts = (0..50).map(|post| format!("p{post}")).cycle();
            while !watched.load(Ordering::Relaxed) {
                let post = posts.next().expect("it goes round");
                let prefix: String = redis::cmd("GET")
                    .arg("foldline:like-count:live")
                    .query(&mut connection)
                    .expect("a pointer");
                let body: Option<String> = redis::cmd("GET")
                    .arg(format!("{prefix}doc:{post}"))
                    .query(&mut connection)
                    .expect("Redis answers");
                let Some(body) = body else {
                    assert!(!shown.contains_key(&post), "{post} is gone from {prefix}");
                    continue;
                };
                let body: Value = serde_json::from_str(&body).expect("JSON");
                let count = body["count"].as_u64().expect("a count");
                let before = shown.insert(post.clone(), count).unwrap_or_default();
                assert!(before <= count, "{post}: {before} shown, then {count} in {prefix}");
                reads += 1;
            }
            reads
        });
        Self { stop, thread }
    }

    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("nothing went back or missing")
    }
}

fn is_live(host: &Host, of: &str) -> bool {
    version(host, of).is_some_and(|version| version["phase"] == "live")
}

/// Makes a version live, optionally with a kill at a random moment.
fn switch(
    home: &Home,
    host: Host,
    client: &mut Client,
    to: &str,
    command: &[&str],
    kill: Option<u64>,
) -> Host {
    let Some(within_us) = kill else {
        host.ask(command);
        return host;
    };
    let mut asked = host.spawn(command);
    let until = Instant::now() + Duration::from_micros(within_us);
    while Instant::now() < until {
        client.append(&host.url, 20);
    }
    host.kill();
    asked.wait().expect("the command ends");
    let host = home.start();
    host.wait(NAME);
    if !is_live(&host, to) {
        wait_for("the version to be ready again", || host.run(command).status.success().then_some(()));
    }
    host
}

#[test]
fn redis_and_elasticsearch_serve_what_the_embedded_store_serves_through_upgrades_and_kills() {
    let (Some(cache), Some(search)) = (RedisServer::start(), Elasticsearch::shared()) else { return };
    // The server may be shared with other runs, and this projection has the module's name.
    search.ask("DELETE", "foldline-like-count-*", None);
    let home = Home::new(&format!(
        "[sinks.cache.redis]\nurl = \"redis://{}\"\n[sinks.search.elasticsearch]\nurl = \"{}\"\nreplicas = 0\n\
         [projections]\nsinks = [\"cache\", \"search\"]\n[checkpoint]\nevery = \"100ms\"\n",
        cache.address(),
        search.url()
    ))
    .with_module(NAME);
    let mut host = home.start();
    let (mut client, mut rng) = (Client::new(7), rng("served"));
    client.append(&host.url, 2_000);
    await_sinks(&host, "0.1.0", true);
    let watch = Watch::start(&cache);
    let mut live = "0.1.0".to_owned();
    for upgrade in 0..rounds("FOLDLINE_UPGRADES", 4) {
        let new = format!("0.2.{}", upgrade % 10);
        let new = if upgrade < 10 { new } else { format!("0.3.{}", upgrade % 10) };
        home.add_version(NAME, &new);
        client.append(&host.url, 500);
        wait_for(&format!("{new} to be loaded everywhere"), || {
            let version = version(&host, &new).filter(|version| version["phase"] == "caught_up")?;
            let sinks = version["sinks"].as_array().expect("sinks");
            sinks.iter().all(|sink| sink["phase"] == "following").then_some(())
        });
        let kill = (upgrade % 2 == 1).then(|| rng.below(300_000));
        let label = format!("{NAME}@{new}");
        host = switch(&home, host, &mut client, &new, &["promote", &label], kill);
        client.append(&host.url, 500);
        await_sinks(&host, &new, true);
        if upgrade % 4 == 3 {
            let kill = (upgrade % 8 == 3).then(|| rng.below(300_000));
            host = switch(&home, host, &mut client, &live, &["rollback", NAME], kill);
            client.append(&host.url, 500);
            await_sinks(&host, &live, true);
        } else {
            live = new;
        }
        assert_eq!(in_redis(&cache), client.counts(), "after {upgrade}");
    }
    client.append(&host.url, 500);
    await_sinks(&host, &live, true);
    println!("{} reads of Redis", watch.stop());
    client.check(&host);
    assert_eq!(in_redis(&cache), client.counts());
    assert_eq!(in_elasticsearch(search), client.counts());
    // Only the indexes of the live version and of the one before are left; those of retired versions are gone.
    wait_for("the indexes of retired versions to go", || {
        let indexes = search.done("GET", "_cat/indices/foldline-like-count-*?format=json", None);
        (indexes.as_array().map(Vec::len) <= Some(2)).then_some(())
    });
    assert!(host.stop().success());
}

/// Returns the folders of a host that also serves from a Redis behind a proxy.
fn cached(proxy: &TcpProxy) -> Home {
    Home::new(&format!(
        "[sinks.cache.redis]\nurl = \"redis://{}\"\n[projections]\nsinks = [\"cache\"]\n",
        proxy.address()
    ))
    .with_module(NAME)
}

#[test]
fn a_sink_that_is_away_delays_nobody_but_its_own_readers() {
    let Some(cache) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&cache.address());
    let home = cached(&proxy);
    // Unreachable when the first version starts: the embedded store still serves.
    proxy.set(Fault::Refuse);
    let host = home.start();
    let mut client = Client::new(8);
    client.append(&host.url, 1_000);
    client.check(&host);
    let sink = |of: &str| version(&host, of).map(|version| version["sinks"][0].clone());
    wait_for("the trouble", || sink("0.1.0").filter(|sink| sink["reason"].is_string()));
    assert_eq!(sink("0.1.0").expect("a sink")["phase"], "opening");
    proxy.set(Fault::None);
    await_sinks(&host, "0.1.0", true);
    assert_eq!(in_redis(&cache), client.counts());

    // Unreachable later: appends and reads go on, and a version that cannot be served everywhere is not promoted.
    proxy.set(Fault::Refuse);
    proxy.cut();
    for _ in 0..20 {
        client.append_and_read(&host.url);
    }
    home.add_version(NAME, "0.2.0");
    wait_for("the candidate", || version(&host, "0.2.0").filter(|of| of["phase"] == "caught_up"));
    let output = host.run(&["promote", "like-count@0.2.0"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("sink `cache`"), "{said}");
    client.append_and_read(&host.url);
    proxy.set(Fault::None);
    await_sinks(&host, "0.1.0", true);
    await_sinks(&host, "0.2.0", false);
    assert_eq!(in_redis(&cache), client.counts());
    host.ask(&["promote", "like-count@0.2.0"]);
    client.append(&host.url, 300);
    await_sinks(&host, "0.2.0", true);
    assert_eq!(in_redis(&cache), client.counts());

    // Emptied by hand: the sink refills itself.
    let mut connection = cache.connection();
    let () = redis::cmd("FLUSHALL").query(&mut connection).expect("it is emptied");
    client.append(&host.url, 300);
    await_sinks(&host, "0.2.0", true);
    wait_for("everything to be back", || (in_redis_if_any(&cache) == client.counts()).then_some(()));

    // On request, too.
    let said = host.ask(&["resync", NAME, "cache"]);
    assert!(said.starts_with("like-count@0.2.0 is refilling `cache`"), "{said}");
    await_sinks(&host, "0.2.0", true);
    assert_eq!(in_redis(&cache), client.counts());
    let output = host.run(&["resync", NAME, "search"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("its sinks: cache"), "{said}");
    assert!(host.stop().success());
}

/// Appends likes (post, user), and waits until readers of the embedded store see them.
fn like(home: &Home, host: &Host, likes: impl Iterator<Item = (String, String)>) {
    let mut records = String::new();
    for (nth, (post, user)) in likes.enumerate() {
        let value = format!(r#"{{"post_id":"{post}","user_id":"{user}","timestamp":{nth}}}"#);
        writeln!(records, r#"{{"topic":"likes","key":"{post}","value":{value}}}"#).expect("text");
    }
    let file = home.write("likes.jsonl", records);
    host.ask(&["append", file.to_str().expect("a text")]);
    host.wait_embedded(NAME);
}

/// The host keeps keys for a sink, not records. If more keys change than are tracked one by one, the sink catches up from a
/// checkpoint.
#[test]
fn a_sink_that_was_away_for_more_keys_and_messages_than_are_kept_catches_up_by_itself() {
    const POSTS: u64 = VersionConfig::FLUSH_KEYS_MAX as u64 + 100_000;
    const MESSAGES: u64 = 1_000_000;
    /// Keeping records would need more: with their keys and places in memory they are well over 100 bytes each.
    const GROWTH_MAX: u64 = MESSAGES * 100;
    let Some(cache) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(&cache.address());
    let home = cached(&proxy);
    let host = home.start();
    let of_few_posts =
        |round| (0..MESSAGES).map(move |nth| (format!("few{}", nth % 100), format!("u{round}-{nth}")));
    like(&home, &host, of_few_posts(0));
    await_sinks(&host, "0.1.0", true);
    let there_bytes = host.peak_bytes();
    proxy.set(Fault::Refuse);
    proxy.cut();
    like(&home, &host, of_few_posts(1).chain(of_few_posts(2)));
    let away_bytes = host.peak_bytes();
    println!("peak {} MiB, then {} MiB", there_bytes >> 20, away_bytes >> 20);
    assert!(away_bytes < there_bytes + GROWTH_MAX, "{there_bytes} bytes, then {away_bytes}");

    for user in ["ann", "bob"] {
        like(&home, &host, (0..POSTS).map(|post| (format!("p{post}"), user.to_owned())));
    }
    let document = host.ask(&["query", NAME, &format!("p{}", POSTS - 1)]);
    assert!(document.contains(r#""count":2"#), "embedded readers wait for nobody: {document}");
    let sink = version(&host, "0.1.0").expect("the version")["sinks"][0].clone();
    let missed = 2 * (MESSAGES + POSTS);
    assert!(sink["reason"].is_string() && sink["lag"].as_u64() >= Some(missed), "{sink}");
    proxy.set(Fault::None);
    await_sinks(&host, "0.1.0", true);
    let shown = in_redis(&cache);
    assert_eq!(shown.len() as u64, POSTS + 100);
    assert!((0..POSTS).all(|post| shown.get(&format!("p{post}")) == Some(&2)), "counts differ");
    // Each of these has thirty thousand users, within the error of the estimate.
    let few = (0..100).map(|nth| shown[&format!("few{nth}")]);
    assert!(
        few.into_iter().all(|count| count.abs_diff(3 * MESSAGES / 100) < MESSAGES / 500),
        "an estimate is off"
    );
    assert!(host.stop().success());
}

/// Reads the topic of changes to its end. Returns the last record of each key.
fn in_changes(host: &Host) -> BTreeMap<String, u64> {
    let mut last = BTreeMap::new();
    for record in records(host, "like-count-changes") {
        let id = record["key"].as_str().expect("an id").to_owned();
        last.insert(id, record["value"].clone());
    }
    counts(last.iter().filter(|(_, body)| !body.is_null()).map(|(id, body)| (id.clone(), body)))
}

#[test]
fn a_topic_of_changes_ends_as_the_documents_of_the_version_that_is_live() {
    let home = Home::new("[sinks.out.changes]\n[projections]\nsinks = [\"out\"]\n").with_module(NAME);
    let host = home.start();
    let mut client = Client::new(9);
    client.append(&host.url, 1_000);
    await_sinks(&host, "0.1.0", true);
    assert_eq!(in_changes(&host), client.counts());
    host.kill();
    let host = home.start();
    client.append(&host.url, 300);
    await_sinks(&host, "0.1.0", true);
    assert_eq!(in_changes(&host), client.counts());

    home.add_version(NAME, "0.2.0");
    host.ask(&["wait", NAME, "--version", "0.2.0"]);
    client.append(&host.url, 300);
    host.ask(&["promote", "like-count@0.2.0"]);
    client.append(&host.url, 300);
    await_sinks(&host, "0.2.0", true);
    assert_eq!(in_changes(&host), client.counts());
    host.kill();
    let host = home.start();
    await_sinks(&host, "0.2.0", true);
    host.ask(&["rollback", NAME]);
    client.append(&host.url, 300);
    await_sinks(&host, "0.1.0", true);
    assert_eq!(in_changes(&host), client.counts());
    assert!(host.stop().success());
}
