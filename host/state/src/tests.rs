//! The store from outside: what was committed is read, as of the right checkpoint, or damage is noticed.

use foldline_core::position::Position;

use super::*;
use foldline_base::error::ErrorKind;
use foldline_core::dead_letter::DeadLetter;

const CACHE_BYTES: u64 = 1 << 20;

fn open(folder: &std::path::Path) -> (StateStore, Option<Checkpointed>) {
    StateStore::open(folder, "abc", CACHE_BYTES).unwrap()
}

fn at(next_offset: u64) -> Position {
    let mut position = Position::default();
    position.set("likes", 0, next_offset);
    position
}

fn cut(next_offset: u64, rows: &[(&str, &str)], row_count: u64) -> Cut {
    Cut {
        checkpointed: Checkpointed {
            position: at(next_offset),
            events: next_offset,
            dead_letters: 1,
            ..Checkpointed::default()
        },
        row_count,
        rows: rows
            .iter()
            .map(|(key, row)| CutRow { table: 0, key: (*key).into(), row: Some((*row).into()) })
            .collect(),
        shown: None,
        dead_letters: vec![DeadLetter {
            topic: "likes".into(),
            partition: 0,
            offset: next_offset,
            reason: "why".into(),
        }],
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn rows(scan: &Scan, changed_after: Option<u64>) -> Vec<(String, String)> {
    scan.rows(changed_after.map(at).as_ref())
        .map(|row| row.map(|row| (text(row.key()), text(row.row()))).unwrap())
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, row)| (key.to_string(), row.to_string())).collect()
}

#[test]
fn a_reopened_store_holds_the_last_cut_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (store, none) = open(folder.path());
    assert_eq!(none, None);
    assert!(store.scan().unwrap().is_none());
    store.commit(&mut cut(5, &[("b", "1"), ("a", "1")], 2)).unwrap();
    store.commit(&mut cut(9, &[("b", "2")], 2)).unwrap();
    drop(store);
    let (store, checkpointed) = open(folder.path());
    assert_eq!(checkpointed, Some(cut(9, &[], 0).checkpointed));
    let scan = store.scan().unwrap().unwrap();
    assert_eq!(Some(scan.checkpointed()), checkpointed.as_ref());
    assert_eq!(rows(&scan, None), pairs(&[("a", "1"), ("b", "2")]));
    assert_eq!(store.row(0, b"b").unwrap().as_deref(), Some(&b"2"[..]));
    assert_eq!(store.row(1, b"b").unwrap(), None);
    assert_eq!(store.row(0, b"c").unwrap(), None);
    let mut seen = Vec::new();
    let kept = store.restore(|table, key, row| {
        seen.push((table, text(key), text(row)));
        Ok(key == b"a")
    });
    assert_eq!(kept.unwrap(), 1);
    assert_eq!(seen, [(0, "a".into(), "1".into()), (0, "b".into(), "2".into())]);
    let refused = store.restore(|_, _, _| Err("no row of mine".into())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);
}

#[test]
fn a_store_that_was_never_finished_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    // As a full disk leaves it: the journal exists, but the file that says that the store is complete is missing or empty.
    for files in [&["0.jnl"][..], &["0.jnl", "lock", "version"]] {
        let path = folder.path().join(files.len().to_string());
        std::fs::create_dir(&path).unwrap();
        files.iter().for_each(|file| std::fs::write(path.join(file), "").unwrap());
        let (store, none) = open(&path);
        assert_eq!(none, None);
        store.commit(&mut cut(5, &[("a", "1")], 1)).unwrap();
        drop(store);
        assert!(open(&path).1.is_some(), "{files:?}");
    }
}

#[test]
fn dead_letters_are_paged_and_counted_by_partition() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    for offset in [5, 9, 300] {
        store.commit(&mut cut(offset, &[], 0)).unwrap();
    }
    let letters = store.dead_letters(None, 10).unwrap();
    assert_eq!(letters.iter().map(|letter| letter.offset).collect::<Vec<_>>(), [5, 9, 300]);
    assert_eq!(store.dead_letters(Some(("likes", 0, 5)), 10).unwrap().len(), 2);
    for (offsets, count) in [(0..1_000, 3), (5..9, 1), (6..9, 0), (9..300, 1), (9..301, 2), (7..7, 0)] {
        assert_eq!(store.dead_letters_between("likes", 0, offsets.clone()).unwrap(), count, "{offsets:?}");
    }
    assert_eq!(store.dead_letters_between("likes", 1, 0..1_000).unwrap(), 0);
    assert_eq!(store.dead_letters_between("like", 0, 0..1_000).unwrap(), 0);
}

#[test]
fn a_store_of_another_module_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(5, &[], 0)).unwrap();
    drop(store);
    let error = StateStore::open(folder.path(), "other", CACHE_BYTES).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("belongs to digest abc, not other"), "{error}");
}

