//! Describes the machine and time of a measurement.

use std::process::Command;

use anyhow::{Context, Result};

use super::tools::Tools;
use crate::artifacts;

/// What a reader needs to know in order to judge the numbers.
pub struct Machine {
    /// Cores and model.
    pub cores: String,
    /// Memory, system.
    pub system: String,
    /// The date.
    pub date: String,
    /// Versions of Foldline and of the compiler.
    pub versions: String,
    /// The load average of the last minute: processes that wanted a core.
    pub load: String,
}

/// Describes this machine.
pub fn describe(tools: &Tools) -> Result<Machine> {
    let read = |path: &str| std::fs::read_to_string(path).with_context(|| path.to_owned());
    let field = |text: &str, name: &str| -> Option<String> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().context("the number of cores")?;
    let model = field(&read("/proc/cpuinfo")?, "model name").unwrap_or_else(|| "unknown model".to_owned());
    let memory = field(&read("/proc/meminfo")?, "MemTotal").unwrap_or_default();
    let kib: f64 = memory.trim_end_matches(" kB").parse().context("the amount of memory")?;
    let load = read("/proc/loadavg")?;
    let commit = said("git", &["describe", "--always", "--dirty", "--abbrev=12"])?;
    let foldline = said(tools.foldline.to_str().context("the path is not text")?, &["--version"])?;
    let rustc = said("rustc", &["--version"])?;
    Ok(Machine {
        cores: format!("{cores} cores of {model}"),
        system: format!("{:.0} GiB, {}", kib / f64::from(1 << 20), said("uname", &["-sr"])?),
        date: said("date", &["-u", "+%Y-%m-%d"])?,
        versions: format!("{foldline} ({commit}), {rustc}"),
        load: load.split(' ').next().unwrap_or_default().to_owned(),
    })
}

fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(artifacts::root()).output();
    let output = output.with_context(|| format!("cannot start {program}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
