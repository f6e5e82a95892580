//! What readers see, and when they see it.

use std::rc::Rc;

use foldline_base::error::ErrorKind;

use crate::driven::{Driven, fails, put};
use crate::kind::{Readers, SinkKind};
use crate::model::Contents;

/// Readers see nothing of a load before the first flush ends it.
pub fn a_load_is_not_seen_before_its_first_flush(kind: &dyn SinkKind) {
    let mut driven = Driven::open(kind, "1.0.0");
    driven.load(vec![put("a", 1, &[("s", "a", 1.0)]), put("b", 1, &[])]);
    driven.load(vec![put("c", 1, &[])]);
    assert_eq!(driven.shown(), Contents::default());
    driven.flush(vec![put("b", 2, &[("s", "b", 2.0)])]);
    driven.serve();
    driven.check();
}

/// Readers are not pointed to a version that is not loaded. Pointing may be repeated, and shows everything flushed so far.
pub fn readers_are_pointed_to_a_version_only_once_it_is_loaded(kind: &dyn SinkKind) {
    let mut driven = Driven::open(kind, "1.0.0");
    driven.load(vec![put("a", 1, &[])]);
    match kind.capabilities().readers {
        Readers::FollowPointer => drop(fails(driven.sink().point(), ErrorKind::Internal)),
        Readers::ReadOnePlace => drop(fails(driven.sink().point(), ErrorKind::Lost)),
        Readers::MovedByHost => driven.sink().point().expect("there is nothing to do"),
    }
    assert_eq!(driven.shown(), Contents::default());
    driven.reopen(false);
    driven.load(driven.model.load());
    for live in [false, true] {
        driven.sink().examine(live).expect("readers are not expected here yet");
    }
    driven.flush(Vec::new());
    driven.serve();
    driven.sink().point().expect("readers are here already");
    driven.sink().examine(true).expect("all is as it was left");
    driven.check();
    driven.flush(vec![put("b", 2, &[])]);
    driven.sink().point().expect("readers are here already");
    driven.check();
}

/// Filling a version changes nothing for the readers of another one; they can be pointed back.
pub fn readers_read_the_version_that_they_were_pointed_to_last(kind: &dyn SinkKind) {
    let mut old = Driven::served(kind, "1.0.0", vec![put("a", 1, &[("s", "a", 1.0)]), put("gone", 1, &[])]);
    let mut new = Driven::open_in(kind, Rc::clone(&old.backend), "2.0.0");
    new.load(vec![put("a", 2, &[("s", "a", 2.0)]), put("b", 2, &[])]);
    new.flush(Vec::new());
    old.flush(vec![put("a", 3, &[])]);
    old.check();
    new.serve();
    new.check();
    // The former version is kept up to date for a rollback; its readers are elsewhere.
    old.flush(vec![put("a", 4, &[])]);
    new.check();
    old.serve();
    old.check();
}
