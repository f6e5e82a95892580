//! Keys as texts: the ids of documents.

use std::borrow::Cow;

use super::part;
use crate::column::{ValueRef, ValueType};

/// Stands between the parts.
const SEPARATOR: char = '/';

/// Returns the text of a key's canonical bytes.
pub(super) fn of<'k>(types: &[ValueType], bytes: &'k [u8]) -> Cow<'k, str> {
    if let &[ty] = types {
        return of_part(ty, bytes);
    }
    let parts = part::split(types, bytes).expect("keys were checked when they came in");
    let mut text = String::with_capacity(bytes.len() + parts.len());
    for (nth, (part, &ty)) in parts.iter().zip(types).enumerate() {
        if nth > 0 {
            text.push(SEPARATOR);
        }
        push_escaped(&of_part(ty, part), &mut text);
    }
    text.into()
}

/// Returns how many bytes the text of a key with these parts has.
pub(super) fn len(parts: impl Iterator<Item = usize>) -> usize {
    parts.map(|len| len + 1).sum::<usize>().saturating_sub(1)
}

/// Returns how many bytes a part takes in the text of a key of several parts.
pub(super) fn escaped_len(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(text) => {
            text.len() + 2 * text.bytes().filter(|&byte| matches!(byte, b'%' | b'/')).count()
        }
        ValueRef::Boolean(value) => boolean(value).len(),
        ValueRef::Int(value) | ValueRef::Time(value) => {
            usize::from(value < 0) + value.unsigned_abs().checked_ilog10().map_or(1, |log| log as usize + 1)
        }
        ValueRef::Float(_) | ValueRef::Blob(_) => 0,
    }
}

/// Returns the canonical bytes of what may be the text of a key.
pub(super) fn parse(types: &[ValueType], text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() + 8);
    if let &[ty] = types {
        append_part(ty, text, true, &mut bytes)?;
        return Some(bytes);
    }
    let mut texts = text.split(SEPARATOR);
    for (nth, &part_type) in types.iter().enumerate() {
        let is_last = nth + 1 == types.len();
        append_part(part_type, &unescaped(texts.next()?)?, is_last, &mut bytes)?;
    }
    texts.next().is_none().then_some(bytes)
}

fn append_part(ty: ValueType, text: &str, is_last: bool, bytes: &mut Vec<u8>) -> Option<()> {
    let value = match ty {
        ValueType::Text => ValueRef::Text(text),
        ValueType::Int => ValueRef::Int(text.parse().ok()?),
        ValueType::Time(_) => ValueRef::Time(text.parse().ok()?),
        ValueType::Boolean => ValueRef::Boolean(text.parse().ok()?),
        ValueType::Float | ValueType::Blob => return None,
    };
    part::append(value, is_last, bytes);
    Some(())
}

fn of_part(ty: ValueType, bytes: &[u8]) -> Cow<'_, str> {
    match part::value(ty, bytes) {
        ValueRef::Text(text) => Cow::Borrowed(text),
        ValueRef::Boolean(value) => Cow::Borrowed(boolean(value)),
        ValueRef::Int(value) | ValueRef::Time(value) => Cow::Owned(value.to_string()),
        ValueRef::Float(_) | ValueRef::Blob(_) => unreachable!("tables with such keys are refused"),
    }
}

fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn push_escaped(part: &str, text: &mut String) {
    for c in part.chars() {
        match c {
            '%' => text.push_str("%25"),
            '/' => text.push_str("%2F"),
            c => text.push(c),
        }
    }
}

fn unescaped(part: &str) -> Option<Cow<'_, str>> {
    let mut runs = part.split('%');
    let mut text = Cow::Borrowed(runs.next()?);
    for run in runs {
        let (code, after) = run.split_at_checked(2)?;
        text.to_mut().push(match code {
            "25" => '%',
            "2F" => '/',
            _ => return None,
        });
        text.to_mut().push_str(after);
    }
    Some(text)
}
