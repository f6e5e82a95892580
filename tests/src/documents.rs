//! All documents in a file of the embedded store, and all members of a set.

use std::collections::BTreeMap;
use std::path::Path;

use foldline_module::ValidatedModule;
use foldline_sink_sqlite::{ListQuery, SetQuery, SqliteReader};
use serde_json::Value;

/// Returns all documents by id.
///
/// # Panics
/// Panics when the file cannot be read.
pub fn all(path: &Path, module: &ValidatedModule) -> BTreeMap<String, Value> {
    let reader = SqliteReader::open(path, module.description().document()).expect("documents");
    let mut documents = BTreeMap::new();
    let mut query = ListQuery { limit: 1_000, ..ListQuery::default() };
    loop {
        let page = reader.list(&query).expect("a page").value;
        for (id, body) in page.documents {
            documents.insert(id, serde_json::from_str(&body).expect("documents are JSON"));
        }
        match page.cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return documents,
        }
    }
}

/// Returns all members of a set, with their scores.
///
/// # Panics
/// Panics when the file cannot be read.
pub fn members(path: &Path, module: &ValidatedModule, set: &str) -> BTreeMap<String, f64> {
    let reader = SqliteReader::open(path, module.description().document()).expect("documents");
    let mut members = BTreeMap::new();
    let mut query = SetQuery { set: set.to_owned(), limit: 1_000, ..SetQuery::default() };
    loop {
        let page = reader.members(&query).expect("a page").value;
        members.extend(page.members.into_iter().map(|member| (member.member, member.score)));
        match page.cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return members,
        }
    }
}
