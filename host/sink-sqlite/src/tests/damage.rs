//! Goal: whatever happens to the bytes of a file, each answer is right or an error, and the file is repaired.
//!
//! Method: a file holds documents of all sizes, sets, failed rows, and pages in the write-ahead log. It is asked every possible
//! question. Then, round after round, a copy of it is damaged at one place and asked the same questions.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::*;
use foldline_sink::Membership;

/// Rounds in CI; `cargo xtask soak` runs many.
const ROUNDS: u64 = 48;

const ROWS: usize = 600;

fn rounds() -> (u64, u64) {
    let rounds = std::env::var("FOLDLINE_FLIPS").map_or(ROUNDS, |count| count.parse().unwrap());
    let any = |_| RandomState::new().hash_one(0);
    let seed = std::env::var("FOLDLINE_SEED").map_or_else(any, |seed| seed.parse().unwrap());
    println!("FOLDLINE_SEED={seed}, {rounds} rounds");
    (rounds, seed)
}

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn of(seed: u64, round: u64) -> Self {
        Self(seed.wrapping_add(round.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A row; every tenth one is larger than a page and fills pages of its own.
fn row(at: usize, version: usize) -> DocumentChange {
    let long = "x".repeat(if at % 10 == 3 { 6_000 } else { at % 150 });
    let body = format!(
        "{{\"count\":{},\"score\":{}.5,\"title\":\"{long}\",\"version\":{version}}}",
        at % 17,
        (at * 7 + version) % 100
    );
    let place = |set: String, score: usize| Membership { set, member: format!("m{at}"), score: score as f64 };
    DocumentChange {
        id: format!("p{at:04}"),
        body: (at % 11 != 5).then_some(body),
        memberships: vec![place("all".into(), at % 40), place(format!("s{}", at % 7), at + version)],
    }
}

fn rows(of: std::ops::Range<usize>, version: usize) -> Documents {
    let failed = of.clone().filter(|at| at % 97 == 13);
    let failed = failed.map(|at| FailedRow { id: format!("f{at}"), reason: format!("why {at}") }).collect();
    Documents { changes: of.map(|at| row(at, version)).collect(), failed }
}

/// Fills a file: half by the load, half by flushes, the last of which stays in the write-ahead log.
fn fill(sink: &mut SqliteSink) {
    sink.load(&rows(0..ROWS / 2, 0)).unwrap();
    sink.take(&Flush { chunks: vec![rows(ROWS / 2..ROWS, 0)], ..flush(1, vec![]) }).unwrap();
    sink.take(&Flush { chunks: vec![rows(ROWS / 4..ROWS / 2, 1)], ..flush(2, vec![]) }).unwrap();
}

/// The answers to all questions, as text.
type Answers = Vec<std::result::Result<String, foldline_base::error::Error>>;

fn told<T: std::fmt::Debug>(answer: Result<T>) -> std::result::Result<String, foldline_base::error::Error> {
    answer.map(|answer| format!("{answer:?}"))
}

/// Asks all questions.
fn ask(path: &Path) -> Answers {
    let reader = match SqliteReader::open(path, &declaration()) {
        Ok(reader) => reader,
        Err(error) => return vec![Err(error)],
    };
    let mut answers = vec![told(reader.count()), told(reader.failed_count()), told(reader.failed(100))];
    for at in 0..ROWS + 3 {
        answers.push(told(reader.get(&format!("p{at:04}"))));
    }
    let mut lists = vec![by_id(1_000), by_id(50)];
    for field in ["count", "score"] {
        for falling in [true, false] {
            lists.push(ListQuery { sort: Some((field.into(), falling)), ..by_id(200) });
        }
    }
    lists.push(ListQuery { filter: vec![("count".into(), "3".into())], ..by_id(1_000) });
    lists.push(ListQuery { filter: vec![("title".into(), "xx".into())], ..by_id(1_000) });
    answers.extend(lists.iter().map(|query| told(reader.list(query))));
    for set in ["all", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "nobody"] {
        for rising in [true, false] {
            let query = SetQuery { set: set.into(), rising, limit: 1_000, cursor: None };
            answers.push(told(reader.members(&query)));
        }
        for at in (0..ROWS).step_by(7) {
            answers.push(told(reader.member(set, &format!("m{at}"))));
        }
    }
    answers
}

/// Checks that each answer is right or an error. Returns the number of errors.
fn check(answers: &Answers, right: &Answers, what: &str) -> usize {
    if let [Err(error)] = &answers[..] {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}");
        return right.len();
    }
    assert_eq!(answers.len(), right.len());
    let mut none = 0;
    for (question, (answer, right)) in answers.iter().zip(right).enumerate() {
        match answer {
            Ok(answer) => assert_eq!(answer, right.as_ref().unwrap(), "{what}: question {question}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: question {question}: {error}");
                none += 1;
            }
        }
    }
    none
}

/// Damages one place of a file. Returns a description for people.
fn damage(path: &Path, rng: &mut Rng) -> String {
    let mut file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let bytes = file.metadata().unwrap().len();
    if bytes == 0 {
        return "nothing, it was emptied".to_owned();
    }
    let place = rng.below(bytes);
    let page = place / 4_096 * 4_096;
    let mut put = |at: u64, bytes: &[u8]| {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(bytes).unwrap();
    };
    match rng.below(12) {
        0 => {
            put(page, &[0; 4_096][..4_096.min((bytes - page) as usize)]);
            format!("zeros from {page}")
        }
        1 => {
            let from = rng.below(bytes) / 4_096 * 4_096;
            let mut other = fs::File::open(path).unwrap();
            other.seek(SeekFrom::Start(from)).unwrap();
            let mut bytes = Vec::new();
            other.take(4_096).read_to_end(&mut bytes).unwrap();
            put(page, &bytes);
            format!("{from} copied to {page}")
        }
        2 => {
            file.set_len(place).unwrap();
            format!("cut at {place}")
        }
        3 => {
            let from = place / 512 * 512;
            let sector: Vec<u8> = (0..512.min(bytes - from)).map(|_| rng.next() as u8).collect();
            put(from, &sector);
            format!("a sector of nonsense at {from}")
        }
        _ => {
            let mut byte = [0];
            file.seek(SeekFrom::Start(place)).unwrap();
            file.read_exact(&mut byte).unwrap();
            let bit = rng.below(8);
            byte[0] ^= 1 << bit;
            file.seek(SeekFrom::Start(place)).unwrap();
            file.write_all(&byte).unwrap();
            format!("bit {bit} of byte {place} flipped")
        }
    }
}

fn log_of(path: &Path) -> PathBuf {
    files::with_suffix(path, "-wal")
}

/// Refills all documents after damage, as the engine does.
fn refill(sink: &mut SqliteSink) {
    sink.load(&rows(0..ROWS, 0)).unwrap();
    sink.take(&Flush { chunks: vec![rows(ROWS / 4..ROWS / 2, 1)], ..flush(1, vec![]) }).unwrap();
}

#[test]
fn no_damage_of_a_file_at_rest_is_ever_served() {
    let (rounds, seed) = rounds();
    let store = Store::new();
    let mut sink = store.sink("a");
    fill(&mut sink);
    drop(sink);
    let right = ask(&store.path);
    assert!(right.iter().all(|answer| answer.is_ok()));
    let whole = fs::read(&store.path).unwrap();
    let mut noticed = 0;
    for round in 0..rounds {
        let mut rng = Rng::of(seed, round);
        let store = Store::new();
        fs::write(&store.path, &whole).unwrap();
        let what = format!("round {round}: {}", damage(&store.path, &mut rng));
        noticed += usize::from(check(&ask(&store.path), &right, &what) > 0);
        // The next owner continues with it, or refills it alongside the undamaged rest.
        let mut sink = store.sink("b");
        check(&ask(&store.path), &right, &what);
        if sink.progress().lo.is_none() {
            refill(&mut sink);
        }
        let error = sink.examine(true).err();
        if error.is_none() && files::marked(&store.path).unwrap().is_none() {
            check(&ask(&store.path).into_iter().skip(3).collect(), &shown_since(&store.path, &right), &what);
        }
    }
    println!("{noticed} of {rounds} noticed by readers");
    assert!(noticed * 2 > rounds as usize, "most of the file is read: {noticed} of {rounds}");
}

#[test]
fn a_file_that_cannot_be_read_for_a_moment_is_not_damaged() {
    let store = Store::new();
    let mut sink = store.sink("a");
    fill(&mut sink);
    let right = ask(&store.path);
    super::sealed::tests::set_unreadable(&store.path, true);
    for answer in ask(&store.path) {
        let error = answer.unwrap_err();
        assert!(error.message().contains("disk I/O error"), "{error}");
    }
    let error = sink.examine(true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    super::sealed::tests::set_unreadable(&store.path, false);
    assert_eq!(files::marked(&store.path).unwrap(), None);
    assert_eq!(check(&ask(&store.path), &right, "readable again"), 0);
    sink.examine(true).unwrap();
}

/// Returns the right answers about documents after a refill, which numbers flushes from the beginning.
fn shown_since(path: &Path, right: &Answers) -> Answers {
    let seq = SqliteReader::open(path, &declaration()).unwrap().count().unwrap();
    let (then, now) = ((at(20), 2), (seq.position, seq.seq));
    let text = |(position, seq): (Position, u64)| format!("position: {position:?}, seq: {seq} }}");
    let (then, now) = (text(then), text(now));
    right[3..].iter().map(|answer| Ok(answer.as_ref().unwrap().replace(&then, &now))).collect()
}

#[test]
fn no_damage_under_a_running_host_is_ever_served_and_it_is_mended() {
    let (rounds, seed) = rounds();
    for round in 0..rounds {
        let mut rng = Rng::of(seed, round);
        let store = Store::new();
        let mut sink = store.sink("a");
        fill(&mut sink);
        let right = ask(&store.path);
        assert!(right.iter().all(|answer| answer.is_ok()));
        // The log is moved into the file after a while.
        let logged = fs::metadata(log_of(&store.path)).is_ok_and(|log| log.len() > 0);
        let hit = if logged && rng.below(10) < 3 { log_of(&store.path) } else { store.path.clone() };
        let what = format!("round {round}: {}: {}", hit.display(), damage(&hit, &mut rng));
        let none = check(&ask(&store.path), &right, &what);
        let examined = sink.examine(true);
        assert!(none == 0 || examined.is_err(), "{what}: the owner does not hear of it");
        let Err(error) = examined else { continue };
        assert_eq!(error.kind(), ErrorKind::Lost, "{what}");
        drop(sink);
        let mut sink = SqliteSink::open_fresh(&store.path, "a", &declaration()).unwrap();
        assert_eq!(sink.progress().lo, None);
        check(&ask(&store.path), &right, &what);
        refill(&mut sink);
        sink.examine(true).unwrap();
        let answers: Answers = ask(&store.path).into_iter().skip(3).collect();
        assert_eq!(check(&answers, &shown_since(&store.path, &right), &what), 0, "{what}: not repaired");
    }
}

#[test]
fn a_reader_that_is_open_follows_the_file_that_takes_a_damaged_ones_place() {
    let store = Store::new();
    let mut sink = store.sink("a");
    fill(&mut sink);
    let reader = store.reader();
    assert!(reader.get("p0001").unwrap().value.is_some());
    files::mark(&store.path, files::Damage::OfPages, "a reader met a damaged page");
    assert_eq!(sink.examine(true).unwrap_err().kind(), ErrorKind::Lost);
    drop(sink);
    let mut sink = SqliteSink::open_fresh(&store.path, "a", &declaration()).unwrap();
    assert_eq!(sink.replaces(), Some(&at(20)));
    sink.load(&documents(vec![put("p0001", "{\"count\":77}")])).unwrap();
    // Undamaged data is shown until everything is rebuilt.
    assert_eq!(reader.get("p0001").unwrap().position, at(20));
    sink.take(&flush(1, vec![put("q", "{}")])).unwrap();
    let read = reader.get("p0001").unwrap();
    assert_eq!((read.value.as_deref(), read.position), (Some("{\"count\":77}"), at(10)));
    sink.take(&flush(2, vec![put("q", "{\"count\":1}")])).unwrap();
    drop(sink);
    assert_eq!(store.sink("b").progress().lo, Some(at(20)));
    assert_eq!(reader.count().unwrap().value, 2);
}

/// An older copy is as valid as the file itself. Restored while the host is down, it is only behind, which its position says.
#[test]
fn an_older_copy_put_there_while_nobody_writes_says_that_it_is_older() {
    let store = Store::new();
    let mut sink = store.sink("a");
    fill(&mut sink);
    drop(sink);
    let older = fs::read(&store.path).unwrap();
    let mut sink = store.sink("b");
    sink.take(&flush(3, vec![put("p0001", "{\"count\":77}")])).unwrap();
    drop(sink);
    fs::write(&store.path, older).unwrap();
    let sink = store.sink("c");
    assert_eq!((sink.progress().seq, sink.progress().lo.clone()), (2, Some(at(20))));
}

#[test]
fn a_file_that_is_deleted_under_its_writer_is_noticed() {
    let store = Store::new();
    let mut sink = store.sink("a");
    fill(&mut sink);
    sink.examine(true).unwrap();
    fs::remove_file(&store.path).unwrap();
    let error = sink.examine(true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
    drop(sink);
    let mut sink = store.sink("b");
    assert_eq!(sink.progress().lo, None, "everything is loaded again");
    refill(&mut sink);
    sink.examine(true).unwrap();
}

#[test]
fn an_older_copy_put_there_under_its_writer_is_noticed_and_nothing_is_built_on_it() {
    for renamed in [true, false] {
        let store = Store::new();
        let mut sink = store.sink("a");
        fill(&mut sink);
        drop(sink);
        let older = fs::read(&store.path).unwrap();
        let mut sink = store.sink("b");
        for seq in 3..6 {
            sink.take(&flush(seq, vec![put("p0001", &format!("{{\"count\":{seq}}}"))])).unwrap();
        }
        // As the thread does that empties the log when no flushes come.
        let other = schema::open(&store.path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
        drop(other);
        sink.examine(true).unwrap();
        if renamed {
            let copy = files::with_suffix(&store.path, "-copy");
            fs::write(&copy, &older).unwrap();
            fs::rename(&copy, &store.path).unwrap();
        } else {
            fs::write(&store.path, &older).unwrap();
        }
        assert_eq!(sink.examine(true).unwrap_err().kind(), ErrorKind::Lost, "renamed: {renamed}");
        assert_eq!(files::marked(&store.path).unwrap(), Some(files::Damage::OfTheWhole));
        drop(sink);
        let mut sink = SqliteSink::open_fresh(&store.path, "b", &declaration()).unwrap();
        // Nothing of it is shown meanwhile.
        assert_eq!(sink.replaces(), None);
        sink.take(&flush(1, vec![put("q", "{}")])).unwrap();
        assert_eq!(all(&store.reader(), &by_id(10)), ["q"]);
    }
}

#[test]
fn no_file_holds_the_index_of_the_write_ahead_log_and_one_that_lies_there_is_not_looked_at() {
    let store = Store::new();
    let mut sink = store.sink("a");
    fill(&mut sink);
    let (index, reader) = (files::with_suffix(&store.path, "-shm"), store.reader());
    let before = all(&reader, &by_id(1_000));
    assert!(!index.exists());
    // As an older host left it, or an operator put it there.
    fs::write(&index, vec![0xff; 32 << 10]).unwrap();
    sink.take(&flush(3, vec![put("p0001", "{\"count\":9}")])).unwrap();
    assert_eq!(all(&reader, &by_id(1_000)).len(), before.len());
    assert_eq!(reader.get("p0001").unwrap().value.as_deref(), Some("{\"count\":9}"));
    fs::write(&index, "").unwrap();
    assert_eq!(all(&store.reader(), &by_id(1_000)).len(), before.len());
    drop((reader, sink));
    let sink = store.sink("b");
    assert!(sink.progress().lo.is_some());
    assert_eq!(store.reader().get("p0001").unwrap().value.as_deref(), Some("{\"count\":9}"));
}
