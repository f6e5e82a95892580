//! From the text of a file to a [`Config`]: every key is read here, once.
//!
//! Pure but for secret files. What each key means and why its default is what it is stands in [`super::reference`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeTable;

use super::interpolate::Env;
use super::problem::Problems;
use super::section::{Section, Value};
use super::{
    CheckpointConfig, Config, EngineConfig, Limits, LogConfig, Overrides, ProjectionConfig, Promote,
    SinkConfig, TopicConfig, kafka, relays, server, sinks,
};
use foldline_base::error::Result;

/// More partitions than one process should ever read.
const PARTITIONS: RangeInclusive<u64> = 1..=10_000;

/// 1 GiB: a record, a module and its answer are held in memory whole.
const BYTES: RangeInclusive<u64> = 1..=1 << 30;

/// From one page of wasm to all that a 32-bit memory can have.
const MODULE_MEMORY: RangeInclusive<u64> = 64 << 10..=4 << 30;

/// Any positive number: what is too little shows in the first call.
const FUEL: RangeInclusive<u64> = 1..=i64::MAX as u64;

/// Below 10 ms every step would be a checkpoint; after an hour the replay of a crash takes minutes.
const CHECKPOINT_EVERY: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(3_600);

/// 64 GiB: beyond it the number is a mistake.
const CHECKPOINT_BYTES: RangeInclusive<u64> = 1..=64 << 30;

/// Below 1 s the clocks of two machines differ; 100 years are no bound at all.
const MAX_AHEAD: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(36_500 * 86_400);

/// Below 10 ms every partition would sleep between two records; after 100 years none does.
const IDLE_AFTER: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(36_500 * 86_400);

/// From none at all to for ever.
const KEEP_OLD: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(36_500 * 86_400);

/// More threads than any machine has cores.
const THREADS: RangeInclusive<u64> = 1..=1_024;

/// Below 16 MiB the rows of a few batches do not fit.
const ENGINE_MEMORY: RangeInclusive<u64> = 16 << 20..=1 << 50;

/// Reads a configuration from `text`, which came from `file`; what the command line sets wins.
///
/// # Errors
/// `Config` with every problem, each with file, line and column.
pub(super) fn parse(file: &str, text: &str, overrides: &Overrides, env: Env<'_>) -> Result<Config> {
    let problems = Problems::new(file, text);
    let (table, syntax) = DeTable::parse_recoverable(text);
    for error in syntax {
        problems.add(error.span(), lowercase_first(error.message()));
    }
    let config = read(table.get_ref(), overrides, env, &problems);
    match problems.into_error() {
        None => Ok(config),
        Some(error) => Err(error),
    }
}

fn read<'a>(
    table: &'a DeTable<'a>,
    overrides: &Overrides,
    env: Env<'a>,
    problems: &'a Problems<'a>,
) -> Config {
    let defaults = Config::default();
    let mut root = Section::root(table, env, problems);
    let listen = root.get("listen", address);
    let data = root.get("data", Value::text).map(Into::into);
    let modules = root.get("modules", Value::text).map(Into::into);
    let token = root.secret("token", "token_file");
    let log = log(root.table("log"));
    let (topic_defaults, topics) = topics(root.table("topics"));
    let limits = limits(root.table("limits"));
    let checkpoint = checkpoint(root.table("checkpoint"));
    let engine = engine(root.table("engine"));
    let sinks = sinks::sinks(root.table("sinks"));
    let (projection_defaults, projections) = projections(root.table("projections"), &sinks);
    let relays = relays::relays(root.table("relays"));
    let operators_listen_at = root.place_in("server", "operators_listen");
    let server = server::server(root.table("server"), address);

    let listen = overrides.listen.or(listen).unwrap_or(defaults.listen);
    let listen_at = if overrides.listen.is_none() { root.span_of("listen") } else { None };
    let reachable = [
        ("listen", Some(listen), listen_at),
        ("server.operators_listen", server.operators_listen, operators_listen_at),
    ];
    for (key, address, span) in reachable {
        if let Some(address) = address.filter(|address| !is_loopback(*address) && token.is_none()) {
            let message = format!(
                "`{key}` is {address}, which others can reach, and no token is set: set `token_file`, or listen on 127.0.0.1"
            );
            root.problem(span, message);
        }
    }
    root.finish();
    Config {
        file: None,
        listen,
        data: overrides.data.clone().or(data).unwrap_or(defaults.data),
        modules: overrides.modules.clone().or(modules).unwrap_or(defaults.modules),
        token,
        log,
        topic_defaults,
        topics,
        limits,
        checkpoint,
        engine,
        sinks,
        projection_defaults,
        projections,
        relays,
        server,
    }
}

