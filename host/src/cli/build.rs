//! `foldline build`: makes a module of a reducer's crate.

use std::path::PathBuf;

use super::output::Output;
use super::stop::Outcome;
use crate::guest;
use crate::terminal;

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
        let built = guest::build(&self.dir, self.out.as_deref(), &mut |step| terminal::say(step))?;
        out.line(built.path.display())
    }
}
