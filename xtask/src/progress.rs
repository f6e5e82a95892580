//! How far long work is: a line on stderr that is written over again, only if stderr is a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How often the line is written.
const EVERY: Duration = Duration::from_millis(200);

/// How far long work is. Dropping it removes the line.
pub struct Progress {
    what: &'static str,
    all: u64,
    done: u64,
    began: Instant,
    shown: Instant,
    is_terminal: bool,
}

impl Progress {
    /// Begins work that has `all` steps.
    pub fn new(what: &'static str, all: u64) -> Self {
        let now = Instant::now();
        Self { what, all, done: 0, began: now, shown: now, is_terminal: std::io::stderr().is_terminal() }
    }

    /// Counts a step.
    pub fn step(&mut self) {
        self.done += 1;
        // Asking for the time costs as much as a step of the work.
        if self.is_terminal && self.done.is_multiple_of(1_024) && self.shown.elapsed() >= EVERY {
            self.shown = Instant::now();
            self.write(&line(self.what, self.done, self.all, self.began.elapsed()));
        }
    }

    /// Writes over the line. An error while showing progress does not affect the work.
    fn write(&self, line: &str) {
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_terminal {
            self.write("");
        }
    }
}

/// Returns the line, with the time that is left if all steps take as long as those before.
fn line(what: &str, done: u64, all: u64, elapsed: Duration) -> String {
    let share = done as f64 / all as f64;
    let left_s = elapsed.as_secs_f64() / share - elapsed.as_secs_f64();
    format!("{what}: {:.0} %, {left_s:.0} s left", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_done_leaves_three_times_as_long() {
        assert_eq!(line("generating", 25, 100, Duration::from_secs(2)), "generating: 25 %, 6 s left");
    }
}
