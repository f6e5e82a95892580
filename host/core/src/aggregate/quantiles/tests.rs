use proptest::prelude::*;

use super::*;
use crate::aggregate::laws;
use crate::description::QuantileSpec;
use crate::trials;

pub(in crate::aggregate) fn requested(millionths: u32, at: &[f64]) -> RequestedQuantiles {
    RequestedQuantiles::new(&QuantileSpec { relative_error_millionths: millionths, at: at.to_vec() }).unwrap()
}

pub(in crate::aggregate) fn histogram(requested: &RequestedQuantiles, values: &[f64]) -> Quantiles {
    let mut histogram = Quantiles::new(requested.millionths());
    values.iter().for_each(|&value| histogram.insert(requested.bucket(value)));
    histogram
}

/// Some values that share buckets, and some from anywhere.
pub(in crate::aggregate) fn any_values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        Just(0.0),
        (-40i32..40).prop_map(f64::from),
        -2.0f64..1e4,
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
    ];
    proptest::collection::vec(value, 0..40)
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn merge_and_encoding_keep_the_laws(
        (a, b, c) in (any_values(), any_values(), any_values()),
        millionths in MILLIONTHS_MIN..=MILLIONTHS_MAX,
        at: usize,
        flip in 1u8..,
    ) {
        let requested = requested(millionths, &[0.5]);
        laws::check(&histogram(&requested, &a), &histogram(&requested, &b), &histogram(&requested, &c));
        laws::check_damaged(&histogram(&requested, &a), at, flip);
    }

    #[test]
    fn merging_is_inserting_and_subtracting_takes_it_back(a in any_values(), b in any_values()) {
        let requested = requested(20_000, &[0.5]);
        let mut merged = histogram(&requested, &a);
        merged.merge(&histogram(&requested, &b));
        let both = histogram(&requested, &[b.clone(), a.clone()].concat());
        prop_assert_eq!(laws::encoded(&merged), laws::encoded(&both));
        merged.subtract(&histogram(&requested, &b));
        prop_assert_eq!(laws::encoded(&merged), laws::encoded(&histogram(&requested, &a)));
    }

    #[test]
    fn quantiles_are_those_of_a_sorted_list_within_the_error(
        values in any_values(),
        at in proptest::collection::btree_set(0u32..=1_000, 1..=AT_MAX),
        millionths in prop_oneof![Just(MILLIONTHS_MIN), Just(10_000), Just(MILLIONTHS_MAX)],
    ) {
        let at: Vec<f64> = at.into_iter().map(|at| f64::from(at) / 1e3).collect();
        let requested = requested(millionths, &at);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let mut want = format!("{{\"count\":{}", values.len());
        for (at, name) in requested.at() {
            want += &format!(",\"{name}\":");
            match values.len() {
                0 => want += "null",
                // The sorted list's value, as the histogram represents it. Tests in `mapping` check how far off that may be.
                len => {
                    let value = sorted[(at * (len - 1) as f64) as usize];
                    json::push_float(&mut want, requested.value(requested.bucket(value)));
                }
            }
        }
        want += "}";
        prop_assert_eq!(histogram(&requested, &values).result(&requested), want);
    }

    #[test]
    fn garbage_is_refused_or_canonical(mut bytes in proptest::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..40)) {
        bytes.splice(0..0, [VERSION, 0x10, 0x27, 0, 0]);
        if let Ok(value) = Quantiles::decode(&bytes) {
            prop_assert_eq!(laws::encoded(&value), bytes);
        }
    }
}

#[test]
fn nothing_has_no_quantiles() {
    let requested = requested(10_000, &[0.5, 0.99]);
    assert_eq!(histogram(&requested, &[]).result(&requested), r#"{"count":0,"p50":null,"p99":null}"#);
    assert_eq!(histogram(&requested, &[0.0, -0.0]).result(&requested), r#"{"count":2,"p50":0,"p99":0}"#);
}

#[test]
fn counts_wrap_to_nothing() {
    let requested = requested(10_000, &[0.5]);
    let one = histogram(&requested, &[1.0]);
    let mut all_but_one = Quantiles::new(10_000);
    all_but_one.subtract(&one);
    let mut inserted = all_but_one.clone();
    inserted.insert(requested.bucket(1.0));
    all_but_one.merge(&one);
    assert!(inserted.is_empty() && all_but_one.is_empty());
}

#[test]
fn memory_follows_the_buckets_and_not_the_values() {
    let requested = requested(10_000, &[0.5]);
    let bytes = |values: u32| {
        let values: Vec<f64> = (0..values).map(|value| f64::from(value % 1_000 + 1)).collect();
        histogram(&requested, &values).heap_bytes()
    };
    assert_eq!(bytes(1), 12);
    assert_eq!(bytes(1_000), bytes(100_000));
    assert!(bytes(100_000) <= 12 * 375 * 3 / 2, "a factor of 2^10 has 375 buckets");
}

/// A single list would move half of all buckets for each new one: 250,000,000 steps.
#[test]
fn a_new_bucket_among_many_moves_few_others() {
    let requested = requested(1_000, &[0.5]);
    // Over all decades of floats, in scattered order.
    let values = (0..30_000u64).map(|nth| 1.002f64.powi((nth * 7_919 % 30_000) as i32 - 15_000));
    let mut histogram = Quantiles::new(requested.millionths());
    let steps = crate::work::of(|| values.for_each(|value| histogram.insert(requested.bucket(value))));
    assert!(steps < 30_000 * 100, "{steps} steps");
    assert!(histogram.heap_bytes() < 30_000 * 12 * 2, "pages are half full at least");
}
