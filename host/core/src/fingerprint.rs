//! One hash over all rows of a reducer, independent of their order.

use xxhash_rust::xxh3::xxh3_128;

/// The sum of the rows' hashes, and their number.
///
/// Each row is hashed separately (XXH3-128 of table, key and canonical row), and the hashes are added, so shards and threads
/// can each hash their part in any order. Addition is used, not exclusive or, because a duplicate row must be noticed. The
/// fingerprint finds accidental differences; it is no defence against rows made to collide.
///
/// ```
/// use foldline_core::fingerprint::Fingerprint;
/// let (mut all, mut part) = (Fingerprint::default(), Fingerprint::default());
/// all.add_row(0, b"p1", b"row 1");
/// part.add_row(0, b"p2", b"row 2");
/// all.merge(&part);
/// assert_eq!(all.finish().len(), 32);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fingerprint {
    sum: u128,
    rows: u64,
    /// Scratch space, reused for each row.
    buffer: Vec<u8>,
}

impl Fingerprint {
    /// Adds a row: the index of its table, its canonical key and its canonical encoding.
    pub fn add_row(&mut self, table: usize, key: &[u8], row: &[u8]) {
        self.buffer.clear();
        self.buffer.extend_from_slice(&(table as u64).to_le_bytes());
        // The length separates the bytes of the key from those of the row.
        self.buffer.extend_from_slice(&(key.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(key);
        self.buffer.extend_from_slice(row);
        self.sum = self.sum.wrapping_add(xxh3_128(&self.buffer));
        self.rows += 1;
    }

    /// Adds all rows of another fingerprint.
    pub fn merge(&mut self, other: &Self) {
        self.sum = self.sum.wrapping_add(other.sum);
        self.rows += other.rows;
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the fingerprint as 32 hexadecimal digits.
    pub fn finish(&self) -> String {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(&self.sum.to_le_bytes());
        bytes[16..].copy_from_slice(&self.rows.to_le_bytes());
        format!("{:032x}", xxh3_128(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    type Row = (usize, Vec<u8>, Vec<u8>);

    fn of(rows: &[Row]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        for (table, key, row) in rows {
            fingerprint.add_row(*table, key, row);
        }
        fingerprint
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn order_and_partitioning_do_not_show(
            (rows, shuffled) in proptest::collection::vec(any::<Row>(), 0..30)
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
            parts in 1usize..5,
        ) {
            let mut merged = Fingerprint::default();
            for part in 0..parts {
                let rows: Vec<Row> = shuffled.iter().skip(part).step_by(parts).cloned().collect();
                merged.merge(&of(&rows));
            }
            prop_assert_eq!(merged.finish(), of(&rows).finish());
            prop_assert_eq!(merged.rows(), rows.len() as u64);
        }

        #[test]
        fn any_change_of_any_row_shows(
            rows in proptest::collection::vec(any::<Row>(), 1..10),
            at: prop::sample::Index,
            byte: u8,
        ) {
            let fingerprint = of(&rows).finish();
            let changed = |change: &dyn Fn(&mut Row)| {
                let mut rows = rows.clone();
                change(at.get_mut(&mut rows));
                of(&rows).finish()
            };
            prop_assert_ne!(changed(&|row| row.0 = row.0.wrapping_add(1)), fingerprint.clone());
            prop_assert_ne!(changed(&|row| row.1.push(byte)), fingerprint.clone());
            prop_assert_ne!(changed(&|row| row.2.push(byte)), fingerprint.clone());
            let mut twice = rows.clone();
            twice.push(at.get(&rows).clone());
            prop_assert_ne!(of(&twice).finish(), fingerprint);
        }
    }

    #[test]
    fn a_byte_that_moves_from_key_to_row_shows() {
        let (mut one, mut other) = (Fingerprint::default(), Fingerprint::default());
        one.add_row(0, b"ab", b"c");
        other.add_row(0, b"a", b"bc");
        assert_ne!(one.finish(), other.finish());
    }
}
