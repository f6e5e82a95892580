//! A log, its topics and their files are distinguished from others. Missing files are reported, by name, before anything
//! continues.

use std::fs;

use super::*;

/// A segment for each append.
fn small() -> Tuning {
    Tuning { segment_bytes: 1, ..Tuning::default() }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

fn at(dir: &Path, topic: &str, partition: u32, base_offset: u64) -> PathBuf {
    dir.join(format!("{topic}/{partition}/{base_offset:020}.seg"))
}

/// A log whose topics `t` and `u` have two partitions with offsets 0 to 2, one segment per offset.
fn log_in(dir: &Path) {
    let log = open(dir, 2, small()).unwrap();
    for value in ["a", "b", "c"] {
        for topic in ["t", "u"] {
            log.append(topic, vec![in_partition(0, value)]).unwrap();
            log.append(topic, vec![in_partition(1, value)]).unwrap();
        }
    }
}

fn refused(dir: &Path) -> Error {
    let error = open(dir, 2, small()).err().expect("it does not open");
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.hint().is_some(), "{error} says what to do");
    error
}

#[test]
fn a_log_keeps_its_id_in_a_copy_and_shares_it_with_no_other() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ids = |dir: &Path| {
        let log = open(dir, 2, small()).unwrap();
        (log.id().unwrap().unwrap(), log.topic_id("t").unwrap())
    };
    let (id, none) = ids(dir.path());
    assert_eq!(none, None, "a topic that does not exist");
    log_in(dir.path());
    let (again, topic) = ids(dir.path());
    let topic = topic.unwrap();
    assert_eq!(again, id);
    assert!(topic.starts_with(&id), "{topic}");
    copy(dir.path(), &other.path().join("copied"));
    assert_eq!(ids(&other.path().join("copied")), (id.clone(), Some(topic.clone())));
    log_in(&other.path().join("new"));
    let (other_id, other_topic) = ids(&other.path().join("new"));
    assert!(other_id != id && other_topic != Some(topic.clone()));

    // The topic is deleted by hand, and re-created by the next append.
    fs::remove_dir_all(dir.path().join("t")).unwrap();
    log_in(dir.path());
    let (same, again) = ids(dir.path());
    assert_eq!(same, id);
    assert!(again.is_some() && again != Some(topic));
}

#[test]
fn a_file_of_another_partition_topic_or_log_is_refused_by_name_at_start() {
    for base_offset in 0..3 {
        for (topic, partition, whose) in
            [("t", 1, "of topic `t`, partition 1"), ("u", 0, "of topic `u`, partition 0")]
        {
            let dir = tempfile::tempdir().unwrap();
            log_in(dir.path());
            fs::copy(at(dir.path(), topic, partition, base_offset), at(dir.path(), "t", 0, base_offset))
                .unwrap();
            let error = refused(dir.path());
            let place = at(dir.path(), "t", 0, base_offset).display().to_string();
            assert!(error.message().contains(&place) && error.message().contains(whose), "{error}");
        }
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        log_in(dir.path());
        log_in(other.path());
        fs::copy(at(other.path(), "t", 0, base_offset), at(dir.path(), "t", 0, base_offset)).unwrap();
        let error = refused(dir.path());
        assert!(error.message().contains("of another log"), "{error}");
    }
}

#[test]
fn a_file_of_another_topic_is_refused_by_name_when_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    log_in(dir.path());
    let log = open(dir.path(), 2, small()).unwrap();
    fs::copy(at(dir.path(), "u", 0, 1), at(dir.path(), "t", 0, 1)).unwrap();
    let error = values(&log, "t").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("of topic `u`, partition 0"), "{error}");
}

#[test]
fn a_folder_of_another_topic_or_log_and_commits_of_another_log_are_refused() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log_in(dir.path());
    log_in(other.path());
    let good = other.path().join("good");
    copy(dir.path(), &good);
    let damaged = |damage: &dyn Fn(&Path), what: &str| {
        let dir = tempfile::tempdir().unwrap();
        copy(&good, dir.path());
        damage(dir.path());
        let error = refused(dir.path());
        assert!(error.message().contains(what), "{error}");
    };
    damaged(&|dir| copy(&dir.join("u"), &dir.join("v")), "is of topic `u`, and its folder is called `v`");
    damaged(
        &|dir| {
            fs::remove_dir_all(dir.join("t")).unwrap();
            fs::rename(dir.join("u"), dir.join("t")).unwrap();
        },
        "is of topic `u`, and its folder is called `t`",
    );
    damaged(&|dir| copy(&other.path().join("t"), &dir.join("t")), "and this is log");
    damaged(&|dir| drop(fs::copy(other.path().join("commits"), dir.join("commits"))), "and this is log");
    // An old commits file, from before the log had an id.
    damaged(
        &|dir| {
            let file = fs::OpenOptions::new().write(true).open(dir.join("commits")).unwrap();
            file.set_len(8192).unwrap();
        },
        "does not say so",
    );
}

