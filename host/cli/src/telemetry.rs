//! The log lines of a running host, on stderr.

use std::io::{self, IsTerminal as _, Write};

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use foldline_base::error::{ErrorKind, Result, ResultExt as _};
use foldline_base::foreign;
use foldline_config::Env;

/// The variable for the filter: `info`, or per crate `foldline_engine=debug,info`.
pub const FILTER: &str = "FOLDLINE_LOG";

/// The variable for the format: `json` for machines, anything else for people.
pub const FORMAT: &str = "FOLDLINE_LOG_FORMAT";

/// Starts logging to stderr, above the progress bars.
///
/// # Errors
/// `Config` for an invalid filter; `Internal` when logging was already set up.
pub fn init(env: Env<'_>, bars: &MultiProgress) -> Result<()> {
    let typed = env(FILTER).unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(of_crates(&typed))
        .kind(ErrorKind::Config, format_args!("{FILTER} is `{typed}`"))?;
    let is_json = env(FORMAT).as_deref() == Some("json");
    let no_color = env("NO_COLOR").is_some_and(|value| !value.is_empty());
    let coloured = !is_json && io::stderr().is_terminal() && !no_color;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(AboveBars { bars: bars.clone(), is_json, coloured })
        // Such errors would be written to the stream that just failed.
        .log_internal_errors(false);
    let started = if is_json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_target(false).with_ansi(coloured).try_init()
    };
    started.kind(ErrorKind::Internal, "cannot start logging")
}

/// Modules from the time when the host was one crate, and today's crates. A longer name comes before its own prefix.
const MODULES: [(&str, &str); 12] = [
    ("foldline::host", "foldline_runtime"),
    ("foldline::log::kafka", "foldline_log_kafka"),
    ("foldline::relay::kafka", "foldline_relay_kafka"),
    ("foldline::sink::sqlite", "foldline_sink_sqlite"),
    ("foldline::sink::redis", "foldline_sink_redis"),
    ("foldline::sink::elasticsearch", "foldline_sink_elasticsearch"),
    ("foldline::sink::changes", "foldline_sink_changes"),
    ("foldline::engine::feed", "foldline_source::feed"),
    ("foldline::engine::trace", "foldline_inspect::trace"),
    ("foldline::lifecycle::compare", "foldline_inspect::compare"),
    ("foldline::fixture", "foldline_inspect::fixture"),
    ("foldline::", "foldline_"),
];

/// Replaces module names of earlier hosts by crate names, so that filters that operators have set still work.
fn of_crates(filter: &str) -> String {
    MODULES.iter().fold(filter.to_owned(), |filter, (module, crate_name)| filter.replace(module, crate_name))
}

/// Writes to stderr above the progress bars. Output that stderr does not take is lost, without an error.
#[derive(Clone)]
struct AboveBars {
    bars: MultiProgress,
    is_json: bool,
    coloured: bool,
}

impl Write for AboveBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let shown = foreign::log_line(bytes, self.is_json, self.coloured);
        let _ = self.bars.suspend(|| io::stderr().write_all(&shown));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for AboveBars {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_of_modules_select_the_crates_that_they_are_now() {
        for (typed, meant) in [
            ("foldline::engine=debug,info", "foldline_engine=debug,info"),
            ("foldline::log::kafka=trace", "foldline_log_kafka=trace"),
            ("foldline::log::embedded=trace,warn", "foldline_log::embedded=trace,warn"),
            ("foldline::host=debug,foldline::sink=off", "foldline_runtime=debug,foldline_sink=off"),
            ("foldline=debug", "foldline=debug"),
        ] {
            assert_eq!(of_crates(typed), meant);
        }
    }
}
