use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::aggregate::laws;
use crate::trials;

/// Few ids and values, so that ties and raised values are frequent.
pub(in crate::aggregate) fn any_items() -> impl Strategy<Value = Vec<(String, i64)>> {
    let value = prop_oneof![4 => -3i64..4, 1 => any::<i64>()];
    proptest::collection::vec(("[a-d\"é]{1,2}", value), 0..24)
}

pub(in crate::aggregate) fn top(k: u32, items: &[(String, i64)]) -> TopK {
    let mut top = TopK::new(k);
    for (id, value) in items {
        top.insert(id, *value);
    }
    top
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn merge_and_encoding_keep_the_laws(
        k in (1u32..14, 1u32..14, 1u32..14),
        (a, b, c) in (any_items(), any_items(), any_items()),
        at: usize,
        flip in 1u8..,
    ) {
        laws::check(&top(k.0, &a), &top(k.1, &b), &top(k.2, &c));
        laws::check_damaged(&top(k.0, &a), at, flip);
    }

    #[test]
    fn it_is_what_sorting_the_largest_values_of_all_ids_gives(k in 1u32..8, items in any_items()) {
        let mut largest = BTreeMap::new();
        for (id, value) in &items {
            let held = largest.entry(id.clone()).or_insert(*value);
            *held = (*held).max(*value);
        }
        let mut all: Vec<(String, i64)> = largest.into_iter().collect();
        all.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
        all.truncate(k as usize);
        let got: Vec<_> = top(k, &items).iter().map(|(id, value)| (id.to_owned(), value)).collect();
        prop_assert_eq!(got, all);
    }

    #[test]
    fn the_state_is_a_function_of_the_set(
        k in 1u32..8,
        (items, shuffled) in any_items().prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
    ) {
        let again: Vec<_> = shuffled.into_iter().chain(items.clone()).collect();
        prop_assert_eq!(laws::encoded(&top(k, &again)), laws::encoded(&top(k, &items)));
    }

    #[test]
    fn an_insertion_says_whether_it_changed_the_state(k in 1u32..4, items in any_items()) {
        let mut top = TopK::new(k);
        for (id, value) in items {
            let before = laws::encoded(&top);
            prop_assert_eq!(top.insert(&id, value), laws::encoded(&top) != before);
            let ids: usize = top.iter().map(|(id, _)| id.len()).sum();
            prop_assert_eq!(top.id_bytes as usize, ids);
            prop_assert!(top.entries.capacity() <= k as usize);
        }
    }

    #[test]
    fn garbage_is_refused_or_canonical(mut bytes in proptest::collection::vec(0u8..4, 0..60)) {
        bytes.splice(0..0, [VERSION, 3, 0]);
        if let Ok(value) = TopK::decode(&bytes) {
            prop_assert_eq!(laws::encoded(&value), bytes);
        }
    }
}

#[test]
fn results_are_json() {
    assert_eq!(TopK::new(3).result(), "[]");
    let items = [("a\"b".into(), -5), ("\n".into(), i64::MAX), ("é".into(), 0)];
    assert_eq!(top(2, &items).result(), r#"[{"id":"\n","value":9223372036854775807},{"id":"é","value":0}]"#);
}

#[test]
fn an_encoding_that_no_list_has_is_refused() {
    let encoding = |k: u16, entries: &[(i64, &str)]| {
        let mut out = vec![VERSION];
        out.extend_from_slice(&k.to_le_bytes());
        out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        for (value, id) in entries {
            out.extend_from_slice(&value.to_le_bytes());
            encode_id(id, &mut out);
        }
        out
    };
    let long = "x".repeat(ID_BYTES_MAX + 1);
    assert!(TopK::decode(&encoding(2, &[(2, "b"), (1, "a")])).is_ok());
    for bad in [
        encoding(0, &[]),
        encoding(1_001, &[]),
        encoding(1, &[(2, "b"), (1, "a")]),
        encoding(2, &[(1, "b"), (2, "a")]),
        encoding(2, &[(1, "b"), (1, "a")]),
        encoding(3, &[(3, "a"), (2, "b"), (1, "a")]),
        encoding(2, &[(1, "")]),
        encoding(2, &[(1, &long)]),
    ] {
        assert!(TopK::decode(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn k_is_bounded() {
    assert!(check_k(1).is_ok() && check_k(K_MAX).is_ok());
    assert_eq!(check_k(0).unwrap_err(), "a TopK keeps 1 to 1000 values, not 0");
    assert!(check_k(K_MAX + 1).is_err());
}
