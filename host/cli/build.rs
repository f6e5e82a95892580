//! Rebuilds the binary when a file is added to what `foldline new` carries: without this, only changes of files that
//! were there before would be seen.

fn main() {
    for folder in ["../../guest-sdk", "../core", "../../wit"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
