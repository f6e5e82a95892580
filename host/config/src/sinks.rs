//! `[sinks.NAME.KIND]`: servers that documents are served from beside the embedded store.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::section::{Section, Value};
use foldline_base::secret::Secret;

/// A version's changed rows are noted in a byte: one bit for each sink.
pub(super) const SINKS_OF_A_PROJECTION_MAX: usize = 4;

/// What `status` calls the store that is always there.
pub const EMBEDDED: &str = "embedded";

/// What a sink may be.
const KINDS: [&str; 3] = ["elasticsearch", "redis", "changes"];

/// What servers are shared by: whoever writes in another namespace is never met. A projection's alias bears its plain name in
/// this one.
pub const NAMESPACE: &str = "foldline";

/// Long enough for a team and a stage; names of indexes have 255 bytes.
const NAMESPACE_BYTES_MAX: usize = 40;

/// What stands for the projection's name in the name of a topic.
const PROJECTION: &str = "{projection}";

/// More shards than documents of one projection need.
const SHARDS: RangeInclusive<u64> = 1..=1_024;

/// Elasticsearch's own bound is the number of nodes.
const REPLICAS: RangeInclusive<u64> = 0..=100;

/// Below 100 ms a server does little else; what is written is visible after an hour at the latest.
const REFRESH_INTERVAL: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_600);

/// A server that documents are served from.
#[derive(Clone, Debug, PartialEq)]
pub enum SinkConfig {
    /// An index per version, an alias per projection.
    Elasticsearch(ElasticsearchConfig),
    /// A prefix per version, a pointer per projection.
    Redis(RedisConfig),
    /// A topic of the log per projection.
    Changes(ChangesConfig),
}

/// `[sinks.NAME.elasticsearch]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticsearchConfig {
    /// Nodes of one cluster, `http://` or `https://`.
    pub urls: Vec<String>,
    /// For HTTP's basic authentication.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Instead of name and password.
    pub api_key: Option<Secret>,
    /// Certificates of the authority that signed the server's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Primary shards of an index.
    pub shards: u32,
    /// Replicas of each, once an index is served.
    pub replicas: u32,
    /// How soon a search sees what was written.
    pub refresh_interval: Duration,
    /// What names of indexes begin with.
    pub namespace: String,
}

/// `[sinks.NAME.redis]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisConfig {
    /// `redis://HOST:PORT/DB` or `rediss://` (TLS): one server, or nodes of one cluster.
    pub urls: Vec<String>,
    /// Whether they are nodes of a Redis Cluster.
    pub cluster: bool,
    /// For `AUTH`.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Certificates of the authority that signed the server's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// What keys begin with.
    pub namespace: String,
}

/// `[sinks.NAME.changes]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesConfig {
    /// The topic, with `{projection}` for the projection's name.
    pub topic: String,
}

impl SinkConfig {
    /// Returns whether both write in one place, as far as their addresses tell.
    fn meets(&self, other: &Self) -> bool {
        let share = |one: &[String], other: &[String]| one.iter().any(|url| other.contains(url));
        match (self, other) {
            (Self::Elasticsearch(one), Self::Elasticsearch(other)) => {
                one.namespace == other.namespace && share(&one.urls, &other.urls)
            }
            (Self::Redis(one), Self::Redis(other)) => {
                let databases = |urls: &[String]| urls.iter().map(|url| database(url)).collect::<Vec<_>>();
                one.namespace == other.namespace && share(&databases(&one.urls), &databases(&other.urls))
            }
            (Self::Changes(one), Self::Changes(other)) => one.topic == other.topic,
            _ => false,
        }
    }
}

/// Writes the first database of a server as one that is named.
fn database(url: &str) -> String {
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path { url.to_owned() } else { format!("{url}/0") }
}

impl ChangesConfig {
    /// Returns the topic of a projection.
    pub fn of(&self, projection: &str) -> String {
        self.topic.replace(PROJECTION, projection)
    }
}

impl Default for ChangesConfig {
    fn default() -> Self {
        Self { topic: format!("{PROJECTION}-changes") }
    }
}

