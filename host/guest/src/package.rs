//! A reducer's crate, as cargo describes it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use super::toolchain::{GuestToolchain, output_of};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// What cargo says about the crate.
pub(super) struct Package {
    pub(super) manifest: PathBuf,
    pub(super) name: String,
    pub(super) version: String,
    /// The library's name, as the compiler writes it.
    pub(super) library: String,
    pub(super) target_dir: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    version: String,
    manifest_path: PathBuf,
    targets: Vec<MetadataTarget>,
}

#[derive(Deserialize)]
struct MetadataTarget {
    name: String,
    kind: Vec<String>,
}

impl Package {
    pub(super) fn read(toolchain: &GuestToolchain, dir: &Path) -> Result<Self> {
        let manifest = dir.join("Cargo.toml");
        let manifest = manifest.canonicalize().map_err(|error| {
            Error::new(ErrorKind::Module, format_args!("no crate in {}: {error}", dir.display()))
                .with_hint("run it in a reducer's folder; `foldline new NAME` makes one")
        })?;
        let mut cargo = toolchain.cargo();
        cargo.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(&manifest);
        let output = output_of(cargo.stderr(Stdio::inherit()).current_dir(dir))?;
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .kind(ErrorKind::Module, format_args!("cargo cannot read {}", manifest.display()))?;
        let package = metadata.packages.into_iter().find(|package| package.manifest_path == manifest);
        let Some(MetadataPackage { name, version, targets, .. }) = package else {
            let message = format!("{} is not a package", manifest.display());
            return Err(Error::new(ErrorKind::Module, message).with_hint("run it in a reducer's own folder"));
        };
        let is_library = |target: &MetadataTarget| target.kind.iter().any(|kind| kind.ends_with("lib"));
        let library = targets.into_iter().find(is_library).map_or_else(|| name.clone(), |target| target.name);
        let library = library.replace('-', "_");
        Ok(Self { manifest, name, version, library, target_dir: metadata.target_directory })
    }

    /// Returns the project's folder.
    pub(super) fn dir(&self) -> &Path {
        self.manifest.parent().expect("a canonical path to a file has a parent")
    }
}
