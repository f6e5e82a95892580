//! How a run that was built again takes the place of the one that is served: once it shows as much, durably, and before
//! anybody is told what it shows.

use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::super::runs;
use super::run::Run;
use foldline_base::panics::spawn_contained;

/// How long a disk is left alone that does not take the number of the run.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Run<'_> {
    /// Takes the place of the run before, once the documents here show as much, and deletes what that one left.
    pub(super) fn settle_when_ready(&mut self) {
        let now = Instant::now();
        if self.ready_to_settle.is_none() || now < self.settle_at {
            return;
        }
        let (Some(lives), Some(shown)) = (&self.unsettled, &self.ready_to_settle) else { return };
        if let Err(error) = self.runs.settle(&lives.own) {
            self.settle_at = now + AGAIN_AFTER;
            self.trouble(&error, |troubles| &mut troubles.state);
            return;
        }
        info!(version = self.handle.label(), position = %shown, "state is built again and served");
        self.handle.publish(|progress| {
            progress.shown = Some(shown.clone());
            progress.troubles.state = None;
        });
        let before = lives.served.path().to_owned();
        (self.unsettled, self.ready_to_settle) = (None, None);
        // Beside the engine: a large one takes a while. What is left at a crash the next start deletes.
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
