//! Goal: upgrades and rollbacks under load lose no event, answer no error, show nothing older than before, and end like a fresh
//! replay; a SIGKILL in the middle changes none of that.
//! Method: a real host with 20,000 records a second and a reader at 1 kHz that checks every document in turn. Versions are
//! dropped, promoted and rolled back, every second time with a kill at a random moment (the seed is printed). `FOLDLINE_UPGRADES`
//! sets the number of upgrades (4; `cargo xtask soak` uses 20); a rollback follows every fourth.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::http::{self, Http};
use foldline_tests::soak::{rng, rounds};
use foldline_tests::world::Rng;
use serde_json::Value;

const NAME: &str = "post-stats";
const POSTS: u64 = 50;
/// Records per append, and the interval: 20,000 records a second.
const RECORDS: u64 = 200;
const EVERY: Duration = Duration::from_millis(10);
/// Interval between two reads.
const READ_EVERY: Duration = Duration::from_millis(1);

/// The host's address while it is up; the number grows with each run.
#[derive(Default)]
struct Address(std::sync::Mutex<(u64, Option<String>)>);

impl Address {
    fn get(&self) -> (u64, Option<String>) {
        self.0.lock().expect("nobody panics with it").clone()
    }

    fn set(&self, url: Option<&str>) {
        let mut address = self.0.lock().expect("nobody panics with it");
        *address = (address.0 + 1, url.map(str::to_owned));
    }
}

/// Appends views of all posts until stopped. Returns how many were acknowledged.
fn load(address: &Address, stop: &AtomicBool) -> u64 {
    let (http, mut acknowledged, mut nth) = (Http::default(), 0, 0_u64);
    let mut next = Instant::now();
    while !stop.load(Ordering::Acquire) {
        next = (next + EVERY).max(Instant::now());
        if let (run, Some(url)) = address.get() {
            let views = (nth..nth + RECORDS)
                .map(|view| format!("{{\"post_id\":\"p{}\",\"timestamp\":{view}}}\n", view % POSTS));
            let body: String = views.collect();
            match http.post(&http::records(&url, "views"), http::VALUES, body) {
                Ok(answer) if answer.status == 200 => acknowledged += RECORDS,
                other => assert_ne!(address.get().0, run, "an append of a host that is up: {other:?}"),
            }
            nth += RECORDS;
        }
        std::thread::park_timeout(next.saturating_duration_since(Instant::now()));
    }
    acknowledged
}

/// Reads every document in turn until stopped: none is missing, and none is older than before.
fn watch(address: &Address, stop: &AtomicBool, reads: &AtomicU64) {
    let (http, mut seen) = (Http::default(), BTreeMap::<u64, u64>::new());
    for post in (0..POSTS).cycle() {
        if stop.load(Ordering::Acquire) {
            return;
        }
        let (run, url) = address.get();
        let Some(url) = url else {
            std::thread::park_timeout(READ_EVERY);
            continue;
        };
        match http.get(&format!("{url}/api/v1/projections/{NAME}/documents/p{post}")) {
            Ok(answer) if answer.status == 200 => {
                let (version, document) = (answer.header("foldline-version"), answer.value());
                let views = document["document"]["views"].as_u64().expect("a count");
                let before = seen.insert(post, views).unwrap_or_default();
                assert!(views >= before, "p{post} had {before} views, and {views} under {version}");
                reads.fetch_add(1, Ordering::Relaxed);
            }
            other => assert_ne!(address.get().0, run, "a read of a host that is up: {other:?}"),
        }
        std::thread::park_timeout(READ_EVERY);
    }
}

/// Returns the phases of the projection's versions.
fn phases(host: &Host) -> BTreeMap<String, String> {
    let status = host.status();
    let versions = status["projections"].as_array().expect("versions").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    versions.map(|version| (text(&version["version"]), text(&version["phase"]))).collect()
}

/// A run of the host, as readers see it.
struct HostRun<'a> {
    home: &'a Home,
    address: &'a Address,
    host: Host,
}

impl<'a> HostRun<'a> {
    fn begin(home: &'a Home, address: &'a Address) -> Self {
        let host = home.start();
        host.await_ready();
        address.set(Some(&host.url));
        Self { home, address, host }
    }

    /// Kills the host and starts it again.
    fn kill(self) -> Self {
        self.address.set(None);
        self.host.kill();
        Self::begin(self.home, self.address)
    }

