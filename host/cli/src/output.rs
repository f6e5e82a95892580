//! A command's answer on stdout, line by line.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::stop::{Outcome, Stop};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::foreign::{json_on_screen, on_screen};

/// How a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Human-readable text
    Text,
    /// The host's JSON, in a stable format
    Json,
}

/// The destination of a command's answer.
pub(super) struct Output {
    writer: Box<dyn Write>,
}

impl Output {
    /// Returns the process's stdout, buffered.
    pub(super) fn stdout() -> Self {
        Self::to(BufWriter::with_capacity(64 << 10, io::stdout()))
    }

    /// Returns an output that writes to `writer`.
    pub(super) fn to(writer: impl Write + 'static) -> Self {
        Self { writer: Box::new(writer) }
    }

    /// Writes one or more lines. Characters that a terminal would interpret are escaped, except line feeds.
    pub(super) fn line(&mut self, line: impl std::fmt::Display) -> Outcome {
        writeln!(self.writer, "{}", on_screen(line)).map_err(stop)
    }

    /// Writes a line of JSON. Characters that a terminal would interpret become JSON escapes; the value stays the same.
    pub(super) fn json_line(&mut self, line: &[u8]) -> Outcome {
        let line = String::from_utf8_lossy(line);
        writeln!(self.writer, "{}", json_on_screen(&line)).map_err(stop)
    }

    /// Writes a value as one line of JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Outcome {
        let line = serde_json::to_vec(value).map_err(io::Error::from).map_err(stop)?;
        self.json_line(&line)
    }

    /// Flushes the buffer.
    pub(super) fn flush(&mut self) -> Outcome {
        self.writer.flush().map_err(stop)
    }
}

/// Returns an empty table without borders, so that it can be read by eye and with `grep`.
pub(super) fn table(headings: &[&str]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(headings.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn stop(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::PipeClosed,
        _ => Error::new(ErrorKind::Unavailable, format!("cannot write the answer: {error}")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        assert!(matches!(Output::to(Closed).line("x"), Err(Stop::PipeClosed)));
        assert!(matches!(Output::to(Closed).json(&1), Err(Stop::PipeClosed)));
    }
}
