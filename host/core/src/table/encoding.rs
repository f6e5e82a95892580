//! How the parts of an encoded row are delimited.

/// Appends an encoding, preceded by its length.
pub(super) fn encode_behind_length(out: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    encode(out);
    let len = u32::try_from(out.len() - start - 4).expect("an aggregate is bounded far below 4 GiB");
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
}

/// Takes an encoding that is preceded by its length.
pub(super) fn take_behind_length<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let len = u32::from_le_bytes(take_array(rest)?) as usize;
    let (value, after) = rest.split_at_checked(len).ok_or("a row ends inside an aggregate")?;
    *rest = after;
    Ok(value)
}

/// Takes the next `N` bytes.
pub(super) fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], String> {
    let (array, after) = rest.split_first_chunk().ok_or("a row ends before its last aggregate")?;
    *rest = after;
    Ok(*array)
}
