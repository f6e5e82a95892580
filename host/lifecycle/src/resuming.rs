//! Tries again what has halted, under the limits that the configuration sets now.

use std::path::Path;

use tracing::info;

use super::supervisor_state::{SupervisorState, no_projection};
use super::versions::dead_letters_max;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config as config;

impl SupervisorState {
    /// Restarts everything of a projection that has halted: versions, sinks, its relay. The dead-letter limits are read from the
    /// configuration again, for all projections of the host.
    pub(super) fn resume(&mut self, name: &str) -> Result<String> {
        let Some(projection) = self.projections.get(name) else {
            return Err(no_projection(name));
        };
        let mut resumed = Vec::new();
        for running in projection.running.values() {
            let handle = &running.handle;
            let sinks = handle.progress().sinks.into_iter().filter(|(_, sink)| sink.reason.is_some());
            let sinks: Vec<String> =
                sinks.map(|(sink, _)| format!("sink `{sink}` of {}", handle.label())).collect();
            if handle.has_halted() {
                resumed.push(handle.label());
            } else {
                resumed.extend(sinks);
            }
        }
        let limits = self.config.file.clone().map(|file| self.read_limits(&file)).transpose()?;
        let limits = limits.map_or(
            "no configuration file was read: the limits are unchanged",
            |()| "`dead_letters_max` was read from the configuration again",
        );
        let has_halted = !resumed.is_empty();
        if self.relays.start_again(name) {
            resumed.push(format!("relay `{name}`"));
        }
        if has_halted {
            self.open_again(name);
        }
        info!(projection = name, ?resumed, "resumed");
        Ok(match resumed.as_slice() {
            [] => format!("nothing of `{name}` has halted; {limits}"),
            resumed => {
                format!("resumed: {}; {limits}; `foldline status` shows the outcome", resumed.join(", "))
            }
        })
    }

    /// Reads the dead-letter limits again. Nothing else in the file takes effect before a restart.
    fn read_limits(&mut self, file: &Path) -> Result<()> {
        let env = |name: &str| std::env::var(name).ok();
        self.newest_config =
            config::load(Some(file), &env).map_err(|error| Error::new(ErrorKind::Data, error))?;
        for running in self.projections.values().flat_map(|projection| projection.running.values()) {
            running.dead_letters_max.set(dead_letters_max(&self.newest_config, &running.handle));
        }
        Ok(())
    }
}
