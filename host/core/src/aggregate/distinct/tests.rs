use std::hash::{BuildHasherDefault, Hasher};

use hyperloglogplus::{HyperLogLog, HyperLogLogPlus};
use proptest::prelude::*;

use super::encoding::VERSION;
use super::limits::{FORM_DENSE, FORM_SPARSE};
use super::place::rank_max;
use super::tally::Tally;
use super::*;
use crate::aggregate::contract::Codec;
use crate::aggregate::laws;
use crate::trials;

pub(super) mod plain;

pub(super) fn sketch(precision: u8, hashes: impl IntoIterator<Item = u64>) -> Distinct {
    let mut sketch = Distinct::new(precision);
    for hash in hashes {
        sketch.insert(hash);
    }
    sketch
}

/// Hashes with a run of zeros somewhere, so that they share indexes and registers, and reach every rank.
pub(super) fn any_hash() -> impl Strategy<Value = u64> {
    let zeros =
        |from: u32, to: u32| u64::MAX.checked_shr(from).unwrap_or(0) & !u64::MAX.checked_shr(to).unwrap_or(0);
    (any::<u64>(), 0u32..=64, 0u32..=64).prop_map(move |(bits, from, to)| bits & !zeros(from, to.max(from)))
}

/// Sizes around those at which precisions 4 to 10 become dense: after 3 to 192 indexes.
fn any_hashes() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        proptest::collection::vec(any_hash(), 0..8),
        proptest::collection::vec(any_hash(), 0..80),
        proptest::collection::vec(any_hash(), 0..400),
    ]
}

fn any_sketch() -> impl Strategy<Value = Distinct> {
    (4u8..=10, any_hashes()).prop_map(|(precision, hashes)| sketch(precision, hashes))
}

/// Merges sketches pairwise until one is left; `picks` chooses the pairs.
fn merged(mut sketches: Vec<Distinct>, picks: &[prop::sample::Index]) -> Distinct {
    let mut picks = picks.iter().cycle();
    while sketches.len() > 1 {
        let mut pick = |len| picks.next().unwrap().index(len);
        let other = sketches.swap_remove(pick(sketches.len()));
        let into = pick(sketches.len());
        sketches[into].merge(&other);
    }
    sketches.remove(0)
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn merge_and_encoding_keep_the_laws(a in any_sketch(), b in any_sketch(), c in any_sketch()) {
        laws::check(&a, &b, &c);
    }

    #[test]
    fn the_state_is_a_function_of_the_set(
        (hashes, shuffled) in any_hashes().prop_flat_map(|hashes| (Just(hashes.clone()), Just(hashes).prop_shuffle())),
        precision in 4u8..=10,
    ) {
        let promised = plain::encoded(&hashes, precision.into());
        prop_assert_eq!(laws::encoded(&sketch(precision, hashes.iter().copied())), &promised[..]);
        let again = sketch(precision, shuffled.into_iter().chain(hashes));
        prop_assert_eq!(laws::encoded(&again), promised);
    }

    #[test]
    fn any_tree_of_merges_is_as_if_all_had_been_inserted_at_the_lowest_precision(
        parts in proptest::collection::vec((4u8..=18, any_hashes()), 1..7),
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        let lowest = parts.iter().map(|(precision, _)| *precision).min().unwrap();
        let all: Vec<u64> = parts.iter().flat_map(|(_, hashes)| hashes.iter().copied()).collect();
        let merged = merged(parts.into_iter().map(|(p, hashes)| sketch(p, hashes)).collect(), &picks);
        prop_assert_eq!(laws::encoded(&merged), plain::encoded(&all, lowest.into()));
        let direct = sketch(lowest, all);
        prop_assert_eq!(merged.estimate(), direct.estimate());
        prop_assert!(merged == direct);
    }

    #[test]
    fn an_insertion_says_whether_it_changed_the_state(hashes in any_hashes(), precision in 4u8..=10) {
        let mut sketch = Distinct::new(precision);
        for hash in hashes {
            let before = sketch.clone();
            prop_assert_eq!(sketch.insert(hash), sketch != before);
        }
    }

    #[test]
    fn the_tally_followed_is_the_tally_counted(hashes in proptest::collection::vec(any_hash(), 0..300)) {
        let mut dense = Dense::new(6);
        for &hash in &hashes {
            let (index, rank) = locate(hash, SPARSE_PRECISION);
            dense.raise_from(SPARSE_PRECISION, index, rank);
        }
        prop_assert_eq!(dense.ranks(), plain::registers(&hashes, 6));
        prop_assert_eq!(dense.tally(), &Tally::of(6, dense.ranks()));
    }

    #[test]
    fn damage_is_refused_or_canonical(value in any_sketch(), at: usize, flip in 1u8..) {
        let bytes = laws::encoded(&value);
        let mut flipped = bytes.clone();
        flipped[at % bytes.len()] ^= flip;
        for candidate in [&flipped[..], &bytes[..at % bytes.len()], &[bytes.as_slice(), &[flip]].concat()] {
            check_bytes(candidate);
        }
    }

    #[test]
    fn garbage_is_refused_or_canonical(
        precision in 3u8..=9,
        form in 0u8..=2,
        noise in proptest::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..64),
    ) {
        check_bytes(&noise);
        check_bytes(&[&[VERSION, precision, form], &noise[..]].concat());
        let registers: Vec<u8> = noise.iter().copied().cycle().take(1 << precision).collect();
        check_bytes(&[&[VERSION, precision, form], &registers[..]].concat());
    }
}

