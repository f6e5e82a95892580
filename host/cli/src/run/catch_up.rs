//! A progress bar for each version that catches up with the log.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar};

use crate::progress;
use foldline_api::VersionStatus;
use foldline_core::status::Phase;
use foldline_runtime::Host;

/// Five times a second: more is hard to follow by eye.
const REFRESH: Duration = Duration::from_millis(200);

/// With a smaller lag, a version catches up before anyone could read its bar.
const LAG_MIN: u64 = 10_000;

/// Draws bars on stderr until the runtime ends. Does nothing if stderr is no terminal.
pub(super) fn show(host: Arc<Host>, bars: MultiProgress) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    tokio::spawn(async move {
        let mut shown = Bars { bars, of: BTreeMap::new() };
        let mut ticks = tokio::time::interval(REFRESH);
        loop {
            ticks.tick().await;
            let host = Arc::clone(&host);
            match tokio::task::spawn_blocking(move || host.status()).await {
                Ok(Ok(status)) => shown.update(&status.projections),
                // Readers of the log report that it cannot be reached.
                Ok(Err(_)) => {}
                Err(_) => return,
            }
        }
    });
}

struct Bars {
    bars: MultiProgress,
    /// By NAME@VERSION.
    of: BTreeMap<String, ProgressBar>,
}

impl Bars {
    fn update(&mut self, versions: &[VersionStatus]) {
        let catching_up: BTreeMap<String, (u64, u64)> =
            versions.iter().filter_map(|version| Some((name(version), progress_of(version)?))).collect();
        self.of.retain(|name, bar| {
            let goes_on = catching_up.contains_key(name);
            if !goes_on {
                bar.finish_and_clear();
            }
            goes_on
        });
        for (name, (done, all)) in catching_up {
            if !self.of.contains_key(&name) {
                if all - done < LAG_MIN {
                    continue;
                }
                let bar = self.bars.add(progress::records(all));
                // Records folded earlier must not count in the rate.
                bar.set_position(done);
                bar.reset_eta();
                self.of.insert(name.clone(), bar.with_message(name.clone()));
            }
            let bar = &self.of[&name];
            bar.set_length(all);
            bar.set_position(done);
        }
    }
}

fn name(version: &VersionStatus) -> String {
    format!("{}@{}", version.name, version.version)
}

/// Returns the number of offsets folded and in total; `None` for a version that is not catching up.
fn progress_of(version: &VersionStatus) -> Option<(u64, u64)> {
    let is_catching_up = matches!(version.phase, Phase::Replaying | Phase::CaughtUp);
    let done = version.positions.iter().map(|at| at.next_offset.min(at.end_offset)).sum();
    let all = version.positions.iter().map(|at| at.end_offset).sum();
    is_catching_up.then_some((done, all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use foldline_api::{PartitionStatus, Takes};
    use foldline_core::parameters::Values;

    fn version(phase: Phase, next_offset: u64) -> VersionStatus {
        let at = PartitionStatus {
            topic: "likes".to_owned(),
            partition: 0,
            next_offset,
            shown_offset: 0,
            end_offset: 50_000,
        };
        VersionStatus {
            name: "like-count".to_owned(),
            version: "0.1.0".to_owned(),
            digest: String::new(),
            parameters: Values::default(),
            phase,
            reason: None,
            waits_for: None,
            records_per_s: None,
            positions: vec![at],
            sinks: Vec::new(),
            missing_topics: Vec::new(),
            producer_times: Vec::new(),
            coarse_times: Vec::new(),
            events: 0,
            dead_letters: 0,
            late: 0,
            passed_over: 0,
            watermark_ms: None,
            held_by: Vec::new(),
            kept_ms: None,
            failed_rows: 0,
            rows: 0,
            documents: 0,
            takes: Takes::default(),
        }
    }

    #[test]
    fn a_bar_lives_from_a_long_lag_until_the_version_is_live() {
        let hidden = MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden());
        let mut bars = Bars { bars: hidden, of: BTreeMap::new() };
        bars.update(&[version(Phase::Replaying, 45_000)]);
        assert!(bars.of.is_empty(), "a short lag needs no bar");
        bars.update(&[version(Phase::Replaying, 1_000)]);
        bars.update(&[version(Phase::Replaying, 49_000)]);
        let bar = bars.of["like-count@0.1.0"].clone();
        assert_eq!((bar.position(), bar.length()), (49_000, Some(50_000)));
        bars.update(&[version(Phase::Live, 50_000)]);
        assert!(bars.of.is_empty() && bar.is_finished());
    }
}
