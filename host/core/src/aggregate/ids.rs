//! A temporary hash table of up to thousands of ids, for a single operation.

use super::distinct::hash;

/// Values by id: an open-addressed table, at most half full, with a hash that is the same on every machine.
pub(super) struct Ids<'a, T> {
    places: Vec<Option<(&'a str, T)>>,
}

impl<'a, T: Copy> Ids<'a, T> {
    /// Returns a table with room for `ids` different ids.
    pub(super) fn with_room(ids: usize) -> Self {
        Self { places: vec![None; (2 * ids).next_power_of_two()] }
    }

    /// Returns the place of an id, which is a free one if the id is unknown.
    ///
    /// Loops forever when there are more ids than there is room for.
    pub(super) fn place(&mut self, id: &str) -> &mut Option<(&'a str, T)> {
        let mask = self.places.len() - 1;
        let mut at = hash::bytes(id.as_bytes()) as usize & mask;
        while self.places[at].is_some_and(|(held, _)| held != id) {
            at = (at + 1) & mask;
        }
        &mut self.places[at]
    }
}