/// Checks that bytes that decode are what the resulting value encodes to, and that this value works.
fn check_bytes(bytes: &[u8]) {
    if let Ok(mut value) = Distinct::decode(bytes) {
        assert_eq!(laws::encoded(&value), bytes);
        value.estimate();
        value.insert(1);
        value.merge(&value.lowered(PRECISION_MIN));
    }
}

#[test]
fn bytes_that_no_set_makes_are_refused() {
    let entry = |index: u32, rank: u8| (index << 6 | u32::from(rank)).to_be_bytes();
    let sparse = |entries: &[[u8; 4]]| {
        Distinct::decode(&[&[VERSION, 4, FORM_SPARSE], entries.as_flattened()].concat())
    };
    assert!(sparse(&[entry(1, 1), entry(2, 40), entry((1 << 25) - 1, 1)]).is_ok());
    for (entries, reason) in [
        (vec![entry(2, 1), entry(1, 1)], "a sparse sketch has index 1 where 3 is the smallest expected"),
        (vec![entry(1, 1), entry(1, 2)], "a sparse sketch has index 1 where 2 is the smallest expected"),
        (vec![entry(1 << 25, 1)], "a sparse sketch has index 33554432 where 0 is the smallest expected"),
        (vec![entry(7, 0)], "a sparse sketch has rank 0 at index 7"),
        (vec![entry(7, 41)], "a sparse sketch has rank 41 at index 7"),
        (vec![entry(1, 1); 4], "a sparse sketch has 16 bytes, not up to 3 entries of 4"),
    ] {
        assert_eq!(sparse(&entries), Err(reason.into()));
    }

    // At precision 14, 1,024 of 2,048 indexes can lead to a register of rank 1, and all of them to one of rank 12.
    let dense = |ranks: &[u8]| {
        let mut bytes = vec![0; 3 + (1 << 14)];
        bytes[..3].copy_from_slice(&[VERSION, 14, FORM_DENSE]);
        bytes[3..3 + ranks.len()].copy_from_slice(ranks);
        Distinct::decode(&bytes)
    };
    assert!(dense(&[12, 1, 1]).is_ok());
    assert!(dense(&[51, 12]).is_ok());
    assert_eq!(dense(&[12, 1]), Err("a dense sketch of precision 14 has room for 3072 indexes only".into()));
    assert_eq!(dense(&[52, 12]), Err("a dense sketch of precision 14 has rank 52".into()));
    assert!(Distinct::decode(&[1, 14, FORM_SPARSE]).unwrap_err().contains("encoding version 1"));
}

#[test]
fn the_extreme_hashes_have_the_extreme_ranks() {
    for precision in PRECISION_MIN..=PRECISION_MAX {
        assert_eq!(locate(0, precision), (0, rank_max(precision)));
        assert_eq!(locate(u64::MAX, precision), ((1 << precision) - 1, 1));
        assert_eq!(sketch(precision, [0, u64::MAX]).estimate(), 2);
    }
}

