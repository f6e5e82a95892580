use proptest::prelude::*;

use super::*;
use crate::aggregate::contract::{Aggregate, Codec};
use crate::aggregate::distinct::dense::Dense;
use crate::aggregate::distinct::tally::Tally;
use crate::aggregate::distinct::tests::{any_hash, item, sketch};
use crate::aggregate::laws::encoded;
use crate::trials;

mod model;
mod bytes;
mod memory;

use model::{Model, Run, any_run};

proptest! {
    #![proptest_config(trials::cases(400, 6))]

    #[test]
    fn at_every_boundary_the_window_is_a_sketch_of_its_items(run in any_run()) {
        let mut window = SlidingDistinct::new(run.precision);
        let mut model = Model::new(&run);
        for step in run.panes.iter().flat_map(|(pane, items)| model.advance(*pane, items)) {
            step.pass(&mut window);
            check(&step.after, &window);
        }
    }

    #[test]
    fn a_restart_at_any_moment_changes_nothing(run in any_run(), at: prop::sample::Index) {
        let mut window = SlidingDistinct::new(run.precision);
        let mut restarted = window.clone();
        let mut model = Model::new(&run);
        let at = at.index(run.panes.len());
        for (nth, (pane, items)) in run.panes.iter().enumerate() {
            if nth == at {
                restarted = SlidingDistinct::decode(&encoded(&restarted)).unwrap();
            }
            for step in model.advance(*pane, items) {
                step.pass(&mut window);
                step.pass(&mut restarted);
                prop_assert_eq!(window.estimate(), restarted.estimate());
                prop_assert_eq!(window.oldest(), restarted.oldest());
                prop_assert_eq!(encoded(&window), encoded(&restarted));
            }
        }
    }
}

/// Cases that random runs are too short for: all registers in use, dense panes among sparse ones, times without panes.
#[test]
fn a_large_window_is_a_sketch_of_its_items_at_every_boundary() {
    let sizes = [10, 700, 1_500, 3, 2_500, 5_000, 40, 1, 900, 3_500, 1, 1, 2, 800, 1_200];
    // Lower precisions reach both forms too, with proportionally fewer items.
    let (precision, share) = trials::all_or((14, 1), (8, 64));
    let panes = sizes.iter().cycle().take(45).enumerate();
    let panes = panes.map(|(nth, &size): (usize, &u64)| {
        let gap = if nth == 25 { 100 } else { (nth as i64 * 7) % 3 };
        (nth as i64 * 3 + gap, (0..size.div_ceil(share)).map(|n| item(4, nth as u64 / 2 * 300 + n)).collect())
    });
    let mut panes: Vec<(i64, Vec<u64>)> = panes.collect();
    panes[26..].iter_mut().for_each(|(pane, _)| *pane += 200);
    let run = Run { precision, window: 17, panes };
    let mut window = SlidingDistinct::new(run.precision);
    let mut model = Model::new(&run);
    let mut forms = [0, 0];
    for step in run.panes.iter().flat_map(|(pane, items)| model.advance(*pane, items)) {
        step.pass(&mut window);
        check(&step.after, &window);
        forms[usize::from(step.after.is_dense())] += 1;
    }
    assert!(forms.iter().all(|&steps| steps > 5), "{forms:?} steps were sparse and dense");
}

/// Checks that a window agrees with the model, and that its internal counts are right.
fn check(model: &Model, window: &SlidingDistinct) {
    let plain = model.sketch();
    assert_eq!(window.registers(), registers(&plain));
    assert_eq!(window.oldest(), model.oldest());
    assert_eq!(matches!(window.form, Form::Dense(_)), model.is_dense());
    assert_eq!(window.is_empty(), plain.is_empty());
    if model.is_dense() == matches!(plain.form, super::super::Form::Dense(_)) {
        assert_eq!(window.estimate(), plain.estimate());
    }
    memory::check_memory(window);
    if let Form::Dense(held) = &window.form {
        assert_eq!(held.tally(), &Tally::of(window.precision, &window.registers()));
    }
    assert_eq!(encoded(window), model.encoded());
    assert_eq!(encoded(window).len(), window.encoded_len());
    let again = SlidingDistinct::decode(&encoded(window)).unwrap();
    assert_eq!(encoded(&again), encoded(window));
    assert_eq!((again.oldest(), again.estimate()), (window.oldest(), window.estimate()));
}

fn registers(sketch: &Distinct) -> Vec<u8> {
    let mut dense = Dense::new(sketch.precision());
    if let super::super::Form::Dense(held) = &sketch.form {
        dense.merge(held);
    }
    sketch.add_sparse_to(&mut dense);
    dense.ranks().to_vec()
}

