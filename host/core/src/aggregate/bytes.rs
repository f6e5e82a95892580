//! Reads encodings piece by piece, and refuses what is too short or too long.

/// What is left of an encoding.
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

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        match self.rest.split_first_chunk() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(format!("{} bytes are left where {N} are due", self.rest.len())),
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
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
