//! What the host keeps with an instance.

use super::limits::Limiter;

/// Maximum number of lines that one call may log. The rest is dropped, which is logged once.
const LOG_LINES_MAX: u32 = 16;

/// What the host keeps with an instance.
pub(super) struct StoreData {
    pub(super) limiter: Limiter,
    /// What the guest reported through `fail` in this call.
    pub(super) last_words: Option<String>,
    /// How many lines this call has logged.
    log_lines: u32,
    /// NAME@VERSION, for the log.
    module: String,
}

impl StoreData {
    pub(super) fn new(module: String, limiter: Limiter) -> Self {
        Self { limiter, last_words: None, log_lines: 0, module }
    }

    /// Resets what belongs to one call, before the next one.
    pub(super) fn begin_call(&mut self) {
        self.last_words = None;
        self.log_lines = 0;
    }

    /// Counts a line that the guest logs, and returns whether it is printed.
    pub(super) fn may_log(&mut self) -> bool {
        let module = self.module.as_str();
        self.log_lines = self.log_lines.saturating_add(1);
        if self.log_lines == LOG_LINES_MAX + 1 {
            tracing::warn!(module, "more than {LOG_LINES_MAX} log lines in one call, the rest is dropped");
        }
        self.log_lines <= LOG_LINES_MAX
    }

    /// Returns NAME@VERSION, for the log.
    pub(super) fn module(&self) -> &str {
        &self.module
    }
}
