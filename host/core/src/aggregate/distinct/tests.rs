use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use hyperloglogplus::{HyperLogLog, HyperLogLogPlus};
use proptest::prelude::*;

use super::*;
use crate::aggregate::laws;

fn sketch(precision: u8, hashes: impl IntoIterator<Item = u64>) -> Distinct {
    let mut sketch = Distinct::new(precision);
    for hash in hashes {
        sketch.insert(hash);
    }
    sketch
}

/// Hashes that reach every rank: with `zeros` of their bits after the index cleared.
fn any_hash() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..64)
        .prop_map(|(hash, zeros)| hash & (u64::MAX << 46 | u64::MAX >> 18 >> zeros.min(45)))
}

/// Sizes on both sides of the threshold between sparse and dense.
fn any_sketch() -> impl Strategy<Value = Distinct> {
    (4u8..=10, proptest::collection::vec(any_hash(), 0..200)).prop_map(|(p, hashes)| sketch(p, hashes))
}

proptest! {
    #[test]
    fn merge_and_encoding_keep_the_laws(a in any_sketch(), b in any_sketch(), c in any_sketch()) {
        laws::check(&a, &b, &c);
    }

    #[test]
    fn garbage_is_refused_or_canonical(value in any_sketch(), at: usize, flip in 1u8..) {
        let bytes = laws::encoded(&value);
        let mut flipped = bytes.clone();
        flipped[at % bytes.len()] ^= flip;
        for candidate in [&flipped[..], &bytes[..at % bytes.len()], &[bytes.as_slice(), &[flip]].concat()] {
            if let Ok(value) = Distinct::decode(candidate) {
                prop_assert_eq!(laws::encoded(&value), candidate);
            }
        }
    }

    #[test]
    fn bytes_depend_on_the_set_alone(
        mut hashes in proptest::collection::vec(any_hash(), 1..300),
        cut: prop::sample::Index,
        precision in 4u8..=9,
    ) {
        let whole = sketch(precision, hashes.iter().copied());
        let cut = cut.index(hashes.len());
        let mut merged = sketch(precision, hashes[..cut].iter().copied());
        merged.merge(&sketch(precision, hashes[cut..].iter().copied()));
        prop_assert_eq!(laws::encoded(&merged), laws::encoded(&whole));
        prop_assert_eq!(merged.estimate(), whole.estimate());

        hashes.extend_from_within(..);
        hashes.reverse();
        prop_assert_eq!(laws::encoded(&sketch(precision, hashes)), laws::encoded(&whole));
    }

    #[test]
    fn merging_into_a_lower_precision_is_as_if_all_had_been_inserted_there(
        high in proptest::collection::vec(any_hash(), 0..300),
        low in proptest::collection::vec(any_hash(), 0..100),
        from in 4u8..=18,
        to in 4u8..=10,
    ) {
        let mut merged = sketch(from.max(to), high.iter().copied());
        merged.merge(&sketch(to, low.iter().copied()));
        prop_assert_eq!(laws::encoded(&merged), laws::encoded(&sketch(to, high.into_iter().chain(low))));
    }

    #[test]
    fn the_tally_followed_is_the_tally_counted(hashes in proptest::collection::vec(any_hash(), 0..300)) {
        let followed = sketch(6, hashes);
        let mut ranks = [0; 64];
        followed.for_each(|index, rank| ranks[index as usize] = rank);
        prop_assert_eq!(followed.tally, Tally::of(6, &ranks));
    }
}

#[test]
fn the_extreme_hashes_have_the_extreme_ranks() {
    for precision in PRECISION_MIN..=PRECISION_MAX {
        assert_eq!(locate(0, precision), (0, rank_max(precision)));
        assert_eq!(locate(u64::MAX, precision), ((1 << precision) - 1, 1));
        assert!(sketch(precision, [0, u64::MAX]).estimate() >= 2);
    }
}

