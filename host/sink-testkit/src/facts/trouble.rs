//! Trouble: failing chunks, crashes, changes by hand, losses, other installations.

use foldline_base::error::{Error, ErrorKind};
use foldline_core::position::Position;

use crate::driven::{Driven, failing_after, fails, position, put};
use crate::kind::{LossNoticed, SinkKind};

/// A flush ends with the error of a chunk that could not be made, and may be sent again from its beginning.
pub fn chunks_that_fail_end_the_flush_with_their_error_and_the_flush_may_be_sent_again(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[("s", "a", 1.0)]), put("b", 1, &[])]);
    let before = driven.shown();
    let head = driven.next_head();
    let changes = vec![put("a", 2, &[("t", "a", 2.0)])];
    for _ in 0..2 {
        let cannot = Error::new(ErrorKind::Data, "the chunk cannot be made");
        let error =
            driven.sink().flush(&head, &mut failing_after(changes.clone(), cannot)).expect_err("it fails");
        assert_eq!((error.kind(), error.message()), (ErrorKind::Data, "the chunk cannot be made"));
        if kind.capabilities().flushes_atomically.holds() {
            assert!(driven.shown() == before, "nothing of the flush is seen");
        }
    }
    driven.flush(changes);
    driven.sink().point().expect("readers are here already");
    driven.check();
}

/// After a crash in the middle of a flush, the store says what may be shown (`hi`) and what certainly is shown (`lo`).
pub fn a_crash_in_the_middle_of_a_flush_leaves_what_may_be_shown_known(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[]), put("b", 1, &[])]);
    let (before, reached) = (driven.shown(), position(driven.records));
    let head = driven.next_head();
    let dies = Error::new(ErrorKind::Unavailable, "the process dies");
    let changes = vec![put("a", 2, &[])];
    let died = driven.sink().flush(&head, &mut failing_after(changes.clone(), dies));
    fails(died, ErrorKind::Unavailable);
    driven.restart();
    let progress = driven.sink().progress().clone();
    assert_eq!(progress.lo, Some(reached.clone()), "the flush did not end");
    assert!(progress.hi == reached || progress.hi == head.position, "{}", progress.hi);
    if driven.shown() != before {
        assert_eq!(progress.hi, head.position, "part of the flush is seen, so its position may be");
    }
    if kind.capabilities().flushes_atomically.holds() {
        assert_eq!((&progress.hi, progress.seq + 1), (&reached, head.seq), "nothing of it was written");
    }
    driven.flush(changes);
    driven.serve();
    driven.check();
}

/// A change by hand is reported, documents are still written, and pointing repairs it.
pub fn a_change_by_hand_is_named_and_set_right_when_asked(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[])]);
    driven.sink().examine(true).expect("all is as it was set");
    if !kind.capabilities().names_changes_by_hand.holds() {
        return;
    }
    kind.change_by_hand(&driven.version);
    driven.sink().examine(false).expect("readers are not expected here");
    let error = driven.sink().examine(true).expect_err("readers read something else");
    assert!(matches!(error.kind(), ErrorKind::Refused | ErrorKind::Unavailable), "{error}");
    assert!(error.to_string().contains("changed by hand") && error.hint().is_some(), "{error}");
    driven.flush(vec![put("a", 2, &[])]);
    driven.sink().point().expect("it is set right");
    driven.sink().examine(true).expect("all is as it was set");
    driven.check();
}

/// A loss is noticed, and the sink does not continue with the rest.
pub fn what_was_lost_is_noticed_and_filled_again(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[("s", "a", 1.0)]), put("b", 1, &[])]);
    driven.flush(vec![put("a", 2, &[])]);
    kind.lose(&driven.version);
    match kind.capabilities().loss_noticed {
        LossNoticed::Examined => {
            fails(driven.sink().examine(true), ErrorKind::Lost);
            driven.fill_again();
        }
        LossNoticed::Opened => {
            driven.restart();
            assert_eq!(driven.sink().progress().lo, None);
            driven.load(driven.model.load());
            driven.flush(Vec::new());
            driven.serve();
        }
    }
    driven.sink().examine(true).expect("all is as it was set");
    driven.check();
    driven.restart();
    assert!(driven.sink().progress().lo.is_some(), "once is enough");
    driven.check();
}

/// Another installation neither writes nor deletes what one installation wrote, until an operator has it take over. It then uses
/// nothing of it, and the first installation is fenced.
pub fn another_installation_is_refused_until_it_takes_over_on_purpose(kind: &dyn SinkKind) {
    if !kind.capabilities().tells_installations_apart.holds() {
        let driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[])]);
        return drop(fails(driven.backend.adopt(&driven.version.projection), ErrorKind::Refused));
    }
    let mut ours = Driven::open_in(kind, kind.backend_of("ours").into(), "1.0.0");
    ours.load(vec![put("a", 1, &[]), put("of the other log", 1, &[])]);
    ours.records = 70;
    ours.flush(Vec::new());
    ours.serve();
    let (projection, shown) = (ours.version.projection.clone(), ours.shown());
    let theirs = kind.backend_of("theirs");
    let error = fails(theirs.open(&ours.version, "stranger", false), ErrorKind::Refused);
    assert!(error.message().contains("`ours`") && error.message().contains("`theirs`"), "{error}");
    assert!(
        error.hint().is_some_and(|hint| hint.contains(&format!("foldline adopt {projection}"))),
        "{error}"
    );
    theirs.keep_only(&projection, &[]).expect("the store answers");
    ours.flush(vec![put("b", 2, &[])]);
    ours.sink().examine(true).expect("nothing was touched");
    ours.sink().point().expect("readers are here already");
    assert!(ours.shown() != shown);
    ours.check();

    let shown = ours.shown();
    assert!(theirs.adopt(&projection).expect("the store answers"), "it was another one's");
    assert!(!theirs.adopt(&projection).expect("the store answers"), "once is enough");
    let head = ours.next_head();
    fails(ours.try_flush(&head, vec![put("a", 3, &[])]), ErrorKind::Corrupt);
    fails(ours.backend.open(&ours.version, "ours again", false), ErrorKind::Refused);
    ours.backend.keep_only(&projection, &[]).expect("the store answers");
    assert!(ours.shown() == shown, "readers still read it");
    let mut adopted = Driven::open_in(kind, theirs.into(), "1.0.0");
    assert_eq!(adopted.sink().progress().hi, Position::default());
    adopted.load(vec![put("a", 9, &[])]);
    adopted.flush(Vec::new());
    adopted.serve();
    adopted.check();
}
