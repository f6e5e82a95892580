//! The scenarios, each measured once per round.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use super::cores::OneCore;
use super::exact;
use super::feed::Feed;
use super::hosted::{Home, disk_bytes};
use super::kafka::Kafka;
use super::keys;
use super::likes::{Likes, PROJECTION, TOPIC};
use super::measured::{Measured, Round, Subject, quantile, self_measured};
use super::reducers::{self, Module};
use super::sinks::Sink;
use super::tools::{Tools, answer};
use super::upgrade;
use super::usage::ended_children_cpu_s;
use crate::say::say;

/// Posts that are liked.
const POSTS: u64 = 10_000;
/// The number of reducers that fold one topic.
const REDUCERS: usize = 8;
/// The number of records that are appended one by one.
const LATENCIES: usize = 2_000;
/// Windows as a reducer declares them.
const WINDOWS: [(&str, Subject); 4] = [
    ("24h / 2m", Subject::Window),
    ("1h / 2m", Subject::WindowHour),
    ("24h / 10s", Subject::WindowTenSeconds),
    ("30d / 1h", Subject::WindowMonth),
];
/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// The peer, event by event.
    Native,
    /// The peer, in phases.
    Phases,
    /// The peer's parser alone.
    Parse,
    /// Likes over HTTP into the embedded log.
    Append,
    /// The embedded log to documents.
    Fold,
    /// The same on one core.
    OneCore,
    /// Eight reducers on the topic.
    Eight,
    /// Many keys: bytes for each, and restarts.
    Keys,
    /// Windows of four sizes and slides.
    Windows,
    /// From an append to a read that shows it, a record at a time.
    Latency,
    /// An upgrade under load, and the way back.
    Upgrade,
    /// Mixed events of a social network into feed documents, and new names.
    Feed,
    /// From Kafka, next to bare librdkafka.
    Kafka,
    /// Into Redis, next to bare clients.
    Redis,
    /// Into Elasticsearch, next to bare clients.
    Elasticsearch,
}

impl Scenario {
    /// Returns the name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Everything that is built and generated once, and what a scenario leaves for the next.
pub struct Bench {
    tools: Tools,
    likes: Likes,
    many_keys: Option<Likes>,
    reducers: Vec<Module>,
    windowed: Vec<Module>,
    feed: Option<Feed>,
    kafka: Option<Kafka>,
    redis: Option<Sink>,
    elasticsearch: Option<Sink>,
    /// A log that holds the likes.
    log: Option<PathBuf>,
    /// A log that holds the likes with many keys.
    log_many_keys: Option<PathBuf>,
}

impl Bench {
    /// Builds and generates what these scenarios need.
    pub fn prepare(events: u64, is_quick: bool, scenarios: &[Scenario]) -> Result<Self> {
        let tools = Tools::build()?;
        let data = tools.folder.join("data");
        let likes = Likes::of(&data, events, POSTS)?;
        let mut bench = Self {
            tools,
            likes,
            many_keys: None,
            reducers: Vec::new(),
            windowed: Vec::new(),
            feed: None,
            kafka: None,
            redis: None,
            elasticsearch: None,
            log: None,
            log_many_keys: None,
        };
        if scenarios.contains(&Scenario::Keys) {
            bench.many_keys = Some(Likes::of_each(&data, events, documents(events))?);
        }
        if scenarios.contains(&Scenario::Eight) {
            bench.reducers = reducers::build(&bench.tools, REDUCERS)?;
        }
        if scenarios.contains(&Scenario::Windows) {
            bench.windowed = reducers::build_windowed(&bench.tools, &WINDOWS.map(|(window, _)| window))?;
        }
        if scenarios.contains(&Scenario::Feed) {
            bench.feed = Some(Feed::prepare(&bench.tools, events)?);
        }
        if scenarios.contains(&Scenario::Kafka) {
            bench.kafka = Some(Kafka::start(&bench.tools, &bench.likes)?);
        }
        let documents = documents(events);
        if scenarios.contains(&Scenario::Redis) {
            bench.redis = Some(Sink::redis(&bench.tools, documents, is_quick)?);
        }
        if scenarios.contains(&Scenario::Elasticsearch) {
            bench.elasticsearch = Some(Sink::elasticsearch(&bench.tools, documents, is_quick)?);
        }
        Ok(bench)
    }

