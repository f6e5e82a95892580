use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::column::TimeUnit;
use crate::column::{Column, ValueRef, ValueType};
use crate::trials;

const TIME: ValueType = ValueType::Time(TimeUnit::Seconds);

fn of(parts: &[ValueType]) -> KeyType {
    KeyType::new(parts)
}

/// Texts of few letters, among them those that are escaped.
fn any_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![Just('\0'), Just('\u{1}'), Just('a'), Just('/'), Just('%'), Just('é')],
        1..5,
    )
    .prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn int_keys_sort_as_their_bytes(a: i64, b: i64) {
        prop_assert_eq!(a.cmp(&b), of_int(a).cmp(&of_int(b)));
        prop_assert_eq!(int(&of_int(a)), a);
    }

    #[test]
    fn composite_keys_sort_as_their_bytes_and_have_a_text_of_their_own(
        a in (any_text(), any::<i64>(), any_text()),
        b in (any_text(), any::<i64>(), any_text()),
    ) {
        let ty = of(&[ValueType::Text, ValueType::Int, ValueType::Text]);
        let [bytes_a, bytes_b] = [&a, &b].map(|(first, number, last)| {
            canonical(&[ValueRef::Text(first), ValueRef::Int(*number), ValueRef::Text(last)])
        });
        prop_assert_eq!(a.cmp(&b), bytes_a.cmp(&bytes_b));
        prop_assert_eq!(ty.text(&bytes_a) == ty.text(&bytes_b), a == b);
        for bytes in [bytes_a, bytes_b] {
            prop_assert!(ty.check_bytes(&bytes).is_ok());
            prop_assert_eq!(ty.of_text(&ty.text(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn keys_of_columns_are_those_of_their_values(
        rows in proptest::collection::vec((any_text(), any::<bool>(), any_text()), 1..8),
    ) {
        let ty = of(&[ValueType::Text, ValueType::Boolean, ValueType::Text]);
        let mut parts = ty.empty_columns();
        let mut want = Vec::new();
        for (first, on, last) in &rows {
            let values = [ValueRef::Text(first), ValueRef::Boolean(*on), ValueRef::Text(last)];
            values.iter().zip(&mut parts).for_each(|(&value, part)| part.push(Some(value)));
            want.push(canonical(&values));
        }
        let keys = KeyColumns::new(parts.iter().cloned().map(Arc::new).collect()).unwrap();
        let CanonicalKeys::Bytes(bytes) = keys.canonical() else { panic!("several parts are bytes") };
        let mut back = ty.empty_columns();
        for (row, want) in want.iter().enumerate() {
            prop_assert_eq!(bytes.get(row), &want[..]);
            prop_assert_eq!(&keys.canonical_bytes(row), want);
            prop_assert_eq!(keys.check_key(row), Ok(()));
            ty.push_parts(want, &mut back);
        }
        prop_assert_eq!(back, parts);
    }

    #[test]
    fn bytes_of_no_composite_key_are_refused_or_canonical(bytes in proptest::collection::vec(0u8..3, 0..12)) {
        let ty = of(&[ValueType::Text, ValueType::Boolean]);
        if ty.check_bytes(&bytes).is_ok() {
            prop_assert_eq!(ty.of_text(&ty.text(&bytes)), Some(bytes));
        }
    }
}

#[test]
fn a_key_is_found_by_the_id_of_its_document_and_by_no_other_text() {
    for (ty, id) in [
        (ValueType::Text, "p@1"),
        (ValueType::Text, "a/b%c"),
        (ValueType::Int, "-7"),
        (TIME, "7"),
        (ValueType::Boolean, "true"),
    ] {
        let ty = KeyType::from(ty);
        assert_eq!(ty.text(&ty.of_text(id).unwrap()), id);
    }
    for id in ["", "+7", "007", "7.0", " 7", "9223372036854775808"] {
        assert_eq!(KeyType::from(ValueType::Int).of_text(id), None, "{id}");
    }
    assert_eq!(KeyType::from(ValueType::Text).of_text(""), None);
    assert_eq!(KeyType::from(ValueType::Boolean).of_text("1"), None);
}

#[test]
fn the_id_of_a_composite_key_joins_its_parts() {
    let ty = of(&[ValueType::Text, ValueType::Int, ValueType::Boolean, ValueType::Text]);
    let key = [ValueRef::Text("a/b"), ValueRef::Int(-7), ValueRef::Boolean(true), ValueRef::Text("100%")];
    let bytes = canonical(&key);
    assert_eq!(ty.text(&bytes), "a%2Fb/-7/true/100%25");
    for id in [
        "a/b/-7/true/x",
        "a/-7/true",
        "a/-7/true/",
        "/-7/true/x",
        "a%2f/-7/true/x",
        "a%/-7/true/x",
        "a/-7/1/x",
    ] {
        assert_eq!(ty.of_text(id), None, "{id}");
    }
}

#[test]
fn bytes_that_are_no_key_are_refused() {
    let check = |ty: ValueType, bytes: &[u8]| KeyType::from(ty).check_bytes(bytes);
    assert!(check(ValueType::Text, b"").is_err());
    assert!(check(ValueType::Text, &[b'x'; 513]).is_err());
    assert!(check(ValueType::Text, &[b'x'; 512]).is_ok());
    assert!(check(ValueType::Text, &[0xff]).is_err());
    assert!(check(ValueType::Int, &[0; 7]).is_err());
    assert!(check(ValueType::Boolean, &[2]).is_err());
    let composite = of(&[ValueType::Text, ValueType::Text]);
    for bytes in [&b"a"[..], b"a\0", b"a\0\x01", b"\0\x01a", b"a\0\x02b", b"a\0\xff"] {
        assert!(composite.check_bytes(bytes).is_err(), "{bytes:?}");
    }
    assert!(composite.check_bytes(b"a\0\x01b").is_ok());
}

#[test]
fn keys_have_one_to_four_parts_of_types_that_keys_can_have() {
    assert!(of(&[]).check().is_err());
    assert!(of(&[ValueType::Int; 4]).check().is_ok());
    assert!(of(&[ValueType::Int; 5]).check().unwrap_err().contains("1 to 4 parts"));
    assert!(of(&[ValueType::Text, ValueType::Float]).check().unwrap_err().contains("floats"));
}

#[test]
fn a_key_without_a_part_or_beyond_the_length_of_ids_is_refused() {
    let texts = |values: [Option<&str>; 2]| {
        let parts = values.map(|value| {
            let mut part = Column::empty(ValueType::Text);
            part.push(value.map(ValueRef::Text));
            Arc::new(part)
        });
        KeyColumns::new(parts.to_vec()).unwrap().check_key(0)
    };
    let long = "/".repeat(170);
    assert_eq!(texts([Some("a"), Some(&long)]), Ok(()));
    assert_eq!(texts([Some("ab"), Some(&long)]).unwrap_err(), "has 513 bytes where 512 are allowed");
    assert_eq!(texts([None, Some("a")]).unwrap_err(), "has a part 0 that is null");
    assert_eq!(texts([Some("a"), Some("")]).unwrap_err(), "has a part 1 that is empty");
}
