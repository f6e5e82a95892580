//! Bits in bytes, the least significant first.

/// Returns a bit.
pub(super) fn bit(bits: &[u8], row: usize) -> bool {
    bits[row / 8] >> (row % 8) & 1 == 1
}

/// Appends the bit numbered `row`.
pub(super) fn push_bit(bits: &mut Vec<u8>, row: usize, on: bool) {
    if row.is_multiple_of(8) {
        bits.push(0);
    }
    bits[row / 8] |= u8::from(on) << (row % 8);
}

/// Drops all bits from `len` on. The unused bits of the last byte are 0.
pub(super) fn truncate_bits(bits: &mut Vec<u8>, len: usize) {
    bits.truncate(len.div_ceil(8));
    if !len.is_multiple_of(8) {
        bits[len / 8] &= (1 << (len % 8)) - 1;
    }
}
