use std::fs;
use std::path::PathBuf;

use super::{likes, limits};
use crate::ModuleEngine;
use foldline_testkit::canned::Canned;

fn only_file(dir: &tempfile::TempDir) -> PathBuf {
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Opens the cache again and checks that the module runs.
fn run(dir: &tempfile::TempDir, wasm: &[u8]) {
    let engine = ModuleEngine::new(limits(), Some(dir.path().to_owned())).unwrap();
    let mut instance = engine.validate(None, wasm).unwrap().instantiate().unwrap();
    assert!(instance.extract(&likes(2)).is_ok());
}

#[test]
fn a_module_is_compiled_once() {
    let dir = tempfile::tempdir().unwrap();
    let wasm = Canned::default().build();
    run(&dir, &wasm);
    let file = only_file(&dir);
    // A second compilation would replace the file.
    let old = fs::metadata(&file).unwrap().modified().unwrap() - std::time::Duration::from_secs(60);
    fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    run(&dir, &wasm);
    assert_eq!(fs::metadata(only_file(&dir)).unwrap().modified().unwrap(), old);
}

#[test]
fn damaged_code_is_never_loaded_but_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let wasm = Canned::default().build();
    run(&dir, &wasm);
    let file = only_file(&dir);
    let sound = fs::read(&file).unwrap();
    let mut damages = vec![Vec::new(), sound[..20].to_vec(), sound[..sound.len() - 1].to_vec()];
    for at in [0, 31, 32, sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        damages.push(damaged);
    }
    for damaged in damages {
        fs::write(&file, damaged).unwrap();
        run(&dir, &wasm);
        assert_eq!(fs::read(only_file(&dir)).unwrap().len(), sound.len(), "written again");
    }
}

#[test]
fn another_modules_code_is_not_taken_for_this_ones() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) =
        (Canned::default().build(), Canned::described(|d| d["version"] = "0.2.0".into()).build());
    run(&dir, &one);
    let file = only_file(&dir);
    let code = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    run(&dir, &other);
    fs::write(only_file(&dir), code).unwrap();
    let engine = ModuleEngine::new(limits(), Some(dir.path().to_owned())).unwrap();
    assert_eq!(engine.validate(None, &other).unwrap().description().version, "0.2.0");
}
