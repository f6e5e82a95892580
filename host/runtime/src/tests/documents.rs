//! Served documents agree with the rows: the running host repairs damage by itself, and verify reports tampering.

use super::*;
use foldline_api::EntryDifference;
use foldline_sink_sqlite::{SqliteReader, tamper};

fn documents_of(world: &World) -> std::path::PathBuf {
    let mut versions = std::fs::read_dir(world.path().join("data/versions")).unwrap();
    versions.next().unwrap().unwrap().path().join("1/documents.sqlite")
}

fn started(likes: u64) -> (World, Arc<Host>) {
    let world = World::new(&[("likes", echo("likes", "timestamp"))]);
    let host = world.start();
    host.append("likes", (0..likes).map(|user| like(&format!("p{user:04}"), user, 0)).collect()).unwrap();
    wait_shown(&host, "likes");
    (world, host)
}

#[test]
fn damaged_documents_are_projected_again_under_a_running_host() {
    let (world, host) = started(900);
    let path = documents_of(&world);
    let all = ids(&host, "likes");
    assert_eq!(all.len(), 900);
    for suffix in ["", "-wal"] {
        let mut file = path.clone().into_os_string();
        file.push(suffix);
        let Ok(mut bytes) = std::fs::read(&file) else { continue };
        bytes.iter_mut().skip(200).step_by(512).for_each(|byte| *byte ^= 4);
        std::fs::write(&file, bytes).unwrap();
    }
    // Until all documents are back, each answer is right or an error. That holds for readers that were open, which may have read
    // a page before, and for new ones, which have not.
    let everything = ListQuery { limit: 1_000, ..ListQuery::default() };
    let list = |reader: &SqliteReader| -> Result<bool> {
        let found = reader.list(&everything)?.value.documents;
        assert_eq!(found.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), all);
        Ok(true)
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "{:?}", status(&host, "likes"));
        let open = list(&host.serving("likes").unwrap().reader);
        let new = SqliteReader::open(&path, &[]).and_then(|reader| list(&reader));
        for error in [open, new.clone()].iter().filter_map(|answer| answer.as_ref().err()) {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        }
        if new.is_ok() {
            break;
        }
        std::thread::yield_now();
    }
    host.append("likes", vec![like("p0901", 1, 0)]).unwrap();
    let status = wait_shown(&host, "likes");
    assert_eq!((status.documents, status.reason), (901, None));
    let verified = host.verify("likes", &mut |_, _| true).unwrap();
    assert_eq!((verified.sinks[0].documents, &verified.sinks[0].difference), (901, &None));
    host.stop();
}

#[test]
fn what_a_sink_shows_otherwise_than_the_rows_is_named() {
    let (world, host) = started(50);
    let embedded = || {
        let verified = host.verify("likes", &mut |_, _| true).unwrap();
        assert_eq!(verified.difference, None);
        verified.sinks.into_iter().next().unwrap()
    };
    let sound = embedded();
    assert_eq!((sound.sink.as_str(), sound.documents, sound.not_compared), ("embedded", 50, None));
    assert_eq!((sound.differing, sound.difference), (0, None));
    let document = |id: &str, state: Option<&str>, shown: Option<&str>| EntryDifference {
        document: Some(id.to_owned()),
        state: state.map(str::to_owned),
        shown: shown.map(str::to_owned),
        ..EntryDifference::default()
    };
    let path = documents_of(&world);
    tamper(&path, "UPDATE documents SET body = '{\"users\":7}' WHERE id = 'p0030'").unwrap();
    let found = embedded();
    assert_eq!(found.difference, Some(document("p0030", Some("{}"), Some("{\"users\":7}"))));
    tamper(&path, "DELETE FROM documents WHERE id = 'p0020'").unwrap();
    let found = embedded();
    assert_eq!((found.differing, found.difference), (2, Some(document("p0020", Some("{}"), None))));
    tamper(&path, "INSERT INTO documents (id, body) VALUES ('p0010x', '{}')").unwrap();
    let found = embedded();
    assert_eq!((found.differing, found.difference), (3, Some(document("p0010x", None, Some("{}")))));
    tamper(&path, "INSERT INTO members VALUES ('p0001', 's', 'm', 1.5)").unwrap();
    let found = embedded();
    assert_eq!(found.differing, 4);
    // Writing a row again repairs it.
    host.append("likes", vec![like("p0030", 77, 0)]).unwrap();
    wait_shown(&host, "likes");
    assert_eq!(embedded().differing, 3);
    host.stop();
}
