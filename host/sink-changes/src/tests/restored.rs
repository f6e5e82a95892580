//! If an older copy of either the topic or the progress note is restored, everything is written again.

use super::*;

/// Copies a folder's files, to restore them later.
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

impl World {
    fn progress(&self) -> std::path::PathBuf {
        self.folder.path().join("out/posts.json")
    }

    /// Returns the world after a restart with the copied topic.
    fn with_older_topic(self, copied: &std::path::Path) -> Self {
        let Self { folder, log, inputs } = self;
        drop(log);
        let path = folder.path().join("log");
        std::fs::remove_dir_all(&path).unwrap();
        copy(copied, &path);
        let log = Arc::new(EmbeddedLog::open(&path, Self::options()).unwrap());
        Self { folder, log, inputs }
    }
}

#[test]
fn a_topic_or_a_standing_that_went_back_is_written_whole() {
    // The topic is older than its progress note.
    let world = World::new();
    let mut live = take_over(&world.backend(), "0.1.0", &[("a", Some("1")), ("b", Some("1"))]);
    let copied = world.folder.path().join("copied");
    copy(&world.folder.path().join("log"), &copied);
    flush(&mut *live, 2, &[("a", Some("2"))]);
    drop(live);
    let world = world.with_older_topic(&copied);
    let backend = world.backend();
    assert_eq!(backend.open(&version("0.1.0"), "me", false).unwrap().progress().lo, None);
    take_over(&backend, "0.1.0", &[("a", Some("2")), ("b", Some("1"))]);
    assert_eq!(world.shown(), shown(&[("a", "2"), ("b", "1")]));

    // The progress note is older, and another version wrote meanwhile.
    let world = World::new();
    let backend = world.backend();
    take_over(&backend, "0.1.0", &[("a", Some("old")), ("b", Some("old"))]);
    let older = std::fs::read(world.progress()).unwrap();
    take_over(&backend, "0.2.0", &[("a", Some("new")), ("c", Some("new"))]);
    std::fs::write(world.progress(), older).unwrap();
    let backend = world.backend();
    let open = backend.open(&version("0.1.0"), "me", false).unwrap();
    assert_eq!(open.progress().lo, None, "it would build on documents of another version");
    take_over(&backend, "0.1.0", &[("a", Some("old")), ("b", Some("old"))]);
    assert_eq!(world.shown(), shown(&[("a", "old"), ("b", "old")]));
}

#[test]
fn a_crash_in_the_middle_of_a_flush_is_no_doubt() {
    struct Dies(Documents, u32);
    impl foldline_sink::DocumentChunks for Dies {
        fn next(&mut self) -> foldline_base::error::Result<Option<&Documents>> {
            self.1 += 1;
            if self.1 == 1 {
                return Ok(Some(&self.0));
            }
            Err(foldline_base::error::Error::new(ErrorKind::Unavailable, "the process died"))
        }
    }
    let world = World::new();
    let mut live = take_over(&world.backend(), "0.1.0", &[("a", Some("1"))]);
    live.flush(&head(2), &mut Dies(documents(&[("a", Some("2"))]), 0)).unwrap_err();
    // Also when it is sent again to the same sink.
    flush(&mut *live, 2, &[("a", Some("2"))]);
    live.flush(&head(3), &mut Dies(documents(&[("a", Some("3"))]), 0)).unwrap_err();
    let live = world.backend().open(&version("0.1.0"), "me", false).unwrap();
    assert_eq!((live.progress().seq, live.progress().lo.clone()), (3, Some(head(2).position)));
}

#[test]
fn a_whole_that_was_begun_and_not_ended_is_begun_again() {
    let world = World::new();
    let mut live = take_over(&world.backend(), "0.1.0", &[("a", Some("1")), ("b", Some("1"))]);
    flush(&mut *live, 2, &[("a", Some("2"))]);
    let backend = world.backend();
    backend.open(&version("0.1.0"), "me", false).unwrap().point().unwrap();
    let mut refilled = backend.open(&version("0.1.0"), "me", true).unwrap();
    refilled.load(&documents(&[("a", Some("3"))])).unwrap();
    drop(refilled);
    assert_eq!(world.backend().open(&version("0.1.0"), "me", false).unwrap().progress().lo, None);
}
