//! Numbers keys in the order in which they are first met.

use super::HashSeed;
use super::index::KeyIndex;
use crate::column::BytesColumn;

/// Distinct keys, numbered from 0.
#[derive(Clone, Debug)]
pub struct Dictionary(KeyIndex);

impl Dictionary {
    /// Returns an empty dictionary, whose hashes use a seed.
    pub fn new(seed: HashSeed) -> Self {
        Self(KeyIndex::new(seed))
    }

    /// Returns the number of a key, which is the next one if the key is new.
    pub fn number_of(&mut self, key: &[u8]) -> u32 {
        self.0.insert(key)
    }

    /// Returns the number of a key, if it has one.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        self.0.find(key)
    }

    /// Returns how many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the key with a number.
    pub fn get(&self, number: u32) -> &[u8] {
        self.0.get(number)
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// Returns the keys in the order of their numbers.
    pub fn into_keys(self) -> BytesColumn {
        let mut keys = BytesColumn::with_capacity(self.len(), 16 * self.len());
        (0..self.len() as u32).for_each(|number| keys.push(self.0.get(number)));
        keys
    }
}