#[test]
fn a_sketch_is_sparse_up_to_its_threshold_and_smaller_than_a_dense_one() {
    for precision in [6, 10, 14, 18] {
        let index = |i: usize| (i as u64) << (64 - precision);
        let few = sketch(precision, (0..sparse_len_max(precision)).map(index));
        assert!(matches!(few.registers, Registers::Sparse(_)), "p = {precision}");
        assert!(few.heap_bytes() <= 1 << (precision - 1));
        let more = sketch(precision, (0..sparse_len_max(precision) + 1).map(index));
        assert!(matches!(more.registers, Registers::Dense(_)), "p = {precision}");
    }
}

#[test]
fn small_sets_are_counted_exactly_or_nearly() {
    let mut sketch = Distinct::new(14);
    let mut exact = HashSet::new();
    for item in 0..1000i64 {
        sketch.insert(hash::int(item));
        sketch.insert(hash::int(item));
        exact.insert(item);
        let error = sketch.estimate().abs_diff(exact.len() as u64);
        assert!(error <= 1 + exact.len() as u64 / 100, "{} counted as {}", exact.len(), sketch.estimate());
    }
}

/// Items 0, 1, 2… of a trial, mixed so that trials share none.
fn item(trial: u64, n: u64) -> u64 {
    hash::int((trial << 40 | n) as i64)
}

/// The root mean square of relative errors stays within 1.05 × 1.04 / √m, and there is no bias. Errors are measured in
/// units of their own theory, so that precisions can be pooled: 750 trials and more tell 5 % from chance.
#[test]
fn the_error_is_what_theory_promises_from_ten_to_a_million() {
    let sizes = [10u64, 100, 1_000, 10_000, 100_000, 1_000_000];
    let mut errors: [Vec<f64>; 6] = Default::default();
    for precision in [10u8, 12, 14] {
        let theory = 1.04 / f64::from(1u32 << precision).sqrt();
        for trial in 0..1000u64 {
            let mut sketch = Distinct::new(precision);
            let mut inserted = 0;
            // The largest size is most of the work: every fourth trial goes on to it.
            let last = if trial % 4 == 0 { 6 } else { 5 };
            for (errors, &size) in errors.iter_mut().zip(&sizes[..last]) {
                for n in inserted..size {
                    sketch.insert(item(trial << 8 | u64::from(precision), n));
                }
                inserted = size;
                // Rounded, ten items would seem exact and a hundred biased.
                errors.push((sketch.estimate_unrounded() / size as f64 - 1.0) / theory);
            }
        }
    }
    for (errors, size) in errors.iter().zip(sizes) {
        let trials = errors.len() as f64;
        let rms = (errors.iter().map(|error| error * error).sum::<f64>() / trials).sqrt();
        let bias = errors.iter().sum::<f64>() / trials;
        println!("{size}: rms {rms:.3}, bias {bias:.3}, in units of theory");
        assert!(rms <= 1.05, "{size} items: rms {rms:.3} × theory");
        assert!(bias.abs() <= 4.0 / trials.sqrt(), "{size} items: bias {bias:.3} × theory");
    }
}

/// Hands a hash on as it is, so that both sketches see the same one.
#[derive(Default)]
struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only whole hashes are written");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[test]
fn the_estimate_agrees_with_another_implementation() {
    let mut ours = Distinct::new(14);
    let mut theirs: HyperLogLogPlus<u64, BuildHasherDefault<Given>> =
        HyperLogLogPlus::new(14, BuildHasherDefault::default()).unwrap();
    for n in 0..300_000 {
        let hash = item(9, n);
        ours.insert(hash);
        theirs.insert(&hash);
        if n % 37_501 == 0 {
            let (ours, theirs) = (ours.estimate() as f64, theirs.count());
            // The same registers read by two estimators: they differ by less than either differs from the truth.
            assert!((ours / theirs - 1.0).abs() < 1.04 / 128.0, "{ours} against {theirs} after {n}");
        }
    }
}
