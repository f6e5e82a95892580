//! `foldline build`: compiles a reducer's crate into a module.

use std::path::PathBuf;

use super::output::Output;
use super::stop::Outcome;
use foldline_base::terminal;
use foldline_guest::{self as guest, Install};

/// Build a reducer into NAME@VERSION.wasm
///
/// Prints the path of the module. If no toolchain on this machine can compile for wasm32-unknown-unknown, says what is missing.
#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// The reducer's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The folder to write the module to [default: the reducer's target/modules]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Install what is missing: the target with rustup, or Debian packages if run as root
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
