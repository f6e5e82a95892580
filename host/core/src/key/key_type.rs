//! The type of a key.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{part, text};
use crate::column::{Column, ValueType};

/// Longest text of a key: it is the id of a document, and ids have 1 to 512 bytes.
pub const KEY_BYTES_MAX: usize = 512;

/// Most parts of a key.
pub const KEY_PARTS_MAX: usize = 4;

/// The types of a key's parts, at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyType(Vec<ValueType>);

impl KeyType {
    /// Returns the type of keys with these parts; whether parts can have these types is said by [`KeyType::check`].
    pub fn new(parts: impl Into<Vec<ValueType>>) -> Self {
        Self(parts.into())
    }

    /// Returns the types of the parts.
    pub fn parts(&self) -> &[ValueType] {
        &self.0
    }

    /// Returns whether a key has several parts.
    pub fn is_composite(&self) -> bool {
        self.0.len() > 1
    }

    /// Checks that keys can have this type.
    ///
    /// # Errors
    /// Names the types that they can have.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=KEY_PARTS_MAX).contains(&self.0.len()) {
            return Err(format!("a key has 1 to {KEY_PARTS_MAX} parts, not {}", self.0.len()));
        }
        self.0.iter().try_for_each(|&ty| part::check_type(ty))
    }

    /// Checks bytes that should be the canonical form of a key of this type.
    ///
    /// # Errors
    /// Shows the bytes.
    pub(crate) fn check_bytes(&self, bytes: &[u8]) -> Result<(), String> {
        let fits = || {
            let parts = part::split(&self.0, bytes)?;
            let whole = parts.iter().zip(&self.0).all(|(part, &ty)| part::is_canonical(ty, part));
            (whole && (1..=KEY_BYTES_MAX).contains(&text::of(&self.0, bytes).len())).then_some(())
        };
        fits().ok_or_else(|| format!("{bytes:?} is no key of type {self}"))
    }

    /// Returns the text of canonical bytes that [`KeyType::check_bytes`] has passed: the id of the key's document.
    pub(crate) fn text<'k>(&self, bytes: &'k [u8]) -> Cow<'k, str> {
        text::of(&self.0, bytes)
    }

    /// Returns the canonical bytes of the key with this text, as the ids of documents have it; `None` for the text of no key.
    pub fn of_text(&self, text: &str) -> Option<Vec<u8>> {
        let bytes = text::parse(&self.0, text)?;
        // One text a key: `+7` and `007` are the ids of no document.
        (self.check_bytes(&bytes).is_ok() && *self.text(&bytes) == *text).then_some(bytes)
    }

    /// Appends the parts of canonical bytes that [`KeyType::check_bytes`] has passed to a column each.
    pub(crate) fn push_parts(&self, bytes: &[u8], columns: &mut [Column]) {
        let parts = part::split(&self.0, bytes).expect("keys were checked when they came in");
        for ((part, &ty), column) in parts.iter().zip(&self.0).zip(columns) {
            column.push(Some(part::value(ty, part)));
        }
    }

    /// Returns an empty column for each part.
    pub fn empty_columns(&self) -> Vec<Column> {
        self.0.iter().map(|&ty| Column::empty(ty)).collect()
    }
}

/// A key of one part.
impl From<ValueType> for KeyType {
    fn from(part: ValueType) -> Self {
        Self(vec![part])
    }
}

impl std::fmt::Display for KeyType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0[..] {
            [part] => write!(f, "{part:?}"),
            parts => write!(f, "{parts:?}"),
        }
    }
}
