//! Checksums over everything in the store, and the kinds of its errors.

use fjall::{Error as StoreError, LsmError};

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};

/// The value of a deleted row, until every sink has deleted its document. No row has an empty encoding.
pub(super) const DELETED: &[u8] = &[];

const SUM_BYTES: usize = 4;
const EPOCH_BYTES: usize = 8;

/// Appends a checksum over key and value to the value: fjall alone missed one flipped bit in ten.
pub(super) fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(value.len() + SUM_BYTES);
    sealed.extend_from_slice(value);
    close(key, sealed)
}

/// Seals a row with the number of the checkpoint that writes it.
pub(super) fn seal_row(key: &[u8], row: &[u8], epoch: u64) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(row.len() + EPOCH_BYTES + SUM_BYTES);
    sealed.extend_from_slice(row);
    sealed.extend_from_slice(&epoch.to_le_bytes());
    close(key, sealed)
}

fn close(key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let sum = crc32c::crc32c_append(crc32c::crc32c(key), &value);
    value.extend_from_slice(&sum.to_le_bytes());
    value
}

/// Returns the value within the seal.
pub(super) fn unseal<'a>(key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8]> {
    sealed
        .split_last_chunk::<SUM_BYTES>()
        .filter(|(value, sum)| {
            crc32c::crc32c_append(crc32c::crc32c(key), value).to_le_bytes() == **sum
                || is_planted(Bug::SealNotChecked)
        })
        .map(|(value, _)| value)
        .ok_or_else(|| corrupt(format!("checksum of state key `{}` is wrong", key.escape_ascii())))
}

/// Returns the row within the seal, and the number of the checkpoint that wrote it.
pub(super) fn unseal_row<'a>(key: &[u8], sealed: &'a [u8]) -> Result<(&'a [u8], u64)> {
    let (row, epoch) = unseal(key, sealed)?
        .split_last_chunk::<EPOCH_BYTES>()
        .ok_or_else(|| corrupt(format!("state row `{}` is too short", key.escape_ascii())))?;
    Ok((row, u64::from_le_bytes(*epoch)))
}

/// Returns the row within a seal that was looked up; `None` for no row, and for a deleted one.
pub(super) fn row_within(key: &[u8], sealed: Option<impl AsRef<[u8]>>) -> Result<Option<Vec<u8>>> {
    let row = sealed.map(|sealed| Ok(unseal_row(key, sealed.as_ref())?.0.to_vec())).transpose()?;
    Ok(row.filter(|row| row != DELETED))
}

/// Returns the error for a damaged store.
pub(super) fn corrupt(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

/// Maps the store's errors to kinds: `Corrupt` for damage, `Unavailable` when the system fails.
pub(super) fn failed(doing: impl std::fmt::Display) -> impl FnOnce(StoreError) -> Error {
    move |error| {
        let kind = match &error {
            StoreError::Io(error) | StoreError::Storage(LsmError::Io(error)) if !is_damage(error) => {
                ErrorKind::Unavailable
            }
            // Poisoned: an earlier write failed. The next start shows what the disk holds.
            StoreError::Locked | StoreError::Poisoned => ErrorKind::Unavailable,
            _ => ErrorKind::Corrupt,
        };
        Error::new(kind, format!("{doing}: {error}"))
    }
}

/// Returns whether an error means that files are truncated, missing, left by a crash during creation, or invalid. Nothing but
/// the store touches its folder.
fn is_damage(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{AlreadyExists, InvalidData, InvalidInput, NotFound, UnexpectedEof};
    matches!(error.kind(), AlreadyExists | InvalidData | InvalidInput | NotFound | UnexpectedEof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_breaks_the_seal() {
        let sealed = seal_row(b"k", b"value", 7);
        assert_eq!(unseal_row(b"k", &sealed).unwrap(), (&b"value"[..], 7));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(unseal_row(b"k", &damaged).is_err());
        }
        assert!(unseal(b"other", &sealed).is_err());
        assert!(unseal(b"k", b"").is_err());
        assert!(unseal_row(b"k", &seal(b"k", b"short")).is_err());
    }
}
