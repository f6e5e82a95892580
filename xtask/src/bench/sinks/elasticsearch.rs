//! An Elasticsearch server of this process: one node with a gigabyte of memory.

use std::process::Command;

use anyhow::{Context, Result};
use reqwest::Method;
use reqwest::blocking::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::super::http;
use super::super::likes::PROJECTION;
use super::super::services::{free_ports, script};
use super::server::Server;
use crate::artifacts;

/// A running server. Dropping it stops the server.
pub struct Elasticsearch {
    http: u16,
    transport: u16,
    /// Keeps its connection open.
    client: Client,
    /// The index behind the readers' alias, once it was looked up.
    index: Option<String>,
}

impl Elasticsearch {
    /// Starts a server, and waits until it accepts requests.
    pub fn start() -> Result<Self> {
        let [http, transport] = free_ports()?;
        let server = Self { http, transport, client: http::client()?, index: None };
        artifacts::run(server.script("elasticsearch-up.sh").stdout(artifacts::to_stderr()?))?;
        server.ask(Method::GET, "_cluster/health?wait_for_status=yellow&timeout=60s", None)?;
        Ok(server)
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}/{path}", self.url());
        let request = self.client.request(method, &url).header(CONTENT_TYPE, "application/json");
        let sent = request.body(body.map(Value::to_string).unwrap_or_default()).send();
        let answer = sent.and_then(|answer| answer.error_for_status()?.json());
        answer.with_context(|| format!("`{path}` of {}", self.url()))
    }

    fn index(&mut self) -> Result<&str> {
        if self.index.is_none() {
            let holders = self.ask(Method::GET, &format!("_alias/{PROJECTION}"), None)?;
            self.index = holders.as_object().and_then(|holders| holders.keys().next().cloned());
        }
        self.index.as_deref().context("readers are pointed to no index")
    }

    fn script(&self, name: &str) -> Command {
        let mut script = script(name, "ES_OWNER");
        script
            .env("ES_PORT", self.http.to_string())
            .env("ES_TRANSPORT_PORT", self.transport.to_string())
            .env("ES_HEAP", "1g");
        script
    }
}

impl Server for Elasticsearch {
    fn name(&self) -> &'static str {
        "elasticsearch"
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    fn settings(&self) -> &'static str {
        "replicas = 0\nrefresh_interval = \"1s\"\n"
    }

    fn clear(&mut self) -> Result<()> {
        self.index = None;
        // A deletion needs the indexes' names.
        let indexes = self.ask(Method::GET, &format!("foldline-{PROJECTION}-*"), None)?;
        for index in indexes.as_object().into_iter().flat_map(|indexes| indexes.keys()) {
            self.ask(Method::DELETE, index, None)?;
        }
        Ok(())
    }

    fn write(&mut self, id: &str) -> Result<()> {
        let path = format!("{}/_doc/{id}", self.index()?);
        self.ask(Method::PUT, &path, Some(&json!({"post_id": id, "count": 1}))).map(drop)
    }

    fn seen(&mut self, ids: &[&str]) -> Result<Vec<bool>> {
        let search = json!({"query": {"ids": {"values": ids}}, "size": ids.len(), "_source": false});
        let path = format!("{PROJECTION}/_search?filter_path=hits.hits._id&ignore_unavailable=true");
        let found = self.ask(Method::POST, &path, Some(&search))?;
        let hits = found["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(ids.iter().map(|id| hits.iter().any(|hit| hit["_id"] == *id)).collect())
    }
}

impl Drop for Elasticsearch {
    fn drop(&mut self) {
        // If this fails, the server's watcher stops it once this process has ended.
        let _ = self.script("elasticsearch-down.sh").env("WIPE", "1").output();
    }
}