    /// Runs a command, and kills the host after a random moment if `kill_within` is given.
    fn ask(self, arguments: &[&str], kill_within: Option<Duration>, rng: &mut Rng) -> Self {
        let Some(within) = kill_within else {
            self.host.ask(arguments);
            return self;
        };
        let mut command = self.host.spawn(arguments);
        let until = Instant::now() + Duration::from_micros(rng.below(within.as_micros() as u64));
        while Instant::now() < until {
            std::thread::park_timeout(until - Instant::now());
        }
        let run = self.kill();
        command.wait().expect("the command ends");
        run
    }

    fn await_phase(&self, version: &str, expected: &str) {
        wait_for(&format!("{version} to be {expected}"), || {
            (phases(&self.host).get(version).map(String::as_str) == Some(expected)).then_some(())
        });
    }

    fn is_live(&self, version: &str) -> bool {
        phases(&self.host).get(version).map(String::as_str) == Some("live")
    }
}

#[test]
fn upgrades_and_rollbacks_under_load_are_not_noticed() {
    let upgrades = rounds("FOLDLINE_UPGRADES", 4);
    let mut rng = rng("upgrades under load");
    let home = Home::new("[checkpoint]\nevery = \"100ms\"\n").logging("warn").with_module(NAME);
    let (address, stop, reads) = (Address::default(), AtomicBool::new(false), AtomicU64::new(0));
    let mut run = HostRun::begin(&home, &address);
    std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(&address, &stop));
        run.host.wait(NAME);
        wait_for("every document", || (run.host.documents(NAME).len() as u64 == POSTS).then_some(()));
        let watching = scope.spawn(|| watch(&address, &stop, &reads));
        let (mut live, mut kills, mut rollbacks) = ("0.1.0".to_owned(), 0, 0);
        for upgrade in 0..upgrades {
            let next = format!("1.{}.{}", upgrade / 10, upgrade % 10);
            home.add_version(NAME, &next);
            let killed = upgrade % 2 == 1;
            if killed {
                // While it judges the file, while it replays, or after it has caught up.
                run = run.ask(&["status"], Some(Duration::from_millis(1_500)), &mut rng);
                kills += 1;
            }
            run.await_phase(&next, "caught_up");
            let label = format!("{NAME}@{next}");
            let within = killed.then_some(Duration::from_millis(60));
            run = run.ask(&["promote", &label], within, &mut rng);
            kills += u64::from(killed);
            if !run.is_live(&next) {
                run.await_phase(&next, "caught_up");
                run = run.ask(&["promote", &label], None, &mut rng);
            }
            assert!(run.is_live(&next), "{:?}", phases(&run.host));
            if upgrade % 4 == 3 {
                let within = (rollbacks % 2 == 1).then_some(Duration::from_millis(60));
                run = run.ask(&["rollback", NAME], within, &mut rng);
                kills += u64::from(within.is_some());
                if !run.is_live(&live) {
                    run = run.ask(&["rollback", NAME], None, &mut rng);
                }
                assert!(run.is_live(&live), "{:?}", phases(&run.host));
                rollbacks += 1;
            } else {
                live = next;
            }
        }
        stop.store(true, Ordering::Release);
        watching.join().expect("the reader is content");
        let acknowledged = loading.join().expect("the load is content");
        run.host.wait(NAME);
        let appended = run.host.appended("views");
        // Records without an acknowledgement may be there too, if the answer was lost with the host.
        assert!(appended >= acknowledged, "{appended} of {acknowledged} acknowledged records");
        let documents = run.host.documents(NAME);
        let views = |document: &String| {
            let document: Value = serde_json::from_str(document).expect("a document");
            document["document"]["views"].as_u64().or(document["views"].as_u64()).expect("a count")
        };
        assert_eq!(documents.iter().map(views).sum::<u64>(), appended);
        // Folds everything again from the beginning.
        for (version, phase) in phases(&run.host) {
            assert!(phase == "live" || phase == "draining", "{version} is {phase}");
        }
        run.host.ask(&["verify", NAME]);
        println!(
            "{upgrades} upgrades, {rollbacks} rollbacks, {kills} kills, {appended} records, {} reads",
            reads.load(Ordering::Relaxed)
        );
    });
}
