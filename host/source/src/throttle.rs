//! The share of the time that replays may work alongside live versions without costing their readers latency.
//!
//! After each flush, a live version reports how long the flush's oldest record took from being read to being shown. While nothing
//! replays, this latency sets what is usual. While something replays and the latency exceeds twice the usual one, the share
//! shrinks; otherwise it grows again. If nothing is live, or no records come, no replay has to wait.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How often the share is adjusted.
const WINDOW: Duration = Duration::from_millis(200);
/// The least latency that counts as usual: flushes alone take some milliseconds, and no reader notices them.
const UNNOTICED: Duration = Duration::from_millis(4);
/// The smallest share of the time that a replay gets, so that it always progresses.
const SHARE_MIN: f64 = 0.05;
/// Added to the share while latencies are as usual.
const RISE: f64 = 0.1;
/// The factor that the share shrinks by while they are not.
const FALL: f64 = 0.6;
/// Weight of each window's p99 in the moving average.
const WEIGHT: f64 = 0.3;
/// The longest single pause. A replay that is told to stop notices within this time.
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// The share of the time that replays have, for all versions of a host.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<ThrottleState>);

#[derive(Debug)]
struct ThrottleState {
    began: Option<Instant>,
    /// Latencies of live versions in this window.
    latencies: Vec<Duration>,
    /// Whether a replay has worked in this window.
    replayed: bool,
    /// The usual 99th percentile without replays, in seconds.
    usual_s: Option<f64>,
    share: f64,
}

impl Default for ThrottleState {
    fn default() -> Self {
        Self { began: None, latencies: Vec::new(), replayed: false, usual_s: None, share: 1.0 }
    }
}

impl Throttle {
    /// Notes how long the oldest record of a live version's flush took to be shown.
    pub fn note_shown(&self, latency: Duration, now: Instant) {
        let mut state = self.0.lock();
        state.roll(now);
        state.latencies.push(latency);
    }

    /// Returns how long a replay must pause after working for `worked`.
    pub fn pause_after(&self, worked: Duration, now: Instant) -> Duration {
        let mut state = self.0.lock();
        state.roll(now);
        state.replayed = true;
        let pause = worked.as_secs_f64() * (1.0 - state.share) / state.share;
        Duration::from_secs_f64(pause).min(PAUSE_MAX)
    }

    /// Returns the share of the time that replays may work, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.0.lock().share
    }
}

impl ThrottleState {
    /// Ends the window when its time is over, and adjusts the share.
    fn roll(&mut self, now: Instant) {
        let began = *self.began.get_or_insert(now);
        if now.duration_since(began) < WINDOW {
            return;
        }
        self.began = Some(now);
        let replayed = std::mem::take(&mut self.replayed);
        self.latencies.sort_unstable();
        let p99 = self.latencies.get(self.latencies.len() * 99 / 100).map(Duration::as_secs_f64);
        self.latencies.clear();
        match p99 {
            // Nothing live was shown in this window: there is no reader to disturb.
            None => self.share = (self.share + 2.0 * RISE).min(1.0),
            Some(p99_s) if !replayed => {
                let usual_s = self.usual_s.get_or_insert(p99_s);
                *usual_s += WEIGHT * (p99_s - *usual_s);
            }
            Some(p99_s) => {
                let bearable_s = 2.0 * self.usual_s.unwrap_or(0.0).max(UNNOTICED.as_secs_f64());
                self.share = if p99_s > bearable_s {
                    (self.share * FALL).max(SHARE_MIN)
                } else {
                    (self.share + RISE).min(1.0)
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs through windows of (latency, whether a replay worked); returns the share after each.
    fn shares(throttle: &Throttle, start: Instant, windows: &[(u64, bool)]) -> Vec<f64> {
        let mut shares = Vec::new();
        for (nth, &(latency_ms, replays)) in (0u32..).zip(windows) {
            let now = start + WINDOW * nth;
            if latency_ms > 0 {
                (0..50).for_each(|_| throttle.note_shown(Duration::from_millis(latency_ms), now));
            }
            if replays {
                throttle.pause_after(Duration::from_millis(10), now);
            }
            throttle.note_shown(Duration::ZERO, now + WINDOW);
            throttle.0.lock().latencies.clear();
            shares.push(throttle.share());
        }
        shares
    }

    #[test]
    fn a_replay_works_all_the_time_where_nobody_is_live() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for step in 0..100 {
            assert_eq!(throttle.pause_after(Duration::from_millis(10), now + WINDOW * step), Duration::ZERO);
        }
    }

    #[test]
    fn latencies_beyond_twice_the_usual_ones_slow_a_replay_down_and_usual_ones_let_it_go_on() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let calm = shares(&throttle, start, &[(10, false); 10]);
        assert_eq!(calm.last(), Some(&1.0));
        let later = start + WINDOW * 20;
        let disturbed = shares(&throttle, later, &[(30, true); 20]);
        assert!(disturbed.windows(2).all(|pair| pair[1] <= pair[0]), "{disturbed:?}");
        assert_eq!(disturbed.last(), Some(&SHARE_MIN));
        let pause = throttle.pause_after(Duration::from_millis(5), later + WINDOW * 20);
        assert_eq!(pause, Duration::from_millis(95), "a twentieth of the time");
        let calm_again = shares(&throttle, later + WINDOW * 40, &[(19, true); 20]);
        assert_eq!(calm_again.last(), Some(&1.0), "{calm_again:?}");
    }

    #[test]
    fn what_a_replay_does_to_latencies_does_not_count_as_usual() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        shares(&throttle, start, &[(10, false); 10]);
        shares(&throttle, start + WINDOW * 20, &[(500, true); 50]);
        let usual_s = throttle.0.lock().usual_s;
        assert!(usual_s.is_some_and(|usual_s| (usual_s - 0.01).abs() < 1e-9), "{usual_s:?}");
    }

    #[test]
    fn a_pause_is_bounded() {
        let throttle = Throttle::default();
        throttle.0.lock().share = SHARE_MIN;
        assert_eq!(throttle.pause_after(Duration::from_secs(60), Instant::now()), PAUSE_MAX);
    }
}
