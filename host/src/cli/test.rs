//! `foldline test`: runs a reducer's fixtures against its module.

use std::path::{Path, PathBuf};

use super::build::build;
use super::output::Output;
use super::stop::Outcome;
use crate::error::{Error, ErrorKind, Result};

/// Builds a reducer and runs its fixtures, tests/*.jsonl, against the module
///
/// The last line says `N passed, N failed`; exit code 1 when one failed.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// The reducer's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
}

impl Test {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let module = build(&self.dir, None, &mut |step| eprintln!("{step}"))?;
        let Tally { lines, passed, failed } = run_fixtures(&module, &self.dir.join("tests"))?;
        for line in lines {
            out.line(line)?;
        }
        out.line(format_args!("{passed} passed, {failed} failed"))?;
        if failed == 0 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::NotFound, format!("{failed} fixtures failed")).into())
    }
}

/// How fixtures went.
struct Tally {
    lines: Vec<String>,
    passed: usize,
    failed: usize,
}

/// The seam to [`crate::fixture`]: runs every `*.jsonl` of `fixtures` against the module.
fn run_fixtures(module: &Path, fixtures: &Path) -> Result<Tally> {
    let _ = (module, fixtures);
    Err(Error::new(ErrorKind::Unavailable, "this binary cannot run fixtures yet"))
}
