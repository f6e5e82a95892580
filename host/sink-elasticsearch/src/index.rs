//! The indexes of projections: their names, what they say about themselves, their life.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, Request};
use super::mapping;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::{ElasticsearchConfig, NAMESPACE};
use foldline_sink::SinkVersion;

/// Raised with every change of what an index holds besides documents: one of another format is rebuilt.
const FORMAT: u32 = 1;

/// As [`FORMAT`], of documents with times in other units than milliseconds: they were mapped as if they were.
const FORMAT_WITH_UNITS: u32 = 2;

/// The index refreshes itself after so many intervals, should the host not come to it (`refresher.rs`): each refresh costs
/// the server.
const SPARE: u32 = 5;

/// 64 bytes: the server's limit for the whole name is 255. What a name lacks is in `_meta`.
const PART_BYTES_MAX: usize = 64;

/// What an index says about itself, in the `_meta` of its mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    format: u32,
    /// Absent in the default one: indexes are older than namespaces.
    #[serde(default = "default_namespace", skip_serializing_if = "is_default_namespace")]
    pub(super) namespace: String,
    pub(super) projection: String,
    version: String,
    digest: String,
    pub(super) generation: u64,
}

impl Meta {
    /// Returns whether it is a version's.
    pub(super) fn is_of(&self, version: &SinkVersion) -> bool {
        self.projection == version.projection
            && self.version == version.version
            && self.digest == version.digest
    }

    /// Returns whether this host can read what it holds besides documents.
    pub(super) fn is_known(&self) -> bool {
        (FORMAT..=FORMAT_WITH_UNITS).contains(&self.format)
    }

    /// Returns whether this host can go on with it as a version's.
    pub(super) fn is_current(&self, version: &SinkVersion) -> bool {
        self.format == format_of(version)
    }
}

/// An index of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) meta: Meta,
}

impl Index {
    /// Returns the index as a URL's path names it.
    pub(super) fn path(&self) -> String {
        path(&self.name)
    }

    /// Returns the alias that writes go through, as a URL's path names it.
    pub(super) fn write_path(&self) -> String {
        format!("{}.write", self.path())
    }
}

/// Returns the indexes of a projection in a namespace that say that they are.
pub(super) fn of_projection(client: &Client, namespace: &str, projection: &str) -> Result<Vec<Index>> {
    let pattern = format!("{namespace}-{}-*", part(projection));
    let mut indexes = list(client, &pattern, &format!("list the indexes of `{projection}`"))?;
    indexes.retain(|index| index.meta.projection == projection && index.meta.namespace == namespace);
    indexes.sort_by_key(|index| index.meta.generation);
    Ok(indexes)
}