    /// Returns the measured programs.
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// Measures a scenario once.
    pub fn run(&mut self, scenario: Scenario, round: &mut Round) -> Result<()> {
        match scenario {
            Scenario::Native => round.add(Subject::Native, self.native(&[])?),
            Scenario::Phases => round.add(Subject::NativePhases, self.native(&["--phases"])?),
            Scenario::Parse => round.add(Subject::ParseOnly, self.native(&["--parse-only"])?),
            Scenario::Append => {
                let (measured, log) = self.append("likes", &self.likes)?;
                self.log = Some(log);
                round.add(Subject::Append, measured);
            }
            Scenario::Fold => {
                self.start(Subject::Start, round)?;
                let log = self.log()?;
                round.add(Subject::Fold, self.fold("fold", Some(&log), "")?);
            }
            Scenario::OneCore => {
                let log = self.log()?;
                let Some(_one_core) = OneCore::take()? else {
                    say!("LEFT OUT: this machine has one core only");
                    return Ok(());
                };
                self.start(Subject::StartOneCore, round)?;
                round.add(Subject::FoldOneCore, self.fold("fold-one-core", Some(&log), "")?);
            }
            Scenario::Eight => {
                round.add(Subject::StartEight, self.eight(None)?);
                let log = self.log()?;
                round.add(Subject::Eight, self.eight(Some(&log))?);
            }
            Scenario::Keys => {
                self.start(Subject::Start, round)?;
                let likes = self.many_keys.as_ref().context("they were prepared")?;
                if self.log_many_keys.is_none() {
                    self.log_many_keys = Some(self.append("keys", likes)?.1);
                }
                let log = self.log_many_keys.as_ref().context("it was just filled")?;
                let start = round.whole(Subject::Start).context("a start was measured")?;
                round.add(Subject::Keys, keys::measure(&self.tools, likes, log, start)?);
            }
            Scenario::Windows => {
                self.start(Subject::Start, round)?;
                let log = self.log()?;
                for (module, (window, subject)) in self.windowed.iter().zip(WINDOWS) {
                    round.add(subject, self.window(module, window, &log)?);
                }
            }
            Scenario::Latency => round.add(Subject::Latency, self.latency()?),
            Scenario::Upgrade => {
                let log = self.log()?;
                round.add(Subject::Upgrade, upgrade::measure(&self.tools, self.likes.events, &log)?);
            }
            Scenario::Feed => self.feed.as_mut().context("it was prepared")?.measure(&self.tools, round)?,
            Scenario::Kafka => {
                self.start(Subject::Start, round)?;
                let kafka = self.kafka.as_ref().context("it was prepared")?;
                round.add(Subject::KafkaRead, kafka.read(&self.tools, self.likes.events)?);
                round.add(Subject::KafkaFold, self.fold("kafka", None, &kafka.configuration())?);
            }
            Scenario::Redis => {
                self.redis.as_mut().context("it was prepared")?.measure(&self.tools, round)?;
            }
            Scenario::Elasticsearch => {
                self.elasticsearch.as_mut().context("it was prepared")?.measure(&self.tools, round)?;
            }
        }
        Ok(())
    }

    /// Runs the peer, and checks its documents.
    fn native(&self, arguments: &[&str]) -> Result<Measured> {
        let documents = self.tools.folder.join("native.ndjson");
        let mut native = Command::new(&self.tools.native);
        native.args(arguments).arg("--documents").arg(&documents).arg(&self.likes.path);
        let answer = answer(&mut native)?;
        let mut measured = self_measured(&answer)?;
        let input_bytes = answer["input_bytes"].as_u64().context("the peer tells no input_bytes")?;
        // The process holds the whole input file, which is not part of the job.
        measured.peak_rss_bytes = measured.peak_rss_bytes.saturating_sub(input_bytes);
        ensure!(measured.events == self.likes.events, "the peer saw {} events", measured.events);
        if arguments != ["--parse-only"] {
            let lines = std::fs::read_to_string(&documents).context("reading the peer's documents")?;
            exact::documents(&lines, &self.likes.users_by_post).context("the peer's documents")?;
        }
        Ok(measured)
    }

    /// Appends likes to a fresh host that folds nothing. Also returns the log.
    fn append(&self, name: &str, likes: &Likes) -> Result<(Measured, PathBuf)> {
        let home = Home::fresh(&self.tools, &format!("append-{name}"), &[], None, "")?;
        let host = home.start(&self.tools)?;
        let before = host.usage()?;
        let client_before_s = ended_children_cpu_s()?;
        let began = Instant::now();
        host.append(TOPIC, likes.path()?)?;
        let wall_s = began.elapsed().as_secs_f64();
        let client_cpu_s = ended_children_cpu_s()? - client_before_s;
        let after = host.usage()?;
        host.stop()?;
        let log = home.folder.join("data").join("log");
        let log_bytes = disk_bytes(&log)? as f64;
        let measured = Measured {
            events: likes.events,
            wall_s,
            cpu_s: after.cpu_s - before.cpu_s,
            peak_rss_bytes: after.peak_rss_bytes,
            more: [("client_cpu_s", client_cpu_s), ("log_bytes", log_bytes)].into(),
        };
        Ok((measured, log))
    }

    /// Returns a log that holds the likes.
    fn log(&mut self) -> Result<PathBuf> {
        if let Some(log) = &self.log {
            return Ok(log.clone());
        }
        let (_, log) = self.append("likes", &self.likes)?;
        self.log = Some(log.clone());
        Ok(log)
    }

