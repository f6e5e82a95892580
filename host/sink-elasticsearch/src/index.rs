//! The indexes of projections: their names, their descriptions, their life cycle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, Request};
use super::mapping;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::{ElasticsearchConfig, NAMESPACE};
use foldline_sink::SinkVersion;

/// Raised with every change of what an index holds besides documents. An index of another format is rebuilt.
const FORMAT: u32 = 1;

/// As [`FORMAT`], for documents with times in units other than milliseconds: format 1 mapped them as milliseconds.
const FORMAT_WITH_UNITS: u32 = 2;

/// The index refreshes itself after this many intervals, in case the host does not (`refresher.rs`): each refresh costs the
/// server.
const SPARE: u32 = 5;

/// 64 bytes: the server limits the whole name to 255. `_meta` holds what the name omits.
const PART_BYTES_MAX: usize = 64;

/// An index's description of itself, in the `_meta` of its mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    format: u32,
    /// Absent for the default namespace: indexes existed before namespaces.
    #[serde(default = "default_namespace", skip_serializing_if = "is_default_namespace")]
    pub(super) namespace: String,
    pub(super) projection: String,
    version: String,
    digest: String,
    pub(super) generation: u64,
}

impl Meta {
    /// Returns whether it belongs to a version.
    pub(super) fn is_of(&self, version: &SinkVersion) -> bool {
        self.projection == version.projection
            && self.version == version.version
            && self.digest == version.digest
    }

    /// Returns whether this host understands what the index holds besides documents.
    pub(super) fn is_known(&self) -> bool {
        (FORMAT..=FORMAT_WITH_UNITS).contains(&self.format)
    }

    /// Returns whether this host can continue with it as a version's index.
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
    /// Returns the index as a path segment of a URL.
    pub(super) fn path(&self) -> String {
        path(&self.name)
    }

    /// Returns the alias for writes as a path segment of a URL.
    pub(super) fn write_path(&self) -> String {
        format!("{}.write", self.path())
    }
}

/// Returns the indexes in a namespace whose descriptions name this projection.
pub(super) fn of_projection(client: &Client, namespace: &str, projection: &str) -> Result<Vec<Index>> {
    let pattern = format!("{namespace}-{}-*", part(projection));
    let mut indexes = list(client, &pattern, &format!("list the indexes of `{projection}`"))?;
    indexes.retain(|index| index.meta.projection == projection && index.meta.namespace == namespace);
    indexes.sort_by_key(|index| index.meta.generation);
    Ok(indexes)
}

/// Returns the description of an index; `None` if the index is gone or has no description of ours.
pub(super) fn described(client: &Client, name: &str) -> Result<Option<Index>> {
    match list(client, name, &format!("read what `{name}` is")) {
        Ok(found) => Ok(found.into_iter().next()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the indexes that match a pattern and have a description of ours.
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
        // An index without our description is not ours, whatever its name.
        let meta = described.mappings._meta.get("foldline").cloned();
        let meta = meta.and_then(|meta| serde_json::from_value::<Meta>(meta).ok());
        indexes.extend(meta.map(|meta| Index { name, meta }));
    }
    Ok(indexes)
}

/// Creates an empty index to be loaded, without refreshes and replicas. `None` if it already exists.
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

/// Gives a loaded index the settings with which it is served.
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

/// Returns the request that makes all writes visible to searches.
pub(super) fn refresh_request(index: &Index) -> Request<'static> {
    Request::post(format!("{}/_refresh", index.path()))
}

/// Makes all writes visible to searches.
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

/// Deletes an index. It is no error if the index is already gone.
pub(super) fn delete(client: &Client, index: &Index) -> Result<()> {
    let request = Request::delete(index.path()).query(&[("timeout", "30s"), ("master_timeout", "30s")]);
    let answer = client.call(&request)?;
    if answer.is_success() || answer.cause().is_some_and(|cause| cause.says_gone()) {
        return Ok(());
    }
    Err(answer.failure(client.sink(), &format!("delete index `{}`", index.name)))
}

/// Checks that an index still has the mapping that it was created with.
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

/// Returns the hint to resync, for something that was changed.
pub(super) fn resync(client: &Client, projection: &str) -> String {
    format!("to build it again from the log: foldline resync {projection} {}", client.sink())
}

/// Returns a name as a path segment of a URL.
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

/// Returns a name or version with only the characters allowed in index names: lowercase letters, digits, `-`, `.`, `+`.
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
