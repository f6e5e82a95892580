//! Reads one JSON scalar in place, eight bytes at a time. Scalars that are not plain are not read at all.
//!
//! Whatever these functions accept is valid JSON, with exactly the value that serde_json gives it. What they do not accept may
//! still be valid: texts with escapes, numbers with exponents or many digits.

use std::ops::ControlFlow;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Bytes of a long text that are examined together: enough to be worth combining the results at the end.
const BLOCK: usize = 32;

/// Returns the eight bytes from `at` on, as a little-endian word. Beyond the end they are zeros, which no JSON text contains.
#[inline(always)]
pub(super) fn word(source: &[u8], at: usize) -> u64 {
    match source.get(at..).and_then(<[u8]>::first_chunk) {
        Some(&bytes) => u64::from_le_bytes(bytes),
        None => last_word(source, at),
    }
}

#[inline]
fn last_word(source: &[u8], at: usize) -> u64 {
    match (source.last_chunk(), source.len().saturating_sub(at)) {
        (_, 0) => 0,
        (Some(&bytes), left) => u64::from_le_bytes(bytes) >> (64 - 8 * left),
        (None, _) => source[at..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// Returns the mask of the first `len` bytes of a word.
#[inline(always)]
pub(super) fn first_bytes(len: usize) -> u64 {
    if len < 8 { (1 << (8 * len)) - 1 } else { u64::MAX }
}

/// Marks the first byte that ends a plain text (a quote, a backslash or a control character) by its highest bit.
///
/// Later bytes may be marked wrongly.
#[inline(always)]
fn text_ends(word: u64) -> u64 {
    let quotes = word ^ (LOW * b'"' as u64);
    let escapes = word ^ (LOW * b'\\' as u64);
    let zeros = quotes.wrapping_sub(LOW) & !quotes | escapes.wrapping_sub(LOW) & !escapes;
    (zeros | word.wrapping_sub(LOW * 0x20) & !word) & HIGH
}

/// Returns the index of the closing quote of the text that starts at `start`, just after its opening quote.
///
/// `None` for a text with escapes, and for an invalid one.
#[inline]
pub(super) fn text_end(source: &[u8], start: usize) -> Option<usize> {
    walk_text(source, start, |_, _| {})
}

/// Copies a text as delimited by [`text_end`] to index `to` of `out`, and returns its end in `source`. There must be room for the
/// rest of `source` and seven bytes more.
#[inline]
pub(super) fn copy_text(source: &[u8], start: usize, out: &mut [u8], to: usize) -> Option<usize> {
    walk_text(source, start, |at, bytes| out[at - start + to..][..bytes.len()].copy_from_slice(bytes))
}

/// Passes the text to `piece` piece by piece; the last piece may extend beyond the end of the text.
#[inline(always)]
fn walk_text(source: &[u8], start: usize, mut piece: impl FnMut(usize, &[u8])) -> Option<usize> {
    let mut at = start;
    let mut high = 0;
    // Most texts are short, and blocks would read far beyond them.
    for _ in 0..2 {
        match walk_word(source, &mut at, &mut high, &mut piece) {
            ControlFlow::Continue(()) => {}
            ControlFlow::Break(end) => return checked_text(source, start, end?, high),
        }
    }
    while let Some(block) = source.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        let (ends, block_high) = look_at_block(block);
        if ends {
            break;
        }
        high |= block_high;
        piece(at, block);
        at += BLOCK;
    }
    loop {
        if let ControlFlow::Break(end) = walk_word(source, &mut at, &mut high, &mut piece) {
            return checked_text(source, start, end?, high);
        }
    }
}

#[inline(always)]
fn walk_word(
    source: &[u8],
    at: &mut usize,
    high: &mut u64,
    piece: &mut impl FnMut(usize, &[u8]),
) -> ControlFlow<Option<usize>> {
    let word = word(source, *at);
    piece(*at, &word.to_le_bytes());
    let ends = text_ends(word);
    if ends == 0 {
        *high |= word & HIGH;
        *at += 8;
        return ControlFlow::Continue(());
    }
    *high |= word & HIGH & (ends & ends.wrapping_neg()).wrapping_sub(1);
    let end = *at + ends.trailing_zeros() as usize / 8;
    ControlFlow::Break((source.get(end) == Some(&b'"')).then_some(end))
}

/// Returns whether a text ends within the block, and the high bits of its non-ASCII bytes. It compiles to vector instructions.
#[inline(always)]
fn look_at_block(block: &[u8; BLOCK]) -> (bool, u64) {
    let (mut ends, mut high) = (0, 0);
    for &byte in block {
        ends |= u8::from(byte < 0x20) | u8::from(byte == b'"') | u8::from(byte == b'\\');
        high |= byte;
    }
    (ends != 0, u64::from(high) & HIGH)
}

/// Checks UTF-8 once for the whole text: between two ASCII characters, its validity does not depend on what surrounds it.
#[inline(always)]
fn checked_text(source: &[u8], start: usize, end: usize, high: u64) -> Option<usize> {
    (high == 0 || std::str::from_utf8(&source[start..end]).is_ok()).then_some(end)
}

/// A number without exponent: `±digits / 10^decimals`, with at most 18 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) digits: i64,
    /// How many of the digits follow the decimal point; `None` without a point.
    pub(super) decimals: Option<u32>,
}

/// The powers of ten up to 18 digits, which floats hold exactly.
const POWERS_OF_TEN: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

impl Number {
    /// Returns the nearest float; `None` if one division cannot find it.
    #[inline]
    pub(super) fn float(self) -> Option<f64> {
        let Some(decimals) = self.decimals else { return Some(self.digits as f64) };
        // Both operands are exact floats, so the quotient is rounded only once.
        (self.digits.unsigned_abs() <= 1 << 53).then(|| self.digits as f64 / POWERS_OF_TEN[decimals as usize])
    }
}

/// Returns the number at `at` and where it ends; `None` for exponents, `-0`, more than 18 digits, and whatever is not a number.
///
/// It does not look beyond the number. The caller must ensure that what follows cannot continue one.
#[inline]
pub(super) fn number(source: &[u8], at: usize) -> Option<(Number, usize)> {
    let negative = source.get(at) == Some(&b'-');
    let first = at + usize::from(negative);
    let (mut digits, mut end) = whole(source, first, 0, 18)?;
    if source[first] == b'0' && end - first > 1 {
        return None;
    }
    let mut decimals = None;
    if source.get(end) == Some(&b'.') {
        let point = end;
        (digits, end) = whole(source, point + 1, digits, 18 - (point - first))?;
        decimals = Some((end - point - 1) as u32);
    }
    if negative && digits == 0 {
        return None;
    }
    let digits = digits as i64;
    Some((Number { digits: if negative { -digits } else { digits }, decimals }, end))
}

/// Returns the whole number at `at` and where it ends; `None` as for [`number`]. It stops at a decimal point.
#[inline]
pub(super) fn int(source: &[u8], at: usize) -> Option<(i64, usize)> {
    let negative = source.get(at) == Some(&b'-');
    let first = at + usize::from(negative);
    let (digits, end) = whole(source, first, 0, 18)?;
    if (source[first] == b'0' && end - first > 1) || (negative && digits == 0) {
        return None;
    }
    let digits = digits as i64;
    Some((if negative { -digits } else { digits }, end))
}

/// Appends the digits at `at` to `value`: at least one, at most `digits_max`.
#[inline(always)]
fn whole(source: &[u8], mut at: usize, mut value: u64, digits_max: usize) -> Option<(u64, usize)> {
    const POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
    let start = at;
    loop {
        let digits = word(source, at) ^ (LOW * b'0' as u64);
        // A carry out of a byte that is not a digit spoils only the bytes after it.
        let others = (digits.wrapping_add(LOW * 0x76) | digits) & HIGH;
        let len = others.trailing_zeros() as usize / 8;
        at += len;
        if at - start > digits_max || at == start {
            return None;
        }
        if len > 0 {
            value = value * POWERS[len] + eight_digits(digits << (64 - 8 * len));
        }
        if len < 8 {
            return Some((value, at));
        }
    }
}

/// Combines eight digits into a number, the highest in the lowest byte: pairs, then fours, then all.
#[inline(always)]
fn eight_digits(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// Returns where the literal (`null`, `true`, `false`) at `at` ends; `None` if it is not there.
#[inline(always)]
pub(super) fn literal(source: &[u8], at: usize, literal: &'static str) -> Option<usize> {
    let expected = literal.bytes().rev().fold(0, |word, byte| word << 8 | u64::from(byte));
    (word(source, at) & first_bytes(literal.len()) == expected).then_some(at + literal.len())
}
