use super::listing::{MODULES_MAX, OTHERS_MAX};
use super::*;
use foldline_base::artifact::with_length;

fn folder() -> (tempfile::TempDir, Folder) {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path(), 100).unwrap();
    (root, folder)
}

fn look(folder: &mut Folder, now: Instant) -> Result<Vec<FolderEvent>> {
    folder.look(now, &|_| false)
}

/// A component with one section, cut into two halves.
const HALVES: [&[u8]; 2] = [b"\0asm\x0d\0\x01\0\0\x04", b"\x03abc"];

#[test]
fn a_file_is_read_once_it_has_not_changed_for_a_while_however_often_somebody_looks() {
    let (root, mut folder) = folder();
    let (path, start) = (root.path().join("a@1.0.0.wasm"), Instant::now());
    std::fs::write(&path, b"anything").unwrap();
    assert_eq!(look(&mut folder, start).unwrap(), []);
    std::fs::write(&path, b"anything else").unwrap();
    for after in [SETTLE / 2, SETTLE, SETTLE + SETTLE / 4] {
        assert_eq!(look(&mut folder, start + after).unwrap(), []);
    }
    assert!(folder.is_unsettled());
    let module = FolderEvent::Module { file: "a@1.0.0.wasm".into(), bytes: b"anything else".to_vec() };
    assert_eq!(look(&mut folder, start + SETTLE * 2).unwrap(), [module]);
    assert_eq!(look(&mut folder, start + SETTLE * 4).unwrap(), []);
    assert!(!folder.is_unsettled());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(look(&mut folder, start).unwrap(), [FolderEvent::Gone { file: "a@1.0.0.wasm".into() }]);
}

#[test]
fn a_file_without_its_end_is_waited_for_and_given_out_when_nothing_comes() {
    let (root, mut folder) = folder();
    let (path, mut now) = (root.path().join("a@1.0.0.wasm"), Instant::now());
    let module = |bytes: Vec<u8>| [FolderEvent::Module { file: "a@1.0.0.wasm".into(), bytes }];
    std::fs::write(&path, HALVES[0]).unwrap();
    for _ in 0..5 {
        assert_eq!(look(&mut folder, now).unwrap(), []);
        now += SETTLE;
    }
    let whole = with_length(HALVES.concat());
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(look(&mut folder, now).unwrap(), []);
    assert_eq!(look(&mut folder, now + SETTLE).unwrap(), module(whole));

    std::fs::write(&path, HALVES[0]).unwrap();
    for after in [Duration::ZERO, SETTLE, SETTLE_CUT_OFF] {
        assert_eq!(look(&mut folder, now + after).unwrap(), []);
    }
    assert_eq!(look(&mut folder, now + SETTLE + SETTLE_CUT_OFF).unwrap(), module(HALVES[0].to_vec()));
    assert!(!folder.is_unsettled());
}

#[test]
fn a_module_that_does_not_end_with_its_length_is_given_out_after_ten_seconds_without_change() {
    let (root, mut folder) = folder();
    let (path, start) = (root.path().join("a@1.0.0.wasm"), Instant::now());
    let module = |bytes: Vec<u8>| [FolderEvent::Module { file: "a@1.0.0.wasm".into(), bytes }];
    // Cut between two sections, so that the rest reads as complete.
    std::fs::write(&path, HALVES.concat()).unwrap();
    assert_eq!(look(&mut folder, start).unwrap(), []);
    let told = look(&mut folder, start + SETTLE).unwrap();
    assert!(matches!(&told[..], [FolderEvent::Waits { file, .. }] if file == "a@1.0.0.wasm"), "{told:?}");
    assert!(folder.is_unsettled() && folder.unsettled().eq(["a@1.0.0.wasm".to_owned()]));
    let late = start + Duration::from_millis(9_999);
    assert_eq!(look(&mut folder, late).unwrap(), []);
    let whole = with_length([HALVES.concat(), b"\0\x01\0".to_vec()].concat());
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(look(&mut folder, late).unwrap(), []);
    assert_eq!(look(&mut folder, late + SETTLE).unwrap(), module(whole));

    std::fs::write(&path, HALVES.concat()).unwrap();
    assert_eq!(look(&mut folder, late).unwrap(), []);
    look(&mut folder, late + SETTLE).unwrap();
    assert_eq!(look(&mut folder, late + Duration::from_secs(10)).unwrap(), module(HALVES.concat()));
    assert!(!folder.is_unsettled() && folder.unsettled().next().is_none());
    // Bytes that are already registered: waiting would not change the outcome.
    let known = root.path().join("b@1.0.0.wasm");
    std::fs::write(known, HALVES.concat()).unwrap();
    folder.look(late, &|_| true).unwrap();
    assert_eq!(folder.look(late + SETTLE, &|_| true).unwrap().len(), 1);
}

