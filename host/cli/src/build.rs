//! `foldline build`: makes a module of a reducer's crate.

use std::path::PathBuf;

use super::output::Output;
use super::stop::Outcome;
use foldline_base::terminal;
use foldline_guest::{self as guest, Install};

/// Builds a reducer into NAME@VERSION.wasm
///
/// Prints the file. Says what is missing where no toolchain here compiles for wasm32-unknown-unknown.
#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// The reducer's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Where the module goes [default: target/modules of the reducer]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Install what is missing: the target by rustup, or as root Debian's packages
    #[arg(long)]
    install: bool,
}

impl Build {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let install = if self.install { Install::Missing } else { Install::Never };
        let built = guest::build(&self.dir, self.out.as_deref(), install, &mut |step| terminal::say(step))?;
        out.line(built.path.display())
    }
}
