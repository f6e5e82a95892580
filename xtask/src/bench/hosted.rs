//! Hosts that are measured.

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

/// How long a host may take to be ready: reached by runs that fail.
const READY_MAX: Duration = Duration::from_secs(120);
/// Between two questions whether it is.
const READY_EVERY: Duration = Duration::from_millis(2);

/// Folders for a host.
pub struct Home {
    /// Where it runs; its data folder is `data`.
    pub folder: PathBuf,
}

impl Home {
    /// Returns fresh folders with these modules, with a copy of this log.
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
    /// Keeps its connection.
    client: Client,
    id: u32,
    began: Instant,
}

impl Hosted {
    /// Waits until the embedded stores of these projections show everything that is in the log; returns what that took since the start.
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

    /// Returns the seconds since the start after which the host was ready and answered for a document.
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

    /// Returns every document of a projection, a line each.
    pub fn documents(&self, projection: &str) -> Result<String> {
        self.host.ask(&["query", projection, "--all"])
    }

    /// Checks the number of events that each projection has folded, that nothing was left out, and returns the number
    /// of rows of one of them.
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

    /// Returns the event time that the only projection's windows have passed.
    pub fn watermark_ms(&self) -> Result<u64> {
        let status: Value =
            serde_json::from_str(&self.host.ask(&["status", "-o", "json"])?).context("reading the status")?;
        status["projections"][0]["watermark_ms"].as_u64().context("the status tells no watermark")
    }

    /// Runs a subcommand against the host; returns its answer.
    pub fn ask(&self, arguments: &[&str]) -> Result<String> {
        self.host.ask(arguments)
    }

    /// Returns where every version stands.
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

    /// Appends values, a line each.
    pub fn append_values(&self, topic: &str, values: &str) -> Result<()> {
        self.post_values(topic, values)?.bytes().map(drop).context("an append's answer")
    }

    /// Appends one record, and reads a document that shows it.
    pub fn append_and_read(&self, topic: &str, value: &str, projection: &str, document: &str) -> Result<()> {
        let answer: Value = self.post_values(topic, value)?.json().context("an append's answer")?;
        let token = answer["token"].as_str().context("an append tells no token")?;
        let url = format!("{}/api/v1/projections/{projection}/documents/{document}", self.host.url);
        let answer = self.client.get(&url).query(&[("at_least", token), ("wait", "10s")]).send()?;
        ensure!(answer.status() == 200, "{url} answers {}", answer.status());
        answer.bytes().map(drop).context(url)
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

    /// Stops the host; returns its CPU seconds, those of the last checkpoint included.
    pub fn stop(self) -> Result<f64> {
        let before_s = ended_children_cpu_s()?;
        self.host.stop()?;
        Ok(ended_children_cpu_s()? - before_s)
    }

    /// Kills the host, as the system would.
    pub fn kill(self) {
        // A host that is dropped is killed.
        drop(self.host);
    }
}

/// Copies a folder, and waits until the disk has it: that work must not fall into what is measured next.
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

/// Returns how much of the disk a folder takes.
pub fn disk_bytes(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    /// The unit of `st_blocks`, whatever the file system's own is.
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
