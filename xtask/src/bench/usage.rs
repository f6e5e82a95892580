//! The system's accounting of a process.

use std::path::Path;

use anyhow::{Context, Result};

/// `USER_HZ`, the same on every Linux: CPU time is counted in steps of 10 ms.
const TICKS_PER_S: f64 = 100.0;

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// CPU seconds of all its threads, in user and system mode.
    pub cpu_s: f64,
    /// Current memory use.
    pub rss_bytes: u64,
    /// Peak memory use.
    pub peak_rss_bytes: u64,
}

impl Usage {
    /// Returns what a process has used.
    pub fn of(process: u32) -> Result<Self> {
        let folder = format!("/proc/{process}");
        let folder = Path::new(&folder);
        let path = folder.join("status");
        let status = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let bytes = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            Ok(kib.with_context(|| format!("{} has no {name}", path.display()))? << 10)
        };
        // utime and stime.
        let cpu_s = cpu_s(&folder.join("stat"), [14, 15])?;
        Ok(Self { cpu_s, rss_bytes: bytes("VmRSS")?, peak_rss_bytes: bytes("VmHWM")? })
    }
}

/// Returns the CPU seconds of all our children that have ended and were waited for.
pub fn ended_children_cpu_s() -> Result<f64> {
    // cutime and cstime.
    cpu_s(Path::new("/proc/self/stat"), [16, 17])
}

/// Returns the sum of two fields, numbered from 1 as in proc(5), in seconds.
fn cpu_s(path: &Path, fields: [usize; 2]) -> Result<f64> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    // The second field, in parentheses, may contain anything; after it, the third comes first.
    let rest = text.rsplit_once(") ").map(|(_, rest)| rest);
    let values: Option<Vec<&str>> = rest.map(|rest| rest.split(' ').collect());
    let ticks = |field: usize| values.as_ref()?.get(field - 3)?.parse::<f64>().ok();
    let sum = fields.into_iter().map(ticks).sum::<Option<f64>>();
    Ok(sum.with_context(|| format!("{} is not as expected: {text}", path.display()))? / TICKS_PER_S)
}