impl Default for ElasticsearchConfig {
    fn default() -> Self {
        Self {
            urls: vec!["http://127.0.0.1:9200".to_owned()],
            username: None,
            password: None,
            api_key: None,
            ca_file: None,
            shards: 1,
            replicas: 1,
            refresh_interval: Duration::from_secs(1),
            namespace: NAMESPACE.to_owned(),
        }
    }
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            urls: vec!["redis://127.0.0.1:6379".to_owned()],
            cluster: false,
            username: None,
            password: None,
            ca_file: None,
            namespace: NAMESPACE.to_owned(),
        }
    }
}

/// Reads all sinks.
pub(super) fn sinks(section: Section<'_>) -> BTreeMap<String, SinkConfig> {
    let mut sinks = BTreeMap::new();
    for (name, span, mut table) in section.tables() {
        if let Err(message) = check_name(name) {
            section.problem(Some(span.clone()), message);
        }
        let kinds = KINDS.map(|kind| (kind, table.span_of(kind)));
        let elasticsearch = elasticsearch(table.table("elasticsearch"));
        let redis = redis(table.table("redis"));
        let changes = changes(table.table("changes"));
        let mut chosen = kinds.into_iter().filter_map(|(kind, span)| Some((kind, span?)));
        match (chosen.next(), chosen.next()) {
            (Some((kind, _)), None) => {
                let sink = match kind {
                    "elasticsearch" => SinkConfig::Elasticsearch(elasticsearch),
                    "redis" => SinkConfig::Redis(redis),
                    _ => SinkConfig::Changes(changes),
                };
                sinks.insert(name.to_owned(), sink);
            }
            (_, Some((_, second))) => {
                let message = format!("sink `{name}` is two things; give each a name of its own");
                table.problem(Some(second), message);
            }
            (None, None) => {
                let kinds = KINDS.map(|kind| format!("`[sinks.{name}.{kind}]`")).join(", ");
                table.problem(Some(span), format!("sink `{name}` is nothing yet: add one of {kinds}"));
            }
        }
        table.finish();
    }
    section.finish_beside_tables();
    sinks
}

/// Reads which of the sinks a projection is served from.
pub(super) fn chosen(value: &Value<'_>, sinks: &BTreeMap<String, SinkConfig>) -> Result<Vec<String>, String> {
    let chosen = value.texts()?;
    for (at, name) in chosen.iter().enumerate() {
        if !sinks.contains_key(name) {
            let known: Vec<&str> = sinks.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
            return Err(value.says(&format!("no sink is called `{name}` (sinks: {known})")));
        }
        if chosen[..at].contains(name) {
            return Err(value.says(&format!("`{name}` stands there twice")));
        }
        if let Some(other) = chosen[..at].iter().find(|other| sinks[*other].meets(&sinks[name])) {
            return Err(value.says(&format!(
                "`{other}` and `{name}` are one place, so each would take the other's documents for its own: name one of \
                 them, or give one a `namespace` (a `topic`, for changes) of its own"
            )));
        }
    }
    if chosen.len() > SINKS_OF_A_PROJECTION_MAX {
        let (many, most) = (chosen.len(), SINKS_OF_A_PROJECTION_MAX);
        return Err(value.says(&format!("{many} sinks where a projection has {most} at most")));
    }
    Ok(chosen)
}

fn elasticsearch(mut section: Section<'_>) -> ElasticsearchConfig {
    let defaults = ElasticsearchConfig::default();
    let config = ElasticsearchConfig {
        urls: section.get("url", |value| urls(value, &["http", "https"])).unwrap_or(defaults.urls),
        username: section.get("username", Value::text),
        password: section.secret("password", "password_file"),
        api_key: section.secret("api_key", "api_key_file"),
        ca_file: section.get("ca_file", Value::text).map(Into::into),
        shards: section.get("shards", |value| small(value, SHARDS)).unwrap_or(defaults.shards),
        replicas: section.get("replicas", |value| small(value, REPLICAS)).unwrap_or(defaults.replicas),
        refresh_interval: section
            .get("refresh_interval", |value| value.duration(REFRESH_INTERVAL))
            .unwrap_or(defaults.refresh_interval),
        namespace: section.get("namespace", namespace).unwrap_or(defaults.namespace),
    };
    both_or_none(&section, config.username.is_some(), config.password.is_some());
    if config.api_key.is_some() && config.username.is_some() {
        section.problem(section.span_of("username"), "both `api_key` and `username` are set; keep one");
    }
    section.finish();
    config
}