#[test]
fn a_missing_segment_is_noticed_at_start_and_named() {
    for (missing, lacks, names) in [(0, "offsets 0 to 0", 0), (1, "offsets 1 to 1", 0)] {
        let dir = tempfile::tempdir().unwrap();
        log_in(dir.path());
        let file = at(dir.path(), "t", 0, missing);
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let error = refused(dir.path());
        assert!(error.message().contains(lacks), "{error}");
        assert!(error.message().contains(&at(dir.path(), "t", 0, names).display().to_string()), "{error}");
        fs::write(&file, bytes).unwrap();
        assert_eq!(values(&open(dir.path(), 2, small()).unwrap(), "t").unwrap()[0], ["a", "b", "c"]);
    }
    // The beginning may be given up for good, as the hint says.
    let dir = tempfile::tempdir().unwrap();
    log_in(dir.path());
    fs::remove_file(at(dir.path(), "t", 0, 0)).unwrap();
    let hint = refused(dir.path()).hint().unwrap().to_owned();
    let end = dir.path().join("t/0/end");
    assert!(hint.contains(&end.display().to_string()), "{hint}");
    fs::remove_file(end).unwrap();
    assert_eq!(open(dir.path(), 2, small()).unwrap().starts("t").unwrap(), [1, 0]);
}

#[test]
fn a_segment_cut_at_any_byte_is_noticed_at_start() {
    let dir = tempfile::tempdir().unwrap();
    log_in(dir.path());
    let file = at(dir.path(), "t", 0, 1);
    let bytes = fs::read(&file).unwrap();
    for len in 0..bytes.len() {
        fs::write(&file, &bytes[..len]).unwrap();
        let error = refused(dir.path());
        assert!(error.message().contains("lacks offsets 1 to 1"), "{len}: {error}");
    }
}

#[test]
fn a_file_cut_in_the_middle_of_a_group_over_several_files_is_a_loss_of_its_topic_alone() {
    let whole = tempfile::tempdir().unwrap();
    // No seals: to cut one off would lose nothing.
    let log = open(whole.path(), 2, crashing()).unwrap();
    log.append("t", vec![in_partition(0, "a"), in_partition(1, "b")]).unwrap();
    log.append("t", vec![in_partition(0, "long enough".repeat(50)), in_partition(1, "d")]).unwrap();
    log.append("u", vec![in_partition(0, "other")]).unwrap();
    drop(log);
    let bytes = fs::read(segment(whole.path(), "t", 0)).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64;
    for cut in [last, last - 20] {
        let dir = tempfile::tempdir().unwrap();
        copy(whole.path(), dir.path());
        // As after a host that died before it wrote the end mark.
        let mark = dir.path().join("t/0/end");
        if mark.exists() {
            fs::remove_file(mark).unwrap();
        }
        let file = fs::OpenOptions::new().write(true).open(segment(dir.path(), "t", 0)).unwrap();
        file.set_len(cut).unwrap();
        for _ in 0..2 {
            let log = open(dir.path(), 2, crashing()).unwrap();
            let loss = log.loss("t").unwrap().expect("a loss");
            assert!(loss.message().contains("lacks offsets"), "{cut}: {loss}");
            log.append("t", vec![in_partition(1, "lost")]).unwrap_err();
            log.append("u", vec![in_partition(0, "goes on")]).unwrap();
        }
        let log = open(dir.path(), 2, crashing()).unwrap();
        log.adopt("t").unwrap();
        log.append("t", vec![in_partition(0, "again")]).unwrap();
    }
}

#[test]
fn a_renamed_segment_is_named() {
    let dir = tempfile::tempdir().unwrap();
    log_in(dir.path());
    for base_offset in 1..3 {
        let renamed = at(dir.path(), "t", 0, 7);
        fs::rename(at(dir.path(), "t", 0, base_offset), &renamed).unwrap();
        let error = refused(dir.path());
        let expected = format!("it holds offset {base_offset} instead");
        assert!(error.message().contains(&expected), "{error}");
        assert!(error.message().contains(&renamed.display().to_string()), "{error}");
        fs::rename(&renamed, at(dir.path(), "t", 0, base_offset)).unwrap();
    }
}

