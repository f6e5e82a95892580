//! A version's contents over time: interrupted loads, replaced contents, deleted versions.

use std::rc::Rc;

use foldline_core::position::Position;
use foldline_sink::SinkVersion;

use crate::driven::{Driven, position, put, version};
use crate::kind::SinkKind;

/// An interrupted load is not continued, and leaves nothing behind.
pub fn a_load_that_died_is_started_again(kind: &dyn SinkKind) {
    let mut driven = Driven::open(kind, "1.0.0");
    driven.load(vec![put("a", 1, &[("s", "a", 1.0)]), put("left over", 2, &[("s", "left over", 2.0)])]);
    driven.restart();
    assert_eq!((driven.sink().progress().lo.clone(), driven.seq), (None, 0));
    driven.model = crate::Model::default();
    driven.load(vec![put("a", 3, &[])]);
    driven.flush(Vec::new());
    driven.serve();
    driven.check();
    driven.restart();
    assert!(driven.sink().progress().lo.is_some());
    driven.check();
}

/// A version that is refilled keeps what its readers use until everything is there, and knows what they may have seen, even if
/// the process dies before that.
pub fn a_version_is_filled_again_alongside_what_its_readers_read(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[("s", "a", 1.0)]), put("b", 1, &[])]);
    driven.flush(vec![put("a", 2, &[])]);
    driven.sink().point().expect("readers are here already");
    let (before, reached) = (driven.shown(), position(driven.records));
    driven.open_to_fill();
    assert_eq!((driven.seq, &driven.sink().progress().hi), (0, &reached));
    driven.sink().examine(true).expect("it is being filled");
    driven.model = crate::Model::default();
    driven.load(vec![put("a", 3, &[("t", "a", 1.0)])]);
    if driven.has_places_of_their_own() {
        assert!(driven.shown() == before, "readers read what was there");
    }
    driven.flush(vec![put("c", 3, &[])]);
    driven.serve();
    driven.sink().examine(true).expect("all is as it was set");
    driven.check();
    driven.restart();
    let reached = position(driven.records);
    assert_eq!(driven.sink().progress().lo, Some(reached), "once is enough");
    driven.check();
}

/// Documents made from another log are read until they are replaced. The sink does not continue with them, and their position
/// does not bind it.
pub fn what_is_of_another_log_is_read_until_it_is_replaced_and_binds_nothing(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[]), put("of the other log", 1, &[])]);
    for _ in 0..3 {
        driven.flush(Vec::new());
    }
    let before = driven.shown();
    if !kind.capabilities().disowns.holds() {
        driven.backend.disown(&driven.version).expect("there is nothing to do");
        driven.restart();
        assert!(driven.sink().progress().lo.is_some(), "the kind claims not to give anything up");
        return;
    }
    driven.backend.disown(&driven.version).expect("the store answers");
    driven.reopen(false);
    let progress = driven.sink().progress();
    assert_eq!((&progress.hi, &progress.lo), (&Position::default(), &None));
    assert!(driven.shown() == before, "readers still read it");
    // The first flush is at a position before what was shown of the other log.
    driven.records = 0;
    driven.model = crate::Model::default();
    driven.load(vec![put("a", 2, &[])]);
    driven.flush(vec![put("b", 2, &[])]);
    driven.serve();
    driven.check();
}

/// Versions that are not kept are deleted, but not while readers use them. Nothing else is touched.
pub fn versions_that_are_not_kept_are_deleted_once_nobody_reads_them(kind: &dyn SinkKind) {
    let projection = kind.projection();
    let mut live = Driven::served(kind, "1.1.0", vec![put("a", 1, &[("s", "a", 1.0)])]);
    let backend = Rc::clone(&live.backend);
    let loaded = |number: &str| {
        let mut driven = Driven::open_in(kind, Rc::clone(&backend), number);
        driven.load(vec![put("a", 2, &[("s", "a", 2.0)]), put("b", 2, &[])]);
        driven.flush(Vec::new());
        driven
    };
    let (mut retired, mut kept) = (loaded("1.0.0"), loaded("2.0.0"));
    let longer = version(&format!("{projection}-more"), "1.0.0");
    let mut other = backend.open(&longer, "owner", false).expect("another projection");
    let is_there = |version: &SinkVersion| backend.read_back(version).expect("an answer").is_some();
    let only = [kept.version.clone()];
    backend.keep_only(&projection, &only).expect("the store answers");
    live.check();
    if !kind.capabilities().deletes_versions.holds() {
        retired.serve();
        return retired.check();
    }
    assert!(!is_there(&retired.version), "it is deleted");
    assert!(is_there(&live.version), "it is read");
    assert!(is_there(&kept.version), "it is kept");
    kept.serve();
    backend.keep_only(&projection, &only).expect("the store answers");
    assert!(!is_there(&live.version), "nobody reads it any more");
    kept.sink().examine(true).expect("nothing of it was touched");
    kept.check();
    other.examine(false).expect("nothing of it was touched");
    backend.keep_only(&projection, &[]).expect("the store answers");
    assert!(!is_there(&kept.version), "the projection is gone");
    assert!(is_there(&longer), "the other one is not");
    other.examine(false).expect("nothing of it was touched");
    live.sink().examine(true).expect_err("it is gone");
}
