//! An upgrade under load: what readers notice of the replay, the switch, and the way back.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::hosted::{Home, Hosted};
use super::likes::{PROJECTION, TOPIC};
use super::load;
use super::measured::{Measured, quantile};
use super::tools::Tools;

/// How long the live version is measured alone.
const CALM: Duration = Duration::from_secs(8);
/// Interval between two timed records.
const PROBE_EVERY: Duration = Duration::from_millis(4);
/// Interval between two reads around a switch.
const READ_EVERY: Duration = Duration::from_millis(1);
/// How long readers are watched before and after a switch.
const AROUND: Duration = Duration::from_millis(500);
/// The version that takes over.
const NEXT: &str = "0.2.0";

/// Replays the `events` records of this log into a second version, alongside a live one that takes 20,000 records per second.
/// Then switches to the second version and back.
pub fn measure(tools: &Tools, events: u64, log: &Path) -> Result<Measured> {
    let home = Home::fresh(tools, "upgrade", &[&tools.like_count], Some(log), "")?;
    let host = home.start(tools)?;
    host.folded(&[PROJECTION])?;
    let (mut measured, load) = load::during(&host, || upgrade(tools, events, &home, &host))?;
    measured.more.insert("load_records_per_s", load.records_per_s);
    host.stop()?;
    home.remove()?;
    Ok(measured)
}

fn upgrade(tools: &Tools, events: u64, home: &Home, host: &Hosted) -> Result<Measured> {
    let mut probe = 0;
    // The first ones wake sleeping threads.
    latencies_ms(host, &mut probe, |elapsed| elapsed > CALM / 8)?;
    let mut calm = latencies_ms(host, &mut probe, |elapsed| elapsed > CALM)?;
    let before = host.usage()?;
    let began = Instant::now();
    let module = home.folder.join("modules").join(format!("{PROJECTION}@{NEXT}.wasm"));
    let next = renumbered(&tools.like_count)?;
    std::fs::write(module.with_extension("part"), next).context("writing a module")?;
    std::fs::rename(module.with_extension("part"), &module).context("renaming a module")?;
    let mut replay = Replay::default();
    let mut during = latencies_ms(host, &mut probe, |_| replay.is_over(host))?;
    let dropped_s = began.elapsed().as_secs_f64();
    let wall_s = replay.wall_s().context("the version never replayed")?;
    let after = host.usage()?;
    let promote = switch(host, &["promote", &format!("{PROJECTION}@{NEXT}")])?;
    let rollback = switch(host, &["rollback", PROJECTION])?;
    let (calm_ms, during_ms) = (quantile(&mut calm, 0.99), quantile(&mut during, 0.99));
    Ok(Measured {
        events,
        wall_s,
        cpu_s: after.cpu_s - before.cpu_s,
        peak_rss_bytes: after.peak_rss_bytes,
        more: [
            ("calm_p50_ms", quantile(&mut calm, 0.5)),
            ("calm_p99_ms", calm_ms),
            ("replay_p50_ms", quantile(&mut during, 0.5)),
            ("replay_p99_ms", during_ms),
            ("replay_s", wall_s),
            ("drop_to_caught_up_s", dropped_s),
            ("promote_ms", promote.took_ms),
            ("promote_gap_ms", promote.gap_ms),
            ("rollback_ms", rollback.took_ms),
            ("rollback_gap_ms", rollback.gap_ms),
        ]
        .into(),
    })
}

/// When the replay was observed to begin and to end.
#[derive(Default)]
struct Replay {
    began: Option<Instant>,
    ended: Option<Instant>,
    looked: Option<Instant>,
}

impl Replay {
    fn is_over(&mut self, host: &Hosted) -> bool {
        // Each query of the status is a request, too.
        if self.looked.is_some_and(|looked| looked.elapsed() < Duration::from_millis(50)) {
            return false;
        }
        self.looked = Some(Instant::now());
        let Ok(status) = host.status() else { return false };
        let versions = status["projections"].as_array().cloned().unwrap_or_default();
        let Some(next) = versions.iter().find(|version| version["version"] == NEXT) else { return false };
        self.began.get_or_insert_with(Instant::now);
        if next["phase"] != "replaying" {
            self.ended = Some(Instant::now());
        }
        self.ended.is_some()
    }

    fn wall_s(&self) -> Option<f64> {
        Some(self.ended?.duration_since(self.began?).as_secs_f64())
    }
}

/// Times one record after the other, from the append to a read that shows it.
fn latencies_ms(host: &Hosted, nth: &mut u64, mut is_over: impl FnMut(Duration) -> bool) -> Result<Vec<f64>> {
    let (began, mut latencies_ms) = (Instant::now(), Vec::new());
    while !is_over(began.elapsed()) {
        *nth += 1;
        let value = format!(r#"{{"user_id":"probe{nth}","post_id":"probe","timestamp":{nth}}}"#);
        let appended = Instant::now();
        host.append_and_read(TOPIC, &value, PROJECTION, "probe")?;
        latencies_ms.push(appended.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(PROBE_EVERY.saturating_sub(appended.elapsed()));
    }
    ensure!(!latencies_ms.is_empty(), "no record was timed");
    Ok(latencies_ms)
}

/// The duration of a switch, and what a reader noticed.
struct Switch {
    took_ms: f64,
    /// The longest time between two answers.
    gap_ms: f64,
}

fn switch(host: &Hosted, arguments: &[&str]) -> Result<Switch> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| -> Result<f64> {
            let (mut gap, mut last) = (Duration::ZERO, Instant::now());
            while !stop.load(Ordering::Acquire) {
                host.read(PROJECTION, "probe")?;
                gap = gap.max(last.elapsed());
                last = Instant::now();
                std::thread::sleep(READ_EVERY);
            }
            Ok(gap.as_secs_f64() * 1e3)
        });
        std::thread::sleep(AROUND);
        let began = Instant::now();
        let switched = host.ask(arguments);
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        std::thread::sleep(AROUND);
        stop.store(true, Ordering::Release);
        let gap_ms = reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))??;
        switched?;
        Ok(Switch { took_ms, gap_ms })
    })
}

/// Returns the same module with the next version: the compiler stores a crate's name and version side by side.
fn renumbered(module: &Path) -> Result<Vec<u8>> {
    let mut bytes = std::fs::read(module).context("reading a module")?;
    let pattern = format!("{PROJECTION}0.1.0").into_bytes();
    let at = bytes.windows(pattern.len()).position(|window| window == pattern);
    let at = at.context("the module does not hold its name and version")? + PROJECTION.len();
    bytes[at..at + NEXT.len()].copy_from_slice(NEXT.as_bytes());
    Ok(bytes)
}