fn log(mut section: Section<'_>) -> LogConfig {
    let (embedded_at, kafka_at) = (section.span_of("embedded"), section.span_of("kafka"));
    let embedded = embedded(section.table("embedded"));
    let kafka = LogConfig::Kafka(kafka::kafka(section.table("kafka")));
    if let (Some(embedded_at), Some(kafka_at)) = (&embedded_at, &kafka_at) {
        let second = if embedded_at.start < kafka_at.start { kafka_at } else { embedded_at };
        section.problem(
            Some(second.clone()),
            "both `[log.embedded]` and `[log.kafka]` are set, and a host has one log: remove one",
        );
    }
    section.finish();
    if kafka_at.is_some() { kafka } else { embedded }
}

fn embedded(mut section: Section<'_>) -> LogConfig {
    let partitions = section.get("partitions", partitions);
    section.finish();
    LogConfig::Embedded { partitions: partitions.unwrap_or(LogConfig::PARTITIONS) }
}

fn topics(mut section: Section<'_>) -> (TopicConfig, BTreeMap<String, TopicConfig>) {
    // A key that holds a table is a topic, even where it is called like a setting.
    let mut topics = BTreeMap::new();
    let tables = section.tables();
    let is_topic = |key: &str| tables.iter().any(|(name, ..)| *name == key);
    let defaults = topic_settings(&mut section, &TopicConfig::default(), is_topic);
    for (name, span, table) in tables {
        if let Err(message) = check_topic_name(name) {
            section.problem(Some(span), message);
        }
        topics.insert(name.to_owned(), topic(table, &defaults));
    }
    section.finish_beside_tables();
    (defaults, topics)
}

fn topic(mut section: Section<'_>, defaults: &TopicConfig) -> TopicConfig {
    let name = section.get("name", |value| {
        let name = value.text()?;
        check_topic_name(&name).map(|()| name).map_err(|message| value.says(&message))
    });
    let settings = topic_settings(&mut section, defaults, |_| false);
    let dead_letters_max = section.get("dead_letters_max", Value::share);
    section.finish();
    TopicConfig { name, dead_letters_max, ..settings }
}

/// Reads what may stand for all topics and for one, except keys that hold something else.
fn topic_settings(
    section: &mut Section<'_>,
    defaults: &TopicConfig,
    is_other: impl Fn(&str) -> bool,
) -> TopicConfig {
    fn get<'a, T>(
        section: &mut Section<'a>,
        key: &'static str,
        is_other: &impl Fn(&str) -> bool,
        read: impl FnOnce(&Value<'a>) -> Result<T, String>,
    ) -> Option<T> {
        if is_other(key) { None } else { section.get(key, read) }
    }
    let other = &is_other;
    TopicConfig {
        name: None,
        partitions: get(section, "partitions", other, partitions).or(defaults.partitions),
        create: get(section, "create", other, Value::truth).unwrap_or(defaults.create),
        max_ahead: get(section, "max_ahead", other, |value| value.duration(MAX_AHEAD))
            .unwrap_or(defaults.max_ahead),
        idle_after: get(section, "idle_after", other, |value| value.duration(IDLE_AFTER))
            .unwrap_or(defaults.idle_after),
        punctuate: get(section, "punctuate", other, Value::truth).unwrap_or(defaults.punctuate),
        dead_letters_max: None,
    }
}

fn projections(
    mut section: Section<'_>,
    sinks: &BTreeMap<String, SinkConfig>,
) -> (ProjectionConfig, BTreeMap<String, ProjectionConfig>) {
    let mut projections = BTreeMap::new();
    // A table called `tolerance` would be a projection: tolerances belong to documents, not to all of them.
    let tables = section.tables();
    let is_projection = |key: &str| tables.iter().any(|(name, ..)| *name == key);
    let defaults = projection_settings(&mut section, &ProjectionConfig::default(), sinks, is_projection);
    for (name, _, mut table) in tables {
        let mut settings = projection_settings(&mut table, &defaults, sinks, |_| false);
        settings.dead_letters_max = table.get("dead_letters_max", Value::share);
        let tolerances = table.table("tolerance");
        for (field, value) in tolerances.values() {
            match value.percentage() {
                Ok(share) => drop(settings.tolerance.insert(field.to_owned(), share)),
                Err(message) => tolerances.problem(tolerances.span_of(field), message),
            }
        }
        table.finish();
        projections.insert(name.to_owned(), settings);
    }
    section.finish_beside_tables();
    (defaults, projections)
}

