//! A host process under test, and the command line that talks to it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{self, Answer};

/// Time limit of every wait, for a shared and slow machine; only failing tests reach it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Returns the built binary.
///
/// # Panics
/// Panics, with what to do, when it is not built.
pub fn foldline() -> PathBuf {
    built("release/foldline")
}

/// Returns the built module of a reducer in this repository.
///
/// # Panics
/// Panics, with what to do, when it is not built.
pub fn module(name: &str) -> PathBuf {
    built(&format!("modules/{name}@0.1.0.wasm"))
}

/// Returns the bytes of a built reducer with its version replaced by one of the same length.
///
/// # Panics
/// Panics when the module is not built, or when its version is not found in it.
pub fn renumbered(name: &str, version: &str) -> Vec<u8> {
    renumber(std::fs::read(module(name)).expect("a module read"), name, "0.1.0", version)
}

/// Returns a module with its version replaced by one of the same length.
///
/// # Panics
/// Panics when its version is not found in it.
pub fn renumber(mut wasm: Vec<u8>, name: &str, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(to.len(), from.len(), "version {to}");
    // The compiler stores the crate's name and version side by side.
    let pattern = format!("{name}{from}").into_bytes();
    let at = wasm.windows(pattern.len()).position(|window| window == pattern);
    let at = at.expect("the module holds its name and version") + name.len();
    wasm[at..at + to.len()].copy_from_slice(to.as_bytes());
    wasm
}

fn built(path: &str) -> PathBuf {
    let path = target().join(path);
    assert!(path.is_file(), "{} is not there: run `cargo xtask build` first", path.display());
    path
}

/// Returns cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Returns the repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_owned()
}

/// Folders for a host: data, modules and configuration, deleted at the end of the test.
pub struct Home {
    folder: TempDir,
    configuration: String,
    /// The log filter of its hosts.
    log_filter: &'static str,
    /// The binary of its hosts.
    binary: PathBuf,
}

impl Default for Home {
    fn default() -> Self {
        Self::new("")
    }
}