#[test]
fn a_store_that_lost_a_row_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    let scan = store.commit(&mut cut(5, &[("a", "1")], 2)).unwrap();
    let lost = |error: foldline_base::error::Error| {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("1 rows where 2 are expected"), "{error}");
    };
    lost(store.restore(|_, _, _| Ok(true)).unwrap_err());
    lost(scan.fingerprint().unwrap_err());
    lost(scan.rows(Some(&at(1))).last().unwrap().unwrap_err());
}

#[test]
fn a_scan_stays_at_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    let first = store.commit(&mut cut(5, &[("a", "1"), ("b", "1")], 2)).unwrap();
    let mut open_rows = first.rows(None);
    let second = store.commit(&mut cut(9, &[("b", "2"), ("c", "2")], 3)).unwrap();
    assert_eq!(text(open_rows.nth(1).unwrap().unwrap().row()), "1");
    assert!(open_rows.next().is_none());
    drop(store);
    assert_eq!(rows(&first, None), pairs(&[("a", "1"), ("b", "1")]));
    assert_eq!(rows(&second, None), pairs(&[("a", "1"), ("b", "2"), ("c", "2")]));
    assert_eq!(first.checkpointed().position, at(5));
}

#[test]
fn rows_changed_after_a_position_are_found_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(5, &[("a", "1"), ("b", "1"), ("c", "1")], 3)).unwrap();
    store.commit(&mut cut(9, &[("b", "2")], 3)).unwrap();
    drop(store);
    let (store, _) = open(folder.path());
    let scan = store.commit(&mut cut(20, &[("c", "3")], 3)).unwrap();
    let all = pairs(&[("a", "1"), ("b", "2"), ("c", "3")]);
    for (after, expected) in [
        (0, &all[..]),
        (4, &all),
        (5, &all[1..]),
        (8, &all[1..]),
        (9, &all[2..]),
        (19, &all[2..]),
        (20, &[]),
        (99, &[]),
    ] {
        assert_eq!(rows(&scan, Some(after)), expected, "changed after {after}");
    }
}

#[test]
fn a_position_older_than_the_history_gets_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(1, &[("a", "1")], 2)).unwrap_or_else(|error| panic!("{error}"));
    let mut last = store.commit(&mut cut(2, &[("b", "1")], 2)).unwrap();
    assert_eq!(rows(&last, Some(1)).len(), 1);
    for next_offset in 3..history::CHECKPOINTS + 3 {
        last = store.commit(&mut Cut { dead_letters: vec![], ..cut(next_offset, &[], 2) }).unwrap();
    }
    assert_eq!(rows(&last, Some(1)).len(), 2);
    assert_eq!(rows(&last, Some(3)).len(), 0);
    drop((store, last));
    assert_eq!(open(folder.path()).1.unwrap().position, at(history::CHECKPOINTS + 2));
}

#[test]
fn a_fingerprint_is_that_of_the_rows_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(5, &[("b", "1"), ("a", "1")], 2)).unwrap();
    let scan = store.commit(&mut cut(9, &[("a", "1")], 2)).unwrap();
    let mut expected = foldline_core::fingerprint::Fingerprint::default();
    expected.add_row(0, b"b", b"1");
    expected.add_row(0, b"a", b"1");
    assert_eq!(scan.fingerprint().unwrap(), expected.finish());
}

#[test]
fn the_first_difference_is_the_first_by_table_and_key() {
    let scan = |rows: &[(u8, &str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = open(folder.path());
        let row = |(table, key, row): &(u8, &str, &str)| CutRow {
            table: *table,
            key: (*key).into(),
            row: Some((*row).into()),
        };
        store
            .commit(&mut Cut {
                row_count: rows.len() as u64,
                rows: rows.iter().map(row).collect(),
                ..Cut::default()
            })
            .unwrap()
    };
    let one = scan(&[(0, "a", "1"), (0, "c", "1"), (1, "a", "1")]);
    let check = |other: &[(u8, &str, &str)], expected: Option<(u8, &str, Option<&str>, Option<&str>)>| {
        let other = scan(other);
        let bytes = |row: Option<&str>| row.map(|row| row.as_bytes().to_vec());
        let expected = expected.map(|(table, key, left, right)| Difference {
            table,
            key: key.into(),
            left: bytes(left),
            right: bytes(right),
        });
        assert_eq!(first_difference(&one, &other).unwrap(), expected);
        let swapped = expected.map(|Difference { table, key, left, right }| Difference {
            table,
            key,
            left: right,
            right: left,
        });
        assert_eq!(first_difference(&other, &one).unwrap(), swapped);
    };
    check(&[(0, "a", "1"), (0, "c", "1"), (1, "a", "1")], None);
    check(&[(0, "a", "1"), (0, "c", "2"), (1, "a", "2")], Some((0, "c", Some("1"), Some("2"))));
    check(&[(0, "a", "1"), (0, "b", "1"), (0, "c", "1"), (1, "a", "1")], Some((0, "b", None, Some("1"))));
    check(&[(0, "a", "1"), (1, "a", "1")], Some((0, "c", Some("1"), None)));
    check(&[(0, "a", "1"), (0, "c", "1")], Some((1, "a", Some("1"), None)));
    check(&[], Some((0, "a", Some("1"), None)));
}

#[test]
fn a_checkpoint_torn_anywhere_is_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(5, &[("a", "1"), ("b", "1")], 2)).unwrap();
    let journal = journal(folder.path());
    let first_len = written(&journal);
    store.commit(&mut cut(9, &[("b", "2"), ("c", "2")], 3)).unwrap();
    let whole_len = written(&journal);
    assert!(first_len < whole_len);
    let mut before = 0;
    // Every fifth byte, since opening a store takes time.
    for len in (first_len..=whole_len).rev().step_by(5) {
        // The folder as after a crash with `len` bytes of the journal written.
        let torn = tempfile::tempdir().unwrap();
        copy(folder.path(), torn.path());
        let file = std::fs::File::options().write(true).open(self::journal(torn.path())).unwrap();
        file.set_len(len as u64).unwrap();
        let (store, checkpointed) = open(torn.path());
        let scan = store.scan().unwrap().unwrap();
        match checkpointed.unwrap().position {
            position if position == at(5) => {
                assert_eq!(rows(&scan, None), pairs(&[("a", "1"), ("b", "1")]), "{len} bytes");
                before += 1;
            }
            position => {
                assert_eq!(position, at(9));
                assert_eq!(rows(&scan, None), pairs(&[("a", "1"), ("b", "2"), ("c", "2")]), "{len} bytes");
            }
        }
    }
    assert!(before > 20, "{before} of {} lengths lack the second checkpoint", whole_len - first_len);
}

