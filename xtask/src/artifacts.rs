//! Builds what all other commands need: the binary and the reducers' modules.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::openssl;

/// The paths of what was built.
pub struct Artifacts {
    /// The `foldline` binary.
    pub foldline: PathBuf,
    /// The folder of modules, `NAME@VERSION.wasm`.
    pub modules: PathBuf,
}

/// Returns the repository's root.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.to_owned(), Path::to_owned)
}

/// What may be done about a missing target for reducers.
#[derive(Clone, Copy, Default, Args)]
pub struct Install {
    /// Install what this machine lacks to build reducers, as `foldline build --install` does.
    #[arg(long)]
    install: bool,
}

/// Builds the binary, and with it every reducer. Installs nothing.
pub fn build() -> Result<Artifacts> {
    build_with(Install::default())
}

/// Builds the binary, and with it every reducer.
pub fn build_with(install: Install) -> Result<Artifacts> {
    let root = root();
    // With the features of the whole workspace, as tests use them, so that nothing is compiled twice.
    let mut host = cargo();
    host.args(["build", "--release", "--workspace", "--bin", "foldline"]).args(openssl::features()?);
    run(host.current_dir(&root))?;
    let target = target_folder(&root);
    let artifacts =
        Artifacts { foldline: target.join("release").join("foldline"), modules: target.join("modules") };
    let mut reducers: Vec<PathBuf> = std::fs::read_dir(root.join("reducers"))
        .context("listing reducers/")?
        .filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.join("Cargo.toml").is_file()))
        .collect();
    reducers.sort();
    for reducer in reducers {
        let mut build = Command::new(&artifacts.foldline);
        build.arg("build").arg(&reducer).arg("--out").arg(&artifacts.modules);
        build.args(install.install.then_some("--install"));
        run(build.stdout(to_stderr()?))?;
    }
    Ok(artifacts)
}

/// Copies the newest module of a reducer into another folder.
pub fn copy_module(from: &Path, to: &Path, name: &str) -> Result<()> {
    let prefix = format!("{name}@");
    let file = std::fs::read_dir(from)
        .context("listing modules")?
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|file| file.to_str().is_some_and(|file| file.starts_with(&prefix)))
        .max()
        .with_context(|| format!("no module of {name} in {}", from.display()))?;
    std::fs::copy(from.join(&file), to.join(&file)).context("copying a module")?;
    Ok(())
}

/// Returns cargo as called by hand, without the variables that cargo sets for this program. Build scripts that look at these
/// (such as ring's) would run again with every change between the two, and a third of the dependencies would be compiled again.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_this_program(&mut cargo);
    cargo
}

/// Removes from a command the variables that cargo sets for this program.
pub fn forget_this_program(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let of_this_program =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(of_this_program) {
            command.env_remove(&name);
        }
    }
}

/// Runs a command with inherited output. An error names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let text = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {text}"))?;
    ensure!(status.success(), "{text} failed: {status}");
    Ok(())
}

/// Returns our stderr as a child's stdout: its output is progress for us.
pub fn to_stderr() -> Result<Stdio> {
    Ok(std::io::stderr().as_fd().try_clone_to_owned().context("sharing stderr")?.into())
}

/// Returns cargo's target folder.
pub fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