#[test]
fn a_sketch_is_sparse_up_to_its_threshold_and_never_larger_than_a_dense_one() {
    for (precision, threshold) in [(4, 3), (5, 6), (10, 192), (14, 3_072), (18, 49_152)] {
        // All in one or two registers: the number of indexes decides.
        let mut sketch = Distinct::new(precision);
        for index in 0..threshold {
            assert!(sketch.insert(index << 39));
            assert!(matches!(sketch.form, Form::Sparse(_)), "{index} of {threshold} at p = {precision}");
            assert!(sketch.heap_bytes() <= 1 << precision, "{index} of {threshold} at p = {precision}");
        }
        assert!(sketch.encoded_len() <= 3 + (1 << precision));
        let decoded = Distinct::decode(&laws::encoded(&sketch)).unwrap();
        assert_eq!(decoded.heap_bytes(), sketch.heap_bytes());
        assert!(!sketch.insert(0), "what is held needs no room");
        assert!(sketch.insert(threshold << 39));
        assert!(matches!(sketch.form, Form::Dense(_)), "{threshold} and one more at p = {precision}");
        assert_eq!(sketch.heap_bytes(), 1 << precision);
    }
}

/// What readers of like counts see: an error of one now and then, over a hundred sketches that grow to a thousand items.
#[test]
fn up_to_a_thousand_items_are_counted_within_one() {
    let mut wrong = 0;
    for trial in 0..100 {
        let mut sketch = Distinct::new(14);
        for n in 1..=1000 {
            sketch.insert(item(trial, n));
            sketch.insert(item(trial, n));
            let error = sketch.estimate().abs_diff(n);
            assert!(error <= 1, "{n} counted as {}", sketch.estimate());
            wrong += error;
        }
    }
    // One and a half collisions are expected in a hundred sketches. Each makes all later counts wrong: one count in 200.
    assert!(wrong <= 1_000, "{wrong} of 100,000 counts were wrong");
}

/// Neither form is biased around the size at which the form changes.
#[test]
fn the_mean_error_does_not_jump_where_the_form_changes() {
    for precision in trials::all_or(vec![8u8, 10, 12, 14], vec![8]) {
        let threshold = sparse_len_max(precision) as u64;
        let theory = 1.04 / f64::from(1u32 << precision).sqrt();
        let mut errors: [Vec<f64>; 5] = Default::default();
        for trial in 0..1000u64 {
            let mut sketch = Distinct::new(precision);
            let mut inserted = 0;
            let sizes = [threshold / 2, threshold, threshold + 1, threshold + threshold / 8, 2 * threshold];
            for (errors, size) in errors.iter_mut().zip(sizes) {
                for n in inserted..size {
                    sketch.insert(item(trial << 8 | u64::from(precision), n));
                }
                inserted = size;
                let error = sketch.estimate_unrounded() - size as f64;
                if size <= threshold {
                    assert!(error.abs() <= 3.0, "{size} items at p = {precision}: off by {error}");
                }
                errors.push(error / size as f64 / theory);
            }
        }
        for (errors, place) in errors.iter().zip(["T/2", "T", "T + 1", "9/8 T", "2 T"]) {
            let trials = errors.len() as f64;
            let bias = errors.iter().sum::<f64>() / trials;
            let rms = (errors.iter().map(|error| error * error).sum::<f64>() / trials).sqrt();
            println!("p = {precision}, {place}: rms {rms:.4}, bias {bias:.4}, in units of theory");
            assert!(rms <= 1.05, "{place} items at p = {precision}: rms {rms:.3} × theory");
            // Four standard errors of the mean. Few trials in a thousand see a collision; if none does, theory's deviation is
            // used.
            let deviation = rms.max(1.0 / 8192.0 / theory);
            assert!(
                bias.abs() <= 4.0 * deviation / trials.sqrt(),
                "{place} items at p = {precision}: bias {bias:.4}"
            );
        }
    }
}

/// Items 0, 1, 2… of a trial, mixed so that no two trials share items.
pub(super) fn item(trial: u64, n: u64) -> u64 {
    hash::int((trial << 40 | n) as i64)
}

