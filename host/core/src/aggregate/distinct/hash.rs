//! The hash of items: XXH3-64 with seed 0. It never changes, because sketches made at any time on any machine must merge.
//!
//! | item | bytes that are hashed |
//! |---|---|
//! | text, blob | its bytes |
//! | int, time | 8 bytes, little-endian |
//! | boolean | 1 byte: 0 or 1 |
//! | float | the 8 bytes of its canonical bits (one zero, one NaN), little-endian |
//!
//! The hash does not depend on the type: all items of a column have one.

use xxhash_rust::xxh3::xxh3_64;

use crate::aggregate::value::canonical_bits;
use crate::column::ValueRef;

/// Returns the hash of a text's or blob's bytes.
#[inline]
pub fn bytes(item: &[u8]) -> u64 {
    xxh3_64(item)
}

/// Returns the hash of an int or of a time in milliseconds.
#[inline]
pub fn int(item: i64) -> u64 {
    xxh3_64(&item.to_le_bytes())
}

/// Returns the hash of a float.
#[inline]
pub fn float(item: f64) -> u64 {
    xxh3_64(&canonical_bits(item).to_le_bytes())
}

/// Returns the hash of any item.
#[inline]
pub fn value(item: ValueRef<'_>) -> u64 {
    match item {
        ValueRef::Boolean(item) => xxh3_64(&[u8::from(item)]),
        ValueRef::Int(item) | ValueRef::Time(item) => int(item),
        ValueRef::Float(item) => float(item),
        ValueRef::Text(item) => bytes(item.as_bytes()),
        ValueRef::Blob(item) => bytes(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published values of XXH3-64 with seed 0. If one changed, every stored sketch would be worthless.
    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(bytes(b""), 0x2d06_8005_38d3_94c2);
        assert_eq!(bytes(b"a"), 0xe6c6_32b6_1e96_4e1f);
        assert_eq!(bytes(b"abc"), 0x78af_5f94_892f_3950);
    }

    #[test]
    fn equal_floats_have_equal_hashes() {
        assert_eq!(float(0.0), float(-0.0));
        assert_eq!(float(f64::NAN), float(-f64::NAN));
        assert_ne!(float(1.0), float(-1.0));
    }
}
