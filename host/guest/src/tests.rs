use std::fs;
use std::path::Path;

use super::build;
use foldline_base::error::{Error, ErrorKind};
use foldline_config::Limits;
use foldline_module::ModuleEngine;

/// The contract's exports without the SDK: enough to become a component, but not a valid reducer.
const BARE_GUEST: &str = r#"
    #[used]
    #[unsafe(link_section = "foldline:abi")]
    static ABI: [u8; 5] = *b"0.1.0";

    #[used]
    #[unsafe(link_section = "component-type:bare")]
    static TYPES: [u8; include_bytes!("contract").len()] = *include_bytes!("contract");

    #[unsafe(export_name = "foldline:reducer/manifest@0.1.0#describe")]
    extern "C" fn describe() -> i32 { panic!("not today") }
    #[unsafe(export_name = "foldline:reducer/reduce@0.1.0#extract")]
    extern "C" fn extract(_: i32, _: i32, _: i32, _: i32, _: i32, _: i32) -> i32 { 0 }
    #[unsafe(export_name = "foldline:reducer/reduce@0.1.0#project")]
    extern "C" fn project(_: i32) -> i32 { 0 }
    #[unsafe(export_name = "cabi_realloc")]
    extern "C" fn realloc(_: i32, _: i32, _: i32, _: i32) -> i32 { 0 }
"#;

/// Writes a crate `bare` 0.3.0 without dependencies.
fn krate(source: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"bare\"\nversion = \"0.3.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(dir.path().join("src/lib.rs"), source).unwrap();
    dir
}

fn contract() -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) =
        resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/reducer-0.1.0")).unwrap();
    let world = resolve.select_world(&[package], Some("reducer")).unwrap();
    wit_component::metadata::encode(&resolve, world, wit_component::StringEncoding::UTF8, None).unwrap()
}

#[track_caller]
fn rejected(dir: &Path, reason: &str, remedy: &str) -> Error {
    let error = build(dir, None, super::Install::Never, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Module, "{error}");
    assert!(error.message().contains(reason) && error.hint().unwrap().contains(remedy), "{error}");
    error
}

#[test]
fn a_crate_becomes_a_component_named_after_it_and_the_same_each_time() {
    let (dir, out) = (krate(BARE_GUEST), tempfile::tempdir().unwrap());
    fs::write(dir.path().join("src/contract"), contract()).unwrap();
    let built = build(dir.path(), Some(out.path()), super::Install::Never, &mut |_| {}).unwrap();
    assert_eq!(built.path, out.path().join("bare@0.3.0.wasm"));
    assert_eq!((built.name.as_str(), built.version.as_str()), ("bare", "0.3.0"));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "no temporary file stays");
    let wasm = fs::read(&built.path).unwrap();

    // Another folder, and the default output: neither may affect the bytes.
    let elsewhere = krate(BARE_GUEST);
    fs::write(elsewhere.path().join("src/contract"), contract()).unwrap();
    let again = build(elsewhere.path(), None, super::Install::Never, &mut |_| {}).unwrap();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(elsewhere.path().join("target"), Into::into);
    assert_eq!(again.path, target.join("modules/bare@0.3.0.wasm"));
    assert_eq!(fs::read(again.path).unwrap(), wasm);

    // The ABI version is found and there are no imports, so loading gets as far as the first call.
    let engine = ModuleEngine::new((&Limits::default()).into(), None).unwrap();
    let error = engine.validate(None, &wasm).err().unwrap();
    assert!(error.message().contains("trial call of `describe`"), "{error}");
}

#[test]
fn crates_that_are_no_reducers_are_rejected() {
    rejected(krate("pub fn nothing() {}").path(), "not built with foldline-sdk", "foldline-sdk");
    rejected(krate("pub fn nothing() -> i32 {}").path(), "`bare` does not compile", "above");
    rejected(tempfile::tempdir().unwrap().path(), "no crate in", "foldline new");
    let program = krate("");
    fs::rename(program.path().join("src/lib.rs"), program.path().join("src/main.rs")).unwrap();
    fs::write(program.path().join("src/main.rs"), "fn main() {}").unwrap();
    rejected(program.path(), "bare", "");
}
