//! The alias that readers use: the projection's name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, Request};
use super::index::{self, Index};
use super::mapping::KIND;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::NAMESPACE;

/// The indexes that an alias names, each with its filter (`Null` = none).
pub(super) type Holders = BTreeMap<String, Value>;

/// Returns the name that readers of a projection use.
pub(super) fn name(namespace: &str, projection: &str) -> String {
    if namespace == NAMESPACE { projection.to_owned() } else { format!("{namespace}-{projection}") }
}

/// Returns the filter that hides tombstones and control documents from readers.
pub(super) fn filter() -> Value {
    json!({"bool": {"must_not": [{"exists": {"field": KIND}}]}})
}

/// Returns the indexes that an alias names now.
pub(super) fn holders(client: &Client, alias: &str) -> Result<Holders> {
    let answer = client.call(&Request::get(format!("_alias/{alias}")))?;
    let doing = format!("read alias `{alias}`");
    let found = answer.read::<Value>();
    match found.as_ref().and_then(Value::as_object) {
        Some(indexes) if answer.is_success() => {
            let filter = |index: &Value| index["aliases"][alias]["filter"].clone();
            Ok(indexes.iter().map(|(name, index)| (name.clone(), filter(index))).collect())
        }
        Some(error) if answer.status == 404 && error.contains_key("error") => Ok(Holders::new()),
        _ if answer.is_success() => Err(client.unavailable(format!("{doing}: the answer cannot be read"))),
        _ => Err(answer.failure(client.sink(), &doing)),
    }
}

/// Returns whether the alias names exactly this index.
pub(super) fn is_right(holders: &Holders, index: &Index) -> bool {
    holders.len() == 1 && holders.get(&index.name) == Some(&filter())
}

/// Checks that the other indexes of an alias may be removed from it: a projection of another namespace may have an alias of the
/// same name.
///
/// # Errors
/// `Refused` for an index of another namespace's projection whose alias has the same name.
pub(super) fn refuse_others(client: &Client, alias: &str, index: &Index, holders: &Holders) -> Result<()> {
    for name in holders.keys().filter(|name| **name != index.name) {
        let Some(other) = index::described(client, name)? else { continue };
        let (meta, ours) = (&other.meta, &index.meta);
        let is_other = (&meta.namespace, &meta.projection) != (&ours.namespace, &ours.projection);
        if is_other && self::name(&meta.namespace, &meta.projection) == alias {
            let message = format!(
                "sink `{}`: alias `{alias}` names `{name}`, which is projection `{}` of namespace `{}`",
                client.sink(),
                meta.projection,
                meta.namespace
            );
            return Err(Error::new(ErrorKind::Refused, message).with_hint(format!(
                "choose another `namespace` in `[sinks.{}.elasticsearch]`",
                client.sink()
            )));
        }
    }
    Ok(())
}

/// Makes the alias name exactly this index, in one step.
pub(super) fn point(client: &Client, alias: &str, index: &Index, holders: &Holders) -> Result<()> {
    let others = holders.keys().filter(|name| **name != index.name);
    let mut actions: Vec<Value> =
        others.map(|name| json!({"remove": {"index": name, "alias": alias}})).collect();
    actions.push(json!({"add": {"index": index.name, "alias": alias, "filter": filter()}}));
    let request = Request::post("_aliases".into()).query(&[("timeout", "30s"), ("master_timeout", "30s")]);
    let answer = client.call(&request.json(&json!({"actions": actions})))?;
    if answer.is_success() {
        return Ok(());
    }
    if answer.cause().is_some_and(|cause| cause.kind == "invalid_alias_name_exception") {
        let sink = client.sink();
        let message = format!(
            "sink `{sink}`: an index is called `{alias}`, where the alias of the projection should be"
        );
        return Err(Error::new(ErrorKind::Refused, message).with_hint("move that index to another name"));
    }
    Err(answer.failure(client.sink(), &format!("point alias `{alias}` to `{}`", index.name)))
}

/// Returns the error for an alias that was changed by someone else.
pub(super) fn changed(client: &Client, alias: &str, index: &Index, holders: &Holders) -> Error {
    let now = match holders.len() {
        0 => "nothing".to_owned(),
        1 if holders.contains_key(&index.name) => "it with another filter".to_owned(),
        _ => holders.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    let message = format!(
        "sink `{}`: alias `{alias}` should name `{}`, and was changed by hand: it names {now}",
        client.sink(),
        index.name
    );
    Error::new(ErrorKind::Refused, message).with_hint(index::resync(client, &index.meta.projection))
}
