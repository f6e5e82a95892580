//! Canonical key bytes: equal keys have equal bytes, and bytes sort as the keys do.
//!
//! | key | bytes |
//! |---|---|
//! | text | its UTF-8 |
//! | int, time | 8 bytes, big-endian, with the sign bit flipped |
//! | boolean | 1 byte: 0 or 1 |

use std::borrow::Cow;

use crate::column::{ValueRef, ValueType};

/// The longest key. A key is the id of a document, and ids are texts of 1 to 512 bytes.
pub const KEY_BYTES_MAX: usize = 512;

const SIGN: u64 = 1 << 63;

/// Returns the canonical bytes of a key.
///
/// # Panics
/// Panics on floats and blobs, which cannot be keys.
pub fn canonical(key: ValueRef<'_>) -> Cow<'_, [u8]> {
    match key {
        ValueRef::Text(text) => Cow::Borrowed(text.as_bytes()),
        ValueRef::Int(value) | ValueRef::Time(value) => Cow::Owned(of_int(value).to_vec()),
        ValueRef::Boolean(value) => Cow::Owned(vec![u8::from(value)]),
        ValueRef::Float(_) | ValueRef::Blob(_) => panic!("{key:?} is no key"),
    }
}

/// Returns the canonical bytes of the key with this text, as in document ids; `None` if no key has this text.
pub fn of_text(ty: ValueType, text: &str) -> Option<Vec<u8>> {
    let bytes = match ty {
        ValueType::Text => text.as_bytes().to_vec(),
        ValueType::Int | ValueType::Time(_) => of_int(text.parse().ok()?).to_vec(),
        ValueType::Boolean => vec![u8::from(text.parse::<bool>().ok()?)],
        ValueType::Float | ValueType::Blob => return None,
    };
    // A key has one text: `+7` and `007` are not the ids of any documents.
    (check(ty, &bytes).is_ok() && self::text(ty, &bytes) == text).then_some(bytes)
}

/// Returns the key with these canonical bytes, which [`check`] has accepted.
pub(super) fn value(ty: ValueType, bytes: &[u8]) -> ValueRef<'_> {
    match ty {
        ValueType::Text => ValueRef::Text(utf8(bytes)),
        ValueType::Int => ValueRef::Int(int(bytes)),
        ValueType::Time(_) => ValueRef::Time(int(bytes)),
        ValueType::Boolean => ValueRef::Boolean(bytes == [1]),
        ValueType::Float | ValueType::Blob => unreachable!("tables with such keys are refused"),
    }
}

/// Returns the key as text: the id of its document.
pub(super) fn text(ty: ValueType, bytes: &[u8]) -> Cow<'_, str> {
    match value(ty, bytes) {
        ValueRef::Text(text) => Cow::Borrowed(text),
        ValueRef::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        ValueRef::Int(value) | ValueRef::Time(value) => Cow::Owned(value.to_string()),
        ValueRef::Float(_) | ValueRef::Blob(_) => unreachable!("tables with such keys are refused"),
    }
}

/// Checks that a type can be a key.
pub(super) fn check_type(ty: ValueType) -> Result<(), String> {
    match ty {
        ValueType::Float => Err("floats are no keys; take texts, ints, booleans or times".into()),
        ValueType::Blob => Err("blobs are no keys; take texts, ints, booleans or times".into()),
        _ => Ok(()),
    }
}

/// Checks bytes that should be the canonical form of a key.
pub(super) fn check(ty: ValueType, bytes: &[u8]) -> Result<(), String> {
    let fits = match ty {
        ValueType::Text => (1..=KEY_BYTES_MAX).contains(&bytes.len()) && std::str::from_utf8(bytes).is_ok(),
        ValueType::Int | ValueType::Time(_) => bytes.len() == 8,
        ValueType::Boolean => matches!(bytes, [0 | 1]),
        ValueType::Float | ValueType::Blob => false,
    };
    if fits { Ok(()) } else { Err(format!("{bytes:?} is no key of type {ty:?}")) }
}

/// Returns the canonical bytes of an int or time.
#[inline]
pub(super) fn of_int(value: i64) -> [u8; 8] {
    (value as u64 ^ SIGN).to_be_bytes()
}

pub(super) fn int(bytes: &[u8]) -> i64 {
    let bytes = bytes.try_into().expect("int and time keys have 8 bytes, checked when they came in");
    (u64::from_be_bytes(bytes) ^ SIGN) as i64
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text keys were checked when they came in")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn int_keys_sort_as_their_bytes(a: i64, b: i64) {
            prop_assert_eq!(a.cmp(&b), of_int(a).cmp(&of_int(b)));
            prop_assert_eq!(int(&of_int(a)), a);
        }
    }

    #[test]
    fn a_key_is_found_by_the_id_of_its_document_and_by_no_other_text() {
        let time = ValueType::Time(crate::column::TimeUnit::Seconds);
        for (ty, id) in
            [(ValueType::Text, "p@1"), (ValueType::Int, "-7"), (time, "7"), (ValueType::Boolean, "true")]
        {
            assert_eq!(text(ty, &of_text(ty, id).unwrap()), id);
        }
        for id in ["", "+7", "007", "7.0", " 7", "9223372036854775808"] {
            assert_eq!(of_text(ValueType::Int, id), None, "{id}");
        }
        assert_eq!(of_text(ValueType::Text, ""), None);
        assert_eq!(of_text(ValueType::Boolean, "1"), None);
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        assert!(check(ValueType::Text, b"").is_err());
        assert!(check(ValueType::Text, &[b'x'; 513]).is_err());
        assert!(check(ValueType::Text, &[b'x'; 512]).is_ok());
        assert!(check(ValueType::Text, &[0xff]).is_err());
        assert!(check(ValueType::Int, &[0; 7]).is_err());
        assert!(check(ValueType::Boolean, &[2]).is_err());
        assert!(check(ValueType::Float, &[0; 8]).is_err());
    }
}
