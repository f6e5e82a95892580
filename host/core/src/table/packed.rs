//! A key in 16 bytes: compared in one step, and, if it is short, without following a pointer.

/// A short key of up to 15 bytes, padded with zeros, and its length; or the place of a longer key in an arena, its length and
/// [`LONG`].
pub(super) type Packed = [u8; 16];

/// The longest key that is held in place.
pub(super) const INLINE_MAX: usize = 15;

/// The last byte of a packed key that is in the arena.
pub(super) const LONG: u8 = 0xff;

/// A long key that has no place in an arena yet.
pub(super) const NOWHERE: Packed = {
    let mut packed = [0; 16];
    packed[15] = LONG;
    packed
};

/// Returns a key's packed form. That of a long key has no place in an arena yet.
#[inline]
pub(super) fn pack(key: &[u8]) -> Packed {
    let len = key.len();
    if len > INLINE_MAX {
        return NOWHERE;
    }
    // Two overlapping reads, because a copy of variable length would cost as much as a search.
    let number = if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << (8 * (len - 8))
    } else if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << (8 * (len - 4))
    } else {
        key.iter().rev().fold(0, |number, &byte| number << 8 | u128::from(byte))
    };
    (number | (len as u128) << 120).to_le_bytes()
}

/// Returns the packed form of the first `len` bytes, at most [`INLINE_MAX`].
///
/// Keys of all lengths take one path: a branch for each length would be mispredicted for most of them.
#[inline]
pub(super) fn pack_window(window: &[u8; 16], len: usize) -> Packed {
    /// For each length of a key, a mask of the bits that belong to it.
    const MASKS: [u128; INLINE_MAX + 1] = {
        let mut masks = [0; INLINE_MAX + 1];
        let mut len = 1;
        while len <= INLINE_MAX {
            masks[len] = masks[len - 1] << 8 | 0xff;
            len += 1;
        }
        masks
    };
    (u128::from_le_bytes(*window) & MASKS[len] | (len as u128) << 120).to_le_bytes()
}

/// Returns the packed form of a long key.
pub(super) fn pack_long(place: usize, len: usize) -> Packed {
    let mut packed = NOWHERE;
    packed[..8].copy_from_slice(&(place as u64).to_le_bytes());
    let len = u32::try_from(len).expect("a key has at most 512 bytes");
    packed[8..12].copy_from_slice(&len.to_le_bytes());
    packed
}

/// Returns the place and length of a long key.
#[inline]
pub(super) fn unpack_long(packed: &Packed) -> (usize, usize) {
    let number = u128::from_le_bytes(*packed);
    (number as u64 as usize, (number >> 64) as u32 as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_key_holds_its_bytes_at_every_length() {
        let bytes: Vec<u8> = (1..=16).collect();
        for len in 0..=15 {
            let packed = pack(&bytes[..len]);
            assert_eq!(packed[..len], bytes[..len]);
            assert!(packed[len..15].iter().all(|&byte| byte == 0));
            assert_eq!(usize::from(packed[15]), len);
            assert_eq!(pack_window(bytes.first_chunk().unwrap(), len), packed);
        }
        assert_eq!(pack(&bytes), NOWHERE);
    }

    #[test]
    fn a_long_key_keeps_place_and_length() {
        for (place, len) in [(0, 16), (1 << 40, 512), (77, 17)] {
            assert_eq!(unpack_long(&pack_long(place, len)), (place, len));
        }
    }
}
