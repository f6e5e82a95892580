//! The bytes of a sketch.

use super::dense::Dense;
use super::limits::{FORM_DENSE, FORM_SPARSE, PRECISION_MAX, PRECISION_MIN, sparse_len_max};
use super::sparse::Sparse;
use super::{Distinct, Form};
use crate::aggregate::bytes::Bytes;
use crate::aggregate::contract::Codec;

/// Version 1 kept only the registers of small sets; no release wrote it.
pub(super) const VERSION: u8 = 2;

impl Codec for Distinct {
    /// Version, precision and form. A sparse sketch continues with its entries as rising big-endian 32-bit numbers
    /// `index << 6 | rank`, a dense one with a byte for each register.
    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        out.extend_from_slice(&[VERSION, self.precision]);
        match &self.form {
            Form::Sparse(sparse) => {
                out.push(FORM_SPARSE);
                sparse.sorted().iter().for_each(|entry| out.extend_from_slice(&entry.to_be_bytes()));
            }
            Form::Dense(dense) => {
                out.push(FORM_DENSE);
                out.extend_from_slice(dense.ranks());
            }
        }
    }

    fn encoded_len(&self) -> usize {
        match &self.form {
            Form::Sparse(sparse) => 3 + 4 * sparse.len(),
            Form::Dense(dense) => 3 + dense.ranks().len(),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a sketch")?;
        let precision = bytes.u8()?;
        if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) {
            return Err(format!("a sketch has precision {precision}"));
        }
        let form = match bytes.u8()? {
            FORM_SPARSE => Form::Sparse(Sparse::decode(bytes.rest(), sparse_len_max(precision))?),
            FORM_DENSE => Form::Dense(Dense::decode(bytes.rest(), precision)?),
            other => return Err(format!("a sketch has unknown form {other}")),
        };
        Ok(Self { form, precision })
    }

    fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Sparse(sparse) => sparse.heap_bytes(),
            Form::Dense(dense) => dense.ranks().len(),
        }
    }
}
