//! `foldline build`: makes a module of a reducer's crate.

use std::path::{Path, PathBuf};

use super::output::Output;
use super::stop::Outcome;
use crate::error::{Error, ErrorKind, Result};

/// Builds a reducer into NAME@VERSION.wasm
///
/// Prints the file. Finds or gets the target wasm32-unknown-unknown.
#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// The reducer's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Where the module goes [default: target/modules of the reducer]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Build {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let path = build(&self.dir, self.out.as_deref(), &mut |step| eprintln!("{step}"))?;
        out.line(path.display())
    }
}

/// The seam to [`crate::guest`]: builds the crate in `dir` and returns the module's path.
pub(super) fn build(dir: &Path, out: Option<&Path>, progress: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let _ = (dir, out, progress);
    Err(Error::new(ErrorKind::Unavailable, "this binary cannot build reducers yet"))
}