/// The root mean square of relative errors stays within 1.05 × 1.04 / √m, and there is no bias. Each error is measured in
/// units of its theoretical value, so that precisions can be pooled: 750 or more trials distinguish 5 % from chance.
#[test]
fn the_error_is_what_theory_promises_from_ten_to_a_million() {
    let sizes = [10u64, 100, 1_000, 10_000, 100_000, 1_000_000];
    let sizes = &sizes[..trials::all_or(6, 2)];
    let mut errors = vec![Vec::new(); sizes.len()];
    for precision in [10u8, 12, 14] {
        let theory = 1.04 / f64::from(1u32 << precision).sqrt();
        for trial in 0..1000u64 {
            let mut sketch = Distinct::new(precision);
            let mut inserted = 0;
            // The largest size is most of the work, so only every fourth trial reaches it.
            let last = if trial % 4 == 0 { 6 } else { 5 };
            for (errors, &size) in errors.iter_mut().zip(sizes).take(last) {
                for n in inserted..size {
                    sketch.insert(item(trial << 8 | u64::from(precision), n));
                }
                inserted = size;
                // Rounded estimates would make ten items seem exact, and a hundred biased.
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

/// Returns a sketch of ten million items or more, with registers drawn instead of hashed: a register's rank after n items is at
/// most r with probability exp(−n / m · 2^−r), as if n itself were Poisson distributed. The spread of that is a thirtieth of
/// the theoretical error at 1e7, and less beyond.
fn drawn(precision: u8, items: f64, rng: &mut impl FnMut() -> f64) -> Distinct {
    let registers = 1_usize << precision;
    let load = items / registers as f64;
    let mut bytes = vec![VERSION, precision, FORM_DENSE];
    bytes.extend((0..registers).map(|_| {
        let rank = (load / -rng().ln()).log2().ceil();
        rank.clamp(0.0, f64::from(rank_max(precision))) as u8
    }));
    Distinct::decode(&bytes).unwrap()
}

/// Beyond a million items, where hashing for thousands of trials would take hours: still 1.05 × theory at 1e7, no bias up to 1e9.
#[test]
fn the_error_is_what_theory_promises_from_ten_million_to_a_billion() {
    let mut state = 0_u64;
    let mut rng = || {
        state += 1;
        // Never 0 nor 1.
        ((hash::int(state as i64) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    };
    for items in trials::all_or(vec![1e6, 1e7, 1e8, 1e9], vec![1e7]) {
        let mut errors = Vec::new();
        for precision in trials::all_or(vec![10u8, 12, 14], vec![10]) {
            let theory = 1.04 / f64::from(1u32 << precision).sqrt();
            for _ in 0..trials::all_or(1_000, 1_500) {
                let estimate = drawn(precision, items, &mut rng).estimate_unrounded();
                errors.push((estimate / items - 1.0) / theory);
            }
        }
        let trials = errors.len() as f64;
        let rms = (errors.iter().map(|error| error * error).sum::<f64>() / trials).sqrt();
        let bias = errors.iter().sum::<f64>() / trials;
        println!("{items:e}: rms {rms:.3}, bias {bias:.3}, in units of theory");
        assert!(rms <= 1.05, "{items:e} items: rms {rms:.3} × theory");
        // The test with real hashes covers 1e6 too, which checks the drawing itself.
        assert!((0.9..).contains(&rms), "{items:e} items: rms {rms:.3} × theory is too good");
        assert!(bias.abs() <= 4.0 / trials.sqrt(), "{items:e} items: bias {bias:.3} × theory");
    }
}

/// Ten million real hashes, a few times, to confirm the drawn sketches above.
#[test]
fn ten_million_items_are_counted_within_four_sigma() {
    let items = trials::all_or(10_000_000, 300_000);
    for trial in 0..trials::all_or(4, 1) {
        let mut sketches = [10u8, 12, 14].map(Distinct::new);
        for n in 0..items {
            let hash = item(1_000 + trial, n);
            for sketch in &mut sketches {
                sketch.insert(hash);
            }
        }
        for (sketch, precision) in sketches.iter().zip([10u8, 12, 14]) {
            let theory = 1.04 / f64::from(1u32 << precision).sqrt();
            let error = sketch.estimate_unrounded() / items as f64 - 1.0;
            assert!(error.abs() <= 4.0 * theory, "p = {precision}: off by {error:.4}");
        }
    }
}

/// Passes a hash on unchanged, so that both sketches see the same one.
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
            // Two estimators read the same registers, so they differ by less than either differs from the truth.
            assert!((ours / theirs - 1.0).abs() < 1.04 / 128.0, "{ours} against {theirs} after {n}");
        }
    }
}
