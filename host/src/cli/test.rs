//! `foldline test`: runs a reducer's fixtures against its module.

use std::path::{Path, PathBuf};

use super::output::Output;
use super::stop::{Outcome, Stop};
use crate::config::Limits;
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::fixture;
use crate::guest;
use crate::module::{ModuleEngine, ValidatedModule};

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
        let fixtures = fixtures(&self.dir.join("tests"))?;
        let built = guest::build(&self.dir, None, &mut |step| eprintln!("{step}"))?;
        let limits = Limits::default();
        let wasm = std::fs::read(&built.path)
            .kind(ErrorKind::Unavailable, format_args!("module `{}`", built.path.display()))?;
        let module = ModuleEngine::new((&limits).into(), None)?.validate(None, &wasm)?;
        let mut failed = 0;
        for path in &fixtures {
            let name = path.strip_prefix(&self.dir).unwrap_or(path).display().to_string();
            let differences = differences(&module, path, &name, limits.record_bytes_max);
            let verdict = if differences.is_empty() { "ok" } else { "FAILED" };
            failed += usize::from(!differences.is_empty());
            out.line(format_args!("{name}: {verdict}"))?;
            for difference in differences {
                out.line(format_args!("  {difference}"))?;
            }
        }
        let passed = fixtures.len() - failed;
        out.line(format_args!("{passed} passed, {failed} failed"))?;
        if failed == 0 {
            return Ok(());
        }
        // Nothing after the tally: it is the last line, also where both streams end up in one file.
        Err(Stop::No)
    }
}

/// Returns the fixtures of a reducer, by name.
fn fixtures(folder: &Path) -> Result<Vec<PathBuf>> {
    let none = |reason: String| {
        Error::new(ErrorKind::Data, format!("no fixtures in `{}`{reason}", folder.display()))
            .with_hint("a fixture is a file tests/NAME.jsonl with records and expectations, one a line")
    };
    let entries = std::fs::read_dir(folder).map_err(|error| none(format!(": {error}")))?;
    let mut fixtures: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    fixtures.sort();
    if fixtures.is_empty() { Err(none(String::new())) } else { Ok(fixtures) }
}

/// Runs one fixture; what keeps it from running is a difference too.
fn differences(module: &ValidatedModule, path: &Path, name: &str, record_bytes_max: usize) -> Vec<String> {
    let run = || -> Result<Vec<String>> {
        let text = std::fs::read(path).kind(ErrorKind::Unavailable, format_args!("fixture `{name}`"))?;
        fixture::run(module, &fixture::parse::parse(name, &text)?, record_bytes_max)
    };
    run().unwrap_or_else(|error| vec![error.to_string()])
}