/// Returns what an index says about itself; `None` when it is gone, or says nothing of ours.
pub(super) fn described(client: &Client, name: &str) -> Result<Option<Index>> {
    match list(client, name, &format!("read what `{name}` is")) {
        Ok(found) => Ok(found.into_iter().next()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the indexes that a pattern matches and that say that they are ours.
fn list(client: &Client, pattern: &str, doing: &str) -> Result<Vec<Index>> {
    #[derive(Deserialize)]
    struct Described {
        mappings: Mappings,
    }
    #[derive(Deserialize)]
    struct Mappings {
        _meta: BTreeMap<String, Value>,
    }
    let request = Request::get(format!("{}/_mapping", path(pattern))).query(&[
        ("filter_path", "*.mappings._meta"),
        ("expand_wildcards", "all"),
        ("master_timeout", "30s"),
    ]);
    let answer = client.call(&request)?;
    if !answer.is_success() {
        return Err(answer.failure(client.sink(), doing));
    }
    let Some(found) = answer.read::<BTreeMap<String, Described>>() else {
        return Err(client.unavailable(format!("{doing}: the answer cannot be read")));
    };
    let mut indexes = Vec::new();
    for (name, described) in found {
        // What says something else about itself is not ours, whatever it is called.
        let meta = described.mappings._meta.get("foldline").cloned();
        let meta = meta.and_then(|meta| serde_json::from_value::<Meta>(meta).ok());
        indexes.extend(meta.map(|meta| Index { name, meta }));
    }
    Ok(indexes)
}

/// Creates an empty index, to be loaded: not refreshed, without replicas. `None` = it is there already.
pub(super) fn create(
    client: &Client,
    config: &ElasticsearchConfig,
    version: &SinkVersion,
    generation: u64,
) -> Result<Option<Index>> {
    let meta = Meta {
        format: format_of(version),
        namespace: config.namespace.clone(),
        projection: version.projection.clone(),
        version: version.version.clone(),
        digest: version.digest.clone(),
        generation,
    };
    let name = format!(
        "{}-{}-{}-{}-{generation:06}",
        config.namespace,
        part(&version.projection),
        part(&version.version),
        part(&version.digest)
    );
    let index = Index { name, meta };
    let body = json!({
        "settings": {
            "number_of_shards": config.shards,
            "number_of_replicas": 0,
            "refresh_interval": "-1",
            "mapping": {"total_fields": {"limit": mapping::fields_max(&version.document)}},
        },
        "aliases": {format!("{}.write", index.name): {"is_hidden": true}},
        "mappings": {
            "dynamic": "false",
            "_meta": {"foldline": &index.meta},
            "properties": mapping::properties(&version.document),
        },
    });
    let request = Request::put(index.path()).query(&[("timeout", "30s"), ("master_timeout", "30s")]);
    let answer = client.call(&request.json(&body))?;
    if answer.is_success() {
        return Ok(Some(index));
    }
    if answer.cause().is_some_and(|cause| cause.kind == "resource_already_exists_exception") {
        return Ok(None);
    }
    Err(answer.failure(client.sink(), &format!("create index `{}`", index.name)))
}

/// Gives a loaded index what it is served with.
pub(super) fn end_load(client: &Client, config: &ElasticsearchConfig, index: &Index) -> Result<()> {
    let settings = json!({"index": {
        "number_of_replicas": config.replicas,
        "refresh_interval": format!("{}ms", (SPARE * config.refresh_interval).as_millis()),
    }});
    let request = Request::put(format!("{}/_settings", index.path()))
        .query(&[("timeout", "30s"), ("master_timeout", "30s")]);
    let answer = client.call(&request.json(&settings))?;
    if !answer.is_success() {
        return Err(answer.failure(client.sink(), &format!("end the load of `{}`", index.name)));
    }
    refresh(client, index)
}

/// Returns the request that makes searches see everything that was written.
pub(super) fn refresh_request(index: &Index) -> Request<'static> {
    Request::post(format!("{}/_refresh", index.path()))
}

/// Makes searches see everything that was written.
pub(super) fn refresh(client: &Client, index: &Index) -> Result<()> {
    #[derive(Deserialize)]
    struct Refreshed {
        #[serde(rename = "_shards")]
        shards: Shards,
    }
    #[derive(Deserialize)]
    struct Shards {
        failed: u64,
    }
    let answer = client.call(&refresh_request(index))?;
    let doing = format!("refresh `{}`", index.name);
    if !answer.is_success() {
        return Err(answer.failure(client.sink(), &doing));
    }
    match answer.read::<Refreshed>() {
        Some(refreshed) if refreshed.shards.failed == 0 => Ok(()),
        Some(refreshed) => {
            Err(client.unavailable(format!("{doing}: {} shards failed", refreshed.shards.failed)))
        }
        None => Err(client.unavailable(format!("{doing}: the answer cannot be read"))),
    }
}

/// Deletes an index; one that is gone is fine.
pub(super) fn delete(client: &Client, index: &Index) -> Result<()> {
    let request = Request::delete(index.path()).query(&[("timeout", "30s"), ("master_timeout", "30s")]);
    let answer = client.call(&request)?;
    if answer.is_success() || answer.cause().is_some_and(|cause| cause.says_gone()) {
        return Ok(());
    }
    Err(answer.failure(client.sink(), &format!("delete index `{}`", index.name)))
}

/// Looks whether an index still has the mapping that it was created with.
///
/// # Errors
/// `Refused` when it was changed by hand.
pub(super) fn check_mapping(client: &Client, index: &Index, version: &SinkVersion) -> Result<()> {
    let request = Request::get(format!("{}/_mapping", index.path()));
    let answer = client.call(&request)?;
    let doing = format!("read the mapping of `{}`", index.name);
    if !answer.is_success() {
        return Err(answer.failure(client.sink(), &doing));
    }
    let Some(found) = answer.read::<Value>() else {
        return Err(client.unavailable(format!("{doing}: the answer cannot be read")));
    };
    let mappings = &found[&index.name]["mappings"];
    let properties = mapping::properties(&version.document);
    if mappings["dynamic"] == "false" && mappings["properties"] == properties {
        return Ok(());
    }
    let field = differing(&properties, &mappings["properties"]);
    let message =
        format!("sink `{}`: the mapping of index `{}` was changed by hand{field}", client.sink(), index.name);
    Err(Error::new(ErrorKind::Refused, message).with_hint(resync(client, &version.projection)))
}

/// Returns the next step when something is not as it was left.
pub(super) fn resync(client: &Client, projection: &str) -> String {
    format!("to build it again from the log: foldline resync {projection} {}", client.sink())
}

/// Returns a name as a URL's path says it.
pub(super) fn path(name: &str) -> String {
    name.replace('+', "%2B")
}

fn format_of(version: &SinkVersion) -> u32 {
    if version.document.iter().all(mapping::is_as_ever) { FORMAT } else { FORMAT_WITH_UNITS }
}

fn default_namespace() -> String {
    NAMESPACE.to_owned()
}

fn is_default_namespace(namespace: &String) -> bool {
    namespace == NAMESPACE
}

fn differing(declared: &Value, found: &Value) -> String {
    let (Value::Object(declared), Value::Object(found)) = (declared, found) else { return String::new() };
    let names = declared.keys().chain(found.keys());
    let differing = names.into_iter().find(|name| declared.get(*name) != found.get(*name));
    differing.map_or_else(String::new, |name| format!(": field `{name}` is another one"))
}

/// Returns what may stand in an index's name for a name or version: small letters, digits, `-`, `.`, `+`.
fn part(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+');
    let mut part: String =
        text.chars().map(|c| if plain(c) { c.to_ascii_lowercase() } else { '_' }).collect();
    part.truncate(PART_BYTES_MAX);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_what_a_server_allows() {
        for (text, expected) in [
            ("like-count", "like-count"),
            ("1.0.0-RC.1+build5", "1.0.0-rc.1+build5"),
            ("a/b*c?", "a_b_c_"),
            ("ö", "_"),
        ] {
            assert_eq!(part(text), expected);
        }
        assert_eq!(part(&"x".repeat(500)).len(), PART_BYTES_MAX);
    }
}
