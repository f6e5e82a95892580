//! Builds a reducer's crate into `DIR/NAME@VERSION.wasm`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use super::componentise::componentise;
use super::diagnostics;
use super::package::Package;
use super::target::{TargetFolder, cache};
use super::toolchain::{GuestToolchain, Install, TARGET, output_of};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// One profile for every reducer, overriding its own manifest: small and fast modules, one panic strategy. `strip` keeps the
/// custom sections of the contract, because they are not symbols.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=3",
    "profile.release.lto=\"fat\"",
    "profile.release.codegen-units=1",
    "profile.release.panic=\"abort\"",
    "profile.release.strip=true",
    "profile.release.debug=false",
];

/// A module that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The file.
    pub path: PathBuf,
    /// The crate's name.
    pub name: String,
    /// The crate's version.
    pub version: String,
}

/// Builds the crate in `dir` and writes `NAME@VERSION.wasm` into `out`, by default `modules` in the crate's target folder.
///
/// Cargo's own output goes to stderr as it comes. `progress` receives the compiler's messages and the other steps.
///
/// # Errors
/// `Config` when there is no toolchain, `Module` when the crate does not compile or is no reducer.
pub fn build(
    dir: &Path,
    out: Option<&Path>,
    install: Install,
    progress: &mut dyn FnMut(&str),
) -> Result<Built> {
    let toolchain = GuestToolchain::find(install, progress)?;
    let package = Package::read(&toolchain, dir)?;
    progress(&format!("building {} {}", package.name, package.version));
    let core_module = {
        let folder = TargetFolder::find(&toolchain, &package, cache().as_deref());
        let core_module = compile(&toolchain, &package, &folder.path, progress)?;
        std::fs::read(&core_module)
            .kind(ErrorKind::Internal, format_args!("cannot read {}", core_module.display()))?
    };
    let component = componentise(&core_module)
        .map_err(|error| error.context(format_args!("crate `{}`", package.name)))?;
    let out = out.map_or_else(|| package.target_dir.join("modules"), Path::to_owned);
    let path = out.join(format!("{}@{}.wasm", package.name, package.version));
    write(&path, &component).kind(ErrorKind::Config, format_args!("cannot write {}", path.display()))?;
    Ok(Built { path, name: package.name, version: package.version })
}

/// Writes a temporary file and renames it, so that a watched folder never shows half a file.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::Builder::new().prefix(".foldline-build-").tempfile_in(dir)?;
    file.write_all(bytes)?;
    // Temporary files are private to the user; the module should be as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}

/// Compiles the crate; returns the core module's file.
pub(super) fn compile(
    toolchain: &GuestToolchain,
    package: &Package,
    folder: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf> {
    let mut cargo = toolchain.cargo();
    // `rustc --crate-type` rather than `build`: an author need not know about crate types.
    cargo.args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--target", TARGET]);
    cargo.args(["--message-format", "json"]);
    cargo.arg("--manifest-path").arg(&package.manifest);
    // In a folder apart from the host's own build, whose profile and lock stay untouched.
    cargo.arg("--target-dir").arg(folder);
    cargo.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
    cargo.args(toolchain.build_args());
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rustflags());
    let output = output_of(cargo.stderr(Stdio::inherit()).current_dir(package.dir()))?;
    let said = diagnostics::shown(&output.stdout);
    if !said.is_empty() {
        progress(said.trim_end());
    }
    if !output.status.success() {
        return Err(Error::new(ErrorKind::Module, format_args!("crate `{}` does not compile", package.name))
            .with_hint("cargo's messages above say where"));
    }
    artifact(&output.stdout, &package.manifest).ok_or_else(|| {
        Error::new(ErrorKind::Module, format_args!("crate `{}` has no library", package.name))
            .with_hint("put the reducer into src/lib.rs")
    })
}

/// Removes local paths of sources from panic messages, so that every machine builds the same module.
fn rustflags() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    home.map(|home| format!("--remap-path-prefix={}=/cargo", home.display())).unwrap_or_default()
}

/// Finds the `.wasm` file of the crate itself among cargo's messages.
fn artifact(messages: &[u8], manifest: &Path) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        #[serde(default)]
        manifest_path: PathBuf,
        #[serde(default)]
        filenames: Vec<PathBuf>,
    }
    let messages = messages.split(|&byte| byte == b'\n');
    messages
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact" && message.manifest_path == manifest)
        .flat_map(|message| message.filenames)
        .find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}
