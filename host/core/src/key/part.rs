//! One part of a key as bytes.

use std::borrow::Cow;

use crate::column::{ValueRef, ValueType};

const SIGN: u64 = 1 << 63;

/// Ends a text that is not the last part.
const TEXT_END: [u8; 2] = [0, 1];

/// Stands for a 0 byte in such a text; sorts behind its end.
const TEXT_ZERO: [u8; 2] = [0, 255];

/// Checks that a part can have this type.
pub(super) fn check_type(ty: ValueType) -> Result<(), String> {
    match ty {
        ValueType::Float => Err("floats are no keys; take texts, ints, booleans or times".into()),
        ValueType::Blob => Err("blobs are no keys; take texts, ints, booleans or times".into()),
        _ => Ok(()),
    }
}

/// Appends the canonical bytes of a part.
///
/// # Panics
/// Panics on floats and blobs, which are no parts of keys.
pub(super) fn append(value: ValueRef<'_>, is_last: bool, bytes: &mut Vec<u8>) {
    match value {
        ValueRef::Text(text) if is_last => bytes.extend_from_slice(text.as_bytes()),
        ValueRef::Text(text) => {
            let mut runs = text.as_bytes().split(|&byte| byte == 0);
            bytes.extend_from_slice(runs.next().unwrap_or_default());
            for run in runs {
                bytes.extend_from_slice(&TEXT_ZERO);
                bytes.extend_from_slice(run);
            }
            bytes.extend_from_slice(&TEXT_END);
        }
        ValueRef::Int(value) | ValueRef::Time(value) => bytes.extend_from_slice(&of_int(value)),
        ValueRef::Boolean(value) => bytes.push(u8::from(value)),
        ValueRef::Float(_) | ValueRef::Blob(_) => panic!("{value:?} is no part of a key"),
    }
}

/// Returns the canonical bytes of a key with these parts.
///
/// # Panics
/// Panics on floats and blobs, which are no parts of keys.
pub fn canonical(parts: &[ValueRef<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    append_canonical(parts, &mut bytes);
    bytes
}

/// Appends the canonical bytes of a key with these parts.
///
/// # Panics
/// Panics on floats and blobs, which are no parts of keys.
pub(crate) fn append_canonical(parts: &[ValueRef<'_>], bytes: &mut Vec<u8>) {
    for (nth, &value) in parts.iter().enumerate() {
        append(value, nth + 1 == parts.len(), bytes);
    }
}

/// Takes canonical bytes apart: the bytes that each part has as a key of its own. `None` for bytes of another type.
pub(super) fn split<'k>(types: &[ValueType], bytes: &'k [u8]) -> Option<Vec<Cow<'k, [u8]>>> {
    let (last, before) = types.split_last()?;
    let mut rest = bytes;
    let mut parts = Vec::with_capacity(types.len());
    for &ty in before {
        let part = match fixed_len(ty) {
            Some(len) => {
                let (part, after) = rest.split_at_checked(len)?;
                rest = after;
                Cow::Borrowed(part)
            }
            None => take_text(&mut rest)?,
        };
        parts.push(part);
    }
    if fixed_len(*last).is_some_and(|len| rest.len() != len) {
        return None;
    }
    parts.push(Cow::Borrowed(rest));
    Some(parts)
}

/// Takes a text that is not the last part, without its end.
fn take_text<'k>(rest: &mut &'k [u8]) -> Option<Cow<'k, [u8]>> {
    let bytes = *rest;
    let mut text = Cow::Borrowed(&[][..]);
    let mut start = 0;
    loop {
        let zero = start + bytes[start..].iter().position(|&byte| byte == 0)?;
        let run = &bytes[start..zero];
        let code = bytes.get(zero..zero + 2)?;
        if text.is_empty() && start == 0 {
            text = Cow::Borrowed(run);
        } else {
            text.to_mut().extend_from_slice(run);
        }
        start = zero + 2;
        if code == TEXT_END {
            *rest = &bytes[start..];
            return Some(text);
        }
        if code != TEXT_ZERO {
            return None;
        }
        text.to_mut().push(0);
    }
}

/// Returns how many bytes a part takes, unless it is a text.
fn fixed_len(ty: ValueType) -> Option<usize> {
    match ty {
        ValueType::Int | ValueType::Time(_) => Some(8),
        ValueType::Boolean => Some(1),
        ValueType::Text | ValueType::Float | ValueType::Blob => None,
    }
}

/// Returns whether bytes are those of a part of this type.
pub(super) fn is_canonical(ty: ValueType, bytes: &[u8]) -> bool {
    match ty {
        ValueType::Text => !bytes.is_empty() && std::str::from_utf8(bytes).is_ok(),
        ValueType::Int | ValueType::Time(_) => bytes.len() == 8,
        ValueType::Boolean => matches!(bytes, [0 | 1]),
        ValueType::Float | ValueType::Blob => false,
    }
}

/// Returns the value of a part whose bytes were checked.
pub(super) fn value(ty: ValueType, bytes: &[u8]) -> ValueRef<'_> {
    match ty {
        ValueType::Text => ValueRef::Text(utf8(bytes)),
        ValueType::Int => ValueRef::Int(int(bytes)),
        ValueType::Time(_) => ValueRef::Time(int(bytes)),
        ValueType::Boolean => ValueRef::Boolean(bytes == [1]),
        ValueType::Float | ValueType::Blob => unreachable!("tables with such keys are refused"),
    }
}

/// Returns the canonical bytes of an int or time.
#[inline]
pub(crate) fn of_int(value: i64) -> [u8; 8] {
    (value as u64 ^ SIGN).to_be_bytes()
}

/// Returns the int or time of canonical bytes.
pub(crate) fn int(bytes: &[u8]) -> i64 {
    let bytes = bytes.try_into().expect("int and time keys have 8 bytes, checked when they came in");
    (u64::from_be_bytes(bytes) ^ SIGN) as i64
}

pub(super) fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text keys were checked when they came in")
}