/// Reads what may stand for all projections and for one, except keys that hold something else.
fn projection_settings(
    section: &mut Section<'_>,
    defaults: &ProjectionConfig,
    sinks: &BTreeMap<String, SinkConfig>,
    is_other: impl Fn(&str) -> bool,
) -> ProjectionConfig {
    let mut settings = defaults.clone();
    if !is_other("sinks") {
        let chosen = section.get("sinks", |value| sinks::chosen(value, sinks));
        settings.sinks = chosen.unwrap_or_else(|| defaults.sinks.clone());
    }
    if !is_other("promote") {
        settings.promote = section.get("promote", promote).unwrap_or(defaults.promote);
    }
    if !is_other("diff_below") {
        settings.diff_below = section.get("diff_below", diff_below).unwrap_or(defaults.diff_below);
    }
    if !is_other("keep_old") {
        let keep_old = section.get("keep_old", |value| value.duration(KEEP_OLD));
        settings.keep_old = keep_old.unwrap_or(defaults.keep_old);
    }
    settings
}

fn diff_below(value: &Value<'_>) -> Result<f64, String> {
    let percent = value.percentage()?;
    if percent <= 100.0 { Ok(percent) } else { Err(value.says("there are no more than 100% of anything")) }
}

fn promote(value: &Value<'_>) -> Result<Promote, String> {
    let name = value.text()?;
    let known = Promote::ALL.iter().find(|(known, _)| *known == name);
    known.map(|(_, promote)| *promote).ok_or_else(|| {
        let names: Vec<&str> = Promote::ALL.iter().map(|(name, _)| *name).collect();
        value.says(&format!("is `{name}`, not one of {}", names.join(", ")))
    })
}

fn limits(mut section: Section<'_>) -> Limits {
    let defaults = Limits::default();
    let mut size = |key, range, default| section.get(key, |value| value.size(range)).unwrap_or(default);
    let record_bytes_max = size("record_bytes_max", BYTES, defaults.record_bytes_max);
    let module_bytes_max = size("module_bytes_max", BYTES, defaults.module_bytes_max);
    let module_memory_max = size("module_memory_max", MODULE_MEMORY, defaults.module_memory_max);
    let module_output_max = size("module_output_max", BYTES, defaults.module_output_max);
    let module_fuel = section.get("module_fuel", |value| value.number(FUEL)).unwrap_or(defaults.module_fuel);
    let dead_letters_max = section.get("dead_letters_max", Value::share).unwrap_or(defaults.dead_letters_max);
    section.finish();
    Limits {
        record_bytes_max,
        module_bytes_max,
        module_memory_max,
        module_fuel,
        module_output_max,
        dead_letters_max,
    }
}

fn engine(mut section: Section<'_>) -> EngineConfig {
    let defaults = EngineConfig::default();
    let threads = section.get("threads", |value| value.number(THREADS));
    let memory_max = section.get("memory_max", |value| value.size(ENGINE_MEMORY));
    section.finish();
    EngineConfig {
        threads: threads.and_then(|threads| usize::try_from(threads).ok()).or(defaults.threads),
        memory_max: memory_max.unwrap_or(defaults.memory_max),
    }
}

fn checkpoint(mut section: Section<'_>) -> CheckpointConfig {
    let defaults = CheckpointConfig::default();
    let every = section.get("every", |value| value.duration(CHECKPOINT_EVERY)).unwrap_or(defaults.every);
    let bytes = section.get("bytes", |value| value.size(CHECKPOINT_BYTES)).unwrap_or(defaults.bytes);
    section.finish();
    CheckpointConfig { every, bytes }
}

fn address(value: &Value<'_>) -> Result<SocketAddr, String> {
    let text = value.text()?;
    text.parse()
        .map_err(|_| format!("`{}` is `{text}`, not an address such as \"127.0.0.1:7070\"", value.key))
}

fn partitions(value: &Value<'_>) -> Result<u32, String> {
    let partitions = value.number(PARTITIONS)?;
    Ok(u32::try_from(partitions).expect("the range ends far below u32::MAX"))
}

/// Checks that a name can be a topic in every log: Kafka's own rule, and none of the host's internal topics.
pub(super) fn check_topic_name(name: &str) -> Result<(), String> {
    check_topic_letters(name)?;
    if name.starts_with("foldline.") {
        return Err(format!(
            "`{name}` cannot be a topic: names that begin with `foldline.` are the host's own"
        ));
    }
    Ok(())
}

/// Checks Kafka's own rule of what a topic may be called.
pub(super) fn check_topic_letters(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 249 || !name.chars().all(is_allowed) || matches!(name, "." | "..") {
        return Err(format!("`{name}` cannot be a topic: 1 to 249 letters, digits, `.`, `_` or `-`"));
    }
    Ok(())
}

fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn lowercase_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