    /// Measures a start without events, once per round.
    fn start(&self, subject: Subject, round: &mut Round) -> Result<()> {
        if round.whole(subject).is_some() {
            return Ok(());
        }
        let home = Home::fresh(&self.tools, "start", &[&self.tools.like_count], None, "")?;
        let host = home.start(&self.tools)?;
        let mut measured = host.folded(&[PROJECTION])?;
        host.check_status(1, 0)?;
        host.stop()?;
        // A new host, without the memory that compiling the module has left.
        let host = home.start(&self.tools)?;
        let restarted_rss_bytes = host.folded(&[PROJECTION])?.rss_bytes()?;
        host.stop()?;
        home.remove()?;
        measured.more.insert("restarted_rss_bytes", restarted_rss_bytes);
        round.add(subject, measured);
        Ok(())
    }

    /// Measures the way of the likes to documents, from the start of the host on.
    fn fold(&self, name: &str, log: Option<&Path>, configuration: &str) -> Result<Measured> {
        let home = Home::fresh(&self.tools, name, &[&self.tools.like_count], log, configuration)?;
        let host = home.start(&self.tools)?;
        let mut measured = host.folded(&[PROJECTION])?;
        measured.events = self.likes.events;
        host.check_status(1, self.likes.events)?;
        let documents = host.documents(PROJECTION)?;
        exact::served(&documents, &self.likes.users_by_post).context("the host's documents")?;
        // This includes answering the checks, which is little.
        measured.more.insert("stopped_cpu_s", host.stop()?);
        home.remove()?;
        Ok(measured)
    }

    /// Measures the way of the likes to documents of a sliding window.
    fn window(&self, module: &Module, window: &str, log: &Path) -> Result<Measured> {
        let home = Home::fresh(&self.tools, "window", &[&module.path], Some(log), "")?;
        let host = home.start(&self.tools)?;
        let mut measured = host.folded(&[&module.name])?;
        measured.events = self.likes.events;
        host.check_status(1, self.likes.events)?;
        let watermark_ms = host.watermark_ms()?;
        let exact = self.likes.users_in_window(window, watermark_ms)?;
        let documents = host.documents(&module.name)?;
        exact::served(&documents, &exact).with_context(|| format!("the documents over {window}"))?;
        host.stop()?;
        home.remove()?;
        Ok(measured)
    }

    /// Appends records one by one, and reads each document as soon as it shows its record.
    fn latency(&self) -> Result<Measured> {
        let home = Home::fresh(&self.tools, "latency", &[&self.tools.like_count], None, "")?;
        let host = home.start(&self.tools)?;
        host.folded(&[PROJECTION])?;
        let mut latencies_ms = Vec::with_capacity(LATENCIES);
        let before = host.usage()?;
        let began = Instant::now();
        for nth in 0..LATENCIES {
            let value = format!(r#"{{"user_id":"u{nth}","post_id":"p{}","timestamp":{nth}}}"#, nth % 10);
            let appended = Instant::now();
            host.append_and_read(TOPIC, &value, PROJECTION, &format!("p{}", nth % 10))?;
            // The first ones wake sleeping threads, and make the projection live.
            if nth >= LATENCIES / 10 {
                latencies_ms.push(appended.elapsed().as_secs_f64() * 1e3);
            }
        }
        let (wall_s, after) = (began.elapsed().as_secs_f64(), host.usage()?);
        host.stop()?;
        home.remove()?;
        Ok(Measured {
            events: LATENCIES as u64,
            wall_s,
            cpu_s: after.cpu_s - before.cpu_s,
            peak_rss_bytes: after.peak_rss_bytes,
            more: [
                ("p50_ms", quantile(&mut latencies_ms, 0.5)),
                ("p99_ms", quantile(&mut latencies_ms, 0.99)),
            ]
            .into(),
        })
    }

    /// Measures eight reducers; without a log, their start.
    fn eight(&self, log: Option<&Path>) -> Result<Measured> {
        let modules: Vec<&Path> = self.reducers.iter().map(|module| module.path.as_path()).collect();
        let names: Vec<&str> = self.reducers.iter().map(|module| module.name.as_str()).collect();
        let home = Home::fresh(&self.tools, "eight", &modules, log, "")?;
        let host = home.start(&self.tools)?;
        let mut measured = host.folded(&names)?;
        measured.events = if log.is_some() { self.likes.events } else { 0 };
        host.check_status(names.len(), measured.events)?;
        if log.is_some() {
            for name in names {
                let documents = host.documents(name)?;
                exact::served(&documents, &self.likes.users_by_post).with_context(|| name.to_owned())?;
            }
        }
        host.stop()?;
        home.remove()?;
        Ok(measured)
    }
}

/// Returns the number of documents for a number of events: one for ten.
pub fn documents(events: u64) -> u64 {
    events.div_ceil(10)
}
