//! The keys of the state store: a letter for the kind, then the fields by which the kind is sorted.

/// Key of the meta record, which says what the rest of the store belongs to.
pub(super) const META: &[u8] = b"m";

/// Returns the key of a row.
pub(super) fn row(table: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ROW_PREFIX_BYTES + key.len());
    bytes.extend_from_slice(&[ROWS[0], table]);
    bytes.extend_from_slice(key);
    bytes
}

/// Bytes of a row's key before the key itself: the letter and the table's index.
pub(super) const ROW_PREFIX_BYTES: usize = 2;

/// Prefix of the keys of rows.
pub(super) const ROWS: &[u8] = b"r";

/// Prefix of the keys of deletions.
pub(super) const DELETIONS: &[u8] = b"x";

/// Returns the key that records that checkpoint `epoch` deleted a row. Deletions sort by checkpoint.
pub(super) fn deletion(epoch: u64, row_key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(DELETION_PREFIX_BYTES + row_key.len());
    bytes.extend_from_slice(DELETIONS);
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(row_key);
    bytes
}

/// Bytes of [`deletion`] before the row's key.
pub(super) const DELETION_PREFIX_BYTES: usize = 9;

/// Prefix of the keys of checkpoints' records.
pub(super) const CHECKPOINTS: &[u8] = b"c";

/// Returns the key of a checkpoint's record, by its place in the ring.
pub(super) fn checkpoint(place: u16) -> [u8; 3] {
    let [high, low] = place.to_be_bytes();
    [CHECKPOINTS[0], high, low]
}

/// Prefix of the keys of dead letters.
pub(super) const DEAD_LETTERS: &[u8] = b"d";

/// Returns the key of a dead letter. Dead letters sort by topic, partition and offset (topic names contain no NUL).
pub(super) fn dead_letter(topic: &str, partition: u32, offset: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(14 + topic.len());
    bytes.extend_from_slice(DEAD_LETTERS);
    bytes.extend_from_slice(topic.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&partition.to_be_bytes());
    bytes.extend_from_slice(&offset.to_be_bytes());
    bytes
}

/// Parses a dead letter's key into topic, partition and offset.
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