#[test]
fn two_segments_that_overlap_are_named() {
    let (dir, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let append = |dir: &Path, tuning, value: &str| {
        open(dir, 2, tuning).unwrap().append("t", vec![in_partition(0, value)]).unwrap();
    };
    append(dir.path(), Tuning::default(), "a");
    copy(dir.path(), copied.path());
    append(dir.path(), small(), "b");
    append(copied.path(), Tuning::default(), "x");
    append(copied.path(), Tuning::default(), "y");
    fs::copy(at(copied.path(), "t", 0, 0), at(dir.path(), "t", 0, 0)).unwrap();
    let error = refused(dir.path());
    assert!(error.message().contains("00000000000000000000.seg` holds offsets up to 2"), "{error}");
    assert!(error.message().contains("00000000000000000001.seg` begins with 1"), "{error}");
}

#[test]
fn a_log_that_lost_its_end_takes_no_appends_until_an_operator_decides() {
    let whole = tempfile::tempdir().unwrap();
    let older = tempfile::tempdir().unwrap();
    let log = open(whole.path(), 2, Tuning::default()).unwrap();
    let append = |log: &EmbeddedLog, value: &str| log.append("t", vec![in_partition(0, value)]);
    append(&log, "a").unwrap();
    drop(log);
    copy(whole.path(), older.path());
    let log = open(whole.path(), 2, Tuning::default()).unwrap();
    (0..20).for_each(|n| drop(append(&log, &n.to_string()).unwrap()));
    drop(log);
    let bytes = fs::read(segment(whole.path(), "t", 0)).unwrap();

    type Damage<'a> = &'a dyn Fn(&Path);
    let half: Damage<'_> = &|file| fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    let empty: Damage<'_> = &|file| fs::write(file, b"").unwrap();
    let gone: Damage<'_> = &|file| fs::remove_file(file).unwrap();
    let restored: Damage<'_> = &|file| {
        fs::copy(segment(older.path(), "t", 0), file).unwrap();
    };
    for (name, damage) in [("half", half), ("empty", empty), ("gone", gone), ("restored", restored)] {
        let dir = tempfile::tempdir().unwrap();
        copy(whole.path(), dir.path());
        let file = segment(dir.path(), "t", 0);
        damage(&file);
        let left = fs::read(&file).ok();
        for _ in 0..2 {
            let log = open(dir.path(), 2, Tuning::default()).unwrap();
            let held = values(&log, "t").unwrap()[0].len();
            let loss = log.loss("t").unwrap().unwrap();
            assert_eq!(log.losses().len(), 1, "{name}: of whatever topic");
            assert!(
                loss.message().contains(&format!("lacks offsets {held} to 20, which were")),
                "{name}: {loss}"
            );
            assert!(loss.message().contains(&file.display().to_string()), "{name}: {loss}");
            let error = append(&log, "lost").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Replaced, "{name}");
            assert!(error.hint().unwrap().contains("foldline adopt-log t"), "{name}: {error}");
            assert!(log.append("t", vec![in_partition(1, "x")]).is_err(), "a topic is halted as a whole");
            log.append("u", vec![in_partition(0, "other topics go on")]).unwrap();
            drop(log);
            assert_eq!(fs::read(&file).ok(), left, "{name}: what is left is not touched");
        }

        fs::write(&file, &bytes).unwrap();
        let log = open(dir.path(), 2, Tuning::default()).unwrap();
        assert!(log.loss("t").unwrap().is_none(), "{name}: restored");
        drop(log);
        fs::remove_file(&file).unwrap();
        if let Some(left) = left {
            fs::write(&file, left).unwrap();
        }
        let log = open(dir.path(), 2, Tuning::default()).unwrap();
        let held = values(&log, "t").unwrap()[0].len() as u64;
        log.adopt("t").unwrap();
        assert!(log.loss("t").unwrap().is_none());
        assert_eq!(append(&log, "again").unwrap().next_offset("t", 0), held + 1, "{name}");
        drop(log);
        let log = open(dir.path(), 2, Tuning::default()).unwrap();
        assert_eq!(values(&log, "t").unwrap()[0].last().map(String::as_str), Some("again"), "{name}");
    }
}

#[test]
fn a_crash_never_passes_for_a_loss() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 2, Tuning { segment_bytes: 300, ..crashing() }).unwrap();
    for n in 0..10 {
        log.append("t", vec![in_partition(0, n.to_string())]).unwrap();
    }
    let crashed = tempfile::tempdir().unwrap();
    copy(dir.path(), crashed.path());
    drop(log);
    // Its last group is torn.
    let mut files: Vec<_> =
        fs::read_dir(crashed.path().join("t/0")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some());
    files.sort();
    assert!(files.len() > 2, "{files:?}");
    let last = files.last().unwrap();
    let written = fs::read(last).unwrap().iter().rposition(|&byte| byte != 0).unwrap() + 1;
    fs::OpenOptions::new().write(true).open(last).unwrap().set_len(written as u64 - 1).unwrap();
    let log = open(crashed.path(), 2, crashing()).unwrap();
    assert!(log.loss("t").unwrap().is_none());
    assert_eq!(values(&log, "t").unwrap()[0].len(), 9);
}

