//! A steady load: 20,000 likes a second over HTTP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::hosted::Hosted;
use super::likes::TOPIC;

/// Records per append.
const APPEND_RECORDS: u64 = 200;
/// Interval between two appends.
const APPEND_EVERY: Duration = Duration::from_millis(10);

/// The totals of a load.
pub struct Load {
    /// Records appended.
    pub records: u64,
    /// Records appended per second.
    pub records_per_s: f64,
}

/// Appends likes to a host while `work` runs.
pub fn during<T>(host: &Hosted, work: impl FnOnce() -> Result<T>) -> Result<(T, Load)> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load = scope.spawn(|| append(host, &stop));
        let done = work();
        stop.store(true, Ordering::Release);
        let load = load.join().map_err(|_| anyhow::anyhow!("the load panicked"))?;
        Ok((done?, load?))
    })
}

fn append(host: &Hosted, stop: &AtomicBool) -> Result<Load> {
    let (began, mut records) = (Instant::now(), 0_u64);
    let mut next = began;
    while !stop.load(Ordering::Acquire) {
        let mut values = String::new();
        for _ in 0..APPEND_RECORDS {
            records += 1;
            let (user, post) = (records % 100_003, records % 9_973);
            values.push_str(&format!(
                "{{\"user_id\":\"u{user}\",\"post_id\":\"p{post}\",\"timestamp\":{records}}}\n"
            ));
        }
        host.append_values(TOPIC, &values)?;
        next += APPEND_EVERY;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(Load { records, records_per_s: records as f64 / began.elapsed().as_secs_f64() })
}
