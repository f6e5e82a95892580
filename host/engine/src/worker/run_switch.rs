//! How a rebuilt run takes the place of the one that is served: once it shows as much, durably, and before any reader learns
//! what it shows.

use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::super::runs;
use super::run::Run;
use foldline_base::panics::spawn_contained;

/// Pause before the next try when the disk does not accept the number of the run.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Run<'_> {
    /// Takes the place of the served run once the documents of this one show as much, and deletes the replaced run.
    pub(super) fn switch_when_ready(&mut self) {
        let now = Instant::now();
        if self.ready_to_switch.is_none() || now < self.switch_at {
            return;
        }
        let (Some(pair), Some(shown)) = (&self.rebuild_of, &self.ready_to_switch) else { return };
        if let Err(error) = self.runs.switch_to(&pair.own) {
            self.switch_at = now + AGAIN_AFTER;
            self.trouble(&error, |troubles| &mut troubles.state);
            return;
        }
        info!(version = self.handle.label(), position = %shown, "state has been rebuilt and is served");
        self.handle.publish(|progress| {
            progress.shown = Some(shown.clone());
            progress.troubles.state = None;
        });
        let before = pair.served.path().to_owned();
        (self.rebuild_of, self.ready_to_switch) = (None, None);
        // In the background, because a large run takes a while. After a crash, the next start deletes the rest.
        let remove = move || {
            if let Err(error) = runs::remove(&before) {
                warn!(folder = %before.display(), %error, "cannot delete a damaged run; the next start does");
            }
        };
        if let Err(error) = spawn_contained("remove run", remove) {
            warn!(%error, "cannot delete a damaged run now; the next start does");
        }
    }
}