#[test]
fn a_segment_that_is_replaced_under_the_host_takes_no_appends() {
    type Replace = fn(segment: &Path, older: &Path);
    let ways: [(&str, Replace); 4] = [
        ("renamed", |segment, older| fs::rename(older, segment).unwrap()),
        ("copied over", |segment, older| assert!(fs::copy(older, segment).is_ok())),
        ("deleted", |segment, _| fs::remove_file(segment).unwrap()),
        ("its folder deleted", |segment, _| fs::remove_dir_all(segment.parent().unwrap()).unwrap()),
    ];
    for closes in [true, false] {
        for (way, replace) in ways {
            let dir = tempfile::tempdir().unwrap();
            let older = dir.path().join("older.seg");
            let path = dir.path().join("log");
            let tuning = Tuning {
                // Either the file is closed after each append, or it stays open.
                seal_after: if closes { Duration::ZERO } else { Duration::from_secs(3_600) },
                ..Tuning::default()
            };
            let log = open(&path, 1, tuning.clone()).unwrap();
            log.append("t", vec![in_partition(0, "a")]).unwrap();
            log.append("other", vec![in_partition(0, "a")]).unwrap();
            let segment = at(&path, "t", 0, 0);
            fs::copy(&segment, &older).unwrap();
            for _ in 0..20 {
                log.append("t", vec![in_partition(0, "b".repeat(10_000))]).unwrap();
            }
            let partition = log.topics.read()["t"].partitions[0].clone();
            while closes && !partition.writer().is_closed() {
                std::thread::yield_now();
            }
            replace(&segment, &older);
            let before = fs::read(&segment).ok();
            let refused = log.append("t", vec![in_partition(0, "lost")]).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Replaced, "{way}: {refused}");
            assert!(refused.message().contains(segment.to_str().unwrap()), "{way}: {refused}");
            assert_eq!(
                log.append("t", vec![in_partition(0, "lost")]).unwrap_err().kind(),
                ErrorKind::Replaced
            );
            assert_eq!(log.losses().len(), 1, "{way}");
            assert_eq!(log.adopt("t").unwrap_err().kind(), ErrorKind::Refused, "{way}: a start looks first");
            assert_eq!(fs::read(&segment).ok(), before, "{way}: what is there stays as it is");
            log.append("other", vec![in_partition(0, "b")]).unwrap();
        }
    }
}

#[test]
fn a_segment_that_is_put_back_as_it_was_is_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, path) = (dir.path().join("copy.seg"), dir.path().join("log"));
    let log = open(&path, 1, Tuning::default()).unwrap();
    log.append("t", vec![in_partition(0, "a")]).unwrap();
    let segment = at(&path, "t", 0, 0);
    fs::copy(&segment, &copy).unwrap();
    fs::rename(&copy, &segment).unwrap();
    log.append("t", vec![in_partition(0, "b")]).unwrap();
    let touched = fs::File::options().append(true).open(&segment).unwrap();
    touched.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    log.append("t", vec![in_partition(0, "c")]).unwrap();
    drop(log);
    let log = open(&path, 1, Tuning::default()).unwrap();
    assert_eq!(log.ends("t").unwrap(), [3]);
    assert_eq!(log.losses().len(), 0);
}

#[test]
fn commits_that_are_replaced_under_the_host_take_no_appends() {
    type Replace = fn(commits: &Path, copy: &Path);
    let ways: [(&str, Replace); 4] = [
        ("a copy of it", |commits, copy| fs::rename(copy, commits).unwrap()),
        ("an older one", |commits, copy| assert!(fs::copy(copy, commits).is_ok())),
        ("cut", |commits, _| fs::File::options().write(true).open(commits).unwrap().set_len(5_000).unwrap()),
        ("deleted", |commits, _| fs::remove_file(commits).unwrap()),
    ];
    let both = |value: &str| vec![in_partition(0, value), in_partition(1, value)];
    for (way, replace) in ways {
        let dir = tempfile::tempdir().unwrap();
        let (path, copy) = (dir.path().join("log"), dir.path().join("copy"));
        let log = open(&path, 2, Tuning::default()).unwrap();
        log.append("t", both("a")).unwrap();
        let commits = path.join("commits");
        fs::copy(&commits, &copy).unwrap();
        if way == "an older one" {
            log.append("t", both("b")).unwrap();
        }
        replace(&commits, &copy);
        for _ in 0..2 {
            let refused = log.append("t", both("c")).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Unavailable, "{way}: {refused}");
            assert!(refused.message().contains("was replaced or changed"), "{way}: {refused}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 2, Tuning::default()).unwrap();
    log.append("t", both("a")).unwrap();
    let touched = fs::File::options().append(true).open(dir.path().join("commits")).unwrap();
    touched.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    log.append("t", both("b")).unwrap();
}