fn redis(mut section: Section<'_>) -> RedisConfig {
    let defaults = RedisConfig::default();
    let config = RedisConfig {
        urls: section.get("url", |value| urls(value, &["redis", "rediss"])).unwrap_or(defaults.urls),
        cluster: section.get("cluster", Value::truth).unwrap_or(defaults.cluster),
        username: section.get("username", Value::text),
        password: section.secret("password", "password_file"),
        ca_file: section.get("ca_file", Value::text).map(Into::into),
        namespace: section.get("namespace", namespace).unwrap_or(defaults.namespace),
    };
    if config.urls.len() > 1 && !config.cluster {
        let message =
            "several servers are one sink only as a cluster: set `cluster = true`, or name one server";
        section.problem(section.span_of("url"), message);
    }
    section.finish();
    config
}

fn changes(mut section: Section<'_>) -> ChangesConfig {
    let topic = section.get("topic", |value| {
        let topic = value.text()?;
        if !topic.contains(PROJECTION) {
            return Err(
                value.says(&format!("`{topic}` does not hold `{PROJECTION}`: each projection has a topic"))
            );
        }
        super::parse::check_topic_name(&topic.replace(PROJECTION, "x"))
            .map(|()| topic)
            .map_err(|message| value.says(&message))
    });
    section.finish();
    topic.map_or_else(ChangesConfig::default, |topic| ChangesConfig { topic })
}

/// Reads what names of keys and indexes begin with: both kinds of servers must allow it.
fn namespace(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = text.len() <= NAMESPACE_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(plain);
    if is_name {
        return Ok(text);
    }
    Err(value.says(&format!(
        "`{text}` is no namespace: a small letter, then small letters, digits or `-`, {NAMESPACE_BYTES_MAX} at most"
    )))
}

fn both_or_none(section: &Section<'_>, username: bool, password: bool) {
    if username != password {
        let (there, missing) = if username { ("username", "password") } else { ("password", "username") };
        section.problem(section.span_of(there), format!("`{there}` is set, and `{missing}` is not"));
    }
}

/// Reads addresses with commas between them.
fn urls(value: &Value<'_>, schemes: &[&str]) -> Result<Vec<String>, String> {
    let text = value.text()?;
    // Before anything is quoted: secrets in addresses would show in messages.
    if text.contains('@') {
        return Err(value.says("an address holds no name and password: set `username` and `password_file`"));
    }
    let urls: Vec<String> = text.split(',').map(|url| url.trim().trim_end_matches('/').to_owned()).collect();
    for url in &urls {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        if !scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
            let known: Vec<String> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
            return Err(value.says(&format!("`{url}` does not begin with {}", known.join(" or "))));
        }
    }
    Ok(urls)
}

/// Reads a single address.
pub(super) fn one_url(value: &Value<'_>, schemes: &[&str]) -> Result<String, String> {
    match urls(value, schemes)?.as_slice() {
        [url] => Ok(url.clone()),
        _ => Err(value.says("names several addresses, and it is one")),
    }
}

fn small(value: &Value<'_>, range: RangeInclusive<u64>) -> Result<u32, String> {
    let number = value.number(range)?;
    Ok(u32::try_from(number).expect("the range ends far below u32::MAX"))
}

/// Checks a sink's name: it stands in metrics and messages.
fn check_name(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_allowed) {
        return Err(format!("`{name}` cannot be a sink: 1 to 64 letters, digits, `_` or `-`"));
    }
    if name == EMBEDDED {
        return Err(format!("`{name}` cannot be a sink: the store that is always there is called so"));
    }
    Ok(())
}
