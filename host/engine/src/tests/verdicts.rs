//! Which records are poison when a call fails: exactly those that fail alone.

use foldline_core::column::Values;
use proptest::prelude::*;

use super::*;
use foldline_testkit::canned::{Canned, deeds, forgetful_of_nothing, refusing_after_the_first_call};

/// Folds one record per deed; returns the dead letters as (offset, reason), and the fingerprint.
fn folded(
    module: &ValidatedModule,
    deeds: &[i64],
    shards: usize,
    batch_rows: usize,
) -> (Vec<(u64, String)>, String) {
    let mut fold = Fold::new(module.clone(), options(shards, batch_rows), None).unwrap();
    let of = |(at, deed): (usize, &i64)| (format!("p{}", at % 7), at as u64, 16 * at as i64 + deed);
    let mut dead = Vec::new();
    fold.fold(likes(0, deeds.iter().enumerate().map(of)), &mut dead).unwrap();
    assert_eq!(fold.applied().events + dead.len() as u64, deeds.len() as u64);
    (dead.into_iter().map(|letter| (letter.offset, letter.reason)).collect(), fold.fingerprint())
}

/// Folds only the records that are no dead letters; returns the fingerprint.
fn fingerprint_without(module: &ValidatedModule, deeds: &[i64], dead: &[(u64, String)]) -> String {
    let mut fold = Fold::new(module.clone(), options(1, 4_096), None).unwrap();
    let kept =
        deeds.iter().enumerate().filter(|(at, _)| !dead.iter().any(|(offset, _)| *offset == *at as u64));
    let kept = kept.map(|(at, deed)| (format!("p{}", at % 7), at as u64, 16 * at as i64 + deed));
    fold.fold(likes(0, kept), &mut Vec::new()).unwrap();
    fold.fingerprint()
}

#[test]
fn each_deed_has_its_verdict_and_the_others_pass() {
    let module = module();
    for (deed, reason) in [
        (deeds::TRAP, "the module trapped"),
        (deeds::LOOP, "used up its fuel"),
        (deeds::RECURSE, "call stack overflowed"),
        (deeds::GROW, "more than its limit of 8388608"),
        (deeds::NONSENSE, "the module's answer is malformed"),
        (deeds::GIGABYTE, "answer"),
        (deeds::REFUSE, "the module answered with an error"),
    ] {
        let (dead, _) = folded(&module, &[0, 0, deed, deeds::WORK, 0], 2, 4_096);
        assert_eq!(dead.len(), 1, "{deed}: {dead:?}");
        assert!(dead[0].0 == 2 && dead[0].1.contains(reason), "{deed}: {dead:?}");
    }
}

#[test]
fn work_that_one_event_may_do_is_nobodys_guilt_however_many_do_it() {
    // A batch has the fuel of one event. Two hundred events that need a thirtieth of it each are bisected until they fit.
    let (dead, whole) = folded(&module(), &[deeds::WORK; 200], 2, 4_096);
    assert_eq!(dead, []);
    assert_eq!(folded(&module(), &[deeds::WORK; 200], 1, 1), (vec![], whole));
}

fn any_deeds() -> impl Strategy<Value = Vec<i64>> {
    let deed = prop_oneof![6 => Just(0_i64), 2 => Just(deeds::WORK), 2 => deeds::TRAP..=deeds::REFUSE];
    proptest::collection::vec(deed, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_record_is_poison_alone_or_not_at_all_whatever_the_batches(deeds in any_deeds()) {
        let module = module();
        let (dead, fingerprint) = folded(&module, &deeds, 1, 1);
        let poison = |(at, deed): (usize, &i64)| (deeds::TRAP..=deeds::REFUSE).contains(deed).then_some(at as u64);
        let expected: Vec<u64> = deeds.iter().enumerate().filter_map(poison).collect();
        prop_assert_eq!(dead.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(), expected);
        prop_assert_eq!(&fingerprint_without(&module, &deeds, &dead), &fingerprint);
        for (shards, batch_rows) in [(2, 7), (4, 16), (2, 4_096)] {
            let other = folded(&module, &deeds, shards, batch_rows);
            prop_assert_eq!(&other, &(dead.clone(), fingerprint.clone()), "{} rows a batch", batch_rows);
        }
    }
}

/// Folds five likes of a post one by one, in one thread; returns the number of users counted and of likes refused.
fn five_likes(guest: &Canned, fresh_instances: bool) -> (Option<i64>, usize) {
    let module = foldline_testkit::engine().validate(None, &guest.build()).unwrap();
    let options = FoldOptions { fresh_instances, ..options(1, 1) };
    let options = FoldOptions { threads: threads(Some(1)).unwrap(), ..options };
    let mut fold = Fold::new(module, options, None).unwrap();
    let mut dead = Vec::new();
    fold.fold(likes(0, (0..5).map(|user| ("p1".to_owned(), user, 16))), &mut dead).unwrap();
    let results = fold.shards()[0].tables()[0].results(0, &[0]);
    let Values::Ints(counts) = results.results[0].values() else { panic!("counts are ints") };
    (counts.first().copied(), dead.len())
}

#[test]
fn an_instance_for_each_event_remembers_nothing() {
    let guest = forgetful_of_nothing("like-count", "timestamp");
    assert_eq!(five_likes(&guest, false), (Some(1), 0));
    assert_eq!(five_likes(&guest, true), (Some(5), 0));
}

#[test]
fn a_record_is_poison_only_in_an_instance_that_was_given_nothing_before() {
    let guest = refusing_after_the_first_call("like-count", "timestamp");
    assert_eq!(five_likes(&guest, false), (Some(5), 0));
}
