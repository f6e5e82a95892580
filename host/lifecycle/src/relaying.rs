//! Lets the module of each live version relay, and no other: the decisions determine which module relays under a name.
//!
//! A relay that must go is told to stop, and the next one starts once it has stopped. The next one reads the frontier itself, so
//! nothing is handed over but the name. A version that only relays has no worker. It counts as caught up at once, and shows what
//! the live version shows, or where the log ended when it arrived.

use std::sync::Arc;
use std::time::Instant;

use tracing::{error, warn};

use super::build::Build;
use super::pace::Pace;
use super::supervisor_state::SupervisorState;
use super::versions::{Projection, Running, START_PAUSE, wait_for_start};
use foldline_base::error::ErrorKind;
use foldline_core::status::Phase;
use foldline_decode::DecodeLimits;
use foldline_engine::{Runs, VersionHandle};
use foldline_module::ValidatedModule;
use foldline_relay::{Relay, RelayConfig, RelayHandle, SENT_FOLDER, StartAt};
use foldline_sink_sqlite::SqliteSink;

impl SupervisorState {
    /// Starts a version that only relays.
    pub(super) fn start_relay_only(
        &self,
        build: Build,
        module: ValidatedModule,
        handle: VersionHandle,
        runs: Arc<Runs>,
    ) -> Running {
        let handle = Arc::new(handle.only_relaying());
        self.note_inputs(&handle, &module);
        // Empty, so that readers of its documents find none.
        let prepare = || SqliteSink::open_empty(&runs.open()?.own.documents(), &self.owner);
        let mut retry_at = None;
        match prepare() {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                retry_at = Some(Instant::now() + START_PAUSE);
                wait_for_start(&handle, &error);
            }
            Err(error) => {
                error!(version = handle.label(), %error, "version halted");
                handle.halt(error.to_string());
            }
        }
        Running {
            build,
            handle,
            module: Some(module),
            lost: false,
            is_being_judged: false,
            retry_at,
            worker: None,
            dead_letters_max: Arc::default(),
            runs,
            pace: Pace::default(),
        }
    }

    /// Makes all relays agree with the live versions.
    pub(super) fn tend_relays(&mut self) {
        let projections = std::mem::take(&mut self.projections);
        projections.iter().for_each(|(name, projection)| self.tend_relay(name, projection));
        self.projections = projections;
    }

    /// Makes the relay of a name agree with its live version.
    pub(super) fn tend_relay(&mut self, name: &str, projection: &Projection) {
        self.show_what_only_relays(name, projection);
        let live = projection.get(self.catalog.live(name));
        let wanted = live.and_then(|running| {
            let module = running.module.as_ref()?;
            module.description().relays().then_some((running, module))
        });
        let wanted_build = wanted.map(|(running, _)| running.build.digest());
        match self.relays.running.get(name) {
            // A relay that was told to stop must end, even if its version is live again by now.
            Some((build, relay)) if Some(*build) == wanted_build && !relay.is_stopping() => return,
            // Only one relay may send under the name.
            Some((_, relay)) if !relay.has_ended() => return relay.request_stop(),
            Some(_) => drop(self.relays.running.remove(name)),
            None => {}
        }
        let Some((running, module)) = wanted else {
            if self.registry.relays().iter().any(|relay| relay.name() == name) {
                self.registry.set_relay(name, None);
            }
            return;
        };
        let changes = self.registry.changes_sender();
        let handle =
            RelayHandle::new(name, running.handle.version(), running.handle.topics().to_vec(), changes);
        let handle = Arc::new(handle);
        let start_at = match self.config.relays.from_start(name) {
            true => StartAt::FirstRecord,
            false => StartAt::Promotion(self.catalog.promoted_at(name).cloned().unwrap_or_default()),
        };
        let config = RelayConfig {
            module: module.clone(),
            feeds: Arc::clone(&self.feeds),
            target: self.relays.target.clone(),
            limits: DecodeLimits::of(&self.config),
            owner: self.owner.clone(),
            sent_file: self.config.data.join(SENT_FOLDER).join(format!("{name}.json")),
            start_at,
            skips: Arc::clone(&self.skips),
        };
        match Relay::start(config, Arc::clone(&handle)) {
            Ok(relay) => {
                self.relays.running.insert(name.to_owned(), (running.build.digest(), relay));
                self.registry.set_relay(name, Some(handle));
            }
            Err(error) => warn!(relay = name, %error, "cannot start a relay, trying again"),
        }
    }

    /// Publishes for versions without a worker what a worker would publish.
    fn show_what_only_relays(&self, name: &str, projection: &Projection) {
        let live = self.catalog.live(name);
        let of_live = projection.handle(live);
        let relayed = self.relays.running.get(name).and_then(|(build, relay)| {
            let is_of_live = projection.get(live).is_some_and(|running| running.build.digest() == *build);
            relay
                .handle()
                .look(|progress| progress.frontier.as_ref().map(|frontier| frontier.position.clone()))
                .filter(|_| is_of_live)
        });
        // The live version comes first. The others copy what it shows, which must be current; otherwise, under load, a version
        // that is to take over would always be a moment behind.
        let mut versions: Vec<_> = projection.running.iter().collect();
        versions.sort_by_key(|(version, _)| live != Some(*version));
        for (version, running) in versions {
            let handle = &running.handle;
            if !handle.only_relays() {
                continue;
            }
            let shown = if live == Some(version) {
                relayed.clone().or_else(|| self.catalog.promoted_at(name).cloned())
            } else if let Some(live) = of_live {
                live.look(|progress| progress.shown.clone())
            } else if handle.look(|progress| progress.shown.is_none()) {
                // Uses known ends instead of asking: everything else would wait for an unreachable log.
                self.feeds.metadata().known_ends(handle.topics()).complete()
            } else {
                continue;
            };
            let of_topics = |position: foldline_core::position::Position| {
                position.of_topics(handle.topics().iter().map(String::as_str))
            };
            let Some(shown) = shown.map(of_topics) else { continue };
            let has_changed = |progress: &foldline_engine::Progress| {
                progress.phase == Phase::Replaying || progress.shown.as_ref() != Some(&shown)
            };
            if handle.look(has_changed) {
                handle.publish(|progress| {
                    if progress.phase == Phase::Replaying {
                        progress.phase = Phase::CaughtUp;
                    }
                    progress.position = shown.clone();
                    progress.shown = Some(shown);
                    progress.caught_up = true;
                });
            }
        }
    }
}
