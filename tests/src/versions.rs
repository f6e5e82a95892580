//! The status of single versions.

use serde_json::Value;

use crate::host::{Host, wait_for};

impl Host {
    /// Returns the status of a version, while it runs or has halted.
    ///
    /// # Panics
    /// As [`Host::status`].
    pub fn version(&self, name: &str, version: &str) -> Option<Value> {
        let status = self.status();
        let versions = status["projections"].as_array().expect("versions");
        versions.iter().find(|of| of["name"] == name && of["version"] == version).cloned()
    }

    /// Returns a version's phase, while it runs or has halted.
    ///
    /// # Panics
    /// As [`Host::status`].
    pub fn phase(&self, name: &str, version: &str) -> Option<String> {
        let version = self.version(name, version)?;
        Some(version["phase"].as_str().expect("a phase").to_owned())
    }

    /// Waits until a version is in a phase. Returns its status at that time.
    ///
    /// # Panics
    /// Panics when that does not happen.
    #[track_caller]
    pub fn await_phase(&self, name: &str, version: &str, expected: &str) -> Value {
        wait_for(&format!("{name}@{version} to be {expected}"), || {
            self.version(name, version).filter(|of| of["phase"] == expected)
        })
    }
}
