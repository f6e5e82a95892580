//! All documents in a file of the embedded store.

use std::collections::BTreeMap;
use std::path::Path;

use foldline_module::ValidatedModule;
use foldline_sink_sqlite::{ListQuery, SqliteReader};
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
