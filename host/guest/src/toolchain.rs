//! Finds a Rust toolchain that compiles for wasm32-unknown-unknown, and installs one if asked to.
//!
//! It uses rustup's target if there is one. Otherwise it uses the distribution's compiler, which builds the standard library for
//! the target from its sources.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt as _};

/// The target of all reducers: no operating system, hence nothing to import.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// Forces one way: `rustup` or `distribution`.
const FORCE: &str = "FOLDLINE_GUEST_TOOLCHAIN";

/// Debian's current compiler next to its old one, its sources, and its cargo.
const PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "cargo-web"];

/// Where the distribution's compiler is.
const BINARIES: &str = "/usr/bin";

/// The oldest compiler that knows what the SDK uses: the workspace's own minimum, such as `1.95`.
const RUST_MIN: &str = env!("CARGO_PKG_RUST_VERSION");

/// What a user without any toolchain has to do.
const REMEDY: &str = "run `rustup target add wasm32-unknown-unknown` (rustup: https://rustup.rs), or on Debian, as root, `apt-get \
                      install rustc-web rust-web-src cargo-web lld`; `foldline build --install` does whichever of the two works here";

/// Whether a missing toolchain may be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    /// No: report what is missing.
    Never,
    /// Yes: the user asked for it.
    Missing,
}

/// A cargo that compiles reducers, with the environment it needs. Only guest builds may see that environment.
#[derive(Clone, Debug)]
pub struct GuestToolchain {
    cargo: PathBuf,
    envs: Vec<(&'static str, OsString)>,
    /// For `cargo build` alone.
    build_args: &'static [&'static str],
}

impl GuestToolchain {
    /// Finds a toolchain, or installs one if asked to, and reports that through `progress`.
    ///
    /// # Errors
    /// `Config`, with what to install, when there is none and none can be installed.
    pub fn find(install: Install, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        match env::var(FORCE).as_deref() {
            Err(_) => match rustup(install, progress) {
                Ok(found) => Ok(found),
                Err(_) => distribution(Path::new(BINARIES), install, progress),
            },
            Ok("rustup") => rustup(install, progress),
            Ok("distribution") => distribution(Path::new(BINARIES), install, progress),
            Ok(other) => Err(Error::new(ErrorKind::Config, format_args!("{FORCE} is `{other}`"))
                .with_hint("set it to `rustup` or `distribution`, or unset it")),
        }
    }

    /// Returns a cargo command without a subcommand.
    pub(super) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        // Flags meant for the host machine (target-cpu=native, a linker, clippy's wrapper) break a guest.
        for name in ["RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WORKSPACE_WRAPPER"] {
            command.env_remove(name);
        }
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(super) fn build_args(&self) -> &'static [&'static str] {
        self.build_args
    }
}

fn missing(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Config, message).with_hint(REMEDY)
}

/// The active toolchain's own target, which rustup adds if asked to.
fn rustup(install: Install, progress: &mut dyn FnMut(&str)) -> Result<GuestToolchain> {
    let plain = GuestToolchain { cargo: "cargo".into(), envs: Vec::new(), build_args: &[] };
    let has_target = || -> bool {
        let libdir = answer("rustc", &["--print", "target-libdir", "--target", TARGET]);
        libdir.is_some_and(|libdir| has_std(Path::new(&libdir)))
    };
    if has_target() {
        return Ok(plain);
    }
    if install == Install::Never {
        return Err(missing(format!("the Rust toolchain has no target {TARGET}")));
    }
    progress(&format!("rustup target add {TARGET}"));
    match run("rustup", &["target", "add", TARGET]) {
        Ok(output) if output.status.success() && has_target() => Ok(plain),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or("no reason given");
            progress(&format!("rustup cannot add it: {last}"));
            Err(missing(format!("rustup cannot add the target {TARGET}: {last}")))
        }
        Err(_) => Err(missing(format!(
            "the Rust toolchain has no target {TARGET}, and there is no rustup to add it"
        ))),
    }
}

