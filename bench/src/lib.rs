//! Common code of the benchmark programs: they measure themselves.

use std::time::Instant;

use serde_json::{Value, json};

/// Measures what this process uses from its start on.
pub struct Stopwatch {
    began: Instant,
    cpu_before_s: f64,
}

impl Stopwatch {
    /// Starts the measurement.
    ///
    /// # Errors
    /// The system does not report it; the error says where.
    pub fn start() -> Result<Self, String> {
        Ok(Self { cpu_before_s: cpu_s()?, began: Instant::now() })
    }

    /// Returns what was used, in the format that `cargo xtask bench` reads.
    ///
    /// # Errors
    /// As [`Stopwatch::start`].
    pub fn measured(&self, events: u64) -> Result<Value, String> {
        let wall_s = self.began.elapsed().as_secs_f64();
        let (cpu_s, peak_rss_bytes) = (cpu_s()? - self.cpu_before_s, peak_rss_bytes()?);
        Ok(json!({"events": events, "wall_s": wall_s, "cpu_s": cpu_s, "peak_rss_bytes": peak_rss_bytes}))
    }
}

/// Returns the CPU seconds of all threads, in steps of 10 ms.
fn cpu_s() -> Result<f64, String> {
    const PATH: &str = "/proc/self/stat";
    /// `USER_HZ`, the same on every Linux.
    const TICKS_PER_S: f64 = 100.0;
    let text = std::fs::read_to_string(PATH).map_err(|error| format!("{PATH}: {error}"))?;
    // The second field, in parentheses, may contain anything; utime and stime are the 14th and 15th.
    let after_name = text.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks: Vec<f64> =
        after_name.split(' ').skip(11).take(2).filter_map(|number| number.parse().ok()).collect();
    let [user, system] = ticks[..] else { return Err(format!("{PATH} holds `{text}`")) };
    Ok((user + system) / TICKS_PER_S)
}

/// Returns the peak memory use.
fn peak_rss_bytes() -> Result<u64, String> {
    const PATH: &str = "/proc/self/status";
    let text = std::fs::read_to_string(PATH).map_err(|error| format!("{PATH}: {error}"))?;
    let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.ok_or(format!("{PATH} has no VmHWM"))? << 10)
}
