//! Goal: the bindings in the SDK are those of the contract. Method: they are generated from `wit/` and compared with the files.
//!
//! `cargo xtask bindings` runs this test with `FOLDLINE_BINDINGS=write`, which replaces the files instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Item, ItemMod};
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::Opts;

/// The contract whose bindings the SDK holds.
const CONTRACT: &str = "wit/reducer-0.2.0";

/// The world with everything that a module may export. Each module exports its parts of it.
const WORLD: &str = "reducer-with-relay";

/// The folder of generated files.
const BINDINGS: &str = "guest-sdk/src/bindings";

/// The first line of every file.
const HEADER: &str = "// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.\n\n";

/// The attributes of the whole module, which stand at the top of its root.
const ROOT: &str = include_str!("bindings/root.rs.in");

#[test]
fn the_bindings_in_the_sdk_are_generated_from_the_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository");
    let generated = files(&generate(&root.join(CONTRACT)));
    let folder = root.join(BINDINGS);
    if std::env::var_os("FOLDLINE_BINDINGS").is_some_and(|value| value == "write") {
        write(&folder, &generated);
    }
    let committed = read(&folder);
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        generated.keys().collect::<Vec<_>>(),
        "the files in {BINDINGS} are not those of {CONTRACT}: run `cargo xtask bindings`"
    );
    for (path, code) in &generated {
        assert!(
            committed[path] == *code,
            "{BINDINGS}/{} is not what {CONTRACT} generates: run `cargo xtask bindings`",
            path.display()
        );
    }
}

/// Returns the bindings of a contract as one piece of Rust code.
fn generate(contract: &Path) -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(contract).expect("the contract is valid WIT");
    let world = resolve.select_world(&[package], Some(WORLD)).expect("the contract has the world");
    let options = Opts {
        additional_derive_attributes: vec!["PartialEq".to_owned()],
        // The SDK's own few functions in place of a crate that every guest would compile.
        runtime_path: Some("crate::abi".to_owned()),
        // Modules are other crates than the one with the bindings.
        pub_export_macro: true,
        export_macro_name: Some("export".to_owned()),
        default_bindings_module: Some("foldline_sdk::bindings".to_owned()),
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).expect("the world has Rust bindings");
    let (_, code) = files.iter().next().expect("one file is generated");
    String::from_utf8(code.to_vec()).expect("Rust code is UTF-8")
}

/// Cuts the code into a file per module.
fn files(code: &str) -> BTreeMap<PathBuf, String> {
    let mut file = syn::parse_file(code).expect("the generated code is valid Rust");
    let mut files = BTreeMap::new();
    move_modules(Path::new(""), &mut file.items, &mut files);
    files.insert(PathBuf::from("mod.rs"), format!("{HEADER}{ROOT}{}", prettyplease::unparse(&file)));
    files
}

/// Moves the bodies of modules to files of their own, as far as modules hold nothing but modules.
fn move_modules(folder: &Path, items: &mut [Item], files: &mut BTreeMap<PathBuf, String>) {
    for item in items {
        let Item::Mod(ItemMod { ident, content, semi, .. }) = item else { continue };
        let Some((_, mut items)) = content.take() else { continue };
        *semi = Some(Default::default());
        let inner = folder.join(ident.to_string());
        let is_folder = items.iter().all(|item| matches!(item, Item::Mod(_)));
        let path = if is_folder { inner.join("mod.rs") } else { inner.with_extension("rs") };
        if is_folder {
            move_modules(&inner, &mut items, files);
        }
        let file = syn::File { shebang: None, attrs: Vec::new(), items };
        files.insert(path, format!("{HEADER}{}", prettyplease::unparse(&file)));
    }
}

fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) {
    for path in read(folder).keys().filter(|path| !files.contains_key(*path)) {
        std::fs::remove_file(folder.join(path)).expect("the SDK's folder can be written");
    }
    for (path, code) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("it was joined to a folder"))
            .and_then(|()| std::fs::write(&path, code))
            .expect("the SDK's folder can be written");
    }
}

/// Returns the files below a folder, by their paths inside it.
fn read(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).expect("the folder of the bindings can be read") {
            let path = entry.expect("the folder of the bindings can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let code = std::fs::read_to_string(&path).expect("the bindings are text");
                let inner = path.strip_prefix(folder).expect("it was found there").to_owned();
                files.insert(inner, code);
            }
        }
    }
    files
}
