//! Goal: every reducer of this repository passes its fixtures, as the wasm that is shipped.
//! Method: `foldline test` in each folder.

use std::process::Command;

use foldline_tests::host::{foldline, root};

#[test]
fn every_reducer_passes_its_fixtures() {
    let mut tested = 0;
    for entry in std::fs::read_dir(root().join("reducers")).expect("reducers/") {
        let folder = entry.expect("an entry").path();
        let output = Command::new(foldline()).arg("test").arg(&folder).output().expect("the binary starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let place = folder.display();
        assert!(output.status.success(), "{place}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.trim_end().ends_with(" passed, 0 failed"), "{place}: {text}");
        tested += 1;
    }
    assert!(tested >= 5, "{tested} reducers were tested");
}