fn has_std(libdir: &Path) -> bool {
    let files = std::fs::read_dir(libdir).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// The distribution's compiler, which comes with the sources of the standard library.
fn distribution(binaries: &Path, install: Install, progress: &mut dyn FnMut(&str)) -> Result<GuestToolchain> {
    if let Some(found) = installed_distribution(binaries) {
        return Ok(found);
    }
    if install == Install::Never {
        return Err(missing(format!(
            "no Rust toolchain here compiles for {TARGET} (Rust {RUST_MIN} or newer)"
        )));
    }
    install_packages(progress)?;
    installed_distribution(binaries).ok_or_else(|| {
        missing(format!(
            "no Rust toolchain here compiles for {TARGET} (Rust {RUST_MIN} or newer is required)"
        ))
    })
}

fn installed_distribution(binaries: &Path) -> Option<GuestToolchain> {
    let (rustc, cargo) = (&binaries.join("rustc"), &binaries.join("cargo"));
    let version = answer(rustc, &["--version"])?;
    let version = semver::Version::parse(version.split(' ').nth(1)?).ok()?;
    let min = semver::Version::parse(&format!("{RUST_MIN}.0")).ok()?;
    let sysroot = PathBuf::from(answer(rustc, &["--print", "sysroot"])?);
    let sources = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml");
    if version < min || !sources.is_file() || !cargo.is_file() {
        return None;
    }
    let envs = vec![
        ("RUSTC", rustc.as_os_str().to_owned()),
        // Building the standard library is an unstable option, even with a stable compiler.
        ("RUSTC_BOOTSTRAP", "1".into()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker(&sysroot)?.into()),
    ];
    // Without features: the default ones compile the code that prints backtraces, which this target does not have.
    let build_args = &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="];
    Some(GuestToolchain { cargo: cargo.into(), envs, build_args })
}

/// LLVM's linker: a Rust toolchain's own, or the distribution's.
fn linker(sysroot: &Path) -> Option<PathBuf> {
    let active = answer("rustc", &["--print", "sysroot"]).map(PathBuf::from);
    let of_toolchain = |sysroot: PathBuf| {
        let targets = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
        targets.flatten().map(|target| target.path().join("bin/rust-lld")).find(|path| path.is_file())
    };
    [Some(sysroot.to_owned()), active].into_iter().flatten().find_map(of_toolchain).or_else(|| {
        ["/usr/bin/rust-lld", "/usr/bin/wasm-ld"].map(PathBuf::from).into_iter().find(|path| path.is_file())
    })
}

fn install_packages(progress: &mut dyn FnMut(&str)) -> Result<()> {
    let is_root = answer("id", &["-u"]).is_some_and(|id| id == "0");
    if !is_root || run("apt-get", &["--version"]).is_err() {
        return Err(missing(format!("no Rust toolchain here compiles for {TARGET}")));
    }
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(PACKAGES);
    let lacks_linker = linker(Path::new("/usr")).is_none();
    if lacks_linker {
        args.push("lld");
    }
    progress(&format!("apt-get {}", args.join(" ")));
    let installed = || run("apt-get", &args).is_ok_and(|output| output.status.success());
    // Try again after an update: the package lists of an image are often empty or old.
    if installed() || (run("apt-get", &["update"]).is_ok() && installed()) {
        return Ok(());
    }
    Err(missing(format!(
        "no Rust toolchain here compiles for {TARGET}, and apt-get cannot install {}",
        PACKAGES.join(", ")
    )))
}

fn run(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> std::io::Result<Output> {
    Command::new(program).args(args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).output()
}

/// Returns what a successful command printed, trimmed.
fn answer(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Option<String> {
    let output = run(program, args).ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// Runs a command to its end, without input. Returns its exit status and output.
pub(super) fn output_of(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).output().kind(ErrorKind::Config, format_args!("cannot run `{program}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_are_missing_are_named_and_not_installed_unless_that_is_asked_for() {
        let nothing_there = tempfile::tempdir().unwrap();
        let mut steps = Vec::new();
        let found =
            distribution(nothing_there.path(), Install::Never, &mut |step| steps.push(step.to_owned()));
        let error = found.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().unwrap().contains("`apt-get install rustc-web"), "{error}");
        assert_eq!(steps, [""; 0], "nothing was tried");
    }
}
