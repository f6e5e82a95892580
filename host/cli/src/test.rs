//! `foldline test`: runs a reducer's fixtures against its module.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::junit::Junit;
use super::output::Output;
use super::stop::{Outcome, Stop};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::terminal;
use foldline_config::Limits;
use foldline_guest::{self as guest, Install};
use foldline_inspect::fixture::{self, Update};
use foldline_module::{ModuleEngine, ValidatedModule};

/// Build a reducer and run its fixtures, tests/*.jsonl, against the module
///
/// The last line says `N passed, N failed`. Exit code 1 if any failed.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// The reducer's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Rewrite fixtures that fail with the actual results; not allowed if CI is set
    #[arg(long)]
    update: bool,
    /// Also write the results of all fixtures to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl Test {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        if self.update && std::env::var_os("CI").is_some_and(|ci| !ci.is_empty()) {
            let message = "`--update` is refused if CI is set: nobody would review the changes";
            let hint = "run it locally, review the changes, and commit them";
            return Err(Error::new(ErrorKind::Usage, message).with_hint(hint).into());
        }
        let fixtures = fixtures(&self.dir.join("tests"))?;
        let built = guest::build(&self.dir, None, Install::Never, &mut |step| terminal::say(step))?;
        let limits = Limits::default();
        let wasm = std::fs::read(&built.path)
            .kind(ErrorKind::Unavailable, format_args!("module `{}`", built.path.display()))?;
        let module = ModuleEngine::new((&limits).into(), None)?.validate(None, &wasm)?;
        let mut junit = Junit::new(&module.description().name);
        let mut failed = 0;
        for path in &fixtures {
            let name = path.strip_prefix(&self.dir).unwrap_or(path).display().to_string();
            let began = Instant::now();
            let tested = match self.update {
                true => update(&module, path, &name, limits.record_bytes_max),
                false => test(&module, path, &name, limits.record_bytes_max),
            };
            // An error that keeps a fixture from running counts as a failure.
            let tested = tested.unwrap_or_else(|error| Tested::Failed(vec![error.to_string()]));
            let is_failed = matches!(tested, Tested::Failed(_));
            let (verdict, lines) = match tested {
                Tested::Passed => ("ok".to_owned(), Vec::new()),
                Tested::Updated(changes) => (format!("updated, {}", count(changes.len())), changes),
                Tested::Failed(differences) => {
                    failed += 1;
                    let left = if self.update { ", left as it is" } else { "" };
                    (format!("FAILED{left}"), differences)
                }
            };
            junit.add(&name, began.elapsed(), if is_failed { &lines } else { &[] });
            out.line(format_args!("{name}: {verdict}"))?;
            for line in lines {
                out.line(format_args!("  {line}"))?;
            }
        }
        if let Some(path) = &self.junit {
            junit.write(path)?;
        }
        let passed = fixtures.len() - failed;
        out.line(format_args!("{passed} passed, {failed} failed"))?;
        if failed == 0 {
            return Ok(());
        }
        // Nothing may follow the tally: it must be the last line even if both streams go to the same file.
        Err(Stop::No)
    }
}

/// Returns the fixtures of a reducer, by name.
fn fixtures(folder: &Path) -> Result<Vec<PathBuf>> {
    let none = |reason: String| {
        Error::new(ErrorKind::Data, format!("no fixtures in `{}`{reason}", folder.display()))
            .with_hint("a fixture is a file tests/NAME.jsonl with records and expectations, one per line")
    };
    let entries = std::fs::read_dir(folder).map_err(|error| none(format!(": {error}")))?;
    let mut fixtures: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    fixtures.sort();
    if fixtures.is_empty() { Err(none(String::new())) } else { Ok(fixtures) }
}

/// The result of one fixture.
enum Tested {
    Passed,
    /// It was rewritten and passes now, with these changes.
    Updated(Vec<String>),
    /// It failed, with these differences.
    Failed(Vec<String>),
}

fn count(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}

fn read(path: &Path, name: &str) -> Result<Vec<u8>> {
    std::fs::read(path).kind(ErrorKind::Unavailable, format_args!("fixture `{name}`"))
}

fn test(module: &ValidatedModule, path: &Path, name: &str, record_bytes_max: usize) -> Result<Tested> {
    let lines = fixture::parse::parse(name, &read(path, name)?)?;
    let differences = fixture::run(module, &lines, record_bytes_max)?;
    Ok(if differences.is_empty() { Tested::Passed } else { Tested::Failed(differences) })
}

fn update(module: &ValidatedModule, path: &Path, name: &str, record_bytes_max: usize) -> Result<Tested> {
    match fixture::update(module, name, &read(path, name)?, record_bytes_max)? {
        Update { wrong, .. } if !wrong.is_empty() => Ok(Tested::Failed(wrong)),
        Update { text: None, .. } => Ok(Tested::Passed),
        Update { text: Some(text), changes, .. } => {
            replace(path, &text).kind(ErrorKind::Unavailable, format_args!("writing fixture `{name}`"))?;
            Ok(Tested::Updated(changes))
        }
    }
}

/// Replaces the content of a file atomically: readers see the old text or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // Follows a symbolic link, which stays a link.
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
