//! Restricts the processor cores of this process and its children.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::artifacts;

/// While this exists, only the first of our cores is used, including by processes started meanwhile.
pub struct OneCore {
    before: String,
}

impl OneCore {
    /// Gives up the other cores; `None` if there is only one.
    pub fn take() -> Result<Option<Self>> {
        let before = allowed()?;
        let first: String = before.chars().take_while(char::is_ascii_digit).collect();
        if first == before {
            return Ok(None);
        }
        allow(&first)?;
        Ok(Some(Self { before }))
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        allow(&self.before).expect("the same command worked a moment ago");
    }
}

/// Returns the allowed cores as a list such as `0-1`.
fn allowed() -> Result<String> {
    let status = std::fs::read_to_string("/proc/thread-self/status").context("/proc/thread-self/status")?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    Ok(list.context("/proc/thread-self/status has no Cpus_allowed_list")?.trim().to_owned())
}

fn allow(list: &str) -> Result<()> {
    let process = std::process::id().to_string();
    artifacts::run(Command::new("taskset").args(["-cp", list, &process]).stdout(Stdio::null()))
}