#[test]
fn a_window_becomes_dense_with_one_index_too_many_and_sparse_when_it_is_empty() {
    let mut window = SlidingDistinct::new(14);
    let limit = sparse_len_max(14) as u64;
    for pane in 0..limit {
        window.seal(pane as i64, sketch(14, [pane << 39]));
    }
    assert!(matches!(window.form, Form::Sparse(_)));
    // The same index again, and an index that leaves as another one arrives.
    window.seal(4_000, sketch(14, [7 << 39]));
    window.expire(1);
    window.seal(4_001, sketch(14, [limit << 39]));
    assert!(matches!(window.form, Form::Sparse(_)));
    window.seal(4_002, sketch(14, [(limit + 1) << 39]));
    assert!(matches!(window.form, Form::Dense(_)));
    window.expire(4_002);
    assert!(matches!(window.form, Form::Dense(_)));
    assert_eq!(window.estimate(), 1);
    window.expire(4_003);
    assert!(matches!(window.form, Form::Sparse(_)));
    assert_eq!((window.estimate(), window.oldest(), window.heap_bytes()), (0, None, 0));
}

#[test]
fn a_key_comes_back_after_ages() {
    for (precision, items) in [(14, 10), (4, 100)] {
        let mut window = SlidingDistinct::new(precision);
        for (trial, pane) in [i64::MIN + 3, -1, i64::MAX - 1].into_iter().enumerate() {
            window.expire(pane - 2);
            let value = sketch(precision, (0..items).map(|n| item(trial as u64, n)));
            let estimate = value.estimate();
            window.seal(pane, value);
            assert_eq!((window.estimate(), window.oldest()), (estimate, Some(pane)));
            let again = SlidingDistinct::decode(&encoded(&window)).unwrap();
            assert_eq!(encoded(&again), encoded(&window));
        }
    }
}

/// Runs longer than any base or ordinal lasts.
#[test]
fn panes_are_told_apart_when_their_ordinals_have_gone_round() {
    for precision in [4, 14] {
        let mut window = SlidingDistinct::new(precision);
        let mut pane = -(1i64 << 40);
        // In a window of two panes half a million apart, 2^32 panes have passed after sealing 8,192.
        let panes = trials::all_or(200_000, 20_000);
        for nth in 0..panes {
            pane += 1 << 19;
            window.expire(pane - (1 << 20));
            window.seal(pane, sketch(precision, [nth << 40, nth << 45 | 1 << 20]));
            assert!(window.oldest().is_some_and(|oldest| oldest >= pane - (1 << 20)));
        }
        let last = |nth: u64| [nth << 40, nth << 45 | 1 << 20];
        let plain = sketch(precision, (panes - 3..panes).flat_map(last));
        assert_eq!(window.registers(), registers(&plain));
    }
}

/// The log counts panes in 32 bits from its base, which advances when they run out.
#[test]
fn a_sparse_window_outlives_its_base() {
    let mut window = SlidingDistinct::new(14);
    let (second, third) = (1i64 << 31, (1i64 << 32) + 10);
    window.seal(0, sketch(14, [1 << 40]));
    window.seal(second, sketch(14, [2 << 40]));
    window.expire(1);
    window.seal(third, sketch(14, [3 << 40]));
    assert_eq!((window.ends(), window.estimate()), (Some((second, third)), 2));
    assert_eq!(encoded(&SlidingDistinct::decode(&encoded(&window)).unwrap()), encoded(&window));
    window.expire(second + 1);
    assert_eq!((window.ends(), window.estimate()), (Some((third, third)), 1));
}

#[test]
fn ordinals_wrap() {
    // At precision 4 a pane of 4 indexes is dense; a second one follows before the first leaves.
    let mut window = SlidingDistinct::new(4);
    let value = |nth: u64| sketch(4, (0..4).map(|n| item(nth, n)));
    window.seal(0, value(0));
    let Form::Dense(held) = &mut window.form else { panic!("four indexes are dense") };
    held.skip_ordinals(entry::ORDINAL_MASK - 5);
    for nth in 1..20u64 {
        window.expire(nth as i64 - 3);
        window.seal(nth as i64, value(nth));
        let mut plain = value(nth.saturating_sub(3));
        (nth.saturating_sub(2)..=nth).for_each(|nth| plain.merge(&value(nth)));
        assert_eq!(window.registers(), registers(&plain), "after pane {nth}");
    }
}

#[test]
#[should_panic(expected = "pane 3 was sealed after pane 3")]
fn a_pane_is_sealed_once() {
    let mut window = SlidingDistinct::new(14);
    window.seal(3, sketch(14, [1]));
    window.seal(3, sketch(14, [2]));
}
