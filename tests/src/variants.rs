//! Reducers of this repository with a change: the next version of a module, as an author would make it.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use foldline_config::Limits;
use foldline_module::{ModuleEngine, ValidatedModule};

use crate::host::{foldline, root, target};

/// Builds a reducer with replacements in its source, as version 0.2.0.
///
/// # Panics
/// Panics when the source does not contain what is replaced, or does not compile.
pub fn variant(reducer: &str, changes: &[(&str, &str)]) -> ValidatedModule {
    validated(&variant_bytes(reducer, changes))
}

/// Returns a module that was checked as a host does it.
///
/// # Panics
/// Panics when a host would refuse it.
pub fn validated(wasm: &[u8]) -> ValidatedModule {
    let engine = ModuleEngine::new((&Limits::default()).into(), None).expect("an engine");
    engine.validate(None, wasm).expect("a valid module")
}

/// Returns the file that [`variant`] makes.
///
/// # Panics
/// As [`variant`].
pub fn variant_bytes(reducer: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    // For cargo, all variants of one reducer are the same package, whatever their folder: it compiles a source that is newer than
    // its last output. So each variant is written after the previous one was built.
    static BUILDING: Mutex<()> = Mutex::new(());
    let building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let source = root().join("reducers").join(reducer).join("src/lib.rs");
    let mut source = std::fs::read_to_string(source).expect("a source");
    for (from, to) in changes {
        assert!(source.contains(from), "{reducer} has no `{from}`");
        source = source.replacen(from, to, 1);
    }
    let sdk = root().join("guest-sdk");
    let manifest = format!(
        "[package]\nname = \"{reducer}\"\nversion = \"0.2.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nfoldline-sdk = {{ path = {:?} }}\n\n[workspace]\n",
        sdk.display().to_string()
    );
    std::fs::create_dir(folder.path().join("src")).expect("a folder");
    std::fs::write(folder.path().join("src/lib.rs"), source).expect("written");
    std::fs::write(folder.path().join("Cargo.toml"), manifest).expect("written");
    // The versions with which this repository builds.
    std::fs::copy(root().join("Cargo.lock"), folder.path().join("Cargo.lock")).expect("copied");
    let out = folder.path().join("modules");
    let output = Command::new(foldline())
        .arg("build")
        .arg(folder.path())
        .arg("--out")
        .arg(&out)
        // Compiled dependencies are kept between runs.
        .env("CARGO_TARGET_DIR", target().join("author"))
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let module = std::fs::read(out.join(format!("{reducer}@0.2.0.wasm"))).expect("a module");
    drop(building);
    module
}