/// The one journal of a small store.
fn journal(folder: &std::path::Path) -> std::path::PathBuf {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "jnl") {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Bytes of a file before the zeros that are preallocated.
fn written(path: &std::path::Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn a_checkpoint_that_is_gone_from_the_middle_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    for next_offset in [5, 9, 12] {
        store.commit(&mut cut(next_offset, &[("a", "1")], 1)).unwrap();
    }
    drop(store);
    // As fjall leaves the store when a journal in the middle lost its end.
    let database = fjall::Database::builder(folder.path()).open().unwrap();
    let keyspace = database.keyspace("state", fjall::KeyspaceCreateOptions::default).unwrap();
    keyspace.remove(key::checkpoint(2)).unwrap();
    drop((keyspace, database));
    let error = StateStore::open(folder.path(), "abc", CACHE_BYTES).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("2 of its last 3 checkpoints"), "{error}");
}

/// A cut that deletes a row.
fn deletion(next_offset: u64, key: &str, row_count: u64, shown: Option<u64>) -> Cut {
    let row = CutRow { table: 0, key: key.into(), row: None };
    Cut { rows: vec![row], shown: shown.map(at), ..cut(next_offset, &[], row_count) }
}

#[test]
fn a_deleted_row_is_told_to_a_sink_that_lags_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(10, &[("a", "1"), ("b", "1")], 2)).unwrap();
    let scan = store.commit(&mut deletion(20, "b", 1, None)).unwrap();
    assert_eq!(rows(&scan, None), pairs(&[("a", "1")]));
    assert_eq!(rows(&scan, Some(10)), pairs(&[("b", "")]), "its document must go");
    assert_eq!(rows(&scan, Some(20)), pairs(&[]));
    assert_eq!(store.row(0, b"b").unwrap(), None);
    let mut alone = foldline_core::fingerprint::Fingerprint::default();
    alone.add_row(0, b"a", b"1");
    assert_eq!(scan.fingerprint().unwrap(), alone.finish());
    drop((store, scan));
    let (store, _) = open(folder.path());
    assert_eq!(rows(&store.scan().unwrap().unwrap(), Some(10)), pairs(&[("b", "")]), "also after a restart");
}

#[test]
fn a_deleted_row_is_remembered_until_every_sink_has_passed_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path());
    store.commit(&mut cut(10, &[("a", "1"), ("b", "1"), ("c", "1")], 3)).unwrap();
    store.commit(&mut deletion(20, "b", 2, None)).unwrap();
    // The sink has not passed the deletion yet.
    let scan = store.commit(&mut deletion(30, "c", 1, Some(19))).unwrap();
    assert_eq!(rows(&scan, Some(10)), pairs(&[("b", ""), ("c", "")]));
    assert_eq!(store.forgotten(), Position::default(), "nothing yet");
    drop(scan);
    // Now it has passed one deletion, and the other row exists again.
    let mut back = Cut { shown: Some(at(29)), ..cut(40, &[("c", "2")], 2) };
    let scan = store.commit(&mut back).unwrap();
    assert_eq!(rows(&scan, Some(10)), pairs(&[("c", "2")]));
    drop((store, scan));
    let (store, _) = open(folder.path());
    assert_eq!(store.forgotten(), at(29), "a sink that shows less may hold the document");
    let mut last = Cut { shown: Some(at(40)), ..cut(50, &[], 2) };
    let scan = store.commit(&mut last).unwrap();
    assert_eq!(rows(&scan, None), pairs(&[("a", "1"), ("c", "2")]), "what came back stays");
}
