//! Goal: damaged state is noticed, reported, and rebuilt from the log; it is never served, and folding never continues with it.
//! Method: a real host's state folder is damaged file by file, bit by bit (the seed is printed). `FOLDLINE_DAMAGES` sets how
//! often (9; `cargo xtask soak` uses 90).

use std::path::{Path, PathBuf};

use foldline_tests::folders::replace;
use foldline_tests::host::{Home, wait_for};
use foldline_tests::likes::likes;
use foldline_tests::soak::{rng, rounds};
use foldline_tests::world::Rng;

/// Returns every nonempty file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.metadata().expect("readable").len() > 0 {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn written(bytes: &[u8]) -> usize {
    // Without the zeros that are allocated in advance.
    bytes.iter().rposition(|&byte| byte != 0).map_or(1, |last| last + 1)
}

fn flip_in_the_middle(path: &Path) -> String {
    let mut bytes = std::fs::read(path).expect("a file");
    let at = written(&bytes) / 2;
    bytes[at] ^= 1;
    std::fs::write(path, bytes).expect("written");
    format!("bit 0 of byte {at} flipped")
}

/// Damages a file. Returns a description.
fn damage(path: &Path, round: u64, rng: &mut Rng) -> String {
    let mut bytes = std::fs::read(path).expect("a file");
    let written = written(&bytes);
    let at = rng.below(written as u64) as usize;
    match round % 3 {
        0 => {
            std::fs::remove_file(path).expect("deleted");
            "gone".to_owned()
        }
        1 => {
            std::fs::write(path, &bytes[..at]).expect("written");
            format!("cut to {at} of {written} bytes")
        }
        _ => {
            let bit = rng.below(8);
            bytes[at] ^= 1 << bit;
            std::fs::write(path, bytes).expect("written");
            format!("bit {bit} of byte {at} of {written} flipped")
        }
    }
}

#[test]
fn damaged_state_is_built_again_from_the_log_and_the_host_says_so() {
    let mut rng = rng("damage");
    let home = Home::new("[checkpoint]\nevery = \"50ms\"\n").with_module("like-count");
    let data = likes(30_000, 400, 5_000, 13);
    let file = home.write("likes.ndjson", &data.lines);
    let host = home.start();
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    let expected = (host.documents("like-count"), host.ask(&["fingerprint", "like-count"]));
    assert!(host.stop().success());

    let state = home.version().join("state");
    let good = home.path("good");
    replace(&state, &good);
    for round in 0..rounds("FOLDLINE_DAMAGES", 9) {
        let state = home.version().join("state");
        replace(&good, &state);
        let files = files(&state);
        // First where it certainly matters: in the middle of the largest file. Elsewhere the damage may hit a lock file, or bytes
        // that are no longer in use.
        let largest = files.iter().max_by_key(|path| path.metadata().expect("readable").len());
        let surely = round == 0;
        let path =
            if surely { largest.expect("files") } else { &files[rng.below(files.len() as u64) as usize] };
        let name = path.strip_prefix(&state).expect("below").display().to_string();
        let how = if surely { flip_in_the_middle(path) } else { damage(path, round, &mut rng) };
        let host = home.start();
        host.wait("like-count");
        wait_for("the state that was built again to be the one that is served", || {
            host.status()["projections"][0]["reason"].is_null().then_some(())
        });
        let log = host.log();
        let said = log.lines().find(|line| line.contains("state is damaged"));
        println!("{name} {how}: {}", said.unwrap_or("no harm"));
        let got = (host.documents("like-count"), host.ask(&["fingerprint", "like-count"]));
        assert!(got == expected, "{name} {how}\n{log}");
        assert_eq!(host.status()["projections"][0]["events"], data.events, "{name} {how}");
        assert!(!surely || said.is_some(), "{name} {how}, and nobody says so\n{log}");
        assert!(host.stop().success());
    }
}
