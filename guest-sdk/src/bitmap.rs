//! Bits per row, as the contract passes them: which values are not null, and booleans.

/// One bit per row, the least significant bit of a byte first.
#[doc(hidden)]
#[derive(Default)]
pub struct Bitmap {
    bytes: Vec<u8>,
    rows: usize,
}

impl Bitmap {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows.div_ceil(8)), rows: 0 }
    }

    pub(crate) fn ones(rows: usize) -> Self {
        Self { bytes: vec![0xff; rows.div_ceil(8)], rows }.cut()
    }

    #[inline]
    pub(crate) fn push(&mut self, on: bool) {
        if self.rows.is_multiple_of(8) {
            self.bytes.push(0);
        }
        self.bytes[self.rows / 8] |= u8::from(on) << (self.rows % 8);
        self.rows += 1;
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        if rows < self.rows {
            self.bytes.truncate(rows.div_ceil(8));
            self.rows = rows;
            *self = std::mem::take(self).cut();
        }
    }

    /// Returns whether no bit is set.
    pub(crate) fn is_zero(&self) -> bool {
        self.bytes.iter().all(|&byte| byte == 0)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    #[inline]
    pub(crate) fn bit(bytes: &[u8], row: usize) -> bool {
        bytes[row / 8] >> (row % 8) & 1 == 1
    }

    /// Clears the bits after the last row, which `push` relies on.
    fn cut(mut self) -> Self {
        if !self.rows.is_multiple_of(8)
            && let Some(last) = self.bytes.last_mut()
        {
            *last &= (1 << (self.rows % 8)) - 1;
        }
        self
    }
}
