//! Elasticsearch: both loads use an index with the same mapping, without replicas and refreshes, and end with a refresh. Like the
//! sink, the bare client writes each document under its id, one request after the other on one connection. It uses no versions
//! and no control document, and does not examine answers.

use std::io::Write as _;

use foldline_bench::Stopwatch;
use foldline_config::ElasticsearchConfig;
use foldline_core::description::{OutputField, TimeUnit, ValueType};
use foldline_sink::{Documents, SinkBackend as _};
use foldline_sink_elasticsearch::ElasticsearchBackend;
use foldline_tests::http::Http;
use serde_json::{Value, json};

use crate::documents::{chunks, load, version};
use crate::failure::Result;

/// As many as the sink sends per request.
const REQUEST_DOCUMENTS: usize = 5_000;
/// The index that the sink creates.
const SINKS: &str = "foldline-bench-1.0.0-0123456789ab-000001";
const BARE: &str = "bare";

/// Loads a fresh index through the sink, and leaves it there.
pub(crate) fn load_by_sink(url: &str, documents: u64) -> Result<Value> {
    let config =
        ElasticsearchConfig { urls: vec![url.into()], replicas: 0, ..ElasticsearchConfig::default() };
    let field = |name: &str, ty| OutputField { name: name.into(), ty, sortable: false };
    let version = version(vec![
        field("post_id", ValueType::Text),
        field("count", ValueType::Int),
        field("tribe", ValueType::Text),
        field("window_end", ValueType::Time(TimeUnit::Milliseconds)),
    ]);
    let mut sink = ElasticsearchBackend::new("bench", &config)?.open(&version, "bench", false)?;
    load(&mut *sink, documents, &bodies(documents))
}

/// Loads the same into an index with the same mapping, and deletes both indexes.
pub(crate) fn load_bare(url: &str, documents: u64) -> Result<Value> {
    let server = Server { url, http: Http::default() };
    let mappings = server.ask("GET", &format!("{SINKS}/_mapping"), "")?[SINKS]["mappings"].clone();
    // The control document counts, too.
    server.check_count(SINKS, documents + 1)?;
    server.ask("DELETE", SINKS, "")?;
    let settings = json!({"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"});
    server.ask("PUT", BARE, &json!({"settings": settings, "mappings": mappings}).to_string())?;
    let chunks = bodies(documents);
    let stopwatch = Stopwatch::start()?;
    for changes in chunks.iter().flat_map(|chunk| chunk.changes.chunks(REQUEST_DOCUMENTS)) {
        let mut lines = Vec::new();
        for change in changes {
            writeln!(lines, r#"{{"index":{{"_id":"{}"}}}}"#, change.id)?;
            writeln!(lines, "{}", change.body.as_deref().unwrap_or_default())?;
        }
        server.send("POST", &format!("{BARE}/_bulk?filter_path=errors"), lines)?;
    }
    server.ask("POST", &format!("{BARE}/_refresh"), "")?;
    let measured = stopwatch.measured(documents)?;
    server.check_count(BARE, documents)?;
    server.ask("DELETE", BARE, "")?;
    Ok(measured)
}

fn bodies(documents: u64) -> Vec<Documents> {
    chunks(documents, |number| {
        format!(
            r#"{{"post_id":"post-{number}","count":{},"tribe":"tribe {}","window_end":{}}}"#,
            number % 1_013,
            number % 977,
            1_767_225_600_000 + number * 1_000
        )
    })
}

struct Server<'a> {
    url: &'a str,
    /// Keeps its connection open.
    http: Http,
}

impl Server<'_> {
    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.send(method, path, body.into())?)?)
    }

    fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Result<String> {
        let url = format!("{}/{path}", self.url);
        let answer = self.http.json(method, &url, body)?;
        match answer.is_success() {
            true => Ok(answer.body),
            false => Err(format!("{method} {url}: {} {}", answer.status, answer.body).into()),
        }
    }

    fn check_count(&self, index: &str, documents: u64) -> Result<()> {
        let counted = &self.ask("GET", &format!("{index}/_count"), "")?["count"];
        if *counted != documents {
            return Err(format!("`{index}` holds {counted} documents instead of {documents}").into());
        }
        Ok(())
    }
}