impl Home {
    /// Returns fresh folders with the given `foldline.toml`.
    ///
    /// # Panics
    /// Panics when the system refuses a folder.
    pub fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::create_dir(folder.path().join("modules")).expect("a folder for modules");
        Self { folder, configuration: configuration.to_owned(), log_filter: "info", binary: foldline() }
    }

    /// Sets the log filter of its hosts.
    #[must_use]
    pub fn logging(self, log_filter: &'static str) -> Self {
        Self { log_filter, ..self }
    }

    /// Copies the binary here for its hosts. Returns the path of the copy.
    ///
    /// # Panics
    /// Panics when the disk refuses.
    pub fn own_binary(&mut self) -> PathBuf {
        self.binary = self.path("foldline");
        std::fs::copy(foldline(), &self.binary).expect("a binary copied");
        self.binary.clone()
    }

    /// Replaces `foldline.toml` for hosts that start from now on.
    pub fn configure(&mut self, configuration: &str) {
        configuration.clone_into(&mut self.configuration);
    }

    /// Returns the folder of the served run, of the only version that ran here.
    ///
    /// # Panics
    /// Panics when no version ran.
    pub fn version(&self) -> PathBuf {
        self.run().expect("a run of one version")
    }

    /// Returns the folder of the served run, of the only version that ran here, if there is a run yet.
    pub fn run(&self) -> Option<PathBuf> {
        let version = std::fs::read_dir(self.path("data/versions")).ok()?.next()?.ok()?.path();
        let run = std::fs::read_to_string(version.join("current")).ok()?;
        Some(version.join(run))
    }

    /// Returns the number of versions with a folder.
    ///
    /// # Panics
    /// Panics when the folder cannot be listed.
    pub fn versions(&self) -> usize {
        std::fs::read_dir(self.path("data/versions")).expect("versions").count()
    }

    /// Returns a path below the folders.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Copies a built reducer into the modules folder.
    ///
    /// # Panics
    /// Panics when the module is not built.
    #[must_use]
    pub fn with_module(self, name: &str) -> Self {
        self.add_module(name);
        self
    }

    /// Copies a built reducer into the modules folder.
    ///
    /// # Panics
    /// Panics when the module is not built.
    pub fn add_module(&self, name: &str) {
        let from = module(name);
        let to = self.path("modules").join(from.file_name().expect("modules have names"));
        std::fs::copy(from, to).expect("a module copied");
    }

    /// Puts a built reducer into the modules folder under another version number, with the same code.
    ///
    /// # Panics
    /// Panics when the module is not built, or when its version is not found in it.
    pub fn add_version(&self, name: &str, version: &str) {
        self.drop_file(&format!("{name}@{version}.wasm"), renumbered(name, version));
    }

    /// Puts a file into the modules folder in one step, replacing an existing one of that name.
    ///
    /// # Panics
    /// Panics when the disk refuses.
    pub fn drop_file(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path("modules").join(file);
        let unfinished = path.with_extension("part");
        std::fs::write(&unfinished, bytes).expect("a module written");
        std::fs::rename(unfinished, path).expect("a module renamed");
    }

    /// Writes a file below the folders and returns its path.
    ///
    /// # Panics
    /// Panics when the disk refuses.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file written");
        path
    }

    /// Starts a host here and waits until it answers.
    ///
    /// # Panics
    /// Panics with the host's log when it does not start.
    pub fn start(&self) -> Host {
        let mut host = self.spawn("127.0.0.1:0");
        host.await_start();
        host
    }

    /// Starts a host here that listens at `address`, without waiting.
    ///
    /// # Panics
    /// Panics when the binary cannot be started.
    pub fn spawn(&self, address: &str) -> Host {
        self.spawn_with(address, &[])
    }

    /// Starts a host here with another data folder, without waiting.
    ///
    /// # Panics
    /// Panics when the binary cannot be started.
    pub fn spawn_at(&self, data: &str) -> Host {
        self.spawn_command(self.command("127.0.0.1:0", data))
    }

    /// Starts a host here that dies at a failpoint, without waiting.
    ///
    /// # Panics
    /// Panics when the binary cannot be started.
    pub fn spawn_dying(&self, failpoint: &str) -> Host {
        self.spawn_with("127.0.0.1:0", &[("FOLDLINE_CRASH_AT", failpoint)])
    }

    /// Starts a host here with additional environment variables, without waiting.
    ///
    /// # Panics
    /// Panics when the binary cannot be started.
    pub fn spawn_with(&self, address: &str, variables: &[(&str, &str)]) -> Host {
        let mut command = self.command(address, "data");
        command.envs(variables.iter().copied());
        self.spawn_command(command)
    }

    fn spawn_command(&self, mut command: Command) -> Host {
        let log = self.path(&format!("host-{}.log", unique()));
        let stderr = File::create(&log).expect("a file for the host's log");
        let process = command.stderr(stderr).spawn().expect("the binary starts");
        Host { process, log, url: String::new() }
    }

    /// Starts a host here that logs to `stderr` and listens on a port that was free a moment ago. Waits until it answers.
    ///
    /// # Panics
    /// Panics when it does not start.
    pub fn start_logging_to(&self, stderr: impl Into<Stdio>) -> Host {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let process = self.command(&address, "data").stderr(stderr).spawn().expect("the binary starts");
        let mut host = Host { process, log: PathBuf::new(), url: format!("http://{address}") };
        wait_for("the host to answer", || {
            assert_eq!(host.exit_code(), None, "the host ended");
            http::get(&format!("{}/livez", host.url)).ok().filter(Answer::is_success)
        });
        host
    }

    fn command(&self, address: &str, data: &str) -> Command {
        self.write("foldline.toml", &self.configuration);
        let mut command = Command::new(&self.binary);
        command
            .args(["run", "-c", "foldline.toml", "--data", data, "--modules", "modules"])
            .args(["--listen", address])
            .env("FOLDLINE_LOG", self.log_filter)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A host process. Dropping it kills the process.
pub struct Host {
    process: Child,
    log: PathBuf,
    /// Its URL.
    pub url: String,
}

impl Host {
    /// Waits until the host answers.
    ///
    /// # Panics
    /// Panics with the host's log when it ends or does not answer.
    pub fn await_start(&mut self) {
        let url = wait_for("the host's address", || {
            if let Some(status) = self.process.try_wait().expect("the host can be looked after") {
                panic!("the host ended ({status}):\n{}", self.log());
            }
            let log = self.log();
            // Only complete lines: the host may be writing the last one.
            let mut lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            lines.find_map(|line| line.split_once("listening on ")).map(|(_, url)| url.trim().to_owned())
        });
        self.url = url;
    }

    /// Returns the exit code of the process if it has ended; -1 for a signal.
    ///
    /// # Panics
    /// Panics when the system does not report it.
    pub fn exit_code(&mut self) -> Option<i32> {
        let ended = self.process.try_wait().expect("the host can be looked after");
        ended.map(|status| status.code().unwrap_or(-1))
    }

    /// Sends the host a signal, by its name.
    ///
    /// # Panics
    /// Panics when the system refuses.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "{name}");
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Returns the peak memory use of the host, in bytes.
    ///
    /// # Panics
    /// Panics when the system does not report it.
    pub fn peak_bytes(&self) -> u64 {
        self.process_status("VmHWM:").trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
    }

    /// Returns how many threads the host has.
    ///
    /// # Panics
    /// Panics when the system does not report it.
    pub fn threads(&self) -> u64 {
        self.process_status("Threads:").parse().expect("a number")
    }

    /// Returns the CPU time that the host has used, without its child processes.
    ///
    /// # Panics
    /// Panics when the system does not report it.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("a stat");
        // After the name, which may contain anything, the first field is number 3; 14 and 15 are in hundredths of a second.
        let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
        let ticks =
            fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("a number"));
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    fn process_status(&self, field: &str) -> String {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the system knows it");
        line.trim().to_owned()
    }

    /// Returns what the host has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Runs a subcommand against this host.
    ///
    /// # Panics
    /// Panics when the binary cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(foldline())
            .args(["--host", &self.url])
            .args(arguments)
            .output()
            .expect("the binary starts")
    }

    /// Starts a subcommand against this host, without waiting for it.
    ///
    /// # Panics
    /// Panics when the binary cannot be started.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(foldline());
        command.args(["--host", &self.url]).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
    }

    /// Runs a subcommand that must succeed; returns its answer.
    ///
    /// # Panics
    /// Panics with both logs when it fails.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "foldline {arguments:?}: {}\n{}\nhost:\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
            self.log()
        );
        String::from_utf8(output.stdout).expect("answers are text")
    }

    /// Waits until everything in the log is folded and the embedded store shows it, whatever other sinks do.
    ///
    /// # Panics
    /// Panics when that does not happen.
    pub fn wait_embedded(&self, name: &str) {
        self.ask(&["wait", name, "--embedded", "--timeout", &format!("{}s", PATIENCE.as_secs())]);
    }

    /// Waits until everything in the log is folded and every sink shows it.
    ///
    /// # Panics
    /// Panics when that does not happen.
    pub fn wait(&self, name: &str) {
        self.ask(&["wait", name, "--timeout", &format!("{}s", PATIENCE.as_secs())]);
    }

    /// Returns every document of a projection, sorted.
    ///
    /// # Panics
    /// Panics when the host does not answer.
    pub fn documents(&self, name: &str) -> Vec<String> {
        let mut documents: Vec<String> =
            self.ask(&["query", name, "--all"]).lines().map(str::to_owned).collect();
        documents.sort();
        documents
    }

    /// Returns the status as JSON.
    ///
    /// # Panics
    /// Panics when the host does not answer.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.ask(&["status", "-o", "json"])).expect("the status is JSON")
    }

    /// Returns the state of the only sink besides the embedded store, of the only running version.
    ///
    /// # Panics
    /// As [`Host::status`].
    pub fn sink(&self) -> Option<Value> {
        Some(self.status()["projections"].as_array()?.first()?["sinks"].as_array()?.first()?.clone())
    }

    /// Waits until it serves everything that it should, and no topic is in doubt.
    ///
    /// # Panics
    /// Panics when that does not happen.
    pub fn await_ready(&self) {
        wait_for("the host to be ready", || (self.get("/readyz").0 == 200).then_some(()));
    }

    /// Waits until the sink has halted. Returns the reason.
    ///
    /// # Panics
    /// Panics when it does not halt.
    pub fn await_halted_sink(&self) -> String {
        let halted = || self.sink().filter(|sink| sink["phase"] == "halted");
        wait_for("the sink to halt", halted)["reason"].to_string()
    }

    /// Returns an API answer as (status, body).
    ///
    /// # Panics
    /// Panics when the host does not answer.
    pub fn get(&self, path: &str) -> (u16, String) {
        let answer = http::get(&format!("{}{path}", self.url)).expect("the host answers");
        (answer.status, answer.body)
    }

    /// Returns the number of records in a topic of the log.
    ///
    /// # Panics
    /// Panics when the host does not answer.
    pub fn appended(&self, topic: &str) -> u64 {
        let (status, body) = self.get(&format!("/api/v1/topics/{topic}"));
        if status == 404 {
            return 0;
        }
        let topic: Value = serde_json::from_str(&body).expect("a topic");
        let partitions = topic["partitions"].as_array().expect("partitions");
        partitions.iter().map(|partition| partition["end_offset"].as_u64().expect("an offset")).sum()
    }

    /// Kills the host: no last flush, no last checkpoint.
    ///
    /// # Panics
    /// Panics when the process cannot be killed.
    pub fn kill(mut self) {
        self.process.kill().expect("the host can be killed");
        self.process.wait().expect("the host can be waited for");
    }

    /// Stops the host as an operator would.
    ///
    /// # Panics
    /// Panics when the host does not end.
    pub fn stop(mut self) -> ExitStatus {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill starts").success());
        self.process.wait().expect("the host can be waited for")
    }

    /// Waits until the host ends by itself.
    ///
    /// # Panics
    /// Panics when it does not.
    pub fn await_end(&mut self) -> ExitStatus {
        wait_for("the host's end", || self.process.try_wait().expect("the host can be looked after"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for a condition, and returns its value.
///
/// # Panics
/// Panics, naming the condition, when it is not fulfilled for a long time.
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come within {PATIENCE:?}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
