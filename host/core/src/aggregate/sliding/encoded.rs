//! An aggregate in encoded form.

use std::marker::PhantomData;

use crate::aggregate::contract::{Aggregate, Codec};

/// The encoding of an aggregate that is rarely needed: it often takes a tenth of the memory.
#[derive(Clone, Debug)]
pub struct Encoded<A> {
    bytes: Box<[u8]>,
    of: PhantomData<A>,
}

impl<A: Aggregate> Encoded<A> {
    /// Encodes an aggregate.
    pub fn new(value: &A) -> Self {
        let mut bytes = Vec::with_capacity(value.encoded_len());
        value.encode(&mut bytes);
        Self { bytes: bytes.into(), of: PhantomData }
    }

    /// Returns the decoded aggregate.
    pub fn get(&self) -> A {
        A::decode(&self.bytes).expect("only what decodes is kept")
    }
}

impl<A: Aggregate> Codec for Encoded<A> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        A::decode(bytes)?;
        Ok(Self { bytes: bytes.into(), of: PhantomData })
    }

    fn encoded_len(&self) -> usize {
        self.bytes.len()
    }

    fn heap_bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl<A: Aggregate> Aggregate for Encoded<A> {
    /// Decodes both, merges, and encodes the result.
    fn merge(&mut self, other: &Self) {
        let mut value = self.get();
        value.merge(&other.get());
        *self = Self::new(&value);
    }
}
