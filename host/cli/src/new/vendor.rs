//! The sources that a reducer needs. The binary carries them, because the crates are not published.

use std::borrow::Cow;
use std::path::PathBuf;

use rust_embed::RustEmbed;
use toml::{Table, Value};

/// The vendored crates, by their folders in this repository.
const MEMBERS: [&str; 3] = ["guest-sdk", "guest-sdk/macros", "host/core"];

#[derive(RustEmbed)]
#[folder = "../../guest-sdk"]
#[exclude = "target/*"]
#[exclude = "tests/*"]
#[exclude = "macros/target/*"]
#[exclude = "macros/tests/*"]
struct GuestSdk;

#[derive(RustEmbed)]
#[folder = "../core"]
#[exclude = "target/*"]
#[exclude = "tests/*"]
struct Core;

#[derive(RustEmbed)]
#[folder = "../../wit"]
struct Wit;

/// Returns every file below `vendor/foldline`, with its path in this repository.
pub(super) fn files() -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let root = (PathBuf::from("Cargo.toml"), workspace_manifest().into_bytes());
    std::iter::once(root)
        .chain(embedded::<GuestSdk>("guest-sdk"))
        .chain(embedded::<Core>("host/core"))
        .chain(embedded::<Wit>("wit"))
}

fn embedded<E: RustEmbed>(folder: &str) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    E::iter().map(move |path: Cow<'static, str>| {
        let file = E::get(&path).expect("it was just listed");
        (PathBuf::from(folder).join(path.as_ref()), file.data.into_owned())
    })
}

/// Returns the root manifest for the vendored crates: this repository's own, without what is not vendored. The crates inherit
/// keys from it, so a manifest written by hand would drift.
fn workspace_manifest() -> String {
    let own: Table = include_str!("../../../../Cargo.toml").parse().expect("this crate was built with it");
    let Some(Value::Table(own)) = own.get("workspace") else { panic!("this crate was built in a workspace") };
    let mut workspace = own.clone();
    workspace.insert("members".to_owned(), Value::Array(MEMBERS.map(Value::from).to_vec()));
    if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
        let is_here = |dependency: &Value| match dependency.get("path") {
            Some(path) => path.as_str().is_some_and(|path| MEMBERS.contains(&path)),
            None => true,
        };
        dependencies.retain(|_, dependency| is_here(dependency));
    }
    let manifest = Table::from_iter([("workspace".to_owned(), Value::Table(workspace))]);
    let text = toml::to_string(&manifest).expect("what was parsed can be written");
    format!("# Written by `foldline new`: the workspace that the vendored crates inherit from.\n\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_come_along() {
        let paths: Vec<String> = files().map(|(path, _)| path.display().to_string()).collect();
        for expected in [
            "Cargo.toml",
            "guest-sdk/Cargo.toml",
            "guest-sdk/src/lib.rs",
            "guest-sdk/macros/src/lib.rs",
            "host/core/src/lib.rs",
            "wit/reducer-0.1.0/reducer.wit",
        ] {
            assert!(paths.iter().any(|path| path == expected), "{expected} in {paths:?}");
        }
        let strays: Vec<_> = paths
            .iter()
            .filter(|path| path.contains("target/") || path.starts_with("guest-sdk/tests/"))
            .collect();
        assert!(strays.is_empty(), "{strays:?}");
    }

    #[test]
    fn the_manifest_names_only_what_is_vendored_and_keeps_what_is_inherited() {
        let manifest: Table = workspace_manifest().parse().unwrap();
        let workspace = &manifest["workspace"];
        assert_eq!(workspace["members"], Value::Array(MEMBERS.map(Value::from).to_vec()));
        assert!(workspace["dependencies"].get("foldline").is_none());
        assert!(workspace["dependencies"].get("foldline-core").is_some());
        for inherited in ["package", "lints"] {
            assert!(workspace.get(inherited).is_some(), "{inherited}");
        }
        assert!(
            manifest.get("profile").is_none(),
            "cargo would warn: profiles belong to the project's own root"
        );
    }
}
