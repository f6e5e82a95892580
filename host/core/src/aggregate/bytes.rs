//! Reads encodings piece by piece, and refuses those that are too short or too long.

/// The rest of an encoding, yet to be read.
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// Starts after a version byte that must be `version`.
    pub(super) fn versioned(bytes: &'a [u8], version: u8, what: &str) -> Result<Self, String> {
        match bytes.split_first() {
            Some((&first, rest)) if first == version => Ok(Self { rest }),
            Some((first, _)) => {
                Err(format!("{what} has encoding version {first}, this host reads {version}"))
            }
            None => Err(format!("{what} has no bytes")),
        }
    }

    /// Starts at the first byte.
    pub(super) fn all(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        match self.rest.split_first_chunk() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(format!("{} bytes are left where {N} are expected", self.rest.len())),
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    /// Returns the next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        match self.rest.split_at_checked(len) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(format!("{} bytes are left where {len} are expected", self.rest.len())),
        }
    }

    /// Reads what [`push_varint`] wrote, and refuses longer forms of the same number.
    pub(super) fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift > 0 && byte == 0 || bits << shift >> shift != bits {
                return Err("a number is not in its shortest form".into());
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number is longer than 64 bits".into())
    }

    /// Returns how many bytes are left.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Returns everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    pub(super) fn end(self) -> Result<(), String> {
        match self.rest.len() {
            0 => Ok(()),
            len => Err(format!("{len} bytes are left over")),
        }
    }
}

/// Appends a number as a varint: seven bits per byte, lowest first; all bytes but the last have their highest bit set.
pub(super) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Returns how many bytes [`push_varint`] appends.
pub(super) fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros()).div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn numbers_read_back(value: u64, zeros in 0u32..64) {
            let value = value >> zeros;
            let mut out = Vec::new();
            push_varint(&mut out, value);
            prop_assert_eq!(out.len(), varint_len(value));
            let mut bytes = Bytes { rest: &out };
            prop_assert_eq!(bytes.varint(), Ok(value));
            prop_assert_eq!(bytes.end(), Ok(()));
        }

        #[test]
        fn numbers_have_one_form(bytes in proptest::collection::vec(prop_oneof![Just(0), Just(0x80), Just(0xff), any::<u8>()], 0..12)) {
            let mut rest = Bytes { rest: &bytes };
            if let Ok(value) = rest.varint() {
                let mut again = Vec::new();
                push_varint(&mut again, value);
                prop_assert_eq!(&bytes[..bytes.len() - rest.rest().len()], again);
            }
        }
    }
}
