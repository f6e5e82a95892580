//! A process that is killed while it appends: the test runs itself again as the victim.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;

const VICTIM_DIR: &str = "FOLDLINE_TEST_VICTIM_DIR";

#[test]
fn the_victim_appends_until_it_is_killed() {
    let Some(dir) = std::env::var_os(VICTIM_DIR) else { return };
    let log = open(Path::new(&dir), 3, Tuning { segment_bytes: 50_000, ..Tuning::default() }).unwrap();
    std::thread::scope(|scope| {
        for caller in 0..4 {
            let log = &log;
            scope.spawn(move || {
                for number in 0.. {
                    let value = format!("{caller} {number}");
                    log.append("t", (0..3).map(|at| in_partition(at, value.clone())).collect()).unwrap();
                    // Not println!: the harness would capture it.
                    writeln!(std::io::stdout(), "acknowledged {value}").unwrap();
                }
            });
        }
    });
}

#[test]
fn what_was_acknowledged_survives_a_kill_and_every_append_is_whole() {
    for lines in [1, 40, 300] {
        let dir = tempfile::tempdir().unwrap();
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "embedded::tests::kill::the_victim_appends_until_it_is_killed", "--nocapture"])
            .env(VICTIM_DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = Vec::new();
        let mut output = BufReader::new(victim.stdout.take().unwrap());
        let mut line = String::new();
        let mut killed = false;
        while output.read_line(&mut line).unwrap() > 0 {
            // The last line may be torn by the kill as well.
            if let Some(value) = line.strip_prefix("acknowledged ").and_then(|value| value.strip_suffix('\n'))
            {
                acknowledged.push(value.to_owned());
            }
            line.clear();
            if acknowledged.len() >= lines && !killed {
                victim.kill().unwrap();
                killed = true;
            }
        }
        victim.wait().unwrap();
        assert!(killed, "the victim ended by itself after {} appends", acknowledged.len());

        let log = open(dir.path(), 3, Tuning::default()).unwrap();
        let values = values(&log, "t").unwrap();
        let mut partitions = values.into_iter().map(|mut values| {
            values.sort_unstable();
            values
        });
        let first = partitions.next().unwrap();
        assert!(partitions.all(|other| other == first), "an append reached some partitions only");
        let missing: Vec<_> =
            acknowledged.iter().filter(|value| first.binary_search(value).is_err()).collect();
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    }
}
