//! The order of flushes and of owners.

use foldline_base::error::ErrorKind;
use foldline_sink::{Documents, FlushHead, ReadyChunks};

use crate::driven::{Driven, fails, position, put};
use crate::kind::SinkKind;

/// A written flush may be sent again. A flush that does not follow it is refused and changes nothing, and so is a load.
pub fn flushes_are_numbered_and_may_be_repeated(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 0, &[])]);
    let head = driven.next_head();
    driven.flush(vec![put("a", 1, &[])]);
    driven.try_flush(&head, vec![put("a", 1, &[])]).expect("it was written already");
    driven.check();
    if !kind.capabilities().checks_order.holds() {
        let skipping = FlushHead { seq: driven.seq + 2, ..driven.next_head() };
        driven.try_flush(&skipping, Vec::new()).expect("the kind claims not to look");
        return;
    }
    let next = driven.next_head();
    for seq in [next.seq + 1, next.seq - 2] {
        let wrong = FlushHead { seq, ..next.clone() };
        fails(driven.try_flush(&wrong, vec![put("a", 9, &[])]), ErrorKind::Internal);
    }
    let load = Documents { changes: vec![put("a", 9, &[])], failed: Vec::new() };
    fails(driven.sink().load(&load), ErrorKind::Internal);
    driven.check();
    driven.flush(vec![put("b", 2, &[])]);
    driven.check();
}

/// No flush is accepted at a position before what readers may have seen.
pub fn a_flush_that_would_go_back_is_refused(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 0, &[])]);
    driven.flush(vec![put("a", 1, &[])]);
    let back = FlushHead { position: position(driven.records - 1), ..driven.next_head() };
    if !kind.capabilities().checks_order.holds() {
        return driven.try_flush(&back, Vec::new()).expect("the kind claims not to look");
    }
    let error = fails(driven.try_flush(&back, vec![put("a", 9, &[])]), ErrorKind::Internal);
    assert!(error.message().contains(&format!("would go back behind likes:0:{}", driven.records)), "{error}");
    driven.check();
    driven.flush(vec![put("a", 2, &[])]);
    driven.check();
}

/// A flush without documents advances the position. Two flushes may have the same position.
pub fn a_flush_without_data_moves_on_and_two_flushes_may_stand_at_one_position(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 0, &[])]);
    driven.flush_chunks(&[]);
    let head = FlushHead { position: position(driven.records), ..driven.next_head() };
    let chunks = [Documents { changes: vec![put("a", 1, &[])], failed: Vec::new() }];
    driven.sink().flush(&head, &mut ReadyChunks::new(&chunks)).expect("it follows");
    driven.flushed(&head, &chunks);
    driven.sink().point().expect("readers are here already");
    driven.check();
    driven.restart();
    assert_eq!(driven.sink().progress().lo, Some(head.position));
    driven.check();
}

/// Another process knows only what the store holds, and continues from there.
pub fn a_new_owner_goes_on_where_the_last_one_stood(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[("s", "a", 1.0)])]);
    driven.flush(vec![put("b", 2, &[])]);
    for _ in 0..2 {
        let (seq, reached) = (driven.seq, position(driven.records));
        driven.restart();
        let progress = driven.sink().progress();
        assert_eq!((progress.seq, &progress.hi, &progress.lo), (seq, &reached, &Some(reached.clone())));
        driven.check();
        driven.flush(vec![put("a", 3, &[("t", "a", 1.0)])]);
        driven.serve();
        driven.sink().examine(true).expect("all is as it was left");
        driven.check();
    }
}

/// An owner that was replaced can no longer write, whenever its writes arrive, and learns who replaced it.
pub fn an_owner_that_was_replaced_is_fenced(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[("s", "a", 1.0)])]);
    let former = driven.owner();
    let mut fenced = driven.replace_owner();
    let late = [Documents {
        changes: vec![put("a", -1, &[("old", "a", 0.0)]), put("z", -1, &[])],
        failed: Vec::new(),
    }];
    if !kind.capabilities().fences.holds() {
        let head = driven.next_head();
        return fenced.flush(&head, &mut ReadyChunks::new(&late)).expect("the kind claims not to look");
    }
    driven.flush(vec![put("a", 2, &[("s", "a", 2.0)])]);
    let (last, next) =
        (FlushHead { seq: driven.seq, position: position(driven.records) }, driven.next_head());
    let expected = format!("owner `{former}` is fenced by `{}`", driven.owner());
    let error = fails(fenced.flush(&last, &mut ReadyChunks::new(&late)), ErrorKind::Corrupt);
    assert!(error.message().contains(&expected), "{error}");
    for head in [last, next] {
        fenced.flush(&head, &mut ReadyChunks::new(&late)).expect_err("it is fenced for good");
    }
    fenced.load(&late[0]).expect_err("it is fenced for good");
    driven.check();
    driven.flush(vec![put("b", 3, &[])]);
    driven.sink().examine(true).expect("the owner's is in order");
    driven.sink().point().expect("readers are here already");
    driven.check();
}
