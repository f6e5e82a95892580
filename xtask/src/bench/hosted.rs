//! Hosts under measurement.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::blocking::{Client, Response};
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::http;
use super::measured::Measured;
use super::tools::Tools;
use super::usage::{Usage, ended_children_cpu_s};
use crate::host::{self, Host};

/// Time limit for a host to become ready; only failing runs reach it.
const READY_MAX: Duration = Duration::from_secs(120);
/// How often to check whether it is ready.
const READY_EVERY: Duration = Duration::from_millis(2);

/// The folders of a host.
pub struct Home {
    /// The working folder; the data folder is `data` in it.
    pub folder: PathBuf,
}

impl Home {
    /// Returns fresh folders with these modules and a copy of this log.
    pub fn fresh(
        tools: &Tools,
        name: &str,
        modules: &[&Path],
        log: Option<&Path>,
        configuration: &str,
    ) -> Result<Self> {
        let folder = tools.folder.join("hosts").join(name);
        host::stop_earlier(&tools.foldline, &folder)?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("removing the folder of an earlier run")?;
        }
        std::fs::create_dir_all(folder.join("modules")).context("creating a host's folder")?;
        std::fs::write(folder.join("foldline.toml"), configuration).context("writing foldline.toml")?;
        for module in modules {
            let file = module.file_name().context("a module has a name")?;
            std::fs::copy(module, folder.join("modules").join(file)).context("copying a module")?;
        }
        if let Some(log) = log {
            copy(log, &folder.join("data").join("log")).context("copying the log")?;
        }
        Ok(Self { folder })
    }

    /// Starts a host here.
    pub fn start(&self, tools: &Tools) -> Result<Hosted> {
        let began = Instant::now();
        let arguments =
            ["-c", "foldline.toml", "--data", "data", "--modules", "modules", "--listen", "127.0.0.1:0"];
        let host = Host::start(&tools.foldline, &self.folder, &arguments)?;
        let id = std::fs::read_to_string(self.folder.join("host.pid")).context("reading host.pid")?;
        let client = http::client()?;
        Ok(Hosted { host, client, began, id: id.trim().parse().context("host.pid holds no number")? })
    }

    /// Removes everything.
    pub fn remove(self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder).context("removing a host's folder")
    }
}

/// A running host.
pub struct Hosted {
    host: Host,
    /// Keeps its connection open.
    client: Client,
    id: u32,
    began: Instant,
}

impl Hosted {
    /// Waits until the embedded stores of these projections show everything in the log. Returns what that took since the start.
    pub fn folded(&self, projections: &[&str]) -> Result<Measured> {
        for name in projections {
            self.host.ask(&["wait", name, "--embedded", "--timeout", "1h"])?;
        }
        let wall_s = self.began.elapsed().as_secs_f64();
        let usage = self.usage()?;
        Ok(Measured {
            wall_s,
            cpu_s: usage.cpu_s,
            peak_rss_bytes: usage.peak_rss_bytes,
            more: [("rss_bytes", usage.rss_bytes as f64)].into(),
            events: 0,
        })
    }

    /// Returns the seconds from the start until the host was ready and returned a document.
    pub fn ready(&self, projection: &str, document: &str) -> Result<f64> {
        for path in ["/readyz".to_owned(), format!("/api/v1/projections/{projection}/documents/{document}")] {
            let url = format!("{}{path}", self.host.url);
            loop {
                if self.client.get(&url).send().is_ok_and(|answer| answer.status() == 200) {
                    break;
                }
                ensure!(self.began.elapsed() < READY_MAX, "{url} is not ready within {READY_MAX:?}");
                std::thread::sleep(READY_EVERY);
            }
        }
        Ok(self.began.elapsed().as_secs_f64())
    }

    /// Returns every document of a projection, one per line.
    pub fn documents(&self, projection: &str) -> Result<String> {
        self.host.ask(&["query", projection, "--all"])
    }

