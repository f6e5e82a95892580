//! The laws that every aggregate obeys, for any values.

use super::contract::{Aggregate, Codec};

pub(crate) fn encoded(value: &impl Codec) -> Vec<u8> {
    let mut out = Vec::new();
    value.encode(&mut out);
    out
}

/// Merging commutes, is associative, and survives encoding.
pub(crate) fn check<A: Aggregate + Clone>(a: &A, b: &A, c: &A) {
    let merged = |left: &A, right: &A| {
        let mut left = left.clone();
        left.merge(right);
        left
    };
    assert_eq!(encoded(&merged(a, b)), encoded(&merged(b, a)), "merge commutes");
    assert_eq!(encoded(&merged(&merged(a, b), c)), encoded(&merged(a, &merged(b, c))), "merge associates");
    assert_eq!(encoded(a).len(), a.encoded_len());
    let again = A::decode(&encoded(a)).expect("what was encoded decodes");
    assert_eq!(encoded(&again), encoded(a));
    assert_eq!(encoded(&merged(&again, b)), encoded(&merged(a, b)), "decoding loses nothing");
}

/// Damaged bytes are refused, or are the canonical encoding of another value. Nothing panics.
pub(crate) fn check_damaged<A: Aggregate>(value: &A, at: usize, flip: u8) {
    check_damaged_bytes(encoded(value), at, flip, |bytes| A::decode(bytes).map(|value| encoded(&value)));
}

/// The same for anything that is encoded. `again` decodes bytes and encodes the result.
pub(crate) fn check_damaged_bytes(
    bytes: Vec<u8>,
    at: usize,
    flip: u8,
    again: impl Fn(&[u8]) -> Result<Vec<u8>, String>,
) {
    for len in [0, at % bytes.len(), bytes.len() - 1] {
        assert!(again(&bytes[..len]).is_err(), "{len} of {} bytes were accepted", bytes.len());
    }
    let mut longer = bytes.clone();
    longer.push(flip);
    assert!(again(&longer).is_err(), "a byte too many was accepted");
    let mut flipped = bytes;
    let at = at % flipped.len();
    flipped[at] ^= flip;
    if let Ok(again) = again(&flipped) {
        assert_eq!(again, flipped, "an encoding that is not canonical was accepted");
    }
}
