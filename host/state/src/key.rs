//! The keys of the state store: a letter for the kind, then what sorts within it.

/// The one record that says what the rest belongs to.
pub(super) const META: &[u8] = b"m";

/// Returns the key of a row.
pub(super) fn row(table: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ROW_PREFIX_BYTES + key.len());
    bytes.extend_from_slice(&[ROWS[0], table]);
    bytes.extend_from_slice(key);
    bytes
}

/// A row's key starts with the letter and the table's index.
pub(super) const ROW_PREFIX_BYTES: usize = 2;

/// Every row's key starts with this.
pub(super) const ROWS: &[u8] = b"r";

/// The key of every note of a deleted row starts with this.
pub(super) const DELETIONS: &[u8] = b"x";

/// Returns the key of the note that a checkpoint deleted the row with this key; sorts by checkpoint.
pub(super) fn deletion(epoch: u64, row_key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(DELETION_PREFIX_BYTES + row_key.len());
    bytes.extend_from_slice(DELETIONS);
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(row_key);
    bytes
}

/// Bytes of [`deletion`] before the row's key.
pub(super) const DELETION_PREFIX_BYTES: usize = 9;

/// The key of every record of a checkpoint starts with this.
pub(super) const CHECKPOINTS: &[u8] = b"c";

/// Returns the key of a checkpoint's record: its place in the ring of the last ones.
pub(super) fn checkpoint(place: u16) -> [u8; 3] {
    let [high, low] = place.to_be_bytes();
    [CHECKPOINTS[0], high, low]
}

/// Every dead letter's key starts with this.
pub(super) const DEAD_LETTERS: &[u8] = b"d";

/// Returns the key of a dead letter; sorts by topic, partition, offset (topic names hold no NUL).
pub(super) fn dead_letter(topic: &str, partition: u32, offset: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(14 + topic.len());
    bytes.extend_from_slice(DEAD_LETTERS);
    bytes.extend_from_slice(topic.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&partition.to_be_bytes());
    bytes.extend_from_slice(&offset.to_be_bytes());
    bytes
}

/// Takes a dead letter's key apart: topic, partition, offset.
pub(super) fn parse_dead_letter(bytes: &[u8]) -> Option<(&str, u32, u64)> {
    let rest = bytes.strip_prefix(DEAD_LETTERS)?;
    let (rest, offset) = rest.split_last_chunk::<8>()?;
    let (rest, partition) = rest.split_last_chunk::<4>()?;
    let topic = std::str::from_utf8(rest.strip_suffix(&[0])?).ok()?;
    Some((topic, u32::from_be_bytes(*partition), u64::from_be_bytes(*offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_sort_by_topic_partition_offset() {
        let keys = [
            dead_letter("a", 0, 300),
            dead_letter("a", 1, 2),
            dead_letter("a.b", 0, 1),
            dead_letter("b", 0, 0),
        ];
        assert!(keys.is_sorted());
        assert_eq!(parse_dead_letter(&keys[2]), Some(("a.b", 0, 1)));
    }
}