#[test]
fn one_look_holds_no_more_bytes_than_one_more_module_than_the_limit() {
    let (root, mut folder) = folder();
    for number in 0..5 {
        std::fs::write(root.path().join(format!("a@1.0.{number}.wasm")), [b'x'; 60]).unwrap();
    }
    let now = Instant::now();
    look(&mut folder, now).unwrap();
    let given: Vec<usize> = (0..4).map(|_| look(&mut folder, now + SETTLE).unwrap().len()).collect();
    assert_eq!(given, [2, 2, 1, 0]);
}

#[test]
fn links_fifos_and_folders_are_rejected_and_other_names_ignored_each_with_a_remedy() {
    let (root, mut folder) = folder();
    std::os::unix::fs::symlink("/dev/zero", root.path().join("link@1.0.0.wasm")).unwrap();
    std::fs::create_dir(root.path().join("folder@1.0.0.wasm")).unwrap();
    std::fs::write(root.path().join("notes.txt"), b"hello").unwrap();
    let fifo = root.path().join("fifo@1.0.0.wasm");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let told: Vec<String> = folder
        .look(Instant::now(), &|_| false)
        .unwrap()
        .into_iter()
        .map(|event| match event {
            FolderEvent::Rejected { file, code, reason } => {
                format!("rejected {code}: {file} {}", &reason[..8])
            }
            FolderEvent::Ignored { file, code, reason } => {
                format!("ignored {code}: {file} {}", &reason[..8])
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        "rejected not_regular: fifo@1.0.0.wasm is a FIF",
        "rejected not_regular: folder@1.0.0.wasm is a fol",
        "rejected not_regular: link@1.0.0.wasm is a lin",
        "ignored ignored_extension: notes.txt is not n",
    ];
    assert_eq!(told, expected);
    assert_eq!(look(&mut folder, Instant::now()).unwrap(), [], "each is told of once");
}

#[test]
fn a_file_beyond_the_limit_is_rejected_unread() {
    let (root, mut folder) = folder();
    let file = File::create(root.path().join("a@1.0.0.wasm")).unwrap();
    file.set_len(1 << 40).unwrap();
    let now = Instant::now();
    look(&mut folder, now).unwrap();
    let [FolderEvent::Rejected { reason, .. }] = &look(&mut folder, now + SETTLE).unwrap()[..] else {
        panic!()
    };
    assert!(reason.starts_with("has 1099511627776 bytes, and the limit is 100; "), "{reason}");
}

/// Fills a folder with files.
fn fill(root: &Path, count: usize, name: impl Fn(usize) -> String) {
    (0..count).for_each(|number| std::fs::write(root.join(name(number)), b"x").unwrap());
}

#[test]
fn whatever_else_lies_there_is_told_of_up_to_a_limit_and_crowds_out_no_module() {
    let (root, mut folder) = folder();
    fill(root.path(), OTHERS_MAX + 5, |number| format!("{number}.txt"));
    std::fs::write(root.path().join("a@1.0.0.wasm"), b"module").unwrap();
    let now = Instant::now();
    let told = look(&mut folder, now).unwrap();
    assert_eq!(told.len(), OTHERS_MAX + 1);
    assert!(told.iter().all(|event| matches!(event, FolderEvent::Ignored { .. })));
    let FolderEvent::Ignored { file, code: Code::TooMany, reason } = &told[0] else {
        panic!("{:?}", told[0])
    };
    assert_eq!(file, "*");
    assert_eq!(reason, "stands for 1005 entries that are not modules; 1000 of them are listed");
    assert!(matches!(&look(&mut folder, now + SETTLE).unwrap()[..], [FolderEvent::Module { .. }]));
}

#[test]
fn thousands_of_other_files_that_end_in_wasm_come_behind_those_named_as_modules() {
    let (root, mut folder) = folder();
    fill(root.path(), 3_000, |number| format!("a{number}.wasm"));
    std::fs::write(root.path().join("z@1.0.0.wasm"), b"module").unwrap();
    let now = Instant::now();
    assert_eq!(look(&mut folder, now).unwrap(), []);
    let given = look(&mut folder, now + SETTLE).unwrap();
    assert!(
        matches!(&given[0], FolderEvent::Module { file, .. } if file == "z@1.0.0.wasm"),
        "{:?}",
        given[0]
    );
    let mut judged = given.len();
    while folder.is_unsettled() {
        judged += look(&mut folder, now + SETTLE).unwrap().len();
    }
    assert_eq!(judged, 3_001, "and each of them is given out");
}

#[test]
fn files_beyond_the_limit_are_told_of_until_they_are_gone() {
    let (root, mut folder) = folder();
    fill(root.path(), MODULES_MAX, |number| format!("a{number}.wasm"));
    std::fs::write(root.path().join("z@1.0.0.wasm"), b"module").unwrap();
    let now = Instant::now();
    let told = look(&mut folder, now).unwrap();
    let [FolderEvent::Rejected { file, code: Code::TooMany, reason }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(file, "*.wasm");
    assert!(reason.starts_with("stands for 10001 files, and 10000 are looked at"), "{reason}");
    assert_eq!(look(&mut folder, now).unwrap(), [], "once");
    assert!(folder.unsettled().any(|file| file == "z@1.0.0.wasm"), "what is named as a module is looked at");
    std::fs::remove_file(root.path().join("a0.wasm")).unwrap();
    let told = look(&mut folder, now).unwrap();
    assert!(told.contains(&FolderEvent::Gone { file: "*.wasm".into() }), "{told:?}");
}

#[test]
fn a_file_that_could_not_be_judged_is_reported_by_every_look_until_it_is() {
    let (root, mut folder) = folder();
    std::fs::write(root.path().join("a@1.0.0.wasm"), b"module").unwrap();
    let now = Instant::now();
    look(&mut folder, now).unwrap();
    let now = now + SETTLE;
    for _ in 0..2 {
        assert!(matches!(&look(&mut folder, now).unwrap()[..], [FolderEvent::Module { .. }]));
        folder.postpone("a@1.0.0.wasm", now);
        assert!(!folder.is_unsettled(), "it does not change any more");
    }
    assert!(matches!(&look(&mut folder, now).unwrap()[..], [FolderEvent::Module { .. }]));
    assert_eq!(look(&mut folder, now).unwrap(), []);
}

#[test]
fn half_copied_files_under_temporary_names_are_ignored() {
    let (root, mut folder) = folder();
    for name in [".a@1.0.0.wasm.Xy", "a@1.0.0.wasm.part", "a@1.0.0.wasm.tmp", "a@1.0.0.wasm~"] {
        std::fs::write(root.path().join(name), b"x").unwrap();
    }
    let told = look(&mut folder, Instant::now()).unwrap();
    let is_temporary =
        |event: &FolderEvent| matches!(event, FolderEvent::Ignored { code: Code::IgnoredTemporary, .. });
    assert_eq!(told.iter().filter(|event| is_temporary(event)).count(), 4, "{told:?}");
    assert!(!folder.is_unsettled());
}

#[test]
fn a_name_that_turns_the_direction_of_writing_is_shown_without_it() {
    let (root, mut folder) = folder();
    std::fs::write(root.path().join("a\u{202e}msaw.1@1.wasm"), b"x").unwrap();
    let [FolderEvent::Rejected { file, .. }] = &look(&mut folder, Instant::now()).unwrap()[..] else {
        panic!()
    };
    assert_eq!(file, "a\u{fffd}msaw.1@1.wasm");
}
