//! The encoding of a histogram: steps from bucket to bucket, most of them one byte.
//!
//! The lower half of the byte is the number of buckets passed over, the upper half is the count less one. A half of 15
//! means that the remainder follows as a varint, that of the lower half first.

use crate::aggregate::bytes::{Bytes, push_varint, varint_len};

/// The largest half of a byte: more follows.
const MORE: u64 = 15;

/// Appends a step that passes over `passed` buckets to a bucket with `count` values, which is not 0.
pub(super) fn push(out: &mut Vec<u8>, passed: u64, count: u64) {
    let halves = [passed, count - 1];
    let [low, high] = halves.map(|half| half.min(MORE) as u8);
    out.push(low | high << 4);
    for half in halves {
        if let Some(rest) = half.checked_sub(MORE) {
            push_varint(out, rest);
        }
    }
}

/// Returns how many bytes [`push`] appends.
pub(super) fn len(passed: u64, count: u64) -> usize {
    let rest_len = |half: u64| half.checked_sub(MORE).map_or(0, varint_len);
    1 + rest_len(passed) + rest_len(count - 1)
}

/// Reads what [`push`] wrote.
pub(super) fn read(bytes: &mut Bytes<'_>) -> Result<(u64, u64), String> {
    let byte = u64::from(bytes.u8()?);
    let passed = whole(bytes, byte & MORE)?;
    let more = whole(bytes, byte >> 4)?;
    let count = more.checked_add(1).ok_or("a bucket's count is beyond 64 bits")?;
    Ok((passed, count))
}

fn whole(bytes: &mut Bytes<'_>, half: u64) -> Result<u64, String> {
    match half {
        MORE => MORE.checked_add(bytes.varint()?).ok_or_else(|| "a number is beyond 64 bits".into()),
        _ => Ok(half),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    fn any_number() -> impl Strategy<Value = u64> {
        prop_oneof![0u64..40, 140u64..150, (any::<u64>(), 0u32..64).prop_map(|(bits, zeros)| bits >> zeros)]
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn steps_read_back(passed in any_number(), count in any_number()) {
            let count = count.max(1);
            let mut out = Vec::new();
            push(&mut out, passed, count);
            prop_assert_eq!(out.len(), len(passed, count));
            let mut bytes = Bytes::all(&out);
            prop_assert_eq!(read(&mut bytes), Ok((passed, count)));
            prop_assert_eq!(bytes.end(), Ok(()));
        }

        #[test]
        fn steps_have_one_form(bytes in proptest::collection::vec(prop_oneof![Just(0xffu8), any::<u8>()], 0..24)) {
            let mut rest = Bytes::all(&bytes);
            if let Ok((passed, count)) = read(&mut rest) {
                let mut again = Vec::new();
                push(&mut again, passed, count);
                prop_assert_eq!(&bytes[..bytes.len() - rest.rest().len()], again);
            }
        }
    }

    #[test]
    fn a_near_bucket_of_a_few_values_takes_a_byte() {
        for (passed, count, want) in
            [(0, 1, 1), (14, 15, 1), (15, 1, 2), (0, 16, 2), (142, 143, 3), (0, u64::MAX, 11)]
        {
            assert_eq!(len(passed, count), want, "{passed} passed, {count} counted");
        }
    }
}
