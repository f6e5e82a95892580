//! Rebuilds the binary when a file is added to the sources that `foldline new` carries. Without this, cargo would only notice
//! changes of files that already existed.

fn main() {
    for folder in ["../../guest-sdk", "../core", "../../wit"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