    /// Checks how many events each projection has folded, and that none was left out. Returns the number of rows of one
    /// projection.
    pub fn check_status(&self, projections: usize, events: u64) -> Result<u64> {
        let status: Value =
            serde_json::from_str(&self.host.ask(&["status", "-o", "json"])?).context("reading the status")?;
        let versions = status["projections"].as_array().context("the status has no projections")?;
        ensure!(versions.len() == projections, "{} projections instead of {projections}", versions.len());
        for version in versions {
            let name = &version["name"];
            ensure!(version["events"] == events, "{name} folded {} events of {events}", version["events"]);
            for trouble in ["dead_letters", "failed_rows"] {
                ensure!(version[trouble] == 0, "{name} has {} {trouble}", version[trouble]);
            }
        }
        versions.first().and_then(|version| version["rows"].as_u64()).context("the status has no rows")
    }

    /// Returns the event time that the windows of the only projection have passed.
    pub fn watermark_ms(&self) -> Result<u64> {
        let status: Value =
            serde_json::from_str(&self.host.ask(&["status", "-o", "json"])?).context("reading the status")?;
        status["projections"][0]["watermark_ms"].as_u64().context("the status tells no watermark")
    }

    /// Runs a subcommand against the host; returns its answer.
    pub fn ask(&self, arguments: &[&str]) -> Result<String> {
        self.host.ask(arguments)
    }

    /// Returns the status of every version.
    pub fn status(&self) -> Result<Value> {
        let answer = self.client.get(format!("{}/api/v1/status", self.host.url)).send()?;
        answer.error_for_status()?.json().context("the status")
    }

    /// Reads a document.
    pub fn read(&self, projection: &str, document: &str) -> Result<()> {
        let url = format!("{}/api/v1/projections/{projection}/documents/{document}", self.host.url);
        let answer = self.client.get(&url).send()?;
        answer.error_for_status()?.bytes().map(drop).context(url)
    }

    /// Appends values, one per line.
    pub fn append_values(&self, topic: &str, values: &str) -> Result<()> {
        self.post_values(topic, values)?.bytes().map(drop).context("an append's answer")
    }

    /// Appends one record, and reads a document that shows it. Returns the answer.
    pub fn append_and_read(
        &self,
        topic: &str,
        value: &str,
        projection: &str,
        document: &str,
    ) -> Result<String> {
        let answer: Value = self.post_values(topic, value)?.json().context("an append's answer")?;
        let token = answer["token"].as_str().context("an append tells no token")?;
        let url = format!("{}/api/v1/projections/{projection}/documents/{document}", self.host.url);
        let answer = self.client.get(&url).query(&[("at_least", token), ("wait", "10s")]).send()?;
        ensure!(answer.status() == 200, "{url} answers {}", answer.status());
        answer.text().context(url)
    }

    fn post_values(&self, topic: &str, values: &str) -> Result<Response> {
        let url = format!("{}/api/v1/topics/{topic}/records", self.host.url);
        let post = self.client.post(&url).header(CONTENT_TYPE, "application/octet-stream");
        Ok(post.body(values.to_owned()).send()?.error_for_status()?)
    }

    /// Appends the lines of a file to a topic.
    pub fn append(&self, topic: &str, file: &str) -> Result<()> {
        self.host.ask(&["append", topic, file]).map(drop)
    }

    /// Returns what the host has used so far.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.id)
    }

    /// Stops the host. Returns its CPU seconds, including the last checkpoint.
    pub fn stop(self) -> Result<f64> {
        let before_s = ended_children_cpu_s()?;
        self.host.stop()?;
        Ok(ended_children_cpu_s()? - before_s)
    }

    /// Kills the host without a last checkpoint.
    pub fn kill(self) {
        // Dropping the host kills it.
        drop(self.host);
    }
}

/// Copies a folder and syncs it to disk, so that this work does not affect the next measurement.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), &to)?;
            File::open(&to)?.sync_all()?;
        }
    }
    Ok(())
}

/// Returns the disk usage of a folder.
pub fn disk_bytes(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    /// The unit of `st_blocks`, whatever the file system's own block size.
    const BLOCK_BYTES: u64 = 512;
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            disk_bytes(&entry.path())?
        } else {
            entry.metadata()?.blocks() * BLOCK_BYTES
        };
    }
    Ok(sum)
}
