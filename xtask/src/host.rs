//! A host for the demo, started in a fresh folder, and found again by its process id.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::artifacts::{run, to_stderr};
use crate::say::say;

/// How long a host may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// Time limit for a host to stop, which includes a last checkpoint.
const STOP_MAX: Duration = Duration::from_secs(30);

/// A running host.
pub struct Host {
    foldline: PathBuf,
    process: Child,
    /// Its URL.
    pub url: String,
    /// Whether dropping this value stops the host.
    owned: bool,
}

impl Host {
    /// Starts `foldline run` with these arguments in its own folder; its log goes to `FOLDER/host.log`.
    pub fn start(foldline: &Path, folder: &Path, arguments: &[&str]) -> Result<Self> {
        let log_path = folder.join("host.log");
        let log = File::create(&log_path).with_context(|| format!("creating {}", log_path.display()))?;
        let process = Command::new(foldline)
            .arg("run")
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("sharing the host's log")?)
            .stderr(log)
            // In a separate process group, so that Ctrl-C in this terminal does not reach it.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", foldline.display()))?;
        std::fs::write(folder.join("host.pid"), process.id().to_string()).context("writing host.pid")?;
        let mut host = Self { foldline: foldline.to_owned(), process, url: String::new(), owned: true };
        host.url = host.await_url(&log_path)?;
        Ok(host)
    }

    fn await_url(&mut self, log_path: &Path) -> Result<String> {
        const SIGN: &str = "listening on ";
        let deadline = Instant::now() + START_MAX;
        loop {
            let log = std::fs::read_to_string(log_path).unwrap_or_default();
            // Only complete lines: the host may be writing the last one.
            let mut lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let url = lines.find_map(|line| line.split_once(SIGN)).map(|(_, url)| url.trim().to_owned());
            if let Some(url) = url {
                return Ok(url);
            }
            if let Some(status) = self.process.try_wait().context("looking after the host")? {
                bail!("the host ended ({status}):\n{log}");
            }
            ensure!(Instant::now() < deadline, "the host did not start within {START_MAX:?}:\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs a subcommand against this host; its output is progress.
    pub fn show(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.foldline);
        run(command.args(["--host", &self.url]).args(arguments).stdout(to_stderr()?))
    }

    /// Runs a subcommand against this host and returns its answer.
    pub fn ask(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.foldline)
            .args(["--host", &self.url])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .context("asking the host")?;
        ensure!(output.status.success(), "foldline {} failed: {}", arguments.join(" "), output.status);
        String::from_utf8(output.stdout).context("the host's answer")
    }

    /// Leaves the host running after this value is dropped. Returns its process id.
    pub fn leave_running(mut self) -> u32 {
        self.owned = false;
        self.process.id()
    }

    /// Stops the host and waits for it.
    pub fn stop(mut self) -> Result<()> {
        self.owned = false;
        stop_process(self.process.id())?;
        let status = self.process.wait().context("waiting for the host")?;
        ensure!(status.success(), "the host ended with {status}");
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if self.owned {
            // Reached only after another error, which is the one to report.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Stops the host that an earlier demo left running in this folder, if it still runs.
pub fn stop_earlier(foldline: &Path, folder: &Path) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(folder.join("host.pid")) else { return Ok(()) };
    let Ok(id) = text.trim().parse::<u32>() else { return Ok(()) };
    // The id may belong to another process by now: it must run our binary (deleted = rebuilt meanwhile).
    let Ok(program) = std::fs::read_link(format!("/proc/{id}/exe")) else { return Ok(()) };
    let program = program.to_string_lossy().into_owned();
    if Path::new(program.trim_end_matches(" (deleted)")) != foldline {
        return Ok(());
    }
    say!("stopping the host of an earlier demo (process {id})");
    stop_process(id)?;
    let deadline = Instant::now() + STOP_MAX;
    while Path::new(&format!("/proc/{id}")).exists() {
        ensure!(Instant::now() < deadline, "process {id} does not stop; `kill -9 {id}` ends it");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn stop_process(id: u32) -> Result<()> {
    run(Command::new("kill").arg("-TERM").arg(id.to_string()))
}
