//! Bits in bytes, the least significant first.

/// Returns a bit.
pub(crate) fn bit(bits: &[u8], row: usize) -> bool {
    bits[row / 8] >> (row % 8) & 1 == 1
}

/// Appends the bit numbered `row`.
pub(crate) fn push_bit(bits: &mut Vec<u8>, row: usize, on: bool) {
    if row.is_multiple_of(8) {
        bits.push(0);
    }
    bits[row / 8] |= u8::from(on) << (row % 8);
}

/// Drops all bits from `len` on. The unused bits of the last byte are 0.
pub(crate) fn truncate_bits(bits: &mut Vec<u8>, len: usize) {
    bits.truncate(len.div_ceil(8));
    if !len.is_multiple_of(8) {
        bits[len / 8] &= (1 << (len % 8)) - 1;
    }
}

/// Returns the bits of some rows, in their order.
pub(crate) fn picked_bits(bits: &[u8], rows: &[usize]) -> Vec<u8> {
    let mut picked = vec![0; rows.len().div_ceil(8)];
    for (at, &row) in rows.iter().enumerate() {
        picked[at / 8] |= u8::from(bit(bits, row)) << (at % 8);
    }
    picked
}
