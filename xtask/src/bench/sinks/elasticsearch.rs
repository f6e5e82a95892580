//! An Elasticsearch of this process: one node, with a gigabyte of memory.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::super::likes::PROJECTION;
use super::super::services::{free_ports, script};
use super::server::Server;
use crate::artifacts;

/// A running server; it goes with the value.
pub struct Elasticsearch {
    http: u16,
    transport: u16,
    /// Keeps its connection.
    agent: ureq::Agent,
    /// The index behind the alias that readers read, once it was asked for.
    index: Option<String>,
}

impl Elasticsearch {
    /// Starts a server, and waits until it takes requests.
    pub fn start() -> Result<Self> {
        let [http, transport] = free_ports()?;
        let server = Self { http, transport, agent: ureq::Agent::new_with_defaults(), index: None };
        artifacts::run(server.script("elasticsearch-up.sh").stdout(artifacts::to_stderr()?))?;
        server.ask("GET", "_cluster/health?wait_for_status=yellow&timeout=60s", None)?;
        Ok(server)
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}/{path}", self.url());
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(&url)
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())?;
        let answer = self.agent.run(request).with_context(|| format!("{method} {url}"))?;
        serde_json::from_reader(answer.into_body().into_reader()).with_context(|| format!("{method} {url}"))
    }

    fn index(&mut self) -> Result<&str> {
        if self.index.is_none() {
            let holders = self.ask("GET", &format!("_alias/{PROJECTION}"), None)?;
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
        // A deletion must name what it deletes.
        let indexes = self.ask("GET", &format!("foldline-{PROJECTION}-*"), None)?;
        for index in indexes.as_object().into_iter().flat_map(|indexes| indexes.keys()) {
            self.ask("DELETE", index, None)?;
        }
        Ok(())
    }

    fn write(&mut self, id: &str) -> Result<()> {
        let path = format!("{}/_doc/{id}", self.index()?);
        self.ask("PUT", &path, Some(&json!({"post_id": id, "count": 1}))).map(drop)
    }

    fn seen(&mut self, ids: &[&str]) -> Result<Vec<bool>> {
        let search = json!({"query": {"ids": {"values": ids}}, "size": ids.len(), "_source": false});
        let path = format!("{PROJECTION}/_search?filter_path=hits.hits._id&ignore_unavailable=true");
        let found = self.ask("POST", &path, Some(&search))?;
        let hits = found["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(ids.iter().map(|id| hits.iter().any(|hit| hit["_id"] == *id)).collect())
    }
}

impl Drop for Elasticsearch {
    fn drop(&mut self) {
        // A server that stays is stopped by its watcher once this process has gone.
        let _ = self.script("elasticsearch-down.sh").env("WIPE", "1").output();
    }
}
